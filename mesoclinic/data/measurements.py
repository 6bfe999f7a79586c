"""Reads the shipped files of measurements and of review rules."""

from mesoclinic.data.measurement_rows import MeasurementKindRow, ReviewRuleRow
from mesoclinic.data.tables import BASES, YES_NO, Files, Known, Row

MEASUREMENT_COLUMNS = (
    "code name benefit_of_seed unit_ucum method device site_rule range_min range_max reference"
    " smallest_detectable_change sdc_basis not_comparable_when higher_is_better conditions when source basis note"
)
REVIEW_RULE_COLUMNS = (
    "code condition when measure improved_if stable_if worse_if no_verdict_if options expected_rate"
    " evidence honesty_line source basis"
)

#: Where a figure is kept: measured here, told by the patient, graded at the assessment, elsewhere, or never.
KEPT_AS = ("measured", "patient", "graded", "elsewhere", "never")


def read_measurement_kinds(files: Files, known: Known) -> list[MeasurementKindRow]:
    rows = files.read_rows_and_note_bad("measurements.csv", MEASUREMENT_COLUMNS, key="code")
    beside = files.read_derived_rows_by_key(
        rows,
        "measurement_groups.csv",
        "short_name smallest_change smallest_change_percent kept_as order",
        key="code",
    )
    return [
        _read_measurement_kind(files, known, row, beside[row.read_text("code")])
        for row in rows
        if row.read_text("code") in beside
    ]


def _read_measurement_kind(files: Files, known: Known, row: Row, group: Row) -> MeasurementKindRow:
    for_all = row.read_text("conditions") == "all"
    judged = files.read_why_basis_and_sources(group)
    higher = row.read_value_and_note_unlisted("higher_is_better", YES_NO, optional=True)
    row.note_reversed_range("range_min", "range_max")
    return MeasurementKindRow(
        code=row.read_text("code"),
        name=row.read_text("name", required=True),
        short_name=group.read_text("short_name", required=True),
        unit=row.read_text("unit_ucum"),
        benefit=row.read_text("benefit_of_seed"),
        method=row.read_text("method"),
        device=row.read_text("device"),
        site_rule=row.read_text("site_rule"),
        minimum=row.read_decimal_or_none("range_min", negative=True),
        maximum=row.read_decimal_or_none("range_max", negative=True),
        reference=row.read_text("reference"),
        smallest_change=group.read_decimal_or_none("smallest_change"),
        smallest_change_percent=group.read_decimal_or_none("smallest_change_percent"),
        smallest_change_text=row.read_text("smallest_detectable_change"),
        smallest_change_basis=row.read_text("sdc_basis"),
        not_comparable_when=row.read_text("not_comparable_when"),
        higher_is_better=higher == "yes" if higher else None,
        conditions=()
        if for_all
        else row.read_codes_and_note_unknown("conditions", known.conditions, "condition", sign=";"),
        for_all_conditions=for_all,
        when=row.read_text("when"),
        kept_as=group.read_value_and_note_unlisted("kept_as", KEPT_AS),
        note=row.read_text("note"),
        basis=row.read_value_and_note_unlisted("basis", BASES),
        sources=tuple(dict.fromkeys([*files.read_source_keys_and_note_unknown(row), *judged.sources])),
        order=group.read_sort_number_or_zero(),
        why=judged.why,
    )


def read_review_rules(files: Files, known: Known) -> list[ReviewRuleRow]:
    rows = files.read_rows_and_note_bad("review_rules.csv", REVIEW_RULE_COLUMNS, key="code")
    return [
        ReviewRuleRow(
            code=row.read_text("code"),
            conditions=()
            if row.read_text("condition") == "*any"
            else row.read_codes_and_note_unknown("condition", known.conditions, "condition", sign=";"),
            when=row.read_text("when", required=True),
            measures=row.read_text("measure", required=True),
            improved_if=row.read_text("improved_if"),
            stable_if=row.read_text("stable_if"),
            worse_if=row.read_text("worse_if"),
            no_verdict_if=row.read_text("no_verdict_if"),
            options=row.read_text("options"),
            expected_rate=row.read_text("expected_rate"),
            evidence=row.read_text("evidence"),
            honesty_line=row.read_text("honesty_line", required=True),
            basis=row.read_value_and_note_unlisted("basis", BASES),
            sources=files.read_source_keys_and_note_unknown(row),
            order=number * 10,
        )
        for number, row in enumerate(rows, start=1)
    ]
