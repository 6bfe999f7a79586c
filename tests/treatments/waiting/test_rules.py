"""Whom to ask first, when to remind, how to reach somebody, and what is too much for a calendar."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.schedule.rules.feeds import feed_window, ical_status, repeats_too_often
from treatments.schedule.rules.reminders import (
    REMINDER_MOVES,
    ReminderStatus,
    reminder_due,
    try_again_after,
    way_to_reach,
)
from treatments.waiting.rules import (
    OFFER_MOVES,
    WAIT_MOVES,
    OfferStatus,
    Standing,
    WaitStatus,
    Wishes,
    fair_order,
    fits,
    why_so,
)

MONDAY_TEN = datetime(2030, 3, 4, 10, 0, tzinfo=UTC)


def suits(wishes, start=MONDAY_TEN, minutes=30, clinician=1, room=2):
    return fits(wishes, start, start + timedelta(minutes=minutes), clinician, room)


@pytest.mark.parametrize(
    ("wishes", "answer"),
    [
        (Wishes(), True),
        (Wishes(clinician=1, room=2), True),
        (Wishes(clinician=9), False),
        (Wishes(room=9), False),
        (Wishes(weekdays=[0, 3]), True),
        (Wishes(weekdays=[1]), False),
        (Wishes(not_before=time(10)), True),
        (Wishes(not_before=time(10, 10)), False),
        (Wishes(not_after=time(10, 30)), True),
        (Wishes(not_after=time(10, 20)), False),
        (Wishes(from_day=date(2030, 3, 4), until_day=date(2030, 3, 4)), True),
        (Wishes(from_day=date(2030, 3, 5)), False),
        (Wishes(until_day=date(2030, 3, 3)), False),
    ],
)
def test_a_time_suits_where_every_wish_is_met(wishes, answer):
    assert suits(wishes) is answer


def test_a_visit_past_midnight_is_not_over_by_one_in_the_morning_of_its_own_day():
    late = datetime(2030, 3, 4, 23, 50, tzinfo=UTC)

    assert not suits(Wishes(not_after=time(23, 55)), late)
    assert suits(Wishes(), late)


def test_a_course_past_its_protocol_comes_first_then_the_longest_waiting():
    early, late = datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 2, 1, tzinfo=UTC)
    asked = [
        Standing(1, late),
        Standing(2, early),
        Standing(3, late, late_days=2, session=4),
        Standing(4, early, late_days=9, session=2),
        Standing(5, early),
    ]

    assert [s.wait for s in fair_order(asked)] == [4, 3, 2, 5, 1]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=12))
def test_the_order_never_depends_on_the_order_of_asking(rows):
    start = datetime(2030, 1, 1, tzinfo=UTC)
    standings = [Standing(n, start + timedelta(hours=hours), late) for n, (hours, late) in enumerate(rows)]

    assert fair_order(reversed(standings)) == fair_order(standings)


def test_the_reason_is_said_in_words():
    added = datetime(2030, 3, 1, tzinfo=UTC)
    today, day = date(2030, 3, 4), date(2030, 3, 1)

    assert why_so(Standing(1, added), today, day) == "Waiting since 1 Mar 2030 (3 days)"
    assert why_so(Standing(1, added, 1, 4), today, day) == (
        "Session 4 is then 1 day past its protocol; waiting since 1 Mar 2030 (3 days)"
    )


@pytest.mark.parametrize("moves", [WAIT_MOVES, OFFER_MOVES])
def test_an_answer_is_final(moves):
    first, *others = moves

    assert moves[first] == set(others)
    assert all(moves[state] == frozenset() for state in others)
    assert (first, len(moves)) in [(WaitStatus.WAITING, 4), (OfferStatus.MADE, 4)]


# --- reminders ---------------------------------------------------------------

VISIT = datetime(2030, 3, 4, 10, 0, tzinfo=UTC)
LONG_AGO = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "already", "due"),
    [
        (timedelta(hours=49), [], None),
        (timedelta(hours=48), [], 48),
        (timedelta(hours=20), [], 48),
        (timedelta(hours=20), [48], None),
        (timedelta(hours=3), [48], 3),
        (timedelta(hours=2), [], 3),
        (timedelta(minutes=31), [48], 3),
        (timedelta(minutes=30), [], None),
        (timedelta(minutes=-5), [], None),
    ],
    ids=str,
)
def test_the_time_nearest_to_the_visit_is_the_one_that_is_due(before, already, due):
    found = reminder_due(VISIT, [48, 3], VISIT - before, booked_at=LONG_AGO, already=already)

    assert found == due


def test_somebody_who_has_just_booked_is_not_reminded_of_what_they_just_said():
    now = VISIT - timedelta(hours=5)
    just_now = VISIT - timedelta(hours=6)

    assert reminder_due(VISIT, [48], now, booked_at=just_now) is None
    assert reminder_due(VISIT, [48, 3], VISIT - timedelta(hours=3), booked_at=just_now) == 3
    # One that was moved is told of its new time.
    assert reminder_due(VISIT, [48], now, booked_at=None) == 48


@pytest.mark.parametrize(
    ("preference", "email", "phone", "by_email", "by_sms", "channel", "why_not"),
    [
        ("email", "a@b.c", "+1", True, True, "email", ""),
        ("sms", "a@b.c", "+1", True, True, "sms", ""),
        ("sms", "a@b.c", "+1", True, False, "email", ""),
        ("sms", "a@b.c", "", True, True, "email", ""),
        ("email", "", "+1", True, True, "sms", ""),
        ("email", "", "+1", True, False, "", "no address"),
        ("none", "a@b.c", "+1", True, True, "", "opted out"),
        ("email", "a@b.c", "+1", False, False, "", "reminders are off"),
    ],
)
def test_people_are_reached_as_they_asked_or_else_as_can_be(
    preference, email, phone, by_email, by_sms, channel, why_not
):
    way = way_to_reach(preference, email=email, phone=phone, by_email=by_email, by_sms=by_sms)

    assert (way.channel, way.why_not) == (channel, why_not)


def test_what_may_have_gone_out_is_never_due_by_itself():
    by_itself = {ReminderStatus.CLAIMED}

    assert ReminderStatus.DUE not in REMINDER_MOVES[ReminderStatus.HANDED_OVER]
    assert {s for s, to in REMINDER_MOVES.items() if ReminderStatus.DUE in to} == (
        by_itself | {ReminderStatus.UNSURE, ReminderStatus.FAILED}
    )
    assert REMINDER_MOVES[ReminderStatus.SENT] == frozenset()


def test_a_provider_that_does_not_answer_is_tried_less_and_less_and_then_given_up():
    waits = [try_again_after(n) for n in range(1, 7)]

    assert waits == [*(timedelta(minutes=m) for m in (1, 5, 15, 30, 60)), None]


# --- calendars ---------------------------------------------------------------


def test_a_feed_says_tentative_confirmed_or_cancelled():
    assert {
        s: ical_status(s)
        for s in ("booked", "confirmed", "arrived", "done", "cancelled", "late_cancelled", "no_show")
    } == {
        "booked": "TENTATIVE",
        "confirmed": "CONFIRMED",
        "arrived": "CONFIRMED",
        "done": "CONFIRMED",
        "cancelled": "CANCELLED",
        "late_cancelled": "CANCELLED",
        "no_show": "CANCELLED",
    }


def test_a_feed_shows_two_months_back_and_a_year_ahead():
    assert feed_window(date(2030, 3, 4)) == (date(2030, 1, 3), date(2031, 3, 4))


@pytest.mark.parametrize(
    ("rule", "often"),
    [
        ({"FREQ": ["DAILY"]}, False),
        ({"FREQ": ["WEEKLY"], "BYHOUR": [9, 17]}, False),
        ({"FREQ": ["SECONDLY"]}, True),
        ({"FREQ": ["HOURLY"]}, True),
        ({"freq": ["minutely"]}, True),
        ({"FREQ": ["DAILY"], "BYHOUR": [8, 9], "BYMINUTE": list(range(13))}, True),
    ],
)
def test_a_rule_that_repeats_more_than_hourly_is_no_appointment(rule, often):
    assert repeats_too_often(rule) is often
