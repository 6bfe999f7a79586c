"""What an assessment is made from, in one query, and the last one made of a patient."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Model, QuerySet, Value
from django.db.models.functions import JSONObject

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


@dataclass
class Sheet:
    """Conditions, scales with their levels, and zones: all an assessment chooses from, in the clinic's order.

    The rows are model instances with the columns an assessment needs, fit to be pointed at.
    """

    conditions: list[Condition] = field(default_factory=list)
    scales: dict[int, SeverityScale] = field(default_factory=dict)
    levels: dict[int, list[ScaleLevel]] = field(default_factory=dict)
    zones: list[Zone] = field(default_factory=list)
    scales_of: dict[int, list[tuple[int, str]]] = field(default_factory=dict)

    def condition(self, code: str) -> Condition | None:
        return next((c for c in self.conditions if c.code == code), None)

    def fitting(self, condition: Condition | None, sex: str) -> list[SeverityScale]:
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
    def measured(self) -> list[SeverityScale]:
        """The scales whose figures are followed: density, diameter, pull test, shedding…"""
        return [
            scale
            for scale in self.scales.values()
            if scale.kind in (SeverityScale.Kind.NUMBER, SeverityScale.Kind.COUNT, SeverityScale.Kind.PERCENT)
            and scale.code not in NOT_AT_ASSESSMENT
        ]


def sheet() -> Sheet:
    """One query, whatever there is."""
    rows = _facts(
        Condition.objects.filter(retired_at=None),
        "code name role role_text who contested order notes source_keys",
    ).union(
        _facts(
            SeverityScale.objects.filter(retired_at=None),
            "code name short_name kind higher_is_better unit minimum maximum step order for_sex",
        ),
        _facts(ScaleLevel.objects.filter(retired_at=None), "scale_id order value label description"),
        _facts(ConditionScale.objects.all(), "condition_id scale_id who order"),
        _facts(Zone.objects.filter(retired_at=None), "code name area_cm2 salt_zone optional order"),
        all=True,
    )
    facts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        facts[row["table"]].append(row["fact"])
    for found in facts.values():
        found.sort(key=lambda fact: (fact["order"], fact["id"]))
    scales = {
        fact["id"]: SeverityScale(**_decimals(fact, "minimum", "maximum", "step"))
        for fact in facts["SeverityScale"]
    }
    levels = defaultdict(list)
    for fact in facts["ScaleLevel"]:
        levels[fact["scale_id"]].append(ScaleLevel(**fact))
    scales_of = defaultdict(list)
    for fact in facts["ConditionScale"]:
        if fact["scale_id"] in scales:
            scales_of[fact["condition_id"]].append((fact["scale_id"], fact["who"]))
    return Sheet(
        conditions=[Condition(**fact) for fact in facts["Condition"]],
        scales=scales,
        levels=dict(levels),
        zones=[Zone(**_decimals(fact, "area_cm2")) for fact in facts["Zone"]],
        scales_of=dict(scales_of),
    )


def _facts(rows: QuerySet[Any], columns: str) -> Any:
    model: type[Model] = rows.model
    return rows.order_by().values(
        table=Value(model.__name__, output_field=CharField()),
        fact=JSONObject(id="pk", **{name: name for name in columns.split()}),
    )


def _decimals(fact: dict[str, Any], *names: str) -> dict[str, Any]:
    return fact | {name: None if fact[name] is None else Decimal(str(fact[name])) for name in names}


def latest_assessment(patient: Patient) -> Assessment | None:
    """The last finding about a patient with its condition, scale, level, zones and measurements: three queries."""
    return (
        Assessment.objects.filter(patient=patient)
        .select_related("condition", "scale", "level", "assessed_by")
        .prefetch_related("zones__zone", "measurements__scale")
        .order_by("-assessed_at", "-pk")
        .first()
    )
