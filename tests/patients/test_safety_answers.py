"""Answers to safety questions: kept one by one, never changed, and put on the record where they mean something."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict
from django.utils import timezone

from mesoclinic.core.models import AuditEvent
from patients.actions.intake import record_intake
from patients.actions.safety_answers import record_safety_answers_and_risk_factors
from patients.forms.safety_answers import SafetyQuestion, read_posted_answers
from patients.models import Patient, RiskFactor, SafetyAnswer
from patients.rules.safety_answers import intake_safety_answers_by_question, parts_of_answer
from tests.factories import (
    ClinicianFactory,
    FactorFactory,
    FactorTermFactory,
    IntakeQuestionFactory,
    PatientFactory,
    RiskFactorFactory,
)
from tests.safety_answers import answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient():
    return PatientFactory()


def said_by(patient):
    return {row.question: row.said for row in SafetyAnswer.objects.filter(patient=patient)}


def meaning(question, term, factor, kind="disease", **more):
    return FactorTermFactory(
        where="answer",
        question=question,
        term=term,
        kind=kind,
        factor=FactorFactory(code=factor, kind=kind, **more),
    )


# ── the rows ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE patients_safetyanswer SET said = ARRAY['none']",
        "DELETE FROM patients_safetyanswer",
    ],
)
def test_an_answer_is_neither_changed_nor_removed_by_raw_sql(patient, sql):
    answer(patient, pregnant="pregnant")

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    assert said_by(patient) == {"pregnant": ["pregnant"]}


def test_an_answer_says_something(patient):
    with pytest.raises(IntegrityError, match="safety_answer_says_something"), transaction.atomic():
        SafetyAnswer.objects.create(
            patient=patient,
            question="heart",
            said=[],
            asked_on=date(2026, 1, 1),
            asked_where="bench",
            asked_by=ClinicianFactory(),
        )


def test_the_last_answer_until_a_day_counts(patient):
    today = timezone.localdate()
    answer(patient, on=today - timedelta(days=9), heart="none")
    answer(patient, on=today, heart="arrhythmia")
    answer(patient, on=today, heart="pacemaker")

    def last(on):
        return [row.said for row in SafetyAnswer.objects.filter(patient=patient).latest_until(on)]

    assert last(today) == [["pacemaker"]]
    assert last(today - timedelta(days=1)) == [["none"]]
    assert last(today - timedelta(days=10)) == []


# ── the intake ───────────────────────────────────────────────────────────────────────────────────


def test_an_intake_keeps_each_safety_answer_with_its_day(patient):
    for code in ("heart", "bleeding", "expect"):
        IntakeQuestionFactory(code=code)
    clinician = ClinicianFactory()

    record_intake(
        patient=patient,
        answers={"heart": ["none"], "bleeding": "no", "expect": "Less shedding"},
        weight_kg=Decimal("61.5"),
        by=clinician,
    )

    assert said_by(patient) == {"heart": ["none"], "bleeding": ["no"], "weight": ["61.5"]}
    row = SafetyAnswer.objects.get(question="heart")
    assert (row.asked_where, row.asked_by, row.asked_on) == ("intake", clinician, timezone.localdate())


def test_a_question_left_out_of_the_intake_is_not_answered():
    assert intake_safety_answers_by_question({"heart": [], "bleeding": ""}, {}, None) == {}


def test_allergies_shown_by_name_are_answered_by_name():
    options = {"allergy": ["fish", "vitamin B", "cobalt", "none"]}

    assert intake_safety_answers_by_question({"allergy": ["none"]}, options, None) == {
        "allergy": ("none",),
        "fish": ("no",),
        "cobalt": ("no",),
        "thiamine": ("no",),
    }
    chosen = intake_safety_answers_by_question({"allergy": ["fish"]}, options, None)
    assert (chosen["fish"], chosen["cobalt"]) == (("yes",), ("no",))


def test_an_allergy_in_words_leaves_the_named_ones_to_be_asked():
    said = intake_safety_answers_by_question({"allergy": ["salmon"]}, {"allergy": ["fish", "none"]}, None)

    assert said == {"allergy": ("salmon",)}


def test_the_parts_of_an_answer_are_what_was_chosen():
    assert parts_of_answer({"said": "reliable", "text": "pill"}) == ("reliable",)
    assert parts_of_answer({"text": "pill"}) == ("pill",)
    assert parts_of_answer(["a", "", None, " b  c "]) == ("a", "b c")
    assert parts_of_answer(None) == ()


# ── asked later ──────────────────────────────────────────────────────────────────────────────────


def test_what_an_answer_means_stands_on_the_record(patient):
    meaning("heart", "arrhythmia", "cardiac")
    by = ClinicianFactory()

    record_safety_answers_and_risk_factors(
        patient=patient, answers={"heart": ["arrhythmia"]}, by=by, where="bench"
    )

    assert [row.factor.code for row in RiskFactor.objects.filter(patient=patient)] == ["cardiac"]
    event = AuditEvent.objects.get(did="safety_answers.recorded")
    assert event.data["questions"] == ["heart"]
    assert "arrhythmia" not in str(event.data)


def test_an_answer_that_says_no_ends_nothing(patient):
    meaning("heart", "arrhythmia", "cardiac")
    RiskFactorFactory(
        patient=patient, kind="disease", factor=FactorFactory(code="cardiac"), label="Arrhythmia"
    )

    record_safety_answers_and_risk_factors(
        patient=patient, answers={"heart": ["none"]}, by=ClinicianFactory(), where="bench"
    )

    assert [row.ended_on for row in RiskFactor.objects.filter(patient=patient)] == [None]


def test_what_stands_already_is_not_recorded_twice(patient):
    meaning("heart", "arrhythmia", "cardiac")
    by = ClinicianFactory()
    for _ in range(2):
        record_safety_answers_and_risk_factors(
            patient=patient, answers={"heart": ["arrhythmia"]}, by=by, where="start"
        )
        record_safety_answers_and_risk_factors(
            patient=patient, answers={"allergy": ["Penicillin"]}, by=by, where="start"
        )

    assert sorted(row.label for row in RiskFactor.objects.filter(patient=patient)) == [
        "Cardiac",
        "Penicillin",
    ]
    assert SafetyAnswer.objects.filter(patient=patient).count() == 4


def test_what_passes_ends_by_itself(patient):
    meaning("infection", "yes", "recent_infection", kind="history", usual_days=14)
    today = timezone.localdate()

    record_safety_answers_and_risk_factors(
        patient=patient, answers={"infection": ["yes"]}, by=ClinicianFactory(), where="start"
    )

    assert RiskFactor.objects.get(patient=patient).ended_on == today + timedelta(days=14)


def test_an_allergy_named_in_words_is_read_as_any_other(patient):
    FactorTermFactory(
        where="term", term="salmon", kind="allergy", factor=FactorFactory(code="allergy_fish", kind="allergy")
    )

    record_safety_answers_and_risk_factors(
        patient=patient, answers={"allergy": ["Salmon"]}, by=ClinicianFactory(), where="bench"
    )

    row = RiskFactor.objects.get(patient=patient)
    assert (row.label, row.factor.code) == ("Salmon", "allergy_fish")


def test_nothing_answered_writes_nothing(patient):
    assert (
        record_safety_answers_and_risk_factors(
            patient=patient, answers={"heart": [" "]}, by=ClinicianFactory(), where="bench"
        )
        == []
    )
    assert not AuditEvent.objects.filter(did="safety_answers.recorded").exists()
    assert Patient.objects.filter(safety_answers__isnull=False).count() == 0


# ── the form ─────────────────────────────────────────────────────────────────────────────────────

HEART = SafetyQuestion("heart", "Heart disease?", "choice", ("none", "arrhythmia", "pacemaker"), "none")
ALLERGY = SafetyQuestion("allergy", "Any allergy?", "words", ("none",), "none")
WEIGHT = SafetyQuestion("weight", "Weight", "number")
PRESSURE = SafetyQuestion("blood_pressure", "Blood pressure", "pressure")
KNOWN_ALLERGY = SafetyQuestion("allergy", "Any allergy?", "words", ("none",), "none", ("Latex",))
KNOWN_HEART = SafetyQuestion("heart", "Heart?", "choice", ("none", "arrhythmia"), "none", ("Arrhythmia",))


def read(text, *asked):
    return read_posted_answers(QueryDict(text), asked)


def test_each_answer_is_read_by_its_kind():
    posted = read(
        "answer:heart=arrhythmia&answer:heart=pacemaker&answer-words:allergy=Nickel&answer-words:weight=61,5"
        "&answer-words:blood_pressure=120 / 80",
        HEART,
        ALLERGY,
        WEIGHT,
        PRESSURE,
    )

    assert posted.errors == {}
    assert posted.answers == {
        "heart": ("arrhythmia", "pacemaker"),
        "allergy": ("Nickel",),
        "weight": ("61.5",),
        "blood_pressure": ("120/80",),
    }


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("answer:heart=none&answer:heart=pacemaker", HEART),
        ("answer:allergy=none&answer-words:allergy=Nickel", ALLERGY),
        ("answer-words:weight=heavy", WEIGHT),
        ("answer-words:weight=NaN", WEIGHT),
        ("answer-words:blood_pressure=normal", PRESSURE),
        ("answer:heart=none", KNOWN_HEART),
    ],
)
def test_what_cannot_be_is_said_at_its_question_and_kept_as_typed(text, asked):
    posted = read(text, asked)

    assert posted.answers == {}
    assert list(posted.errors) == [asked.code]
    assert posted.chosen[asked.code] or posted.words[asked.code]


def test_an_answer_that_is_not_among_the_choices_is_none():
    assert read("answer:heart=fine", HEART).answers == {}


def test_none_of_these_answers_each_question_shown_and_no_other():
    shown = "question_shown=heart&question_shown=allergy&question_shown=weight"
    posted = read(f"none_of_these=1&answer:heart=arrhythmia&{shown}", HEART, ALLERGY, WEIGHT)

    # What was chosen stands; a weight is not a no.
    assert posted.answers == {"heart": ("arrhythmia",), "allergy": ("none",)}


@pytest.mark.parametrize("shown", ["", "&question_shown=heart", "&question_shown=bleeding"])
def test_none_of_these_answers_nothing_that_became_due_after_the_page_was_shown(shown):
    posted = read(f"none_of_these=1{shown}", HEART, ALLERGY)

    assert posted.answers == ({"heart": ("none",)} if "heart" in shown else {})


def test_none_of_these_denies_nothing_that_stands_on_the_record():
    posted = read("none_of_these=1&question_shown=allergy&question_shown=heart", KNOWN_ALLERGY, KNOWN_HEART)

    assert posted.answers == {"allergy": ("Latex",)}
