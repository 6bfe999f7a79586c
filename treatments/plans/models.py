"""Protocols, treatment plans, and how far the course of a plan is."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.accounts.models import Clinic
from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import area_field
from mesoclinic.core.models import ReferenceRow
from patients.models import Patient, open_record_trigger
from treatments.cocktails.models import CocktailVersion
from treatments.conditions.models import Assessment, Condition
from treatments.plans.rules import OPEN_PLANS, PlanStatus, ProtocolFact


class ProtocolQuerySet(models.QuerySet["Protocol"]):
    def not_retired_schedules(self) -> "ProtocolQuerySet":
        """Those a course can follow: no technique rows, none retired."""
        return self.filter(is_technique=False, retired_at=None)


class Protocol(ReferenceRow):
    """A published or local schedule: how many sessions, how far apart, by which technique."""

    code = models.CharField(max_length=40, unique=True)
    condition = models.ForeignKey(
        Condition, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: any."
    )
    name = models.CharField(max_length=120)
    is_technique = models.BooleanField(default=False, help_text="A technique row, not a schedule.")
    sessions_text = models.CharField(max_length=120, blank=True)
    sessions_min = models.PositiveSmallIntegerField(null=True, blank=True)
    sessions_max = models.PositiveSmallIntegerField(null=True, blank=True)
    sessions_default = models.PositiveSmallIntegerField(null=True, blank=True)
    interval_text = models.CharField(max_length=120, blank=True)
    intervals = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        help_text="Days between sessions, in order.",
    )
    technique = models.CharField(max_length=200, blank=True)
    technique_code = models.CharField(max_length=20, blank=True)
    needle = models.CharField(max_length=60, blank=True)
    depth_text = models.CharField(max_length=60, blank=True)
    depth_min_mm = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    depth_max_mm = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    ml_per_point_min = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    ml_per_point_max = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)
    spacing_cm = models.DecimalField(max_digits=4, decimal_places=2, null=True, blank=True)
    total_ml_min = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    total_ml_max = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    maintenance_days = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.TextField(blank=True)
    total_volume_text = models.CharField(max_length=80, blank=True)
    minutes_min = models.PositiveSmallIntegerField(null=True, blank=True)
    minutes_max = models.PositiveSmallIntegerField(null=True, blank=True)
    maintenance = models.CharField(max_length=120, blank=True)
    ingredients_text = models.CharField(max_length=200, blank=True)
    unverified_fields = models.CharField(max_length=300, blank=True)

    objects = ProtocolQuerySet.as_manager()

    class Meta(ReferenceRow.Meta):
        ordering = ["is_technique", "name"]

    def __str__(self) -> str:
        return self.name

    def as_fact(self) -> ProtocolFact:
        low, high = self.sessions_min, self.sessions_max
        return ProtocolFact(
            name=self.name,
            sessions=None if low is None or high is None else (low, high),
            intervals=self.intervals,
            source=", ".join(self.source_keys),
        )


class PlanQuerySet(models.QuerySet["TreatmentPlan"]):
    def not_ended(self) -> "PlanQuerySet":
        return self.filter(status__in=OPEN_PLANS)


class TreatmentPlan(models.Model):
    """A course for one patient: this cocktail, this protocol, so many sessions, so far apart."""

    Status = PlanStatus

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="plans", db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="plans")
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="+")
    cocktail_version = models.ForeignKey(CocktailVersion, models.PROTECT, related_name="plans")
    protocol = models.ForeignKey(Protocol, models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    sessions_planned = models.PositiveSmallIntegerField()
    intervals = ArrayField(
        models.PositiveSmallIntegerField(), default=list, help_text="Days between sessions."
    )
    technique = models.CharField(max_length=200, blank=True)
    area_cm2 = area_field(help_text="Copied from the assessment when the plan was made.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why fewer than five sessions.")
    reviewed_to = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="The session of the last review. Written by the review; sessions after a review point wait for it.",
    )
    status = models.CharField(
        max_length=12, choices=[(s.value, s.value.replace("_", " ")) for s in PlanStatus]
    )
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "-created_at", "-pk"]
        indexes = [
            models.Index(fields=["clinic", "status"], name="plans_by_status"),
            # Agreed and not begun: what the desk books next.
            models.Index(fields=["clinic", "id"], condition=Q(status="accepted"), name="plans_agreed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(sessions_planned__gte=1, sessions_planned__lte=30), name="plan_has_sessions"
            ),
            models.CheckConstraint(condition=Q(area_cm2__gt=0), name="plan_has_an_area"),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in PlanStatus]), name="plan_status_is_known"
            ),
        ]
        triggers = [
            open_record_trigger("A plan"),
            core_triggers.Trigger(
                name="signed_cocktail_only",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("cocktail_version_id"),
                func=(
                    "IF NOT EXISTS (SELECT 1 FROM cocktails_cocktailversion v"
                    " WHERE v.id = NEW.cocktail_version_id AND v.status = 'signed') THEN"
                    f" {core_triggers.raise_exception_sql('A plan is made with a signed cocktail.')} END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CourseSession(models.Model):
    """How far a course is: session ``number`` of the plan was given on a day, and signed or not.

    Written by the sessions in their own transaction. Plans, money and the calendar read it; they know no session.
    """

    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="course_sessions", db_index=False)
    number = models.PositiveSmallIntegerField()
    performed_on = models.DateField(help_text="The clinic's day.")
    signed_at = models.DateTimeField(null=True, blank=True, help_text="Empty while it is being charted.")
    cocktail_version = models.ForeignKey(
        CocktailVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="What was given, where the plan has changed its cocktail since. Empty: the plan's.",
    )

    class Meta:
        ordering = ["plan", "number"]
        indexes = [
            # What was given in some days, for the figures of the clinic.
            models.Index(
                fields=["performed_on", "plan"],
                condition=Q(signed_at__isnull=False),
                name="course_sessions_signed_by_day",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="course_session_number_once_in_a_plan")
        ]

    def __str__(self) -> str:
        return f"session {self.number} of plan {self.plan_id}"
