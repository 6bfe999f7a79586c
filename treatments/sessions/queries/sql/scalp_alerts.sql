-- Today's look at the scalp, beside every kind of alert about the site.
(SELECT coalesce(jsonb_agg(jsonb_build_object('type', to_jsonb(a), 'said', look.said, 'at', look.recorded_at)
                           ORDER BY a.code), '[]')
   FROM (VALUES (%(expressions)s)) AS asked (patient_id, day)
   CROSS JOIN LATERAL (
        SELECT s.said, s.recorded_at FROM patients_safetyanswer s
         WHERE s.patient_id = asked.patient_id AND s.question = 'scalp_look' AND s.asked_on = asked.day
         ORDER BY s.id DESC LIMIT 1) look
   JOIN patients_alerttype a ON a.trigger_kind = 'site' AND a.retired_at IS NULL)
