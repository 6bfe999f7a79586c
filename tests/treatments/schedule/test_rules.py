"""States, lengths, free slots, intervals and courses. The clock: test_rules_clock."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.moves import can_move, next_states
from mesoclinic.core.periods import Period
from treatments.schedule.rules.appointments import (
    ACTIVE,
    APPOINTMENT_MOVES,
    AppointmentStatus,
    check_cancellation_is_not_late,
    status_when_cancelled,
)
from treatments.schedule.rules.availability import free_slots, merged_periods, nearest_periods
from treatments.schedule.rules.courses import course_dates
from treatments.schedule.rules.intervals import fewest_and_most_days_between_sessions, interval_finding
from treatments.schedule.rules.lengths import Lengths, session_minutes

DAY = datetime(2026, 11, 23, tzinfo=UTC)
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)


def at(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def span(start: float, end: float) -> Period:
    return Period(at(start), at(end))


def test_how_an_appointment_moves_on():
    assert {str(s): [str(to) for to in next_states(APPOINTMENT_MOVES, s)] for s in AppointmentStatus} == {
        "booked": ["confirmed", "arrived", "in_treatment", "cancelled", "late_cancelled", "no_show"],
        "confirmed": ["arrived", "in_treatment", "cancelled", "late_cancelled", "no_show"],
        "arrived": ["booked", "in_treatment", "late_cancelled"],
        "in_treatment": ["arrived", "done"],
        "done": [],
        "cancelled": [],
        "late_cancelled": [],
        "no_show": ["arrived"],
    }
    assert can_move(APPOINTMENT_MOVES, "booked", "arrived")
    assert not can_move(APPOINTMENT_MOVES, "done", "booked")
    assert set(APPOINTMENT_MOVES) == set(AppointmentStatus)


def test_what_is_given_up_holds_no_time():
    assert {str(s) for s in ACTIVE} == {"booked", "confirmed", "arrived", "in_treatment", "done"}


@pytest.mark.parametrize(
    ("area", "technique", "first", "minutes"),
    [
        pytest.param("0", "", False, 15, id="no area yet"),
        pytest.param("50", "nappage", False, 15, id="small, up to 50"),
        pytest.param("50.1", "nappage", False, 20, id="a little more"),
        pytest.param("78", "nappage", False, 20, id="the session of the picture"),
        pytest.param("100", "", False, 20, id="up to 100"),
        pytest.param("200", "", False, 30, id="up to 200"),
        pytest.param("200.1", "", False, 40, id="large"),
        pytest.param("500", "", False, 40, id="whole scalp"),
        pytest.param("500.1", "", False, 50, id="more than a scalp"),
        pytest.param("600", "", False, 50, id="a hundred more"),
        pytest.param("601", "", False, 60, id="two hundred begun"),
        pytest.param("78", "", True, 35, id="a first session"),
        pytest.param("78", "point_by_point", False, 25, id="a technique's code"),
        pytest.param("78", "Point-by-point, 90 degrees", False, 25, id="its words"),
        pytest.param("78", "papule, then PRP", False, 40, id="the slowest counts"),
        pytest.param("78", "epidermic", True, 40, id="technique and first"),
    ],
)
def test_how_long_a_session_takes(area, technique, first, minutes):
    assert session_minutes(D(area), technique, first) == minutes


def test_a_clinics_own_lengths_are_rounded_up_to_five():
    own = Lengths(steps=((D(100), 21),), technique={"nappage": 2}, first=3)

    assert session_minutes(D(100), "nappage", True, own) == 30
    assert session_minutes(D(100), "", False, own) == 25
    assert session_minutes(D(100), "", False, Lengths(((D(100), 20),))) == 20


@pytest.mark.parametrize("saved", ["Nappage", "point-by-point", "Point_by  point", "ÉPIDERMIQUE"])
def test_a_technique_adds_its_minutes_however_its_name_was_typed(saved):
    own = Lengths(steps=((D(100), 20),), technique={saved: 10})

    assert session_minutes(D(100), "nappage, then point by point; épidermique", False, own) == 30
    assert session_minutes(D(100), "papule", False, own) == 20


def test_a_technique_named_by_a_dash_alone_is_in_no_course():
    own = Lengths(steps=((D(100), 20),), technique={"-": 10})

    assert session_minutes(D(100), "nappage", False, own) == 20


def test_an_area_is_not_below_zero():
    with pytest.raises(ValueError, match="below zero"):
        session_minutes(D(-1))


@given(st.decimals(0, 900, places=1), st.decimals(0, 300, places=1))
def test_a_larger_area_never_takes_less(area, more):
    assert session_minutes(area) <= session_minutes(area + more)
    assert session_minutes(area) % 5 == 0


@pytest.mark.parametrize(
    ("open_times", "busy", "not_before", "starts"),
    [
        pytest.param([span(9, 10.5)], [], 0, [9, 9.25, 9.5], id="an empty morning"),
        pytest.param([span(9, 9.75)], [], 0, [], id="too short"),
        pytest.param([span(9, 10)], [], 0, [9], id="just long enough"),
        pytest.param([], [], 0, [], id="closed"),
        pytest.param([span(9, 12)], [span(9, 12)], 0, [], id="full"),
        pytest.param([span(9, 12)], [span(10, 10.75)], 0, [9, 10.75, 11], id="on both sides"),
        pytest.param(
            [span(9, 12)],
            [span(9, 10 + 1 / 6)],
            0,
            [10.25, 10.5, 10.75, 11],
            id="on the open time's own grid",
        ),
        pytest.param([span(9, 10.5)], [], 9.1, [9.25, 9.5], id="not before a time in between"),
        pytest.param([span(9, 10.5)], [], 9.25, [9.25, 9.5], id="not before a start"),
        pytest.param([span(13, 14), span(9, 10)], [], 0, [9, 13], id="open times in any order"),
        pytest.param(
            [span(9, 10), span(9.5, 10.5), span(10.5, 11)],
            [span(8, 9.25), span(9, 9.5)],
            0,
            [9.5, 9.75, 10],
            id="open times and busy times that overlap",
        ),
    ],
)
def test_free_slots(open_times, busy, not_before, starts):
    found = free_slots(open_times, busy, HOUR, QUARTER, at(not_before))

    assert found == [span(start, start + 1) for start in starts]


@pytest.mark.parametrize(("length", "step"), [(0, 1), (-1, 1), (1, 0), (1, -1)])
def test_a_slot_has_length_and_step(length, step):
    with pytest.raises(ValueError, match="a slot has a length"):
        free_slots([span(9, 10)], [], length * HOUR, step * HOUR, at(0))


periods = st.tuples(st.integers(0, 100), st.integers(1, 40)).map(lambda p: span(p[0] / 4, (p[0] + p[1]) / 4))


@given(
    st.lists(periods, max_size=5),
    st.lists(periods, max_size=5),
    st.integers(1, 8),
    st.integers(1, 8),
    st.integers(0, 25),
)
def test_free_slots_are_free_open_and_long_enough(open_times, busy, length, step, start):
    found = free_slots(open_times, busy, length * QUARTER, step * QUARTER, at(start))

    opened = merged_periods(open_times)
    assert all(slot.length == length * QUARTER for slot in found)
    assert all(slot.start >= at(start) for slot in found)
    assert all(any(o.contains(slot) for o in opened) for slot in found)
    assert not any(slot.overlaps(b) for slot in found for b in busy)
    assert found == sorted(set(found))


def test_the_three_nearest_slots_the_earlier_of_two_first():
    slots = [span(h, h + 1) for h in (8, 9, 11, 12, 15)]

    assert nearest_periods(slots, at(10)) == [span(9, 10), span(11, 12), span(8, 9)]
    assert nearest_periods(slots, at(15), 1) == [span(15, 16)]
    assert nearest_periods([], at(10)) == []


@given(st.lists(periods, max_size=8))
def test_merged_is_the_same_time_without_touching_periods(given_):
    out = merged_periods(given_)

    assert all(a.end < b.start for a, b in zip(out, out[1:], strict=False))
    for period in given_:
        assert any(m.contains(period) for m in out)
    assert sum((m.length for m in out), timedelta()) <= sum((p.length for p in given_), timedelta())


LAST = date(2026, 11, 9)


@pytest.mark.parametrize(
    ("last_on", "day", "level", "message"),
    [
        pytest.param(None, date(2026, 11, 23), "ok", "First session.", id="first"),
        pytest.param(LAST, date(2026, 11, 15), "ok", "6 days since the last session.", id="least"),
        pytest.param(LAST, date(2026, 11, 19), "ok", "10 days since the last session.", id="most"),
        pytest.param(
            LAST,
            date(2026, 11, 14),
            "warn",
            "5 days since the last session; the protocol asks for at least 6. "
            "Book on 15 Nov 2026 or later, or say why.",
            id="too early",
        ),
        pytest.param(
            LAST,
            date(2026, 11, 10),
            "warn",
            "1 day since the last session; the protocol asks for at least 6. "
            "Book on 15 Nov 2026 or later, or say why.",
            id="one day",
        ),
        pytest.param(
            LAST,
            date(2026, 11, 20),
            "warn",
            "11 days since the last session; the protocol asks for at most 10. "
            "Book by 19 Nov 2026, or say why.",
            id="too late",
        ),
        pytest.param(
            LAST,
            date(2026, 11, 8),
            "block",
            "Before the last session on 9 Nov 2026. Choose a later day.",
            id="before",
        ),
    ],
)
def test_the_distance_to_the_last_session(last_on, day, level, message):
    finding = interval_finding(last_on, day, 6, 10)

    assert (str(finding.level), finding.message) == (level, message)


def test_a_protocol_may_leave_the_distance_open():
    assert interval_finding(LAST, LAST).message == "0 days since the last session."


@pytest.mark.parametrize(
    ("interval", "window"), [(7, (6, 10)), (14, (12, 21)), (30, (26, 45)), (90, (78, 135)), (1, (1, 2))]
)
def test_how_early_and_how_late(interval, window):
    assert fewest_and_most_days_between_sessions(interval) == window


MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("intervals", "weekdays", "more", "days"),
    [
        pytest.param([7, 14], range(7), {}, [0, 7, 21], id="as the pattern says"),
        pytest.param([], range(7), {}, [0], id="one session"),
        pytest.param([7], range(7), {"sessions": 4}, [0, 7, 14, 21], id="repeated"),
        pytest.param([7, 7], range(7), {"sessions": 2}, [0, 7], id="cut short"),
        pytest.param([30, 30], [0], {}, [0, 35, 70], id="Mondays only"),
        pytest.param([7], [2, 4], {}, [2, 9], id="the first day moves too"),
        pytest.param(
            [7, 7],
            range(5),
            {"closed": [MONDAY + timedelta(days=7)]},
            [0, 8, 15],
            id="a holiday moves what follows",
        ),
    ],
)
def test_the_days_of_a_course(intervals, weekdays, more, days):
    found = course_dates(MONDAY, intervals, weekdays, **more)

    assert found == [MONDAY + timedelta(days=d) for d in days]


@pytest.mark.parametrize("weekdays", [[], [7]])
def test_a_course_needs_a_weekday(weekdays):
    with pytest.raises(ValueError, match="at least one weekday"):
        course_dates(MONDAY, [7], weekdays)


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.lists(st.integers(1, 90), min_size=1, max_size=9),
    st.sets(st.integers(0, 6), min_size=1),
)
def test_no_gap_of_a_course_is_shorter_than_its_interval(first, intervals, weekdays):
    days = course_dates(first, intervals, weekdays)

    gaps = [(b - a).days for a, b in zip(days, days[1:], strict=False)]
    assert all(0 <= g - i < 7 for g, i in zip(gaps, intervals, strict=True))
    assert all(day.weekday() in weekdays for day in days)


@pytest.mark.parametrize(
    ("hours", "status", "said"),
    [
        pytest.param(24, "cancelled", False, id="exactly in time"),
        pytest.param(23.99, "late_cancelled", True, id="a moment late"),
        pytest.param(-1, "late_cancelled", True, id="after it began"),
    ],
)
def test_late_cancelling(hours, status, said):
    starts, cancelled = at(48), at(48 - hours)

    assert str(status_when_cancelled(starts, cancelled)) == status
    assert (check_cancellation_is_not_late(starts, cancelled) is not None) is said


def test_the_notice_is_the_clinics_and_is_said():
    assert str(status_when_cancelled(at(48), at(2), notice_hours=48)) == "late_cancelled"
    assert check_cancellation_is_not_late(at(48), at(2), notice_hours=48).message == (
        "Less than 48 hours' notice: this counts as a late cancellation. "
        "Say why: the reason stays with the visit."
    )
