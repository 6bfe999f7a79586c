"""What can be said of figures over time, and what is drawn of them, without a database."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from treatments.conditions.rules.measurements import (
    MeasuredHow,
    change_since,
    differences_in_how,
    smallest_change_or_none,
)
from treatments.response.rules.cohort import Others
from treatments.response.rules.plots import plot_series
from treatments.response.rules.series import Measure, Measured, Series

BY_HAND = MeasuredHow("site A", "counted by hand", "scope 2", D("0.65"), "washed 1 day before")
DENSITY = Measure("Density", "hairs/cm²", higher_is_better=True, smallest_percent=D(15))
SHEDDING = Measure(
    "Shedding", "", higher_is_better=False, smallest=D(2), is_told=True, minimum=D(0), maximum=D(10)
)


def figure(month, value, how=BY_HAND, *, is_earlier=False):
    return Measured(date(2026, month, 1), D(value), how, is_earlier)


def series(*figures, measure=DENSITY, **fields):
    return Series(measure, "site A", figures, **fields)


@pytest.mark.parametrize(
    ("first", "last", "higher", "text", "level"),
    [
        (D(100), D(114), True, "no measurable change, error ±15", "plain"),
        (D(100), D(115), True, "+15, error ±15", "ok"),
        (D(100), D(85), True, "−15, error ±15", "warn"),
        (D(100), D(115), False, "+15, error ±15", "warn"),
        (D(100), D(100), True, "no measurable change, error ±15", "plain"),
    ],
)
def test_a_change_below_the_error_is_neither_better_nor_worse(first, last, higher, text, level):
    smallest = smallest_change_or_none(first, absolute=None, percent=D(15))

    change = change_since(first, last, smallest=smallest, higher_is_better=higher)

    assert (change.text, change.level) == (text, level)


def test_without_a_known_error_the_figure_is_shown_and_not_judged():
    change = change_since(D(40), D(10), smallest=None, higher_is_better=False)

    assert (change.text, change.is_measurable) == ("−30, smallest change not known", False)


@pytest.mark.parametrize(("value", "text"), [(1, "1 hair"), (2, "2 hairs"), (0, "0 hairs")])
def test_one_hair_is_no_hairs(value, text):
    pull = Measure("Hair pull", "hairs", higher_is_better=False)

    assert series(figure(1, value), measure=pull).value_text == text


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("place", "site B"),
        ("method", "TrichoScan"),
        ("device", "scope 3"),
        ("field_cm2", D("0.5")),
        ("preparation", "washed 3 days before"),
    ],
)
def test_figures_measured_otherwise_are_never_joined_nor_compared(field, other):
    how = replace(BY_HAND, **{field: other})
    found = series(figure(1, 100), figure(3, 140, how))

    assert len(differences_in_how(BY_HAND, how)) == 1
    assert [len(run) for run in found.joined()] == [1, 1]
    assert plot_series(found).lines == []
    assert found.verdict().level == "plain"
    assert found.verdict().text.startswith("not comparable: other ")


def test_the_same_way_in_other_letters_is_the_same_way():
    assert differences_in_how(MeasuredHow(method="TrichoScan "), MeasuredHow(method="trichoscan")) == []


def test_an_earlier_course_is_marked_and_not_what_this_one_is_compared_with():
    found = series(
        figure(1, 80, is_earlier=True), figure(2, 90, is_earlier=True), figure(5, 100), figure(7, 120)
    )

    plot = plot_series(found)

    assert [dot.is_earlier for dot in plot.dots] == [True, True, False, False]
    assert len(plot.lines) == 2
    assert "(earlier course)" in plot.rows[0][0]
    assert found.verdict().text == "+20, error ±15"


def test_the_last_figure_is_held_against_the_first_that_was_measured_the_same_way():
    found = series(figure(1, 100, MeasuredHow("site A", "TrichoScan")), figure(2, 100), figure(5, 130))

    assert found.verdict().text == "+30, error ±15 since 1 Feb 2026"


def test_the_error_is_drawn_round_the_baseline_and_a_score_from_0_to_10():
    drawn = plot_series(series(figure(1, 100), figure(3, 105)))
    told = plot_series(series(figure(1, 8), figure(3, 4), measure=SHEDDING))

    upper, lower = (float(y) for y in drawn.error)
    first = float(drawn.dots[0].y)
    assert upper < first < lower
    assert [label for _, label in told.levels] == ["10", "0"]


def test_weeks_stand_on_the_axis_and_the_others_are_drawn_from_two_stretches_on():
    one = [Others(0, 23, D(90), D(110))]
    two = [*one, Others(8, 19, D(95), D(120))]
    start = date(2026, 1, 1)

    def plot(others):
        return plot_series(series(figure(1, 100), figure(3, 105), others=others, started_on=start))

    assert plot(one).band == ""
    assert len(plot(two).band.split()) == 4
    assert plot(two).ticks[-1][1] == "wk 8"


def test_how_many_others_there_are_is_said_also_where_they_are_too_few():
    assert series(figure(1, 100), others=[Others(0, 4, None, None)]).others_text() == (
        "n 4: too few others to show"
    )
    shown = series(figure(1, 100), others=[Others(0, 23, D(1), D(2)), Others(16, 19, D(1), D(2))])
    assert shown.others_text() == "n 23 at the start, 19 in week 16"
