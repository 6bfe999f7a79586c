-- After events.sql: sums by clinic, kind, currency and month, told apart by period: 'now', 'before', or '' for the months beside
-- them. Parameters: first, last, before_first, before_last.
SELECT clinic_id, kind, currency, date_trunc('month', day)::date AS month,
       CASE WHEN day BETWEEN %(first)s AND %(last)s THEN 'now'
            WHEN day BETWEEN %(before_first)s AND %(before_last)s THEN 'before' ELSE '' END AS period,
       sum(amount), count(*)
  FROM event
 WHERE day BETWEEN %(first_shown)s AND %(last)s
 GROUP BY 1, 2, 3, 4, 5
 ORDER BY 1, 2, 3, 4, 5
