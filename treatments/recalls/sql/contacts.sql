-- After recipients.sql: everyone with how to reach them and the last attempt, by name.
SELECT r.person, p.record_number, concat_ws(' ', nullif(p.given_names, ''), p.family_name), p.phone, p.email,
       p.address, p.language, p.died_on, p.sort_key, r.sessions, r.last_on, r.ml, r.lots, r.in_draft, r.all_void,
       r.others, r.attempts, r.reached, a.outcome, a.channel, a.note, a.at, u.first_name, u.last_name
  FROM person r
  JOIN patients_patient p ON p.id = r.person
  LEFT JOIN recalls_contactattempt a ON a.id = r.last_id
  LEFT JOIN accounts_user u ON u.id = a.by_id
 WHERE (%(show)s = '' OR (%(show)s = 'reached') = r.reached)
   AND (%(key)s::text IS NULL OR (p.sort_key, p.id) > (%(key)s::text, %(after)s))
 ORDER BY p.sort_key, p.id
 LIMIT %(most)s
