-- Mean density at each session of a course (0: the baseline before it); without a course, what was measured outside sessions.
SELECT coalesce(s.number, 0), avg(m.value), min(m.measured_at)
  FROM conditions_measurement m
  JOIN conditions_severityscale c ON c.id = m.scale_id AND c.code = %(scale)s
  LEFT JOIN treatment_sessions_treatmentsession_measurements l ON l.measurement_id = m.id
  LEFT JOIN treatment_sessions_treatmentsession s ON s.id = l.treatmentsession_id
 WHERE m.patient_id = %(patient)s
   AND (s.plan_id = %(plan)s
        OR s.id IS NULL AND (m.assessment_id IS NULL OR %(plan)s IS NULL
           OR m.assessment_id = (SELECT assessment_id FROM plans_treatmentplan WHERE id = %(plan)s)))
 GROUP BY 1 ORDER BY 1
