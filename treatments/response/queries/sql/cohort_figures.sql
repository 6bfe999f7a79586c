-- One figure of each patient for each measure, place, method and stretch of weeks of the first course: the first measured in it.
-- Week 0 is the quarter of a year before the first session and its day; later stretches are four weeks long, to a year.
WITH course AS (
  SELECT DISTINCT ON (p.patient_id) p.patient_id, p.id AS plan_id, a.condition_id, t.sex_at_birth AS sex,
         c.performed_on, k.time_zone
    FROM plans_coursesession c
    JOIN plans_treatmentplan p ON p.id = c.plan_id
    JOIN conditions_assessment a ON a.id = p.assessment_id
    JOIN patients_patient t ON t.id = p.patient_id
    JOIN accounts_clinic k ON k.id = p.clinic_id
   WHERE c.number = 1 AND c.signed_at IS NOT NULL {only_course}
   ORDER BY p.patient_id, c.performed_on, p.id
), placed AS (
  SELECT m.id, m.patient_id, o.condition_id, o.sex, m.scale_id, m.zone_id, lower(btrim(m.method)) AS method, m.value,
         m.measured_at, o.plan_id, o.performed_on,
         ((m.measured_at AT TIME ZONE o.time_zone)::date - o.performed_on) AS days
    FROM course o JOIN conditions_measurement m ON m.patient_id = o.patient_id {only_measurement}
), inside AS (
  SELECT *, CASE WHEN days <= 0 THEN 0 ELSE (round(days / 28.0) * 4)::int END AS week
    FROM placed f
   WHERE days BETWEEN -91 AND 364
     AND NOT EXISTS (SELECT 1 FROM plans_treatmentplan p2
                       JOIN plans_coursesession c2 ON c2.plan_id = p2.id AND c2.number = 1 AND c2.signed_at IS NOT NULL
                      WHERE p2.patient_id = f.patient_id AND p2.id <> f.plan_id
                        AND c2.performed_on BETWEEN f.performed_on AND f.performed_on + f.days)
)
SELECT DISTINCT ON (patient_id, scale_id, zone_id, method, week)
       id, patient_id, condition_id, sex, scale_id, zone_id, method, week, value
  FROM inside
 ORDER BY patient_id, scale_id, zone_id, method, week, measured_at, id
