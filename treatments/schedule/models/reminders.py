"""Which visit was reminded of at which time: one row each, and its message."""

from django.db import models

from mesoclinic.outbox.models import Message
from treatments.schedule.models.appointments import Appointment


class Reminder(models.Model):
    """One reminder of one visit at its time: the row is what makes it one (docs/adr/0018)."""

    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="reminders", db_index=False)
    starts_at = models.DateTimeField(
        help_text="Of the visit, as it stood: one that is moved is reminded of anew."
    )
    hours_before = models.PositiveSmallIntegerField()
    message = models.OneToOneField(Message, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "starts_at", "hours_before"],
                name="one_reminder_for_a_visit_and_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"reminder {self.pk}"
