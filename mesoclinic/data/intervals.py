"""Reads the shipped file about the days between two sessions."""

from mesoclinic.data.interval_rows import IntervalRow
from mesoclinic.data.tables import BASES, Files, Row

SCOPES = ("any", "ingredient", "protocol", "pair", "event")

LEVELS = ("block_fixed", "block_overridable", "warn", "none")

COLUMNS = (
    "code scope subject usual_days min_days max_days below_min_level early_level early_from_days above_max_level finding"
    " screen_below screen_above clears source basis note"
)


def read_intervals(files: Files) -> list[IntervalRow]:
    return [
        _read_interval(files, row)
        for row in files.read_rows_and_note_bad("intervals.csv", COLUMNS, key="code")
    ]


def _read_interval(files: Files, row: Row) -> IntervalRow:
    row.note_reversed_range("min_days", "early_from_days")
    row.note_reversed_range("min_days", "max_days")
    return IntervalRow(
        code=row.read_text("code"),
        scope=row.read_value_and_note_unlisted("scope", SCOPES),
        subject=row.read_text("subject", required=True),
        usual_days=row.read_text("usual_days"),
        min_days=row.read_whole_number_or_none("min_days"),
        max_days=row.read_whole_number_or_none("max_days"),
        below_min_level=row.read_value_and_note_unlisted("below_min_level", LEVELS),
        early_level=row.read_value_and_note_unlisted("early_level", LEVELS, optional=True),
        early_from_days=row.read_whole_number_or_none("early_from_days"),
        above_max_level=row.read_value_and_note_unlisted("above_max_level", LEVELS),
        finding=row.read_text("finding", required=True),
        screen_below=row.read_text("screen_below"),
        screen_above=row.read_text("screen_above"),
        clears=row.read_text("clears"),
        note=row.read_text("note"),
        basis=row.read_value_and_note_unlisted("basis", BASES),
        sources=files.read_source_keys_and_note_unknown(row),
    )
