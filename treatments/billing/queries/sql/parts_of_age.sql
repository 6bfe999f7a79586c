-- After open_parts.sql: the open parts of these ages, the longest late first. Parameters: ages (as owed_by_age.sql numbers them), most.
SELECT o.due_on, o.plan_id, o.invoice_id, p.record_number, o.amount, o.currency, count(*) OVER (), sum(o.amount) OVER ()
  FROM open_part o
  JOIN patients_patient p ON p.id = o.patient_id
  JOIN accounts_clinic c ON c.id = o.clinic_id AND c.currency = o.currency
 WHERE CASE WHEN o.due_on >= o.day THEN 0 WHEN o.day - o.due_on <= 30 THEN 1 WHEN o.day - o.due_on <= 60 THEN 2 ELSE 3 END = ANY(%(ages)s)
 ORDER BY o.due_on, p.id, o.plan_id, o.invoice_id
 LIMIT %(most)s
