"""What somebody asked about their own data: that it is used no more, and that it is erased."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Now, Trim
from django.db.models.lookups import GreaterThanOrEqual

from mesoclinic.core import triggers as core_triggers
from patients.models.people import Patient
from patients.rules.break_glass import SHORTEST_REASON


class Restriction(models.Model):
    """The record is kept and not used (GDPR, article 18) until somebody lifts it."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="restrictions")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    lifted_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(lifted_at=None), name="a_record_is_restricted_once"
            ),
            models.CheckConstraint(
                condition=GreaterThanOrEqual(Length(Trim("reason")), SHORTEST_REASON),
                name="a_restriction_says_why",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, lifted_because="")
                | Q(lifted_at__gte=F("at"), lifted_by__isnull=False) & ~Q(lifted_because=""),
                name="restriction_lifted_by_and_at_together",
            ),
        ]
        triggers = core_triggers.frozen_triggers(
            "A restriction", except_fields=("lifted_at", "lifted_by_id", "lifted_because")
        )

    def __str__(self) -> str:
        return f"restriction {self.pk}"


class Erasure(models.Model):
    """Data of a patient that was erased: which part, when, why. The record number stays, and so does this."""

    class Part(models.TextChoices):
        CONTACTS = "contacts", "how to reach them, drafts and messages"
        RECORD = "record", "the record, after its retention"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="erasures")
    part = models.CharField(max_length=10, choices=Part)
    reason = models.CharField(max_length=300)
    rows = models.PositiveIntegerField(default=0, help_text="How many rows were deleted or emptied.")
    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="None: the command did it when the time was over.",
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(part__in=["contacts", "record"]), name="erasure_part_is_known"
            ),
            models.CheckConstraint(
                condition=GreaterThanOrEqual(Length(Trim("reason")), SHORTEST_REASON),
                name="an_erasure_says_why",
            ),
        ]
        triggers = core_triggers.append_only_triggers("What was erased")

    def __str__(self) -> str:
        return f"erasure {self.pk}"
