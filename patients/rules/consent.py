"""Whether a consent stands today. No Django here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from mesoclinic.core.findings import Finding, block, note, ok, ordered
from mesoclinic.core.search_text import search_words
from mesoclinic.core.wording import day_text

#: A wording says what it is about.
LEAST_WORDING = 50

#: A consent is withdrawn in a few words.
LEAST_REASON = 3

#: The kind without which no session starts; any other kind (photos) only informs.
TREATMENT = "treatment"

#: What a missing, expired or withdrawn consent to treatment is in alerts.csv.
CONSENT_ALERT = "alert:consent:expired"


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """A signed consent. ``valid_until`` is its last good day; None is without end."""

    kind: str
    signed_on: date
    valid_until: date | None = None
    withdrawn_on: date | None = None


def consent_validity_finding(
    consents: Iterable[ConsentFact], kind: str, today: date, *, is_begun: bool = False
) -> Finding:
    """Valid until when, or why not.

    Nobody goes past a consent to treatment that is missing, expired or withdrawn: it ends by a new one
    (docs/adr/0042). A session that ``is_begun`` is recorded all the same, with a written reason (law 16): what was
    given is on record. Other kinds give a note.
    """
    signed = [c for c in consents if c.kind == kind and c.signed_on <= today]
    taken_back = max(
        (c.withdrawn_on for c in signed if c.withdrawn_on and c.withdrawn_on <= today), default=date.min
    )
    # Whoever takes one consent back takes the earlier ones back with it.
    live = [
        c for c in signed if c.signed_on >= taken_back and (c.withdrawn_on is None or c.withdrawn_on > today)
    ]
    code, where, named = f"consent:{kind}", "consent", f"{kind.capitalize()} consent"
    if any(c.valid_until is None for c in live):
        return ok(code, f"{named} valid.", where=where)
    until = max((c.valid_until for c in live if c.valid_until), default=date.min)
    if until >= today:
        return ok(code, f"{named} valid to {day_text(until)}.", where=where)
    if live:
        said = f"expired on {day_text(until)}"
    elif taken_back > date.min:
        said = f"was withdrawn on {day_text(taken_back)}"
    else:
        said = "is not on file"
    if kind != TREATMENT:
        return note(code, f"{named} {said}. Ask for one first.", where=where)
    if is_begun:
        message = f"{named} {said}. Give nothing more; what was given is recorded: write what, and why."
        return block(CONSENT_ALERT, message, where=where)
    return block(CONSENT_ALERT, f"{named} {said}. Sign it before the injection.", fixed=True, where=where)


def check_consent_signer_day_and_strokes(
    *, signed_name: str, signed_at: datetime, now: datetime, is_drawn: bool, has_strokes: bool
) -> Finding | None:
    """Why a consent is not signed so, or None."""
    if not search_words(signed_name):
        message = "Type the name of the person who signs."
        return block("no-name", message, fixed=True, where="signed_name")
    if signed_at > now:
        message = "It cannot be signed in the future. Correct the day."
        return block("future", message, fixed=True, where="signed_on")
    if is_drawn and not has_strokes:
        message = "Sign in the box, or choose that the name is typed."
        return block("no-strokes", message, fixed=True, where="strokes-set")
    return None


def is_in_force_later(in_force_from: date, today: date) -> bool:
    """Whether a wording cannot be signed yet."""
    return in_force_from > today


def check_wording_may_be_signed(*, in_force_from: date, is_replaced: bool, today: date) -> Finding | None:
    """Why this wording is not signed today, or None. ``is_replaced``: a newer one is in force."""
    if is_in_force_later(in_force_from, today):
        message = f"This wording is signed from {day_text(in_force_from)} on. Open the page again."
        return block("early-text", message, fixed=True)
    if is_replaced:
        message = "The wording has changed since this page was opened. Read the new one and sign that."
        return block("old-text", message, fixed=True)
    return None


def check_wording_was_read(*, is_read: bool, language: str) -> Finding | None:
    """Why this wording is not signed here, or None: nobody at this clinic has read it and said that it is right."""
    if is_read:
        return None
    message = f"Nobody at this clinic has read this wording in {language} and signed that it is right. It stands under Emergency texts."
    return block("unread-text", message, fixed=True)


def check_consent_may_be_withdrawn(reason: str, *, is_withdrawn: bool) -> Finding | None:
    """Why a consent cannot be taken back, or None: once, and in a few words."""
    if is_withdrawn:
        return block("withdrawn", "This consent was already withdrawn.", fixed=True)
    if len(reason) < LEAST_REASON:
        message = "Write why the consent is withdrawn, in a few words."
        return block("no-reason", message, fixed=True, where="reason")
    return None


@dataclass(frozen=True, slots=True)
class Wording:
    """What a consent is given to, and from which day on."""

    title: str
    body: str
    in_force_from: date


def check_wording_title_body_and_day(new: Wording, *, last: Wording | None, today: date) -> list[Finding]:
    """What is wrong with the next version of a wording; ``last`` is the one before it."""
    findings = []

    def add_finding(where: str, message: str) -> None:
        findings.append(block(f"wording-{where}", message, fixed=True, where=where))

    if not new.title:
        add_finding("title", "Give it a title.")
    if len(new.body) < LEAST_WORDING:
        add_finding("body", "Write the wording: what is agreed to, its risks, and that it can be taken back.")
    if last and (last.title, last.body) == (new.title, new.body):
        add_finding("body", "Nothing is different from the last version. Change the wording, or leave it.")
    earliest = max(today, last.in_force_from) if last else today
    if new.in_force_from < earliest:
        add_finding(
            "in_force_from",
            f"It can be signed from {day_text(earliest)} on at the earliest. Choose that day or a later one.",
        )
    return ordered(findings)
