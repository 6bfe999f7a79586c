"""What stands against recording or ending a risk factor, and what its chip says. No Django here."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from mesoclinic.core.findings import MIN_BLOCK_REASON, Finding, block, is_written_reason
from mesoclinic.core.wording import day_text

#: The longest text of why something ended, in characters.
MAX_WORDS = 300

#: What is of this kind stands against an injection, whether or not a kind of alert names it.
WRITTEN_KINDS = frozenset({"allergy", "pregnancy"})


@dataclass(frozen=True, slots=True)
class EndingFacts:
    """What is known of a risk factor that somebody ends. ``is_written``: it stands against an injection."""

    is_written: bool = False
    label: str = ""
    since: date | None = None
    min_days: int = 0
    recorded_by_same: bool = False


def check_ending_is_written(words: str, facts: EndingFacts, *, on: date) -> list[Finding]:
    """What stands against an injection ends by a written act: who says so, and how it is known.

    Before its days are over another clinician ends it than who recorded it.
    """
    if not facts.is_written:
        return []
    found = []
    if not is_written_reason(words):
        message = (
            f"“{facts.label}” stands against an injection. Write in {MIN_BLOCK_REASON} characters or more who says that "
            "it is over, and how that is known."
        )
        found.append(block("ended-words", message, fixed=True, where="reason"))
    first = facts.since + timedelta(days=facts.min_days) if facts.since and facts.min_days else on
    if on < first and facts.recorded_by_same:
        message = (
            f"“{facts.label}”: not before {day_text(first)}, {facts.min_days} days on. Another clinician may end it "
            "earlier, in writing."
        )
        found.append(block("ended-early", message, fixed=True))
    return found


def text_of_ending(words: str, otherwise: str) -> str:
    """The words that are kept: what was written, or who was told where nothing had to be written."""
    said = " ".join(words.split())
    return (said if len(said) >= MIN_BLOCK_REASON else f"{otherwise} {said}".strip())[:MAX_WORDS]


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
