"""Whatever the database refuses is said in a sentence, with what was typed, and nothing of a row lands in a log."""

import logging

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from mesoclinic.core.log_lines import CUT, JSONLine, LineWithoutDetail
from mesoclinic.pages.constraint_texts import CONSTRAINT_TEXTS, REVIEWED, constraint_text
from mesoclinic.pages.not_saved import integrity_text
from patients.models import Patient
from tests import factories

pytestmark = pytest.mark.django_db
CANARY = "Canaria-Quetzal"


def our_constraints() -> set[str]:
    ours = (
        m for m in apps.get_models() if m.__module__.split(".")[0] in ("mesoclinic", "patients", "treatments")
    )
    return {constraint.name for model in ours for constraint in model._meta.constraints}


def constraints_in_the_database() -> set[str]:
    """Those with a name that somebody gave: not the keys that Django numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype IN ('c', 'x') AND connamespace = 'public'::regnamespace"
            " AND conrelid::regclass::text ~ '^(core|accounts|patients|outbox|conditions|catalogue|stock|cocktails|plans"
            "|billing|schedule|waiting|treatment_sessions|followup|response|recalls)_' AND conname !~ '_check[0-9]*$'"
        )
        return {name for (name,) in cursor.fetchall()}


def test_every_named_constraint_has_a_sentence():
    named = {
        name for name in our_constraints() | constraints_in_the_database() if not name.endswith(REVIEWED)
    }

    assert named - CONSTRAINT_TEXTS.keys() == set(), (
        "say in mesoclinic/pages/constraint_texts.py what it says"
    )
    assert CONSTRAINT_TEXTS.keys() - named == set(), "these constraints are gone"


def test_every_sentence_is_one_for_people():
    for name, text in CONSTRAINT_TEXTS.items():
        assert text.endswith("."), name
        assert len(text) > 15, name
        assert "constraint" not in text, name


def raised(statement, *values) -> IntegrityError:
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return error.value


def test_a_constraint_a_trigger_and_what_is_neither_are_each_said():
    patient = factories.PatientFactory(family_name=CANARY)

    check = raised("UPDATE patients_patient SET died_on = birth_date - 1 WHERE id = %s", patient.pk)
    trigger = raised("DELETE FROM patients_patient WHERE id = %s", patient.pk)
    null = raised("UPDATE patients_patient SET family_name = NULL WHERE id = %s", patient.pk)

    assert integrity_text(check) == CONSTRAINT_TEXTS["patient_died_after_birth"]
    assert integrity_text(trigger) == "A patient record is kept: merge it, do not delete it."
    assert integrity_text(null) == constraint_text("")
    assert CANARY not in integrity_text(null)


def test_what_a_rule_has_missed_is_answered_with_its_sentence_and_all_that_was_typed(
    as_front_desk, once, monkeypatch
):
    patient = factories.PatientFactory(birth_date="1990-05-17")
    monkeypatch.setattr(
        "patients.actions.people.check_death_between_birth_and_today", lambda *args, **kwargs: []
    )

    answer = as_front_desk.post(
        reverse("patients:edit", args=[patient.pk]),
        {
            "family_name": CANARY,
            "birth_date": "1990-05-17",
            "died_on": "1980-01-01",
            "sex_at_birth": "female",
            "language": "en",
            "reminders_by": "email",
            "password_again": "s3cret",
            "once": once(),
        },
    )

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "s3cret" not in text
    assert CONSTRAINT_TEXTS["patient_died_after_birth"] in text
    assert f'name="family_name" value="{CANARY}"' in text
    assert Patient.objects.get(pk=patient.pk).died_on is None


@pytest.mark.parametrize("name", ["patients:register", "patients:edit"])
def test_a_day_of_death_before_the_birth_date_is_said_at_its_field(as_front_desk, once, name):
    args = [factories.PatientFactory().pk] if name == "patients:edit" else []

    answer = as_front_desk.post(
        reverse(name, args=args),
        {
            "family_name": "Razo",
            "birth_date": "1990-05-17",
            "died_on": "1980-01-01",
            "sex_at_birth": "female",
            "language": "en",
            "reminders_by": "email",
            "once": once(),
        },
    )

    assert answer.status_code == 422
    assert answer.context["form"].errors["died_on"] == [CONSTRAINT_TEXTS["patient_died_after_birth"]]


@pytest.mark.fault("F46")
@pytest.mark.parametrize("note", ["", "line one\nline two\n  File of hers"])
def test_no_log_line_holds_what_postgresql_says_of_the_row(note):
    patient = factories.PatientFactory(family_name=CANARY, address=f"{note}{CANARY}")
    formatter = LineWithoutDetail("{levelname} {message}", style="{")
    error = raised("UPDATE patients_patient SET died_on = birth_date - 1 WHERE id = %s", patient.pk)
    assert CANARY in str(error)

    try:
        raise RuntimeError("while saving") from error
    except RuntimeError as outer:
        traceback = logging.LogRecord(
            "x", 40, "f", 1, "failed", (), (type(outer), outer, outer.__traceback__)
        )
    plain = logging.LogRecord("x", 40, "f", 1, "failed: %s", (error,), None)

    for record in (traceback, plain):
        line = formatter.format(record)
        assert CANARY not in line
        assert CUT in line
        assert "patient_died_after_birth" in line
    assert "RuntimeError: while saving" in formatter.format(traceback)
    assert CANARY not in (traceback.exc_text or "")


def test_a_line_for_programs_holds_nothing_of_the_row_either():
    patient = factories.PatientFactory(family_name=CANARY)
    error = raised("UPDATE patients_patient SET died_on = birth_date - 1 WHERE id = %s", patient.pk)

    line = JSONLine().format(logging.LogRecord("mesoclinic.x", 40, "f", 1, "failed: %s", (error,), None))

    assert CANARY not in line
    assert "patient_died_after_birth" in line


def test_the_application_logs_with_it(settings):
    assert settings.LOGGING["formatters"]["line"]["()"] == "mesoclinic.core.log_lines.LineWithoutDetail"
    assert {
        settings.LOGGING["handlers"][name]["formatter"] for name in settings.LOGGING["root"]["handlers"]
    } == {"line"}
