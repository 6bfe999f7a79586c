-- Movements with the ids that were reserved for them, then what each draws from which container.
INSERT INTO stock_stockmovement (id, lot_id, kind, ml, occurred_on, by_id, reason, already_given)
SELECT n.id, n.lot_id, n.kind, n.ml, %s, %s, n.reason, n.already_given
  FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::numeric[], %s::text[], %s::boolean[])
       WITH ORDINALITY AS n(id, lot_id, kind, ml, reason, already_given, place) ORDER BY n.place;
INSERT INTO stock_vialdraw (movement_id, ml, opens_ml, at)
SELECT n.movement_id, n.ml, n.opens_ml, %s
  FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[])
       WITH ORDINALITY AS n(movement_id, ml, opens_ml, place) ORDER BY n.place;
