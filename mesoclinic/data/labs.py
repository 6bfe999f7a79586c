"""Reads the shipped file of laboratory tests."""

import re
from decimal import Decimal

from mesoclinic.data.lab_rows import LabTestRow
from mesoclinic.data.tables import BASES, Files, Row

LAB_COLUMNS = (
    "code test unit_ucum other_unit loinc loinc_status usual_interval interval_note asked_for_conditions"
    " max_age_days finding_low finding_high action who_sees source basis note"
)

_OTHER_UNIT = re.compile(r"(?P<unit>\S+)(?: \((?:(?P<same>same number)|x(?P<factor>[0-9.]+))\))?")


def read_lab_tests(files: Files) -> list[LabTestRow]:
    rows = files.read_rows_and_note_bad("labs.csv", LAB_COLUMNS, key="code")
    return [_read_lab_test(files, row, number * 10) for number, row in enumerate(rows, start=1)]


def _read_lab_test(files: Files, row: Row, order: int) -> LabTestRow:
    other_unit, other_factor = _read_other_unit_and_factor(row)
    return LabTestRow(
        code=row.read_text("code"),
        name=row.read_text("test", required=True),
        unit=row.read_text("unit_ucum"),
        other_unit=other_unit,
        other_factor=other_factor,
        loinc=row.read_text("loinc"),
        loinc_status=row.read_text("loinc_status"),
        usual_interval=row.read_text("usual_interval"),
        interval_note=row.read_text("interval_note"),
        asked_for=row.read_text("asked_for_conditions"),
        max_age_days=row.read_whole_number_or_none("max_age_days"),
        finding_low=row.read_text("finding_low"),
        finding_high=row.read_text("finding_high"),
        action=row.read_text("action"),
        note=row.read_text("note"),
        basis=row.read_value_and_note_unlisted("basis", BASES),
        sources=files.read_source_keys_and_note_unknown(row),
        order=order,
    )


def _read_other_unit_and_factor(row: Row) -> tuple[str, Decimal | None]:
    """“nmol/L (x2.5)”: the unit and the factor; None where none is said."""
    text = row.read_text("other_unit")
    found = _OTHER_UNIT.fullmatch(text)
    if not text or found is None:
        if text:
            row.note_bad_row("other_unit", f"“{text}” is not a unit with “(x2.5)” or “(same number)”")
        return "", None
    if found["same"]:
        return found["unit"], Decimal(1)
    return found["unit"], Decimal(found["factor"]) if found["factor"] else None
