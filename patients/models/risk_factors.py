"""What stands on a patient's record from a day to a day."""

from datetime import date

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.findings import MIN_BLOCK_REASON
from patients.models.intake import Factor
from patients.models.people import Patient
from patients.rules.risk_factors import MAX_WORDS


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
    ended_words = models.CharField(
        max_length=MAX_WORDS,
        blank=True,
        db_default="",
        help_text="Who says that it is over, and how that is known.",
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
        triggers = [
            *core_triggers.frozen_triggers(
                "A risk factor", except_fields=("ended_on", "ended_by_id", "ended_words")
            ),
            core_triggers.Trigger(
                name="ends_once_in_writing",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF (OLD.ended_on, OLD.ended_by_id, OLD.ended_words)
                        IS NOT DISTINCT FROM (NEW.ended_on, NEW.ended_by_id, NEW.ended_words) THEN RETURN NEW; END IF;
                    IF OLD.ended_by_id IS NOT NULL THEN
                        {core_triggers.raise_exception_sql("What was ended stays ended: record it anew.")} END IF;
                    IF NEW.ended_on IS NULL OR NEW.ended_by_id IS NULL
                        OR length(btrim(NEW.ended_words)) < {MIN_BLOCK_REASON} THEN
                        {core_triggers.raise_exception_sql("A risk factor ends in writing: who, from which day, and why.")}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"risk factor {self.pk}"

    def stands_on(self, day: date) -> bool:
        """Whether it stands on ``day``; RiskFactorQuerySet.standing_on asks the database the same."""
        return (self.started_on is None or self.started_on <= day) and (
            self.ended_on is None or self.ended_on > day
        )
