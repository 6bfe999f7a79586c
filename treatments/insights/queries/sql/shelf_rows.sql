-- The lots behind a figure of the shelf: which = 'value', 'expired', 'expiring' or 'unpriced'. Parameters: clinic, which, today, soon, most.
SELECT l.expires_on, l.id, l.number, l.on_hand_ml, l.on_hand_ml * l.unit_cost, count(*) OVER (), sum(l.on_hand_ml * l.unit_cost) OVER ()
  FROM stock_lot l
 WHERE l.clinic_id = %(clinic)s AND l.on_hand_ml > 0
   AND CASE %(which)s
           WHEN 'unpriced' THEN l.unit_cost IS NULL
           WHEN 'expired' THEN l.unit_cost IS NOT NULL AND l.expires_on < %(today)s
           WHEN 'expiring' THEN l.unit_cost IS NOT NULL AND l.expires_on BETWEEN %(today)s AND %(soon)s
           ELSE l.unit_cost IS NOT NULL END
 ORDER BY l.expires_on, l.id
 LIMIT %(most)s
