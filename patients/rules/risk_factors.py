"""What stands against recording or ending a risk factor, and what its chip says. No Django here."""

import re
from datetime import date

from mesoclinic.core.findings import Finding, block


def check_risk_factor_label_and_days(
    label: str, *, started_on: date | None, ended_on: date | None, today: date
) -> list[Finding]:
    """A risk factor says what it is, and its days can be."""
    findings = []
    if not label:
        findings.append(block("no-label", "Say what it is.", fixed=True, where="label"))
    if started_on and started_on > today:
        message = "It cannot start in the future. Correct the day."
        findings.append(block("future", message, fixed=True, where="started_on"))
    if started_on and ended_on and ended_on < started_on:
        message = "It cannot end before it starts. Correct one of the days."
        findings.append(block("ends-first", message, fixed=True, where="ended_on"))
    return findings


def check_any_factor_is_new(new: int) -> Finding | None:
    """Why a risk factor is not recorded, or None. ``new``: how many of its factors do not stand already."""
    if new:
        return None
    message = "This already stands on the record. End it first to record it anew."
    return block("stands", message, fixed=True, where="label")


def check_risk_factor_can_end_on(
    *, started_on: date | None, ended_on: date | None, on: date
) -> list[Finding]:
    """A risk factor ends once, and not before it starts."""
    if ended_on and ended_on <= on:
        return [block("ended", "This has already ended.", fixed=True)]
    if started_on and started_on > on:
        return [block("ends-first", "It cannot end before it starts. Correct the day.", fixed=True)]
    return []


_IN_BRACKETS = re.compile(r"\s*\(([^()]*)\)$")


def chip_text(short_label: str, said_label: str, said: str) -> str:
    """What a chip says of a factor: what was said, then the class it belongs to.

    >>> chip_text("Allergy: lidocaine class", "Allergy: {said} (lidocaine class)", "articaine")
    'Allergy: articaine (lidocaine class)'
    >>> chip_text("Allergy: lidocaine class", "Allergy: {said} (lidocaine class)", "lidocaine")
    'Allergy: lidocaine class (lidocaine)'
    """
    if not said or not said_label:
        return short_label
    bracket = _IN_BRACKETS.search(said_label)
    group = bracket[1].casefold() if bracket else ""
    if said.casefold() == group:
        return short_label
    if said.casefold() in group:
        return f"{short_label} ({said})"
    text = said_label.replace("{said}", said)
    return text[:1].upper() + text[1:]
