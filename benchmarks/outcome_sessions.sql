-- So many signed sessions of one clinic with all that is charted, for benchmarks/bench_outcomes.py. Past the triggers, as if it had
-- been written one by one. Every tenth lot of the first product reacts far more often.
SET LOCAL session_replication_role = replica;
INSERT INTO patients_patient (given_names, family_name, preferred_name, birth_date, sex_at_birth, pronoun, phone, email, address, language,
       emergency_contact_name, emergency_contact_phone, acknowledged, registered_by_id, record_number)
SELECT 'Bench', 'Family' || n, '', '1950-01-01'::date + n %% 20000, CASE WHEN n %% 3 = 0 THEN 'male' ELSE 'female' END, '', '', '', '', 'en',
       '', '', '[]', %(by)s, 'BO-' || n
  FROM generate_series(1, %(sessions)s / 5) n;
CREATE TEMP TABLE bench_people ON COMMIT DROP AS
SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM patients_patient WHERE record_number LIKE 'BO-%%';
INSERT INTO conditions_assessment (patient_id, condition_id, causes, note, acknowledged, assessed_by_id)
SELECT id, (%(conditions)s::int[])[1 + n %% 3], '{}', 'bench', '[]', %(by)s FROM bench_people;
INSERT INTO plans_treatmentplan (clinic_id, patient_id, assessment_id, cocktail_version_id, protocol_id, name, sessions_planned, intervals,
       technique, area_cm2, reason, status, created_by_id)
SELECT %(clinic)s, b.id, a.id, (%(versions)s::int[])[1 + b.n %% 6], %(protocol)s, 'bench', 8, '{}', '', 200, '', 'active', %(by)s
  FROM bench_people b JOIN conditions_assessment a ON a.patient_id = b.id AND a.note = 'bench';
INSERT INTO treatment_sessions_treatmentsession (clinic_id, patient_id, plan_id, number, clinician_id, cocktail_version_id, status,
       performed_on, technique, needle, since_last, no_reactions, note, acknowledged, revision, signed_at, signed_by_id)
SELECT %(clinic)s, p.patient_id, p.id, k, (%(performers)s::int[])[1 + b.n %% 8], p.cocktail_version_id, 'signed',
       %(today)s::date - (b.n * 1500 / (%(sessions)s / 5))::int - 80 + 14 * k,
       (ARRAY['nappage', 'point by point', 'point by point', 'injector device'])[1 + (b.n + k) %% 4], (ARRAY['30G', '32G', '27G'])[1 + b.n %% 3],
       '', false, '', '[]', 1, now(), %(by)s
  FROM plans_treatmentplan p JOIN bench_people b ON b.id = p.patient_id CROSS JOIN generate_series(1, 5) k;
CREATE TEMP TABLE bench_sessions ON COMMIT DROP AS
SELECT s.id, s.patient_id, s.performed_on, s.cocktail_version_id, row_number() OVER (ORDER BY s.performed_on, s.id) AS n
  FROM treatment_sessions_treatmentsession s JOIN bench_people b ON b.id = s.patient_id;
INSERT INTO stock_lot (product_id, clinic_id, number, maker, country, supplier, certificate, received_on, expires_on, status, status_reason, serial,
       second_person, on_hand_ml)
SELECT p, %(clinic)s, 'BL-' || p || '-' || n, 'M', 'C', 'S', '', '2020-01-01', '2030-01-01', 'released', '', '', false, 0
  FROM unnest(%(products)s::int[]) p, generate_series(0, %(lots)s - 1) n;
INSERT INTO treatment_sessions_syringe (treatment_session_id, label, capacity_ml, prepared_by_id) SELECT id, 'S', 5, %(by)s FROM bench_sessions;
CREATE TEMP TABLE bench_given ON COMMIT DROP AS
SELECT b.id AS session_id, b.patient_id, b.performed_on, c.product_id, c.ml, l.id AS lot_id, l.place,
       nextval(pg_get_serial_sequence('stock_stockmovement', 'id')) AS movement_id
  FROM bench_sessions b JOIN cocktails_component c ON c.version_id = b.cocktail_version_id
  JOIN (SELECT id, product_id, row_number() OVER (PARTITION BY product_id ORDER BY id) - 1 AS place FROM stock_lot WHERE number LIKE 'BL-%%') l
    ON l.product_id = c.product_id AND l.place = b.n * %(lots)s / (%(sessions)s + 1);
INSERT INTO stock_stockmovement (id, lot_id, kind, ml, occurred_on, by_id, reason)
OVERRIDING SYSTEM VALUE SELECT movement_id, lot_id, 'use', -ml, performed_on, %(by)s, '' FROM bench_given;
INSERT INTO treatment_sessions_dose (treatment_session_id, syringe_id, product_id, lot_id, planned_ml, ml, movement_id)
SELECT g.session_id, y.id, g.product_id, g.lot_id, g.ml, g.ml, g.movement_id
  FROM bench_given g JOIN treatment_sessions_syringe y ON y.treatment_session_id = g.session_id;
CREATE TEMP TABLE bench_vials ON COMMIT DROP AS
SELECT lot_id, (row_number() OVER (PARTITION BY lot_id ORDER BY movement_id) - 1) / 4 AS place, movement_id, ml, performed_on FROM bench_given;
INSERT INTO stock_openedvial (lot_id, opened_at, opened_by_id, good_until, ml, left_ml)
SELECT lot_id, min(performed_on) + place * interval '1 millisecond', %(by)s, min(performed_on) + interval '28 days', 10, 0
  FROM bench_vials GROUP BY lot_id, place;
INSERT INTO stock_vialdraw (movement_id, vial_id, ml)
SELECT b.movement_id, v.id, b.ml FROM bench_vials b
  JOIN (SELECT id, lot_id, row_number() OVER (PARTITION BY lot_id ORDER BY id) - 1 AS place FROM stock_openedvial) v USING (lot_id, place);
INSERT INTO treatment_sessions_pain (treatment_session_id, moment, score)
SELECT id, m, least(10, floor(2 + 7 * random() * random() + (n %% 4))::int)
  FROM bench_sessions, unnest(ARRAY['during', 'end', '1h', '24h']) m WHERE m IN ('during', 'end') OR m = '1h' AND n %% 2 = 0 OR n %% 7 = 0;
INSERT INTO treatment_sessions_painrelief (treatment_session_id, method, label)
SELECT id, (ARRAY['ice', 'vibration', 'cream'])[1 + n %% 3], '' FROM bench_sessions WHERE n %% 5 > 0;
INSERT INTO treatment_sessions_zonetreatment (treatment_session_id, zone_id, name, points, ml_per_point, depth_mm, area_cm2)
SELECT b.id, z, '', 60 + b.n %% 30, 0.02, 4, 70 FROM bench_sessions b, unnest(%(zones)s::int[]) z;
INSERT INTO treatment_sessions_reaction (treatment_session_id, effect_id, grade, note, occasion, began_on, added_at, added_by_id)
SELECT g.session_id, %(effect)s, 'mild', '', 1, g.performed_on + 4, g.performed_on + interval '5 days', %(by)s
  FROM bench_given g WHERE g.product_id = (%(products)s::int[])[1] AND random() < CASE WHEN g.place %% 10 = 9 THEN 0.2 ELSE 0.03 END;
INSERT INTO followup_checkin (treatment_session_id, clinic_id, days, due_on, status, tries, note, closed_at, closed_by_id)
SELECT id, %(clinic)s, 14, performed_on + 14, 'answered', 0, '', now(), %(by)s FROM bench_sessions WHERE n %% 5 < 2;
INSERT INTO conditions_measurement (patient_id, scale_id, zone_id, value, method, device, preparation, measured_at, measured_by_id)
SELECT s.patient_id, %(scale)s, z, 120 + 40 * random() + CASE WHEN later THEN 8 ELSE 0 END, 'counted', '', '',
       s.performed_on + CASE WHEN later THEN interval '126 days' ELSE interval '0' END + interval '9 hours', %(by)s
  FROM treatment_sessions_treatmentsession s JOIN bench_people b ON b.id = s.patient_id CROSS JOIN unnest(%(zones)s::int[]) z,
       unnest(ARRAY[true, false]) later
 WHERE s.number = 1 AND b.n %% 2 = 0;
SET LOCAL session_replication_role = origin;
ANALYZE patients_patient, stock_lot, stock_stockmovement, stock_openedvial, stock_vialdraw, treatment_sessions_treatmentsession, treatment_sessions_dose,
        treatment_sessions_pain, treatment_sessions_painrelief, treatment_sessions_zonetreatment, treatment_sessions_reaction, followup_checkin,
        conditions_measurement, plans_treatmentplan, conditions_assessment;
