"""The shipped rows of must_ask.csv as the rule takes them, and answers to all of them."""

from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import cast

from mesoclinic.data.files import read_catalogue
from mesoclinic.data.must_ask_rows import RequiredAnswerRow
from treatments.cocktails.rules.required_answers import Answer, Kind, RequiredAnswer

SHIPPED = Path(__file__).parents[2] / "mesoclinic" / "data"

#: What somebody healthy answers where "none of these" is no answer.
HEALTHY = {
    "contraception": "reliable",
    "pregnancy_test": "negative",
    "despair": "0",
    "weight": "60",
    "age": "34",
    "platelets": "230",
    "blood_pressure": "120/80",
    "blood_identity": "Dr Kaya and Sam Ito",
    "scalp_look": "clear",
    "assessment": "signed",
}


@cache
def shipped_rules() -> tuple[RequiredAnswer, ...]:
    """Every row of the shipped file."""
    data = read_catalogue(SHIPPED)
    factors: dict[str, set[str]] = defaultdict(set)
    for row in data.answer_factors:
        factors[row.question].add(row.factor_code)
    for each in data.required_answers:
        factors[each.answer_code].update(each.meaning.values())
    return tuple(_as_rule(each, frozenset(factors[each.answer_code])) for each in data.required_answers)


def all_answered(on: date, **other: str) -> dict[str, Answer]:
    """Everything asked on that day, and nothing of it so. ``other`` says it otherwise; "-" was not asked."""
    said = {
        rule.answer_code: rule.none_of_these or HEALTHY.get(rule.answer_code, "")
        for rule in shipped_rules()
        if rule.kind not in ("elsewhere", "never")
    }
    said |= {code.replace("blood_donor", "blood-donor"): text for code, text in other.items()}
    return {code: Answer((text,), on) for code, text in said.items() if text not in ("", "-")}


def _as_rule(row: RequiredAnswerRow, factors: frozenset[str]) -> RequiredAnswer:
    return RequiredAnswer(
        code=row.code,
        answer_code=row.answer_code,
        question=row.question,
        label=row.label,
        kind=cast(Kind, row.kind),
        subjects=frozenset(row.subjects),
        who=row.who,
        max_age_days=row.max_age_days,
        gates=frozenset(row.gates),
        level=row.level,
        finding=row.finding,
        screen_says=row.screen_says,
        age_from=row.age_from,
        age_to=row.age_to,
        unless_impossible=row.unless_impossible,
        from_session=row.from_session,
        levels=row.levels,
        choices=row.choices,
        passing=frozenset(row.passing),
        stopping=frozenset(row.stopping),
        other_passes={"pass": True, "stop": False}.get(row.other),
        least=row.least,
        most=row.most,
        none_of_these=row.none_of_these,
        factors=factors,
        source=", ".join(row.sources),
        basis=row.basis,
    )
