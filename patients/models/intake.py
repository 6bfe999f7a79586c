"""The questions of the intake, what their answers mean, and what a patient answered."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.models import ReferenceRow
from patients.models.people import Patient


class Factor(ReferenceRow):
    """Something about a person that a rule asks for: pregnancy, an allergy, a medicine, a disease."""

    class Kind(models.TextChoices):
        ALLERGY = "allergy", "Allergy"
        MEDICINE = "medicine", "Medicine"
        PREGNANCY = "pregnancy", "Pregnancy"
        DISEASE = "disease", "Disease"
        HISTORY = "history", "History"
        STAFF = "staff", "Staff"
        LIFESTYLE = "lifestyle", "Lifestyle"

    code = models.CharField(max_length=60, unique=True)
    label = models.CharField(max_length=120)
    short_label = models.CharField(max_length=60)
    said_label = models.CharField(
        max_length=80,
        blank=True,
        help_text="The chip with {said} where what was said stands, if it says that.",
    )
    kind = models.CharField(max_length=20, choices=Kind)
    sensitive = models.BooleanField(
        default=True, help_text="A detail of a diagnosis: not for the front desk."
    )
    usual_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="How long it lasts, where it passes."
    )

    class Meta(ReferenceRow.Meta):
        ordering = ["kind", "label"]

    def __str__(self) -> str:
        return self.label


class FactorTerm(ReferenceRow):
    """A word by which other systems and answers name a factor (“clopidogrel”), and what it stands for."""

    class Where(models.TextChoices):
        TERM = "term", "a word in a name"
        ANSWER = "answer", "an answer of the intake"

    where = models.CharField(max_length=10, choices=Where)
    question = models.CharField(max_length=40, blank=True, help_text="Intake question, for an answer.")
    term = models.CharField(max_length=120)
    kind = models.CharField(
        max_length=20, blank=True, help_text="The list it stands in: allergy, medicine, disease…"
    )
    factor = models.ForeignKey(Factor, models.PROTECT, related_name="terms")
    said = models.CharField(
        max_length=120, blank=True, help_text="How a chip says it. Empty: the term itself."
    )

    class Meta(ReferenceRow.Meta):
        ordering = ["where", "question", "term"]
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.UniqueConstraint(
                fields=["where", "question", "kind", "term", "factor"], name="term_stands_once"
            ),
        ]

    def __str__(self) -> str:
        return self.term


class IntakeQuestion(ReferenceRow):
    code = models.CharField(max_length=40, unique=True)
    question = models.CharField(max_length=300)
    answer_type = models.CharField(max_length=20)
    short_label = models.CharField(max_length=60, blank=True)
    scale_code = models.CharField(max_length=30, blank=True, help_text="The options are this scale's levels.")
    minimum = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    maximum = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    match_terms = models.CharField(
        max_length=20, blank=True, help_text="Free answers are matched with this kind of term."
    )
    options = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    feeds_rule = models.CharField(max_length=200, blank=True)
    from_seed = models.BooleanField(default=False)
    section = models.CharField(max_length=60, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    help_text = models.CharField(max_length=300, blank=True)
    required = models.BooleanField(default=False)
    shown_when = models.CharField(max_length=60, blank=True)

    class Meta(ReferenceRow.Meta):
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.question


class Intake(models.Model):
    """One taking of the history. Versions follow each other; none is ever changed."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="intakes", db_index=False)
    version = models.PositiveIntegerField()
    answers = models.JSONField(
        default=dict, help_text="Question code to the answer, or to a list of answers."
    )
    weight_kg = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    likely_causes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    note = models.TextField(blank=True)
    acknowledged = models.JSONField(
        default=list, blank=True, help_text="Questions left out, and why: code, level, message, reason."
    )
    taken_at = models.DateTimeField(db_default=Now())
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["patient", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "version"], name="intake_versions_follow_each_other"),
            models.CheckConstraint(condition=Q(version__gte=1), name="intake_versions_start_at_one"),
            models.CheckConstraint(
                condition=Q(weight_kg=None) | Q(weight_kg__gt=2, weight_kg__lt=500),
                name="weight_is_a_persons",
            ),
        ]
        triggers = core_triggers.frozen_triggers("An intake")

    def __str__(self) -> str:
        return f"intake {self.pk}"
