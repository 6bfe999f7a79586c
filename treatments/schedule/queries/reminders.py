"""TODO-DOC REMINDERS_A_PAGE, _of, that_need_somebody, page_of_reminders"""

from django.db.models import QuerySet

from mesoclinic.accounts.models import Clinic
from treatments.schedule.models import Appointment, Reminder
from treatments.schedule.rules.reminders import NEEDS_SOMEBODY

REMINDERS_A_PAGE = 50


def _of(clinic: Clinic) -> QuerySet[Reminder]:
    return (
        Reminder.objects.filter(appointment__clinic=clinic)
        .select_related("appointment__patient", "appointment__clinician")
        .order_by("-pk")
    )


def that_need_somebody(clinic: Clinic) -> QuerySet[Reminder]:
    """Those that did not go out, or may not have, the newest first."""
    return _of(clinic).filter(status__in=[s.value for s in NEEDS_SOMEBODY])


def page_of_reminders(clinic: Clinic, before: int | None) -> list[Reminder]:
    """A page and one more, the newest first, from before the id ``before``."""
    rows = _of(clinic)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows[: REMINDERS_A_PAGE + 1])


def reminders_of(appointment: Appointment) -> QuerySet[Reminder]:
    return Reminder.objects.filter(appointment=appointment).order_by("pk")
