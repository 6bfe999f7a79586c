"""Which views are due, which pairs compare, and how four points move a picture."""

import cmath
from datetime import date, timedelta
from decimal import Decimal

import pytest

from treatments.conditions.rules.photographs import (
    HowTaken,
    Moment,
    SetProgress,
    check_landmarks,
    check_pair_is_comparable,
    how_taken_comparison_rows,
    is_view_asked_for,
    pattern_of_condition,
    quality_advice,
    record_use,
    similarity_coefficients,
    use_of_pictures,
)

START = date(2026, 1, 5)


def at(days, number=None, last=False):
    return Moment(START + timedelta(days=days), number, last, baseline_on=START)


@pytest.mark.parametrize(
    ("required_at", "moment", "taken_after", "asked"),
    [
        ("T0;end", at(0), None, True),
        ("T0;end", at(40, 2), 0, False),
        ("T0;end", at(90, 8, last=True), 0, True),
        ("T0;3;5;end", at(30, 3), 0, True),
        ("T0;3;5;end", at(40, 4), 30, False),
        ("T0;6m;12m", at(181), 0, False),
        ("T0;6m;12m", at(182), 0, True),
        ("T0;6m;12m", at(200), 190, False),
        ("T0;6m;12m", at(365), 190, True),
        ("T0;every 3 weeks", at(20), 0, False),
        ("T0;every 3 weeks", at(21), 0, True),
        ("T0", at(500, 9), None, True),
    ],
)
def test_a_view_is_asked_for_when_its_row_says_so_and_until_it_was_taken_once(
    required_at, moment, taken_after, asked
):
    last = None if taken_after is None else START + timedelta(days=taken_after)

    assert is_view_asked_for(required_at, moment, last_taken_on=last) is asked


def test_a_condition_has_the_views_of_its_pattern():
    assert pattern_of_condition("alopecia-areata") == "patchy"
    assert pattern_of_condition("androgenetic-alopecia") == "pattern hair loss"
    assert pattern_of_condition("anything new") == "pattern hair loss"


def test_a_set_says_how_many_are_taken_and_why_one_is_not():
    progress = SetProgress(6, 7, (("Occiput", "Hair tied or braided"),))

    assert progress.text == "6 of 7 taken, Occiput: hair tied or braided"


def test_quality_is_said_and_scale_only_where_it_is_wanted():
    said = quality_advice(is_soft=True, clipped=0.2, has_scale=False, wants_scale=True)

    assert [level for _, level in said] == ["warn", "warn", "warn"]
    assert quality_advice(is_soft=False, clipped=0.0, has_scale=False, wants_scale=False) == [
        ("sharp", "ok"),
        ("light", "ok"),
    ]


DRY = HowTaken(START, "PHL-4", wetness="dry", hair_length_cm=Decimal(5), hair_colour="brown", washed_days=1)


@pytest.mark.parametrize(
    ("other", "refused"),
    [
        ({}, False),
        ({"washed_days": 3}, False),
        ({"wetness": ""}, False),
        ({"hair_length_cm": Decimal(7)}, False),
        ({"hair_colour": "Brown"}, False),
        ({"wetness": "wet"}, True),
        ({"hair_length_cm": Decimal("7.1")}, True),
        ({"hair_colour": "blond"}, True),
        ({"view": "PHL-3"}, True),
    ],
)
def test_pairs_with_other_hair_or_view_are_refused(other, refused):
    said = {name: getattr(DRY, name) for name in DRY.__slots__} | other

    assert bool(check_pair_is_comparable(DRY, HowTaken(**said))) is refused


def test_a_difference_that_refuses_nothing_is_shown():
    rows = {row.label: row for row in how_taken_comparison_rows(DRY, HowTaken(START, "PHL-4", washed_days=3))}

    assert (rows["Last washed"].then, rows["Last washed"].now) == ("1 day before", "3 days before")
    assert rows["Last washed"].differs is True
    assert rows["Hair"].differs is None


def moved(points, factor, shift):
    placed = [complex(points[i], points[i + 1]) * factor + shift for i in range(0, 8, 2)]
    return [part for point in placed for part in (point.real, point.imag)]


@pytest.mark.parametrize(
    ("turn", "size", "shift"), [(0, 1, 0), (0, 1, 7 - 4j), (0.3, 1.2, 20 + 10j), (-0.2, 0.8, -3 + 2j)]
)
def test_four_points_bring_back_a_known_turn_size_and_shift(turn, size, shift):
    factor = size * cmath.exp(1j * turn)
    here = [30, 40, 120, 35, 110, 150, 25, 140]
    there = moved(here, factor, shift)

    a, b, c, d, e, f = similarity_coefficients(
        [v / 1000 for v in here], (1000, 1000), [v / 1000 for v in there], (1000, 1000)
    )

    assert (a, -b, c) == pytest.approx((factor.real, factor.imag, complex(shift).real))
    assert (e, d, f) == pytest.approx((factor.real, factor.imag, complex(shift).imag))


def test_one_wrong_point_never_stretches_a_picture():
    a, b, _, d, e, _ = similarity_coefficients(
        [0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9],
        (100, 100),
        [0.1, 0.1, 0.9, 0.1, 0.6, 0.8, 0.1, 0.9],
        (100, 100),
    )

    assert (a, b) == pytest.approx((e, -d))


@pytest.mark.parametrize("points", [[0.1] * 8, [0.1, 0.2], [0.1, 0.1, 0.9, 0.1, 0.9, 1.9, 0.1, 0.9]])
def test_points_on_one_spot_or_outside_are_refused(points):
    assert check_landmarks(points) is not None


def test_four_points_apart_are_taken():
    assert check_landmarks([0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9]) is None


def test_for_what_pictures_may_be_used_says_since_when_or_that_it_was_taken_back():
    day, later = date(2026, 8, 3), date(2026, 9, 9)

    assert record_use(None, None).text == "not asked"
    assert (record_use(day, None).text, record_use(day, None).is_open) == ("agreed 3 Aug 2026", True)
    assert (record_use(day, later).text, record_use(day, later).is_open) == ("withdrawn 9 Sep 2026", False)
    assert use_of_pictures("Teaching", []).text == "not asked"
    assert use_of_pictures("Teaching", [(later, None), (day, None)]).text == "2 pictures, 9 Sep 2026"
    assert use_of_pictures("Teaching", [(later, None), (day, later)]).text == "1 picture, 9 Sep 2026"
    assert use_of_pictures("Teaching", [(day, later)]).is_open is False
