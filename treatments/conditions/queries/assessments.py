"""What an assessment is made from, and those made of a patient."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery, Sum

from mesoclinic.core.paging import FIRST, Page, Place, page_of
from patients.models import Patient, records_of
from treatments.conditions.models import (
    Assessment,
    AssessmentZone,
    Condition,
    ConditionScale,
    KeptAs,
    Measurement,
    MeasurementKind,
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
    kinds: list[MeasurementKind]

    def condition_of_code_or_none(self, code: str) -> Condition | None:
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

    def scales_measured_in_condition(self, condition: Condition | None) -> list[SeverityScale]:
        """What is measured in this condition, in order; everything while none is chosen."""
        measured = [kind for kind in self.kinds if kind.kept_as == KeptAs.MEASURED]
        if not measured:
            return self._measured_scales_without_kinds
        return [
            self.scales[kind.scale_id]
            for kind in measured
            if kind.scale_id in self.scales and (condition is None or kind.is_for_condition(condition.code))
        ]

    @property
    def _measured_scales_without_kinds(self) -> list[SeverityScale]:
        """Before the kinds are loaded: every scale that is a figure."""
        return [
            scale
            for scale in self.scales.values()
            if scale.kind in (SeverityScale.Kind.NUMBER, SeverityScale.Kind.COUNT, SeverityScale.Kind.PERCENT)
            and scale.code not in NOT_AT_ASSESSMENT
        ]


def assessment_choices() -> AssessmentChoices:
    """Five queries, whatever there is."""
    scales = {
        scale.pk: scale
        for scale in SeverityScale.objects.filter(retired_at=None)
        .select_related("measurement_kind")
        .order_by("order", "pk")
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
        kinds=_kinds_in_use_of_scales(scales.values()),
    )


def _kinds_in_use_of_scales(scales: Iterable[SeverityScale]) -> list[MeasurementKind]:
    """The kinds that were read with their scales, in order. No query."""
    kinds = [kind for scale in scales for kind in [getattr(scale, "measurement_kind", None)] if kind]
    return sorted((kind for kind in kinds if kind.retired_at is None), key=lambda kind: (kind.order, kind.pk))


def latest_assessment_or_none(patient: Patient) -> Assessment | None:
    """The last finding about a patient with its condition, scale, level, zones and measurements: three queries."""
    return (
        Assessment.objects.filter(patient__in=records_of(patient))
        .select_related("condition", "scale", "level", "assessed_by")
        .prefetch_related("zones__zone", "measurements__scale")
        .order_by("-assessed_at", "-pk")
        .first()
    )


# ── to read them back ────────────────────────────────────────────────────────────────────────────

#: Assessments on one page of the list, and as many as are drawn over time.
PAGE = 20
DRAWN = 24

#: The figure that the list shows beside the area.
DENSITY = "HAIR_DENSITY"


class ListedAssessment(Protocol):
    """An assessment of :func:`page_of_assessments`: ``area_cm2`` in all, ``density`` where it was counted."""

    area_cm2: Decimal | None
    density: Decimal | None


def page_of_assessments(patient: Patient, place: Place = FIRST) -> Page[Assessment]:
    """A page of a patient's assessments, the last first, as :class:`ListedAssessment`. One query."""
    mine = {"assessment": OuterRef("pk")}
    areas = AssessmentZone.objects.filter(**mine).order_by().values("assessment")
    density = Measurement.objects.filter(**mine, scale__code=DENSITY).order_by("pk")
    rows = (
        Assessment.objects.filter(patient__in=records_of(patient))
        .select_related("condition", "scale", "level", "assessed_by")
        .annotate(
            area_cm2=Subquery(areas.annotate(total=Sum("area_cm2")).values("total")),
            density=Subquery(density.values("value")[:1]),
        )
    )
    return page_of(rows, ["assessed_at", "pk"], place, size=PAGE, newest=True)


def assessments_in_full() -> QuerySet[Assessment]:
    """Assessments with all that was found: four queries."""
    figures = Measurement.objects.select_related("scale", "zone").order_by("pk")
    zones = AssessmentZone.objects.select_related("zone").order_by("zone__order", "zone__code")
    return Assessment.objects.select_related(
        "patient", "condition", "scale", "level", "assessed_by"
    ).prefetch_related(Prefetch("zones", zones), Prefetch("measurements", figures), "other_conditions")


def first_assessment_or_none(patient: Patient) -> Assessment | None:
    """The first finding about a patient with its zones: two queries."""
    zones = AssessmentZone.objects.select_related("zone").order_by("zone__order", "zone__code")
    return (
        Assessment.objects.filter(patient__in=records_of(patient))
        .prefetch_related(Prefetch("zones", zones))
        .order_by("assessed_at", "pk")
        .first()
    )


def latest_assessments_graded_on_scale(patient: Patient, scale: SeverityScale) -> list[Assessment]:
    """The last assessments graded on this scale, the oldest first. One query."""
    rows = (
        Assessment.objects.filter(patient__in=records_of(patient), scale=scale)
        .select_related("level", "assessed_by")
        .order_by("-assessed_at", "-pk")
    )
    return list(rows[:DRAWN])[::-1]


def levels_in_use_of_scale(scale: SeverityScale) -> list[ScaleLevel]:
    """The steps of a scale, from the mildest. One query."""
    return list(ScaleLevel.objects.filter(scale=scale, retired_at=None).order_by("order", "pk"))


def levels_of_scales(*, codes: Collection[str], sex: str, but: str) -> list[ScaleLevel]:
    """The steps of these scales that are for a person of this sex, but of one, in order. One query."""
    against = {"female": "male", "male": "female"}.get(sex, "")
    rows = ScaleLevel.objects.filter(scale__code__in=codes, scale__retired_at=None, retired_at=None)
    if against:
        rows = rows.exclude(scale__for_sex=against)
    return list(
        rows.exclude(scale__code=but).select_related("scale").order_by("scale__order", "scale", "order", "pk")
    )


def names_of_condition_codes(codes: Collection[str]) -> list[str]:
    """The names of these conditions, in the clinic's order; one that is gone keeps its code. One query."""
    known = dict(
        Condition.objects.filter(code__in=list(codes)).order_by("order", "pk").values_list("code", "name")
    )
    return [*known.values(), *(code for code in codes if code not in known)]
