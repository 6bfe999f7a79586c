"""Clocks that are put forward and back, in ten zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.periods import Period
from treatments.schedule.rules.appointments import status_when_cancelled
from treatments.schedule.rules.availability import (
    WeeklyHours,
    check_time_exists_once_on_clock,
    day_period,
    free_slots,
    instant_of_clock,
    open_times_on,
)

PARIS = ZoneInfo("Europe/Paris")
NEW_YORK = ZoneInfo("America/New_York")
APIA = ZoneInfo("Pacific/Apia")

#: Ten zones, each with a day of 23 hours and a day of 25 (where midnight itself repeats or is
#: skipped, as in Santiago, Tehran and Cairo, the long day is the one before the change).
CHANGES = [
    ("Europe/Paris", date(2026, 3, 29), date(2026, 10, 25)),
    ("Europe/London", date(2026, 3, 29), date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8), date(2026, 11, 1)),
    ("America/Los_Angeles", date(2026, 3, 8), date(2026, 11, 1)),
    ("America/Santiago", date(2026, 9, 6), date(2026, 4, 4)),
    ("Australia/Sydney", date(2026, 10, 4), date(2026, 4, 5)),
    ("Pacific/Auckland", date(2026, 9, 27), date(2026, 4, 5)),
    ("Pacific/Apia", date(2020, 9, 27), date(2021, 4, 4)),
    ("Asia/Tehran", date(2022, 3, 22), date(2021, 9, 21)),
    ("Africa/Cairo", date(2026, 4, 24), date(2026, 10, 29)),
]
ZONES = st.sampled_from([ZoneInfo(name) for name, _, _ in CHANGES])


def hours(period: Period) -> float:
    return period.length / timedelta(hours=1)


@pytest.mark.fault("F19")
@pytest.mark.parametrize(("name", "forward", "back"), CHANGES, ids=[name for name, _, _ in CHANGES])
def test_days_of_23_and_25_hours(name, forward, back):
    tz = ZoneInfo(name)

    assert [
        hours(day_period(forward, tz)),
        hours(day_period(forward + timedelta(days=14), tz)),
        hours(day_period(back, tz)),
    ] == [23, 24, 25]


@pytest.mark.fault("F19")
@pytest.mark.parametrize(("name", "forward", "back"), CHANGES, ids=[name for name, _, _ in CHANGES])
def test_working_hours_keep_to_the_clock_on_both_days(name, forward, back):
    tz = ZoneInfo(name)
    weekly = [WeeklyHours(day, time(9), time(17)) for day in range(7)]

    for day in (forward, back):
        (open_time,) = open_times_on(day, weekly, tz)
        assert open_time.start.astimezone(tz).replace(tzinfo=None) == datetime.combine(day, time(9))
        assert open_time.end.astimezone(tz).time() == time(17)
        assert hours(open_time) == 8


@pytest.mark.fault("F19")
@given(
    ZONES,
    st.dates(date(2015, 1, 1), date(2030, 1, 1)),
    st.times(timezones=st.none()).map(lambda t: t.replace(fold=0, microsecond=0)),
)
def test_every_time_that_exists_comes_back(tz, day, clock):
    finding = check_time_exists_once_on_clock(day, clock, tz)

    back = instant_of_clock(day, clock, tz).astimezone(tz)

    same = (back.date(), back.time().replace(fold=0)) == (day, clock)
    assert same == (finding is None or not finding.blocks)


@pytest.mark.fault("F19")
def test_a_time_that_does_not_exist_is_explained():
    finding = check_time_exists_once_on_clock(date(2026, 3, 29), time(2, 30), PARIS)

    assert (finding.code, finding.blocks, finding.fixed, finding.message) == (
        "clock:2026-03-29T02:30",
        True,
        True,
        "02:30 on 29 Mar 2026 does not exist: the clocks are put forward over it. "
        "Choose 03:30, or another time.",
    )
    assert instant_of_clock(date(2026, 3, 29), time(2, 30), PARIS) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.fault("F19")
def test_a_time_that_comes_twice_is_explained():
    finding = check_time_exists_once_on_clock(date(2026, 11, 1), time(1, 30), NEW_YORK)

    assert (str(finding.level), finding.message) == (
        "note",
        "01:30 on 1 Nov 2026 comes twice: the clocks are put back. Choose the first or the second.",
    )
    first = instant_of_clock(date(2026, 11, 1), time(1, 30), NEW_YORK)
    assert first == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert instant_of_clock(date(2026, 11, 1), time(1, 30), NEW_YORK, last=True) - first == timedelta(hours=1)


def test_the_last_reading_of_a_skipped_time_is_no_earlier():
    skipped = date(2026, 3, 29), time(2, 30), PARIS

    assert instant_of_clock(*skipped, last=True) == instant_of_clock(*skipped)


@pytest.mark.parametrize(
    ("day", "clock"),
    [
        (date(2026, 3, 29), time(1, 59)),
        (date(2026, 3, 29), time(3, 0)),
        (date(2026, 10, 25), time(3, 0)),
        (date(2026, 6, 1), time(2, 30)),
    ],
)
def test_other_times_need_no_words(day, clock):
    assert check_time_exists_once_on_clock(day, clock, PARIS) is None


@pytest.mark.fault("F19")
def test_a_day_the_zone_skips_has_no_working_hours():
    weekly = [WeeklyHours(day, time(9), time(17)) for day in range(7)]

    assert open_times_on(date(2011, 12, 30), weekly, APIA) == []
    assert len(open_times_on(date(2011, 12, 31), weekly, APIA)) == 1


def paris(day, start, end):
    """By the clock in Paris on a day in November, one hour ahead of UTC."""
    at = datetime(2026, 11, day, tzinfo=UTC) - timedelta(hours=1)
    return Period(at + timedelta(hours=start), at + timedelta(hours=end))


MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("weekly", "found"),
    [
        pytest.param([], [], id="closed"),
        pytest.param([WeeklyHours(1, time(9), time(12))], [], id="open on Tuesday"),
        pytest.param(
            [WeeklyHours(0, time(14), time(18)), WeeklyHours(0, time(9), time(12, 30))],
            [paris(23, 9, 12.5), paris(23, 14, 18)],
            id="a lunch break, in any order",
        ),
        pytest.param(
            [
                WeeklyHours(0, time(9), time(12)),
                WeeklyHours(0, time(12), time(13)),
                WeeklyHours(0, time(11), time(12)),
            ],
            [paris(23, 9, 13)],
            id="touching and overlapping are one",
        ),
        pytest.param([WeeklyHours(0, time(20), time(2))], [paris(23, 20, 26)], id="into the night"),
        pytest.param([WeeklyHours(0, time(0), time(0))], [paris(23, 0, 24)], id="day and night"),
    ],
)
def test_when_a_clinic_is_open(weekly, found):
    assert open_times_on(MONDAY, weekly, PARIS) == found


def test_working_hours_last_until_the_second_two_oclock():
    weekly = [WeeklyHours(6, time(0), time(1, 30))]

    (open_time,) = open_times_on(date(2026, 11, 1), weekly, NEW_YORK)

    assert hours(open_time) == 2.5


def test_working_hours_that_the_change_swallows_are_none():
    weekly = [WeeklyHours(6, time(2, 30), time(3, 15))]

    assert open_times_on(date(2026, 3, 29), weekly, PARIS) == []


def test_slots_over_the_change_are_an_hour_by_any_clock():
    weekly = [WeeklyHours(6, time(0), time(5))]
    open_times = [
        Period(o.start.astimezone(PARIS), o.end.astimezone(PARIS))
        for o in open_times_on(date(2026, 3, 29), weekly, PARIS)
    ]
    hour = timedelta(hours=1)

    found = free_slots(open_times, [], hour, hour, open_times[0].start)

    assert [s.start.astimezone(PARIS).hour for s in found] == [0, 1, 3, 4]


def test_notice_is_counted_in_hours_that_pass():
    # From 12:00 to 12:00 over the change to summer time is 23 hours.
    starts = datetime(2026, 3, 29, 12, tzinfo=PARIS)
    cancelled = datetime(2026, 3, 28, 12, tzinfo=PARIS)

    assert str(status_when_cancelled(starts, cancelled)) == "late_cancelled"
