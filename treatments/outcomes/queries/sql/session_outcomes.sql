-- Every signed session with what it led to and all it is counted among.
-- Cocktails are alike where they hold the same products; what only one patient ever had is “own”; a course is the first where no other of the patient began before it.
INSERT INTO outcomes_sessionoutcome
       (treatment_session_id, clinic_id, patient_id, performer_id, condition_id, sex, is_first_course, performed_on,
        pain_during, pain_end, pain_1h, pain_24h, has_reacted, was_asked_later, groups)
WITH signed AS MATERIALIZED (
  SELECT s.id, s.clinic_id, s.patient_id, coalesce(s.performed_by_id, s.clinician_id) AS performer_id, s.plan_id, s.performed_on,
         s.cocktail_version_id, s.room_id, lower(btrim(s.technique)) AS technique, lower(btrim(s.needle)) AS needle,
         row_number() OVER (PARTITION BY coalesce(s.performed_by_id, s.clinician_id) ORDER BY s.performed_on, s.id) - 1 AS done,
         s.plan_id = first_value(s.plan_id) OVER (PARTITION BY s.patient_id ORDER BY s.performed_on, s.id) AS is_first_course
    FROM treatment_sessions_treatmentsession s
   WHERE s.status IN ('signed', 'amended')
), composition AS (
  SELECT version_id, string_agg(product_id::text, '+' ORDER BY product_id) AS products
    FROM cocktails_component GROUP BY version_id
), given AS (
  SELECT d.treatment_session_id AS id, d.lot_id, d.product_id, d.movement_id
    FROM treatment_sessions_dose d JOIN signed ON signed.id = d.treatment_session_id
), member AS (
  SELECT id, 'technique:' || technique AS name FROM signed WHERE technique <> ''
  UNION ALL SELECT id, 'needle:' || needle FROM signed WHERE needle <> ''
  UNION ALL SELECT id, 'room:' || room_id FROM signed WHERE room_id IS NOT NULL
  UNION ALL
  SELECT id, 'experience:' || (SELECT max(first) FROM unnest(%(bands)s::int[]) AS band(first) WHERE first <= signed.done) FROM signed
  UNION ALL
  SELECT signed.id, 'cocktail:' || CASE WHEN min(patient_id) OVER alike = max(patient_id) OVER alike THEN 'own' ELSE c.products END
    FROM signed JOIN composition c ON c.version_id = signed.cocktail_version_id
  WINDOW alike AS (PARTITION BY c.products)
  UNION
  SELECT given.id, 'ingredient:' || pc.ingredient_id
    FROM given JOIN catalogue_productcontent pc ON pc.product_id = given.product_id
    JOIN catalogue_ingredient i ON i.id = pc.ingredient_id AND i.is_active
  UNION SELECT id, 'lot:' || lot_id FROM given
  UNION SELECT given.id, 'vial:' || w.vial_id FROM given JOIN stock_vialdraw w ON w.movement_id = given.movement_id
  UNION
  SELECT z.treatment_session_id, 'zone:' || coalesce(z.zone_id::text, 'drawn')
    FROM treatment_sessions_zonetreatment z JOIN signed ON signed.id = z.treatment_session_id
  UNION
  SELECT signed.id, 'relief:' || coalesce(r.method, 'none')
    FROM signed LEFT JOIN treatment_sessions_painrelief r ON r.treatment_session_id = signed.id
), grouped AS (
  SELECT id, array_agg(name ORDER BY name) AS groups FROM member GROUP BY id
), pain AS (
  SELECT treatment_session_id AS id,
         max(score) FILTER (WHERE moment = 'during') AS during, max(score) FILTER (WHERE moment = 'end') AS at_end,
         max(score) FILTER (WHERE moment = '1h') AS after_1h, max(score) FILTER (WHERE moment = '24h') AS after_24h
    FROM treatment_sessions_pain GROUP BY treatment_session_id
), reacted AS (
  SELECT DISTINCT r.treatment_session_id AS id
    FROM treatment_sessions_reaction r
    JOIN treatment_sessions_adverseeffect e ON e.id = r.effect_id AND e.code <> %(in_words)s
    JOIN signed ON signed.id = r.treatment_session_id
   WHERE coalesce(r.began_on - signed.performed_on, r.told_on_day) > 2
), asked_later AS (
  SELECT DISTINCT treatment_session_id AS id FROM followup_checkin WHERE days > 2 AND status = 'answered'
)
SELECT s.id, s.clinic_id, s.patient_id, s.performer_id, a.condition_id, t.sex_at_birth, s.is_first_course, s.performed_on,
       pain.during, pain.at_end, pain.after_1h, pain.after_24h, reacted.id IS NOT NULL, asked_later.id IS NOT NULL,
       coalesce(grouped.groups, '{}')
  FROM signed s
  JOIN plans_treatmentplan p ON p.id = s.plan_id
  JOIN conditions_assessment a ON a.id = p.assessment_id
  JOIN patients_patient t ON t.id = s.patient_id
  LEFT JOIN grouped ON grouped.id = s.id
  LEFT JOIN pain ON pain.id = s.id
  LEFT JOIN reacted ON reacted.id = s.id
  LEFT JOIN asked_later ON asked_later.id = s.id
