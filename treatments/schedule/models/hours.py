"""Rooms, working hours, breaks, holidays and time off."""

from collections.abc import Collection

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from mesoclinic.accounts.models import Clinic
from treatments.schedule.rules.appointments import ACTIVE

IS_ACTIVE = Q(status__in=sorted(status.value for status in ACTIVE))

_DURING = Func(
    F("starts_at"), F("ends_at"), RangeBoundary(), function="tstzrange", output_field=DateTimeRangeField()
)


def no_overlap_constraint(what: str, field: str, message: str) -> ExclusionConstraint:
    """Nobody and nothing is in two places: law 2, said by the database."""
    return ExclusionConstraint(
        name=f"{what}_is_in_one_place",
        expressions=[(_DURING, RangeOperators.OVERLAPS), (field, RangeOperators.EQUAL)],
        condition=IS_ACTIVE,
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

    def has_equipment(self, equipment: Collection[str]) -> bool:
        """Whether all of it stands here; ``equipment`` is lower case."""
        return set(equipment) <= {one.strip().lower() for one in self.equipment}


class WorkingHours(models.Model):
    """A weekday's working hours of a clinician in a room, in the clinic's local time."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="working_hours")
    clinician = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="working_hours")
    room = models.ForeignKey(Room, models.PROTECT, related_name="working_hours")
    weekday = models.PositiveSmallIntegerField(help_text="0 is Monday.")
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["clinic", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="working_hours_have_a_weekday"),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")), name="working_hours_close_after_they_open"
            ),
            models.UniqueConstraint(
                fields=["clinician", "weekday", "opens"], name="working_hours_stand_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}–{self.closes}"


class TimeOff(models.Model):
    """When a clinician is away, or a room is closed."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+", db_index=False)
    clinician = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=100, blank=True)
    imported_uid = models.CharField(
        max_length=255, blank=True, help_text="The event of another calendar that this is a time of."
    )

    class Meta:
        indexes = [
            models.Index(fields=["clinic", "ends_at"], name="time_off_by_end"),
            models.Index(fields=["clinician", "ends_at"], name="time_off_of_clinician"),
        ]
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


class Break(models.Model):
    """A weekday's pause in a clinician's hours, in the clinic's local time: nothing is offered in it."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    clinician = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    weekday = models.PositiveSmallIntegerField(help_text="0 is Monday.")
    starts = models.TimeField()
    ends = models.TimeField()
    name = models.CharField(max_length=40, default="Break")

    class Meta:
        ordering = ["clinic", "clinician", "weekday", "starts"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="break_has_a_weekday"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="break_ends_after_it_starts"),
            models.UniqueConstraint(
                fields=["clinic", "clinician", "weekday", "starts"], name="break_stands_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts}–{self.ends}"


class Holiday(models.Model):
    """A day on which the whole clinic is closed, by its own calendar."""

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="holidays")
    day = models.DateField()
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["clinic", "day"]
        constraints = [models.UniqueConstraint(fields=["clinic", "day"], name="holiday_stands_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
