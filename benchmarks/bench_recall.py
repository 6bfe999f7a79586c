"""How long a recall takes to say who received a lot, over 100,000 sessions.

    DATABASE_URL=… python -m benchmarks.bench_recall

Everything is made up in one transaction and rolled back. The list and its figures are set beside the bare SQL that
counts the same people, measured in the same run, and must agree with it.
"""

import statistics
import sys
import time

from django.db import connection, transaction

from tests import factories
from treatments.recalls import queries

SESSIONS, PATIENTS, LOTS, ROUNDS, BUDGET_MS = 100_000, 20_000, 400, 9, 2_000

# The rows are put in as they are, past triggers and foreign keys (a plan has no room for so many): what is measured is
# reading, and the triggers would take an hour to write them.
_SEED = """
SET LOCAL session_replication_role = replica;
INSERT INTO patients_patient (record_number, given_names, family_name, preferred_name, birth_date, sex_at_birth, pronoun,
       phone, email, address, language, emergency_contact_name, emergency_contact_phone, acknowledged, registered_by_id)
SELECT 'BR-' || n, 'Noor', 'Bench' || n, '', '1990-01-01', 'female', '', '+1555' || n, '', '', 'en', '', '', '[]', %(by)s
  FROM generate_series(1, %(patients)s) n;
INSERT INTO stock_lot (product_id, clinic_id, number, maker, country, supplier, certificate, serial, received_on,
       expires_on, status, status_reason, second_person, on_hand_ml)
SELECT %(product)s, %(clinic)s, 'BENCH-' || n, 'M', 'C', 'S', '', '', '2026-01-01', '2030-01-01', 'released', '', false, 0
  FROM generate_series(1, %(lots)s) n;
INSERT INTO treatment_sessions_treatmentsession (clinic_id, patient_id, plan_id, number, clinician_id,
       cocktail_version_id, status, performed_on, technique, needle, since_last, no_reactions, note, acknowledged,
       revision, signed_at, signed_by_id)
SELECT %(clinic)s, p.id, %(plan)s + n / 30000, n %% 30000 + 2, %(by)s, %(version)s,
       CASE WHEN n %% 50 = 0 THEN 'draft' WHEN n %% 31 = 0 THEN 'amended' WHEN n %% 97 = 0 THEN 'void' ELSE 'signed' END,
       date '2026-01-01' + n %% 300, '', '', '', false, '', '[]', 1,
       CASE WHEN n %% 50 = 0 THEN NULL ELSE now() END, CASE WHEN n %% 50 = 0 THEN NULL ELSE %(by)s END
  FROM generate_series(1, %(sessions)s) n
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM patients_patient WHERE record_number LIKE 'BR-%%') p
    ON p.place = n * 7919 %% %(patients)s + 1;
INSERT INTO treatment_sessions_syringe (treatment_session_id, label, capacity_ml, prepared_by_id)
SELECT id, 'S', 5, %(by)s FROM treatment_sessions_treatmentsession WHERE clinic_id = %(clinic)s;
INSERT INTO stock_stockmovement (lot_id, kind, ml, occurred_on, by_id, reason)
SELECT l.id, 'use', -1, s.performed_on, %(by)s, ''
  FROM treatment_sessions_treatmentsession s
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM stock_lot WHERE number LIKE 'BENCH-%%') l
    ON l.place = s.id %% %(lots)s
 WHERE s.clinic_id = %(clinic)s;
INSERT INTO treatment_sessions_dose (treatment_session_id, syringe_id, product_id, lot_id, planned_ml, ml)
SELECT y.treatment_session_id, y.id, %(product)s, l.id, 1, 1
  FROM treatment_sessions_syringe y
  JOIN treatment_sessions_treatmentsession s ON s.id = y.treatment_session_id AND s.clinic_id = %(clinic)s
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM stock_lot WHERE number LIKE 'BENCH-%%') l
    ON l.place = s.id %% %(lots)s;
SET LOCAL session_replication_role = origin;
ANALYZE patients_patient, stock_lot, treatment_sessions_treatmentsession, treatment_sessions_dose;
"""

_PLAIN = """
SELECT count(DISTINCT s.patient_id), count(DISTINCT s.id) FROM treatment_sessions_dose d
  JOIN treatment_sessions_treatmentsession s ON s.id = d.treatment_session_id WHERE d.lot_id = ANY(%s)
"""


def main() -> None:
    with transaction.atomic():
        lots = build()
        for name, some in (("one lot", lots[:1]), ("twenty lots", lots[:20])):
            report(name, some)
        slow = max(_took)
        transaction.set_rollback(True)
    sys.exit(slow > BUDGET_MS)


_took: list[float] = []


def report(name: str, lots: list[int]) -> None:
    plain = median_ms(lambda: recount(lots))
    listed = median_ms(lambda: queries.recipients_of_lots(None, lots))
    tallied = median_ms(lambda: queries.recall_tally(None, lots))
    people, sessions = recount(lots)
    found, tally = queries.recipients_of_lots(None, lots), queries.recall_tally(None, lots)
    assert len(found) == people == tally.patients, (len(found), people, tally)
    assert sum(row.sessions for row in found) == sessions == tally.sessions
    _took.extend([listed, tallied])
    print(
        f"{name}: {people} people in {sessions} of {SESSIONS:,} sessions; list {listed:.0f} ms, figures {tallied:.0f} ms "
        f"({BUDGET_MS} allowed), bare SQL {plain:.0f} ms, ratio {listed / plain:.1f}"
    )


def recount(lots: list[int]) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN, [lots])
        return cursor.fetchone()


def median_ms(do) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        do()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def build() -> list[int]:
    clinic = factories.ClinicFactory(name="Bench clinic")
    by = factories.ClinicianFactory(clinic=clinic, username="bench")
    product = factories.ProductFactory(code="bench")
    plan = factories.make_plan(clinic=clinic, by=by)
    with connection.cursor() as cursor:
        cursor.execute(
            _SEED,
            {
                "by": by.pk,
                "clinic": clinic.pk,
                "product": product.pk,
                "plan": plan.pk,
                "version": plan.cocktail_version_id,
                "sessions": SESSIONS,
                "patients": PATIENTS,
                "lots": LOTS,
            },
        )
        cursor.execute("SELECT id FROM stock_lot WHERE product_id = %s ORDER BY id", [product.pk])
        return [row[0] for row in cursor.fetchall()]


if __name__ == "__main__":
    main()
