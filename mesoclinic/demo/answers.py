"""Made-up patients answer the safety questions: everything that is asked of them, and nothing of it is so."""

from collections.abc import Collection, Mapping
from datetime import date
from types import MappingProxyType

from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import block
from patients.actions.safety_answers import record_safety_answers_and_risk_factors
from patients.models import Patient, SafetyAnswer
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.questions import build_safety_questions
from treatments.cocktails.queries.required_answers import AnswersOfPatient, answers_of_patient
from treatments.cocktails.rules.mix import Person
from treatments.cocktails.rules.required_answers import (
    SIGNING,
    START,
    Gate,
    OpenQuestion,
    is_rule_asked_of_person,
)

#: What somebody healthy answers where "none of these" is no answer; blood pressure and blood count are measured.
HEALTHY = {
    "despair": "0",
    "pregnancy_test": "negative",
    "blood_pressure": "122/78",
    "platelets": "240",
    "blood_identity": "Dr Kaya and Dr Rinaldi",
}


def record_healthy_answers_before_signing(version: CocktailVersion, by: User) -> None:
    """Nothing is signed that nobody asked about."""
    if version.cocktail.patient is not None:
        record_healthy_safety_answers(version.cocktail.patient, by, timezone.localdate(), SIGNING)


def record_healthy_answers_before_start(patient: Patient, by: User, on: date) -> None:
    record_healthy_safety_answers(patient, by, on, START)


def record_healthy_safety_answers(
    patient: Patient,
    by: User,
    on: date,
    gate: Gate,
    *,
    unasked: Collection[str] = (),
    said: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    known: AnswersOfPatient | None = None,
) -> None:
    """Answer everything that is asked of this patient at ``gate``, on that day. What is on record is confirmed.

    ``unasked``: codes of questions nobody asks. ``said``: what is answered otherwise, by code. ``known``: what is on
    record, where whoever calls knows it.
    """
    known = known or answers_of_patient(patient, on)
    person = Person(age=patient.age_on(on), sex=patient.sex_at_birth, weight_kg=None)
    asked = {
        rule.answer_code: rule
        for rule in known.rules
        if gate in rule.gates
        and rule.is_asked_of_people
        and is_rule_asked_of_person(rule, person, known.answers)
    }
    questions = build_safety_questions(
        known, [OpenQuestion(rule, (block(rule.code, rule.question),), None) for rule in asked.values()]
    )
    answers = {
        each.code: said.get(each.code)
        or each.answer_of_none_of_these
        or ((HEALTHY[each.code],) if each.code in HEALTHY else ())
        for each in questions
        if each.code not in unasked
    }
    where = SafetyAnswer.Where.START if gate == "start" else SafetyAnswer.Where.BENCH
    record_safety_answers_and_risk_factors(patient=patient, answers=answers, by=by, where=where, on=on)
