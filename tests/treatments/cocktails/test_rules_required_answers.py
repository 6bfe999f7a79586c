"""Properties and edges of the rule about required answers: unknown is not "no"."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.findings import Finding, Level, block, warn
from tests.golden_safety.required import all_answered, shipped_rules
from treatments.cocktails.rules.childbearing import CODE, check_reductase_inhibitor_if_pregnancy_possible
from treatments.cocktails.rules.mix import Person
from treatments.cocktails.rules.required_answers import (
    FIRST_DOSE,
    NERVE_BLOCK,
    RELIEF,
    SIGNING,
    START,
    Answer,
    RequiredAnswer,
    check_required_answers_given_and_passing,
    is_rule_asked_of_person,
    open_questions_behind_findings,
    stopping_answer_finding_code,
    unknown_answer_finding_code,
    verdict_on_answer,
)
from treatments.cocktails.rules.rulebook import TREATMENT

TODAY = date(2026, 11, 23)
GATES = (SIGNING, START, RELIEF, FIRST_DOSE)
RULES = shipped_rules()
ASKED = [rule for rule in RULES if rule.is_asked_of_people]
WOMAN = Person(age=34, sex="female", weight_kg=Decimal(60))
GRAVITY = {"warn": 1, "block_overridable": 2, "block_fixed": 3}

people = st.builds(
    Person,
    age=st.none() | st.integers(1, 99),
    sex=st.sampled_from(["female", "male", "intersex", "unknown", ""]),
    weight_kg=st.none(),
    factors=st.frozensets(st.sampled_from(["cardiac", "pregnancy", "leber", "allergy_fish", "renal"])),
)
subjects = st.sets(st.sampled_from(sorted({subject for rule in RULES for subject in rule.subjects})))
rules_asked = st.sampled_from(ASKED)


def gravity(finding: Finding) -> int:
    if finding.blocks:
        return GRAVITY["block_fixed" if finding.fixed else "block_overridable"]
    return GRAVITY["warn"] if finding.warns else 0


def found_for(person: Person, answers: dict[str, Answer], drawn: set[str], **more: object) -> list[Finding]:
    return check_required_answers_given_and_passing(
        drawn, person, answers, RULES, GATES, TODAY, session=2, **more
    )  # type: ignore[arg-type]


def level_named(rule: RequiredAnswer, subject: str) -> int:
    return GRAVITY[rule.levels.get(subject, rule.level)]


@given(person=people, drawn=subjects, more=st.frozensets(st.sampled_from(["diabetes", "psa", "wilson"])))
def test_another_risk_factor_never_removes_a_block(person, drawn, more):
    with_more = replace(person, factors=person.factors | more)

    for answers in ({}, all_answered(TODAY)):
        before = {each.code for each in found_for(person, answers, drawn) if each.blocks}
        after = {each.code for each in found_for(with_more, answers, drawn) if each.blocks}
        assert before <= after


@given(person=people, rule=rules_asked)
def test_a_question_nobody_asked_has_at_least_the_level_of_its_row(person, rule):
    answers = {code: said for code, said in all_answered(TODAY).items() if code != rule.answer_code}
    if not is_rule_asked_of_person(rule, person, answers):
        return
    for subject in rule.subjects:
        found = {each.code: each for each in found_for(person, answers, {subject})}
        assert gravity(found[unknown_answer_finding_code(rule, subject)]) >= level_named(rule, subject)


@given(person=people, rule=rules_asked, data=st.data())
def test_asking_never_says_less_than_the_answer_deserves(person, rule, data):
    said = data.draw(st.sampled_from(rule.choices or ("0", "6", "99", "nothing", "80/50", "60")))
    answers = all_answered(TODAY) | {rule.answer_code: Answer((said,), TODAY)}
    if not is_rule_asked_of_person(rule, person, answers):
        return
    verdict = verdict_on_answer(rule, (said,))
    for subject in rule.subjects:
        found = {each.code: each for each in found_for(person, answers, {subject})}
        if verdict == "passes":
            assert unknown_answer_finding_code(rule, subject) not in found or _another_row_asks(
                rule, subject, person, answers
            )
        else:
            code = (
                stopping_answer_finding_code(rule, subject)
                if verdict == "stops"
                else unknown_answer_finding_code(rule, subject)
            )
            assert gravity(found[code]) >= level_named(rule, subject)


def _another_row_asks(rule: RequiredAnswer, subject: str, person: Person, answers: dict[str, Answer]) -> bool:
    return any(
        other is not rule
        and unknown_answer_finding_code(other, subject) == unknown_answer_finding_code(rule, subject)
        and is_rule_asked_of_person(other, person, answers)
        for other in RULES
        if subject in other.subjects
    )


@given(rule=rules_asked, days=st.integers(-3, 40_000))
def test_an_answer_counts_from_its_day_until_it_is_too_old(rule, days):
    answers = all_answered(TODAY) | {
        rule.answer_code: Answer(
            (all_answered(TODAY)[rule.answer_code].said[0],), TODAY - timedelta(days=min(days, 700_000))
        )
    }
    subject = sorted(rule.subjects)[0]
    person = replace(WOMAN, sex="male") if rule.who == "male" else replace(WOMAN, age=rule.age_from or 34)
    if not is_rule_asked_of_person(rule, person, answers):
        return

    found = check_required_answers_given_and_passing(
        {subject}, person, answers, [rule], rule.gates, TODAY, session=2
    )

    assert (unknown_answer_finding_code(rule, subject) in {each.code for each in found}) is not (
        0 <= days <= rule.max_age_days
    )


def test_everything_answered_leaves_nothing_to_ask():
    for person in (WOMAN, replace(WOMAN, sex="male")):
        every = {subject for rule in RULES for subject in rule.subjects}
        assert [
            each.code for each in found_for(person, all_answered(TODAY, contraception="sterilised"), every)
        ] == []


def test_what_is_known_to_be_unknown_is_no_answer():
    found = found_for(WOMAN, all_answered(TODAY, g6pd="unknown"), {"vitamin-c"})

    assert [(each.code, each.level, each.fixed) for each in found] == [
        ("unknown:vitamin-c:g6pd", Level.BLOCK, False)
    ]
    assert "not known" in found[0].detail


def test_an_answer_that_stops_is_said_once_where_the_record_says_it_too():
    answers = all_answered(TODAY, heart="arrhythmia")
    said = [block("contra:minoxidil:cardiac", "Heart disease", fixed=True)]

    assert [each.code for each in found_for(WOMAN, answers, {"minoxidil"})] == ["answer:minoxidil:heart"]
    assert found_for(WOMAN, answers, {"minoxidil"}, said_already=said) == []
    # A warning does not stand for a block.
    lesser = [warn("contra:minoxidil:cardiac", "Heart disease")]
    assert len(found_for(WOMAN, answers, {"minoxidil"}, said_already=lesser)) == 1


def test_caffeine_asks_about_the_heart_but_a_clinician_may_go_on():
    answers = all_answered(TODAY, heart="-")

    levels = {each.code: each.fixed for each in found_for(WOMAN, answers, {"caffeine", "minoxidil"})}

    assert levels == {"unknown:caffeine:heart": False, "unknown:minoxidil:heart": True}


def test_a_nerve_block_asks_for_a_reaction_to_an_anaesthetic_before_it_is_given():
    answers = all_answered(TODAY, anaesthetic="-")

    at_start = check_required_answers_given_and_passing({NERVE_BLOCK}, WOMAN, answers, RULES, {START}, TODAY)
    at_relief = check_required_answers_given_and_passing(
        {NERVE_BLOCK}, WOMAN, answers, RULES, {RELIEF}, TODAY
    )

    assert at_start == []
    assert [(each.code, each.fixed) for each in at_relief] == [("unknown:*nerve_block:anaesthetic", True)]


def test_the_first_session_is_not_asked_what_happened_since_the_last():
    answers = all_answered(TODAY, since_last="-")

    def codes(session: int) -> list[str]:
        found = check_required_answers_given_and_passing(
            (), WOMAN, answers, RULES, {START}, TODAY, session=session
        )
        return [each.code for each in found]

    assert codes(1) == []
    assert codes(2) == ["unknown:*treatment:since_last"]


def test_somebody_under_eighteen_is_not_treated_whatever_was_answered():
    found = found_for(replace(WOMAN, age=17), all_answered(TODAY, age="17"), set())

    assert {each.code for each in found if each.fixed} >= {
        "unknown:*treatment:parent",
        "answer:*treatment:age",
    }


@pytest.mark.parametrize(("said", "stops"), [("90/60", False), ("89/60", True), ("120/59", True)])
def test_a_blood_pressure_is_read_as_two_figures(said, stops):
    found = found_for(WOMAN, all_answered(TODAY, blood_pressure=said), {"minoxidil"})

    assert [each.code for each in found] == (["answer:minoxidil:blood_pressure"] if stops else [])


def test_what_is_no_blood_pressure_leaves_the_question_open():
    found = found_for(WOMAN, all_answered(TODAY, blood_pressure="normal"), {"minoxidil"})

    assert [each.code for each in found] == ["unknown:minoxidil:blood_pressure"]


def test_a_question_that_two_rows_ask_is_put_once():
    answers = all_answered(TODAY, pregnant="-")
    found = found_for(WOMAN, answers, {"dutasteride"})

    [question] = open_questions_behind_findings(found, RULES, answers)

    assert question.rule.answer_code == "pregnant"
    assert {each.code for each in question.findings} == {
        f"unknown:{TREATMENT}:pregnant",
        "unknown:dutasteride:pregnant",
    }


# ── dutasteride and finasteride ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("drug", ["dutasteride", "finasteride"])
@pytest.mark.parametrize("contraception", ["reliable", "none", "no sex with men", "declined"])
def test_contraception_does_not_lift_the_block_of_the_label(drug, contraception):
    found = check_reductase_inhibitor_if_pregnancy_possible(
        {drug}, WOMAN, all_answered(TODAY, contraception=contraception), TODAY
    )

    assert [(each.code, each.fixed) for each in found] == [(CODE, True)]


@pytest.mark.parametrize("why", ["sterilised", "postmenopausal", "no uterus"])
def test_the_block_ends_once_pregnancy_is_recorded_as_impossible(why):
    long_ago = {"contraception": Answer((why,), TODAY - timedelta(days=4000))}

    assert check_reductase_inhibitor_if_pregnancy_possible({"dutasteride"}, WOMAN, long_ago, TODAY) == []


@pytest.mark.parametrize(("age", "blocked"), [(11, False), (12, True), (55, True), (56, False), (None, True)])
def test_the_block_is_about_the_ages_of_the_clinic(age, blocked):
    found = check_reductase_inhibitor_if_pregnancy_possible(
        {"dutasteride"}, replace(WOMAN, age=age), all_answered(TODAY, contraception="none"), TODAY
    )

    assert bool(found) is blocked


def test_neither_a_man_nor_another_drug_is_blocked():
    answers = all_answered(TODAY, contraception="none")

    assert (
        check_reductase_inhibitor_if_pregnancy_possible(
            {"dutasteride"}, replace(WOMAN, sex="male"), answers, TODAY
        )
        == []
    )
    assert check_reductase_inhibitor_if_pregnancy_possible({"minoxidil"}, WOMAN, answers, TODAY) == []
