"""Reads how long what is made of the patient's own blood may wait."""

from mesoclinic.data.blood_rows import BloodLimitRow
from mesoclinic.data.tables import BASES, Files, Known


def read_blood_limits(files: Files, known: Known) -> list[BloodLimitRow]:
    rows = files.read_rows_and_note_bad(
        "blood_limits.csv", "code ingredient minutes why basis source note", key="code"
    )
    found = []
    for row in rows:
        minutes = row.read_whole_number_or_none("minutes")
        if not minutes:
            row.note_bad_row("minutes", "a limit is above zero")
            continue
        found.append(
            BloodLimitRow(
                code=row.read_text("code", required=True),
                ingredient=row.read_code_and_note_unknown("ingredient", known.ingredients, "ingredient"),
                minutes=minutes,
                why=row.read_text("why", required=True),
                basis=row.read_value_and_note_unlisted("basis", BASES),
                note=row.read_text("note"),
                sources=files.read_source_keys_and_note_unknown(row),
            )
        )
    return found
