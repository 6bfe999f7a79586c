"""Reads the shipped file about what must be asked before something is drawn or done."""

import re

from mesoclinic.data.must_ask_rows import RequiredAnswerRow
from mesoclinic.data.tables import BASES, Files, Known, Row

GATES = ("cocktail signing", "start", "before the relief is given", "first dose", "catalogue")

LEVELS = ("block_fixed", "block_overridable", "warn")

WHO = ("any", "male", "not male at birth")

KINDS = ("choice", "words", "number", "pressure", "record", "elsewhere", "never")

#: What is done rather than drawn.
DONE = ("*treatment", "*nerve_block")


COLUMNS = (
    "code question_code question required_before who age max_age_days gate where_asked unknown_means finding"
    " answers_that_pass answers_that_stop screen_says why source basis note"
)
GROUP_COLUMNS = (
    "answer_code label kind subjects age_from age_to unless_impossible from_session levels choices passing stopping"
    " other least most none_of_these meaning"
)


def read_required_answers(files: Files, known: Known) -> list[RequiredAnswerRow]:
    rows = files.read_rows_and_note_bad("must_ask.csv", COLUMNS, key="code")
    beside = files.read_derived_rows_by_key(rows, "must_ask_groups.csv", GROUP_COLUMNS, key="code")
    return [
        _read_required_answer(files, row, beside[row.read_text("code")], known)
        for row in rows
        if row.read_text("code") in beside
    ]


def _read_required_answer(files: Files, row: Row, group: Row, known: Known) -> RequiredAnswerRow:
    gates = row.split_cell("gate")
    for gate in gates:
        if gate not in GATES:
            row.note_bad_row("gate", f"“{gate}” is not one of: {', '.join(GATES)}")
    choices = group.split_cell("choices")
    for column in ("passing", "stopping", "none_of_these"):
        for answer in group.split_cell(column):
            if answer not in choices:
                group.note_bad_row(column, f"“{answer}” is not among the choices")
    return RequiredAnswerRow(
        code=row.read_text("code"),
        question_code=row.read_text("question_code", required=True),
        question=row.read_text("question", required=True),
        who=row.read_value_and_note_unlisted("who", WHO),
        max_age_days=row.read_whole_number_or_none("max_age_days") or 0,
        gates=gates,
        where_asked=row.read_text("where_asked"),
        level=row.read_value_and_note_unlisted("unknown_means", LEVELS),
        finding=row.read_text("finding", required=True),
        screen_says=row.read_text("screen_says", required=True),
        why=row.read_text("why"),
        note=row.read_text("note"),
        basis=row.read_value_and_note_unlisted("basis", BASES),
        sources=files.read_source_keys_and_note_unknown(row),
        answer_code=group.read_text("answer_code", required=True),
        label=group.read_text("label", required=True),
        kind=group.read_value_and_note_unlisted("kind", KINDS),
        subjects=_read_subjects(group, known),
        age_from=group.read_whole_number_or_none("age_from"),
        age_to=group.read_whole_number_or_none("age_to"),
        unless_impossible=group.read_yes_no("unless_impossible"),
        from_session=group.read_whole_number_or_none("from_session") or 1,
        levels=_read_levels_by_subject(group),
        choices=choices,
        passing=group.split_cell("passing"),
        stopping=group.split_cell("stopping"),
        other=group.read_value_and_note_unlisted("other", ("pass", "stop"), optional=True),
        least=group.read_decimal_or_none("least"),
        most=group.read_decimal_or_none("most"),
        none_of_these=group.read_text("none_of_these"),
        meaning=_read_factor_code_by_answer(group, known),
    )


def _read_subjects(group: Row, known: Known) -> tuple[str, ...]:
    subjects = group.split_cell("subjects")
    for subject in subjects:
        if subject not in DONE and subject not in known.ingredients:
            group.note_bad_row("subjects", f"“{subject}” is not a known ingredient")
    return subjects


def _read_levels_by_subject(group: Row) -> dict[str, str]:
    """“caffeine=block_overridable”: the level where it is another than the row's."""
    levels = {}
    for part in group.split_cell("levels"):
        found = re.fullmatch(r"([a-z0-9-]+)=([a-z_]+)", part)
        if found is None or found[2] not in LEVELS:
            group.note_bad_row("levels", f"“{part}” is no subject=level")
        else:
            levels[found[1]] = found[2]
    return levels


def _read_factor_code_by_answer(group: Row, known: Known) -> dict[str, str]:
    """“yes=allergy_fish”: the risk factor that an answer puts on the record."""
    meaning = {}
    for part in group.split_cell("meaning"):
        answer, _, factor = part.partition("=")
        if factor not in known.factors:
            group.note_bad_row("meaning", f"“{factor}” is not a known factor")
        meaning[answer] = factor
    return meaning
