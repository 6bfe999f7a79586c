"""What is wrong: conditions, the scales that grade them, the zones of the scalp, and assessments."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from mesoclinic.core.fields import area_field
from mesoclinic.core.models import ReferenceRow
from patients.models import Factor, Patient


class SeverityScale(ReferenceRow):
    class Kind(models.TextChoices):
        ORDINAL = "ordinal", "one of its levels"
        NUMBER = "number", "a number"
        PERCENT = "percent", "a percentage"
        COUNT = "count", "a count"
        CHANGE = "change", "change against the start, −3 to +3"

    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=40)
    applies_to = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    higher_is_better = models.BooleanField(default=False)
    unit = models.CharField(max_length=20, blank=True)
    minimum = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    maximum = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    step = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    for_sex = models.CharField(max_length=10, blank=True)

    class Meta(ReferenceRow.Meta):
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class ScaleLevel(ReferenceRow):
    scale = models.ForeignKey(SeverityScale, models.PROTECT, related_name="levels")
    order = models.PositiveSmallIntegerField()
    value = models.CharField(max_length=10)
    label = models.CharField(max_length=60, blank=True)
    description = models.CharField(max_length=200, blank=True)

    class Meta(ReferenceRow.Meta):
        ordering = ["scale", "order"]
        constraints = [
            *ReferenceRow.Meta.constraints,
            models.UniqueConstraint(fields=["scale", "value"], name="level_stands_once_on_its_scale"),
        ]

    def __str__(self) -> str:
        return self.label or self.value


class Condition(ReferenceRow):
    class Role(models.TextChoices):
        INDICATION = "indication", "Indication"
        DOUBTFUL = "doubtful", "Doubtful indication"
        RELATED = "related", "Related, treat first"
        EXCLUSION = "exclusion", "Not to be treated here"
        REFER = "refer", "Refer"
        CAUSE = "cause", "Cause"

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role)
    role_text = models.CharField(max_length=80, blank=True, help_text="As the source words it.")
    icd10 = models.CharField(max_length=80, blank=True)
    icd11 = models.CharField(max_length=60, blank=True)
    icd11_status = models.CharField(max_length=60, blank=True)
    snomed = models.CharField(max_length=120, blank=True)
    snomed_status = models.CharField(max_length=200, blank=True)
    scales_text = models.CharField(max_length=200, blank=True)
    scales = models.ManyToManyField(SeverityScale, through="ConditionScale", related_name="conditions")
    who = models.CharField(max_length=10, blank=True, help_text="men, women or any")
    temporary = models.BooleanField(default=False)
    factor = models.ForeignKey(
        Factor,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Finding this condition means this factor.",
    )
    contested = models.TextField(blank=True, help_text="What sources say against treating it this way.")
    order = models.PositiveSmallIntegerField(default=0)
    from_seed = models.BooleanField(default=False)
    notes = models.TextField(blank=True)

    class Meta(ReferenceRow.Meta):
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ConditionScale(models.Model):
    """A scale that measures a condition, and in whom."""

    condition = models.ForeignKey(Condition, models.CASCADE, related_name="condition_scales")
    scale = models.ForeignKey(SeverityScale, models.PROTECT, related_name="+")
    who = models.CharField(max_length=10, blank=True, help_text="men, women or any")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["condition", "order"]
        constraints = [
            models.UniqueConstraint(fields=["condition", "scale"], name="scale_once_for_a_condition")
        ]

    def __str__(self) -> str:
        return f"{self.scale_id} for {self.condition_id}"


class Zone(ReferenceRow):
    """A region of the scalp and the area it usually has."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    area_cm2 = area_field(
        null=True, blank=True, help_text="Usual area; the assessment holds the measured one."
    )
    salt_zone = models.CharField(max_length=10, blank=True)
    optional = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta(ReferenceRow.Meta):
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name


class Assessment(models.Model):
    """What a clinician found on a day: the condition, how severe, where. A new finding is a new row."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="assessments")
    condition = models.ForeignKey(Condition, models.PROTECT, related_name="+")
    other_conditions = models.ManyToManyField(
        Condition, through="AssessmentCondition", blank=True, related_name="+"
    )
    scale = models.ForeignKey(SeverityScale, models.PROTECT, null=True, blank=True, related_name="+")
    level = models.ForeignKey(ScaleLevel, models.PROTECT, null=True, blank=True, related_name="+")
    value = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    causes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    note = models.TextField(blank=True)
    acknowledged = models.JSONField(
        default=list, help_text="Findings gone past: code, level, message, reason."
    )
    assessed_at = models.DateTimeField(db_default=Now())
    assessed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["patient", "-assessed_at", "-pk"]
        triggers = core_triggers.frozen_triggers("An assessment")

    def __str__(self) -> str:
        return f"assessment {self.pk}"


class AssessmentCondition(models.Model):
    """A further condition that was found at an assessment, beside the one it is of."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="+", db_index=False)
    condition = models.ForeignKey(Condition, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "condition"], name="condition_once_in_an_assessment"
            )
        ]
        triggers = core_triggers.frozen_triggers("An assessment")

    def __str__(self) -> str:
        return f"{self.condition_id} of {self.assessment_id}"


class AssessmentZone(models.Model):
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="zones", db_index=False)
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="+")
    area_cm2 = area_field()

    class Meta:
        ordering = ["zone__order"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "zone"], name="zone_assessed_once"),
            models.CheckConstraint(
                condition=Q(area_cm2__gt=0, area_cm2__lte=600), name="zone_area_is_a_scalps"
            ),
        ]
        triggers = core_triggers.frozen_triggers("An assessment")

    def __str__(self) -> str:
        return f"{self.zone_id} of {self.assessment_id}"
