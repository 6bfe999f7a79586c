"""Turns the rows of the clinical data files into rows of the database, app by app, lowest app first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from mesoclinic.core.models import LoadedRow, Source
from mesoclinic.core.reference import Loaded, merge_shipped_rows_keeping_edits
from mesoclinic.data.consent_text_rows import consent_text_rows_to_load
from mesoclinic.data.load_alerts import load_catalogue_alert_types
from mesoclinic.data.load_amounts import load_limits_coverage_and_substances
from mesoclinic.data.load_blood_limits import load_blood_limits
from mesoclinic.data.load_intervals import load_intervals
from mesoclinic.data.load_labs import load_lab_tests
from mesoclinic.data.load_measurements import load_measurement_kinds, load_review_rules
from mesoclinic.data.load_must_ask import load_required_answers
from mesoclinic.data.load_photo_views import load_photo_views
from mesoclinic.data.load_suggestions import load_other_treatments
from mesoclinic.data.rows import Catalogue, Judged
from patients.actions.consents import load_consent_texts
from patients.actions.intake import load_factor_terms, load_factors, load_questions
from treatments.catalogue.actions.load import (
    load_contraindications,
    load_dose_limits,
    load_ingredients,
    load_interactions,
    load_products,
)
from treatments.catalogue.models import Indication, Ingredient
from treatments.conditions.actions import assessments as actions
from treatments.conditions.models import Condition
from treatments.plans.models import Protocol
from treatments.sessions.models import AdverseEffect, ChecklistItem

Row = Mapping[str, Any]

#: How people name a column of the files, where it is more than its words with spaces.
_COLUMN_WORDS = {
    "atc_code": "ATC code",
    "cas": "CAS number",
    "evidence_note": "evidence",
    "gk_suggested_max": "suggested maximum",
    "interval_days": "days between sessions",
    "regulatory_status": "regulation",
    "shelf_life_after_opening": "time after opening",
    "total_volume_ml": "total volume",
    "unii": "UNII",
    "usual_dose_per_session": "usual dose a session",
}


def load_catalogue_table_by_table(data: Catalogue) -> Iterator[tuple[str, Loaded]]:
    """Write everything, table by table: (table, what was done to it). Run in one transaction."""
    steps: list[tuple[str, Callable[[], Loaded]]] = [
        ("sources", lambda: _merge_rows(Source, _source_rows_to_load(data), "key")),
        ("factors", lambda: load_factors(rows=_factor_rows_to_load(data))),
        ("terms", lambda: load_factor_terms(rows=_factor_term_rows_to_load(data))),
        ("alert types", lambda: load_catalogue_alert_types(data)),
        ("intake questions", lambda: load_questions(rows=_question_rows_to_load(data))),
        ("consent texts", lambda: load_consent_texts(consent_text_rows_to_load(data))),
        ("scales", lambda: actions.load_severity_scales(rows=_scale_rows_to_load(data))),
        ("scale levels", lambda: actions.load_severity_scale_levels(rows=_scale_level_rows_to_load(data))),
        ("conditions", lambda: actions.load_conditions(rows=_condition_rows_to_load(data))),
        ("zones", lambda: actions.load_zones(rows=_zone_rows_to_load(data))),
        ("laboratory tests", lambda: load_lab_tests(data)),
        ("measurements", lambda: load_measurement_kinds(data)),
        ("views to photograph", lambda: load_photo_views(data)),
        ("ingredients", lambda: load_ingredients(rows=_ingredient_rows_to_load(data))),
        ("dose limits", lambda: load_dose_limits(rows=_dose_limit_rows_to_load(data))),
        ("interactions", lambda: load_interactions(rows=_interaction_rows_to_load(data))),
        ("contraindications", lambda: load_contraindications(rows=_contraindication_rows_to_load(data))),
        ("required answers", lambda: load_required_answers(data)),
        ("amounts", lambda: load_limits_coverage_and_substances(data)),
        ("ready-made products", lambda: load_products(rows=_premade_product_rows_to_load(data))),
        ("blood limits", lambda: load_blood_limits(data)),
        ("indications", lambda: _load_indications(data)),
        ("other treatments", lambda: load_other_treatments(data)),
        ("protocols", lambda: _load_protocols(data)),
        ("intervals", lambda: load_intervals(data)),
        ("review rules", lambda: load_review_rules(data)),
        ("checklist items", lambda: _merge_rows(ChecklistItem, _checklist_rows_to_load(data), "code")),
        ("adverse effects", lambda: _merge_rows(AdverseEffect, _adverse_effect_rows_to_load(data), "code")),
    ]
    for table, step in steps:
        try:
            yield table, step()
        except Exception as error:
            error.add_note(f"while loading {table}")
            raise


def _merge_rows(model: type[LoadedRow], rows: Sequence[Row], key: str) -> Loaded:
    return merge_shipped_rows_keeping_edits(model, rows, key=(key,))[1]


def _distinct_source_keys(*keys: tuple[str, ...]) -> list[str]:
    """The keys in the order cited, each once."""
    return list(dict.fromkeys(key for group in keys for key in group))


def _source_and_reason_fields(judged: Judged, *keys: tuple[str, ...]) -> Row:
    return {
        "source_keys": _distinct_source_keys(*keys, judged.sources),
        "source_text": f"{judged.why} ({judged.basis.replace('_', ' ')})",
    }


def _source_rows_to_load(data: Catalogue) -> list[Row]:
    return [
        {"key": s.key, "citation": s.citation, "address": s.address, "kind": s.kind} for s in data.sources
    ]


def _factor_rows_to_load(data: Catalogue) -> list[Row]:
    return [
        {
            "code": f.code,
            "label": f.label,
            "short_label": f.short_label,
            "said_label": f.said_label,
            "kind": f.kind,
            "sensitive": f.sensitive,
            "usual_days": f.usual_days,
            **_source_and_reason_fields(f.judged),
        }
        for f in data.factors
    ]


def _factor_term_rows_to_load(data: Catalogue) -> list[Row]:
    terms: list[Row] = [
        {
            "where": "term",
            "question": "",
            "term": t.term,
            "kind": t.kind,
            "factor_code": t.factor_code,
            **_source_and_reason_fields(t.judged),
        }
        for t in data.term_factors
    ]
    answers: list[Row] = [
        {
            "where": "answer",
            "question": a.question,
            "term": a.answer,
            "said": a.said,
            "kind": a.kind,
            "factor_code": a.factor_code,
            **_source_and_reason_fields(a.judged),
        }
        for a in data.answer_factors
    ]
    return terms + answers


def _question_rows_to_load(data: Catalogue) -> list[Row]:
    # A question on a scale ("Dandruff?" on DANDRUFF5) runs from its first level to its last.
    levels: dict[str, list[Decimal]] = {}
    for level in data.scale_levels:
        if level.value.isdecimal():
            levels.setdefault(level.scale_code, []).append(Decimal(level.value))
    ends = {
        q.code: (min(levels[q.scale_code]), max(levels[q.scale_code]))
        for q in data.questions
        if q.scale_code in levels
    }
    return [
        {
            "code": q.code,
            "question": q.question,
            "answer_type": q.answer_type,
            "short_label": q.short_label,
            "scale_code": q.scale_code or "",
            "minimum": ends.get(q.code, (q.minimum, q.maximum))[0],
            "maximum": ends.get(q.code, (q.minimum, q.maximum))[1],
            "match_terms": q.match_terms,
            "options": list(q.options),
            "feeds_rule": q.feeds_rule,
            "from_seed": q.in_seed,
            "section": q.section,
            "order": q.order,
            "help_text": q.help,
            "required": q.required,
            "shown_when": q.shown_when,
            **_source_and_reason_fields(q.judged, q.sources),
        }
        for q in data.questions
    ]


# --- conditions --------------------------------------------------------------


def _scale_rows_to_load(data: Catalogue) -> list[Row]:
    return [
        {
            "code": s.code,
            "name": s.name,
            "short_name": s.short_name,
            "applies_to": s.applies_to,
            "kind": s.kind,
            "higher_is_better": not s.higher_is_worse,
            "unit": s.unit.replace("cm2", "cm²"),
            "minimum": s.minimum,
            "maximum": s.maximum,
            "step": s.step,
            "order": s.order,
            "for_sex": s.from_sex,
            **_source_and_reason_fields(s.judged, s.sources),
        }
        for s in data.scales
    ]


def _scale_level_rows_to_load(data: Catalogue) -> list[Row]:
    return [
        {
            "scale_code": level.scale_code,
            "order": level.order,
            "value": level.value,
            "label": level.label,
            "description": level.description,
            "source_keys": list(level.sources),
        }
        for level in data.scale_levels
    ]


def _condition_rows_to_load(data: Catalogue) -> list[Row]:
    return [
        {
            "code": c.code,
            "name": c.name,
            "role": c.role,
            "role_text": c.role_text,
            "icd10": c.icd10,
            "icd11": c.icd11,
            "icd11_status": c.icd11_status,
            "snomed": c.snomed_ct,
            "snomed_status": c.snomed_status,
            "scales_text": ", ".join([*(s.scale_code for s in c.scales), *c.other_exams]),
            "who": c.who,
            "temporary": c.temporary,
            "contested": c.contested,
            "order": c.order,
            "from_seed": c.from_seed,
            "notes": c.notes,
            "factor_code": c.factor_code,
            "scales": [[s.scale_code, s.who] for s in c.scales],
            **_source_and_reason_fields(c.judged, c.sources, c.contested_sources),
        }
        for c in data.conditions
    ]


def _zone_rows_to_load(data: Catalogue) -> list[Row]:
    return [
        {
            "code": z.code,
            "name": z.name,
            "area_cm2": z.area_cm2,
            "salt_zone": z.salt_zone,
            "optional": z.optional,
            "order": z.order,
            **_source_and_reason_fields(z.judged),
        }
        for z in data.zones
    ]


# --- catalogue ---------------------------------------------------------------


def _readable_column_name(field: str) -> str:
    """``regulatory_status (PABA)`` as people read it: regulation (PABA)."""
    column, space, rest = field.partition(" ")
    return _COLUMN_WORDS.get(column, column.replace("_", " ")) + space + rest


def _ingredient_rows_to_load(data: Catalogue) -> list[Row]:
    return [
        {
            "code": i.code,
            "name": i.name,
            "synonyms": "; ".join(i.synonyms),
            "ingredient_class": i.chemical_class,
            "family": i.family,
            "work_order": i.work_order,
            "is_active": i.is_active,
            "in_syringe": i.in_syringe,
            "counting_note": i.counting_note,
            "preparation": i.preparation,
            "from_seed": i.from_seed,
            "atc": i.atc_code,
            "cas": i.cas,
            "unii": i.unii,
            "usual_concentration": i.usual_concentration,
            "usual_dose": i.usual_dose_per_session,
            "usual_interval": i.usual_interval,
            "regulatory_status": i.regulatory_status,
            "prescription": i.prescription_only,
            "status": i.default_status,
            "status_reason": i.status_reason,
            "storage": i.storage,
            "shelf_life_after_opening": i.shelf_life_after_opening,
            "evidence_note": i.evidence_note,
            "unverified_fields": "; ".join(_readable_column_name(field) for field in i.unverified_fields),
            **_source_and_reason_fields(i.judged, i.sources, i.status_sources),
        }
        for i in data.ingredients
    ]


def _dose_limit_rows_to_load(data: Catalogue) -> list[Row]:
    return [
        {
            "ingredient_code": limit.ingredient,
            "value": limit.value,
            "unit": limit.unit,
            "period": limit.period,
            "mg_per_kg": limit.per_kg,
            "kind": limit.kind,
            "basis_text": limit.basis_text,
            "suggested": limit.suggested,
            "source_keys": list(limit.sources),
        }
        for limit in data.limits
    ]


def _interaction_rows_to_load(data: Catalogue) -> list[Row]:
    return [
        {
            "ingredient_codes": (p.ingredient_a, p.ingredient_b),
            "kind": p.kind,
            "severity": p.severity,
            "scope": p.scope,
            "why": p.why,
            "basis": p.basis,
            "source_keys": list(p.sources),
        }
        for p in data.pairs
    ]


def _contraindication_rows_to_load(data: Catalogue) -> list[Row]:
    return [
        {
            "ingredient_code": c.ingredient,
            "factor_code": c.factor_code,
            "factor_text": c.patient_factor,
            "severity": c.severity,
            "severity_note": c.severity_note,
            "why": c.why,
            "action": c.action,
            "basis": c.basis,
            "source_keys": list(c.sources),
        }
        for c in data.contraindications
    ]


def _premade_product_rows_to_load(data: Catalogue) -> list[Row]:
    return [
        {
            "code": p.code,
            "name": p.name,
            "presentation": p.presentation,
            "container_ml": p.container_ml,
            "premade": p.ready_made,
            "additions_allowed": p.additions_allowed,
            "composition": p.composition,
            "remark": " · ".join(part for part in (p.status, p.volume, p.remark) if part),
            "blocked": p.blocked,
            "blocked_reason": p.blocked_reason,
            "injectable": p.injectable,
            "legal_route": p.legal_route,
            "contents": p.contents,
            **_source_and_reason_fields(p.judged, p.sources),
        }
        for p in data.premades
    ]


# --- cocktails, plans, sessions ----------------------------------------------


def _load_indications(data: Catalogue) -> Loaded:
    conditions = dict(Condition.objects.values_list("code", "pk"))
    ingredients = dict(Ingredient.objects.values_list("code", "pk"))
    rows = [
        {
            "condition": conditions[i.condition],
            "ingredient": ingredients[i.ingredient],
            "support": i.support,
            "evidence_level": i.evidence_level,
            "remark": i.remark,
            "contested": i.contested,
            "show_as": i.show_as,
            "order": i.order,
            "basis": i.basis,
            "source_keys": list(i.sources),
        }
        for i in data.indications
    ]
    return merge_shipped_rows_keeping_edits(Indication, rows, key=("condition", "ingredient"))[1]


def _load_protocols(data: Catalogue) -> Loaded:
    conditions = dict(Condition.objects.values_list("code", "pk"))
    rows = [
        {
            "code": p.code,
            "condition": conditions[p.condition] if p.condition else None,
            "name": p.name,
            "is_technique": p.is_technique,
            "sessions_text": p.sessions_text,
            "sessions_min": p.sessions_min,
            "sessions_max": p.sessions_max,
            "sessions_default": p.sessions_default,
            "interval_text": p.interval_pattern,
            "intervals": list(p.intervals),
            "technique": p.technique,
            "technique_code": p.technique_code,
            "needle": p.needle,
            "depth_text": p.depth_mm,
            "depth_min_mm": p.depth_min_mm,
            "depth_max_mm": p.depth_max_mm,
            "ml_per_point_min": p.ml_per_point_min,
            "ml_per_point_max": p.ml_per_point_max,
            "spacing_cm": p.spacing_cm,
            "total_ml_min": p.total_ml_min,
            "total_ml_max": p.total_ml_max,
            "total_volume_text": p.total_volume_ml,
            "minutes_min": p.minutes_min,
            "minutes_max": p.minutes_max,
            "maintenance": p.maintenance,
            "maintenance_days": p.maintenance_days,
            "ingredients_text": "; ".join(p.ingredients),
            "note": p.note,
            "unverified_fields": "; ".join(_readable_column_name(field) for field in p.unverified_fields),
            **_source_and_reason_fields(p.judged, p.sources),
        }
        for p in data.protocols
    ]
    return merge_shipped_rows_keeping_edits(Protocol, rows, key=("code",))[1]


def _checklist_rows_to_load(data: Catalogue) -> list[Row]:
    return [
        {
            "code": c.code,
            "phase": c.phase,
            "item": c.item,
            "short_label": c.short_label,
            "mandatory": c.mandatory,
            "required_when": c.required_when,
            "why": c.why,
            "short_list": c.short_list,
            "short_order": c.short_order,
            "asked_with": c.asked_with or "",
            "answered_by": c.answered_by,
            "in_one_tap": c.in_one_tap,
            "from_seed": c.in_seed,
            "order": c.order,
            **_source_and_reason_fields(c.judged, c.sources),
        }
        for c in data.checklist
    ]


def _adverse_effect_rows_to_load(data: Catalogue) -> list[Row]:
    return [
        {
            "code": e.code,
            "effect": e.effect,
            "short_label": e.short_label,
            "phase": e.phase,
            "onset": e.onset,
            "usual_duration": e.usual_duration,
            "level": e.level,
            "escalate_if": e.escalate_if,
            "action": e.action,
            "from_seed": e.in_seed,
            "order": e.order,
            "lot_days": e.lot_days,
            "asked_as": e.asked_as,
            **_source_and_reason_fields(e.judged, e.sources),
        }
        for e in data.effects
    ]
