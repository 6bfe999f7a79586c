"""What stands against the next injection, until somebody clears it in writing."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import Now

from mesoclinic.core import triggers
from patients.models.people import Patient
from patients.rules.alerts import MAX_TEXT, AlertKind, AlertLevel


class AlertQuerySet(models.QuerySet["Alert"]):
    def not_cleared(self) -> "AlertQuerySet":
        """Those that nobody has cleared."""
        return self.filter(ended_at=None)

    def about_patient_and_merged(self, patient: int | OuterRef) -> "AlertQuerySet":
        """Those of this record and of the records merged into it. An OuterRef is of the query around this one."""
        # One query deeper, the same outer column is one step further out.
        record = OuterRef(patient) if isinstance(patient, OuterRef) else patient
        records = Patient.objects.filter(Q(pk=record) | Q(merged_into=record))
        return self.filter(patient__in=records.order_by().values("pk"))


class Alert(models.Model):
    """Raised and cleared by whoever knows; read by the patient bar, readiness, start and sign.

    ``source`` names what raised it ("treatment_sessions.reaction:7"): one alert stands open for a source at a time.
    """

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="alerts")
    kind = models.CharField(
        max_length=20, choices=[(kind.value, kind.value.replace("_", " ")) for kind in AlertKind]
    )
    level = models.CharField(max_length=10, choices=[(level.value, level.value) for level in AlertLevel])
    text = models.CharField(max_length=MAX_TEXT)
    source = models.CharField(max_length=80)
    raised_at = models.DateTimeField(db_default=Now())
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_reason = models.CharField(max_length=MAX_TEXT, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "pk"]
        indexes = [models.Index(fields=["patient"], condition=Q(ended_at=None), name="alerts_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(ended_at=None), name="one_open_alert_for_a_source"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in AlertKind]), name="alert_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(level__in=[level.value for level in AlertLevel]), name="alert_level_is_known"
            ),
            models.CheckConstraint(condition=~Q(text="") & ~Q(source=""), name="alert_says_what_and_why"),
            models.CheckConstraint(
                condition=Q(ended_at=None, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="alert_says_how_it_ended",
            ),
        ]
        triggers = [
            *triggers.frozen_triggers("An alert", except_fields=("ended_at", "ended_by_id", "end_reason")),
            triggers.Trigger(
                name="stays_cleared",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
                func=triggers.raise_statement("A cleared alert is frozen: raise a new one."),
            ),
        ]

    def __str__(self) -> str:
        return f"alert {self.pk}"
