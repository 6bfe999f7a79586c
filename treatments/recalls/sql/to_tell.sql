-- Who of this clinic's patients received a lot of an open recall and was not reached yet, the first recall first.
-- A record that was merged is the one it went into, as in recipients.sql. Parameters: the clinic, and how many at most.
WITH got AS (
    SELECT c.id AS case_id, coalesce(again.merged_into_id, p.merged_into_id, p.id) AS person
      FROM recalls_recallcase c
      JOIN recalls_recalllot l ON l.case_id = c.id
      JOIN treatment_sessions_dose d ON d.lot_id = l.lot_id
      JOIN treatment_sessions_treatmentsession s ON s.id = d.treatment_session_id
      JOIN patients_patient p ON p.id = s.patient_id
      LEFT JOIN patients_patient again ON again.id = p.merged_into_id
     WHERE c.status = 'open' AND s.clinic_id = %(clinic)s
     GROUP BY 1, 2
), reached AS (
    SELECT DISTINCT a.case_id, coalesce(again.merged_into_id, p.merged_into_id, p.id) AS person
      FROM recalls_recallcase c
      JOIN recalls_contactattempt a ON a.case_id = c.id
      JOIN patients_patient p ON p.id = a.patient_id
      LEFT JOIN patients_patient again ON again.id = p.merged_into_id
     WHERE c.status = 'open' AND a.outcome = 'reached'
)
SELECT got.case_id, p.id AS person, concat_ws(' ', nullif(p.given_names, ''), p.family_name), p.phone, count(*) OVER ()
  FROM got
  JOIN patients_patient p ON p.id = got.person
  LEFT JOIN reached r ON r.case_id = got.case_id AND r.person = got.person
 WHERE p.died_on IS NULL AND r.person IS NULL
 ORDER BY got.case_id, p.sort_key, p.id
 LIMIT %(most)s
