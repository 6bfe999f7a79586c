"""What stands against starting a session of a plan. No Django here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from mesoclinic.core.findings import ALERT_CODE, Finding, block, note, ok, warn
from mesoclinic.core.wording import day_text
from patients.rules.consent import CONSENT_ALERT
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


@dataclass(frozen=True, slots=True)
class StartChecks:
    """What a page that refuses a start says beside the refusal: that the other checks were made, and their figures."""

    on: date
    consent_until: date | None = None
    #: The patient's last signed session, of any course, and the fewest days after it.
    last_number: int = 0
    last_on: date | None = None
    fewest_days: int | None = None
    #: Whether what came in covers this session; None where nothing is to be paid.
    is_paid: bool | None = None
    #: Products of the syringe, and those of them with enough in lots that are in date.
    products: int = 0
    products_in_date: int = 0


def check_what_else_stands_at_start(
    checks: StartChecks, standing: Iterable[Finding], *, questions_left: int
) -> list[Finding]:
    """The checks of a start that nothing of ``standing`` is about: passed, or a note of what others see to."""
    codes = [each.code for each in standing]

    def is_said(*starts: str) -> bool:
        return any(code.startswith(starts) for code in codes)

    found = []
    if not any(code.startswith(ALERT_CODE) and code != CONSENT_ALERT for code in codes):
        found.append(ok("start:alerts", "No open alert", detail="Nothing stands against the next injection."))
    if not questions_left and not is_said("unknown:", "answer:", "unread:"):
        found.append(ok("start:answers", "Safety questions answered", detail="None is missing or too old."))
    if not is_said("contra:"):
        found.append(ok("start:record", "Contraindications", detail="No rule speaks against what is drawn."))
    if checks.consent_until is not None and CONSENT_ALERT not in codes:
        until = day_text(checks.consent_until)
        found.append(ok("start:consent", "Consent stands", detail=f"Valid to {until}."))
    if not is_said("interval:"):
        found.append(ok("start:interval", "Interval", detail=_interval_text(checks)))
    found.append(_payment_check(checks))
    found.append(_lots_check(checks))
    return found


def _interval_text(checks: StartChecks) -> str:
    if checks.last_on is None:
        return "The first session."
    days = (checks.on - checks.last_on).days
    least = "" if checks.fewest_days is None else f"; at least {checks.fewest_days}"
    return f"{days} day{'' if days == 1 else 's'} since session {checks.last_number}{least}."


def _payment_check(checks: StartChecks) -> Finding:
    code, title = "start:balance", "Balance"
    if checks.is_paid is None:
        return ok(code, title, detail="Nothing is to be paid.")
    if checks.is_paid:
        return ok(code, title, detail="This session is paid.")
    return note(code, title, detail="Not paid up to this session: the front desk takes the payment.")


def _lots_check(checks: StartChecks) -> Finding:
    code, title = "start:lots", "Lots"
    said = f"{checks.products_in_date} of {checks.products} products have enough in date"
    if checks.products_in_date == checks.products:
        return ok(code, title, detail=f"{said}.")
    return note(code, title, detail=f"{said}: the session asks for another lot before it is signed.")


def checks_passed_last(checks: Sequence[Finding]) -> list[Finding]:
    """Notes first, as they are what somebody still sees to; each group in the order it was asked."""
    return sorted(checks, key=lambda each: each.level == "ok")
