-- What happened at these clinics from day to day, a row for each thing. A day is the clinic's own. A query follows that reads
-- event. Parameters: clinics, since and until (around the days wanted, so that only these are read), first_shown, now.
WITH happened AS (
    SELECT clinic_id, 'billed' AS kind, currency, issued_at AS at, total AS amount, 'invoice' AS what, id AS row_id, number AS label, patient_id
      FROM billing_invoice WHERE clinic_id = ANY(%(clinics)s) AND issued_at >= %(since)s AND issued_at < %(until)s
    UNION ALL
    SELECT n.clinic_id, 'billed', n.currency, n.issued_at, -n.total, 'credit_note', n.id, n.number, i.patient_id
      FROM billing_creditnote n JOIN billing_invoice i ON i.id = n.invoice_id
     WHERE n.clinic_id = ANY(%(clinics)s) AND n.issued_at >= %(since)s AND n.issued_at < %(until)s
    UNION ALL
    SELECT q.clinic_id, 'billed', q.currency, q.answered_at, o.total - o.insurer, 'quote', q.id, q.number, q.patient_id
      FROM billing_quote q JOIN billing_quoteoption o ON o.id = q.chosen_option_id
     WHERE q.clinic_id = ANY(%(clinics)s) AND q.status = 'accepted' AND q.answered_at >= %(since)s AND q.answered_at < %(until)s
    UNION ALL
    SELECT r.clinic_id, 'collected', p.currency, r.at, p.amount, 'receipt', p.id, r.number, coalesce(t.patient_id, i.patient_id)
      FROM billing_receipt r JOIN billing_payment p ON p.id = r.payment_id
      LEFT JOIN plans_treatmentplan t ON t.id = p.plan_id LEFT JOIN billing_invoice i ON i.id = p.invoice_id
     WHERE r.clinic_id = ANY(%(clinics)s) AND r.at >= %(since)s AND r.at < %(until)s
    UNION ALL
    SELECT q.clinic_id, k.kind, q.currency, q.issued_at, 0, 'quote', q.id, q.number, q.patient_id
      FROM billing_quote q
      CROSS JOIN LATERAL (VALUES ('quotes_issued', true), ('quotes_accepted', q.status = 'accepted'),
          ('quotes_paid', q.status = 'accepted' AND (SELECT sum(p.amount) FROM billing_payment p WHERE p.plan_id = q.plan_id) > 0)
          ) AS k(kind, counts)
     WHERE q.clinic_id = ANY(%(clinics)s) AND q.issued_at >= %(since)s AND q.issued_at < %(until)s AND k.counts
    UNION ALL
    SELECT a.clinic_id, k.kind, '', a.starts_at, 0, 'visit', a.id, to_char(a.starts_at AT TIME ZONE c.time_zone, 'HH24:MI'), a.patient_id
      FROM schedule_appointment a JOIN accounts_clinic c ON c.id = a.clinic_id
      CROSS JOIN LATERAL (VALUES ('visits', true), ('missed', a.status = 'no_show'), ('late', a.status = 'late_cancelled')) AS k(kind, counts)
     WHERE a.clinic_id = ANY(%(clinics)s) AND a.starts_at >= %(since)s AND a.starts_at < least(%(now)s, %(until)s) AND a.status <> 'cancelled' AND k.counts
), event AS (
    SELECT h.clinic_id, h.kind, h.currency, h.amount, (h.at AT TIME ZONE c.time_zone)::date AS day, h.what, h.row_id, h.label, h.patient_id
      FROM happened h JOIN accounts_clinic c ON c.id = h.clinic_id
    UNION ALL
    SELECT t.clinic_id, k.kind, '', 0, k.day, 'plan', t.id, t.name, t.patient_id
      -- A course that began or ended since then has a session since then: the others are not read.
      FROM (SELECT DISTINCT plan_id FROM plans_coursesession WHERE signed_at IS NOT NULL AND performed_on >= %(first_shown)s) recent
      JOIN plans_treatmentplan t ON t.id = recent.plan_id
      CROSS JOIN LATERAL (SELECT min(performed_on) AS first_on, max(performed_on) AS last_on, count(*) AS signed
                            FROM plans_coursesession WHERE plan_id = t.id AND signed_at IS NOT NULL) s
      CROSS JOIN LATERAL (VALUES ('begun', s.first_on, true), ('finished', s.last_on, s.signed >= t.sessions_planned)) AS k(kind, day, counts)
     WHERE t.clinic_id = ANY(%(clinics)s) AND k.counts
    UNION ALL
    SELECT l.clinic_id, 'wasted', c.currency, -m.ml * l.unit_cost, m.occurred_on, 'lot', l.id, l.number, NULL
      FROM stock_stockmovement m JOIN stock_lot l ON l.id = m.lot_id JOIN accounts_clinic c ON c.id = l.clinic_id
     WHERE l.clinic_id = ANY(%(clinics)s) AND m.kind = 'waste' AND l.unit_cost IS NOT NULL AND m.occurred_on >= %(first_shown)s
)
