"""What stands against starting a session."""

from dataclasses import replace
from datetime import date

import pytest

from mesoclinic.core.findings import block, warn
from patients.rules.consent import CONSENT_ALERT
from treatments.sessions.rules.start import (
    StartChecks,
    StartFacts,
    UnsignedSession,
    check_session_can_start,
    check_what_else_stands_at_start,
    checks_passed_last,
    unsigned_session_warnings,
)

TODAY = date(2026, 11, 25)
ACCEPTED = StartFacts(plan_status="accepted")


@pytest.mark.parametrize("status", ["accepted", "active"])
def test_a_session_starts_of_a_plan_that_is_accepted_or_under_way(status):
    assert check_session_can_start(replace(ACCEPTED, plan_status=status), TODAY) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"plan_status": "draft"}, "session:plan", id="the quote is not accepted"),
        pytest.param({"plan_status": "done"}, "session:plan", id="the course is over"),
        pytest.param({"died_on": date(2026, 11, 24)}, "session:deceased", id="the patient died before"),
        pytest.param({"is_merged": True}, "session:merged", id="the record was merged"),
        pytest.param({"is_at_other_clinic": True}, "session:clinic", id="the appointment is elsewhere"),
    ],
)
def test_nobody_goes_past_what_stands_against_a_start(changed, code):
    (found,) = check_session_can_start(replace(ACCEPTED, **changed), TODAY)

    assert (found.code, found.fixed) == (code, True)


def test_a_session_on_the_day_of_death_or_before_may_be_put_on_record():
    assert check_session_can_start(replace(ACCEPTED, died_on=TODAY), TODAY) == []


def test_everything_that_stands_against_a_start_is_said_at_once():
    facts = StartFacts("draft", died_on=date(2020, 1, 1), is_merged=True, is_at_other_clinic=True)

    assert [found.code for found in check_session_can_start(facts, TODAY)] == [
        "session:plan",
        "session:deceased",
        "session:merged",
        "session:clinic",
    ]


def test_a_session_of_another_plan_that_stands_unsigned_asks_why():
    begun = UnsignedSession(
        id=7, number=2, plan="Course B", begun_by="Dr Elif Kaya", begun_on=date(2026, 11, 3)
    )

    (found,) = unsigned_session_warnings([begun])

    assert (found.code, found.warns) == ("session:unsigned:7", True)
    assert found.message == (
        "Session 2 of “Course B” was begun by Dr Elif Kaya on 3 Nov 2026 and is not signed. "
        "Finish or discard it first, or say why not."
    )


CHECKS = StartChecks(
    on=TODAY,
    consent_until=date(2027, 9, 21),
    last_number=4,
    last_on=date(2026, 10, 28),
    fewest_days=14,
    is_paid=True,
    products=4,
    products_in_date=4,
)

ALL = ["alerts", "answers", "record", "consent", "interval", "balance", "lots"]


def passed(*standing, questions_left=0, **changed):
    found = check_what_else_stands_at_start(
        replace(CHECKS, **changed), standing, questions_left=questions_left
    )
    return [each.code.removeprefix("start:") for each in found if each.level == "ok"]


def test_with_nothing_in_the_way_every_check_has_passed_with_its_figures():
    found = check_what_else_stands_at_start(CHECKS, [], questions_left=0)

    assert [each.code.removeprefix("start:") for each in found] == ALL
    said = {each.message: each.detail for each in found}
    assert said["Consent stands"] == "Valid to 21 Sep 2027."
    assert said["Interval"] == "28 days since session 4; at least 14."
    assert said["Lots"] == "4 of 4 products have enough in date."


@pytest.mark.parametrize(
    ("code", "not_passed"),
    [
        ("alert:reaction:infection", "alerts"),
        ("unknown:*treatment:allergy", "answers"),
        ("answer:*treatment:pregnant", "answers"),
        ("contra:biotin:allergy", "record"),
        (CONSENT_ALERT, "consent"),
        ("interval:*any", "interval"),
    ],
)
def test_what_stands_in_the_way_is_not_said_to_have_passed(code, not_passed):
    for standing in (block(code, "Stands.", fixed=True), warn(code, "Stands.")):
        assert passed(standing) == [each for each in ALL if each != not_passed]


def test_a_question_on_the_page_is_not_answered_and_a_consent_on_no_record_does_not_stand():
    assert "answers" not in passed(questions_left=1)
    assert "consent" not in passed(consent_until=None)


def test_what_others_see_to_is_a_note_and_stands_before_what_passed():
    unpaid = replace(CHECKS, is_paid=False, products_in_date=3)

    first, second, *others = checks_passed_last(check_what_else_stands_at_start(unpaid, [], questions_left=0))

    assert [first.detail, second.detail] == [
        "Not paid up to this session: the front desk takes the payment.",
        "3 of 4 products have enough in date: the session asks for another lot before it is signed.",
    ]
    assert {each.level for each in others} == {"ok"}
