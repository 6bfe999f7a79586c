-- After open_parts.sql: the plans and invoices with something overdue, the longest first. Parameter: how many at most.
SELECT o.plan_id, o.invoice_id, concat_ws(' ', nullif(p.given_names, ''), p.family_name), p.phone, o.currency,
       min(o.due_on) AS due_on, sum(o.amount), count(*) OVER ()
  FROM open_part o
  JOIN patients_patient p ON p.id = o.patient_id
 WHERE o.due_on < o.day
 GROUP BY o.plan_id, o.invoice_id, o.currency, p.id
 ORDER BY min(o.due_on), p.id
 LIMIT %(most)s
