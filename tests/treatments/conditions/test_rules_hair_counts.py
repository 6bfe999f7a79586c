"""A count by hand: what can be kept, the density it gives, and how far two counts lie apart."""

from decimal import Decimal as D

import pytest

from treatments.conditions.rules.hair_counts import check_hair_count, counts_text, density_per_cm2


@pytest.mark.parametrize(
    ("points", "field", "codes"),
    [
        ([0.1, 0.2], D("0.65"), []),
        ([0.0, 1.0], D("0.05"), []),
        ([], D("0.65"), ["hair-count:points"]),
        ([0.1], D("0.65"), ["hair-count:points"]),
        ([0.1, 1.2], D("0.65"), ["hair-count:points"]),
        ([0.5, 0.5] * 3001, D("0.65"), ["hair-count:points"]),
        ([0.1, 0.2], None, ["hair-count:field"]),
        ([0.1, 0.2], D("0.04"), ["hair-count:field"]),
        ([0.1, 0.2], D("10.001"), ["hair-count:field"]),
        ([float("nan"), 0.2], D("0.65"), ["hair-count:points"]),
    ],
)
def test_a_count_has_marks_inside_the_picture_and_an_area(points, field, codes):
    assert [finding.code for finding in check_hair_count(points, field)] == codes


@pytest.mark.parametrize(
    ("hairs", "field", "density"),
    [
        ([101], D("0.65"), "155.4"),
        ([101, 98], D("0.65"), "153.1"),
        ([65], D("0.5"), "130.0"),
        ([1], D("8"), "0.1"),
    ],
)
def test_density_is_the_mean_of_the_counts_over_the_area(hairs, field, density):
    """101 / 0.65 = 155.38…; (101 + 98) / 2 / 0.65 = 153.07…; 1 / 8 = 0.125."""
    assert density_per_cm2(hairs, field) == D(density)


def test_two_counts_say_how_far_apart_they_are():
    assert counts_text([1]) == "1 hair"
    assert counts_text([101, 98]) == "101 and 98 hairs, 3 % apart"
    assert counts_text([50, 150]) == "50 and 150 hairs, 100 % apart"
