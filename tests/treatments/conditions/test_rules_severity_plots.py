"""Severity over time: real dates, and a line that breaks where somebody else assessed."""

from datetime import date
from decimal import Decimal as D

from treatments.conditions.rules.severity_plots import (
    Graded,
    severity_plot_or_none,
    step_frequency_text_or_empty,
)

STEPS = ["1", "2", "3", "4", "5"]


def graded(*rows):
    return [Graded(date(2026, month, day), D(step - 1), str(step), rater) for month, day, step, rater in rows]


def test_days_stand_where_they_are_and_steps_where_they_are():
    plot = severity_plot_or_none(
        graded((8, 3, 1, "E. Kaya"), (9, 2, 3, "E. Kaya"), (10, 2, 5, "E. Kaya")), STEPS
    )

    assert plot.dots == [("46", "16"), ("318", "62"), ("590", "108")]
    assert plot.levels == [("16", "1"), ("39", "2"), ("62", "3"), ("85", "4"), ("108", "5")]
    assert plot.lines == ["46,16 318,62 590,108"]
    assert [day for _, day in plot.ticks] == ["3 Aug 2026", "2 Sep 2026", "2 Oct 2026"]


def test_another_rater_breaks_the_line():
    plot = severity_plot_or_none(
        graded(
            (8, 3, 1, "E. Kaya"), (8, 20, 1, "E. Kaya"), (9, 2, 2, "M. Rinaldi"), (10, 2, 2, "M. Rinaldi")
        ),
        STEPS,
    )

    assert len(plot.lines) == 2
    assert "2 on 2 Sep 2026 (M. Rinaldi)" in plot.summary


def test_one_day_alone_is_not_drawn():
    assert severity_plot_or_none(graded((8, 3, 1, "E. Kaya"), (8, 3, 2, "E. Kaya")), STEPS) is None


def test_a_figure_has_its_own_ends():
    points = [Graded(date(2026, 8, 3), D(35), "35", "E"), Graded(date(2026, 10, 2), D(12), "12", "E")]

    plot = severity_plot_or_none(points, [])

    assert plot.dots == [("46", "108"), ("590", "16")]
    assert plot.levels == [("108", "35"), ("16", "12")]


def test_days_that_would_touch_are_not_all_written():
    plot = severity_plot_or_none(graded((1, 1, 1, "E"), (11, 28, 1, "E"), (11, 30, 1, "E")), STEPS)

    assert [day for _, day in plot.ticks] == ["1 Jan 2026", "30 Nov 2026"]


def test_how_often_a_step_was_found_is_said_in_words():
    assert step_frequency_text_or_empty(3, 3, is_last=True) == "here all 3 times"
    assert step_frequency_text_or_empty(1, 1, is_last=True) == "here"
    assert step_frequency_text_or_empty(1, 3, is_last=True) == "here now, 1 of 3 times"
    assert step_frequency_text_or_empty(2, 3, is_last=False) == "here 2 of 3 times"
    assert step_frequency_text_or_empty(0, 3, is_last=False) == ""
