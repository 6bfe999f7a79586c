-- After open_parts.sql: what these patients have to pay by the day, a row for each plan and invoice. Parameter: patients.
SELECT o.patient_id, o.plan_id, o.invoice_id, o.currency, sum(o.amount), bool_or(o.due_on < o.day)
  FROM open_part o
 WHERE o.due_on <= o.day AND o.patient_id = ANY(%(patients)s)
 GROUP BY o.patient_id, o.plan_id, o.invoice_id, o.currency
 ORDER BY o.patient_id, o.plan_id, o.invoice_id
