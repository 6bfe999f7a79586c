"""What the full review decides, and what follows for the plan. No Django here."""

from enum import StrEnum

from treatments.plans.rules import PlanStatus


class ReviewDecision(StrEnum):
    CONTINUE = "continue"
    CHANGE = "change"
    PAUSE = "pause"
    STOP = "stop"


#: Where the plan stands after a decision that holds the course.
_HELD_AS = {
    ReviewDecision.CHANGE: PlanStatus.CHANGING,
    ReviewDecision.PAUSE: PlanStatus.PAUSED,
    ReviewDecision.STOP: PlanStatus.STOPPED,
}


def holds_the_course(decision: str) -> bool:
    """Whether no session of the plan follows before somebody goes on with it."""
    return decision in _HELD_AS


def plan_statuses_after_session(decision: str, *, is_last: bool) -> list[PlanStatus]:
    """The ways a plan moves when a session is signed, in order: under way, then as decided, done at the last one."""
    if is_last:
        return [PlanStatus.ACTIVE, PlanStatus.DONE]
    held = _HELD_AS.get(ReviewDecision(decision)) if decision in _HELD_AS else None
    return [PlanStatus.ACTIVE] if held is None else [PlanStatus.ACTIVE, held]
