"""The rooms and clinicians of a clinic, and the time off that is still ahead."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import QuerySet

from mesoclinic.accounts.models import Clinic, User
from treatments.schedule.models import Holiday, Room, TimeOff, WorkingHours


def rooms_of_clinic(clinic: Clinic) -> QuerySet[Room]:
    return Room.objects.filter(clinic=clinic).order_by("-active", "name")


def handwritten_time_off_ahead(clinic: Clinic, now: datetime) -> QuerySet[TimeOff]:
    """Absences somebody wrote that are not over yet, the next first; a calendar's own are hundreds."""
    return (
        TimeOff.objects.filter(clinic=clinic, ends_at__gt=now, imported_uid="")
        .select_related("clinician", "room")
        .order_by("starts_at", "pk")
    )


def closed_days_among(clinic: Clinic, days: Collection[date]) -> set[date]:
    """Holidays, and weekdays on which nobody works; none of these where the clinic has no hours yet. Two queries."""
    holidays = set(Holiday.objects.filter(clinic=clinic, day__in=days).values_list("day", flat=True))
    worked = set(WorkingHours.objects.filter(clinic=clinic).values_list("weekday", flat=True))
    return holidays | {day for day in days if worked and day.weekday() not in worked}


def clinicians_at(clinic: Clinic) -> QuerySet[User]:
    """Who may be given hours here."""
    found: QuerySet[User] = User.objects.clinicians(clinic)
    return found
