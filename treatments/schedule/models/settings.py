"""A clinic's rules of booking: how long visits take, when they are reminded of, what feeds show."""

from collections.abc import Mapping
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.fields import area_field
from treatments.schedule.rules.appointments import NOTICE_HOURS
from treatments.schedule.rules.lengths import USUAL_LENGTHS, Lengths


def default_area_limits_cm2() -> list[Decimal]:
    return [limit for limit, _ in USUAL_LENGTHS.steps]


def default_area_minutes() -> list[int]:
    return [minutes for _, minutes in USUAL_LENGTHS.steps]


def default_techniques() -> list[str]:
    return list(USUAL_LENGTHS.technique)


def default_technique_minutes() -> list[int]:
    return list(USUAL_LENGTHS.technique.values())


def default_technique_equipment() -> list[str]:
    return [""] * len(USUAL_LENGTHS.technique)


def default_reminder_hours() -> list[int]:
    return [48]


class BookingSettings(models.Model):
    """One clinic's rules of booking. A clinic without a row books by the usual ones."""

    clinic = models.OneToOneField(Clinic, models.PROTECT, related_name="booking")
    notice_hours = models.PositiveSmallIntegerField(
        default=NOTICE_HOURS, help_text="Cancelling later than this is late."
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        default=0, help_text="Kept free between two visits, to clean and to write."
    )
    area_up_to_cm2 = ArrayField(area_field(), default=default_area_limits_cm2)
    area_minutes = ArrayField(
        models.PositiveSmallIntegerField(),
        default=default_area_minutes,
        help_text="Minutes of a session up to the area beside it.",
    )
    per_100_cm2 = models.PositiveSmallIntegerField(default=USUAL_LENGTHS.per_100_cm2)
    first_minutes = models.PositiveSmallIntegerField(default=USUAL_LENGTHS.first)
    technique_names = ArrayField(models.CharField(max_length=40), default=default_techniques, blank=True)
    technique_minutes = ArrayField(
        models.PositiveSmallIntegerField(), default=default_technique_minutes, blank=True
    )
    technique_equipment = ArrayField(
        models.CharField(max_length=40, blank=True),
        default=default_technique_equipment,
        blank=True,
        help_text="What its room must have; empty: any room.",
    )
    intake_minutes = models.PositiveSmallIntegerField(default=45)
    review_minutes = models.PositiveSmallIntegerField(default=30)
    quote_minutes = models.PositiveSmallIntegerField(default=30)
    hours_before = ArrayField(
        models.PositiveSmallIntegerField(),
        default=default_reminder_hours,
        size=4,
        help_text="When a visit is reminded of, in hours before it.",
    )
    names_in_feeds = models.BooleanField(
        default=False,
        help_text="Patient names in clinicians' calendar feeds, which other companies may then read.",
    )

    intake_by_link = models.BooleanField(
        default=False, help_text="Send the questions of the intake by link, 48 hours before a first visit."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(notice_hours__lte=336, buffer_minutes__lte=120),
                name="booking_notice_and_buffer_are_in_reason",
            ),
            models.CheckConstraint(
                condition=Q(area_up_to_cm2__len=F("area_minutes__len")) & Q(area_up_to_cm2__len__gte=1),
                name="every_area_has_its_minutes",
            ),
            models.CheckConstraint(
                condition=Q(
                    technique_names__len=F("technique_minutes__len"),
                    technique_equipment__len=F("technique_minutes__len"),
                ),
                name="every_technique_has_its_minutes",
            ),
            models.CheckConstraint(
                condition=Q(intake_minutes__gte=5, review_minutes__gte=5, quote_minutes__gte=5),
                name="a_visit_takes_five_minutes_at_least",
            ),
            models.CheckConstraint(
                condition=Q(hours_before__len__gte=1, hours_before__len__lte=4),
                name="one_to_four_reminders_a_visit",
            ),
        ]

    def __str__(self) -> str:
        return f"booking settings {self.pk}"

    def session_length_rule(self) -> Lengths:
        return Lengths(
            steps=list(zip(self.area_up_to_cm2, self.area_minutes, strict=True)),
            per_100_cm2=self.per_100_cm2,
            technique=dict(zip(self.technique_names, self.technique_minutes, strict=True)),
            first=self.first_minutes,
        )

    @property
    def equipment_by_technique(self) -> Mapping[str, str]:
        """Technique to what its room must have; only those that need something."""
        pairs = zip(self.technique_names, self.technique_equipment, strict=True)
        return {name: needs for name, needs in pairs if needs}

    def minutes_of_visit_kind(self, kind: str) -> int:
        """Of a visit that is no session."""
        return {
            "intake": self.intake_minutes,
            "review": self.review_minutes,
            "quote": self.quote_minutes,
        }.get(kind, 30)


def booking_settings_or_usual(clinic: Clinic) -> BookingSettings:
    """The clinic's own, or the usual ones. No query where ``booking`` was read with the clinic."""
    try:
        return clinic.booking
    except BookingSettings.DoesNotExist:
        return BookingSettings(clinic=clinic)
