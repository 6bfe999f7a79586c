-- What is owed of accepted quotes and invoices at the end of these days, part by part; what was paid goes to the first parts.
-- A stopped course is settled on its own page. Parameters: days, clinics. A query follows that reads open_part.
WITH moment AS (
    SELECT c.id AS clinic_id, c.time_zone, d.day, (d.day + 1)::timestamp AT TIME ZONE c.time_zone AS until
      FROM accounts_clinic c CROSS JOIN unnest(%(days)s::date[]) AS d(day)
     WHERE c.id = ANY(%(clinics)s)
), standing AS (
    SELECT a.plan_id, a.invoice_id, a.amount, a.at
      FROM billing_allowance a
     WHERE NOT EXISTS (SELECT 1 FROM billing_payment v WHERE v.voids_id = a.payment_id)
), agreed AS (
    SELECT m.clinic_id, m.day, q.patient_id, q.plan_id, q.currency, part.amount, paid.amount AS paid,
           (q.answered_at AT TIME ZONE m.time_zone)::date + (part.place::int - 1) * q.instalment_days AS due_on,
           sum(part.amount) OVER (PARTITION BY q.id, m.day ORDER BY part.place) AS until_here
      FROM moment m
      JOIN billing_quote q ON q.clinic_id = m.clinic_id AND q.status = 'accepted' AND q.answered_at < m.until
      JOIN billing_quoteoption o ON o.id = q.chosen_option_id
      JOIN plans_treatmentplan t ON t.id = q.plan_id AND t.status <> 'stopped'
      CROSS JOIN LATERAL (
          SELECT coalesce((SELECT sum(p.amount) FROM billing_payment p WHERE p.plan_id = q.plan_id AND p.at < m.until), 0)
               + coalesce((SELECT sum(s.amount) FROM standing s WHERE s.plan_id = q.plan_id AND s.at < m.until), 0) AS amount) paid
      CROSS JOIN LATERAL unnest(
          CASE WHEN cardinality(o.instalments) > 0 THEN o.instalments ELSE ARRAY[o.total - o.insurer] END
          ) WITH ORDINALITY AS part(amount, place)
), open_part AS (
    SELECT clinic_id, day, patient_id, plan_id, NULL::bigint AS invoice_id, currency, due_on, least(amount, until_here - paid) AS amount
      FROM agreed WHERE until_here > paid AND amount > 0
    UNION ALL
    SELECT m.clinic_id, m.day, i.patient_id, NULL, i.id, i.currency, i.due_on, owed.amount
      FROM moment m
      JOIN billing_invoice i ON i.clinic_id = m.clinic_id AND i.issued_at < m.until
      CROSS JOIN LATERAL (
          SELECT i.total
               - coalesce((SELECT sum(n.total) FROM billing_creditnote n WHERE n.invoice_id = i.id AND n.issued_at < m.until), 0)
               - coalesce((SELECT sum(s.amount) FROM standing s WHERE s.invoice_id = i.id AND s.at < m.until), 0)
               - coalesce((SELECT sum(p.amount) FROM billing_payment p WHERE p.invoice_id = i.id AND p.at < m.until), 0) AS amount) owed
     WHERE owed.amount > 0
)
