-- How much each measure of each patient changed in the first course: the last figure of the quarter of a year before it, and the
-- figure nearest to 18 weeks after its first session, within 16 to 20 weeks; same zone, site, method and device.
-- Beside each: what every active had added up to in the zone by then, shared over the zones of a session by their ml.
WITH course AS MATERIALIZED (
  SELECT DISTINCT ON (o.patient_id) o.clinic_id, o.patient_id, s.plan_id, o.condition_id, o.performed_on AS started_on, k.time_zone,
         (SELECT g FROM unnest(o.groups) AS g WHERE g LIKE 'cocktail:%%' LIMIT 1) AS cocktail
    FROM outcomes_sessionoutcome o
    JOIN treatment_sessions_treatmentsession s ON s.id = o.treatment_session_id
    JOIN accounts_clinic k ON k.id = o.clinic_id
   WHERE o.is_first_course ORDER BY o.patient_id, o.performed_on, o.treatment_session_id
), figure AS (
  SELECT c.*, m.id, m.scale_id, m.zone_id, m.site_id, lower(btrim(m.method)) AS method, lower(btrim(m.device)) AS device, m.value,
         (m.measured_at AT TIME ZONE c.time_zone)::date - c.started_on AS day, m.measured_at
    FROM course c JOIN conditions_measurement m ON m.patient_id = c.patient_id AND m.zone_id IS NOT NULL
    JOIN conditions_measurementkind k ON k.scale_id = m.scale_id AND k.kept_as = 'measured'
), before AS (
  SELECT DISTINCT ON (patient_id, scale_id, zone_id, site_id, method, device) * FROM figure WHERE day BETWEEN -91 AND 0
   ORDER BY patient_id, scale_id, zone_id, site_id, method, device, measured_at DESC, id DESC
), later AS (
  SELECT DISTINCT ON (patient_id, scale_id, zone_id, site_id, method, device) * FROM figure WHERE day BETWEEN 112 AND 140
   ORDER BY patient_id, scale_id, zone_id, site_id, method, device, abs(day - 126), measured_at, id
), changed AS MATERIALIZED (
  SELECT DISTINCT ON (l.patient_id, l.scale_id, l.zone_id)
         l.clinic_id, l.patient_id, l.plan_id, l.condition_id, l.cocktail, l.scale_id, l.zone_id, l.started_on + l.day AS measured_on,
         l.value - b.value AS change
    FROM later l JOIN before b ON (b.patient_id, b.scale_id, b.zone_id, b.method, b.device) = (l.patient_id, l.scale_id, l.zone_id, l.method, l.device)
                              AND b.site_id IS NOT DISTINCT FROM l.site_id
   ORDER BY l.patient_id, l.scale_id, l.zone_id, l.site_id NULLS LAST, l.method, l.device
), session AS (
  SELECT DISTINCT s.id, s.plan_id, s.performed_on FROM treatment_sessions_treatmentsession s JOIN changed ON changed.plan_id = s.plan_id
   WHERE s.status IN ('signed', 'amended')
), active AS (
  SELECT d.treatment_session_id AS id, pc.ingredient_id, sum((d.ml - d.wasted_ml) * pc.mg_per_ml) AS mg
    FROM session JOIN treatment_sessions_dose d ON d.treatment_session_id = session.id
    JOIN catalogue_productcontent pc ON pc.product_id = d.product_id AND pc.mg_per_ml IS NOT NULL
    JOIN catalogue_ingredient i ON i.id = pc.ingredient_id AND i.is_active
   GROUP BY d.treatment_session_id, pc.ingredient_id
), zone AS (
  SELECT z.treatment_session_id AS id, z.zone_id, z.points * z.ml_per_point / z.area_cm2
         / sum(z.points * z.ml_per_point) OVER (PARTITION BY z.treatment_session_id) AS share_per_cm2
    FROM session JOIN treatment_sessions_zonetreatment z ON z.treatment_session_id = session.id
)
SELECT c.clinic_id, c.patient_id, c.condition_id, c.cocktail, c.scale_id, c.zone_id, c.change::float8, a.ingredient_id,
       sum(a.mg * z.share_per_cm2)
  FROM changed c
  LEFT JOIN (session s JOIN active a ON a.id = s.id JOIN zone z ON z.id = s.id)
         ON s.plan_id = c.plan_id AND s.performed_on < c.measured_on AND z.zone_id = c.zone_id
 GROUP BY c.clinic_id, c.patient_id, c.condition_id, c.cocktail, c.scale_id, c.zone_id, c.change, a.ingredient_id
 ORDER BY c.clinic_id, c.patient_id, c.scale_id, c.zone_id, a.ingredient_id
