"""What an assessment is made from, and the last one made of a patient."""

from collections import defaultdict
from dataclasses import dataclass

from patients.models import Patient
from treatments.conditions.models import (
    Assessment,
    Condition,
    ConditionScale,
    ScaleLevel,
    SeverityScale,
    Zone,
)

#: How well somebody responds is asked later; pain and content are asked at the session.
NOT_AT_ASSESSMENT = ("PAIN_NRS", "HAIR_QUALITY7", "SATISFACTION5")


@dataclass(frozen=True, slots=True)
class AssessmentChoices:
    """Conditions, scales with their levels, and zones: all an assessment chooses from, in the clinic's order."""

    conditions: list[Condition]
    scales: dict[int, SeverityScale]
    levels: dict[int, list[ScaleLevel]]
    zones: list[Zone]
    scales_of: dict[int, list[tuple[int, str]]]

    def condition_by_code(self, code: str) -> Condition | None:
        """The condition of this code; None where there is none in use."""
        return next((c for c in self.conditions if c.code == code), None)

    def scales_for_condition_and_sex(self, condition: Condition | None, sex: str) -> list[SeverityScale]:
        """The scales that grade ``condition`` in a person of this sex, in order; all where the sex is not known."""
        if condition is None:
            return []
        other = {"female": "men", "male": "women"}.get(sex)
        against = {"female": "male", "male": "female"}.get(sex)
        return [
            self.scales[pk]
            for pk, who in self.scales_of.get(condition.pk, [])
            if who != other
            and self.scales[pk].for_sex != (against or "no other")
            and self.scales[pk].kind != SeverityScale.Kind.CHANGE
        ]

    @property
    def measured_scales(self) -> list[SeverityScale]:
        """The scales whose figures are followed: density, diameter, pull test, shedding…"""
        return [
            scale
            for scale in self.scales.values()
            if scale.kind in (SeverityScale.Kind.NUMBER, SeverityScale.Kind.COUNT, SeverityScale.Kind.PERCENT)
            and scale.code not in NOT_AT_ASSESSMENT
        ]


def assessment_choices() -> AssessmentChoices:
    """Five queries, whatever there is."""
    scales = {
        scale.pk: scale for scale in SeverityScale.objects.filter(retired_at=None).order_by("order", "pk")
    }
    levels: dict[int, list[ScaleLevel]] = defaultdict(list)
    for level in ScaleLevel.objects.filter(retired_at=None).order_by("order", "pk"):
        levels[level.scale_id].append(level)
    scales_of: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for link in ConditionScale.objects.order_by("order", "pk"):
        if link.scale_id in scales:
            scales_of[link.condition_id].append((link.scale_id, link.who))
    return AssessmentChoices(
        conditions=list(
            Condition.objects.filter(retired_at=None).select_related("factor").order_by("order", "pk")
        ),
        scales=scales,
        levels=dict(levels),
        zones=list(Zone.objects.filter(retired_at=None).order_by("order", "pk")),
        scales_of=dict(scales_of),
    )


def latest_assessment(patient: Patient) -> Assessment | None:
    """The last finding about a patient with its condition, scale, level, zones and measurements: three queries."""
    return (
        Assessment.objects.filter(patient=patient)
        .select_related("condition", "scale", "level", "assessed_by")
        .prefetch_related("zones__zone", "measurements__scale")
        .order_by("-assessed_at", "-pk")
        .first()
    )
