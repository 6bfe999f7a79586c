"""What was not asked stops what depends on it: the cases of must_ask.csv, G20 to G29."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from mesoclinic.core.findings import Finding
from tests.golden_safety.cases import SafetyCase, missing_findings, safety_cases
from tests.golden_safety.required import all_answered, shipped_rules
from tests.treatments.cocktails import golden
from treatments.cocktails.rules.arithmetic import held_by_substance_code
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.childbearing import check_reductase_inhibitor_if_pregnancy_possible
from treatments.cocktails.rules.mix import Person
from treatments.cocktails.rules.required_answers import (
    SIGNING,
    START,
    Answer,
    check_required_answers_given_and_passing,
)

TODAY = golden.TODAY
CASES = {code: case for code, case in safety_cases().items() if "G20" <= code <= "G29"}

#: What the prose of each case says was answered.
ASKED: dict[str, dict[str, Answer]] = {
    "G20": {"age": Answer(("28",), TODAY)},
    "G21": all_answered(TODAY, contraception="reliable", pregnancy_test="negative"),
    "G22": all_answered(TODAY, contraception="postmenopausal"),
    "G23": all_answered(TODAY, pregnant="-", contraception="-"),
    "G24": all_answered(TODAY, pregnant="-", contraception="-"),
    "G25": all_answered(TODAY, partner="-"),
    "G26": all_answered(TODAY) | {"heart": Answer(("none",), TODAY - timedelta(days=90))},
    "G27": all_answered(TODAY) | {"heart": Answer(("none",), TODAY - timedelta(days=91))},
    "G28": all_answered(TODAY, g6pd="unknown"),
    "G29": all_answered(TODAY, platelets="-"),
}


def person_of(case: SafetyCase) -> Person:
    who, age, weight, _ = case.for_whom.split()
    return Person(
        age=int(age),
        sex={"woman": "female", "man": "male"}[who],
        weight_kg=Decimal(weight),
        factors=frozenset(case.on_record),
    )


def findings_of(case: SafetyCase, answers: dict[str, Answer]) -> list[Finding]:
    """What the bench says, and what the start says beside it."""
    drawn = ", ".join(f"{code} {ml}" for code, ml in case.drawn_ml)
    mix = golden.mix(drawn, kind=case.preparation, syringe_ml=case.syringe_ml)
    person = person_of(case)
    record = check_mix_against_all_rules(mix, person, golden.RULEBOOK, area_cm2=case.area_cm2, today=TODAY)
    given = frozenset(held_by_substance_code(mix))
    return [
        *record,
        *check_reductase_inhibitor_if_pregnancy_possible(given, person, answers, TODAY),
        *check_required_answers_given_and_passing(
            given, person, answers, shipped_rules(), {SIGNING, START}, TODAY, said_already=record
        ),
    ]


def test_every_case_says_what_was_asked():
    assert ASKED.keys() == CASES.keys()


@pytest.mark.parametrize("code", CASES)
def test_what_the_case_names_is_found_at_its_level(code):
    case = CASES[code]

    found = findings_of(case, ASKED[code])

    assert missing_findings(case, found) == []
    for forbidden in case.must_not_contain.split():
        assert not [each.code for each in found if each.code.startswith(forbidden)]


@pytest.mark.parametrize("code", ["G23", "G24", "G25", "G26", "G27", "G28", "G29"])
def test_nothing_is_unknown_but_what_the_case_left_out(code):
    case = CASES[code]
    named = {*case.refused, *case.blocked, *case.warned}

    unknown = {each.code for each in findings_of(case, ASKED[code]) if each.code.startswith("unknown:")}

    # G23 leaves pregnancy out for the whole treatment too.
    more = {"unknown:*treatment:pregnant"} if code == "G23" else set()
    assert unknown == {name for name in named if name.startswith("unknown:")} | more


@pytest.mark.parametrize("sex", ["unknown", "intersex", ""])
def test_a_patient_of_unknown_sex_is_asked_like_a_woman(sex):
    woman = Person(age=28, sex="female", weight_kg=Decimal(60))

    def asked_of(person: Person) -> list[Finding]:
        return check_required_answers_given_and_passing(
            {"dutasteride"}, person, {}, shipped_rules(), {SIGNING, START}, TODAY
        )

    assert asked_of(replace(woman, sex=sex)) == asked_of(woman)
    assert asked_of(replace(woman, sex="male")) != asked_of(woman)
