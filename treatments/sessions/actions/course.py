"""Tell the plan how far its course is: each change of a session is written to its course session as well."""

from datetime import datetime

from django.db.models import QuerySet

from treatments.plans.models import CourseSession
from treatments.sessions.models import TreatmentSession


def create_course_session(session: TreatmentSession) -> None:
    """The session was started: its number of the course has a day."""
    CourseSession.objects.create(
        plan_id=session.plan_id,
        number=session.number,
        performed_on=session.performed_on,
        cocktail_version_id=session.cocktail_version_id,
    )


def mark_course_session_signed(session: TreatmentSession, at: datetime) -> None:
    """The session was signed."""
    _own_course_session_queryset(session).update(signed_at=at)


def delete_course_session(session: TreatmentSession) -> None:
    """The session is void or was discarded: the course is one session shorter, the number is free."""
    _own_course_session_queryset(session).delete()


def _own_course_session_queryset(session: TreatmentSession) -> QuerySet[CourseSession]:
    return CourseSession.objects.filter(plan_id=session.plan_id, number=session.number)
