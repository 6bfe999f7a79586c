"""Keep what a patient answered to safety questions, and put on the record what the answers mean."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from patients.actions.risk_factors import record_risk_factor, record_risk_factors_from_words
from patients.actions.self_harm import raise_alert_if_self_harm_is_named
from patients.models import Factor, FactorTerm, Intake, Patient, RiskFactor, SafetyAnswer, records_of
from patients.rules.intake import AnswerFactor, factors_from_answers
from patients.rules.safety_answers import intake_safety_answers_by_question, parts_of_answer

#: Questions that are also answered in words, and the kind of risk factor that the words are.
WORDS_OF_KIND: Mapping[str, str] = {"allergy": Factor.Kind.ALLERGY, "anticoag": Factor.Kind.MEDICINE}

#: Words that name no allergy and no medicine.
NOTHING = frozenset({"none", "no", "never", "unknown"})


def unsaved_safety_answers(
    patient: Patient, answers: Mapping[str, Sequence[str]], by: User, where: str, on: date
) -> list[SafetyAnswer]:
    """One row for each question that was answered."""
    said = {question: list(parts_of_answer(answer)) for question, answer in answers.items()}
    return [
        SafetyAnswer(
            patient=patient, question=question, said=parts, asked_on=on, asked_where=where, asked_by=by
        )
        for question, parts in sorted(said.items())
        if parts
    ]


def record_safety_answers_of_intake(
    intake: Intake, options: Mapping[str, Sequence[str]], *, on: date
) -> None:
    """What an intake asked and was told, question by question. One statement."""
    said = intake_safety_answers_by_question(intake.answers, options, intake.weight_kg)
    SafetyAnswer.objects.bulk_create(
        unsaved_safety_answers(intake.patient, said, intake.taken_by, SafetyAnswer.Where.INTAKE, on)
    )


@transaction.atomic
def record_safety_answers_and_risk_factors(
    *,
    patient: Patient,
    answers: Mapping[str, Sequence[str]],
    by: User,
    where: str,
    on: date | None = None,
) -> list[SafetyAnswer]:
    """What was answered to each question (its code), and the risk factors that the answers mean.

    What stands on the record already is not recorded twice; "no" ends nothing: that is an act of its own.
    """
    on = on or timezone.localdate()
    rows = SafetyAnswer.objects.bulk_create(unsaved_safety_answers(patient, answers, by, where, on))
    if not rows:
        return rows
    _record_risk_factors_of_answers(patient, {row.question: row.said for row in rows}, by, on)
    raise_alert_if_self_harm_is_named(patient.pk, [part for row in rows for part in row.said], by)
    audit.record(
        by=by,
        did="safety_answers.recorded",
        about=rows[0],
        patient_id=patient.pk,
        questions=[row.question for row in rows],
        where=str(where),
    )
    return rows


def _record_risk_factors_of_answers(
    patient: Patient, said: Mapping[str, Sequence[str]], by: User, on: date
) -> None:
    terms = FactorTerm.objects.filter(
        where=FactorTerm.Where.ANSWER, question__in=said, retired_at=None, factor__retired_at=None
    ).select_related("factor")
    by_code = {term.factor.code: term.factor for term in terms}
    mapping = [AnswerFactor(term.question, term.term, term.factor.code, term.factor.kind) for term in terms]
    meant = list(factors_from_answers(said, mapping))
    standing: set[str | None] = set()
    if meant:
        standing.update(
            RiskFactor.objects.filter(patient__in=records_of(patient), factor__isnull=False)
            .standing_on(on)
            .values_list("factor__code", flat=True)
        )
    for found in meant:
        if found.factor not in standing:
            _record_coded_factor_unless_it_stands(patient, by_code[found.factor], by, on)
    known_words = {term.term for term in terms}
    for question, kind in WORDS_OF_KIND.items():
        for words in said.get(question, ()):
            if words not in known_words and words.casefold() not in NOTHING:
                _record_factors_from_words(patient, kind, words, by, on)


def _record_coded_factor_unless_it_stands(patient: Patient, factor: Factor, by: User, on: date) -> None:
    lasts = factor.usual_days if factor.kind != Factor.Kind.MEDICINE else None
    _record_ignoring_standing(
        lambda: record_risk_factor(
            patient=patient,
            kind=factor.kind,
            factor=factor,
            by=by,
            origin=RiskFactor.Origin.SESSION,
            started_on=on,
            ended_on=on + timedelta(days=lasts) if lasts else None,
            today=on,
        )
    )


def _record_factors_from_words(patient: Patient, kind: str, words: str, by: User, on: date) -> None:
    if (
        RiskFactor.objects.filter(patient__in=records_of(patient), kind=kind, label=words)
        .standing_on(on)
        .exists()
    ):
        return
    _record_ignoring_standing(
        lambda: record_risk_factors_from_words(
            patient=patient,
            kind=kind,
            label=words,
            by=by,
            origin=RiskFactor.Origin.SESSION,
            started_on=on,
            today=on,
        )
    )


def _record_ignoring_standing(record: Callable[[], object]) -> None:
    """Record it; where the record says it already, that is what was wanted."""
    try:
        record()
    except Refused as refused:
        if [finding.code for finding in refused.findings] != ["stands"]:
            raise
