"""Which pair comes next, and weighted kappa against published and independently computed values."""

from itertools import product
from random import Random

import pytest

from treatments.response.rules.scoring import (
    LEAST_PAIRS,
    Agreement,
    PhotoPair,
    agreement,
    choose_offer_or_none,
    is_repeat_due,
    kappa_interval_or_none,
    percentile,
    score_of_later,
    score_text,
    weighted_kappa_or_none,
)

PAIRS = [PhotoPair(n, n + 100) for n in range(40)]

# ── agreement ────────────────────────────────────────────────────────────────

#: Cohen 1968, Psychological Bulletin 70(4):213, Table 1: shares of 200 cases, and how bad each disagreement is.
COHEN_SHARES = [[0.44, 0.07, 0.09], [0.05, 0.20, 0.05], [0.01, 0.03, 0.06]]
COHEN_WEIGHTS = [[0, 1, 3], [1, 0, 6], [3, 6, 0]]


def cases(shares, count):
    """Each cell so many times."""
    return [
        (row, column)
        for row, column in product(range(len(shares)), repeat=2)
        for _ in range(round(shares[row][column] * count))
    ]


def test_weighted_kappa_is_that_of_cohens_paper():
    scores = cases(COHEN_SHARES, 200)

    assert len(scores) == 200
    assert weighted_kappa_or_none(scores, lambda a, b: COHEN_WEIGHTS[a][b]) == pytest.approx(0.348, abs=5e-4)
    assert weighted_kappa_or_none(scores, lambda a, b: float(a != b)) == pytest.approx(0.492, abs=5e-4)


def kappa_by_matrices(scores):
    """The textbook: 1 − Σ w·O / Σ w·E over the whole table of −3…+3, w = (i−j)²."""
    values = range(-3, 4)
    count = len(scores)
    observed = {(i, j): scores.count((i, j)) for i in values for j in values}
    rows = {i: sum(observed[i, j] for j in values) for i in values}
    columns = {j: sum(observed[i, j] for i in values) for j in values}
    disagreed = sum((i - j) ** 2 * observed[i, j] for i in values for j in values)
    expected = sum((i - j) ** 2 * rows[i] * columns[j] / count for i in values for j in values)
    return 1 - disagreed / expected


def ratings(seed, count=40):
    """Two people who see about the same."""
    rng = Random(seed)
    firsts = [rng.randint(-3, 3) for _ in range(count)]
    return [(first, max(-3, min(3, first + rng.choice([-1, 0, 0, 1])))) for first in firsts]


@pytest.mark.parametrize("seed", range(5))
def test_weighted_kappa_is_that_of_the_whole_table(seed):
    scores = ratings(seed)

    assert weighted_kappa_or_none(scores) == pytest.approx(kappa_by_matrices(scores))


@pytest.mark.parametrize(
    ("scores", "kappa"),
    [
        ([(-1, -1), (2, 2), (3, 3)], 1.0),
        ([(-3, 3), (3, -3)], -1.0),
        ([(0, 0), (0, 1), (1, 0), (1, 1)], 0.0),
    ],
    ids=["always the same", "always opposite", "chance"],
)
def test_kappa_at_its_ends(scores, kappa):
    assert weighted_kappa_or_none(scores) == pytest.approx(kappa)


@pytest.mark.parametrize("scores", [[], [(1, 1)] * 30])
def test_where_everybody_says_one_thing_kappa_is_not_told(scores):
    assert weighted_kappa_or_none(scores) is None
    assert kappa_interval_or_none(scores, resamples=50) is None


def test_the_interval_is_that_of_every_sample_there_is():
    """Five pairs can be drawn in 5⁵ ways: all of them, against two thousand drawn by luck."""
    scores = [(-2, -1), (0, 0), (1, 2), (3, 1), (2, 2)]
    every = sorted(
        kappa for drawn in product(scores, repeat=5) if (kappa := weighted_kappa_or_none(drawn)) is not None
    )
    exact = (percentile(every, 0.025), percentile(every, 0.975))

    assert kappa_interval_or_none(scores, resamples=4_000) == pytest.approx(exact, abs=0.05)


def test_the_same_scores_give_the_same_interval():
    assert kappa_interval_or_none(ratings(3), resamples=200) == kappa_interval_or_none(
        ratings(3), resamples=200
    )


def test_percentiles_stand_between_their_neighbours():
    assert [percentile([1.0, 2.0, 4.0, 8.0], share) for share in (0, 0.5, 1, 1 / 6)] == [1, 3, 8, 1.5]


def test_agreement_is_told_from_twenty_pairs():
    few, enough = agreement(ratings(1, LEAST_PAIRS - 1)), agreement(ratings(1, LEAST_PAIRS))

    assert few == Agreement(19)
    assert few.text == "19 of 20 pairs: not told yet"
    assert enough.low < enough.kappa < enough.high
    assert enough.text.startswith(f"weighted kappa {enough.kappa:.2f} (95 % interval {enough.low:.2f} to ")
    assert agreement([(1, 1)] * 20).text == "20 pairs, all with one score: agreement cannot be told"
    assert "kappa −1.00" in agreement([(-3, 3), (3, -3)] * 10).text


# ── order, sides, repeats ────────────────────────────────────────────────────


def scored_through(rater, seed, pairs=PAIRS):
    """Every offer to one person until nothing is left."""
    rng, unscored, repeatable, offers = Random(seed), list(pairs), [], []
    while offer := choose_offer_or_none(unscored, repeatable, offered=len(offers), rater=rater, rng=rng):
        offers.append(offer)
        if offer.is_repeat:
            repeatable.remove(offer.pair)
        else:
            unscored.remove(offer.pair)
            repeatable.append(offer.pair)
    return offers


@pytest.mark.parametrize("rater", range(8))
def test_one_pair_in_ten_comes_back_once_and_each_was_scored_before(rater):
    offers = scored_through(rater, seed=rater)

    repeats = [n for n, offer in enumerate(offers) if offer.is_repeat]
    assert [n // 10 for n in repeats] == list(range(len(repeats)))
    assert len(offers) // 10 <= len(repeats) <= len(offers) // 10 + 1
    for place in repeats:
        assert offers[place].pair in [offer.pair for offer in offers[:place] if not offer.is_repeat]
    assert sorted(o.pair.earlier for o in offers if not o.is_repeat) == list(range(40))
    assert len({offers[place].pair for place in repeats}) == len(repeats)


def test_when_a_repeat_comes_differs_from_person_to_person():
    places = {next(n for n in range(10) if is_repeat_due(n, rater)) for rater in range(30)}

    assert places == {3, 4, 5, 6, 7, 8, 9}


def test_order_and_sides_are_random():
    orders = {tuple(offer.pair.earlier for offer in scored_through(1, seed)) for seed in range(20)}
    sides = [offer.is_later_right for seed in range(20) for offer in scored_through(1, seed)]

    assert len(orders) == 20
    # 880 throws: outside of this once in ten thousand, and the seeds are fixed.
    assert 0.43 < sum(sides) / len(sides) < 0.57


def test_a_score_is_of_the_later_picture_whichever_side_it_stood_on():
    assert [score_of_later(2, is_later_right=right) for right in (True, False)] == [2, -2]
    assert [score_text(score) for score in (-3, 0, 1)] == ["−3", "0", "+1"]
