-- After events.sql: the rows behind one figure, the last first. Parameters: kind, first, last, most.
SELECT e.day, e.what, e.row_id, e.label, coalesce(p.record_number, ''), e.amount, e.currency,
       count(*) OVER (), sum(e.amount) OVER ()
  FROM event e
  LEFT JOIN patients_patient p ON p.id = e.patient_id
 WHERE e.kind = %(kind)s AND e.day BETWEEN %(first)s AND %(last)s
   AND e.currency IN ('', (SELECT currency FROM accounts_clinic WHERE id = e.clinic_id))
 ORDER BY e.day DESC, e.what, e.row_id DESC
 LIMIT %(most)s
