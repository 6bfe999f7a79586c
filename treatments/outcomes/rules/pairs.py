"""What pairs of two sides say: the mean of their differences with its 95 % interval. No Django here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, lgamma, log, sqrt

#: Fewer pairs have no interval worth telling.
LEAST_PAIRS = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """One scalp: the first way less the second."""

    first: float
    second: float

    @property
    def difference(self) -> float:
        return self.first - self.second


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Mean of the differences, and where it lies with 95 %."""

    pairs: int
    mean: float
    low: float | None
    high: float | None


def paired_difference(pairs: Sequence[Pair]) -> PairedDifference | None:
    """With its 95 % interval (Student's t); None of nothing, no interval of fewer than ten pairs."""
    if not pairs:
        return None
    count = len(pairs)
    mean = sum(pair.difference for pair in pairs) / count
    if count < LEAST_PAIRS:
        return PairedDifference(count, mean, None, None)
    spread = sqrt(sum((pair.difference - mean) ** 2 for pair in pairs) / (count - 1))
    half = t_quantile_97_5(count - 1) * spread / sqrt(count)
    return PairedDifference(count, mean, mean - half, mean + half)


@cache
def t_quantile_97_5(freedom: int) -> float:
    """Above which Student's t lies once in forty."""
    low, high = 1.9, 13.0
    for _ in range(60):
        middle = (low + high) / 2
        if t_tail(middle, freedom) > 0.025:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def t_tail(t: float, freedom: int) -> float:
    """How much of Student's t lies above ``t`` (> 0)."""
    return _beta_share(freedom / (freedom + t * t), freedom / 2, 0.5) / 2


def _beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Lentz)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    if x > (a + 1) / (a + b + 2):
        return 1 - front * _beta_fraction(1 - x, b, a) / b
    return front * _beta_fraction(x, a, b) / a


def _beta_fraction(x: float, a: float, b: float) -> float:
    def even(m: int) -> float:
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))

    def odd(m: int) -> float:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))

    terms: tuple[Callable[[int], float], ...] = (even, odd)
    d = 1 / _away_from_zero(1 + odd(0))
    c, found = 1.0, d
    for step in range(1, 300):
        for term in terms:
            d = 1 / _away_from_zero(1 + term(step) * d)
            c = _away_from_zero(1 + term(step) / c)
            found *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return found


def _away_from_zero(value: float) -> float:
    return value if abs(value) > 1e-300 else 1e-300
