-- The latest result of each laboratory test that nobody has replaced, beside each kind of alert that the test may mean.
(SELECT coalesce(
            jsonb_agg(
                jsonb_build_object(
                    'type', to_jsonb(a), 'code', latest.code, 'name', latest.name, 'taken_on', latest.taken_on,
                    'value', latest.value::text, 'text', latest.text, 'unit', latest.unit, 'first_unit', latest.first_unit,
                    'other_factor', latest.other_factor::text, 'low', latest.low::text, 'high', latest.high::text,
                    'usual_interval', latest.usual_interval, 'has_units', latest.first_unit <> '' OR latest.other_unit <> '',
                    'max_age_days', latest.max_age_days, 'finding_low', latest.finding_low,
                    'finding_high', latest.finding_high, 'conditions', assessed.conditions)
                ORDER BY latest.code, a.code),
            '[]')
   FROM (VALUES (%(expressions)s)) AS asked (patient_id, day)
   CROSS JOIN LATERAL (
        SELECT DISTINCT ON (r.test_id)
               t.code, t.name, r.taken_on, r.value, r.text, r.unit, r.low, r.high, t.unit AS first_unit, t.other_unit,
               t.other_factor, t.usual_interval, t.max_age_days, t.finding_low, t.finding_high
          FROM conditions_labresult r
          JOIN conditions_labtest t ON t.id = r.test_id
         WHERE r.patient_id IN (SELECT p.id FROM patients_patient p
                                 WHERE p.id = asked.patient_id OR p.merged_into_id = asked.patient_id)
           AND r.taken_on <= asked.day
           AND NOT EXISTS (SELECT FROM conditions_labresult newer WHERE newer.replaces_id = r.id)
         ORDER BY r.test_id, r.taken_on DESC, r.id DESC) latest
   JOIN patients_alerttype a
     ON a.trigger_kind = 'lab' AND a.retired_at IS NULL
        AND (position(a.code IN latest.finding_low) > 0 OR position(a.code IN latest.finding_high) > 0)
   LEFT JOIN LATERAL (
        SELECT jsonb_build_array(c.code) || coalesce((
                   SELECT jsonb_agg(oc.code)
                     FROM conditions_assessment_other_conditions o
                     JOIN conditions_condition oc ON oc.id = o.condition_id
                    WHERE o.assessment_id = last.id), '[]') AS conditions
          FROM (SELECT s.id, s.condition_id FROM conditions_assessment s
                 WHERE s.patient_id = asked.patient_id ORDER BY s.assessed_at DESC, s.id DESC LIMIT 1) last
          JOIN conditions_condition c ON c.id = last.condition_id) assessed ON true)
