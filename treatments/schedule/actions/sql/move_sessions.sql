UPDATE schedule_appointment a
   SET starts_at = v.starts_at, ends_at = v.ends_at, clinician_id = v.clinician, room_id = v.room,
       acknowledged = a.acknowledged || %s::jsonb
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::bigint[])
       AS v (id, starts_at, ends_at, clinician, room)
 WHERE a.id = v.id
