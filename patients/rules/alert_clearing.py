"""Who may clear an alert, when, and what they write down before it ends. No Django here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mesoclinic.core.findings import MIN_BLOCK_REASON, Finding, block, is_written_reason
from mesoclinic.core.wording import day_text

#: The culprit of a reaction: one of what was given, nobody knows, or something else that is named.
UNKNOWN, OTHER = "unknown", "other"

#: Who may clear an alert: any clinician; one who did not give that session, where there is another; nobody.
CLINICIAN, ANOTHER, SIGNER, NOBODY = "clinician", "another_clinician", "signer", "nobody"

#: An infection speaks against an injection until so many days after the last dose of the antibiotic.
DAYS_AFTER_ANTIBIOTIC = 14


@dataclass(frozen=True, slots=True)
class ClearingField:
    """One thing that is written down. ``kind``: text, date, healed (the day the waiting counts from), culprit, suspect."""

    name: str
    label: str
    kind: str = "text"
    required: bool = True

    @property
    def is_day(self) -> bool:
        return self.kind in ("date", "healed")

    @property
    def names_culprit(self) -> bool:
        return self.kind in ("culprit", "suspect")


@dataclass(frozen=True, slots=True)
class ClearingFacts:
    """What is known of the alert and of whoever clears it."""

    is_open: bool = True
    role: str = CLINICIAN
    since: date | None = None
    today: date | None = None
    min_days: int = 0
    fields: Sequence[ClearingField] = ()
    clear_requires: str = ""
    gave_that_session: bool = False
    others_could_clear: bool = False  # another clinician works here
    agreed_by_another: bool = False  # that it is cleared before its days are over


_CODE = re.compile(r"(?:contra:\*treatment:)?\b([a-z]+(?:_[a-z0-9]+)+)\b")
_SLOT = re.compile(r"\{(\w+)\}")


def text_of_clearing_row(text: str) -> str:
    """What a row of alerts.csv asks for, for people: without braces and codes.

    >>> text_of_clearing_row("Healed on {date}; contra:*treatment:recent_infection warns")
    'Healed on (date); recent infection warns'
    """
    return _CODE.sub(lambda code: code[1].replace("_", " "), _SLOT.sub(r"(\1)", text))


def day_from_text_or_none(said: str) -> date | None:
    try:
        return date.fromisoformat(said.strip())
    except ValueError:
        return None


def earliest_clearing_day_or_none(facts: ClearingFacts, answers: Mapping[str, str]) -> date | None:
    """The first day on which it may be cleared by one clinician; None where it may be at once."""
    if not facts.min_days or facts.since is None:
        return None
    healed = [
        day_from_text_or_none(answers.get(each.name, "")) or facts.since
        for each in facts.fields
        if each.kind == "healed"
    ]
    return max([facts.since, *healed]) + timedelta(days=facts.min_days)


def check_alert_may_be_cleared(words: str, answers: Mapping[str, str], facts: ClearingFacts) -> list[Finding]:
    """What stands against clearing an alert. Nobody goes past any of it."""
    if not facts.is_open:
        return [_block_nobody_overrides("cleared", "This alert is cleared already.")]
    if facts.role == NOBODY:
        return [
            _block_nobody_overrides(
                "not-by-hand",
                f"This is not cleared by hand. It ends so: {facts.clear_requires or 'by itself'}.",
            )
        ]
    found = []
    if facts.role == ANOTHER and facts.gave_that_session and facts.others_could_clear:
        message = "You gave that session: another clinician clears this alert."
        found.append(_block_nobody_overrides("another-clinician", message))
    found += _check_clearing_fields_written_and_dated(answers, facts)
    first = earliest_clearing_day_or_none(facts, answers)
    if first is not None and facts.today is not None and facts.today < first and not facts.agreed_by_another:
        message = (
            f"Not before {day_text(first)}, {facts.min_days} days on. A second clinician may write here that it "
            "is cleared earlier, and why."
        )
        found.append(_block_nobody_overrides("min-days", message))
    if not is_written_reason(words):
        message = f"Say in {MIN_BLOCK_REASON} characters or more why this alert is cleared."
        found.append(_block_nobody_overrides("reason", message, where="reason"))
    return found


def _check_clearing_fields_written_and_dated(
    answers: Mapping[str, str], facts: ClearingFacts
) -> list[Finding]:
    found = []
    for each in facts.fields:
        said = answers.get(each.name, "").strip()
        if each.required and not said:
            found.append(
                _block_nobody_overrides(
                    f"missing:{each.name}", f"{each.label}: not written yet.", where=each.name
                )
            )
        elif said and each.is_day:
            day = day_from_text_or_none(said)
            is_ahead = facts.today is not None and day is not None and day > facts.today
            if day is None:
                found.append(
                    _block_nobody_overrides(
                        f"day:{each.name}", f"{each.label}: enter a day.", where=each.name
                    )
                )
            elif is_ahead and each.name not in ("watch_until", "repeat_on"):
                message = f"{each.label}: this day is still to come. Clear it then."
                found.append(_block_nobody_overrides(f"day:{each.name}", message, where=each.name))
        elif said == OTHER and each.names_culprit and not answers.get("culprit_name", "").strip():
            found.append(
                _block_nobody_overrides("missing:culprit_name", "Name the substance.", where="culprit_name")
            )
    return found


def check_early_clearing_may_be_agreed(words: str, *, is_open: bool, is_first_by_them: bool) -> list[Finding]:
    """What stands against a second clinician's word that an alert may be cleared before its days are over."""
    if not is_open:
        return [_block_nobody_overrides("cleared", "This alert is cleared already.")]
    if not is_first_by_them:
        return [_block_nobody_overrides("agreed", "You have written this already.")]
    if not is_written_reason(words):
        message = f"Say in {MIN_BLOCK_REASON} characters or more why it may be cleared earlier."
        return [_block_nobody_overrides("agreement", message, where="agreement")]
    return []


def recent_infection_ends_on(antibiotic_ended_on: date) -> date:
    """The first day on which an infection no longer speaks against an injection: the fourteenth still counts."""
    return antibiotic_ended_on + timedelta(days=DAYS_AFTER_ANTIBIOTIC + 1)


def _block_nobody_overrides(code: str, message: str, where: str = "") -> Finding:
    return block(f"alert:{code}", message, fixed=True, where=where)
