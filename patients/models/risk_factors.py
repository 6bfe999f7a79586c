"""What stands on a patient's record from a day to a day."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from patients.models.intake import Factor
from patients.models.people import Patient


class RiskFactorQuerySet(models.QuerySet["RiskFactor"]):
    def standing_on(self, day) -> "RiskFactorQuerySet":
        """Those that stand on ``day``."""
        return self.filter(Q(started_on=None) | Q(started_on__lte=day)).filter(
            Q(ended_on=None) | Q(ended_on__gt=day)
        )


class RiskFactor(models.Model):
    """Something that stands about a patient from a day to a day: an allergy, a medicine, a pregnancy."""

    class Origin(models.TextChoices):
        INTAKE = "intake", "intake"
        CLINICIAN = "clinician", "recorded by a clinician"
        SESSION = "session", "said at a session"
        IMPORT = "import", "imported, to be confirmed"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="risk_factors")
    kind = models.CharField(max_length=20, choices=Factor.Kind)
    factor = models.ForeignKey(
        Factor,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="What the rules ask for, if any.",
    )
    label = models.CharField(max_length=200, help_text="As it was said or written.")
    said = models.CharField(
        max_length=200,
        blank=True,
        db_default="",
        help_text="The word or answer by which the factor was recognised.",
    )
    origin = models.CharField(max_length=10, choices=Origin)
    started_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    system = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=200, blank=True, help_text="The other system's id of it.")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = RiskFactorQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "label", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(started_on=None) | Q(ended_on=None) | Q(ended_on__gte=F("started_on")),
                name="risk_factor_ends_after_it_starts",
            ),
            models.CheckConstraint(condition=~Q(label=""), name="risk_factor_says_what"),
            models.UniqueConstraint(
                fields=["patient", "system", "value"],
                condition=~Q(value=""),
                name="risk_factor_imported_once",
            ),
        ]
        triggers = core_triggers.frozen_triggers("A risk factor", except_fields=("ended_on", "ended_by_id"))

    def __str__(self) -> str:
        return f"risk factor {self.pk}"

    def stands_on(self, day: date) -> bool:
        """Whether it stands on ``day``; RiskFactorQuerySet.standing_on asks the database the same."""
        return (self.started_on is None or self.started_on <= day) and (
            self.ended_on is None or self.ended_on > day
        )
