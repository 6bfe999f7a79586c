"""What the database itself refuses, by SQL that goes around the application."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests import factories
from tests.treatments.sessions.conftest import fill
from treatments.sessions.actions.corrections import save_addendum_and_mark_session_amended
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.models import Dose
from treatments.sessions.rules.charting import ReactionEntry

D = Decimal


def sql(statement, *values):
    """Run in a savepoint, so that a refusal leaves the test its transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused(statement, *values) -> str:
    with pytest.raises(IntegrityError) as error:
        sql(statement, *values)
    return str(error.value).partition("\n")[0]


@pytest.fixture
def signed(ready, clinician):
    effect = factories.AdverseEffectFactory()
    session = fill(ready, clinician, no_reactions=False, reactions=(ReactionEntry(effect.pk),))
    return sign_session(session=session, by=clinician)


FROZEN = "A signed session is frozen: correct it by adding, not by changing."
PART = "A session is signed: nothing in it changes."


@pytest.mark.parametrize(
    "change",
    [
        "note = 'other'",
        "performed_on = '2020-01-01'",
        "next_on = NULL",
        "number = 9",
        "acknowledged = '[{}]'",
    ],
)
def test_a_signed_session_is_frozen(signed, change):
    said = refused(f"UPDATE treatment_sessions_treatmentsession SET {change} WHERE id = %s", signed.pk)

    assert said == FROZEN


def test_a_signed_session_is_kept(signed):
    said = refused("DELETE FROM treatment_sessions_treatmentsession WHERE id = %s", signed.pk)

    assert said == "A signed session is kept: it cannot be deleted."


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("dose", "ml = 0.1"),
        ("zonetreatment", "points = 1"),
        ("pain", "score = 0"),
        ("reaction", "grade = 'severe'"),
        ("syringe", "label = 'other'"),
        ("checklistanswer", "at = '2020-01-01'"),
    ],
)
def test_every_part_of_a_signed_session_is_frozen(signed, table, change):
    table = f"treatment_sessions_{table}"
    mine = f"FROM {table} WHERE treatment_session_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {mine}", [signed.pk])
        assert cursor.fetchone()[0] > 0

    assert refused(f"UPDATE {table} SET {change}") == PART
    assert refused(f"DELETE {mine}", signed.pk) == PART


def test_nothing_is_added_to_a_signed_session(signed):
    zone = factories.ZoneFactory(code="VERTEX")

    said = refused(
        "INSERT INTO treatment_sessions_zonetreatment"
        " (treatment_session_id, zone_id, points, ml_per_point, depth_mm, area_cm2)"
        " VALUES (%s, %s, 10, 0.02, 2, 30)",
        signed.pk,
        zone.pk,
    )

    assert said == PART


SIGN = (
    "WITH course AS (UPDATE plans_coursesession SET signed_at = now())"
    " UPDATE treatment_sessions_treatmentsession"
    " SET status = 'signed', signed_at = now(), signed_by_id = %s WHERE id = %s"
)


def test_nothing_is_signed_without_its_stock(charted, clinician):
    said = refused(SIGN, clinician.pk, charted.pk)

    assert said == ("A session is signed with every dose taken from its lot, or not at all.")


def test_nothing_is_signed_that_gave_nothing(charted, clinician):
    Dose.objects.all().delete()

    said = refused(SIGN, clinician.pk, charted.pk)

    assert said == "A session is signed with what was given."


def test_a_signature_has_a_name_and_an_hour(charted):
    said = refused(
        "UPDATE treatment_sessions_treatmentsession SET status = 'signed' WHERE id = %s", charted.pk
    )

    assert "session_signed_by_and_at_together" in said


DOSE = (
    "INSERT INTO treatment_sessions_dose"
    " (treatment_session_id, syringe_id, product_id, lot_id, planned_ml, ml)"
    " SELECT treatment_session_id, id, %s, %s, 1, %s FROM treatment_sessions_syringe"
)
WRONG_VIAL = "This lot is expired or not released: take another."
OTHERS = "The lot is of another product or another clinic."


@pytest.mark.parametrize("wrong", ["expired", "quarantined", "recalled"])
def test_no_wrong_vial_gets_into_a_draft(ready, clinic, products, wrong):
    today = timezone.localdate()
    lot = factories.LotFactory(
        product=products[0],
        clinic=clinic,
        on_hand=D(5),
        status="released" if wrong == "expired" else wrong,
        expires_on=today - timedelta(days=1) if wrong == "expired" else today,
    )

    assert refused(DOSE, products[0].pk, lot.pk, 1) == WRONG_VIAL


def test_a_dose_is_of_its_lots_product_and_clinic(ready, clinic, products):
    elsewhere = factories.LotFactory(product=products[0], on_hand=D(5))
    here = factories.LotFactory(product=products[0], clinic=clinic, on_hand=D(5))

    assert refused(DOSE, products[0].pk, elsewhere.pk, 1) == OTHERS
    assert refused(DOSE, products[1].pk, here.pk, 1) == OTHERS


def test_a_dose_has_a_volume(ready, clinic, products):
    lot = factories.LotFactory(product=products[0], clinic=clinic, on_hand=D(5))

    assert "dose_has_a_volume" in refused(DOSE, products[0].pk, lot.pk, 0)


def test_pain_runs_from_zero_to_ten(ready):
    said = refused(
        "INSERT INTO treatment_sessions_pain (treatment_session_id, moment, score) VALUES (%s, 'during', 11)",
        ready.pk,
    )

    assert "pain_is_zero_to_ten" in said


def test_a_number_stands_once_in_a_plan(ready):
    said = refused(
        "INSERT INTO treatment_sessions_treatmentsession"
        " (clinic_id, patient_id, plan_id, number, clinician_id, cocktail_version_id, status, performed_on,"
        "  technique, needle, since_last, no_reactions, note, acknowledged, revision)"
        " SELECT clinic_id, patient_id, plan_id, number, clinician_id, cocktail_version_id, status, performed_on,"
        "  '', '', '', false, '', '[]', 1 FROM treatment_sessions_treatmentsession"
    )

    assert "session_number_once_in_a_plan" in said


def test_an_addendum_is_never_changed(signed, clinician):
    save_addendum_and_mark_session_amended(session=signed, by=clinician, text="More", reason="later")

    assert refused("UPDATE treatment_sessions_addendum SET text = 'less'") == (
        "An addendum is append-only: add a new row instead."
    )
    assert refused("DELETE FROM treatment_sessions_addendum") == (
        "An addendum is append-only: add a new row instead."
    )
