"""Who waits for what, which time was offered to whom, and how long an offer stands."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from patients.models import Patient, open_record_trigger
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment, Room
from treatments.waiting.rules import (
    OFFER_MOVES,
    WAITING_LIST_MOVES,
    OfferStatus,
    Preferences,
    WaitingListStatus,
)


def _status_choices(states) -> list[tuple[str, str]]:
    return [(s.value, s.value.replace("_", " ")) for s in states]


class WaitingSettings(models.Model):
    """How long one clinic's offers stand. A clinic without a row goes by the usual day."""

    clinic = models.OneToOneField(Clinic, models.PROTECT, related_name="waiting_settings")
    offer_hours = models.PositiveSmallIntegerField(
        default=24, help_text="How long an offer from the waiting list stands."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(offer_hours__gte=1, offer_hours__lte=336),
                name="offer_stands_an_hour_to_two_weeks",
            ),
        ]

    def __str__(self) -> str:
        return f"waiting settings {self.pk}"


def waiting_settings_or_defaults(clinic: Clinic) -> WaitingSettings:
    """The clinic's own, or the usual ones."""
    try:
        return clinic.waiting_settings
    except WaitingSettings.DoesNotExist:
        return WaitingSettings(clinic=clinic)


class WaitingListQuerySet(models.QuerySet["WaitingListEntry"]):
    def waiting(self) -> "WaitingListQuerySet":
        return self.filter(status=WaitingListStatus.WAITING.value)


class WaitingListEntry(models.Model):
    """A patient on the waiting list: for what, and when it would suit them."""

    Status = WaitingListStatus

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="waiting_list_entries")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="waiting_list_entries")
    kind = models.CharField(max_length=10, choices=Appointment.Kind)
    plan = models.ForeignKey(
        TreatmentPlan, models.PROTECT, null=True, blank=True, related_name="waiting_list_entries"
    )
    minutes = models.PositiveSmallIntegerField()
    clinician = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: anybody.",
    )
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="+")
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), default=list, blank=True, help_text="0 is Monday; empty: any day."
    )
    not_before = models.TimeField(null=True, blank=True)
    not_after = models.TimeField(null=True, blank=True, help_text="The visit is over by then.")
    from_day = models.DateField()
    until_day = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, help_text="For the desk; nothing clinical.")
    status = models.CharField(
        max_length=10, choices=_status_choices(WaitingListStatus), default=WaitingListStatus.WAITING.value
    )
    added_at = models.DateTimeField(db_default=Now())
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty where the last day passed.",
    )
    closed_reason = models.CharField(max_length=200, blank=True)

    objects = WaitingListQuerySet.as_manager()

    class Meta:
        ordering = ["added_at", "pk"]
        indexes = [
            models.Index(
                fields=["clinic", "added_at", "id"], condition=Q(status="waiting"), name="entries_by_turn"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="session", plan__isnull=False) | ~Q(kind="session") & Q(plan=None),
                name="session_waits_for_its_plan",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=480), name="entry_is_for_five_minutes_to_eight_hours"
            ),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=list(range(7))), name="entry_names_weekdays"
            ),
            models.CheckConstraint(
                condition=Q(until_day=None) | Q(until_day__gte=F("from_day")),
                name="entry_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(not_before=None) | Q(not_after=None) | Q(not_after__gt=F("not_before")),
                name="entry_has_hours_that_run_forward",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", closed_at=None)
                | ~Q(status="waiting") & Q(closed_at__isnull=False),
                name="entry_is_closed_with_its_time",
            ),
            # Of one course one session is waited for: the next that is open.
            models.UniqueConstraint(
                fields=["patient", "kind", "plan"],
                condition=Q(status="waiting"),
                nulls_distinct=False,
                name="patient_waits_once_for_one_thing",
            ),
        ]
        triggers = [
            core_triggers.status_move_trigger("A place on the waiting list", WAITING_LIST_MOVES),
            open_record_trigger("A place on the waiting list"),
        ]

    def __str__(self) -> str:
        return f"waiting list entry {self.pk}"

    def as_preferences(self) -> Preferences:
        return Preferences(
            clinician=self.clinician_id,
            room=self.room_id,
            weekdays=frozenset(self.weekdays),
            not_before=self.not_before,
            not_after=self.not_after,
            from_day=self.from_day,
            until_day=self.until_day,
        )


class Offer(models.Model):
    """A time offered to somebody who waits. It holds nothing: only accepting it books."""

    Status = OfferStatus

    entry = models.ForeignKey(WaitingListEntry, models.PROTECT, related_name="offers")
    clinician = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    room = models.ForeignKey(Room, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    why = models.CharField(max_length=200, help_text="Why this patient, as the page said it.")
    status = models.CharField(
        max_length=10, choices=_status_choices(OfferStatus), default=OfferStatus.MADE.value
    )
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty where it expired.",
    )
    answer = models.CharField(max_length=200, blank=True)
    appointment = models.OneToOneField(
        Appointment, models.PROTECT, null=True, blank=True, related_name="offer"
    )

    class Meta:
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["expires_at"], condition=Q(status="made"), name="offers_by_expiry")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="offer_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("starts_at")), name="offer_expires_before_its_time"
            ),
            models.CheckConstraint(
                condition=Q(status="accepted", appointment__isnull=False)
                | ~Q(status="accepted") & Q(appointment=None),
                name="accepted_offer_has_its_appointment",
            ),
            models.CheckConstraint(
                condition=Q(status="made", answered_at=None)
                | ~Q(status="made") & Q(answered_at__isnull=False),
                name="answered_offer_says_when",
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(status="made"), name="one_open_offer_for_an_entry"
            ),
        ]
        triggers = [
            core_triggers.status_move_trigger("An offer", OFFER_MOVES),
            core_triggers.Trigger(
                name="says_what_it_said",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf(
                    "entry_id", "clinician_id", "room_id", "starts_at", "ends_at", "why"
                ),
                func=core_triggers.raise_exception_sql(
                    "An offer says what it said: make another for another time."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"offer {self.pk}"
