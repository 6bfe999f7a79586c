"""When a lot or a vial has had more reactions than it should: a Poisson CUSUM in continuous time. No Django here.

What is expected of a lot grows with every session it was given in and with the days since, for late lumps are told
late. Reactions stand on the day they began, not on the day somebody typed them, so that many typed at once are no
signal. Each reaction adds ``ln 5``; each expected one takes 4 away; the sum never falls under 0 (Rossi 1999, Stat Med
18:2111-2122, the sum for a rate of five times the expected). Under chance the sum depends only on how much was
expected in all, so the line is found by throwing dice over what the clinic expected of its lots in the last year.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log
from random import Random

#: The rate that is looked for, of the expected one.
TIMES = 5
RISE = log(TIMES)
FALL = TIMES - 1

#: One reaction, or two at once, are not a signal: the line lies above them.
LEAST_LINE = 2.5 * RISE

#: False alarms in a year, at most: of all lots, and of all opened vials. Together one.
LOT_ALARMS_A_YEAR = 0.75
VIAL_ALARMS_A_YEAR = 0.25

#: So many years are thrown for the line.
YEARS_THROWN = 200

#: Who has seen few reactions does not take them for all: as if 1 had been seen in 100 sessions before.
PRIOR_REACTIONS, PRIOR_SESSIONS = 1, 100

#: Days until a reaction begins, as if 20 had: as the calls after 2, 14, 42 and 84 days ask for them, and later.
PRIOR_DELAYS = (1,) * 3 + (2,) * 4 + (14,) * 5 + (42,) * 4 + (84,) * 3 + (182,)


@dataclass(frozen=True, slots=True)
class Watched:
    """One lot or opened vial: the days it was given on, and those on which a reaction to it began.

    ``since``: the day of the last decision about it; what was told by then is decided. ``told_on``: beside each reaction
    the day it was told; empty where each was told as it began.
    """

    key: int
    given_on: Sequence[date]
    began_on: Sequence[date]
    since: date | None = None
    told_on: Sequence[date] = ()

    def reactions(self) -> list[date]:
        """Those nobody has decided about. One that began before the decision and was told after it counts from then."""
        told = self.told_on or self.began_on
        since = self.since
        if since is None:
            return sorted(self.began_on)
        return sorted(max(b, since) for b, t in zip(self.began_on, told, strict=True) if t > since)


@dataclass(frozen=True, slots=True)
class Base:
    """What is usual here: reactions per session, and how many days until one begins (in order)."""

    rate: float
    delays: Sequence[int]

    def begun_share(self, days: int) -> float:
        """Which share of the reactions has begun after so many days."""
        return bisect_right(self.delays, days) / len(self.delays)

    def expected_by(self, given_on: Sequence[date], day: date) -> float:
        """How many reactions would have begun by the end of a day."""
        return self.rate * sum(self.begun_share((day - given).days) for given in given_on if given <= day)


@dataclass(frozen=True, slots=True)
class Signal:
    """The sum of one lot over time, and the day it reached the line."""

    key: int
    sessions: int
    observed: int
    expected: float
    path: Sequence[tuple[date, float]]
    crossed_on: date | None

    @property
    def sum_now(self) -> float:
        return self.path[-1][1] if self.path else 0.0


def base_of_clinic(*, reactions: int, sessions: int, delays: Iterable[int]) -> Base:
    """From what the clinic's lots had in two years, pulled toward little where little is known."""
    rate = (reactions + PRIOR_REACTIONS) / (sessions + PRIOR_SESSIONS)
    return Base(rate, sorted([*PRIOR_DELAYS, *(max(delay, 0) for delay in delays)]))


def signal_of_watched(watched: Watched, base: Base, line: float, today: date) -> Signal:
    """The sum at each reaction and each week, from the first session or the last decision until today."""
    if not watched.given_on:
        return Signal(watched.key, 0, 0, 0.0, [], None)
    given = sorted(watched.given_on)
    first = max(watched.since or given[0], given[0])
    reactions = watched.reactions()
    weeks = [first + timedelta(days=7 * week) for week in range((today - first).days // 7 + 1)]
    at_first = before = base.expected_by(given, first) if watched.since else 0.0
    steps = sorted([*((day, True) for day in reactions), *((day, False) for day in [*weeks, today])])
    level, path, crossed = 0.0, [(first, 0.0)], None
    for day, is_reaction in steps:
        expected = max(base.expected_by(given, day), before)
        level = max(level - FALL * (expected - before), 0.0)
        before = expected
        if is_reaction:
            level += RISE
            if crossed is None and level >= line:
                crossed = day
        path.append((day, level))
    return Signal(watched.key, len(given), len(reactions), before - at_first, path, crossed)


def line_by_simulation(expected_of_each: Sequence[float], alarms_a_year: float, *, seed: int) -> float:
    """The lowest line that lots of which so much was expected in a year cross so often, where all is chance.

    Each lot alarms once at most: a person decides about it. The same dice fall again for the same ``seed``.
    """
    dice = Random(seed)
    peaks = sorted(
        (
            peak
            for _ in range(YEARS_THROWN)
            for expected in expected_of_each
            if (peak := highest_sum_by_chance(expected, dice))
        ),
        reverse=True,
    )
    allowed = int(alarms_a_year * YEARS_THROWN)
    if allowed >= len(peaks):
        return LEAST_LINE
    # Just above the first peak that is one too many.
    return max(peaks[allowed] + 1e-9, LEAST_LINE)


def highest_sum_by_chance(expected: float, dice: Random) -> float:
    """How high the sum of one lot gets where reactions fall by chance. 0 where none falls."""
    level = highest = passed = 0.0
    while True:
        wait = dice.expovariate(1.0)
        passed += wait
        if passed > expected:
            return highest
        level = max(level - FALL * wait, 0.0) + RISE
        highest = max(highest, level)
