"""Whom to ask first when a time frees, which times suit, and that an answer is final."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.periods import Period
from treatments.waiting import rules
from treatments.waiting.rules import (
    OFFER_MOVES,
    WAITING_LIST_MOVES,
    OfferStatus,
    Preferences,
    Turn,
    WaitingListStatus,
    fits_preferences,
    how_long_waiting_text,
    net_freed_periods,
    one_time_for_each,
    turns_in_fair_order,
)

MONDAY_TEN = datetime(2030, 3, 4, 10, 0, tzinfo=UTC)


def suits(preferences, start=MONDAY_TEN, minutes=30, clinician=1, room=2):
    return fits_preferences(preferences, start, start + timedelta(minutes=minutes), clinician, room)


@pytest.mark.parametrize(
    ("preferences", "answer"),
    [
        (Preferences(), True),
        (Preferences(clinician=1, room=2), True),
        (Preferences(clinician=9), False),
        (Preferences(room=9), False),
        (Preferences(weekdays=[0, 3]), True),
        (Preferences(weekdays=[1]), False),
        (Preferences(not_before=time(10)), True),
        (Preferences(not_before=time(10, 10)), False),
        (Preferences(not_after=time(10, 30)), True),
        (Preferences(not_after=time(10, 20)), False),
        (Preferences(from_day=date(2030, 3, 4), until_day=date(2030, 3, 4)), True),
        (Preferences(from_day=date(2030, 3, 5)), False),
        (Preferences(until_day=date(2030, 3, 3)), False),
    ],
)
def test_a_time_suits_where_every_preference_is_met(preferences, answer):
    assert suits(preferences) is answer


def test_a_visit_past_midnight_is_not_over_by_one_in_the_morning_of_its_own_day():
    late = datetime(2030, 3, 4, 23, 50, tzinfo=UTC)

    assert not suits(Preferences(not_after=time(23, 55)), late)
    assert suits(Preferences(), late)


def test_a_course_past_its_protocol_comes_first_then_the_longest_waiting():
    early, late = datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 2, 1, tzinfo=UTC)
    asked = [
        Turn(1, late),
        Turn(2, early),
        Turn(3, late, late_days=2, session=4),
        Turn(4, early, late_days=9, session=2),
        Turn(5, early),
    ]

    assert [s.entry for s in turns_in_fair_order(asked)] == [4, 3, 2, 5, 1]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=12))
def test_the_order_never_depends_on_the_order_of_asking(rows):
    start = datetime(2030, 1, 1, tzinfo=UTC)
    turns = [Turn(n, start + timedelta(hours=hours), late) for n, (hours, late) in enumerate(rows)]

    assert turns_in_fair_order(reversed(turns)) == turns_in_fair_order(turns)


def test_the_reason_is_said_in_words():
    added = datetime(2030, 3, 1, tzinfo=UTC)
    today, day = date(2030, 3, 4), date(2030, 3, 1)

    assert how_long_waiting_text(Turn(1, added), today, day) == "Waiting since 1 Mar 2030 (3 days)"
    assert how_long_waiting_text(Turn(1, added, 1, 4), today, day) == (
        "Session 4 is then 1 day past its protocol; waiting since 1 Mar 2030 (3 days)"
    )


@pytest.mark.parametrize("moves", [WAITING_LIST_MOVES, OFFER_MOVES])
def test_an_answer_is_final(moves):
    first, *others = moves

    assert moves[first] == set(others)
    assert all(moves[state] == frozenset() for state in others)
    assert (first, len(moves)) in [(WaitingListStatus.WAITING, 4), (OfferStatus.MADE, 4)]


NOW = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (rules.check_not_waiting_already(waits_already=True), "wait:twice"),
        (rules.check_still_waits(waits=False, status="booked"), "wait:state"),
        (rules.check_offer_is_early_enough(latest_answer=NOW, now=NOW), "offer:late"),
        (rules.check_no_other_open_offer(expires_at=NOW + MINUTE, now=NOW), "offer:open"),
        (
            rules.check_offer_can_be_accepted(is_made=False, status="declined", expires_at=NOW, now=NOW),
            "offer:state",
        ),
        (
            rules.check_offer_can_be_accepted(is_made=True, status="made", expires_at=NOW, now=NOW),
            "offer:expired",
        ),
        (rules.check_offer_can_be_declined(is_made=False, status="accepted"), "offer:state"),
        (rules.check_course_has_open_session(is_full=True), "wait:plan"),
    ],
)
def test_what_stands_against_waiting_and_offers_is_a_fixed_block(found, code):
    assert (found.code, found.fixed) == (code, True)


@pytest.mark.parametrize(
    "found",
    [
        rules.check_not_waiting_already(waits_already=False),
        rules.check_still_waits(waits=True, status="waiting"),
        rules.check_offer_is_early_enough(latest_answer=NOW + MINUTE, now=NOW),
        rules.check_no_other_open_offer(expires_at=NOW, now=NOW),
        rules.check_offer_can_be_accepted(is_made=True, status="made", expires_at=NOW + MINUTE, now=NOW),
        rules.check_offer_can_be_declined(is_made=True, status="made"),
        rules.check_course_has_open_session(is_full=False),
    ],
)
def test_nothing_stands_against_an_offer_in_time_to_somebody_who_waits(found):
    assert found is None


def hours(start, end):
    midnight = MONDAY_TEN - timedelta(hours=10)
    return Period(midnight + timedelta(hours=start), midnight + timedelta(hours=end))


def test_a_time_that_came_free_is_net_of_what_was_taken_again():
    freed = hours(10, 12)

    assert net_freed_periods(freed, []) == [freed]
    assert net_freed_periods(freed, [hours(10.5, 11)]) == [hours(10, 10.5), hours(11, 12)]
    assert net_freed_periods(freed, [hours(9, 13)]) == []


def test_a_visit_moved_by_ten_minutes_did_not_come_free():
    visit = hours(10, 10.5)
    moved = Period(visit.start + timedelta(minutes=10), visit.end + timedelta(minutes=10))

    assert net_freed_periods(visit, [moved]) == []
    # A visit of ten minutes that was given up did.
    short = Period(visit.start, visit.start + timedelta(minutes=10))
    assert net_freed_periods(short, []) == [short]


def test_each_person_gets_one_time_and_each_time_one_person():
    waiting = [1, 2, 3]

    assert one_time_for_each((n, waiting) for n in range(10, 39)) == {1: 10, 2: 11, 3: 12}
    assert one_time_for_each([(10, [2, 1]), (11, [2])]) == {2: 10}
    assert one_time_for_each([(10, [2]), (11, [2, 1])]) == {2: 10, 1: 11}
    assert one_time_for_each([(10, [])]) == {}
