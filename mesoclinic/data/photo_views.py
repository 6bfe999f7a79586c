"""Reads the shipped file of views to photograph."""

from mesoclinic.data.photo_view_rows import PhotoViewRow
from mesoclinic.data.tables import BASES, Files

PHOTO_VIEW_COLUMNS = (
    "code pattern order view framing distance_cm patient_position hair light camera compare_rule required_at why"
    " source basis note"
)

#: Says that a consent is needed; it is no view.
_ALL_PATTERNS = "all"


def read_photo_views(files: Files) -> list[PhotoViewRow]:
    rows = files.read_rows_and_note_bad("photo_views.csv", PHOTO_VIEW_COLUMNS, key="code")
    return [
        PhotoViewRow(
            code=row.read_text("code"),
            pattern=row.read_text("pattern", required=True),
            order=row.read_whole_number_or_none("order") or 0,
            name=_with_capital(row.read_text("view", required=True)),
            framing=row.read_text("framing"),
            distance=row.read_text("distance_cm"),
            patient_position=row.read_text("patient_position"),
            hair=row.read_text("hair"),
            light=row.read_text("light"),
            camera=row.read_text("camera"),
            compare_rule=row.read_text("compare_rule"),
            required_at=row.read_text("required_at"),
            why=row.read_text("why"),
            note=row.read_text("note"),
            basis=row.read_value_and_note_unlisted("basis", BASES),
            sources=files.read_source_keys_and_note_unknown(row),
        )
        for row in rows
        if row.read_text("pattern") != _ALL_PATTERNS
    ]


def _with_capital(text: str) -> str:
    return text[:1].upper() + text[1:]
