"""Take an intake: a new version, with the risk factors that its answers mean; load the questions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core import audit
from mesoclinic.core.database_refusals import broken_constraint_or_none
from mesoclinic.core.findings import Refused, gate
from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.reference import Loaded, Rows, merge_shipped_rows_keeping_edits, without_fields
from mesoclinic.core.search_text import search_words
from patients import queries
from patients.actions.exposures import raise_alert_if_pregnancy_follows_exposure
from patients.actions.risk_factors import acknowledgements_as_json, risk_factor_key
from patients.actions.safety_answers import record_safety_answers_of_intake
from patients.actions.self_harm import raise_alert_if_self_harm_is_named
from patients.models import Factor, FactorTerm, Intake, IntakeQuestion, Patient, RiskFactor
from patients.rules.allergies import ALLERGY, factors_from_words, is_class_named_more_exactly, says_no_allergy
from patients.rules.intake import (
    ENDS,
    AnswerFactor,
    TermFactor,
    check_dropped_answers_are_written,
    check_intake_questions_answered,
    factors_from_answers,
)
from patients.rules.months import last_day_of_partial_date_or_none
from patients.rules.risk_factors import text_of_ending
from patients.rules.safety_answers import parts_of_answer


@dataclass(frozen=True)
class _Meant:
    """A risk factor as an answer means it."""

    kind: str
    label: str
    factor: int | None = None
    started_on: date | None = None
    ended_on: date | None = None
    code: str = ""
    said: str = ""

    @property
    def risk_factor_key(self) -> tuple[str, int | None, str]:
        return risk_factor_key(self.kind, self.factor, self.label)


@transaction.atomic
def record_intake(
    *,
    patient: Patient,
    answers: Mapping[str, object],
    by: User,
    weight_kg: Decimal | None = None,
    likely_causes: Sequence[str] = (),
    note: str = "",
    reasons: Mapping[str, str] | None = None,
    questions: Sequence[queries.AskedQuestion] | None = None,
    today: date | None = None,
) -> Intake:
    """The next version of the patient's intake, and the risk factors that its answers mean.

    ``answers`` maps question codes to an answer, a list of answers, or a mapping of the parts of one.
    A required question without an answer blocks until a clinician says why (``reasons``, by finding
    code). What the last intakes said and this one no longer does is ended today; what a clinician or
    an import recorded is left alone. ``questions`` saves reading queries.questions_in_use_with_meanings again.
    """
    today = today or timezone.localdate()
    questions = queries.questions_in_use_with_meanings() if questions is None else questions
    asked = queries.questions_asked_of(patient, [each.question for each in questions])
    _refuse_answers_to_what_is_not_asked(answers, asked)
    given = _answers_as_json(answers)
    rules = [queries.question_for_rule(q) for q in asked]
    found = check_intake_questions_answered(rules, given, sex=_sex_or_empty(patient))
    known = queries.last_intake_version_and_risk_factors(patient, on=today)
    meant = _risk_factors_meant_by_answers(questions, given, patient=patient, today=today)
    ending = _risk_factors_no_longer_said(known.factors, meant, by=by)
    by_question = _written_endings_by_question(ending, questions)
    found += check_dropped_answers_are_written(by_question)
    passed = gate(found, reasons, may_override=by.may(Permission.OVERRIDE))
    intake = _insert_intake_version_or_refuse(
        Intake(
            patient=patient,
            version=known.last_version + 1,
            answers=given,
            weight_kg=weight_kg,
            likely_causes=list(likely_causes),
            note=note,
            acknowledged=acknowledgements_as_json(passed, by=by),
            taken_by=by,
        )
    )
    record_safety_answers_of_intake(intake, {q.code: q.options for q in asked}, on=today)
    _end_risk_factors_of_intakes(ending, by_question, reasons or {}, by=by, today=today)
    added = _add_new_risk_factors(patient, meant, known.factors, by=by, today=today)
    _raise_alerts_for_told_answers(patient, meant, given, note, by)
    audit.record(
        by=by,
        did="intake.recorded",
        about=intake,
        patient_id=patient.pk,
        version=intake.version,
        answered=len(given),
        factors_added=added,
        factors_ended=len(ending),
        left_out=[a.code for a in passed],
    )
    return intake


def _refuse_answers_to_what_is_not_asked(
    answers: Mapping[str, object], asked: Iterable[IntakeQuestion]
) -> None:
    if unknown := answers.keys() - {q.code for q in asked}:
        raise Refused.because(
            f"Not asked of this patient: {', '.join(sorted(unknown))}. Open the intake again.",
            code="not-asked",
        )


def _insert_intake_version_or_refuse(intake: Intake) -> Intake:
    """Two intakes of one patient saved at the same moment: the second is told, and nothing of it is lost."""
    try:
        with transaction.atomic():
            intake.save(force_insert=True)
    except IntegrityError as error:
        if broken_constraint_or_none(error) != "intake_versions_follow_each_other":
            raise
        raise Refused.because(
            "Another intake of this patient was saved a moment ago. Look at it, then save again.",
            code="intake-changed",
        ) from error
    return intake


def _raise_alerts_for_told_answers(
    patient: Patient, meant: Iterable[_Meant], answers: Mapping[str, object], note: str, by: User
) -> None:
    """Raise the alerts of a pregnancy after an exposure, and of words that name self-harm."""
    raise_alert_if_pregnancy_follows_exposure(patient.pk, [one.code for one in meant if one.code], by)
    told = [part for said in answers.values() for part in _texts_of_answer(said)]
    raise_alert_if_self_harm_is_named(patient.pk, [*told, note], by)


def _answers_as_json(answers: Mapping[str, object]) -> dict[str, object]:
    """The answers as they are stored, without those that say nothing."""
    given = {code: _answer_as_json(said) for code, said in answers.items()}
    return {code: said for code, said in given.items() if said not in ("", [], {})}


def _texts_of_answer(said: object) -> tuple[str, ...]:
    """Every text of an answer, those beside a choice too."""
    return parts_of_answer(list(said.values()) if isinstance(said, Mapping) else said)


def _sex_or_empty(patient: Patient) -> str:
    return patient.sex_at_birth if patient.sex_at_birth in ("female", "male") else ""


def _answer_as_json(said: object) -> object:
    if isinstance(said, Decimal):
        return plain_number_text(said)
    if isinstance(said, date):
        return said.isoformat()
    if isinstance(said, Mapping):
        parts = {name: _answer_as_json(part) for name, part in said.items()}
        return {name: part for name, part in parts.items() if part not in ("", [])}
    if isinstance(said, Sequence) and not isinstance(said, str):
        return [_answer_as_json(part) for part in said if part not in ("", None)]
    return "" if said is None else said.strip() if isinstance(said, str) else said


def _risk_factors_meant_by_answers(
    questions: Iterable[queries.AskedQuestion],
    answers: Mapping[str, object],
    *,
    patient: Patient,
    today: date,
) -> list[_Meant]:
    """Every risk factor that the answers mean, each once."""
    # Not asked, because the record knows it (mesoclinic/data/factors.csv: age_lt_18).
    answers = {**answers, "age": patient.age_on(today)}
    meant: list[_Meant] = []
    for asked in questions:
        code = asked.question.code
        said = answers.get(code)
        if said is None:
            continue
        by_answer = {(meaning.code, meaning.term): meaning for meaning in asked.meanings}
        of_question: list[_Meant] = []
        mapping = [AnswerFactor(code, each.term, each.code, each.kind) for each in asked.meanings]
        since = _date_of_answer_or_none(said)
        for found in factors_from_answers({code: said}, mapping):
            meaning = by_answer[found.factor, found.term]
            until = None
            if meaning.usual_days and found.kind != Factor.Kind.MEDICINE:
                until = (since or today) + timedelta(days=meaning.usual_days)
                if until <= today:
                    continue  # long past: the answer stays in the intake, the risk is over
            of_question.append(
                _Meant(
                    found.kind,
                    meaning.label,
                    meaning.factor,
                    since,
                    until,
                    meaning.code,
                    meaning.chip_words_or_empty,
                )
            )
        if asked.question.match_terms:
            of_question += [
                one
                for line in _lines_typed_beside_options(asked.question, said)
                for one in _risk_factors_named_or_line_itself(asked.question.match_terms, line, asked.words)
            ]
        named = {one.code for one in of_question}
        meant += [one for one in of_question if not is_class_named_more_exactly(one.code, named)]
    return list({one.risk_factor_key: one for one in meant}.values())


def _date_of_answer_or_none(said: object) -> date | None:
    if not isinstance(said, Mapping) or "date" not in said:
        return None
    return last_day_of_partial_date_or_none(str(said["date"]))


def _lines_typed_beside_options(question: IntakeQuestion, said: object) -> list[str]:
    """What was typed beside the options, without the lines that only say no."""
    options = {" ".join(search_words(option)) for option in question.options}
    lines = said if isinstance(said, list) else [said]
    return [
        line
        for line in map(str, lines)
        if " ".join(search_words(line)) not in options and _line_says_more_than_no(line)
    ]


def _line_says_more_than_no(line: str) -> bool:
    anything = [AnswerFactor("line", "*", "something")]
    return factors_from_answers({"line": line}, anything) != []


def _risk_factors_named_or_line_itself(
    kind: str, line: str, words: Sequence[queries.Meaning]
) -> list[_Meant]:
    """The factors that the words of ``line`` name; the line itself where no rule asks for it."""
    if kind == ALLERGY and says_no_allergy(line):
        return []
    by_code = {each.code: each for each in words}
    terms = [TermFactor(each.term, each.code, each.kind) for each in words]
    label = line[:200]
    found = {each.factor: each for each in factors_from_words(kind, line, terms)}
    return [
        _Meant(kind, label, by_code[code].factor, code=code, said=each.term[:200])
        for code, each in found.items()
    ] or [_Meant(kind, label)]


@dataclass(frozen=True, slots=True)
class _Ending:
    """A risk factor of the intakes that ends. ``is_written``: in words; else it is said anew, or stops nothing."""

    row: RiskFactor
    is_written: bool


def _risk_factors_no_longer_said(
    standing: Iterable[RiskFactor], meant: Sequence[_Meant], *, by: User
) -> list[_Ending]:
    """What the intakes said and this one does not, and what passes by itself and counts anew. One query, or none."""
    until = {one.risk_factor_key: one.ended_on or date.max for one in meant}
    gone, anew = [], []
    for row in standing:
        same = risk_factor_key(row.kind, row.factor_id, row.label)
        if row.origin != RiskFactor.Origin.INTAKE:
            continue
        if same not in until:
            gone.append(row)
        elif (row.ended_on or date.max) < until[same]:
            anew.append(row)
    facts = queries.ending_facts_of_risk_factors(gone, by=by) if gone else {}
    # Said in other words, it goes on standing.
    said = {one.factor for one in meant if one.factor}
    return [_Ending(row, facts[row.pk].is_written and row.factor_id not in said) for row in gone] + [
        _Ending(row, False) for row in anew
    ]


def _written_endings_by_question(
    ending: Iterable[_Ending], questions: Iterable[queries.AskedQuestion]
) -> dict[str, list[RiskFactor]]:
    """What ends in words, by the code of the question that it was an answer to; the first where none is asked any more."""
    found: dict[str, list[RiskFactor]] = {}
    asked = list(questions)
    for each in ending:
        if each.is_written:
            row = each.row
            means = [q for q in asked if row.factor_id and row.factor_id in {m.factor for m in q.meanings}]
            means += [q for q in asked if q.question.match_terms == row.kind]
            code = (means or asked)[0].question.code if asked else ""
            found.setdefault(code, []).append(row)
    return found


def _end_risk_factors_of_intakes(
    ending: Iterable[_Ending],
    by_question: Mapping[str, Sequence[RiskFactor]],
    reasons: Mapping[str, str],
    *,
    by: User,
    today: date,
) -> None:
    """End them today, those that stand against an injection in the words that were written for it."""
    words = {row.pk: reasons.get(f"{ENDS}{code}", "") for code, rows in by_question.items() for row in rows}
    for each in ending:
        row = each.row
        row.ended_on, row.ended_by = today, by
        row.ended_words = text_of_ending(words.get(row.pk, ""), "Not said at the next intake.")
    # What somebody else ended meanwhile stays as they ended it.
    RiskFactor.objects.filter(ended_by=None).bulk_update(
        [each.row for each in ending], ["ended_on", "ended_by", "ended_words"]
    )


def _add_new_risk_factors(
    patient: Patient, meant: Sequence[_Meant], standing: Iterable[RiskFactor], *, by: User, today: date
) -> int:
    """Add what is not on the record as long as this intake says it; how many."""
    until = {one.risk_factor_key: one.ended_on or date.max for one in meant}
    known = {
        same
        for row in standing
        for same in [risk_factor_key(row.kind, row.factor_id, row.label)]
        if same in until and (row.ended_on or date.max) >= until[same]
    }
    new = [
        RiskFactor(
            patient=patient,
            kind=one.kind,
            factor_id=one.factor,
            label=one.label,
            said=one.said,
            origin=RiskFactor.Origin.INTAKE,
            started_on=min(one.started_on or today, today),
            ended_on=one.ended_on,
            recorded_by=by,
        )
        for one in meant
        if one.risk_factor_key not in known
    ]
    RiskFactor.objects.bulk_create(new)
    return len(new)


def load_factors(rows: Rows) -> Loaded:
    """Field names to values, by ``code``."""
    return merge_shipped_rows_keeping_edits(Factor, rows, key=("code",))[1]


def load_factor_terms(rows: Rows) -> Loaded:
    """Keys: where, question, kind, term, factor_code, source_keys, source_text. The factors are loaded."""
    factors = dict(Factor.objects.values_list("code", "pk"))
    return merge_shipped_rows_keeping_edits(
        FactorTerm,
        [{**without_fields(row, "factor_code"), "factor": factors[str(row["factor_code"])]} for row in rows],
        key=("where", "question", "kind", "term", "factor"),
    )[1]


def load_questions(rows: Rows) -> Loaded:
    """Field names of IntakeQuestion to values, by ``code``."""
    return merge_shipped_rows_keeping_edits(IntakeQuestion, rows, key=("code",))[1]
