"""What is left of a session that was begun by mistake: who threw it away, when and why."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers
from patients.models import Patient
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment


class DiscardedSession(models.Model):
    """A draft that was thrown away before anything was signed. Its number is free again."""

    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="+")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="discarded_session_says_why")]
        triggers = triggers.append_only("A discarded session")

    def __str__(self) -> str:
        return f"discarded session {self.pk}"
