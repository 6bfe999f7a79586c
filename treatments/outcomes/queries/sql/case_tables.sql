-- For every thing that a session with one of the reactions had: how many sessions with and without had it.
-- The last three columns are the same in each row: cases, the people they are of, controls.
WITH looked_at AS MATERIALIZED (
  SELECT o.treatment_session_id AS id, o.patient_id, o.groups || ('day:' || o.performed_on)::varchar AS groups,
         EXISTS (SELECT 1 FROM treatment_sessions_reaction r
                  WHERE r.treatment_session_id = o.treatment_session_id AND r.effect_id = ANY(%(effects)s)) AS is_case
    FROM outcomes_sessionoutcome o
   WHERE o.clinic_id = %(clinic)s AND o.performed_on > %(since)s AND o.performed_on <= %(until)s
), whole AS (
  SELECT count(*) FILTER (WHERE is_case) AS cases, count(DISTINCT patient_id) FILTER (WHERE is_case) AS people,
         count(*) FILTER (WHERE NOT is_case) AS controls
    FROM looked_at
)
SELECT g.name, count(*) FILTER (WHERE is_case), count(*) FILTER (WHERE NOT is_case), w.cases, w.people, w.controls
  FROM looked_at CROSS JOIN LATERAL unnest(groups) AS g(name) CROSS JOIN whole w
 WHERE g.name LIKE 'ingredient:%%' OR g.name LIKE 'lot:%%' OR g.name LIKE 'vial:%%' OR g.name LIKE 'room:%%' OR g.name LIKE 'day:%%'
 GROUP BY g.name, w.cases, w.people, w.controls
HAVING bool_or(is_case)
 ORDER BY 2 DESC, g.name
 LIMIT 2000
