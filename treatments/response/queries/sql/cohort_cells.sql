-- The cells of the cohort from those figures: how many patients, and the three figures in order around each quartile.
WITH figures AS ({figures}), newest AS (SELECT coalesce(max(id), 0) AS id FROM conditions_measurement), grouped AS (
  SELECT condition_id, sex, scale_id, zone_id, method, week, count(*)::int AS patients,
         CASE WHEN count(*) >= %(least)s THEN array_agg(value ORDER BY value) END AS figures
    FROM figures GROUP BY condition_id, sex, scale_id, zone_id, method, week
)
INSERT INTO response_cohortcell
       (condition_id, sex, scale_id, zone_id, method, week, patients, low, high, newest_id, counted_at)
SELECT condition_id, sex, scale_id, zone_id, method, week, patients,
       coalesce(figures[floor(0.25 * (patients - 2))::int + 1 : floor(0.25 * (patients - 2))::int + 3], '{{}}'),
       coalesce(figures[floor(0.75 * (patients - 2))::int + 1 : floor(0.75 * (patients - 2))::int + 3], '{{}}'),
       newest.id, %(now)s
  FROM grouped CROSS JOIN newest
