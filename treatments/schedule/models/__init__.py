"""When and where: rooms, openings, time off, and appointments that cannot overlap."""

from collections.abc import Collection

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers
from patients.models import Patient
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models.booking import BookingSettings, Break, Holiday
from treatments.schedule.rules import ACTIVE, MOVES, OVER, AppointmentStatus

_ACTIVE = Q(status__in=sorted(status.value for status in ACTIVE))
_DURING = Func(
    F("starts_at"), F("ends_at"), RangeBoundary(), function="tstzrange", output_field=DateTimeRangeField()
)


def _listed(statuses) -> str:
    return ", ".join(f"'{status.value}'" for status in sorted(statuses))


def _along_the_table() -> list[pgtrigger.Trigger]:
    """``rules.MOVES``, said by the database: raw SQL meets it too."""
    ways = " OR ".join(
        f"(OLD.status = '{state.value}' AND NEW.status IN ({_listed(ways)}))"
        for state, ways in MOVES.items()
        if ways
    )
    cancelled = _listed([AppointmentStatus.CANCELLED, AppointmentStatus.LATE_CANCELLED])
    return [
        pgtrigger.Trigger(
            name="moves_along_the_table",
            when=pgtrigger.Before,
            operation=pgtrigger.UpdateOf("status", "status_reason"),
            func=f"""
                IF NEW.status IS DISTINCT FROM OLD.status AND NOT ({ways})
                THEN {triggers.refuse("An appointment moves along docs/states.md: this move is not in it.")} END IF;
                IF NEW.status IN ({cancelled}) AND btrim(NEW.status_reason) = ''
                THEN {triggers.refuse("A cancelled appointment says why.")} END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Trigger(
            name="over_stays_where_it_was",
            when=pgtrigger.Before,
            operation=pgtrigger.UpdateOf("starts_at", "ends_at", "clinician_id", "room_id", "patient_id"),
            func=f"""
                IF OLD.status IN ({_listed(OVER)}) AND
                   (OLD.starts_at, OLD.ends_at, OLD.clinician_id, OLD.room_id, OLD.patient_id) IS DISTINCT FROM
                   (NEW.starts_at, NEW.ends_at, NEW.clinician_id, NEW.room_id, NEW.patient_id)
                THEN {triggers.refuse("A visit that is over stays where it was.")} END IF;
                RETURN NEW;
            """,
        ),
    ]


_LISTED = _listed(ACTIVE)

#: What an appointment leaves is there for those who wait, and calendars that show it hear of every change.
_HEARD_OF = [
    pgtrigger.Trigger(
        name="notes_what_it_frees",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("status", "starts_at", "ends_at", "clinician_id", "room_id"),
        func=f"""
            IF OLD.status IN ({_LISTED}) AND OLD.ends_at > now() AND NOT (
                NEW.status IN ({_LISTED})
                AND (NEW.clinician_id, NEW.room_id) = (OLD.clinician_id, OLD.room_id)
                AND NEW.starts_at <= OLD.starts_at AND NEW.ends_at >= OLD.ends_at
            ) THEN
                INSERT INTO schedule_freed
                    (clinic_id, clinician_id, room_id, starts_at, ends_at, because, appointment_id)
                VALUES (OLD.clinic_id, OLD.clinician_id, OLD.room_id, OLD.starts_at, OLD.ends_at,
                        CASE WHEN NEW.status IN ({_LISTED}) THEN 'moved' ELSE NEW.status END, OLD.id);
            END IF;
            RETURN NULL;
        """,
    ),
    pgtrigger.Trigger(
        name="counts_its_changes",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func="""
            IF (OLD.status, OLD.starts_at, OLD.ends_at, OLD.clinician_id, OLD.room_id, OLD.kind) IS DISTINCT FROM
               (NEW.status, NEW.starts_at, NEW.ends_at, NEW.clinician_id, NEW.room_id, NEW.kind)
            THEN
                NEW.revision := OLD.revision + 1;
                NEW.changed_at := now();
            END IF;
            RETURN NEW;
        """,
    ),
]


def _in_one_place(what: str, field: str, message: str) -> ExclusionConstraint:
    """Nobody and nothing is in two places: law 2, said by the database."""
    return ExclusionConstraint(
        name=f"{what}_is_in_one_place",
        expressions=[(_DURING, RangeOperators.OVERLAPS), (field, RangeOperators.EQUAL)],
        condition=_ACTIVE,
        violation_error_message=message,
    )


class Room(models.Model):
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=60)
    active = models.BooleanField(default=True)
    equipment = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="What stands in it that a technique may need.",
    )

    class Meta:
        ordering = ["clinic", "name"]
        constraints = [models.UniqueConstraint(fields=["clinic", "name"], name="room_name_once_in_a_clinic")]

    def __str__(self) -> str:
        return self.name

    def has(self, equipment: Collection[str]) -> bool:
        """Whether all of it stands here; ``equipment`` is lower case."""
        return set(equipment) <= {one.strip().lower() for one in self.equipment}


class Opening(models.Model):
    """A weekday's working hours of a clinician in a room, in the clinic's local time."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="openings")
    clinician = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="openings")
    room = models.ForeignKey(Room, models.PROTECT, related_name="openings")
    weekday = models.PositiveSmallIntegerField(help_text="0 is Monday.")
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["clinic", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="opening_has_a_weekday"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="opening_closes_after_it_opens"),
            models.UniqueConstraint(fields=["clinician", "weekday", "opens"], name="opening_stands_once"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}–{self.closes}"


class TimeOff(models.Model):
    """When a clinician is away, or a room is closed."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    clinician = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=100, blank=True)
    imported_uid = models.CharField(
        max_length=255, blank=True, help_text="The event of another calendar that this is a time of."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinician", "imported_uid", "starts_at"],
                condition=~Q(imported_uid=""),
                name="imported_time_stands_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="time_off_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"time off {self.pk}"


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def holding_time(self) -> "AppointmentQuerySet":
        """Those that keep clinician, room and patient busy: not cancelled, not missed."""
        return self.filter(_ACTIVE)

    def between(self, start, end) -> "AppointmentQuerySet":
        return self.filter(starts_at__lt=end, ends_at__gt=start)


class Appointment(models.Model):
    Status = AppointmentStatus

    class Kind(models.TextChoices):
        SESSION = "session", "Session"
        INTAKE = "intake", "Intake and assessment"
        REVIEW = "review", "Review"
        QUOTE = "quote", "Quote talk"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="appointments")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="appointments")
    clinician = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointments")
    room = models.ForeignKey(Room, models.PROTECT, related_name="appointments")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SESSION)
    status = models.CharField(
        max_length=16,
        choices=[(s.value, s.value.replace("_", " ")) for s in AppointmentStatus],
        default=AppointmentStatus.BOOKED.value,
    )
    plan = models.ForeignKey(
        TreatmentPlan, models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    session_number = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True, help_text="For the desk; nothing clinical.")
    acknowledged = models.JSONField(
        default=list, help_text="Findings gone past: code, level, reason, by, at."
    )
    minutes_by_rule = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="What the clinic's rule proposed when it was booked."
    )
    booked_at = models.DateTimeField(db_default=Now())
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    status_at = models.DateTimeField(db_default=Now())
    status_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    status_reason = models.CharField(max_length=200, blank=True)
    # What another calendar knows it by, how often it has changed, and when last: kept by the database.
    uid = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    revision = models.PositiveIntegerField(db_default=0, editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [
            models.Index(fields=["clinic", "starts_at"], name="appointments_by_day"),
            models.Index(fields=["patient", "starts_at"], name="appointments_by_patient"),
            models.Index(fields=["plan", "session_number"], name="appointments_by_plan"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in AppointmentStatus]),
                name="appointment_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(plan=None, session_number=None) | Q(plan__isnull=False),
                name="numbered_session_belongs_to_a_plan",
            ),
            _in_one_place("clinician", "clinician", "The clinician already has an appointment then."),
            _in_one_place("room", "room", "The room is already taken then."),
            _in_one_place("patient", "patient", "The patient already has an appointment then."),
        ]
        triggers = [*_along_the_table(), *_HEARD_OF]

    def __str__(self) -> str:
        return f"appointment {self.pk}"


# After what they stand on.
from treatments.schedule.models.feeds import CalendarFeed, StrangerCalls  # noqa: E402
from treatments.schedule.models.reminders import (  # noqa: E402
    ContactSettings,
    Reminder,
    contact_of,
)
from treatments.schedule.models.waiting import Freed, Offer, Wait  # noqa: E402

__all__ = [
    "Appointment",
    "AppointmentQuerySet",
    "BookingSettings",
    "Break",
    "CalendarFeed",
    "ContactSettings",
    "Freed",
    "Holiday",
    "Offer",
    "Opening",
    "Reminder",
    "Room",
    "StrangerCalls",
    "TimeOff",
    "Wait",
    "contact_of",
]
