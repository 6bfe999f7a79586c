"""The hash of a signed session: the same for the same record, another for a changed one, whoever changed it."""

from datetime import timedelta
from decimal import Decimal

import pgtrigger
import pytest
from django.db import connection

from tests import factories
from tests.treatments.sessions.conftest import fill
from treatments.conditions.models import Measurement
from treatments.sessions.actions.corrections import mark_session_void, save_addendum_and_mark_session_amended
from treatments.sessions.actions.late_reports import record_late_pain, record_late_reactions
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.models import Dose
from treatments.sessions.queries.signed_rows import (
    LEFT_OUT,
    SIGNED_FIELDS,
    signed_rows,
    signed_session_hash,
)
from treatments.sessions.rules.charting import MeasurementEntry, ReactionEntry, ReliefEntry

pytestmark = pytest.mark.django_db

D = Decimal


@pytest.fixture
def told(ready, clinician):
    """A signed session with something in every table."""
    zone = factories.ZoneFactory()
    scale = factories.SeverityScaleFactory(
        code="PULL_TEST", kind="count", unit="hairs", minimum=0, maximum=60
    )
    effect = factories.AdverseEffectFactory(level="expected")
    session = fill(
        ready,
        clinician,
        no_reactions=False,
        reactions=(ReactionEntry(effect.pk, note="a little"),),
        relief=(ReliefEntry("ice", None),),
    )
    signed = sign_session(
        session=session, by=clinician, measurements=[MeasurementEntry(scale.code, D(3), zone.pk)]
    )
    assert Measurement.objects.count() == 1
    return signed


def test_the_same_record_has_the_same_hash(told):
    assert signed_session_hash(told.pk) == signed_session_hash(told.pk)
    assert len(signed_session_hash(told.pk)) == 64


def test_the_hash_is_made_with_one_statement(told, count_queries):
    with count_queries() as sent:
        signed_session_hash(told.pk)

    assert len(sent) == 1


def test_every_kind_of_row_is_in_the_text(told):
    found = {part for part, _ in signed_rows(told.pk)}

    assert found >= {"session", "check", "syringe", "dose", "pain", "relief", "reaction", "measurement"}


def test_an_amount_keeps_all_its_digits(told):
    [dose, *_] = [row for part, row in signed_rows(told.pk) if part == "dose"]

    assert dose["ml"] == "1.00"


CHANGES = {
    "a dose": "UPDATE treatment_sessions_dose SET ml = ml + 0.01 WHERE id = (SELECT min(id) FROM treatment_sessions_dose)",
    "a lot": "UPDATE treatment_sessions_dose SET lot_read = NOT lot_read",
    "the technique": "UPDATE treatment_sessions_treatmentsession SET technique = technique || '.'",
    "when it began": "UPDATE treatment_sessions_treatmentsession SET started_at = started_at + interval '1 microsecond'",
    "a safety answer": "UPDATE treatment_sessions_treatmentsession SET safety = jsonb_set(safety, '{allergy,changed}', 'true')",
    "the pain": "UPDATE treatment_sessions_pain SET score = score + 1",
    "a tick": "DELETE FROM treatment_sessions_checklistanswer WHERE id = (SELECT min(id) FROM treatment_sessions_checklistanswer)",
    "a reaction": "UPDATE treatment_sessions_reaction SET grade = 'severe'",
    "relief": "UPDATE treatment_sessions_painrelief SET method = 'vibration'",
    "a figure": "UPDATE conditions_measurement SET value = value + 1",
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=list(CHANGES))
def test_a_changed_record_has_another_hash(told, statement):
    """Somebody with the database in hand, past every trigger."""
    before = signed_session_hash(told.pk)
    connection.check_constraints()  # what waits for the end of the signature runs now

    with pgtrigger.ignore(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert signed_session_hash(told.pk) != before


def test_what_is_told_after_the_signature_leaves_the_hash_as_it_was(told, clinician):
    before = signed_session_hash(told.pk)
    effect = factories.AdverseEffectFactory(code="late", level="expected")

    record_late_pain(session=told, by=clinician, moment="24h", score=6)
    record_late_reactions(session=told, by=clinician, reactions=[ReactionEntry(effect.pk)])
    save_addendum_and_mark_session_amended(
        session=told, by=clinician, text="She rang.", reason="Told by telephone"
    )
    mark_session_void(session=told, by=clinician, reason="Entered for the wrong patient")

    assert signed_session_hash(told.pk) == before


def test_a_name_that_is_corrected_later_leaves_the_hash_as_it_was(told, clinician):
    before = signed_session_hash(told.pk)

    product = Dose.objects.filter(treatment_session=told).first().product
    type(product).objects.filter(pk=product.pk).update(name="Renamed")
    clinician.last_name = "Married"
    clinician.save()

    assert signed_session_hash(told.pk) == before


@pytest.mark.parametrize("model", SIGNED_FIELDS, ids=lambda model: model.__name__)
def test_every_field_of_what_is_signed_is_in_the_text_or_left_out_by_name(model):
    """A new field of a signed row needs a decision: in the text (a new form), or left out with a reason."""
    fields = {field.attname for field in model._meta.concrete_fields}
    written = set(SIGNED_FIELDS[model][1])

    assert written | LEFT_OUT[model] == fields
    assert not written & LEFT_OUT[model]


def test_two_sessions_that_gave_the_same_have_two_hashes(told, clinician, plan, clinic):
    later = factories.give(
        Dose.objects.first().lot, patient=told.patient, on=told.performed_on + timedelta(days=14)
    )

    assert signed_session_hash(later.pk) != signed_session_hash(told.pk)
