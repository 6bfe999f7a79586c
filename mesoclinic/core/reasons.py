"""Reasons that people type: read from a form, required, and put at their fields when an action refuses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.forms import BaseForm

from mesoclinic.core.card_numbers import REFUSAL, holds_card_number
from mesoclinic.core.findings import (
    Finding,
    Refused,
    refusal_without_override,
)


@dataclass(frozen=True, slots=True)
class ReasonBefore:
    """A reason that was given for the same finding before: shown beside an empty field, never given again by itself."""

    reason: str
    given_for: str
    by: str
    on: date


def refuse_missing_text_or_card_number(text: str, where: str, message: str) -> None:
    """Something is written there, and no card number."""
    if not text.strip():
        raise refusal_without_override(f"{where}:missing", message, where)
    refuse_card_number(text, where)


def refuse_card_number(text: str, where: str) -> None:
    if holds_card_number(text):
        raise refusal_without_override("card-number", REFUSAL, where)


def add_field_errors_and_return_others(refused: Refused, *forms: BaseForm) -> list[Finding]:
    """Put each finding at the field it names, in the first form that has it. The others are returned.

    A finding that asks for a reason is among the others: it has a field of its own.
    """
    others = []
    for finding in refused.findings:
        form = next((form for form in forms if finding.where in form.fields), None)
        if form is None or finding.needs_reason:
            others.append(finding)
        else:
            form.add_error(finding.where, finding.message)
    return others


def add_all_errors(refused: Refused, *forms: BaseForm) -> None:
    """The same, for a page without a list of its own: the others stand above the first form."""
    for finding in add_field_errors_and_return_others(refused, *forms):
        forms[0].add_error(None, finding.message)


def posted_reason_by_code(posted: Mapping[str, str]) -> dict[str, str]:
    """What was typed beside the findings of a form, without outer spaces: ``reason:<code>`` to the reason.

    A reason left empty is kept: its field was shown.
    """
    return {
        name.removeprefix("reason:"): posted[name].strip() for name in posted if name.startswith("reason:")
    }


def codes_of_reasons_too_short(findings: Iterable[Finding], given: Mapping[str, str]) -> list[str]:
    """The codes whose field was shown, and whose reason is still too short, or filler."""
    return [f.code for f in findings if f.code in given and not f.is_answered_by(given[f.code])]
