"""Turns what must be asked into rows of the database, with the risk factors that the answers mean."""

from collections import defaultdict

from mesoclinic.core.reference import Loaded, merge_shipped_rows_keeping_edits
from mesoclinic.data.rows import Catalogue
from patients.actions.intake import load_factor_terms
from patients.models import Factor, FactorTerm
from treatments.catalogue.models import RequiredAnswer


def load_required_answers(data: Catalogue) -> Loaded:
    """The rows by ``code``; what their answers mean is kept beside the answers of the intake."""
    loaded = _load_factors_meant_by_answers(data)
    factors = _factors_by_question()
    rows = [
        {
            "code": row.code,
            "question_code": row.question_code,
            "answer_code": row.answer_code,
            "question": row.question,
            "label": row.label,
            "kind": row.kind,
            "subjects": list(row.subjects),
            "who": row.who,
            "age_from": row.age_from,
            "age_to": row.age_to,
            "unless_impossible": row.unless_impossible,
            "from_session": row.from_session,
            "max_age_days": row.max_age_days,
            "gates": list(row.gates),
            "where_asked": row.where_asked,
            "level": row.level,
            "levels": row.levels,
            "finding": row.finding,
            "screen_says": row.screen_says,
            "choices": list(row.choices),
            "passing": list(row.passing),
            "stopping": list(row.stopping),
            "other": row.other,
            "least": row.least,
            "most": row.most,
            "none_of_these": row.none_of_these,
            "factors": factors[row.answer_code],
            "why": row.why,
            "note": row.note,
            "basis": row.basis,
            "source_keys": list(row.sources),
        }
        for row in data.required_answers
    ]
    return loaded + merge_shipped_rows_keeping_edits(RequiredAnswer, rows, key=("code",))[1]


def _load_factors_meant_by_answers(data: Catalogue) -> Loaded:
    kinds = dict(Factor.objects.values_list("code", "kind"))
    return load_factor_terms(
        rows=[
            {
                "where": "answer",
                "question": row.answer_code,
                "term": answer,
                "kind": kinds[factor],
                "factor_code": factor,
                "source_keys": list(row.sources),
                "source_text": row.why,
            }
            for row in data.required_answers
            for answer, factor in row.meaning.items()
        ]
    )


def _factors_by_question() -> dict[str, list[str]]:
    """Question code to the factors that its answers mean."""
    meant: dict[str, set[str]] = defaultdict(set)
    terms = FactorTerm.objects.filter(where=FactorTerm.Where.ANSWER, retired_at=None)
    for question, code in terms.values_list("question", "factor__code"):
        meant[question].add(code)
    return defaultdict(list, {question: sorted(codes) for question, codes in meant.items()})
