"""Times that came free: a visit cancelled or moved, hours added."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from treatments.schedule.models.appointments import Appointment
from treatments.schedule.models.hours import Room


class FreedTime(models.Model):
    """A time that has come free. It may be taken again: who looks asks the calendar.

    What an appointment leaves is noted by a trigger on it, whoever moves or cancels it; hours that are
    added are noted by the action, which knows the clinic's clock.
    """

    class Because(models.TextChoices):
        CANCELLED = "cancelled", "cancelled"
        LATE = "late_cancelled", "cancelled late"
        MISSED = "no_show", "did not come"
        MOVED = "moved", "moved"
        HOURS = "hours", "hours added"
        BACK = "back", "absence taken back"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    clinician = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    room = models.ForeignKey(Room, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    because = models.CharField(max_length=16, choices=Because)
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    dismissed_at = models.DateTimeField(
        null=True, blank=True, help_text="Somebody saw to it, or nobody wants it."
    )

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(
                fields=["clinic", "starts_at", "id"],
                condition=Q(dismissed_at=None),
                name="freed_times_by_start",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="freed_time_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return f"freed {self.pk}"
