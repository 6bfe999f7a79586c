"""Reads the shipped files about conditions: conditions, severity scales, scalp zones."""

import re

from mesoclinic.data.rows import ConditionRow, ScaleFor, ScaleLevelRow, ScaleRow, ZoneRow
from mesoclinic.data.tables import Files, Known, Row, read_yes_no_with_remark

ROLES = ("indication", "doubtful", "exclusion", "refer", "related", "cause")

WHO = ("any", "men", "women")

SCALE_KINDS = ("ordinal", "number", "percent", "count", "change")

DIRECTIONS = ("higher = worse", "higher = better")

SALT_ZONES = ("top", "back", "left", "right")

CONDITION_COLUMNS = (
    "code name role icd10 icd11 icd11_status snomed_ct snomed_status severity_scales from_seed notes sources"
)


def read_conditions(files: Files, rows: list[Row], known: Known) -> list[ConditionRow]:
    beside = files.read_derived_rows_by_key(
        rows,
        "condition_groups.csv",
        "role who temporary factor_code contested contested_source order",
        key="code",
    )
    found = []
    for row in rows:
        group = beside.get(row.read_text("code"))
        if group is None:
            continue
        scales, exams = _read_scales_and_other_exams(row, known)
        contested = group.read_text("contested")
        found.append(
            ConditionRow(
                code=row.read_text("code"),
                name=row.read_text("name", required=True),
                role=group.read_value_and_note_unlisted("role", ROLES),
                role_text=row.read_text("role", required=True),
                who=group.read_value_and_note_unlisted("who", WHO),
                temporary=group.read_yes_no("temporary"),
                factor_code=group.read_code_and_note_unknown(
                    "factor_code", known.factors, "factor", required=False
                )
                or None,
                contested=contested,
                contested_sources=files.read_source_keys_and_note_unknown(
                    group, "contested_source", required=bool(contested)
                ),
                order=group.read_sort_number_or_zero(),
                icd10=row.read_text("icd10"),
                icd10_codes=_codes_matching_pattern(
                    r"\b[A-Z][0-9]{2}(?:\.[0-9]{1,2})?\b", row.read_text("icd10")
                ),
                icd11=row.read_text("icd11"),
                icd11_status=row.read_text("icd11_status"),
                snomed_ct=row.read_text("snomed_ct"),
                snomed_codes=_codes_matching_pattern(r"\b[0-9]{6,18}\b", row.read_text("snomed_ct")),
                snomed_status=row.read_text("snomed_status"),
                scales=scales,
                other_exams=exams,
                from_seed=read_yes_no_with_remark(row, "from_seed"),
                notes=row.read_text_in_full_words("notes"),
                sources=files.read_source_keys_and_note_unknown(row, "sources"),
                judged=files.read_why_basis_and_sources(group),
            )
        )
    return found


def _codes_matching_pattern(pattern: str, text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.findall(pattern, text)))


def _read_scales_and_other_exams(row: Row, known: Known) -> tuple[tuple[ScaleFor, ...], tuple[str, ...]]:
    """“HAMILTON_NORWOOD (men); LUDWIG, SINCLAIR (women); GPA7; photo”: scales and other exams."""
    scales, exams = [], []
    for part in row.split_cell("severity_scales"):
        names, _, who = part.partition(" (")
        who = who.rstrip(")") or "any"
        if who not in WHO:
            row.note_bad_row("severity_scales", f"“{who}” is not one of: {', '.join(WHO)}")
        for name in names.split(","):
            name = name.strip()
            if name.islower():
                exams.append(name)
            elif name in known.scales:
                scales.append(ScaleFor(name, who))
            else:
                row.note_bad_row("severity_scales", f"“{name}” is not a known scale")
    return tuple(scales), tuple(exams)


SCALE_COLUMNS = "scale_code scale_name applies_to type direction unit order value label description sources"


def read_scales_and_levels(files: Files, rows: list[Row]) -> tuple[list[ScaleRow], list[ScaleLevelRow]]:
    beside = files.read_derived_rows_by_key(
        rows, "scale_groups.csv", "kind min max step short_name from_sex order", key="scale_code"
    )
    scales: dict[str, ScaleRow] = {}
    levels = []
    for row in rows:
        code = row.read_text("scale_code")
        levels.append(
            ScaleLevelRow(
                scale_code=code,
                order=row.read_sort_number_or_zero(),
                value=row.read_text("value", required=True),
                label=row.read_text("label"),
                description=row.read_text("description"),
                sources=files.read_source_keys_and_note_unknown(row, "sources"),
            )
        )
        group = beside.get(code)
        if group is None or code in scales:
            continue
        kind = group.read_value_and_note_unlisted("kind", SCALE_KINDS)
        ends = {name: group.read_decimal_or_none(name, negative=True) for name in ("min", "max", "step")}
        if kind in SCALE_KINDS[1:]:
            for name, value in ends.items():
                if value is None:
                    group.note_bad_row(name, f"a {kind} scale needs it")
        group.note_reversed_range("min", "max")
        scales[code] = ScaleRow(
            code=code,
            name=row.read_text("scale_name", required=True),
            short_name=group.read_text("short_name", required=True),
            applies_to=row.read_text("applies_to"),
            type_text=row.read_text("type"),
            kind=kind,
            higher_is_worse=row.read_value_and_note_unlisted("direction", DIRECTIONS) == "higher = worse",
            unit=row.read_text("unit"),
            minimum=ends["min"],
            maximum=ends["max"],
            step=ends["step"],
            from_sex=group.read_value_and_note_unlisted("from_sex", ("male", "female"), optional=True),
            order=group.read_sort_number_or_zero(),
            sources=files.read_source_keys_and_note_unknown(row, "sources"),
            judged=files.read_why_basis_and_sources(group),
        )
    return list(scales.values()), levels


def read_zones(files: Files) -> list[ZoneRow]:
    rows = files.read_rows_and_note_bad(
        "zones.csv", "code name area_cm2 salt_zone optional order why basis source", key="code"
    )
    return [
        ZoneRow(
            code=row.read_text("code"),
            name=row.read_text("name", required=True),
            area_cm2=row.read_decimal_or_none("area_cm2"),
            salt_zone=row.read_value_and_note_unlisted("salt_zone", SALT_ZONES, optional=True),
            optional=row.read_yes_no("optional"),
            order=row.read_sort_number_or_zero(),
            judged=files.read_why_basis_and_sources(row),
        )
        for row in rows
    ]
