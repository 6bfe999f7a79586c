"""What is measured, at which place of a scalp, and each figure with the way it was measured."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.models import ReferenceRow
from patients.models import Patient
from treatments.conditions.models.assessments import Assessment, SeverityScale, Zone
from treatments.conditions.models.photographs import Photograph


class KeptAs(models.TextChoices):
    """Where the figures of a kind are kept."""

    MEASURED = "measured", "measured here"
    PATIENT = "patient", "told by the patient, 0 to 10"
    GRADED = "graded", "graded at the assessment"
    ELSEWHERE = "elsewhere", "charted or scored elsewhere"
    NEVER = "never", "no clinic can measure it"


class MeasurementKind(ReferenceRow):
    """One thing that can be followed: on which scale, how it is measured, and which change can be told from error."""

    scale = models.OneToOneField(SeverityScale, models.PROTECT, related_name="measurement_kind")
    short_name = models.CharField(max_length=40)
    kept_as = models.CharField(max_length=10, choices=KeptAs, default=KeptAs.MEASURED)
    benefit = models.CharField(max_length=80, blank=True, help_text="The benefit that it follows.")
    method = models.CharField(max_length=120, blank=True)
    device = models.CharField(max_length=120, blank=True)
    site_rule = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=120, blank=True)
    smallest_change = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    smallest_change_percent = models.DecimalField(
        max_digits=5, decimal_places=1, null=True, blank=True, help_text="Of the first figure."
    )
    smallest_change_text = models.CharField(max_length=200, blank=True)
    smallest_change_basis = models.CharField(max_length=200, blank=True)
    not_comparable_when = models.CharField(max_length=200, blank=True)
    condition_codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    for_all_conditions = models.BooleanField(default=False)
    when = models.CharField(max_length=80, blank=True)
    note = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta(ReferenceRow.Meta):
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.short_name

    def is_for_condition(self, code: str) -> bool:
        """Whether it is followed in this condition."""
        return self.for_all_conditions or code in self.condition_codes


class MeasurementSite(models.Model):
    """One point of a patient's scalp that is found again: its place on the map and its distances from two landmarks."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="measurement_sites")
    label = models.CharField(max_length=20, help_text="A, B, C…")
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="+")
    map_x = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Percent of the map’s width.")
    map_y = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Percent of the map’s height.")
    from_nasion_cm = models.DecimalField(
        max_digits=4, decimal_places=1, help_text="Along the midline, from the nasion."
    )
    from_midline_cm = models.DecimalField(
        max_digits=4, decimal_places=1, help_text="From the midline; below 0 to the patient's left."
    )
    mark = models.CharField(max_length=80, blank=True, help_text="A tattooed dot, a mole beside it…")
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["patient", "label"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "label"], name="site_label_once_for_a_patient"),
            models.CheckConstraint(
                condition=Q(map_x=None, map_y=None) | Q(map_x__lte=100, map_y__lte=100),
                name="site_is_on_the_map",
            ),
            models.CheckConstraint(
                condition=Q(from_nasion_cm__gte=0, from_nasion_cm__lte=60)
                & Q(from_midline_cm__gte=-30, from_midline_cm__lte=30),
                name="site_is_on_a_scalp",
            ),
        ]
        triggers = core_triggers.append_only_triggers("The site of a measurement")

    def __str__(self) -> str:
        return f"measurement site {self.pk}"


class Measurement(models.Model):
    """A figure measured on a patient, at the assessment, at a session or between, with the way it was measured."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="measurements", db_index=False)
    scale = models.ForeignKey(SeverityScale, models.PROTECT, related_name="+", db_index=False)
    zone = models.ForeignKey(Zone, models.PROTECT, null=True, blank=True, related_name="+")
    site = models.ForeignKey(
        MeasurementSite, models.PROTECT, null=True, blank=True, related_name="measurements"
    )
    value = models.DecimalField(max_digits=8, decimal_places=2)
    method = models.CharField(max_length=80, blank=True)
    device = models.CharField(max_length=80, blank=True, help_text="With software and version.")
    field_cm2 = models.DecimalField(
        max_digits=6, decimal_places=3, null=True, blank=True, help_text="The area that was counted."
    )
    preparation = models.CharField(max_length=120, blank=True, help_text="Washed when, dyed, clipped…")
    counter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who counted, where it was not who wrote it down.",
    )
    photograph = models.ForeignKey(
        Photograph,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="measurements",
        help_text="The picture that it was counted on.",
    )
    assessment = models.ForeignKey(
        Assessment, models.PROTECT, null=True, blank=True, related_name="measurements"
    )
    measured_at = models.DateTimeField(db_default=Now())
    measured_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["patient", "scale", "measured_at"]
        indexes = [
            models.Index(fields=["patient", "-measured_at", "-id"], name="measurements_of_patient"),
            models.Index(fields=["scale", "patient"], name="measurements_of_scale"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(field_cm2=None) | Q(field_cm2__gt=0), name="counted_field_has_an_area"
            )
        ]
        triggers = [
            *core_triggers.append_only_triggers("A measurement"),
            core_triggers.Trigger(
                name="at_a_site_of_the_patient",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NEW.site_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM conditions_measurementsite s
                         WHERE s.id = NEW.site_id AND s.patient_id = NEW.patient_id)
                    THEN {core_triggers.raise_exception_sql("A measurement is made at a site of the same patient.")} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"measurement {self.pk}"
