-- Medicines that came onto the record since the last signed session and are no alert of their own, by kind of alert.
(SELECT coalesce(jsonb_agg(jsonb_build_object('type', to_jsonb(a), 'since', told.since, 'names', told.names,
                                              'factors', told.factors) ORDER BY a.code), '[]')
   FROM (VALUES (%(expressions)s)) AS asked (patient_id, day)
   CROSS JOIN LATERAL (
        SELECT CASE WHEN r.factor_id IS NULL THEN 'alert:state:new-medicine-unread' ELSE 'alert:state:new-medicine' END
                   AS code,
               min(r.recorded_at) AS since,
               jsonb_agg(r.label ORDER BY r.id) AS names,
               jsonb_agg(f.label ORDER BY r.id) AS factors
          FROM patients_riskfactor r
          LEFT JOIN patients_factor f ON f.id = r.factor_id
         WHERE r.patient_id = asked.patient_id AND r.kind = 'medicine'
           AND (r.started_on IS NULL OR r.started_on <= asked.day) AND (r.ended_on IS NULL OR r.ended_on > asked.day)
           -- What was told in the chair is recorded by the signature itself, moments after its time: it was known.
           AND r.recorded_at > (
                SELECT max(c.signed_at) FROM plans_coursesession c JOIN plans_treatmentplan p ON p.id = c.plan_id
                 WHERE p.patient_id = asked.patient_id)
               + CASE WHEN r.origin = 'session' THEN interval '1 minute' ELSE interval '0' END
           AND NOT EXISTS (
                SELECT FROM patients_alerttypefactor own JOIN patients_alerttype t ON t.id = own.alert_type_id
                 WHERE own.factor_id = r.factor_id AND t.retired_at IS NULL)
         GROUP BY 1) told
   JOIN patients_alerttype a ON a.code = told.code AND a.retired_at IS NULL)
