"""What a review may decide, and what each decision does to the plan and to what is booked. No Django here."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from mesoclinic.core.findings import Finding, block
from treatments.plans.rules import PlanStatus

#: Trials judged hair at 16 to 18 weeks; before 12 nothing is told (review_rules.csv, RV-AGA5-EARLY).
EARLY_WEEKS = 12

#: The longest interval that can be typed.
MOST_DAYS = 366

#: What stands on every review.
HONEST_LINE = "Association, no control group. Some of this may come by itself."


class Decision(StrEnum):
    CONTINUE = "continue"
    CHANGE = "change"
    LONGER = "longer"
    STOP = "stop"
    REFER = "refer"
    MAINTENANCE = "maintenance"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Decision.CONTINUE: "Continue",
    Decision.CHANGE: "Change cocktail",
    Decision.LONGER: "Longer interval",
    Decision.STOP: "Stop",
    Decision.REFER: "Refer",
    Decision.MAINTENANCE: "Maintenance",
}

#: Where the plan stands afterwards; one that is not named goes on as it is.
_STATUSES = {
    Decision.CHANGE: PlanStatus.CHANGING,
    Decision.STOP: PlanStatus.STOPPED,
    Decision.REFER: PlanStatus.PAUSED,
    Decision.MAINTENANCE: PlanStatus.DONE,
}

#: After these the sessions that are booked are given up.
_GIVES_UP_BOOKINGS = (Decision.LONGER, Decision.STOP, Decision.REFER, Decision.MAINTENANCE)

#: While harm is open nothing goes on as it is (review_rules.csv, RV-HARM).
_WHILE_HARM_IS_OPEN = (Decision.LONGER, Decision.STOP, Decision.REFER)

#: Of a course that is over only this is left to decide.
_OF_A_COURSE_DONE = (Decision.STOP, Decision.REFER, Decision.MAINTENANCE)


def plan_status_after_review_or_none(decision: Decision, *, status: str) -> PlanStatus | None:
    """The status that the plan moves to; None where it stays. A course that is done stays done."""
    to = _STATUSES.get(decision)
    return None if status == PlanStatus.DONE else to


def gives_up_bookings(decision: Decision) -> bool:
    """Whether the sessions booked after it are cancelled."""
    return decision in _GIVES_UP_BOOKINGS


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What stands when somebody decides. ``signed``: sessions of the plan that are signed."""

    status: str
    signed: int
    sessions_planned: int
    has_draft: bool = False
    is_harm_open: bool = False


def decisions_open(facts: ReviewFacts) -> list[Decision]:
    """The decisions that can be taken now, in their order."""
    return [
        decision
        for decision in Decision
        if not check_decision(facts, decision, text="…" * 10, interval_days=1, usual_days=0)
    ]


def check_review_possible(facts: ReviewFacts) -> list[Finding]:
    """Why this course cannot be reviewed now, whatever is decided."""
    found = []
    if facts.status not in (PlanStatus.ACTIVE, PlanStatus.DONE):
        message = f"The plan is {facts.status}: a review is of a course that is under way, or done."
        found.append(block("review:status", message, fixed=True))
    elif not facts.signed:
        message = "No session of this plan is signed yet: there is nothing to review."
        found.append(block("review:nothing", message, fixed=True))
    if facts.has_draft:
        message = "A session of this plan is being charted. Sign or discard it, then decide."
        found.append(block("review:draft", message, fixed=True))
    return found


def check_decision(
    facts: ReviewFacts, decision: Decision | None, *, text: str, interval_days: int | None, usual_days: int
) -> list[Finding]:
    """What stands against this decision. Nobody may go past it."""
    found = check_review_possible(facts)
    if decision is None:
        message = "Nothing is chosen. Choose what follows: none is proposed."
        return [*found, block("review:none", message, fixed=True, where="decision")]
    if len(text.strip()) < 3:
        message = "Write in a line why: it is kept with the decision."
        found.append(block("review:text", message, fixed=True, where="text"))
    if decision is Decision.LONGER:
        found += _check_interval(interval_days, usual_days)
    if facts.is_harm_open and decision not in _WHILE_HARM_IS_OPEN:
        message = "An alert that blocks is open: only a longer interval, a stop or a referral is decided before it is cleared."
        found.append(block("review:harm", message, fixed=True, where="decision"))
    is_over = facts.status == PlanStatus.DONE or facts.signed >= facts.sessions_planned
    if is_over and decision not in _OF_A_COURSE_DONE:
        message = "Every session of this course was given. Decide on maintenance, a stop or a referral."
        found.append(block("review:over", message, fixed=True, where="decision"))
    return found


def _check_interval(days: int | None, usual_days: int) -> list[Finding]:
    if days is None or not 1 <= days <= MOST_DAYS:
        message = f"Type the days between sessions, 1 to {MOST_DAYS}."
        return [block("review:interval", message, fixed=True, where="interval_days")]
    if days <= usual_days:
        message = f"{days} days are not longer than the {usual_days} of the plan. Type more."
        return [block("review:interval", message, fixed=True, where="interval_days")]
    return []


def weeks_between(first: date, last: date) -> int:
    return max((last - first) // timedelta(weeks=1), 0)


def early_text(first_session_on: date | None, today: date) -> str:
    """Said where it is too early to judge; "" where it is not."""
    if first_session_on is None:
        return ""
    weeks = weeks_between(first_session_on, today)
    if weeks >= EARLY_WEEKS:
        return ""
    return (
        f"Week {weeks} since the first session: too early to judge hair. "
        "Trials looked at 16 to 18 weeks; density rarely changes this early."
    )


def is_rule_for_condition(rule_conditions: Collection[str], condition: str) -> bool:
    """Whether a review rule speaks about this condition; one that names none speaks about any."""
    return not rule_conditions or condition in rule_conditions
