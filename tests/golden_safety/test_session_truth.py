"""The safety cases about relief and about the days between sessions, G30 to G36 and G56 to G60, by the rules as shipped."""

import re
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import pytest

from mesoclinic.core.findings import Finding
from tests.golden_safety.cases import SafetyCase, missing_findings, safety_cases
from tests.treatments.cocktails.test_golden import RULEBOOK, SHIPPED, STRENGTHS, SUBSTANCES, TODAY
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.mix import Content, Line, Mix, Person
from treatments.schedule.rules.intervals import (
    GivenSession,
    IntervalRule,
    SessionToCome,
    check_intervals_since_given_sessions,
)
from treatments.sessions.rules.pain_relief import ReliefFact, check_relief_says_lidocaine_mg
from treatments.sessions.rules.relief_substances import (
    check_relief_contraindications,
    lidocaine_limit_mg_or_none,
    lidocaine_mg_in_syringe,
)

D = Decimal

RELIEF_IDS = [f"G{number}" for number in range(30, 37)]
INTERVAL_IDS = [f"G{number}" for number in range(56, 61)]

#: The cases that this module runs.
IDS = [*RELIEF_IDS, *INTERVAL_IDS]

CASES = safety_cases()

INTERVALS = [
    IntervalRule(
        code=row.code,
        scope=row.scope,
        subject=row.subject,
        finding=row.finding,
        usual=row.usual_days,
        min_days=row.min_days,
        early_from_days=row.early_from_days,
        max_days=row.max_days,
        below=row.below_min_level,
        early=row.early_level or "none",
        above=row.above_max_level,
        says_below=row.screen_below,
        says_above=row.screen_above,
        source=SHIPPED.full_citations_text(row.sources[:1]),
        basis=row.basis,
    )
    for row in SHIPPED.intervals
]


def person_of(case: SafetyCase) -> Person:
    sex, age, weight, *_ = case.for_whom.split()
    return Person(int(age), "male" if sex == "man" else "female", D(weight), frozenset(case.on_record))


def mix_of(case: SafetyCase) -> Mix:
    lines = tuple(
        Line(code, code, (Content(SUBSTANCES[code], D(STRENGTHS[code]) if code in STRENGTHS else None),), ml)
        for code, ml in case.drawn_ml
    )
    return Mix(case.preparation, lines, case.syringe_ml, max_actives=case.clinic_allows)  # type: ignore[arg-type]


def relief_of(case: SafetyCase) -> list[ReliefFact]:
    """“relief: block 135 mg; cream, mg not known”."""
    told = case.history.removeprefix("relief: ") if case.history.startswith("relief: ") else ""
    facts = []
    for part in filter(None, told.split("; ")):
        method = "cream" if part.startswith("cream") else "nerve_block"
        found = re.search(r"(\d+) mg", part)
        label = "lidocaine_prilocaine" if "label lidocaine + prilocaine" in part else ""
        facts.append(ReliefFact(method, D(found[1]) if found else None, label))
    return facts


def relief_findings(case: SafetyCase) -> list[Finding]:
    """What the session says to the relief and to the syringe: at the field, and again at the review."""
    person, mix, relief = person_of(case), mix_of(case), relief_of(case)
    return [
        *check_relief_contraindications(relief, person, RULEBOOK, SUBSTANCES),
        *check_relief_says_lidocaine_mg(
            relief,
            syringe_mg=lidocaine_mg_in_syringe(mix),
            limit_mg=lidocaine_limit_mg_or_none(RULEBOOK, person),
        ),
        *check_mix_against_all_rules(mix, person, RULEBOOK, area_cm2=case.area_cm2, today=TODAY),
    ]


def interval_findings(case: SafetyCase) -> list[Finding]:
    """What start, signing and booking say to today, with the last session so many days ago."""
    found = re.search(r"(\d+) days ago", case.history)
    last_on = TODAY - timedelta(days=int(found[1]) if found else 0)
    codes = frozenset(code for code, _ in case.drawn_ml)
    zones = frozenset({"VERTEX"})
    return check_intervals_since_given_sessions(
        INTERVALS,
        SessionToCome(TODAY, "a-plan-of-its-own", codes, zones),
        [GivenSession(3, last_on, "a-plan-of-its-own", codes, zones)],
    )


def forbidden_findings(case: SafetyCase, findings: Iterable[Finding]) -> list[str]:
    """What must not be there: the head of a code. “X alone” asks for company, which the case names as refused."""
    if case.must_not_contain.endswith(" alone"):
        return []
    words = case.must_not_contain.split()
    return [each.code for each in findings if any(each.code.startswith(word) for word in words)]


@pytest.mark.parametrize("id", RELIEF_IDS)
def test_relief_is_checked_by_what_it_holds(id: str) -> None:
    case = CASES[id]

    found = relief_findings(case)

    assert missing_findings(case, found) == []
    assert forbidden_findings(case, found) == []


@pytest.mark.parametrize("id", INTERVAL_IDS)
def test_the_days_since_the_last_session_are_asked(id: str) -> None:
    case = CASES[id]

    found = interval_findings(case)

    assert missing_findings(case, found) == []
    assert forbidden_findings(case, found) == []


def test_an_allergy_comes_before_the_arithmetic() -> None:
    """G30: the amount is still asked, and never alone."""
    codes = {each.code for each in relief_findings(CASES["G30"])}

    assert {"contra:topical-anaesthetic-cream:allergy_amide", "relief-mg:cream"} <= codes
