"""Reads the shipped files about patients: factors, the words that mean one, intake questions, consent wordings."""

import re
from decimal import Decimal

from mesoclinic.data.rows import AnswerFactorRow, ConsentTextRow, FactorRow, QuestionRow, TermFactorRow
from mesoclinic.data.tables import Files, Known, Row, read_yes_no_with_remark

# The words the files may use.
FACTOR_KINDS = ("allergy", "medicine", "pregnancy", "disease", "history", "staff", "lifestyle")

SHOWN_WHEN = ("sex=female", "sex=male", "birth_date=missing")

LISTS = ("allergy", "medicine", "disease")

FACTOR_COLUMNS = "code label short_label said_label kind sensitive usual_days why basis source"


def read_factor(files: Files, row: Row) -> FactorRow:
    return FactorRow(
        code=row.read_text("code"),
        label=row.read_text_in_full_words("label", required=True),
        short_label=row.read_text_in_full_words("short_label", required=True),
        said_label=_read_said_label(row),
        kind=row.read_value_and_note_unlisted("kind", FACTOR_KINDS),
        sensitive=row.read_yes_no("sensitive"),
        usual_days=row.read_whole_number_or_none("usual_days"),
        judged=files.read_why_basis_and_sources(row),
    )


def _read_said_label(row: Row) -> str:
    label = row.read_text("said_label")
    if label and "{said}" not in label:
        row.note_bad_row("said_label", "has no {said}")
    return label


def read_answer_factors(files: Files, questions: list[QuestionRow], known: Known) -> list[AnswerFactorRow]:
    by_code = {question.code: question for question in questions}
    rows = files.read_rows_and_note_bad(
        "answer_factors.csv",
        "question answer factor_code said kind why basis source",
        key="question answer factor_code",
    )
    found = []
    for row in rows:
        code = row.read_code_and_note_unknown("question", by_code, "intake question")
        answer = row.read_text("answer", required=True)
        factor = row.read_code_and_note_unknown("factor_code", known.factors, "factor")
        kind = row.read_value_and_note_unlisted("kind", FACTOR_KINDS)
        if kind and known.factors.get(factor, kind) != kind:
            row.note_bad_row("kind", f"the factor “{factor}” is a {known.factors[factor]}")
        question = by_code.get(code)
        if question and answer and not _question_can_have_answer(question, answer):
            row.note_bad_row("answer", f"“{answer}” is not an answer to “{code}”")
        said = row.read_text("said")
        found.append(AnswerFactorRow(code, answer, factor, said, kind, files.read_why_basis_and_sources(row)))
    return found


def _question_can_have_answer(question: QuestionRow, answer: str) -> bool:
    if re.fullmatch(r"(>=|<)[0-9]+", answer):
        return question.answer_type in ("scale", "number", "date")
    return answer in question.options or (answer == "yes" and question.answer_type.startswith("yes-no"))


def read_term_factors(files: Files, known: Known) -> list[TermFactorRow]:
    rows = files.read_rows_and_note_bad(
        "term_factors.csv", "term factor_code kind why basis source", key="term kind factor_code"
    )
    found = []
    for row in rows:
        term = row.read_text("term")
        if term != term.lower():
            row.note_bad_row("term", f"“{term}” is not lowercase")
        found.append(
            TermFactorRow(
                term=term,
                factor_code=row.read_code_and_note_unknown("factor_code", known.factors, "factor"),
                kind=row.read_value_and_note_unlisted("kind", FACTOR_KINDS),
                judged=files.read_why_basis_and_sources(row),
            )
        )
    return found


QUESTION_COLUMNS = "code question answer_type options feeds_rule in_seed source"


def read_questions(files: Files, rows: list[Row], known: Known) -> list[QuestionRow]:
    beside = files.read_derived_rows_by_key(
        rows,
        "intake_groups.csv",
        "section order short_label required shown_when added_options match_terms help",
        key="code",
    )
    found = []
    for row in rows:
        group = beside.get(row.read_text("code"))
        if group is None:
            continue
        options = row.split_cell("options")
        scale_code = options[0] if len(options) == 1 and options[0] in known.scales else None
        minimum = maximum = None
        # "PHQ-2 0-6" or "0-10": a score with its ends
        score = re.fullmatch(r"(?:.* )?([0-9]+)-([0-9]+)", row.read_text("options"))
        if score:
            minimum, maximum = Decimal(score[1]), Decimal(score[2])
        if score or scale_code:
            options = ()
        elif row.read_text("answer_type") == "scale":
            row.note_bad_row("options", f"“{row.read_text('options')}” is neither a scale nor a range")
        found.append(
            QuestionRow(
                code=row.read_text("code"),
                question=row.read_text("question", required=True),
                answer_type=row.read_text("answer_type", required=True),
                options=options + group.split_cell("added_options"),
                scale_code=scale_code,
                minimum=minimum,
                maximum=maximum,
                feeds_rule=row.read_text("feeds_rule"),
                in_seed=read_yes_no_with_remark(row, "in_seed"),
                sources=files.read_source_keys_and_note_unknown(row),
                section=group.read_text("section", required=True),
                order=group.read_sort_number_or_zero(),
                short_label=group.read_text("short_label", required=True),
                required=group.read_yes_no("required"),
                shown_when=group.read_value_and_note_unlisted("shown_when", SHOWN_WHEN, optional=True),
                match_terms=group.read_value_and_note_unlisted("match_terms", LISTS, optional=True),
                help=group.read_text("help"),
                judged=files.read_why_basis_and_sources(group),
            )
        )
    return found


def read_consent_texts(files: Files) -> list[ConsentTextRow]:
    return [
        ConsentTextRow(
            kind=row.read_value_and_note_unlisted("kind", ("treatment", "photo")),
            language=row.read_text("language", required=True),
            version=row.read_whole_number_or_none("version") or 1,
            title=row.read_text("title", required=True),
            body=row.read_text("body", required=True),
            judged=files.read_why_basis_and_sources(row),
        )
        for row in files.read_rows_and_note_bad(
            "consent_texts.csv", "kind language version title body why basis source"
        )
    ]
