"""How a recall moves on, whom to tell, and when it may be closed. No Django here."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mesoclinic.core.findings import Finding, block, note, ordered, warn
from mesoclinic.core.quantities import plain


class CaseStatus(StrEnum):
    OPEN = "open"  # stock is put aside, patients are being told
    CLOSED = "closed"  # everyone was told or tried; frozen
    WITHDRAWN = "withdrawn"  # started by mistake; the lots stay as they are


RECALL_MOVES: dict[CaseStatus, frozenset[CaseStatus]] = {
    CaseStatus.OPEN: frozenset({CaseStatus.CLOSED, CaseStatus.WITHDRAWN}),
    CaseStatus.CLOSED: frozenset({CaseStatus.OPEN}),
    CaseStatus.WITHDRAWN: frozenset(),
}


def can_move(state: str, to: str) -> bool:
    return CaseStatus(to) in RECALL_MOVES[CaseStatus(state)]


class Outcome(StrEnum):
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    LETTER = "letter"


class Channel(StrEnum):
    PHONE = "phone"
    IN_PERSON = "in_person"
    EMAIL = "email"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Tally:
    """A recall in figures. ``patients`` = ``reached`` + ``tried`` (not reached yet) + ``untried``, the dead left out
    of all four. ``drafts`` are open sessions that hold a lot of it; ``on_hand_ml`` is what is still on the shelf."""

    patients: int = 0
    reached: int = 0
    tried: int = 0
    untried: int = 0
    deceased: int = 0
    sessions: int = 0
    drafts: int = 0
    given_ml: Decimal = Decimal(0)
    on_hand_ml: Decimal = Decimal(0)


def check_closing(tally: Tally) -> list[Finding]:
    """What stands between a recall and its closing.

    An open session that holds the lot, and somebody nobody has tried to reach, cannot be gone past; somebody tried
    and not reached, and stock that is still here, take a reason.
    """
    findings = []
    if tally.drafts:
        sessions = _counted(tally.drafts, "open session holds", "open sessions hold")
        message = f"{sessions} a recalled lot. Take another lot there, or sign without it."
        findings.append(block("recall:drafts", message, fixed=True))
    if tally.untried:
        people = _counted(tally.untried, "patient was", "patients were")
        message = f"{people} not called yet. Clinicians and the front desk see the list: reach them, or write down that it was tried."
        findings.append(block("recall:untried", message, fixed=True))
    if tally.tried:
        people = _counted(tally.tried, "patient was", "patients were")
        message = f"{people} tried and not reached. Send a letter, or say why it ends here."
        findings.append(warn("recall:not-reached", message))
    if tally.on_hand_ml > 0:
        message = f"{plain(tally.on_hand_ml)} ml of it is still on the shelf. Return or waste it, or say where it is kept."
        findings.append(warn("recall:on-hand", message))
    if tally.deceased:
        people = _counted(tally.deceased, "patient", "patients")
        findings.append(note("recall:deceased", f"{people} who received it died since."))
    return ordered(findings)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


@dataclass(frozen=True, slots=True)
class Attempt:
    outcome: str
    channel: str
    note: str = ""


def check_attempt(attempt: Attempt) -> list[Finding]:
    """What is wrong with one attempt as it was written down."""
    findings = []
    if attempt.outcome not in set(Outcome):
        message = "Say whether the patient was reached."
        findings.append(block("attempt:outcome", message, fixed=True, where="outcome"))
    if attempt.channel not in set(Channel):
        message = "Say how it was tried: by phone, in person, by e-mail or by post."
        findings.append(block("attempt:channel", message, fixed=True, where="channel"))
    return ordered(findings)
