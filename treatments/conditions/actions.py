"""What may be written about conditions: the shipped reference rows, and assessments."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from mesoclinic.core.reference import Loaded, load_rows
from patients.models import Factor
from treatments.conditions.models import (
    Condition,
    ConditionScale,
    ScaleLevel,
    SeverityScale,
    Zone,
)

Rows = Iterable[Mapping[str, Any]]


def load_scales(*, rows: Rows) -> Loaded:
    """Field names to values, by ``code``."""
    return load_rows(SeverityScale, rows, key=("code",))[1]


def load_scale_levels(*, rows: Rows) -> Loaded:
    """Field names to values; ``scale_code`` names the scale."""
    scales = _by_code(SeverityScale)
    levels = [
        {**_without(row, "scale_code"), "scale": scales[row["scale_code"]]}
        for row in rows
    ]
    return load_rows(ScaleLevel, levels, key=("scale", "value"))[1]


def load_conditions(*, rows: Rows) -> Loaded:
    """Field names to values, by ``code``; ``factor_code`` or None, ``scales`` a list of ``[code, who]``."""
    rows = list(rows)
    factors = _by_code(Factor)
    before = {c.code: c.loaded.get("scales", []) for c in Condition.objects.all()}
    conditions, loaded = load_rows(
        Condition,
        [
            {
                **_without(row, "factor_code", "scales"),
                "factor": factors[row["factor_code"]] if row["factor_code"] else None,
            }
            for row in rows
        ],
        key=("code",),
    )
    scales = _by_code(SeverityScale)
    for row in rows:
        _load_condition_scales(
            conditions[(row["code"],)],
            scales,
            shipped=[list(scale) for scale in row["scales"]],
            before=before.get(row["code"], []),
        )
    return loaded


def _load_condition_scales(
    condition: Condition,
    scales: dict[str, Any],
    *,
    shipped: list[list[str]],
    before: list[list[str]],
) -> None:
    """Bring what the data newly says about a condition's scales; the clinic's own choice stays."""
    condition.loaded["scales"] = shipped
    condition.save(update_fields=["loaded"])
    if shipped == before:
        return
    kept = [code for code, _ in shipped]
    gone = [code for code, _ in before if code not in kept]
    condition.condition_scales.filter(scale__code__in=gone).delete()
    for order, (code, who) in enumerate(shipped):
        ConditionScale.objects.update_or_create(
            condition=condition,
            scale=scales[code],
            defaults={"who": who, "order": order},
        )


def load_zones(*, rows: Rows) -> Loaded:
    """Field names to values, by ``code``."""
    return load_rows(Zone, rows, key=("code",))[1]


def _by_code(model: type[models.Model]) -> dict[str, Any]:
    return {row.code: row for row in model._default_manager.all()}  # type: ignore[attr-defined]


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
