"""Reads the shipped files about treatment: indications, protocols, ready-made products, adverse effects, checklist."""

from mesoclinic.data.rows import ChecklistRow, EffectRow, IndicationRow, PremadeRow, ProtocolRow
from mesoclinic.data.tables import BASES, Files, Known, Row, codes_in_column, read_yes_no_with_remark

TECHNIQUES = ("epidermic", "papule", "nappage", "point_by_point", "mesogun")

INJECTABLE = ("yes", "no", "check")

PRESENTATIONS = ("ampoule", "single_dose", "multi_dose", "prefilled")

EFFECT_LEVELS = ("expected", "alert", "emergency")

PHASES = ("before", "during", "after")

#: Who answers a line of the checklist; “photographs” is asked of nobody until the record keeps photographs.
ANSWERED_BY = ("person", "software", "photographs")


def read_indications(files: Files, known: Known) -> list[IndicationRow]:
    rows = files.read_rows_and_note_bad(
        "indications.csv",
        "condition ingredient support_0_3 evidence_level remark basis source",
        key="condition ingredient",
    )
    return [
        IndicationRow(
            condition=row.read_code_and_note_unknown("condition", known.conditions, "condition"),
            ingredient=row.read_code_and_note_unknown("ingredient", known.ingredients, "ingredient"),
            support=_read_support_grade(row),
            evidence_level=row.read_text_in_full_words("evidence_level", required=True),
            remark=row.read_text_in_full_words("remark"),
            basis=row.read_value_and_note_unlisted("basis", BASES),
            sources=files.read_source_keys_and_note_unknown(row),
        )
        for row in rows
    ]


def _read_support_grade(row: Row) -> int:
    grades = {"0": 0, "1": 1, "2": 2, "3": 3}
    return grades.get(row.read_value_and_note_unlisted("support_0_3", grades), 0)


def read_protocols(files: Files, known: Known) -> list[ProtocolRow]:
    rows = files.read_rows_and_note_bad(
        "protocols.csv",
        "code condition name sessions interval_pattern interval_days_between technique needle"
        " depth_mm volume_per_point_ml spacing_cm total_volume_ml duration_min maintenance"
        " ingredients unverified_fields source",
        key="code",
    )
    beside = files.read_derived_rows_by_key(
        rows,
        "protocol_numbers.csv",
        "is_technique sessions_min sessions_max sessions_default intervals technique_code"
        " depth_min_mm depth_max_mm ml_per_point_min ml_per_point_max spacing_cm total_ml_min"
        " total_ml_max minutes_min minutes_max maintenance_days note",
        key="code",
    )
    return [
        _read_protocol(files, row, beside[row.read_text("code")], known)
        for row in rows
        if row.read_text("code") in beside
    ]


def _read_protocol(files: Files, row: Row, numbers: Row, known: Known) -> ProtocolRow:
    is_technique = numbers.read_yes_no("is_technique")
    sessions = numbers.read_whole_number_or_none("sessions_default")
    intervals = numbers.read_numbers_of_days("intervals")
    if not is_technique and len(intervals) != (sessions or 0) - 1:
        numbers.note_bad_row("intervals", f"{len(intervals)} intervals do not make {sessions} sessions")
    for low, high in (
        ("sessions_min", "sessions_default"),
        ("sessions_default", "sessions_max"),
        ("depth_min_mm", "depth_max_mm"),
        ("ml_per_point_min", "ml_per_point_max"),
        ("total_ml_min", "total_ml_max"),
        ("minutes_min", "minutes_max"),
    ):
        numbers.note_reversed_range(low, high)
    return ProtocolRow(
        code=row.read_text("code"),
        condition=row.read_code_or_none_if_any("condition", known.conditions, "condition"),
        name=row.read_text("name", required=True),
        is_technique=is_technique,
        sessions_text=row.read_text("sessions"),
        interval_pattern=row.read_text("interval_pattern"),
        sessions_min=numbers.read_whole_number_or_none("sessions_min"),
        sessions_max=numbers.read_whole_number_or_none("sessions_max"),
        sessions_default=sessions,
        intervals=intervals,
        technique=row.read_text("technique"),
        technique_code=numbers.read_value_and_note_unlisted("technique_code", TECHNIQUES, optional=True),
        needle=row.read_text("needle"),
        depth_mm=row.read_text("depth_mm"),
        depth_min_mm=numbers.read_decimal_or_none("depth_min_mm"),
        depth_max_mm=numbers.read_decimal_or_none("depth_max_mm"),
        volume_per_point_ml=row.read_text("volume_per_point_ml"),
        ml_per_point_min=numbers.read_decimal_or_none("ml_per_point_min"),
        ml_per_point_max=numbers.read_decimal_or_none("ml_per_point_max"),
        spacing_cm=numbers.read_decimal_or_none("spacing_cm"),
        total_volume_ml=row.read_text("total_volume_ml"),
        total_ml_min=numbers.read_decimal_or_none("total_ml_min"),
        total_ml_max=numbers.read_decimal_or_none("total_ml_max"),
        duration_min=row.read_text("duration_min"),
        minutes_min=numbers.read_whole_number_or_none("minutes_min"),
        minutes_max=numbers.read_whole_number_or_none("minutes_max"),
        maintenance=row.read_text("maintenance"),
        maintenance_days=numbers.read_whole_number_or_none("maintenance_days"),
        ingredients=row.read_codes_and_note_unknown("ingredients", known.ingredients, "ingredient"),
        note=numbers.read_text("note"),
        unverified_fields=row.split_cell("unverified_fields"),
        sources=files.read_source_keys_and_note_unknown(row),
        judged=files.read_why_basis_and_sources(numbers),
    )


def read_premade_products(files: Files, known: Known) -> list[PremadeRow]:
    rows = files.read_rows_and_note_bad(
        "premade.csv", "code name kind composition volume status remark source", key="code"
    )
    beside = files.read_derived_rows_by_key(
        rows,
        "premade_groups.csv",
        "injectable legal_route contents ready_made counts_as_one additions_allowed container_ml presentation"
        " blocked blocked_reason",
        key="code",
    )
    found = []
    for row in rows:
        group = beside.get(row.read_text("code"))
        if group is None:
            continue
        blocked = group.read_yes_no("blocked")
        if blocked != bool(group.read_text("blocked_reason")):
            group.note_bad_row("blocked_reason", "a blocked product has a reason, and no other has one")
        found.append(
            PremadeRow(
                code=row.read_text("code"),
                name=row.read_text("name", required=True),
                kind=row.read_text("kind"),
                composition=row.read_text("composition", required=True),
                volume=row.read_text("volume"),
                status=row.read_text("status"),
                remark=row.read_text_in_full_words("remark"),
                injectable=group.read_value_and_note_unlisted("injectable", INJECTABLE),
                legal_route=group.read_text("legal_route", required=True),
                contents=group.read_codes_and_note_unknown("contents", known.ingredients, "ingredient"),
                ready_made=group.read_yes_no("ready_made"),
                counts_as_one=group.read_yes_no("counts_as_one"),
                additions_allowed=group.read_yes_no("additions_allowed"),
                container_ml=group.read_decimal_or_none("container_ml"),
                presentation=group.read_value_and_note_unlisted("presentation", PRESENTATIONS),
                blocked=blocked,
                blocked_reason=group.read_text("blocked_reason"),
                sources=files.read_source_keys_and_note_unknown(row),
                judged=files.read_why_basis_and_sources(group),
            )
        )
    return found


def read_adverse_effects(files: Files) -> list[EffectRow]:
    rows = files.read_rows_and_note_bad(
        "adverse_effects.csv",
        "effect phase onset usual_duration expected_or_alert escalate_if action in_seed source",
        key="effect",
    )
    beside = files.read_derived_rows_by_key(
        rows, "reaction_groups.csv", "code short_label level order lot_days asked_as", key="effect"
    )
    files.note_duplicate_keys(list(beside.values()), ["code"])
    found = []
    for row in rows:
        group = beside.get(row.read_text("effect"))
        if group is None:
            continue
        level = group.read_value_and_note_unlisted("level", EFFECT_LEVELS)
        if level != row.read_value_and_note_unlisted("expected_or_alert", EFFECT_LEVELS):
            group.note_bad_row("level", f"adverse_effects.csv says “{row.read_text('expected_or_alert')}”")
        found.append(
            EffectRow(
                code=group.read_text("code"),
                effect=row.read_text("effect"),
                short_label=group.read_text("short_label", required=True),
                phase=row.read_text("phase"),
                onset=row.read_text("onset"),
                usual_duration=row.read_text("usual_duration"),
                level=level,
                escalate_if=row.read_text_in_full_words("escalate_if"),
                action=row.read_text_in_full_words("action"),
                in_seed=read_yes_no_with_remark(row, "in_seed"),
                order=group.read_sort_number_or_zero(),
                lot_days=group.read_whole_number_or_none("lot_days"),
                asked_as=group.read_text("asked_as"),
                sources=files.read_source_keys_and_note_unknown(row),
                judged=files.read_why_basis_and_sources(group),
            )
        )
    return found


def read_checklist(files: Files) -> list[ChecklistRow]:
    rows = files.read_rows_and_note_bad(
        "checklist.csv", "code phase item mandatory required_when why in_seed source", key="code"
    )
    beside = files.read_derived_rows_by_key(
        rows,
        "checklist_short.csv",
        "short_label short_list short_order order asked_with answered_by one_tap",
        key="code",
    )
    known = codes_in_column(rows)
    found = []
    for row in rows:
        group = beside.get(row.read_text("code"))
        if group is None:
            continue
        short_list = group.read_yes_no("short_list")
        if short_list != bool(group.read_text("short_order")):
            group.note_bad_row("short_order", "stands on the rows of the short list, and on no other")
        found.append(
            ChecklistRow(
                code=row.read_text("code"),
                phase=row.read_value_and_note_unlisted("phase", PHASES),
                item=row.read_text("item", required=True),
                mandatory=row.read_yes_no("mandatory"),
                required_when=row.read_text("required_when"),
                why=row.read_text("why"),
                in_seed=read_yes_no_with_remark(row, "in_seed"),
                short_label=group.read_text("short_label", required=True),
                short_list=short_list,
                short_order=group.read_whole_number_or_none("short_order"),
                order=group.read_sort_number_or_zero(),
                asked_with=group.read_code_and_note_unknown(
                    "asked_with", known, "checklist item", required=False
                )
                or None,
                answered_by=group.read_value_and_note_unlisted("answered_by", ANSWERED_BY),
                in_one_tap=group.read_yes_no("one_tap"),
                sources=files.read_source_keys_and_note_unknown(row),
                judged=files.read_why_basis_and_sources(group),
            )
        )
    return found
