-- After minutes.sql: the days of one clinician or one room in the period. Parameters: clinician, room; one of them is NULL.
SELECT m.day, sum(m.opened)::int, sum(m.booked)::int
  FROM minutes m
 WHERE m.period = 'now' AND (m.clinician_id = %(clinician)s OR m.room_id = %(room)s)
 GROUP BY m.day
 ORDER BY m.day DESC
