"""Funnel plot: within which share of reactions chance alone keeps a lot of so many sessions. No Django here.

The limits are exact: quantiles of the binomial distribution, and between two of its steps as Spiegelhalter 2005
(Stat Med 24:1185-1202, appendix A.1.1) says it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, floor, lgamma, log, log1p, sqrt

#: One in forty above and below; one in two thousand above and below.
LEVELS = {"95": 0.95, "99.9": 0.999}

#: Further away from its mean than so many standard deviations a binomial has nothing that counts.
_FAR = 12


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares between 0 and 1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Funnel:
    """For each number of sessions of ``sizes`` the limits of both levels."""

    share: float
    sizes: Sequence[int]
    inner: Sequence[Limits]
    outer: Sequence[Limits]


def binomial_quantile(whole: int, share: float, level: float) -> float:
    """The count below which ``level`` of a binomial lies, between two counts in proportion; not under 0."""
    if share <= 0:
        return 0.0
    if share >= 1:
        return float(whole)
    spread = sqrt(whole * share * (1 - share))
    count = max(floor(whole * share - _FAR * spread) - 1, 0)
    chance = exp(
        lgamma(whole + 1)
        - lgamma(count + 1)
        - lgamma(whole - count + 1)
        + count * log(share)
        + (whole - count) * log1p(-share)
    )
    reached = chance
    odds = share / (1 - share)
    while reached < level and count < whole:
        chance *= (whole - count) / (count + 1) * odds
        count += 1
        reached += chance
    if chance <= 0:
        return float(count)
    return max(count - (reached - level) / chance, 0.0)


def exact_limits(whole: int, share: float, level: float) -> Limits:
    """Within which share of ``whole`` the middle ``level`` of chance lies."""
    tail = (1 - level) / 2
    return Limits(
        binomial_quantile(whole, share, tail) / whole, binomial_quantile(whole, share, 1 - tail) / whole
    )


def is_outside(part: int, whole: int, share: float, level: float) -> bool:
    """Whether a share lies outside these limits."""
    limits = exact_limits(whole, share, level)
    return not limits.low <= part / whole <= limits.high


def funnel_of_share(share: float, largest: int, steps: int = 80) -> Funnel:
    """The curves from a lot of a few sessions to one of ``largest``."""
    least = max(min(6, largest), 1)
    sizes = sorted(
        {round(least + (largest - least) * step / max(steps - 1, 1)) for step in range(steps)} | {largest}
    )
    return Funnel(
        share,
        sizes,
        [exact_limits(size, share, LEVELS["95"]) for size in sizes],
        [exact_limits(size, share, LEVELS["99.9"]) for size in sizes],
    )
