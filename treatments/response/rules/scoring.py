"""Pairs scored without their dates: which one is offered next, and how far two people agree. No Django here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

LEAST_SCORE, MOST_SCORE = -3, 3
#: Agreement of fewer pairs says nothing.
LEAST_PAIRS = 20
#: One pair in so many is offered a second time to the same person.
REPEAT_EVERY = 10
#: A repeat comes at the earliest when so many others of its ten were seen, so that it is not remembered.
_OTHERS_FIRST = 3
_RESAMPLES = 2_000
#: The same scores give the same interval each time a page is opened.
_SEED = 20

Score = int
#: What two people, or one person twice, said of one pair.
Scores = tuple[Score, Score]


class Answer(StrEnum):
    SCORE = "score"
    CANNOT = "cannot"
    GONE = "gone"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Answer.SCORE: "Scored",
    Answer.CANNOT: "Cannot tell",
    Answer.GONE: "No longer shown",
}


@dataclass(frozen=True, slots=True)
class PhotoPair:
    """The numbers of two pictures of one view of one patient."""

    earlier: int
    later: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A pair, on which side the later picture stands, and whether this person has scored it before."""

    pair: PhotoPair
    is_later_right: bool
    is_repeat: bool = False


def is_repeat_due(offered: int, rater: int) -> bool:
    """Whether the next pair is a repeat: one of each ten, at a place that the person cannot foresee."""
    ten, place = divmod(offered, REPEAT_EVERY)
    return place == Random(f"{rater}:{ten}").randrange(_OTHERS_FIRST, REPEAT_EVERY)


def choose_offer_or_none(
    unscored: Sequence[PhotoPair], repeatable: Sequence[PhotoPair], *, offered: int, rater: int, rng: Random
) -> Offer | None:
    """The next pair for this person, in random order and with random sides; None where all are scored.

    ``offered``: how many they were offered so far. ``repeatable``: what they scored once.
    """
    if not unscored:
        return None
    is_repeat = bool(repeatable) and is_repeat_due(offered, rater)
    pair = rng.choice(repeatable if is_repeat else unscored)
    return Offer(pair, rng.random() < 0.5, is_repeat)


def score_of_later(pressed: Score, *, is_later_right: bool) -> Score:
    """The score of the later picture. ``pressed``: of the right one, compared with the left."""
    return pressed if is_later_right else -pressed


def quadratic_disagreement(one: Score, other: Score) -> float:
    """How far two scores lie apart: a step of two counts four times as much as a step of one."""
    return float((one - other) ** 2)


def weighted_kappa_or_none(
    scores: Sequence[Scores], disagreement: Callable[[Score, Score], float] = quadratic_disagreement
) -> float | None:
    """Cohen's weighted kappa (1968): 1 where they always agree, 0 where no more than by chance.

    None where chance alone would agree always: everybody said the same of every pair.
    """
    count = len(scores)
    if not count:
        return None
    observed = sum(disagreement(one, other) for one, other in scores) / count
    firsts, seconds = _shares(one for one, _ in scores), _shares(other for _, other in scores)
    by_chance = sum(
        share * other_share * disagreement(one, other)
        for one, share in firsts.items()
        for other, other_share in seconds.items()
    )
    return None if by_chance == 0 else 1 - observed / by_chance


def _shares(values: Iterable[Score]) -> dict[Score, float]:
    counted: dict[Score, int] = {}
    for value in values:
        counted[value] = counted.get(value, 0) + 1
    total = sum(counted.values())
    return {value: count / total for value, count in counted.items()}


def kappa_interval_or_none(
    scores: Sequence[Scores], *, resamples: int = _RESAMPLES, seed: int = _SEED
) -> tuple[float, float] | None:
    """The middle 95 % of kappa over samples of the pairs, drawn with putting back (percentile bootstrap)."""
    rng = Random(seed)
    drawn = (
        weighted_kappa_or_none(rng.choices(scores, k=len(scores))) for _ in range(resamples if scores else 0)
    )
    known = sorted(kappa for kappa in drawn if kappa is not None)
    if not known:
        return None
    return percentile(known, 0.025), percentile(known, 0.975)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The figure below which this share of them lies, between its neighbours in a straight line."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two people agree. No ``kappa`` before there are enough pairs, or where all scores are the same."""

    pairs: int
    kappa: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def text(self) -> str:
        if self.pairs < LEAST_PAIRS:
            return f"{self.pairs} of {LEAST_PAIRS} pairs: not told yet"
        if self.kappa is None or self.low is None or self.high is None:
            return f"{self.pairs} pairs, all with one score: agreement cannot be told"
        kappa, low, high = (f"{figure:.2f}".replace("-", "−") for figure in (self.kappa, self.low, self.high))
        return f"weighted kappa {kappa} (95 % interval {low} to {high}), {self.pairs} pairs"


def agreement(scores: Sequence[Scores]) -> Agreement:
    """Of twenty pairs or more; fewer are only counted."""
    if len(scores) < LEAST_PAIRS:
        return Agreement(len(scores))
    interval = kappa_interval_or_none(scores) or (None, None)
    return Agreement(len(scores), weighted_kappa_or_none(scores), *interval)


def score_text(score: Score) -> str:
    """“+1”, “0”, “−2”."""
    return f"{'+' if score > 0 else '−' if score < 0 else ''}{abs(score)}"
