"""What comes next for a patient, from how far they are. No Django here."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mesoclinic.core.wording import day_text
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.rules import REVIEW_SESSION, PlanStatus, is_review_due, review_waited_for_or_none


class Do(StrEnum):
    """What a step asks for; a page turns it into its address."""

    SIGN_SESSION = "sign_session"
    TAKE_INTAKE = "take_intake"
    SIGN_CONSENT = "sign_consent"
    ASSESS = "assess"
    BUILD_COCKTAIL = "build_cocktail"
    SIGN_COCKTAIL = "sign_cocktail"
    MAKE_PLAN = "make_plan"
    ISSUE_QUOTE = "issue_quote"
    AWAIT_ANSWER = "await_answer"
    BOOK = "book"
    START_SESSION = "start_session"
    COME_ON = "come_on"
    REVIEW = "review"
    DECIDE_REVIEW = "decide_review"
    GO_ON = "go_on"
    DECIDE_MAINTENANCE = "decide_maintenance"


@dataclass(frozen=True, slots=True)
class Step:
    do: Do
    text: str


#: What a review held goes on from the plan's page.
_HELD_STEPS = {
    PlanStatus.PAUSED: Step(Do.GO_ON, "Course paused by the review: go on with it, or stop it"),
    PlanStatus.CHANGING: Step(Do.GO_ON, "The review asks for another cocktail: choose it"),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a patient has come. ``sessions_done`` are signed; ``booked`` are (number, day)."""

    intake_taken: bool = False
    consent_valid: bool = False
    assessed: bool = False
    cocktail_begun: bool = False
    cocktail_signed: bool = False
    plan_status: str = ""
    quote_status: str = ""
    quote_valid_until: date | None = None
    sessions_planned: int = 0
    sessions_done: int = 0
    booked: tuple[tuple[int, date], ...] = ()
    draft_number: int | None = None
    review_at: int = REVIEW_SESSION
    reviewed_to: int = 0


def next_steps_of(progress: Progress, today: date) -> list[Step]:
    """The steps in front of a patient, the one to do now first.

        intake > assessment > cocktail > plan and quote > booking > sessions > review

    Nothing after a step that has not been taken is listed, but for the consent, which may be signed
    any time before the first session.
    """
    p, steps = progress, []
    if p.draft_number is not None:
        text = f"Finish and sign the draft of session {p.draft_number}"
        steps.append(Step(Do.SIGN_SESSION, text))
    before_plan = _next_step_before_plan_or_none(p)
    if before_plan:
        steps.append(before_plan)
        if p.intake_taken and not p.consent_valid:
            steps.append(Step(Do.SIGN_CONSENT, "Sign the treatment consent"))
        return steps
    if p.plan_status in (PlanStatus.DONE, PlanStatus.STOPPED):
        text = "Course finished: decide on maintenance"
        if p.plan_status == PlanStatus.STOPPED:
            text = "Course stopped: assess again before a new plan"
            return [*steps, Step(Do.ASSESS, text)]
        return [*steps, Step(Do.DECIDE_MAINTENANCE, text)]
    if p.plan_status in _HELD_STEPS:
        return [*steps, _HELD_STEPS[PlanStatus(p.plan_status)]]
    if p.plan_status not in (PlanStatus.ACCEPTED, PlanStatus.ACTIVE):
        return [*steps, _quote_step(p, today)]
    if not p.consent_valid:
        steps.append(Step(Do.SIGN_CONSENT, "Sign the treatment consent"))
    return [*steps, *_session_and_review_steps(p, today)]


def _next_step_before_plan_or_none(p: Progress) -> Step | None:
    """The first of the steps up to the plan that has not been taken."""
    if p.plan_status:
        return None
    if not p.intake_taken:
        return Step(Do.TAKE_INTAKE, "Take the intake")
    if not p.assessed:
        return Step(Do.ASSESS, "Assess")
    if p.cocktail_begun and not p.cocktail_signed:
        return Step(Do.SIGN_COCKTAIL, "Sign the cocktail")
    if not p.cocktail_signed:
        return Step(Do.BUILD_COCKTAIL, "Build the cocktail")
    return Step(Do.MAKE_PLAN, "Plan and quote")


def _quote_step(p: Progress, today: date) -> Step:
    until = p.quote_valid_until
    if p.quote_status == QuoteStatus.ISSUED and (until is None or until >= today):
        said = f"valid to {day_text(until)}" if until else "no end"
        return Step(Do.AWAIT_ANSWER, f"Quote waits for an answer, {said}")
    if p.quote_status in (QuoteStatus.ISSUED, QuoteStatus.EXPIRED):
        return Step(Do.ISSUE_QUOTE, "Quote has expired: issue a new one")
    if p.quote_status == QuoteStatus.DECLINED:
        return Step(Do.ISSUE_QUOTE, "Quote was declined: offer another")
    return Step(Do.ISSUE_QUOTE, "Issue the quote")


def _session_and_review_steps(p: Progress, today: date) -> list[Step]:
    number = (p.draft_number or p.sessions_done) + 1
    ahead = sorted((day, n) for n, day in p.booked if n >= number and day >= today)
    if number > p.sessions_planned:
        if p.draft_number is not None:
            return []
        return [Step(Do.DECIDE_MAINTENANCE, "Course finished: decide on maintenance")]
    waited = review_waited_for_or_none(
        number, sessions_planned=p.sessions_planned, review_at=p.review_at, reviewed_to=p.reviewed_to
    )
    if waited is not None and p.draft_number is None:
        return _steps_while_review_is_open(number, waited, ahead)
    steps = []
    if ahead and ahead[0][0] == today:
        steps.append(Step(Do.START_SESSION, f"Start session {ahead[0][1]}"))
        ahead = ahead[1:]
    elif not ahead:
        text = "Book the course" if number == 1 else f"Book session {number}"
        steps.append(Step(Do.BOOK, text))
    if ahead:
        day, n = ahead[0]
        steps.append(Step(Do.COME_ON, f"Session {n} on {day_text(day)}"))
    due = next(
        n for n in range(number, p.sessions_planned + 1) if is_review_due(n, p.sessions_planned, p.review_at)
    )
    steps.append(Step(Do.REVIEW, f"Review at session {due}"))
    return steps


def _steps_while_review_is_open(number: int, waited: int, ahead: list[tuple[date, int]]) -> list[Step]:
    """The review first; what is booked stays booked and waits for it."""
    steps = [Step(Do.DECIDE_REVIEW, f"Review after session {waited}")]
    if ahead:
        day, n = ahead[0]
        steps.append(Step(Do.COME_ON, f"Session {n} on {day_text(day)} waits for the review"))
    else:
        steps.append(Step(Do.BOOK, f"Book session {number}"))
    return steps
