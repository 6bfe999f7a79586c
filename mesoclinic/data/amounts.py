"""Reads the shipped files about amounts: volume limits, what is known of each dose, and which names are one substance."""

import re
from decimal import Decimal

from mesoclinic.data.amount_rows import DoseCoverageRow, SubstanceRow, VolumeLimitRow
from mesoclinic.data.rows import LimitRow
from mesoclinic.data.tables import BASES, Files, Known, Row

#: What a volume limit may be about, in the file's own words.
LIMITED = (
    "needle depth",
    "volume per point",
    "spacing",
    "volume per cm2",
    "volume per session",
    "volume per region",
    "points per region",
    "needle",
    "cream area",
    "cream amount",
)

LEVELS = ("block_fixed", "block_overridable", "warn", "none")

#: Techniques by the code of the files.
TECHNIQUES = ("epidermic", "papule", "nappage", "point_by_point", "mesogun")

SUBSTANCE_KINDS = ("catalogue", "not_in_catalogue", "allergen_only")

#: A mixture counts as one by this word; a product by its maker's list.
MIXTURE, PRODUCT = "*mixture", "*product"

COVERAGE_LEVELS = ("block_fixed", "block_overridable", "warn", "note")

LANGUAGES = ("en", "fr", "es", "tr", "de")

VOLUME_COLUMNS = (
    "code what technique ingredient min usual max unit level_over_max finding formula kind source basis note"
)
COVERAGE_COLUMNS = (
    "code name is_active status limit_row_now highest_dose unit period concentration volume_ml interval_days"
    " sessions population kind proposed_level_over reason_if_empty screen_text source basis note"
)
SUBSTANCE_COLUMNS = (
    "code kind moiety dose_pool counts_as_active forms inside_ready_made inci_or_label_names allergy_class"
    " allergy_level cross_reacts_with cross_level does_not_cross cross_basis syn_en syn_fr syn_es syn_tr syn_de"
    " match_note source basis"
)


def read_volume_limits(files: Files, known: Known) -> list[VolumeLimitRow]:
    rows = files.read_rows_and_note_bad("volume_limits.csv", VOLUME_COLUMNS, key="code")
    return [_read_volume_limit(files, row, known) for row in rows]


def _read_volume_limit(files: Files, row: Row, known: Known) -> VolumeLimitRow:
    technique = row.read_text("technique", required=True)
    if technique == "*any":
        technique = ""
    elif technique not in TECHNIQUES:
        row.note_bad_row("technique", f"“{technique}” is not one of: {', '.join(TECHNIQUES)}")
    scope, ingredient = _scope_and_ingredient_of_volume_limit(row, known)
    level, finding = row.read_value_and_note_unlisted("level_over_max", LEVELS), row.read_text("finding")
    if level != "none" and not finding:
        row.note_bad_row("finding", "what is found needs a code")
    row.note_reversed_range("min", "max")
    return VolumeLimitRow(
        code=row.read_text("code"),
        what=row.read_value_and_note_unlisted("what", LIMITED),
        technique=technique,
        scope=scope,
        ingredient=ingredient,
        zone=finding.removeprefix("volume-region:") if finding.startswith("volume-region:") else "",
        minimum=row.read_decimal_or_none("min"),
        usual=row.read_text("usual"),
        maximum=row.read_decimal_or_none("max"),
        unit=row.read_text("unit"),
        level=level,
        finding=finding,
        formula=row.read_text("formula"),
        kind=row.read_text("kind", required=True),
        note=row.read_text("note"),
        basis=row.read_value_and_note_unlisted("basis", BASES),
        sources=files.read_source_keys_and_note_unknown(row),
    )


def _scope_and_ingredient_of_volume_limit(row: Row, known: Known) -> tuple[str, str | None]:
    """Whom it speaks of: ``*any``, ``*cocktail``, ``*any but prp`` or one ingredient."""
    cell = row.read_text("ingredient", required=True)
    if cell in ("*any", "*cocktail"):
        return cell.removeprefix("*"), None
    scope, code = (
        ("all_but", cell.removeprefix("*any but ")) if cell.startswith("*any but ") else ("ingredient", cell)
    )
    if code not in known.ingredients:
        row.note_bad_row("ingredient", f"“{code}” is not a known ingredient")
    return scope, code


def read_dose_coverage_and_missing_limits(
    files: Files, known: Known
) -> tuple[list[DoseCoverageRow], list[LimitRow]]:
    """What is known of each dose, and the limits that ingredients.csv does not hold yet."""
    rows = files.read_rows_and_note_bad("dose_coverage.csv", COVERAGE_COLUMNS, key="code")
    for code in sorted(known.ingredients - {row.read_text("code") for row in rows}) if rows else ():
        rows[0].note_bad_row("code", f"“{code}” has no row here")
    found, limits = [], []
    for row in rows:
        coverage = _read_dose_coverage(files, row, known)
        found.append(coverage)
        if (
            not row.read_yes_no("limit_row_now")
            and coverage.highest_dose
            and coverage.unit in ("mg", "mL", "mL/cm2")
        ):
            limits.append(_dose_limit_row_from_coverage(coverage, coverage.highest_dose))
    return found, limits


def _read_dose_coverage(files: Files, row: Row, known: Known) -> DoseCoverageRow:
    highest, reason = row.read_decimal_or_none("highest_dose"), row.read_text("reason_if_empty")
    if highest is None and not reason:
        row.note_bad_row("reason_if_empty", "no figure, and no reason for that")
    return DoseCoverageRow(
        ingredient=row.read_code_and_note_unknown("code", known.ingredients, "ingredient"),
        highest_dose=highest,
        unit=row.read_text("unit"),
        period=row.read_text("period"),
        concentration=row.read_text("concentration"),
        population=row.read_text("population"),
        kind=row.read_text("kind", required=True),
        level_over=row.read_value_and_note_unlisted("proposed_level_over", COVERAGE_LEVELS),
        reason=reason,
        screen_text=row.read_text("screen_text", required=True),
        note=row.read_text("note"),
        basis=row.read_value_and_note_unlisted("basis", BASES),
        sources=files.read_source_keys_and_note_unknown(row),
    )


def _dose_limit_row_from_coverage(row: DoseCoverageRow, highest: Decimal) -> LimitRow:
    """A studied figure that only warns is a volume: how many mg it held was not read."""
    return LimitRow(
        ingredient=row.ingredient,
        value=highest,
        unit=row.unit,
        period=row.period,
        per_kg=None,
        kind="studied_volume" if (row.kind, row.level_over) == ("studied_dose", "warn") else row.kind,
        basis_text=row.screen_text,
        suggested="",
        sources=row.sources,
    )


def read_substances(files: Files, known: Known) -> list[SubstanceRow]:
    rows = files.read_rows_and_note_bad("substances.csv", SUBSTANCE_COLUMNS, key="code")
    return [_read_substance(files, row, known) for row in rows]


def _read_substance(files: Files, row: Row, known: Known) -> SubstanceRow:
    code, kind = row.read_text("code"), row.read_value_and_note_unlisted("kind", SUBSTANCE_KINDS)
    if kind == "catalogue":
        row.read_code_and_note_unknown("code", known.ingredients, "ingredient")
    elif code in known.ingredients:
        row.note_bad_row("kind", f"“{code}” is in the catalogue")
    moiety = row.read_text("moiety", required=True)
    pools, possible = _dose_pools_and_possible_pools(row.read_text("dose_pool"))
    inside = [re.sub(r"\s*\(.*\)$", "", part) for part in row.split_cell("inside_ready_made")]
    return SubstanceRow(
        code=code,
        kind=kind,
        ingredient=code if kind == "catalogue" else None,
        moiety="" if moiety in (MIXTURE, PRODUCT) else moiety,
        is_mixture=moiety == MIXTURE,
        pools=pools,
        possible_pools=possible,
        members_are_counted="as coenzymes" not in row.read_text("dose_pool"),
        counts_as_active=row.read_text("counts_as_active"),
        forms=row.split_cell("forms"),
        inside_products=tuple(part for part in inside if not part.endswith("?")),
        maybe_inside_products=tuple(part.rstrip("?") for part in inside if part.endswith("?")),
        label_names=row.split_cell("inci_or_label_names"),
        allergy_class=row.read_text("allergy_class"),
        allergy_level=row.read_value_and_note_unlisted("allergy_level", LEVELS),
        cross_reacts_with=row.split_cell("cross_reacts_with"),
        cross_level=row.read_value_and_note_unlisted("cross_level", LEVELS, optional=True),
        does_not_cross=row.read_text("does_not_cross"),
        cross_basis=row.read_value_and_note_unlisted("cross_basis", BASES, optional=True),
        synonyms={language: row.split_cell(f"syn_{language}") for language in LANGUAGES},
        match_note=row.read_text("match_note"),
        basis=row.read_value_and_note_unlisted("basis", BASES),
        sources=files.read_source_keys_and_note_unknown(row),
    )


def _dose_pools_and_possible_pools(cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """“thiamine+niacin+(cobalamin)”: what it adds to, and what it may add to. ``*label`` tells nothing."""
    parts = [part.strip() for part in re.split(r"[+;]", re.sub(r"\s+\([^)]*\)", "", cell)) if part.strip()]
    return (
        tuple(part for part in parts if not part.startswith(("(", "*"))),
        tuple(part.strip("()") for part in parts if part.startswith("(")),
    )
