"""Turns the rows about measurements and reviews into rows of the database."""

from collections.abc import Mapping

from mesoclinic.core.reference import Loaded, merge_shipped_rows_keeping_edits
from mesoclinic.data.measurement_rows import MeasurementKindRow
from mesoclinic.data.rows import Catalogue
from treatments.conditions.models import MeasurementKind, SeverityScale
from treatments.response.models import ReviewRule

#: The units that are written otherwise in UCUM; {score} and {ratio} are figures without a unit.
_UNIT_TEXTS = {
    "{hairs}/cm2": "hairs/cm²",
    "{hairs}": "hairs",
    "{hairs}/d": "hairs a day",
    "{score}": "",
    "{ratio}": "",
    "um": "µm",
    "mm/cm2": "mm/cm²",
    "ug/cm2": "µg/cm²",
}


def load_measurement_kinds(data: Catalogue) -> Loaded:
    """Bring the kinds in, with a scale for each that has none; what the clinic has changed stays."""
    known = {scale.code for scale in data.scales}
    new = [_scale_fields(kind) for kind in data.measurement_kinds if kind.code not in known]
    _, loaded = merge_shipped_rows_keeping_edits(SeverityScale, new, key=("code",))
    scales = {scale.code: scale for scale in SeverityScale.objects.all()}
    rows = [{"scale": scales[kind.code], **_kind_fields(kind)} for kind in data.measurement_kinds]
    return loaded + merge_shipped_rows_keeping_edits(MeasurementKind, rows, key=("scale",))[1]


def _scale_fields(kind: MeasurementKindRow) -> Mapping[str, object]:
    return {
        "code": kind.code,
        "name": kind.name,
        "short_name": kind.short_name,
        "kind": SeverityScale.Kind.PERCENT if kind.unit == "%" else SeverityScale.Kind.NUMBER,
        "higher_is_better": bool(kind.higher_is_better),
        "unit": _UNIT_TEXTS.get(kind.unit, kind.unit),
        "minimum": kind.minimum,
        "maximum": kind.maximum,
        "order": 1000 + kind.order,
        "source_keys": list(kind.sources),
        "source_text": kind.basis.replace("_", " "),
    }


def _kind_fields(kind: MeasurementKindRow) -> Mapping[str, object]:
    return {
        "short_name": kind.short_name,
        "benefit": kind.benefit,
        "method": kind.method,
        "device": kind.device,
        "site_rule": kind.site_rule,
        "reference": kind.reference,
        "smallest_change": kind.smallest_change,
        "smallest_change_percent": kind.smallest_change_percent,
        "smallest_change_text": kind.smallest_change_text,
        "smallest_change_basis": kind.smallest_change_basis,
        "not_comparable_when": kind.not_comparable_when,
        "condition_codes": list(kind.conditions),
        "for_all_conditions": kind.for_all_conditions,
        "when": kind.when,
        "kept_as": kind.kept_as,
        "note": kind.note,
        "order": kind.order,
        "source_keys": list(kind.sources),
        "source_text": f"{kind.why} ({kind.basis.replace('_', ' ')})",
    }


def load_review_rules(data: Catalogue) -> Loaded:
    """Bring in how a review judges, and the line that stands beside every verdict."""
    return merge_shipped_rows_keeping_edits(
        ReviewRule,
        [
            {
                "code": rule.code,
                "condition_codes": list(rule.conditions),
                "when": rule.when,
                "measures": rule.measures,
                "improved_if": rule.improved_if,
                "stable_if": rule.stable_if,
                "worse_if": rule.worse_if,
                "no_verdict_if": rule.no_verdict_if,
                "options": rule.options,
                "expected_rate": rule.expected_rate,
                "evidence": rule.evidence,
                "honesty_line": rule.honesty_line,
                "order": rule.order,
                "source_keys": list(rule.sources),
                "source_text": rule.basis.replace("_", " "),
            }
            for rule in data.review_rules
        ],
        key=("code",),
    )[1]
