-- Quartiles of density by session over the patients of one protocol; not where too few were measured.
SELECT number, percentile_cont(0.25) WITHIN GROUP (ORDER BY value),
       percentile_cont(0.75) WITHIN GROUP (ORDER BY value), count(DISTINCT patient_id)
  FROM (SELECT s.number, m.value, m.patient_id
          FROM treatment_sessions_treatmentsession s
          JOIN plans_treatmentplan p ON p.id = s.plan_id AND p.protocol_id = %(protocol)s
          JOIN treatment_sessions_treatmentsession_measurements l ON l.treatmentsession_id = s.id
          JOIN conditions_measurement m ON m.id = l.measurement_id
          JOIN conditions_severityscale c ON c.id = m.scale_id AND c.code = %(scale)s
         UNION ALL
        SELECT 0, m.value, m.patient_id
          FROM conditions_measurement m
          JOIN conditions_severityscale c ON c.id = m.scale_id AND c.code = %(scale)s
          JOIN plans_treatmentplan p ON p.assessment_id = m.assessment_id AND p.protocol_id = %(protocol)s
       ) figures
 GROUP BY number HAVING count(DISTINCT patient_id) >= %(least)s ORDER BY number
