-- After minutes.sql: the sums by clinician and by room.
SELECT m.clinic_id, m.clinician_id IS NOT NULL, coalesce(m.clinician_id, m.room_id),
       coalesce(r.name, nullif(concat_ws(' ', nullif(u.title, ''), nullif(u.first_name, ''), nullif(u.last_name, '')), ''), u.username), m.period, m.opened, m.booked
  FROM (SELECT clinic_id, clinician_id, room_id, period, sum(opened)::int AS opened, sum(booked)::int AS booked
          FROM minutes
         GROUP BY GROUPING SETS ((clinic_id, period, clinician_id), (clinic_id, period, room_id))) m
  LEFT JOIN accounts_user u ON u.id = m.clinician_id
  LEFT JOIN schedule_room r ON r.id = m.room_id
 WHERE m.clinician_id IS NOT NULL OR m.room_id IS NOT NULL
 ORDER BY 1, 2 DESC, 4, 3, 5
