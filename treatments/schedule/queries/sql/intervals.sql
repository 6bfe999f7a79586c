-- The clinic's rules of intervals, the patient's signed sessions at any clinic, and the plan that is asked about, as one
-- row of JSON. A patient without such a plan has no session to come: nothing is in "plans" for it.
WITH asked AS (
    SELECT patient_id, day, plan_id FROM (VALUES (%(expressions)s)) AS asked (patient_id, day, plan_id)
), person AS (
    SELECT p.id FROM patients_patient p, asked WHERE p.id = asked.patient_id OR p.merged_into_id = asked.patient_id
), given AS (
    SELECT c.plan_id, c.number, c.performed_on, coalesce(c.cocktail_version_id, p.cocktail_version_id) AS version_id
      FROM plans_coursesession c
      JOIN plans_treatmentplan p ON p.id = c.plan_id
     WHERE p.patient_id IN (SELECT id FROM person) AND c.signed_at IS NOT NULL
           AND c.performed_on <= (SELECT day FROM asked)
     ORDER BY c.performed_on DESC, c.number DESC
     LIMIT 60
), plan AS (
    SELECT p.id, p.cocktail_version_id AS version_id, r.code AS protocol, r.name AS protocol_name,
           (SELECT min(days) FROM unnest(p.intervals) AS days) AS fewest_days,
           (SELECT jsonb_agg(z.code)
              FROM conditions_assessmentzone a JOIN conditions_zone z ON z.id = a.zone_id
             WHERE a.assessment_id = p.assessment_id) AS zones
      FROM plans_treatmentplan p
      JOIN plans_protocol r ON r.id = p.protocol_id
     WHERE p.id = (SELECT plan_id FROM asked) OR p.id IN (SELECT plan_id FROM given)
), held AS (
    SELECT k.version_id, jsonb_object_agg(i.code, i.name) AS ingredients
      FROM cocktails_component k
      JOIN catalogue_productcontent h ON h.product_id = k.product_id
      JOIN catalogue_ingredient i ON i.id = h.ingredient_id
     WHERE k.version_id IN (SELECT version_id FROM given UNION SELECT version_id FROM plan
                              WHERE id = (SELECT plan_id FROM asked))
     GROUP BY k.version_id
)
SELECT jsonb_build_object(
    'rules', coalesce((
        SELECT jsonb_agg(jsonb_build_array(
                   v.code, v.scope, v.subject, v.finding, v.usual_days, v.min_days, v.early_from_days, v.max_days,
                   v.below_min_level, v.early_level, v.above_max_level, v.screen_below, v.screen_above,
                   coalesce('[' || s.key || '] ' || s.citation, v.source_text), v.basis) ORDER BY v.code)
          FROM catalogue_interval v
          LEFT JOIN core_source s ON s.key = v.source_keys[1]
         WHERE v.retired_at IS NULL
               -- A rule of an ingredient or a protocol that is none of the session to come has nothing to say.
               AND (v.scope NOT IN ('ingredient', 'protocol') OR v.code = 'interval:prp:maintenance'
                    OR EXISTS (SELECT FROM plan JOIN asked ON asked.plan_id = plan.id
                                WHERE plan.protocol = v.subject
                                      OR EXISTS (SELECT FROM held WHERE held.version_id = plan.version_id
                                                        AND held.ingredients ? v.subject)))), '[]'),
    'given', coalesce((SELECT jsonb_agg(jsonb_build_array(plan_id, number, performed_on, version_id)) FROM given), '[]'),
    'plans', coalesce((
        SELECT jsonb_object_agg(id, jsonb_build_array(protocol, protocol_name, coalesce(zones, '[]'), version_id, fewest_days))
          FROM plan), '{}'),
    'held', coalesce((SELECT jsonb_object_agg(version_id, ingredients) FROM held), '{}'),
    'elsewhere', (
        SELECT jsonb_build_array(s.said, s.asked_on) FROM patients_safetyanswer s
         WHERE s.patient_id IN (SELECT id FROM person) AND s.question = 'previous'
         ORDER BY s.asked_on DESC, s.id DESC LIMIT 1),
    'assessed_at', (SELECT max(assessed_at) FROM conditions_assessment WHERE patient_id IN (SELECT id FROM person)))
