"""Shares with their intervals, and quartiles of scores that are counted. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, sqrt

#: Two-sided 95 % of a normal distribution.
Z_95 = 1.959963984540054

#: Figures of fewer people than this are not shown.
LEAST_PEOPLE = 10

#: Pain from this score on is counted as strong.
STRONG_PAIN = 7


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Quartiles:
    """A quarter of the figures lies at or below ``low``, half below ``median``."""

    low: float
    median: float
    high: float


def wilson_interval(part: int, whole: int, z: float = Z_95) -> Interval | None:
    """The score interval of a share (Wilson 1927); None of nothing."""
    if whole <= 0:
        return None
    share, weight = part / whole, z * z / whole
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(share * (1 - share) / whole + weight / whole / 4)
    return Interval(
        0.0 if part == 0 else max(middle - half, 0.0), 1.0 if part == whole else min(middle + half, 1.0)
    )


def quartiles_of_counts(counts: Sequence[int]) -> Quartiles | None:
    """Of scores 0, 1, 2 … that were given so often; between two scores as ``percentile_cont`` does it. None of nothing."""
    whole = sum(counts)
    if not whole:
        return None
    return Quartiles(*(_quantile_of_counts(counts, whole, share) for share in (0.25, 0.5, 0.75)))


def _quantile_of_counts(counts: Sequence[int], whole: int, share: float) -> float:
    place = share * (whole - 1)
    below = floor(place)
    lower = _score_at(counts, below)
    if place == below:
        return float(lower)
    return lower + (_score_at(counts, below + 1) - lower) * (place - below)


def _score_at(counts: Sequence[int], index: int) -> int:
    """The score of the figure at this place of all in order, from 0."""
    seen = 0
    for score, count in enumerate(counts):
        seen += count
        if index < seen:
            return score
    raise IndexError(index)


def quartiles_of_figures(figures: Sequence[float]) -> Quartiles | None:
    """The same, of any figures. None of nothing."""
    if not figures:
        return None
    ordered = sorted(figures)

    def quantile(share: float) -> float:
        place = share * (len(ordered) - 1)
        below = floor(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (ordered[above] - ordered[below]) * (place - below)

    return Quartiles(quantile(0.25), quantile(0.5), quantile(0.75))


def strong_pain_of_counts(counts: Sequence[int]) -> int:
    """How many scores are 7 or more."""
    return sum(counts[STRONG_PAIN:])


def may_be_shown(people: int) -> bool:
    """Whether a figure of so many people is told."""
    return people >= LEAST_PEOPLE
