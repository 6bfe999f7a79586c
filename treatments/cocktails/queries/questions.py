"""Questions that wait for an answer, as a page puts them: with what stands on the record about each."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from mesoclinic.core.wording import day_text
from patients.forms.safety_answers import SafetyQuestion
from patients.models import Factor, Patient, RiskFactor
from treatments.cocktails.rules.required_answers import OpenQuestion, RequiredAnswer

#: Every risk factor of this kind is an answer in words to that question.
KIND_OF_QUESTION: Mapping[str, str] = {"allergy": Factor.Kind.ALLERGY}

#: Code of the factor, kind, label as it was said.
Standing = tuple[str | None, str, str]


def safety_questions(patient: Patient, waiting: Sequence[OpenQuestion], on: date) -> list[SafetyQuestion]:
    """The questions in their order. One query, none where nothing waits."""
    if not waiting:
        return []
    standing: list[Standing] = list(
        RiskFactor.objects.filter(patient=patient).on(on).values_list("factor__code", "kind", "label")
    )
    return [
        SafetyQuestion(
            code=each.rule.answer_code,
            question=each.rule.question,
            kind=each.rule.kind,
            choices=each.rule.choices,
            none_of_these=each.rule.none_of_these,
            on_record=_standing_about(each.rule, standing),
            last=f"Last asked on {day_text(each.asked_on)}" if each.asked_on else "",
        )
        for each in waiting
    ]


def _standing_about(rule: RequiredAnswer, standing: Iterable[Standing]) -> tuple[str, ...]:
    kind = KIND_OF_QUESTION.get(rule.answer_code)
    said = [label for code, its_kind, label in standing if code in rule.factors or its_kind == kind]
    return tuple(dict.fromkeys(said))
