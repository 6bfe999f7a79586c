"""Plasma of the patient's own blood: one session, one patient, in time, nothing kept; and the database says so too."""

from datetime import timedelta
from decimal import Decimal

import pgtrigger
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.treatments.sessions.blood.conftest import SPIN
from tests.treatments.sessions.conftest import fill
from treatments.catalogue.models import BloodLimit, Product
from treatments.recalls import queries as recalls
from treatments.sessions.actions.blood import (
    mark_blood_thrown_away_and_waste_kit,
    record_blood_draw,
    record_blood_injection,
    record_blood_spin,
    record_identity_check,
)
from treatments.sessions.actions.discarding import delete_draft_and_keep_reason
from treatments.sessions.actions.preparation import mark_syringe_prepared
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.models import BloodIdentityCheck, BloodPreparation, Dose, Syringe, TreatmentSession
from treatments.sessions.queries.signed_rows import signed_rows, signed_session_hash
from treatments.sessions.rules.blood import Spin
from treatments.stock.actions.lots import recall_lot
from treatments.stock.models import Lot, StockMovement

pytestmark = pytest.mark.django_db

D = Decimal


def code_of(act, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        act(*args, **kwargs)
    return [finding.code for finding in refused.value.findings]


def refused_by_database(match, sql, *values):
    """Raw SQL, and what is asked at the commit."""
    with pytest.raises(IntegrityError, match=match):
        _run_and_check_constraints(sql, values)


@transaction.atomic
def _run_and_check_constraints(sql, values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        assert cursor.rowcount == 1
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# ── drawing ──────────────────────────────────────────────────────────────────────────────────────


def test_drawing_puts_that_kit_into_the_syringe_and_starts_its_time(drawn, ready, lots, clinician):
    [dose] = Dose.objects.filter(treatment_session=ready)

    assert (dose.lot, dose.ml, dose.planned_ml) == (lots[1], D(1), D(1))
    drawn.refresh_from_db()
    assert drawn.use_before == drawn.drawn_at + timedelta(minutes=240)
    assert drawn.limit_source.startswith("Inferred")
    assert (drawn.patient_id, drawn.drawn_by) == (ready.patient_id, clinician)
    event = AuditEvent.objects.last()
    assert (event.did, event.data) == ("blood.drawn", {"session": ready.pk, "kit": lots[1].pk})


def test_blood_is_drawn_once_in_a_session(drawn, ready, lots, clinician):
    assert code_of(record_blood_draw, session=ready, kit=lots[0], ml=D(30), by=clinician) == ["blood:again"]


def test_an_expired_kit_draws_no_blood(ready, products, clinic, clinician):
    old = factories.LotFactory(
        product=products[0], clinic=clinic, number="K-0", on_hand=D(7), expires_on=timezone.localdate()
    )
    Lot.objects.filter(pk=old.pk).update(expires_on=timezone.localdate() - timedelta(days=1))

    assert code_of(record_blood_draw, session=ready, kit=old, ml=D(30), by=clinician) == ["lot-expired:K-0"]


def test_a_recalled_kit_draws_no_blood(ready, lots, clinician):
    recall_lot(lot=lots[1], reason="Maker's notice", by=clinician)

    assert code_of(record_blood_draw, session=ready, kit=lots[1], ml=D(30), by=clinician) == [
        "lot-recalled:K-2"
    ]


def test_a_kit_that_this_cocktail_does_not_hold_draws_no_blood(ready, clinic, clinician):
    other = factories.LotFactory(product=factories.KitFactory(), clinic=clinic, on_hand=D(7))

    assert code_of(record_blood_draw, session=ready, kit=other, ml=D(30), by=clinician) == ["blood:kit"]


def test_without_a_limit_on_file_no_blood_is_drawn(ready, lots, clinician):
    BloodLimit.objects.update(retired_at=timezone.now())

    assert code_of(record_blood_draw, session=ready, kit=lots[0], ml=D(30), by=clinician) == [
        "blood:no-limit"
    ]


# ── whose it is ──────────────────────────────────────────────────────────────────────────────────


def test_two_people_check_the_tube_by_its_record_number(drawn, patient, clinician, colleague):
    record_identity_check(blood=drawn, record_number=patient.record_number.lower(), by=clinician)
    assert code_of(record_identity_check, blood=drawn, record_number=patient.record_number, by=clinician) == [
        "blood:identity-same"
    ]
    assert code_of(record_blood_spin, blood=drawn, spin=SPIN, by=clinician) == ["blood:identity"]
    record_identity_check(blood=drawn, record_number=patient.record_number, by=colleague)

    assert record_blood_spin(blood=drawn, spin=SPIN, by=clinician).obtained_ml == D(6)
    assert [check.checked_by for check in drawn.identity_checks.all()] == [clinician, colleague]


def test_a_tube_of_another_patient_is_refused(drawn, clinician):
    other = factories.PatientFactory()

    assert code_of(record_identity_check, blood=drawn, record_number=other.record_number, by=clinician) == [
        "blood:identity-other"
    ]
    assert not BloodIdentityCheck.objects.exists()


def test_a_role_that_was_taken_away_prepares_nothing(ready, lots, cosmetologist):
    assert code_of(record_blood_draw, session=ready, kit=lots[0], ml=D(30), by=cosmetologist) == [
        "session:role"
    ]


# ── spun, injected, signed ───────────────────────────────────────────────────────────────────────


def test_less_than_planned_was_obtained_and_the_syringe_follows(checked, ready, clinician):
    record_blood_spin(blood=checked, spin=Spin(D(8), 1500, None, D("0.8")), by=clinician)

    assert Dose.objects.get(treatment_session=ready).ml == D("0.8")


def test_the_last_minute_of_its_limit_is_in_time_and_the_next_is_not(spun, clinician):
    spun.refresh_from_db()
    last = spun.use_before
    late = last + timedelta(minutes=1)
    assert code_of(record_blood_injection, blood=spun, injected_at=late, by=clinician, now=late) == [
        "blood:late"
    ]

    record_blood_injection(blood=spun, injected_at=last, by=clinician, now=last)

    spun.refresh_from_db()
    assert (spun.injected_at, spun.late_reason) == (last, "")


def test_a_session_is_signed_with_its_blood_and_one_kit_is_used_up(injected, ready, lots, clinician):
    charted = fill(ready, clinician)

    sign_session(session=charted, by=clinician)

    injected.refresh_from_db()
    dose = Dose.objects.get(treatment_session=ready)
    assert injected.rest_ml + dose.ml == injected.obtained_ml == D(6)
    lots[1].refresh_from_db()
    assert lots[1].on_hand_ml == D(7)  # one kit of two
    kinds = StockMovement.objects.filter(lot=lots[1]).exclude(kind="receive").values_list("kind", "ml")
    assert sum(ml for _, ml in kinds) == D(-7)


@pytest.mark.parametrize(
    ("stage", "code"),
    [
        ("ready", "blood:none"),
        ("drawn", "blood:identity"),
        ("checked", "blood:spin"),
        ("spun", "blood:injected"),
    ],
)
def test_a_session_is_not_signed_before_its_blood_is_ready(request, ready, clinician, stage, code):
    request.getfixturevalue(stage)
    charted = fill(ready, clinician)

    assert code in code_of(sign_session, session=charted, by=clinician)


def test_another_kit_in_the_syringe_is_refused(injected, ready, lots, clinician):
    Dose.objects.filter(treatment_session=ready).update(lot=lots[0])
    charted = fill(ready, clinician)

    assert code_of(sign_session, session=charted, by=clinician) == ["blood:lot"]


def test_a_kit_recalled_after_the_draw_stops_the_signature_and_lists_the_patient(
    injected, ready, lots, patient, clinician
):
    recall_lot(lot=lots[1], reason="Maker's notice", by=clinician)
    charted = fill(ready, clinician)

    assert "lot-recalled:K-2" in code_of(sign_session, session=charted, by=clinician)
    assert [row.patient_id for row in recalls.recipients_of_lots(None, [lots[1].pk])] == [patient.pk]
    assert recalls.recipients_of_lots(None, [lots[0].pk]) == []


def test_the_recall_of_a_kit_lists_who_was_given_from_it(injected, ready, lots, patient, clinician):
    sign_session(session=fill(ready, clinician), by=clinician)

    [row] = recalls.recipients_of_lots(None, [lots[1].pk])

    assert (row.patient_id, row.sessions) == (patient.pk, 1)


def test_the_syringe_waits_no_longer_than_the_blood_in_it(checked, ready, clinician):
    syringe = Syringe.objects.get(treatment_session=ready)
    checked.refresh_from_db()
    at = checked.use_before - timedelta(minutes=10)

    mark_syringe_prepared(syringe=syringe, by=clinician, now=at)

    syringe.refresh_from_db()
    assert syringe.use_before == checked.use_before


# ── thrown away ──────────────────────────────────────────────────────────────────────────────────


def test_blood_that_was_thrown_away_is_drawn_anew_and_its_kit_is_waste(spun, ready, lots, clinician):
    mark_blood_thrown_away_and_waste_kit(blood=spun, reason="The tube fell.", by=clinician)

    lots[1].refresh_from_db()
    assert lots[1].on_hand_ml == D(7)
    again = record_blood_draw(session=ready, kit=lots[0], ml=D(30), by=clinician)
    assert again.pk != spun.pk
    assert Dose.objects.get(treatment_session=ready).lot == lots[0]
    assert code_of(record_blood_injection, blood=spun, by=clinician) == ["blood:thrown-away"]


def test_a_session_with_blood_in_it_is_not_discarded(drawn, ready, clinician):
    assert code_of(delete_draft_and_keep_reason, session=ready, by=clinician, reason="Begun by mistake") == [
        "blood:stands"
    ]

    mark_blood_thrown_away_and_waste_kit(blood=drawn, reason="The patient left.", by=clinician)
    delete_draft_and_keep_reason(session=ready, by=clinician, reason="Begun by mistake")

    drawn.refresh_from_db()
    assert (drawn.treatment_session_id, drawn.abandoned_reason) == (None, "The patient left.")


def test_what_was_given_after_its_time_is_signed_and_marked(spun, ready, clinician):
    spun.refresh_from_db()
    late = spun.use_before + timedelta(minutes=5)
    record_blood_injection(
        blood=spun,
        injected_at=late,
        late_reason="It was injected before anybody looked.",
        by=clinician,
        now=late,
    )

    signed = sign_session(session=fill(ready, clinician), by=clinician)

    assert not signed.is_draft
    assert BloodPreparation.objects.get(treatment_session=ready).late_reason


# ── around the application ───────────────────────────────────────────────────────────────────────

UPDATE = "UPDATE treatment_sessions_bloodpreparation SET {} WHERE id = %s"


@pytest.fixture
def other_session(clinic, clinician, products, checklist):
    patient = factories.PatientFactory(registered_by=clinician)
    factories.ConsentFactory(patient=patient, taken_by=clinician)
    version = factories.signed_cocktail(
        clinic=clinic, patient=patient, products=products, by=clinician, kind="single"
    )
    plan = factories.make_plan(
        clinic=clinic, patient=patient, version=version, by=clinician, status="accepted"
    )
    return start_or_resume_session(plan=plan, by=clinician, clinic=clinic)


def test_the_database_gives_no_second_session_the_same_preparation(drawn, other_session):
    refused_by_database(
        "of one session and one patient",
        UPDATE.format("treatment_session_id = %s"),
        other_session.pk,
        drawn.pk,
    )


def test_the_database_gives_no_other_patient_a_preparation(drawn, other_session):
    refused_by_database(
        "of one session and one patient", UPDATE.format("patient_id = %s"), other_session.patient_id, drawn.pk
    )


INSERT = """
    INSERT INTO treatment_sessions_bloodpreparation
        (treatment_session_id, patient_id, lot_id, drawn_ml, drawn_at, drawn_by_id, limit_minutes, limit_source,
         use_before, late_reason, abandoned_reason)
    SELECT s.id, %s, %s, 30, now(), s.clinician_id, %s, 'x', now(), '', ''
      FROM treatment_sessions_treatmentsession s WHERE s.id = %s
"""


def test_the_database_draws_no_other_patients_blood(ready, lots):
    other = factories.PatientFactory()

    refused_by_database("of one session and one patient", INSERT, other.pk, lots[0].pk, 240, ready.pk)


def test_the_database_draws_blood_once_in_a_session(drawn, ready, lots):
    refused_by_database(
        "one_blood_preparation_in_a_session", INSERT, ready.patient_id, lots[0].pk, 240, ready.pk
    )


def test_the_database_lets_nothing_wait_longer_than_the_limit_on_file(ready, lots):
    refused_by_database("no longer than its limit", INSERT, ready.patient_id, lots[0].pk, 241, ready.pk)


@pytest.mark.parametrize("status", ["recalled", "quarantined"])
def test_the_database_draws_no_blood_with_a_kit_that_is_not_released(ready, lots, status):
    Lot.objects.filter(pk=lots[0].pk).update(status=status)

    refused_by_database("take another", INSERT, ready.patient_id, lots[0].pk, 240, ready.pk)


def test_the_database_draws_no_blood_with_a_vial(ready, clinic):
    vial = factories.LotFactory(clinic=clinic, on_hand=D(10))

    refused_by_database("with a kit of this clinic", INSERT, ready.patient_id, vial.pk, 240, ready.pk)


CHECK = """
    INSERT INTO treatment_sessions_bloodidentitycheck (preparation_id, checked_by_id, at, record_number)
    VALUES (%s, %s, now(), %s)
"""


def test_the_database_takes_no_second_check_by_the_same_person(drawn, patient, clinician):
    record_identity_check(blood=drawn, record_number=patient.record_number, by=clinician)

    refused_by_database(
        "blood_is_checked_by_two_people", CHECK, drawn.pk, clinician.pk, patient.record_number
    )


def test_the_database_takes_no_check_of_another_tube(drawn, clinician):
    refused_by_database("another patient", CHECK, drawn.pk, clinician.pk, "MC-999999")


def test_a_check_stays_as_it_was_written(checked):
    check = checked.identity_checks.first()

    refused_by_database(
        "append-only", "DELETE FROM treatment_sessions_bloodidentitycheck WHERE id = %s", check.pk
    )


SPUN_NOW = "spun_at = now(), spun_by_id = drawn_by_id, spin_minutes = 8, spin_g = 1500, obtained_ml = 6"


def test_the_database_spins_no_tube_that_one_person_checked(drawn, patient, clinician):
    record_identity_check(blood=drawn, record_number=patient.record_number, by=clinician)

    refused_by_database("Two people check the tube", UPDATE.format(SPUN_NOW), drawn.pk)


def test_the_database_takes_no_injection_after_the_limit(spun):
    said = "injected_said_by_id = drawn_by_id"
    late = f"injected_at = use_before + interval '1 minute', {said}"
    refused_by_database("blood_is_injected_in_its_time", UPDATE.format(late), spun.pk)

    with connection.cursor() as cursor:
        cursor.execute(UPDATE.format(f"injected_at = use_before, {said}"), [spun.pk])
        assert cursor.rowcount == 1


def test_the_database_keeps_what_was_drawn(drawn):
    refused_by_database("of one session", UPDATE.format("drawn_at = drawn_at + interval '1 hour'"), drawn.pk)
    refused_by_database("is kept", "DELETE FROM treatment_sessions_bloodpreparation WHERE id = %s", drawn.pk)


def test_what_was_thrown_away_comes_back_to_nobody(spun, clinician):
    mark_blood_thrown_away_and_waste_kit(blood=spun, reason="The tube fell.", by=clinician)

    refused_by_database(
        "thrown away",
        UPDATE.format("abandoned_at = NULL, abandoned_by_id = NULL, abandoned_reason = ''"),
        spun.pk,
    )


SIGN = """
    UPDATE treatment_sessions_treatmentsession SET status = 'signed', signed_at = now(), signed_by_id = clinician_id
     WHERE id = %s
"""


def take_by_hand(session, by):
    """What a signature does to the ledger, without its preparation."""
    dose = Dose.objects.get(treatment_session=session)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stock_stockmovement (lot_id, kind, ml, occurred_on, by_id, reason)"
            " VALUES (%s, 'use', %s, current_date, %s, '') RETURNING id",
            [dose.lot_id, -dose.ml, by.pk],
        )
        [movement] = cursor.fetchone()
        cursor.execute(
            "UPDATE treatment_sessions_dose SET movement_id = %s WHERE id = %s", [movement, dose.pk]
        )
        cursor.execute(
            "UPDATE plans_coursesession SET signed_at = now() WHERE plan_id = %s", [session.plan_id]
        )


@pytest.mark.parametrize("stage", ["ready", "drawn", "checked", "spun", "injected"])
def test_the_database_signs_no_session_without_its_whole_preparation(request, ready, clinician, stage):
    request.getfixturevalue(stage)
    with transaction.atomic():
        take_by_hand(ready, clinician)
        # Injected, but what became of the rest is not said: that is no whole preparation either.
        refused_by_database("signed with its preparation", SIGN, ready.pk)
        transaction.set_rollback(True)


def test_a_signed_preparation_stays_as_it_is(injected, ready, clinician):
    sign_session(session=fill(ready, clinician), by=clinician)

    refused_by_database("session is signed", UPDATE.format("obtained_ml = 5"), injected.pk)


def test_what_is_made_of_blood_is_bought_as_a_kit_whoever_writes_the_product(products):
    refused_by_database(
        "its product is a kit",
        "UPDATE catalogue_product SET presentation = 'multi_dose' WHERE id = %s",
        products[0].pk,
    )
    refused_by_database(
        "kit_gives_so_much_and_keeps_nothing",
        "UPDATE catalogue_product SET in_use_hours = 24 WHERE id = %s",
        products[0].pk,
    )
    assert Product.objects.get(pk=products[0].pk).presentation == "kit"


def test_a_session_of_vials_asks_for_no_blood(clinic, clinician, patient, consent, checklist):
    products = [factories.ProductFactory(), factories.ProductFactory()]
    for product in products:
        factories.LotFactory(product=product, clinic=clinic, on_hand=D(10))
    version = factories.signed_cocktail(clinic=clinic, patient=patient, products=products, by=clinician)
    plan = factories.make_plan(
        clinic=clinic, patient=patient, version=version, by=clinician, status="accepted"
    )
    session = start_or_resume_session(plan=plan, by=clinician, clinic=clinic)

    signed = sign_session(session=fill(session, clinician), by=clinician)

    assert TreatmentSession.objects.get(pk=signed.pk).status == "signed"


def test_the_hash_of_the_record_holds_the_preparation_and_its_checks(injected, ready, clinician):
    signed = sign_session(session=fill(ready, clinician), by=clinician)
    parts = [part for part, _ in signed_rows(signed.pk)]
    before = signed_session_hash(signed.pk)
    connection.check_constraints()  # what waits for the end of the signature runs now

    with pgtrigger.ignore(), connection.cursor() as cursor:
        cursor.execute("UPDATE treatment_sessions_bloodpreparation SET spin_minutes = spin_minutes + 1")

    assert (parts.count("blood"), parts.count("blood-check")) == (1, 2)
    assert signed_session_hash(signed.pk) != before
