"""The sum of a lot over time, on signals that are made up: how soon it crosses, and how often where there is nothing."""

from datetime import date, timedelta
from random import Random
from statistics import median

import pytest

from treatments.outcomes.rules.sentinel import (
    LEAST_LINE,
    LOT_ALARMS_A_YEAR,
    RISE,
    VIAL_ALARMS_A_YEAR,
    Base,
    Watched,
    base_of_clinic,
    highest_sum_by_chance,
    line_by_simulation,
    signal_of_watched,
)

FIRST = date(2026, 1, 5)

#: A clinic of 2,000 sessions a year with four lots in each; a lot is in 60 sessions, a vial in 4.
SESSIONS, LOTS, OF_A_LOT, OF_A_VIAL = 2000, 4, 60, 4


def line_of_lots(rate):
    return line_by_simulation([OF_A_LOT * rate] * (SESSIONS * LOTS // OF_A_LOT), LOT_ALARMS_A_YEAR, seed=1)


def exposures_until_alarm(dice, rate, line, delays=(1,)):
    """A lot that is given once a day and reacts five times as often as it should."""
    base = Base(rate, sorted(delays))
    given, known = [], []
    for number in range(600):
        day = FIRST + timedelta(days=number)
        given.append(day)
        if dice.random() < 5 * rate:
            known.append(day + timedelta(days=dice.choice(delays)))
        if any(each == day for each in known):
            found = signal_of_watched(Watched(1, given, [k for k in known if k <= day]), base, line, day)
            if found.crossed_on:
                return number + 1
    return 600


def test_five_times_a_rate_of_5_percent_is_seen_within_thirty_sessions():
    dice = Random(5)
    line = line_of_lots(0.05)

    waits = [exposures_until_alarm(dice, 0.05, line) for _ in range(61)]

    assert median(waits) < 30


@pytest.mark.parametrize(("rate", "at_most"), [(0.02, 80), (0.01, 150)])
def test_below_5_percent_it_takes_as_long_as_the_page_says(rate, at_most):
    dice = Random(6)
    line = line_of_lots(rate)

    waits = [exposures_until_alarm(dice, rate, line) for _ in range(31)]

    assert 30 <= median(waits) < at_most


def test_a_clinic_without_signal_has_at_most_one_false_alarm_a_year():
    rate, years = 0.05, 150
    dice = Random(77)
    of_lots, of_vials = [OF_A_LOT * rate] * 133, [OF_A_VIAL * rate] * 2000
    lot_line = line_by_simulation(of_lots, LOT_ALARMS_A_YEAR, seed=1)
    vial_line = line_by_simulation(of_vials, VIAL_ALARMS_A_YEAR, seed=2)

    alarms = sum(
        highest_sum_by_chance(expected, dice) >= line
        for _ in range(years)
        for watched, line in ((of_lots, lot_line), (of_vials, vial_line))
        for expected in watched
    )

    assert alarms <= years


def test_the_same_dice_draw_the_same_line():
    assert line_by_simulation([3.0] * 50, 0.5, seed=4) == line_by_simulation([3.0] * 50, 0.5, seed=4)


def test_where_little_is_expected_the_line_lies_above_two_reactions_at_once():
    assert line_by_simulation([0.001], 1, seed=1) == LEAST_LINE
    assert LEAST_LINE > 2 * RISE


def test_each_reaction_lifts_the_sum_and_each_expected_one_lowers_it():
    base = Base(0.1, [0])
    given = [FIRST] * 10

    found = signal_of_watched(Watched(9, given, [FIRST]), base, 99, FIRST)

    # One is expected on the first day, so that the sum is 0 before the reaction lifts it.
    assert (found.sessions, found.observed, found.expected) == (10, 1, pytest.approx(1.0))
    assert found.sum_now == pytest.approx(RISE)


def test_a_late_lump_is_expected_late_and_counts_late():
    base = base_of_clinic(reactions=0, sessions=100, delays=[])
    given = [FIRST + timedelta(days=day) for day in range(20)]
    late = [FIRST + timedelta(days=80 + day) for day in (0, 2, 3)]

    early = base.expected_by(given, FIRST + timedelta(days=21))
    later = base.expected_by(given, FIRST + timedelta(days=220))
    found = signal_of_watched(Watched(3, given, late), base, 4.0, FIRST + timedelta(days=100))

    assert early < later == pytest.approx(20 * base.rate)
    assert found.crossed_on == late[2]
    assert found.observed == 3


def test_what_was_known_when_somebody_decided_does_not_alarm_again():
    base = Base(0.05, [1])
    given = [FIRST + timedelta(days=day) for day in range(30)]
    known = [FIRST + timedelta(days=day) for day in (3, 5, 7, 9)]
    today = FIRST + timedelta(days=60)

    before = signal_of_watched(Watched(3, given, known), base, 4.5, today)
    after = signal_of_watched(Watched(3, given, known, since=known[-1]), base, 4.5, today)

    assert before.crossed_on in known
    assert (after.crossed_on, after.observed) == (None, 0)


def test_a_clinic_with_nothing_seen_expects_little_and_not_nothing():
    assert base_of_clinic(reactions=0, sessions=0, delays=[]).rate == pytest.approx(0.01)
    assert base_of_clinic(reactions=99, sessions=1900, delays=[]).rate == pytest.approx(0.05)


def test_reactions_typed_at_once_are_no_signal_of_their_own():
    base = Base(0.05, [2])
    given = [FIRST + timedelta(days=7 * week) for week in range(60)]
    began = [given[0], given[20], given[40]]
    today = FIRST + timedelta(days=450)

    found = signal_of_watched(Watched(1, given, began, told_on=[today] * 3), base, LEAST_LINE, today)

    assert (found.observed, found.crossed_on) == (3, None)


def test_what_began_before_a_decision_and_was_told_after_it_counts():
    base = Base(0.05, [1])
    decided = FIRST + timedelta(days=30)
    told = [decided, decided + timedelta(days=2)]

    found = signal_of_watched(
        Watched(1, [FIRST] * 5, [FIRST + timedelta(days=9)] * 2, decided, told),
        base,
        9,
        decided + timedelta(days=5),
    )

    assert found.observed == 1
