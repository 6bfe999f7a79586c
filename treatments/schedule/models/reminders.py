"""TODO-DOC usual_hours, ContactSettings, contact_of, Reminder"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from treatments.schedule.models.appointments import Appointment
from treatments.schedule.rules.reminders import NEEDS_SOMEBODY, REMINDER_MOVES, ReminderStatus


def usual_hours() -> list[int]:
    return [48]


class ContactSettings(models.Model):
    """One clinic's reminders, offers and feeds. A clinic without a row sends none."""

    clinic = models.OneToOneField(Clinic, models.PROTECT, related_name="contact")
    by_email = models.BooleanField(default=False)
    by_sms = models.BooleanField(default=False)
    hours_before = ArrayField(models.PositiveSmallIntegerField(), default=usual_hours, size=4)
    phone = models.CharField(max_length=40, blank=True, help_text="What a patient may call.")
    offer_hours = models.PositiveSmallIntegerField(
        default=24, help_text="How long an offer from the waiting list stands."
    )
    names_in_feeds = models.BooleanField(
        default=False,
        help_text="Patient names in clinicians' calendar feeds, which other companies may then read.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(hours_before__len__gte=1, hours_before__len__lte=4),
                name="one_to_four_reminders_a_visit",
            ),
            models.CheckConstraint(
                condition=Q(offer_hours__gte=1, offer_hours__lte=336),
                name="offer_stands_an_hour_to_two_weeks",
            ),
        ]

    def __str__(self) -> str:
        return f"contact settings {self.pk}"


def contact_of(clinic: Clinic) -> ContactSettings:
    """The clinic's own, or none sent. No query where ``contact`` was read with the clinic."""
    try:
        return clinic.contact
    except ContactSettings.DoesNotExist:
        return ContactSettings(clinic=clinic)


class Reminder(models.Model):
    """One reminder of one visit at its time: the row is what makes it one (docs/adr/0018)."""

    Status = ReminderStatus

    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="reminders")
    starts_at = models.DateTimeField(
        help_text="Of the visit, as it stood: one that is moved is reminded of anew."
    )
    hours_before = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=5, blank=True)
    status = models.CharField(
        max_length=12,
        choices=[(s.value, s.value.replace("_", " ")) for s in ReminderStatus],
        default=ReminderStatus.DUE.value,
    )
    reason = models.CharField(max_length=100, blank=True, help_text="Why it was skipped, or what went wrong.")
    attempts = models.PositiveSmallIntegerField(default=0)
    #: Whoever holds this may hand it over; a worker that was thought dead finds another here.
    claim = models.UUIDField(null=True, blank=True)
    #: The message's own id: the same at every attempt, so that a mail server may tell a repeat.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    made_at = models.DateTimeField(db_default=Now())
    status_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["status", "status_at"],
                condition=Q(status__in=["due", "claimed", "handed_over"]),
                name="reminders_under_way",
            ),
            models.Index(
                fields=["-id"],
                condition=Q(status__in=[s.value for s in NEEDS_SOMEBODY]),
                name="reminders_that_need_somebody",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "starts_at", "hours_before"],
                name="one_reminder_for_a_visit_and_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in ReminderStatus]), name="reminder_status_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["claimed", "handed_over"]) | Q(claim__isnull=False, attempts__gt=0),
                name="reminder_under_way_is_claimed",
            ),
        ]
        triggers = [core_triggers.along("A reminder", REMINDER_MOVES)]

    def __str__(self) -> str:
        return f"reminder {self.pk}"
