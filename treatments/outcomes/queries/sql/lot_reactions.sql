-- What is watched of lots and opened vials: each session one was given in, and each reaction that may come from it, with the day
-- it began and the day it became known. A reaction with an incubation (lot_days) is one against every lot given to the patient so long before it began;
-- any other coded one after day 2 is one against the lots of its own session.
WITH signed AS MATERIALIZED (
  SELECT id, clinic_id, patient_id, performed_on FROM treatment_sessions_treatmentsession
   WHERE status IN ('signed', 'amended') AND performed_on > %(since)s
), given AS MATERIALIZED (
  SELECT DISTINCT s.clinic_id, s.id, s.patient_id, s.performed_on, d.lot_id, w.vial_id
    FROM signed s JOIN treatment_sessions_dose d ON d.treatment_session_id = s.id
    LEFT JOIN stock_vialdraw w ON w.movement_id = d.movement_id
), told AS MATERIALIZED (
  SELECT r.id, s.id AS session_id, s.patient_id, e.lot_days, coalesce(r.began_on, s.performed_on + coalesce(r.told_on_day, 0)) AS began_on,
         greatest(coalesce(s.performed_on + r.told_on_day, (r.added_at AT TIME ZONE k.time_zone)::date, s.performed_on), s.performed_on)
         AS known_on, s.performed_on
    FROM treatment_sessions_reaction r
    JOIN signed s ON s.id = r.treatment_session_id
    JOIN accounts_clinic k ON k.id = s.clinic_id
    JOIN treatment_sessions_adverseeffect e ON e.id = r.effect_id AND e.code <> %(in_words)s
   WHERE e.lot_days IS NOT NULL OR coalesce(r.began_on - s.performed_on, r.told_on_day) > 2
), hit AS (
  SELECT g.clinic_id, g.lot_id, g.vial_id, t.id, t.known_on, t.began_on, t.began_on - t.performed_on AS delay
    FROM told t JOIN given g ON g.patient_id = t.patient_id
     AND (g.id = t.session_id OR t.lot_days IS NOT NULL AND g.performed_on BETWEEN t.began_on - t.lot_days AND t.began_on)
)
SELECT clinic_id, lot_id, NULL::bigint, array_agg(performed_on ORDER BY performed_on), '{}'::date[], '{}'::date[], '{}'::int[]
  FROM (SELECT DISTINCT clinic_id, lot_id, id, performed_on FROM given) each GROUP BY clinic_id, lot_id
UNION ALL
SELECT clinic_id, lot_id, vial_id, array_agg(performed_on ORDER BY performed_on), '{}', '{}', '{}'
  FROM given WHERE vial_id IS NOT NULL GROUP BY clinic_id, lot_id, vial_id
UNION ALL
SELECT clinic_id, lot_id, NULL, '{}', array_agg(began_on ORDER BY began_on, id), array_agg(known_on ORDER BY began_on, id), array_agg(delay)
  FROM (SELECT DISTINCT clinic_id, lot_id, id, began_on, known_on, delay FROM hit) each GROUP BY clinic_id, lot_id
UNION ALL
SELECT clinic_id, lot_id, vial_id, '{}', array_agg(began_on ORDER BY began_on, id), array_agg(known_on ORDER BY began_on, id), array_agg(delay)
  FROM (SELECT DISTINCT clinic_id, lot_id, vial_id, id, began_on, known_on, delay FROM hit WHERE vial_id IS NOT NULL) each GROUP BY clinic_id, lot_id, vial_id
