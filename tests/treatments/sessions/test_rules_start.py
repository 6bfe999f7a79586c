"""What stands against starting a session."""

from dataclasses import replace
from datetime import date

import pytest

from treatments.sessions.rules.start import (
    StartFacts,
    UnsignedSession,
    check_session_can_start,
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
