"""A plan's course session says the same as the session it stands for: the guard on both tables."""

from pathlib import Path

import pgtrigger

from mesoclinic.core.triggers import Trigger
from treatments.plans.models import CourseSession

_AGREES = (Path(__file__).parent / "sql" / "course_session_agrees.sql").read_text()


def course_session_agreement_trigger(*columns: str) -> Trigger:
    """Refuses a commit after which a session and its course session differ. ``columns``: those that are compared."""
    return Trigger(
        name="stands_in_its_course",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(*columns) | pgtrigger.Delete,
        timing=pgtrigger.Deferred,
        declare=[("place", "record")],
        func=_AGREES,
    )


class CourseOfSession(CourseSession):
    """The course session as sessions see it. Plans stand below and know no session, so the guard is kept here."""

    class Meta:
        proxy = True
        triggers = [course_session_agreement_trigger("plan_id", "number", "performed_on", "signed_at")]
