"""What may be written about conditions: the shipped reference rows, and assessments."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, gate, ordered
from mesoclinic.core.reference import (
    Loaded,
    Rows,
    code_in_row_or_none,
    merge_shipped_rows_keeping_edits,
    without_fields,
)
from patients.actions.risk_factors import record_risk_factor
from patients.models import Factor, Patient, RiskFactor, records_of
from treatments.conditions.models import (
    Assessment,
    AssessmentCondition,
    AssessmentZone,
    Condition,
    ConditionScale,
    Measurement,
    ScaleLevel,
    SeverityScale,
    Zone,
)
from treatments.conditions.rules import assessments as rules

# --- the shipped data --------------------------------------------------------


def load_severity_scales(*, rows: Rows) -> Loaded:
    """Field names to values, by ``code``."""
    return merge_shipped_rows_keeping_edits(SeverityScale, rows, key=("code",))[1]


def load_severity_scale_levels(*, rows: Rows) -> Loaded:
    """Field names to values; ``scale_code`` names the scale."""
    scales = {scale.code: scale for scale in SeverityScale.objects.all()}
    levels = [{**without_fields(row, "scale_code"), "scale": scales[str(row["scale_code"])]} for row in rows]
    return merge_shipped_rows_keeping_edits(ScaleLevel, levels, key=("scale", "value"))[1]


def load_conditions(*, rows: Rows) -> Loaded:
    """Field names to values, by ``code``; ``factor_code`` or None, ``scales`` a list of ``[code, who]``."""
    rows = list(rows)
    factors = {factor.code: factor for factor in Factor.objects.all()}
    before = {c.code: c.loaded.get("scales", []) for c in Condition.objects.all()}
    conditions, loaded = merge_shipped_rows_keeping_edits(
        Condition,
        [
            {
                **without_fields(row, "factor_code", "scales"),
                "factor": factors[code] if (code := code_in_row_or_none(row, "factor_code")) else None,
            }
            for row in rows
        ],
        key=("code",),
    )
    scales = {scale.code: scale for scale in SeverityScale.objects.all()}
    for row in rows:
        _load_condition_scales(
            conditions[(row["code"],)],
            scales,
            shipped=_shipped_scale_codes_with_sex(row),
            before=before.get(str(row["code"]), []),
        )
    return loaded


def _load_condition_scales(
    condition: Condition,
    scales: dict[str, SeverityScale],
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
    ConditionScale.objects.bulk_create(
        [
            ConditionScale(condition=condition, scale=scales[code], who=who, order=order)
            for order, (code, who) in enumerate(shipped)
        ],
        update_conflicts=True,
        unique_fields=["condition", "scale"],
        update_fields=["who", "order"],
    )


def load_zones(*, rows: Rows) -> Loaded:
    """Field names to values, by ``code``."""
    return merge_shipped_rows_keeping_edits(Zone, rows, key=("code",))[1]


def _shipped_scale_codes_with_sex(row: Mapping[str, object]) -> list[list[str]]:
    """The ``[code, who]`` pairs of a shipped condition."""
    scales = row["scales"]
    if not isinstance(scales, list | tuple):
        raise TypeError(f"Scales are a list of [code, who]: {scales!r}")
    return [[str(code), str(who)] for code, who in scales]


# --- assessments -------------------------------------------------------------


@transaction.atomic
def record_assessment(
    *,
    patient: Patient,
    condition: Condition,
    zones: Sequence[tuple[Zone, Decimal]],
    by: User,
    scale: SeverityScale | None = None,
    level: ScaleLevel | None = None,
    value: Decimal | None = None,
    others: Sequence[Condition] = (),
    causes: Sequence[str] = (),
    measurements: Sequence[tuple[SeverityScale, Zone | None, Decimal]] = (),
    note: str = "",
    reasons: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Assessment:
    """Write down what was found: the condition, how severe, where, and what was measured.

    ``zones`` and ``measurements`` carry cm² and figures. Blocks and warnings wait for ``reasons`` (code to
    text), kept with the assessment. Frozen once written: a new finding is a new assessment.
    ``now`` is for history. A condition that means a risk factor records it too, where it does not stand yet.
    """
    findings = findings_of_assessment(
        condition=condition, zones=zones, scale=scale, level=level, value=value, measurements=measurements
    )
    passed = gate(findings, reasons, may_override=by.may(Permission.OVERRIDE))
    assessment = Assessment.objects.create(
        patient=patient,
        condition=condition,
        scale=scale if level is not None or value is not None else None,
        level=level,
        value=value,
        causes=list(causes),
        note=note.strip(),
        acknowledged=[asdict(acknowledgement) for acknowledgement in passed],
        assessed_by=by,
        assessed_at=now or timezone.now(),
    )
    _save_zones_conditions_measurements(assessment, zones=zones, others=others, measurements=measurements)
    audit.record(
        by=by,
        did="patient.assessed",
        about=assessment,
        patient_id=patient.pk,
        condition=condition.code,
        zones=[zone.code for zone, _ in zones],
        went_past=[acknowledgement.code for acknowledgement in passed],
    )
    _record_risk_factors_of_conditions(patient, [condition, *others], by, assessment.assessed_at)
    return assessment


def _save_zones_conditions_measurements(
    assessment: Assessment,
    *,
    zones: Sequence[tuple[Zone, Decimal]],
    others: Sequence[Condition],
    measurements: Sequence[tuple[SeverityScale, Zone | None, Decimal]],
) -> None:
    AssessmentCondition.objects.bulk_create(
        AssessmentCondition(assessment=assessment, condition=other) for other in others
    )
    AssessmentZone.objects.bulk_create(
        AssessmentZone(assessment=assessment, zone=zone, area_cm2=area_cm2) for zone, area_cm2 in zones
    )
    Measurement.objects.bulk_create(
        Measurement(
            patient_id=assessment.patient_id,
            scale=measured,
            zone=zone,
            value=figure,
            assessment=assessment,
            measured_by_id=assessment.assessed_by_id,
            measured_at=assessment.assessed_at,
        )
        for measured, zone, figure in measurements
    )


def _record_risk_factors_of_conditions(
    patient: Patient, conditions: Sequence[Condition], by: User, at: datetime
) -> None:
    """A condition that means a risk factor (keloids, an inflamed scalp) puts it on the record, if it is not there."""
    meant = {c.factor.pk: (c.factor, c.name) for c in conditions if c.factor}
    if not meant:
        return
    day = timezone.localdate(at)
    known = RiskFactor.objects.filter(patient__in=records_of(patient), factor__in=meant).standing_on(day)
    for factor_id in meant.keys() - set(known.values_list("factor", flat=True)):
        factor, name = meant[factor_id]
        record_risk_factor(patient=patient, kind=factor.kind, factor=factor, label=name, by=by, today=day)


def findings_of_assessment(
    *,
    condition: Condition | None,
    zones: Sequence[tuple[Zone, Decimal]],
    scale: SeverityScale | None = None,
    level: ScaleLevel | None = None,
    value: Decimal | None = None,
    measurements: Sequence[tuple[SeverityScale, Zone | None, Decimal]] = (),
) -> list[Finding]:
    """Everything that stands between these findings about a patient and a cocktail for them."""
    figures = list(measurements)
    if scale is not None and value is not None:
        figures.append((scale, None, value))
    areas = [rules.ZoneArea(zone.code, area_cm2, zone.name) for zone, area_cm2 in zones]
    fact = rules.AssessmentFact(
        condition=_condition_fact_for_rules(condition) if condition else None,
        zones=areas,
        severity=level.value if level else "" if value is None else str(value),
        salt=max((figure for measured, _, figure in figures if measured.code == "SALT"), default=None),
    )
    return ordered(
        [
            *rules.check_assessment_allows_cocktail(fact),
            *rules.check_level_is_of_scale(
                is_of_scale=level is None or (scale is not None and level.scale_id == scale.pk)
            ),
            *rules.check_figures_within_scale([_figure_fact_with_scale_limits(*each) for each in figures]),
            *rules.check_zone_areas_within_scalp(areas),
        ]
    )


def _figure_fact_with_scale_limits(scale: SeverityScale, zone: Zone | None, value: Decimal) -> rules.Figure:
    """A measured figure with the ends of its scale, as the rules take it."""
    return rules.Figure(
        scale.code, scale.short_name, value, scale.minimum, scale.maximum, zone.code if zone else ""
    )


def _condition_fact_for_rules(condition: Condition) -> rules.ConditionFact:
    """A contested condition is told with what the sources say against treating it."""
    return rules.ConditionFact(
        code=condition.code,
        name=condition.name,
        role=condition.role_text or condition.role,
        notes=condition.contested or condition.notes,
        source=", ".join(condition.source_keys),
    )
