"""Reads the shipped files about ingredients: ingredients, dose limits, interactions, contraindications."""

import re
from decimal import Decimal, InvalidOperation

from mesoclinic.data.rows import ContraRow, IngredientRow, LimitRow, PairRow
from mesoclinic.data.tables import BASES, Files, Known, Row, read_yes_no_with_remark

FAMILIES = (
    "b_vitamin",
    "vitamin",
    "mineral",
    "hyaluronic_acid",
    "amino_acid",
    "coenzyme",
    "peptide",
    "plant",
    "drug",
    "biologic",
    "premade",
    "anaesthetic",
    "diluent",
    "buffer",
    "other",
)

STATUSES = ("allowed", "restricted", "blocked")

PREPARATIONS = ("cocktail", "single_only", "either")

PRESCRIPTIONS = ("yes", "no", "varies")

LIMIT_KINDS = ("label_same_route", "label_other_route", "studied_dose", "protocol_digest")

LIMIT_UNITS = ("mg", "mL", "mL/cm2")

LIMIT_PERIODS = ("session", "dose", "day")

PAIR_KINDS = ("incompatible", "caution", "redundant-class", "ok")

PAIR_SEVERITIES = ("high", "moderate", "low", "none")

PAIR_SCOPES = (
    "any",
    "same syringe",
    "same session",
    "same syringe or same session",
    "separate syringes, same session",
)

CONTRA_SEVERITIES = ("absolute", "relative")

INGREDIENT_COLUMNS = (
    "code name synonyms_inn class is_active counting_note from_seed atc_code cas unii"
    " usual_concentration usual_dose_per_session max_value max_unit max_period max_per_kg max_basis"
    " max_kind gk_suggested_max usual_interval regulatory_status prescription_only default_status"
    " storage shelf_life_after_opening evidence_note unverified_fields sources"
)


def read_ingredients_and_dose_limits(
    files: Files, rows: list[Row]
) -> tuple[list[IngredientRow], list[LimitRow]]:
    beside = files.read_derived_rows_by_key(
        rows,
        "ingredient_groups.csv",
        "family work_order preparation prescription in_syringe status_reason status_source limit_source",
        key="code",
    )
    found, limits = [], []
    for row in rows:
        group = beside.get(row.read_text("code"))
        if group is None:
            continue
        found.append(_read_ingredient(files, row, group))
        if row.read_text("max_value"):
            limits.append(_read_dose_limit_or_none(files, row, group))
    return found, [limit for limit in limits if limit is not None]


def _read_ingredient(files: Files, row: Row, group: Row) -> IngredientRow:
    status = row.read_value_and_note_unlisted("default_status", STATUSES)
    reason = group.read_text("status_reason")
    if status != "allowed" and not reason:
        group.note_bad_row("status_reason", f"a {status} ingredient needs a reason for people")
    if status == "allowed" and reason:
        group.note_bad_row("status_reason", "an allowed ingredient has none")
    return IngredientRow(
        code=row.read_text("code"),
        name=row.read_text("name", required=True),
        synonyms=row.split_cell("synonyms_inn"),
        chemical_class=row.read_text("class", required=True),
        is_active=row.read_yes_no("is_active"),
        counting_note=row.read_text("counting_note"),
        from_seed=read_yes_no_with_remark(row, "from_seed"),
        from_seed_text=row.read_text("from_seed"),
        atc_code=row.read_text("atc_code"),
        cas=row.read_text("cas"),
        unii=row.read_text("unii"),
        usual_concentration=row.read_text("usual_concentration"),
        usual_dose_per_session=row.read_text("usual_dose_per_session"),
        usual_interval=row.read_text("usual_interval"),
        regulatory_status=row.read_text("regulatory_status"),
        prescription_only=row.read_text("prescription_only"),
        default_status=status,
        storage=row.read_text("storage"),
        shelf_life_after_opening=row.read_text("shelf_life_after_opening"),
        evidence_note=row.read_text("evidence_note"),
        unverified_fields=row.split_cell("unverified_fields"),
        sources=files.read_source_keys_and_note_unknown(row, "sources"),
        family=group.read_value_and_note_unlisted("family", FAMILIES),
        work_order=group.read_sort_number_or_zero("work_order"),
        preparation=group.read_value_and_note_unlisted("preparation", PREPARATIONS),
        prescription=group.read_value_and_note_unlisted("prescription", PRESCRIPTIONS),
        in_syringe=group.read_yes_no("in_syringe"),
        status_reason=reason,
        status_sources=files.read_source_keys_and_note_unknown(group, "status_source", required=bool(reason)),
        judged=files.read_why_basis_and_sources(group),
    )


def _read_dose_limit_or_none(files: Files, row: Row, group: Row) -> LimitRow | None:
    value = row.read_decimal_or_none("max_value")
    if value is not None and value <= 0:
        row.note_bad_row("max_value", "a limit is above zero")
    unit = row.read_value_and_note_unlisted("max_unit", LIMIT_UNITS)
    per_kg = None
    if row.read_text("max_per_kg"):  # "4.5 mg/kg", in the unit of the limit
        written = re.fullmatch(r"([0-9.]+) (\S+)/kg", row.read_text("max_per_kg"))
        try:
            per_kg = Decimal(written[1]) if written and written[2] == unit else None
        except InvalidOperation:
            per_kg = None
        if per_kg is None:
            row.note_bad_row("max_per_kg", f"“{row.read_text('max_per_kg')}” is not a number of {unit}/kg")
    kind = row.read_value_and_note_unlisted("max_kind", LIMIT_KINDS)
    period = row.read_value_and_note_unlisted("max_period", LIMIT_PERIODS)
    sources = files.read_source_keys_and_note_unknown(group, "limit_source")
    if value is None:
        return None
    return LimitRow(
        ingredient=row.read_text("code"),
        value=value,
        unit=unit,
        period=period,
        per_kg=per_kg,
        kind=kind,
        basis_text=row.read_text("max_basis", required=True),
        suggested=row.read_text("gk_suggested_max"),
        sources=sources,
    )


def read_interactions(files: Files, known: Known) -> list[PairRow]:
    rows = files.read_rows_and_note_bad(
        "interactions.csv", "ingredient_a ingredient_b kind severity scope why basis source"
    )
    first: dict[frozenset[str], int] = {}
    found = []
    for row in rows:
        pair = frozenset((row.read_text("ingredient_a"), row.read_text("ingredient_b")))
        if len(pair) == 1:
            row.note_bad_row("ingredient_b", "is the same ingredient")
        elif pair in first:
            row.note_bad_row("ingredient_b", f"this pair is already on line {first[pair]}")
        first.setdefault(pair, row.line)
        found.append(
            PairRow(
                ingredient_a=row.read_code_and_note_unknown("ingredient_a", known.ingredients, "ingredient"),
                ingredient_b=row.read_code_or_none_if_any("ingredient_b", known.ingredients, "ingredient"),
                kind=row.read_value_and_note_unlisted("kind", PAIR_KINDS),
                severity=row.read_value_and_note_unlisted("severity", PAIR_SEVERITIES),
                scope=row.read_value_and_note_unlisted("scope", PAIR_SCOPES),
                why=row.read_text_in_full_words("why", required=True),
                basis=row.read_value_and_note_unlisted("basis", BASES),
                sources=files.read_source_keys_and_note_unknown(row),
            )
        )
    return found


def read_contraindications(files: Files, known: Known) -> list[ContraRow]:
    rows = files.read_rows_and_note_bad(
        "contraindications.csv",
        "ingredient_or_treatment patient_factor factor_code severity severity_note why action basis source",
        key="ingredient_or_treatment factor_code",
    )
    return [
        ContraRow(
            ingredient=row.read_code_or_none_if_any(
                "ingredient_or_treatment", known.ingredients, "ingredient", anything="*treatment"
            ),
            factor_code=row.read_code_or_none_if_any("factor_code", known.factors, "factor"),
            patient_factor=row.read_text_in_full_words("patient_factor", required=True),
            severity=row.read_value_and_note_unlisted("severity", CONTRA_SEVERITIES),
            severity_note=row.read_text("severity_note"),
            why=row.read_text_in_full_words("why"),
            action=row.read_text_in_full_words("action", required=True),
            basis=row.read_value_and_note_unlisted("basis", BASES),
            sources=files.read_source_keys_and_note_unknown(row),
        )
        for row in rows
    ]
