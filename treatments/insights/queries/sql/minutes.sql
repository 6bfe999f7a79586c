-- Minutes open and minutes booked, piece by piece, of the period and of the one before. A query follows that reads minutes. Open is what today's working
-- hours give on each day, less breaks, holidays and time off. Parameters: clinics, before_first, before_last, last.
WITH day AS (
    SELECT c.id AS clinic_id, c.time_zone, d::date AS day, CASE WHEN d::date > %(before_last)s THEN 'now' ELSE 'before' END AS period
      FROM accounts_clinic c
      CROSS JOIN generate_series(%(before_first)s::timestamp, %(last)s::timestamp, interval '1 day') AS d
     WHERE c.id = ANY(%(clinics)s)
), span AS (
    SELECT y.clinic_id, y.day, y.time_zone, y.period, w.clinician_id, w.room_id, w.weekday,
           tstzrange((y.day + w.opens) AT TIME ZONE y.time_zone, (y.day + w.closes) AT TIME ZONE y.time_zone) AS hours
      FROM day y
      JOIN schedule_workinghours w ON w.clinic_id = y.clinic_id AND w.weekday = extract(isodow FROM y.day)::int - 1
     WHERE NOT EXISTS (SELECT 1 FROM schedule_holiday h WHERE h.clinic_id = y.clinic_id AND h.day = y.day)
), minutes AS (
    SELECT s.clinic_id, s.day, s.period, s.clinician_id, s.room_id,
           extract(epoch FROM upper(part) - lower(part)) / 60 AS opened, 0 AS booked
      FROM span s
      CROSS JOIN LATERAL unnest(
          s.hours::tstzmultirange
          - coalesce((SELECT range_agg(tstzrange(o.starts_at, o.ends_at)) FROM schedule_timeoff o
                       WHERE (o.clinician_id = s.clinician_id OR o.room_id = s.room_id)
                         AND tstzrange(o.starts_at, o.ends_at) && s.hours), '{}')
          - coalesce((SELECT range_agg(tstzrange((s.day + b.starts) AT TIME ZONE s.time_zone, (s.day + b.ends) AT TIME ZONE s.time_zone))
                        FROM schedule_break b
                       WHERE b.clinic_id = s.clinic_id AND b.clinician_id = s.clinician_id AND b.weekday = s.weekday), '{}')
          ) AS part
    UNION ALL
    SELECT y.clinic_id, y.day, y.period, a.clinician_id, a.room_id, 0, extract(epoch FROM a.ends_at - a.starts_at) / 60
      FROM day y
      JOIN schedule_appointment a ON a.clinic_id = y.clinic_id AND a.status NOT IN ('cancelled', 'late_cancelled', 'no_show')
       AND a.starts_at >= y.day::timestamp AT TIME ZONE y.time_zone AND a.starts_at < (y.day + 1)::timestamp AT TIME ZONE y.time_zone
)
