-- What lies on the shelf in money, today and at the end of another day, and what of it has expired or soon will. A lot without
-- a price per ml is counted, not valued. Parameters: before_last, today, soon, clinics.
SELECT l.clinic_id,
       coalesce(sum(l.on_hand_ml * l.unit_cost), 0),
       coalesce(sum((l.on_hand_ml - coalesce(later.ml, 0)) * l.unit_cost), 0),
       coalesce(sum(l.on_hand_ml * l.unit_cost) FILTER (WHERE l.expires_on < %(today)s), 0),
       coalesce(sum(l.on_hand_ml * l.unit_cost) FILTER (WHERE l.expires_on BETWEEN %(today)s AND %(soon)s), 0),
       count(*) FILTER (WHERE l.on_hand_ml > 0 AND l.unit_cost IS NULL)
  FROM stock_lot l
  LEFT JOIN LATERAL (SELECT sum(m.ml) AS ml FROM stock_stockmovement m WHERE m.lot_id = l.id AND m.occurred_on > %(before_last)s) later ON true
 WHERE l.clinic_id = ANY(%(clinics)s)
 GROUP BY 1
