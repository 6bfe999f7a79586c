"""Reads what is suggested for a condition in its order: what is drawn, and what helps without a syringe.

suggestions_female.csv goes before indications.csv for the same condition and ingredient; suggestions_intake.csv says
what an answer of the intake (stress, diet) brings.
"""

from collections.abc import Sequence
from dataclasses import replace

from mesoclinic.data.rows import IndicationRow, OtherTreatmentRow, QuestionRow
from mesoclinic.data.tables import BASES, YES_NO, Files, Known, Row

KINDS = ("not_an_injection", "injection_in_product", "separate_procedure")

_COLUMNS = "condition treatment ingredient_code kind evidence text limit contested show_as order basis source"


def read_indications_and_other_treatments(
    files: Files, known: Known, indications: Sequence[IndicationRow], questions: Sequence[QuestionRow]
) -> tuple[list[IndicationRow], list[OtherTreatmentRow]]:
    """The indications as they are suggested, and the other treatments."""
    drawn: dict[tuple[str, str], IndicationRow] = {
        (row.condition, row.ingredient): row for row in indications
    }
    others, said_here = [], set()
    for row in files.read_rows_and_note_bad("suggestions_female.csv", _COLUMNS, key="condition treatment"):
        row.read_value_and_note_unlisted("kind", KINDS)
        ingredient = row.read_code_and_note_unknown(
            "ingredient_code", known.ingredients, "ingredient", required=False
        )
        if ingredient:
            indication = _read_indication(files, row, known, ingredient)
            key = (indication.condition, ingredient)
            if key in said_here:
                indication = _with_second_way_as_remark(drawn[key], indication, row.read_text("treatment"))
            said_here.add(key)
            drawn[key] = indication
        else:
            others.append(_read_other_treatment(files, row, known))
    by_code = {question.code: question for question in questions}
    for row in files.read_rows_and_note_bad(
        "suggestions_intake.csv", f"{_COLUMNS} question answers", key="condition treatment"
    ):
        others.append(_read_treatment_for_intake_answer(files, row, known, by_code))
    return list(drawn.values()), others


def _with_second_way_as_remark(first: IndicationRow, second: IndicationRow, name: str) -> IndicationRow:
    """Two ways to give one ingredient for a condition stand in one row: the second is told as a remark."""
    told = f"{name}: {second.evidence_level}"
    return replace(
        first,
        remark="; ".join(filter(None, [first.remark, told])),
        sources=tuple(dict.fromkeys((*first.sources, *second.sources))),
    )


def _read_support_or_none(row: Row) -> int | None:
    support = row.read_whole_number_or_none("evidence")
    if support is not None and support > 3:
        row.note_bad_row("evidence", "runs from 0 to 3")
    return support


def _read_indication(files: Files, row: Row, known: Known, ingredient: str) -> IndicationRow:
    return IndicationRow(
        condition=row.read_code_and_note_unknown("condition", known.conditions, "condition"),
        ingredient=ingredient,
        support=_read_support_or_none(row) or 0,
        evidence_level=row.read_text("text", required=True),
        remark=row.read_text("limit"),
        basis=row.read_value_and_note_unlisted("basis", BASES),
        sources=files.read_source_keys_and_note_unknown(row),
        contested=row.read_value_and_note_unlisted("contested", YES_NO) == "yes",
        show_as=row.read_text("show_as", required=True),
        order=row.read_sort_number_or_zero(),
    )


def _read_other_treatment(files: Files, row: Row, known: Known) -> OtherTreatmentRow:
    return OtherTreatmentRow(
        condition=row.read_code_and_note_unknown("condition", known.conditions, "condition"),
        name=row.read_text("treatment", required=True),
        support=_read_support_or_none(row),
        text=row.read_text("text", required=True),
        limit=row.read_text("limit"),
        contested=row.read_value_and_note_unlisted("contested", YES_NO) == "yes",
        show_as=row.read_text("show_as", required=True),
        order=row.read_sort_number_or_zero(),
        question="",
        answers=(),
        basis=row.read_value_and_note_unlisted("basis", BASES),
        sources=files.read_source_keys_and_note_unknown(row),
    )


def _read_treatment_for_intake_answer(
    files: Files, row: Row, known: Known, questions: dict[str, QuestionRow]
) -> OtherTreatmentRow:
    question = row.read_code_and_note_unknown("question", questions, "intake question")
    answers = row.split_cell("answers")
    for answer in answers:
        if question in questions and answer not in questions[question].options:
            row.note_bad_row("answers", f"“{answer}” is not an answer to “{question}”")
    return replace(_read_other_treatment(files, row, known), question=question, answers=answers)
