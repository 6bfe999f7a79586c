-- What happened at these clinics from day to day, as sums by clinic, kind, currency and month, told apart by period: 'now',
-- 'before', or '' for the months beside them. A day is the clinic's own. Parameters: clinics, since (a day before the first
-- day wanted), first_shown, first, last, before_first, before_last, now.
WITH happened AS (
    SELECT clinic_id, 'billed' AS kind, currency, issued_at AS at, total AS amount
      FROM billing_invoice WHERE clinic_id = ANY(%(clinics)s) AND issued_at >= %(since)s
    UNION ALL
    SELECT clinic_id, 'billed', currency, issued_at, -total
      FROM billing_creditnote WHERE clinic_id = ANY(%(clinics)s) AND issued_at >= %(since)s
    UNION ALL
    SELECT q.clinic_id, 'billed', q.currency, q.answered_at, o.total - o.insurer
      FROM billing_quote q JOIN billing_quoteoption o ON o.id = q.chosen_option_id
     WHERE q.clinic_id = ANY(%(clinics)s) AND q.status = 'accepted' AND q.answered_at >= %(since)s
    UNION ALL
    SELECT r.clinic_id, 'collected', p.currency, r.at, p.amount
      FROM billing_receipt r JOIN billing_payment p ON p.id = r.payment_id
     WHERE r.clinic_id = ANY(%(clinics)s) AND r.at >= %(since)s
    UNION ALL
    SELECT clinic_id, 'quotes_issued', currency, issued_at, 0
      FROM billing_quote WHERE clinic_id = ANY(%(clinics)s) AND issued_at >= %(since)s
    UNION ALL
    SELECT clinic_id, 'quotes_accepted', currency, issued_at, 0
      FROM billing_quote WHERE clinic_id = ANY(%(clinics)s) AND issued_at >= %(since)s AND status = 'accepted'
    UNION ALL
    SELECT q.clinic_id, 'quotes_paid', q.currency, q.issued_at, 0
      FROM billing_quote q WHERE q.clinic_id = ANY(%(clinics)s) AND q.issued_at >= %(since)s AND q.status = 'accepted'
       AND (SELECT sum(p.amount) FROM billing_payment p WHERE p.plan_id = q.plan_id) > 0
    UNION ALL
    SELECT a.clinic_id, k.kind, '', a.starts_at, 0
      FROM schedule_appointment a
      CROSS JOIN LATERAL (VALUES ('visits', true), ('missed', a.status = 'no_show'), ('late', a.status = 'late_cancelled')) AS k(kind, counts)
     WHERE a.clinic_id = ANY(%(clinics)s) AND a.starts_at >= %(since)s AND a.starts_at < %(now)s AND a.status <> 'cancelled' AND k.counts
), on_day AS (
    SELECT h.clinic_id, h.kind, h.currency, h.amount, (h.at AT TIME ZONE c.time_zone)::date AS day
      FROM happened h JOIN accounts_clinic c ON c.id = h.clinic_id
    UNION ALL
    SELECT t.clinic_id, k.kind, '', 0, k.day
      FROM plans_treatmentplan t
      JOIN (SELECT plan_id, min(performed_on) AS first_on, max(performed_on) AS last_on, count(*) AS signed
              FROM plans_coursesession WHERE signed_at IS NOT NULL GROUP BY plan_id) s ON s.plan_id = t.id
      CROSS JOIN LATERAL (VALUES ('begun', s.first_on, true), ('finished', s.last_on, s.signed >= t.sessions_planned)) AS k(kind, day, counts)
     WHERE t.clinic_id = ANY(%(clinics)s) AND k.counts
    UNION ALL
    SELECT l.clinic_id, 'wasted', c.currency, -m.ml * l.unit_cost, m.occurred_on
      FROM stock_stockmovement m JOIN stock_lot l ON l.id = m.lot_id JOIN accounts_clinic c ON c.id = l.clinic_id
     WHERE l.clinic_id = ANY(%(clinics)s) AND m.kind = 'waste' AND l.unit_cost IS NOT NULL AND m.occurred_on >= %(first_shown)s
)
SELECT clinic_id, kind, currency, date_trunc('month', day)::date AS month,
       CASE WHEN day BETWEEN %(first)s AND %(last)s THEN 'now'
            WHEN day BETWEEN %(before_first)s AND %(before_last)s THEN 'before' ELSE '' END AS period,
       sum(amount), count(*)
  FROM on_day
 WHERE day BETWEEN %(first_shown)s AND %(last)s
 GROUP BY 1, 2, 3, 4, 5
 ORDER BY 1, 2, 3, 4, 5
