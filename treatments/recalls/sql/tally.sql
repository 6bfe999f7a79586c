-- After recipients.sql: a recall in figures.
SELECT count(*) FILTER (WHERE p.died_on IS NULL),
       count(*) FILTER (WHERE p.died_on IS NULL AND r.reached),
       count(*) FILTER (WHERE p.died_on IS NULL AND NOT r.reached AND r.attempts > 0),
       count(*) FILTER (WHERE p.died_on IS NULL AND r.attempts = 0),
       count(*) FILTER (WHERE p.died_on IS NOT NULL),
       (SELECT count(DISTINCT session_id) FROM got), (SELECT count(DISTINCT session_id) FROM got WHERE status = 'draft'),
       (SELECT coalesce(sum(ml), 0) FROM got WHERE status <> 'draft'),
       (SELECT coalesce(sum(on_hand_ml), 0) FROM stock_lot WHERE id = ANY(%(lots)s))
  FROM person r JOIN patients_patient p ON p.id = r.person
