"""Whether a consent stands today. No Django here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mesoclinic.core.findings import Finding, block, note, ok
from mesoclinic.core.wording import day_words

#: The kind without which no session starts; any other kind (photos) only informs.
TREATMENT = "treatment"


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """A signed consent. ``valid_until`` is its last good day; None is without end."""

    kind: str
    signed_on: date
    valid_until: date | None = None
    withdrawn_on: date | None = None


def consent_standing(consents: Iterable[ConsentFact], kind: str, today: date) -> Finding:
    """Valid until when, or why not.

    Without a valid treatment consent the finding blocks: a clinician may go past a missing or
    expired one with a reason (issue 6), but nobody past one the patient has withdrawn. Other
    kinds give a note.
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
        return ok(code, f"{named} valid to {day_words(until)}.", where=where)
    fixed = False
    if live:
        said = f"expired on {day_words(until)}"
    elif taken_back > date.min:
        said, fixed = f"was withdrawn on {day_words(taken_back)}", True
    else:
        said = "is not on file"
    if kind != TREATMENT:
        return note(code, f"{named} {said}. Ask for one first.", where=where)
    message = f"{named} {said}. Ask the patient to sign one before starting."
    return block(code, message, fixed=fixed, where=where)
