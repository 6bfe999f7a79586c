"""Shares, quartiles, funnel limits, odds ratios and paired differences against values computed another way."""

from math import inf
from random import Random

import pytest
from scipy import stats

from treatments.outcomes.rules.experience import band_may_be_shown, band_of_sessions
from treatments.outcomes.rules.funnel import exact_limits, funnel_of_share, is_outside
from treatments.outcomes.rules.groups import Counts, Moment, Response, figures_of_group, kind_of_name
from treatments.outcomes.rules.pairs import Pair, paired_difference, t_quantile_97_5
from treatments.outcomes.rules.shares import quartiles_of_counts, quartiles_of_figures, wilson_interval
from treatments.outcomes.rules.tables import Suspect, Table, exact_odds_ratio, suspects_in_order


@pytest.mark.parametrize(
    ("part", "whole"), [(0, 12), (1, 10), (17, 142), (19, 88), (16, 78), (5, 5), (4999, 100_000)]
)
def test_a_wilson_interval_is_the_published_one(part, whole):
    computed = stats.binomtest(part, whole).proportion_ci(0.95, method="wilson")

    found = wilson_interval(part, whole)

    assert (found.low, found.high) == pytest.approx((computed.low, computed.high), abs=1e-12)


def test_of_nothing_there_is_no_interval_and_no_quartile():
    assert wilson_interval(0, 0) is None
    assert quartiles_of_counts([0] * 11) is None
    assert quartiles_of_figures([]) is None


@pytest.mark.parametrize("seed", range(6))
def test_quartiles_of_counted_scores_are_those_of_the_scores(seed):
    dice = Random(seed)
    scores = [dice.randint(0, 10) for _ in range(dice.randint(1, 60))]
    computed = tuple(stats.quantile(scores, [0.25, 0.5, 0.75], method="linear"))

    counted = quartiles_of_counts([scores.count(score) for score in range(11)])
    figures = quartiles_of_figures(scores)

    assert (counted.low, counted.median, counted.high) == pytest.approx(computed)
    assert (figures.low, figures.median, figures.high) == pytest.approx(computed)


@pytest.mark.parametrize("whole", [6, 12, 40, 78, 160, 5_000, 40_000])
@pytest.mark.parametrize("share", [0.01, 0.062, 0.5])
@pytest.mark.parametrize("level", [0.95, 0.999])
def test_funnel_limits_are_the_exact_binomial_ones_between_two_steps(whole, share, level):
    limits = exact_limits(whole, share, level)

    for found, below in ((limits.low, (1 - level) / 2), (limits.high, (1 + level) / 2)):
        count = stats.binom.ppf(below, whole, share)
        over = (stats.binom.cdf(count, whole, share) - below) / stats.binom.pmf(count, whole, share)
        assert found == pytest.approx(max(count - over, 0) / whole, abs=1e-7)


def test_sixteen_of_78_lie_outside_and_nine_of_78_inside():
    assert is_outside(16, 78, 0.062, 0.999)
    assert not is_outside(9, 78, 0.062, 0.999)


def test_a_funnel_narrows_and_the_outer_lies_around_the_inner():
    funnel = funnel_of_share(0.062, 160)

    assert (funnel.sizes[0], funnel.sizes[-1]) == (6, 160)
    assert funnel.inner[-1].high < funnel.inner[0].high
    for inner, outer in zip(funnel.inner, funnel.outer, strict=True):
        assert outer.low <= inner.low <= 0.062 <= inner.high <= outer.high


@pytest.mark.parametrize(
    ("exposed_cases", "cases", "exposed_controls", "controls"),
    [(6, 8, 20, 232), (3, 8, 90, 232), (0, 8, 12, 232), (8, 8, 40, 232), (1, 2, 1, 3), (40, 120, 300, 4000)],
)
def test_an_odds_ratio_and_its_ends_are_the_conditional_exact_ones(
    exposed_cases, cases, exposed_controls, controls
):
    rows = [
        [exposed_cases, cases - exposed_cases],
        [exposed_controls, controls - exposed_controls],
    ]
    computed = stats.contingency.odds_ratio(rows, kind="conditional")
    ends = computed.confidence_interval(0.95)

    found = exact_odds_ratio(Table(exposed_cases, cases, exposed_controls, controls))

    assert (found.ratio, found.low, found.high) == pytest.approx(
        (computed.statistic, ends.low, ends.high), rel=1e-6
    )


def test_what_every_session_had_separates_nothing():
    found = exact_odds_ratio(Table(8, 8, 232, 232))

    assert (found.low, found.high) == (0, inf)
    assert not found.separates


def test_the_surest_difference_stands_first():
    tables = {"few": Table(2, 8, 1, 232), "many": Table(7, 8, 15, 232), "none": Table(1, 8, 29, 232)}
    suspects = [Suspect("lot", key, key, table, exact_odds_ratio(table)) for key, table in tables.items()]

    assert [each.key for each in suspects_in_order(suspects)] == ["many", "few", "none"]


@pytest.mark.parametrize("freedom", [1, 2, 9, 30, 400])
def test_the_quantile_of_students_t_is_the_computed_one(freedom):
    assert t_quantile_97_5(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-8)


def test_a_paired_difference_has_the_interval_of_a_paired_t_test():
    dice = Random(3)
    pairs = [Pair(dice.randint(0, 10), dice.randint(0, 10)) for _ in range(24)]
    computed = stats.ttest_rel([p.first for p in pairs], [p.second for p in pairs]).confidence_interval()

    found = paired_difference(pairs)

    assert (found.low, found.high) == pytest.approx((computed.low, computed.high))


def test_nine_pairs_have_a_mean_and_no_interval():
    found = paired_difference([Pair(5, 3)] * 9)

    assert (found.pairs, found.mean, found.low) == (9, 2, None)


def test_simulated_truths_lie_inside_95_of_100_intervals():
    dice = Random(20261130)
    inside = 0
    for _ in range(2000):
        truth = dice.uniform(-2, 2)
        found = paired_difference(
            [Pair(5 + truth + dice.gauss(0, 1.5), 5 + dice.gauss(0, 1.5)) for _ in range(20)]
        )
        inside += found.low <= truth <= found.high

    # Of 2,000 at 95 %, 99.9 % of all runs give between 1867 and 1931.
    assert 1867 <= inside <= 1931


def counts(people, scores, **more):
    return Counts(
        "lot:1", **{"asked": sum(scores), "answered": sum(scores)} | more, people=people, scores=scores
    )


def test_a_group_of_nine_people_is_counted_and_not_told():
    scores = [0, 0, 10, 10, 10, 5, 0, 0, 0, 0, 0]

    hidden = figures_of_group(counts(9, scores), Moment.DURING)
    shown = figures_of_group(counts(10, scores), Moment.DURING)

    assert (hidden.is_shown, hidden.quartiles, hidden.share, hidden.interval) == (False, None, None, None)
    assert (shown.quartiles.median, shown.part, shown.share) == (3, 0, 0)


def test_pain_counts_from_seven_and_a_reaction_from_one():
    pain = figures_of_group(counts(20, [0, 0, 0, 0, 0, 0, 6, 2, 1, 0, 1]), Moment.DURING)
    reactions = figures_of_group(counts(20, [17, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Moment.REACTION)

    assert (pain.part, pain.share) == (4, 0.4)
    assert (reactions.part, reactions.share, reactions.quartiles) == (3, 0.15, None)


def test_a_later_moment_that_few_answer_is_too_few_to_tell():
    assert not Response(239, 35).is_enough
    assert Response(239, 72).is_enough
    assert not Response(0, 0).is_enough


@pytest.mark.parametrize(("done", "first"), [(0, 0), (49, 0), (50, 50), (199, 50), (500, 500), (9000, 500)])
def test_sessions_done_before_fall_in_a_band(done, first):
    assert band_of_sessions(done) == first


def test_a_band_of_two_colleagues_is_not_shown():
    assert not band_may_be_shown(2)
    assert band_may_be_shown(3)


@pytest.mark.parametrize("name", ["", "lot", "lot:", "colleague:3", ":3"])
def test_a_name_that_is_no_group_has_no_kind(name):
    assert kind_of_name(name) is None
