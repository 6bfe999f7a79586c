"""What the page shows of questions that nobody asked, and the form that answers them there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest

from mesoclinic.core.findings import Finding
from mesoclinic.core.shown_findings import ShownFindings, numbered_findings_by_level
from patients.forms.safety_answers import (
    PostedAnswers,
    ShownQuestion,
    questions_with_typed_answers,
    read_posted_answers,
)
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.formulation import answers_annotated_on_version
from treatments.cocktails.queries.questions import build_safety_questions
from treatments.cocktails.queries.required_answers import AnswersOfPatient, findings_with_required_answers
from treatments.cocktails.rules.mix import Mix, Person


@dataclass(frozen=True, slots=True)
class NotAsked:
    """One question that waits, and the findings that a reason goes past without an answer."""

    shown: ShownQuestion
    findings: Sequence[Finding]

    @property
    def findings_passable_with_reason(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.needs_reason]


def findings_and_questions_not_asked(
    request: HttpRequest,
    version: CocktailVersion,
    person: Person | None,
    mix: Mix,
    record: Sequence[Finding],
    today: date,
) -> tuple[list[Finding], list[NotAsked]]:
    """What the checks say, and apart from it the questions to ask here."""
    known = answers_annotated_on_version(version, today)
    findings = findings_with_required_answers(known, person, mix, record)
    return findings_apart_from_questions(findings, questions_not_asked(request, known, findings))


def questions_not_asked(
    request: HttpRequest, known: AnswersOfPatient, findings: Iterable[Finding]
) -> list[NotAsked]:
    """The questions that wait, with what was typed in answer and what is wrong with it."""
    waiting = known.questions_to_ask(findings)
    asked = build_safety_questions(known, waiting)
    posted = read_posted_answers(request.POST, asked) if request.method == "POST" else PostedAnswers()
    return [
        NotAsked(shown, each.findings)
        for shown, each in zip(questions_with_typed_answers(asked, posted), waiting, strict=True)
    ]


def findings_apart_from_questions(
    findings: Iterable[Finding], questions: Sequence[NotAsked]
) -> tuple[list[Finding], list[NotAsked]]:
    """The findings without those that a question on the page says already."""
    said = {finding.code for each in questions for finding in each.findings}
    return [finding for finding in findings if finding.code not in said], list(questions)


def numbered_findings_with_questions(
    findings: Iterable[Finding], questions: Iterable[NotAsked]
) -> ShownFindings:
    """What the checks say, with what waits for an answer: all that stands against the signature."""
    return numbered_findings_by_level(
        [*findings, *(finding for each in questions for finding in each.findings)]
    )


def questions_context(
    questions: Sequence[NotAsked], *, answers_to: str = "", then: str = ""
) -> dict[str, object]:
    """What patients/_safety_questions.html takes. ``then``: what follows once the answers are written."""
    return {
        "not_asked": questions,
        "answers_to": answers_to,
        "answer_button": f"Write the answers{then}",
        # A figure has no “no”: where only figures are asked there is nothing to deny at once.
        "none_button": f"None of these: write “no” to each{then}"
        if any(each.shown.asked.answer_of_none_of_these for each in questions)
        else "",
    }
