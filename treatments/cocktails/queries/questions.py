"""Questions that wait for an answer, as a page puts them: with what stands on the record about each."""

from collections.abc import Iterable, Mapping

from mesoclinic.core.wording import day_text
from patients.forms.safety_answers import SafetyQuestion
from patients.models import Factor
from treatments.cocktails.queries.required_answers import AnswersOfPatient, Standing
from treatments.cocktails.rules.required_answers import OpenQuestion, RequiredAnswer

#: Every risk factor of this kind is an answer in words to that question.
KIND_OF_QUESTION: Mapping[str, str] = {"allergy": Factor.Kind.ALLERGY}


def build_safety_questions(known: AnswersOfPatient, waiting: Iterable[OpenQuestion]) -> list[SafetyQuestion]:
    """The questions in their order."""
    return [
        SafetyQuestion(
            code=each.rule.answer_code,
            question=each.rule.question,
            kind=each.rule.kind,
            choices=each.rule.choices,
            none_of_these=each.rule.none_of_these,
            on_record=_labels_on_record_about(each.rule, known.standing),
            last=_last_answer_text_or_empty(each),
            is_answered=each.is_answered,
        )
        for each in waiting
    ]


def _last_answer_text_or_empty(question: OpenQuestion) -> str:
    if question.last is None:
        return ""
    on = day_text(question.last.asked_on)
    if question.is_answered:
        return f"Answered on {on}: {', '.join(question.last.said)}. Answer again if it is not so any more."
    return f"Last asked on {on}"


def _labels_on_record_about(rule: RequiredAnswer, standing: Iterable[Standing]) -> tuple[str, ...]:
    kind = KIND_OF_QUESTION.get(rule.answer_code)
    said = [label for code, its_kind, label in standing if code in rule.factors or its_kind == kind]
    return tuple(dict.fromkeys(said))
