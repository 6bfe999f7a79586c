"""Consent: its wordings in versions, and what a patient has signed."""

from datetime import date

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.signatures import svg_path
from patients.models.people import Patient


class ConsentText(models.Model):
    """The wording somebody agreed to, by kind, language and version. A new wording is a new row, with its day."""

    kind = models.CharField(max_length=20)
    language = models.CharField(max_length=10, default="en")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    body = models.TextField()
    in_force_from = models.DateField(default=date(2020, 1, 1), help_text="The first day it is signed.")
    written_at = models.DateTimeField(db_default=Now(), editable=False)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty where it was shipped.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "language", "version"], name="consent_text_versions"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(body=""), name="consent_text_says_something"),
        ]
        triggers = core_triggers.frozen_triggers("A consent text")

    def __str__(self) -> str:
        return f"{self.kind} {self.language} {self.version}"


class Consent(models.Model):
    """What a patient agreed to, to which wording, how and when; withdrawn at most once."""

    class Kind(models.TextChoices):
        TREATMENT = "treatment", "Treatment, off-label use and its risks"
        PHOTO = "photo", "Photographs for the record"

    class Method(models.TextChoices):
        PAPER = "paper", "on paper, kept in the file"
        TYPED = "typed", "name typed here"
        DRAWN = "drawn", "drawn here"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=20, choices=Kind)
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="+")
    method = models.CharField(max_length=10, choices=Method)
    signed_name = models.CharField(max_length=200)
    strokes = models.JSONField(null=True, blank=True, help_text="A drawn signature; see core/signatures.py.")
    signed_at = models.DateTimeField(db_default=Now())
    valid_until = models.DateField()
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["patient", "kind", "-signed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="consent_withdrawn_by_and_at_together",
            ),
            models.CheckConstraint(
                condition=Q(method="drawn", strokes__isnull=False)
                | (~Q(method="drawn") & Q(strokes__isnull=True)),
                name="drawn_consent_has_its_strokes",
            ),
        ]
        triggers = [
            core_triggers.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=(
                    "IF OLD.withdrawn_at IS NOT NULL OR"
                    " (to_jsonb(OLD) - ARRAY['withdrawn_at','withdrawn_by_id','withdrawn_reason'])"
                    " IS DISTINCT FROM (to_jsonb(NEW) - ARRAY['withdrawn_at','withdrawn_by_id','withdrawn_reason'])"
                    f" THEN {core_triggers.raise_exception_sql('A signed consent is frozen: withdraw it and take a new one.')} END IF;"
                    " RETURN NEW;"
                ),
            ),
            *core_triggers.frozen_triggers("A signed consent")[1:],
        ]

    def __str__(self) -> str:
        return f"consent {self.pk}"

    @property
    def signature_svg_path_or_empty(self) -> str:
        """The signature as the ``d`` of an SVG path, where it was drawn."""
        return svg_path(self.strokes) if self.strokes else ""
