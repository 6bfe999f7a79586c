from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.periods import Period, overlaps_of_periods

DAY = datetime(2026, 11, 23, tzinfo=UTC)


def at(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def span(start: float, end: float) -> Period:
    return Period(at(start), at(end))


periods = st.tuples(st.integers(0, 200), st.integers(1, 50)).map(lambda p: span(p[0] / 4, (p[0] + p[1]) / 4))


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        pytest.param(at(1), at(1), "starts before", id="no length"),
        pytest.param(at(2), at(1), "starts before", id="backwards"),
        pytest.param(datetime(2026, 1, 1), at(1), "time zone", id="naive start"),  # noqa: DTZ001
        pytest.param(at(1), datetime(2027, 1, 1), "time zone", id="naive end"),  # noqa: DTZ001
    ],
)
def test_what_is_no_period(start, end, why):
    with pytest.raises(ValueError, match=why):
        Period(start, end)


def test_a_period_knows_its_length():
    assert (span(9, 10.75).length, span(9, 10.75).minutes) == (timedelta(minutes=105), 105)


@pytest.mark.parametrize(
    ("other", "overlaps", "contains"),
    [
        pytest.param(span(8, 9), False, False, id="ends as it starts"),
        pytest.param(span(12, 13), False, False, id="starts as it ends"),
        pytest.param(span(8, 9.25), True, False, id="reaches in"),
        pytest.param(span(11.75, 13), True, False, id="reaches out"),
        pytest.param(span(9, 12), True, True, id="the same"),
        pytest.param(span(10, 11), True, True, id="inside"),
        pytest.param(span(8, 13), True, False, id="around"),
    ],
)
def test_periods_are_half_open(other, overlaps, contains):
    morning = span(9, 12)

    assert (morning.overlaps(other), morning.contains(other)) == (overlaps, contains)


def test_zones_compare_by_instant():
    paris = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Europe/Paris"))

    assert Period(paris, at(10)) == span(9, 10)


@pytest.mark.parametrize(
    ("others", "left"),
    [
        pytest.param([], [span(9, 12)], id="nothing taken"),
        pytest.param([span(10, 11)], [span(9, 10), span(11, 12)], id="a hole"),
        pytest.param([span(8, 10)], [span(10, 12)], id="the front"),
        pytest.param([span(11, 13)], [span(9, 11)], id="the end"),
        pytest.param([span(8, 13)], [], id="all"),
        pytest.param([span(11, 12)], [span(9, 11)], id="up to its end"),
        pytest.param(
            [span(11, 11.5), span(9.5, 10), span(9.75, 10.5), span(9.5, 9.75)],
            [span(9, 9.5), span(10.5, 11), span(11.5, 12)],
            id="overlapping and out of order",
        ),
        pytest.param([span(7, 8), span(12, 13)], [span(9, 12)], id="elsewhere"),
    ],
)
def test_what_is_left_without_others(others, left):
    assert span(9, 12).without(others) == left


@given(periods, st.lists(periods, max_size=6))
def test_nothing_left_overlaps_what_was_taken_out(period, others):
    left = period.without(others)

    assert not any(piece.overlaps(other) for piece in left for other in others)
    assert all(period.contains(piece) for piece in left)


def test_steps_that_fit():
    hour, half = timedelta(hours=1), timedelta(minutes=30)

    assert list(span(9, 11).periods_starting_every(hour, half)) == [
        span(9, 10),
        span(9.5, 10.5),
        span(10, 11),
    ]


def test_shared_is_where_both_are():
    clinician = [span(14, 18), span(9, 12)]
    room = [span(11, 15), span(17, 19)]

    assert overlaps_of_periods(clinician, room) == [span(11, 12), span(14, 15), span(17, 18)]
