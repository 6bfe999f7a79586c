"""The rooms and clinicians of a clinic, and the time off that is still ahead."""

from datetime import datetime

from django.db.models import QuerySet

from mesoclinic.accounts.models import Clinic, User
from treatments.schedule.models import Room, TimeOff


def rooms_of_clinic(clinic: Clinic) -> QuerySet[Room]:
    return Room.objects.filter(clinic=clinic).order_by("-active", "name")


def handwritten_time_off_ahead(clinic: Clinic, now: datetime) -> QuerySet[TimeOff]:
    """Absences somebody wrote that are not over yet, the next first; a calendar's own are hundreds."""
    return (
        TimeOff.objects.filter(clinic=clinic, ends_at__gt=now, imported_uid="")
        .select_related("clinician", "room")
        .order_by("starts_at", "pk")
    )


def clinicians_at(clinic: Clinic) -> QuerySet[User]:
    """Who may be given hours here."""
    found: QuerySet[User] = User.objects.clinicians(clinic)
    return found
