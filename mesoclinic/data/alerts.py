"""Reads what stands against the next injection: the kinds of alert, and what each asks before it is cleared."""

from collections.abc import Collection, Mapping

from mesoclinic.data.alert_rows import AlertClearingFieldRow, AlertTypeRow
from mesoclinic.data.tables import Files, Known, Row, codes_in_column

LEVELS = ("block_fixed", "block_overridable", "warn", "note")

KINDS = ("reaction", "follow_up", "recall", "patient_state", "medicine", "site", "lab", "consent", "pain")

#: The columns of the research file.
_COLUMNS = (
    "code trigger_kind trigger state applies_to stored level stands_from cleared_by clear_requires min_days "
    "desk_sees screen_says after_clearing priority source basis note"
)

#: What the derived file adds to them.
_READING = (
    "applies_when substances with_suspects in_region inside_level outside_level cleared_by_role ends_with after "
    "factors words"
)

_STORED = {"yes": True, "no, from the record": False}


def read_alert_types(files: Files, known: Known) -> list[AlertTypeRow]:
    rows = files.read_rows_and_note_bad("alerts.csv", _COLUMNS, key="code")
    readings = files.read_derived_rows_by_key(rows, "alert_readings.csv", _READING, key="code")
    return [
        _read_alert_type(files, row, readings[row.read_text("code")], known)
        for row in rows
        if row.read_text("code") in readings
    ]


def _read_alert_type(files: Files, row: Row, reading: Row, known: Known) -> AlertTypeRow:
    judged = files.read_why_basis_and_sources(reading)
    return AlertTypeRow(
        code=row.read_text("code"),
        trigger_kind=row.read_value_and_note_unlisted("trigger_kind", KINDS),
        trigger=row.read_text("trigger", required=True),
        state=row.read_text("state"),
        applies_to=row.read_text("applies_to", required=True),
        stored=_STORED.get(row.read_value_and_note_unlisted("stored", _STORED), False),
        level=row.read_value_and_note_unlisted("level", LEVELS),
        stands_from=row.read_text("stands_from"),
        cleared_by=row.read_text("cleared_by", required=True),
        clear_requires=row.read_text("clear_requires"),
        min_days=row.read_whole_number_or_none("min_days") or 0,
        desk_sees=row.read_text("desk_sees"),
        screen_says=row.read_text("screen_says", required=True),
        after_clearing=row.read_text("after_clearing"),
        priority=row.read_sort_number_or_zero("priority"),
        note=row.read_text("note"),
        sources=tuple(dict.fromkeys((*files.read_source_keys_and_note_unknown(row), *judged.sources))),
        basis=row.read_text("basis"),
        applies_when=reading.read_value_and_note_unlisted("applies_when", ("any", "holds", "without")),
        substances=reading.read_codes_and_note_unknown(
            "substances", known.ingredients, "ingredient", sign=";"
        ),
        with_suspects=reading.read_yes_no("with_suspects"),
        in_region=reading.read_yes_no("in_region"),
        inside_level=reading.read_value_and_note_unlisted("inside_level", LEVELS, optional=True),
        outside_level=reading.read_value_and_note_unlisted("outside_level", LEVELS, optional=True),
        cleared_by_role=reading.read_value_and_note_unlisted(
            "cleared_by_role", ("clinician", "another_clinician", "signer", "nobody")
        ),
        ends_with=reading.read_text("ends_with"),
        after=reading.read_text("after"),
        factors=reading.read_codes_and_note_unknown("factors", known.factors, "factor", sign=";"),
        words=reading.split_cell("words"),
        why=judged.why,
    )


def read_clearing_fields(files: Files) -> list[AlertClearingFieldRow]:
    rows = files.read_rows_and_note_bad(
        "alert_clearing.csv", "code name label kind required order", key="code name"
    )
    kinds = codes_in_column(files.read_rows_and_note_bad("alerts.csv", "code"))
    return [
        AlertClearingFieldRow(
            code=row.read_code_and_note_unknown("code", kinds, "kind of alert"),
            name=row.read_text("name", required=True),
            label=row.read_text("label", required=True),
            kind=row.read_value_and_note_unlisted("kind", ("text", "date", "healed", "culprit", "suspect")),
            required=row.read_yes_no("required"),
            order=row.read_sort_number_or_zero(),
        )
        for row in rows
    ]


#: A row of a table, by field.
Values = Mapping[str, object]


def alert_type_values(rows: Collection[AlertTypeRow]) -> list[Values]:
    """Field names of patients.AlertType to values."""
    return [
        {
            "code": row.code,
            "trigger_kind": row.trigger_kind,
            "trigger": row.trigger,
            "state": row.state,
            "applies_to": row.applies_to,
            "stored": row.stored,
            "level": row.level,
            "stands_from": row.stands_from,
            "cleared_by": row.cleared_by,
            "clear_requires": row.clear_requires,
            "min_days": row.min_days,
            "desk_sees": row.desk_sees,
            "screen_says": row.screen_says,
            "after_clearing": row.after_clearing,
            "priority": row.priority,
            "note": row.note,
            "basis": row.basis,
            "source_keys": list(row.sources),
            "source_text": row.why,
            "applies_when": row.applies_when,
            "substances": list(row.substances),
            "with_suspects": row.with_suspects,
            "in_region": row.in_region,
            "inside_level": row.inside_level,
            "outside_level": row.outside_level,
            "cleared_by_role": row.cleared_by_role,
            "ends_with": row.ends_with,
            "after": row.after,
            "words": list(row.words),
        }
        for row in rows
    ]
