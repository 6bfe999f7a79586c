"""Two-by-two tables of cases and controls, with exact intervals of their odds ratio. No Django here.

The interval is the conditional one (Cornfield 1956): margins are taken as they are, and each end is the odds ratio at
which what was seen would be one in forty. Nothing is corrected for looking at many; how many is said beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, inf, lgamma, log

#: One in forty at each end: 95 % between them.
TAIL = 0.025

#: Odds ratios beyond e to this power are not told apart.
_FARTHEST = 40.0


@dataclass(frozen=True, slots=True)
class Table:
    """Sessions: ``cases`` had the reaction, ``controls`` did not; so many of each had what is asked about."""

    exposed_cases: int
    cases: int
    exposed_controls: int
    controls: int

    @property
    def exposed(self) -> int:
        return self.exposed_cases + self.exposed_controls


@dataclass(frozen=True, slots=True)
class OddsRatio:
    """``ratio`` is the conditional maximum likelihood; an end without limit is infinite, or 0."""

    ratio: float
    low: float
    high: float

    @property
    def separates(self) -> bool:
        """Whether no difference (1) lies outside the interval."""
        return self.low > 1 or self.high < 1


def exact_odds_ratio(table: Table) -> OddsRatio:
    """The odds ratio of a table with its exact interval."""
    first = max(0, table.exposed - table.controls)
    last = min(table.cases, table.exposed)
    counts = range(first, last + 1)
    weights = [
        _log_choose(table.cases, count) + _log_choose(table.controls, table.exposed - count)
        for count in counts
    ]
    seen = table.exposed_cases

    def chances(log_ratio: float) -> list[float]:
        terms = [weight + count * log_ratio for weight, count in zip(weights, counts, strict=True)]
        most = max(terms)
        found = [exp(term - most) for term in terms]
        whole = sum(found)
        return [each / whole for each in found]

    def at_least(log_ratio: float) -> float:
        return sum(chances(log_ratio)[seen - first :])

    def at_most(log_ratio: float) -> float:
        return sum(chances(log_ratio)[: seen - first + 1])

    def mean(log_ratio: float) -> float:
        return sum(count * chance for count, chance in zip(counts, chances(log_ratio), strict=True))

    is_least, is_most = seen == first, seen == last
    return OddsRatio(
        ratio=0.0
        if is_least and not is_most
        else inf
        if is_most and not is_least
        else exp(_where(lambda x: mean(x) - seen))
        if not (is_least and is_most)
        else 1.0,
        low=0.0 if is_least else exp(_where(lambda x: at_least(x) - TAIL)),
        high=inf if is_most else exp(_where(lambda x: TAIL - at_most(x))),
    )


def _where(rising: Callable[[float], float]) -> float:
    """Where a rising function is 0, by halving."""
    low, high = -_FARTHEST, _FARTHEST
    for _ in range(60):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _log_choose(whole: int, part: int) -> float:
    return lgamma(whole + 1) - lgamma(part + 1) - lgamma(whole - part + 1)


@dataclass(frozen=True, slots=True)
class Suspect:
    """One thing that was looked at, and how cases and controls differ by it."""

    kind: str
    key: str
    label: str
    table: Table
    odds: OddsRatio


def suspects_in_order(found: Sequence[Suspect]) -> list[Suspect]:
    """What separates them most surely first: by the low end of its interval, then by how many cases had it."""
    return sorted(found, key=lambda each: (-each.odds.low, -each.table.exposed_cases, each.kind, each.label))


def expected_by_chance(looked_at: int) -> float:
    """How many intervals would lie above 1 where nothing separates them: at most one in forty."""
    return looked_at * TAIL


def log_or_none(ratio: float) -> float | None:
    """For a drawing on a logarithmic scale; None where there is no end."""
    return None if ratio in (0.0, inf) else log(ratio)
