-- The groups of sessions counted for every choice of days, condition, sex and course. A reaction is a score too: 1 where there was
-- one; it is answered where a later call was. Nobody has two sexes, so that people are added over them; over conditions and courses
-- they are looked for once.
INSERT INTO outcomes_outcomecell
       (clinic_id, days, condition_id, sex, first_course_only, moment, name, asked, answered, people, performers, scores, counted_at)
WITH member AS MATERIALIZED (
  SELECT o.clinic_id, w.days, o.condition_id, o.sex, o.is_first_course, g.name COLLATE "C" AS name, o.patient_id, o.performer_id,
         o.pain_during, o.pain_end, o.pain_1h, o.pain_24h, o.has_reacted::int AS has_reacted, o.was_asked_later
    FROM outcomes_sessionoutcome o
    JOIN unnest(%(periods)s::int[]) AS w(days) ON w.days = 0 OR o.performed_on > %(today)s::date - w.days
   CROSS JOIN LATERAL unnest(o.groups || 'all:'::varchar) AS g(name)
   WHERE g.name NOT LIKE 'vial:%%' AND g.name NOT LIKE 'room:%%'
), counted AS (
  SELECT clinic_id, days, condition_id, sex, is_first_course, name, count(*) AS asked,
         count(pain_during) AS n_during, count(pain_end) AS n_end, count(pain_1h) AS n_1h, count(pain_24h) AS n_24h,
         count(*) FILTER (WHERE was_asked_later) AS n_later, {counts}
    FROM member GROUP BY clinic_id, days, condition_id, sex, is_first_course, name
), choice AS MATERIALIZED (
  SELECT * FROM (VALUES (true), (false)) AS c(by_condition), (VALUES (true), (false)) AS f(first_only)
), by_sex AS MATERIALIZED (
  SELECT * FROM (VALUES (true), (false)) AS x(by_sex)
), summed AS (
  SELECT clinic_id, days, CASE WHEN by_condition THEN condition_id END AS condition_id, CASE WHEN by_sex THEN sex ELSE '' END AS sex,
         first_only, moment, name, sum(asked) AS asked, sum(answered) AS answered, ARRAY[{sums}] AS scores
    FROM counted CROSS JOIN by_sex JOIN choice ON NOT first_only OR is_first_course
   CROSS JOIN LATERAL (VALUES ('during', n_during, s_during), ('end', n_end, s_end), ('1h', n_1h, s_1h), ('24h', n_24h, s_24h),
                              ('reaction', n_later, s_reaction)) AS m(moment, answered, scores)
   GROUP BY 1, 2, 3, 4, 5, 6, 7
), seen AS MATERIALIZED (
  SELECT clinic_id, days, condition_id, sex, is_first_course, name, patient_id, count(pain_during) > 0 AS told_during,
         count(pain_end) > 0 AS told_end, count(pain_1h) > 0 AS told_1h, count(pain_24h) > 0 AS told_24h
    FROM member GROUP BY clinic_id, days, condition_id, sex, is_first_course, name, patient_id
), once AS MATERIALIZED (
  SELECT clinic_id, days, CASE WHEN by_condition THEN condition_id END AS condition_id, sex, first_only, name, patient_id,
         bool_or(told_during) AS told_during, bool_or(told_end) AS told_end, bool_or(told_1h) AS told_1h, bool_or(told_24h) AS told_24h
    FROM seen JOIN choice ON NOT first_only OR is_first_course
   GROUP BY 1, 2, 3, 4, 5, 6, 7
), people AS (
  SELECT clinic_id, days, condition_id, sex, first_only, name, count(*) FILTER (WHERE told_during) AS during,
         count(*) FILTER (WHERE told_end) AS at_end, count(*) FILTER (WHERE told_1h) AS after_1h,
         count(*) FILTER (WHERE told_24h) AS after_24h, count(*) AS everybody
    FROM once GROUP BY clinic_id, days, condition_id, sex, first_only, name
), performed AS MATERIALIZED (
  SELECT DISTINCT clinic_id, days, condition_id, sex, is_first_course, name, performer_id FROM member WHERE name LIKE 'experience:%%'
), performers AS (
  SELECT clinic_id, days, CASE WHEN by_condition THEN condition_id END AS condition_id, CASE WHEN by_sex THEN sex ELSE '' END AS sex,
         first_only, name, count(DISTINCT performer_id) AS performers
    FROM performed CROSS JOIN by_sex JOIN choice ON NOT first_only OR is_first_course
   GROUP BY 1, 2, 3, 4, 5, 6
)
-- Put together by grouping: joined, each part would be read once for every row of another.
SELECT clinic_id, days, condition_id, sex, first_only, moment, name, sum(asked), sum(answered), sum(people), sum(performers),
       max(scores), %(now)s
  FROM (SELECT clinic_id, days, condition_id, sex, first_only, moment, name, asked, answered, 0 AS people, 0 AS performers, scores FROM summed
        UNION ALL
        SELECT clinic_id, days, condition_id, CASE WHEN by_sex THEN sex ELSE '' END, first_only, moment, name, 0, 0, m.people, 0, NULL
          FROM people CROSS JOIN by_sex
         CROSS JOIN LATERAL (VALUES ('during', during), ('end', at_end), ('1h', after_1h), ('24h', after_24h), ('reaction', everybody))
                    AS m(moment, people)
        UNION ALL
        SELECT clinic_id, days, condition_id, sex, first_only, moment, name, 0, 0, 0, performers, NULL
          FROM performers CROSS JOIN (VALUES ('during'), ('end'), ('1h'), ('24h'), ('reaction')) AS m(moment)) AS part
 GROUP BY clinic_id, days, condition_id, sex, first_only, moment, name
