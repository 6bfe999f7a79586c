"""Reasons that people type: read from a form, required, and put at their fields when an action refuses."""

from collections.abc import Mapping
from datetime import date

from django.forms import BaseForm
from django.utils import timezone

from mesoclinic.core.card_numbers import REFUSAL, holds_card_number
from mesoclinic.core.findings import Finding, Refused, stop


def needs(text: str, where: str, message: str) -> None:
    """Something is written there, and no card number."""
    if not text.strip():
        raise stop(f"{where}:missing", message, where)
    no_card(text, where)


def no_card(text: str, where: str) -> None:
    if holds_card_number(text):
        raise stop("card-number", REFUSAL, where)


def at_fields(form: BaseForm, refused: Refused) -> list[Finding]:
    """Put each finding at the field it names; the others are returned, for the summary."""
    rest = []
    for finding in refused.findings:
        if finding.fixed and finding.where in form.fields:
            form.add_error(finding.where, finding.message)
        else:
            rest.append(finding)
    return rest


def posted_reasons(posted: Mapping[str, str]) -> dict[str, str]:
    """What was typed beside the findings of a form: ``reason:<code>`` to the reason."""
    return {name.removeprefix("reason:"): posted[name] for name in posted if name.startswith("reason:")}


def local_today() -> date:
    return timezone.localdate()


def say_at_fields(refused: Refused, form: BaseForm) -> None:
    for finding in refused.findings:
        form.add_error(finding.where if finding.where in form.fields else None, finding.message)
