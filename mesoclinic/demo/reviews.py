"""What the made-up patients say of their hair at each session, and the reviews of their courses."""

from datetime import timedelta
from decimal import Decimal
from random import Random

from mesoclinic.accounts.models import User
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import review_waited_for_or_none
from treatments.response.actions.review import decide_review
from treatments.response.rules.review import Decision
from treatments.schedule.models import Appointment
from treatments.sessions.rules.charting import MeasurementEntry

#: The item, its first answer, and how much it moves from session to session.
_ITEMS = (("PRO_SHED", 7, -1), ("PRO_DENSITY", 3, 1), ("PRO_SHINE", 4, 1), ("PRO_CONFIDENCE", 4, 0))


def told_items(number: int, rng: Random) -> list[MeasurementEntry]:
    """What the patient says at session ``number``: slowly better, not every time."""
    return [
        MeasurementEntry(code, Decimal(min(max(first + step * (number // 2) + rng.choice([0, 0, 1]), 0), 10)))
        for code, first, step in _ITEMS
    ]


def answer_review_if_waited_for(plan: TreatmentPlan, appointment: Appointment, by: User) -> None:
    """The review before this session, answered in the half hour before it."""
    plan.refresh_from_db()
    waited = review_waited_for_or_none(
        appointment.session_number or 1,
        sessions_planned=plan.sessions_planned,
        review_at=plan.clinic.review_at_session,
        reviewed_to=plan.reviewed_to,
    )
    if waited is not None:
        decide_review(
            plan=plan,
            decision=Decision.CONTINUE,
            text="Density up, shedding less. Decided together.",
            by=by,
            now=appointment.starts_at - timedelta(minutes=30),
        )
