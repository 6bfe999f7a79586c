"""What comes next for a patient, and when a review is due."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mesoclinic.pages.next_steps import Do, Progress, Step, next_steps_of
from treatments.followup.rules import due_dates_of_check_ins
from treatments.plans.rules import is_review_due, next_session_on
from treatments.sessions.rules.signing import SigningFacts, findings_before_signing

TODAY = date(2026, 11, 23)
LATER = date(2026, 12, 7)

ASSESSED = Progress(intake_taken=True, consent_valid=True, assessed=True)
ACTIVE = replace(
    ASSESSED,
    cocktail_begun=True,
    cocktail_signed=True,
    plan_status="active",
    quote_status="accepted",
    sessions_planned=8,
    sessions_done=2,
)


def texts(progress, today=TODAY):
    return [step.text for step in next_steps_of(progress, today)]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("paused", "Course paused by the review: go on with it, or stop it"),
        ("changing", "The review asks for another cocktail: choose it"),
    ],
)
def test_a_course_that_a_review_holds_is_gone_on_with_and_not_booked(status, text):
    held = replace(ACTIVE, plan_status=status)

    assert next_steps_of(held, TODAY) == [Step(Do.GO_ON, text)]


@pytest.mark.parametrize(
    ("progress", "steps"),
    [
        pytest.param(Progress(), ["Take the intake"], id="just registered"),
        pytest.param(
            Progress(intake_taken=True), ["Assess", "Sign the treatment consent"], id="intake taken"
        ),
        pytest.param(replace(ASSESSED, assessed=False), ["Assess"], id="consent signed early"),
        pytest.param(ASSESSED, ["Build the cocktail"], id="assessed"),
        pytest.param(replace(ASSESSED, cocktail_begun=True), ["Sign the cocktail"], id="begun"),
        pytest.param(
            replace(ASSESSED, cocktail_begun=True, cocktail_signed=True),
            ["Plan and quote"],
            id="cocktail signed",
        ),
    ],
)
def test_the_way_to_a_plan(progress, steps):
    assert texts(progress) == steps


@pytest.mark.parametrize(
    ("plan", "quote", "until", "step"),
    [
        ("draft", "", None, "Issue the quote"),
        ("draft", "draft", None, "Issue the quote"),
        ("quoted", "issued", TODAY, "Quote waits for an answer, valid to 23 Nov 2026"),
        ("quoted", "issued", None, "Quote waits for an answer, no end"),
        ("quoted", "issued", TODAY - timedelta(days=1), "Quote has expired: issue a new one"),
        ("expired", "expired", None, "Quote has expired: issue a new one"),
        ("declined", "declined", None, "Quote was declined: offer another"),
    ],
)
def test_the_way_to_an_accepted_quote(plan, quote, until, step):
    progress = replace(ACTIVE, plan_status=plan, quote_status=quote, quote_valid_until=until)

    assert texts(progress) == [step]


@pytest.mark.parametrize(
    ("what", "steps"),
    [
        pytest.param(
            {"plan_status": "accepted", "sessions_done": 0},
            ["Book the course", "Review at session 5"],
            id="accepted, nothing booked",
        ),
        pytest.param({}, ["Book session 3", "Review at session 5"], id="next not booked"),
        pytest.param(
            {"booked": ((4, date(2026, 12, 21)), (3, LATER))},
            ["Session 3 on 7 Dec 2026", "Review at session 5"],
            id="booked, in any order",
        ),
        pytest.param(
            {"booked": ((3, TODAY), (4, LATER))},
            ["Start session 3", "Session 4 on 7 Dec 2026", "Review at session 5"],
            id="today, and then",
        ),
        pytest.param(
            {"booked": ((2, TODAY), (3, TODAY - timedelta(days=1)))},
            ["Book session 3", "Review at session 5"],
            id="only what is past or done",
        ),
        pytest.param(
            {"booked": ((3, TODAY),), "consent_valid": False},
            ["Sign the treatment consent", "Start session 3", "Review at session 5"],
            id="consent first",
        ),
        pytest.param(
            {"draft_number": 3},
            ["Finish and sign the draft of session 3", "Book session 4", "Review at session 5"],
            id="a draft first of all",
        ),
        pytest.param(
            {"sessions_done": 5, "reviewed_to": 5},
            ["Book session 6", "Review at session 8"],
            id="then the review at the end",
        ),
        pytest.param(
            {"sessions_done": 5},
            ["Review after session 5", "Book session 6"],
            id="the review is open",
        ),
        pytest.param(
            {"sessions_done": 5, "booked": ((6, LATER),)},
            ["Review after session 5", "Session 6 on 7 Dec 2026 waits for the review"],
            id="the review is open, and the next is booked",
        ),
        pytest.param({"sessions_done": 8}, ["Course finished: decide on maintenance"], id="all done"),
        pytest.param(
            {"sessions_done": 7, "draft_number": 8},
            ["Finish and sign the draft of session 8"],
            id="the last draft",
        ),
        pytest.param(
            {"plan_status": "done", "consent_valid": False},
            ["Course finished: decide on maintenance"],
            id="plan closed",
        ),
        pytest.param(
            {"plan_status": "stopped"}, ["Course stopped: assess again before a new plan"], id="plan stopped"
        ),
        pytest.param({"sessions_planned": 3}, ["Book session 3", "Review at session 3"], id="a short course"),
    ],
)
def test_the_way_through_a_course(what, steps):
    assert texts(replace(ACTIVE, **what)) == steps


def test_a_step_says_what_to_do_for_the_page_too():
    assert next_steps_of(replace(ACTIVE, booked=((3, TODAY),)), TODAY) == [
        Step(Do.START_SESSION, "Start session 3"),
        Step(Do.REVIEW, "Review at session 5"),
    ]
    assert next_steps_of(replace(ACTIVE, plan_status="stopped"), TODAY)[0].do is Do.ASSESS


def test_the_next_session_comes_an_interval_later():
    assert next_session_on(TODAY, 14) == LATER


def test_check_ins_at_48_hours_and_2_6_and_12_weeks():
    assert due_dates_of_check_ins(TODAY) == [
        date(2026, 11, 25),
        date(2026, 12, 7),
        date(2027, 1, 4),
        date(2027, 2, 15),
    ]


@pytest.mark.parametrize(
    ("number", "planned", "due"),
    [(1, 8, False), (4, 8, False), (5, 8, True), (6, 8, False), (8, 8, True), (3, 3, True), (5, 5, True)],
)
def test_the_review_is_due_at_session_5_and_at_the_end(number, planned, due):
    assert is_review_due(number, planned) is due


@pytest.mark.parametrize(
    ("number", "found"), [(5, [("review:5", "note")]), (8, [("review:8", "note")]), (4, [])]
)
def test_a_signature_says_that_the_review_is_due_and_waits_for_nothing(number, found):
    findings = findings_before_signing(SigningFacts(number, 8))

    about_it = [f for f in findings if f.where == "review"]
    assert [(f.code, str(f.level)) for f in about_it] == found


@pytest.mark.parametrize(
    ("number", "review_at", "due"), [(3, 3, True), (5, 3, False), (8, 3, True), (6, 6, True), (5, 6, False)]
)
def test_the_review_is_due_where_the_clinic_sets_it(number, review_at, due):
    assert is_review_due(number, 8, review_at) is due
