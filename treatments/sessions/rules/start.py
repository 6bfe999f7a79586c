"""What stands against starting a session of a plan. No Django here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mesoclinic.core.findings import Finding, block, warn
from mesoclinic.core.wording import day_text
from treatments.plans.rules import PlanStatus

#: A session is started of a plan whose quote was accepted.
OPEN_PLANS = (PlanStatus.ACCEPTED, PlanStatus.ACTIVE)

#: What the review decided, and who goes on from there.
_HELD_SAYS = {
    PlanStatus.PAUSED: "The review paused this course. Go on with it on the plan’s page first.",
    PlanStatus.CHANGING: "The review asks for another cocktail. Choose it on the plan’s page first.",
}


@dataclass(frozen=True, slots=True)
class StartFacts:
    """The plan, its patient, and where the appointment is that the session fulfils."""

    plan_status: str
    died_on: date | None = None
    is_merged: bool = False
    is_at_other_clinic: bool = False


def check_session_can_start(facts: StartFacts, on: date) -> list[Finding]:
    """Why no session can be started on ``on``. Nobody may go past these."""
    found = []
    if facts.plan_status in _HELD_SAYS:
        found.append(_block_without_override("plan", _HELD_SAYS[PlanStatus(facts.plan_status)]))
    elif facts.plan_status not in OPEN_PLANS:
        message = f"The plan is {facts.plan_status}: its quote is accepted first, then a session starts."
        found.append(_block_without_override("plan", message))
    if facts.died_on is not None and facts.died_on < on:
        found.append(_block_without_override("deceased", "This patient has died: no session can be started."))
    if facts.is_merged:
        found.append(_block_without_override("merged", "This record was merged: go on with the other one."))
    if facts.is_at_other_clinic:
        message = "This appointment is at another clinic. Start it where the patient is."
        found.append(_block_without_override("clinic", message))
    return found


def _block_without_override(code: str, message: str) -> Finding:
    """A block that nobody may go past."""
    return block(f"session:{code}", message, fixed=True)


@dataclass(frozen=True, slots=True)
class UnsignedSession:
    """A session of another plan that was begun and is not signed."""

    id: int
    number: int
    plan: str
    begun_by: str
    begun_on: date


def unsigned_session_warnings(sessions: Iterable[UnsignedSession]) -> list[Finding]:
    """One warning for each session of this patient that stands unsigned."""
    return [
        warn(
            f"session:unsigned:{each.id}",
            f"Session {each.number} of “{each.plan}” was begun by {each.begun_by} on "
            f"{day_text(each.begun_on)} and is not signed. "
            "Finish or discard it first, or say why not.",
        )
        for each in sessions
    ]
