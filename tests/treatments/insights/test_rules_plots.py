"""Where the plots draw what."""

from decimal import Decimal as D

import pytest

from treatments.insights.rules.plots import (
    BOTTOM,
    TOP,
    change_of,
    columns_by_month,
    lines_by_month,
    lying_bars,
    scale_top,
    share_of,
    short_number_text,
)


@pytest.mark.parametrize(
    ("greatest", "top"),
    [("0", "1"), ("0.7", "1"), ("1", "1"), ("3", "4"), ("4.1", "5"), ("52", "100"), ("134322", "200000")],
)
def test_a_plot_ends_at_a_round_number(greatest, top):
    assert scale_top(D(greatest)) == D(top)


@pytest.mark.parametrize(
    ("number", "text"),
    [("0", "0"), ("250", "250"), ("2.5", "2.5"), ("20000", "20k"), ("1500", "1.5k"), ("1500000", "1.5M")],
)
def test_a_level_is_said_short(number, text):
    assert short_number_text(D(number)) == text


def test_the_greatest_column_reaches_its_level_and_nothing_is_drawn_below_the_ground():
    plot = columns_by_month(["Jan", "Feb"], [[D(100), D(-5)], [D(50), D(0)]])

    assert [(bar.y, bar.height) for bar in plot.bars] == [
        (f"{TOP:.1f}", f"{BOTTOM - TOP:.1f}"),
        (f"{BOTTOM:.1f}", "0.0"),
        (f"{(TOP + BOTTOM) / 2:.1f}", f"{(BOTTOM - TOP) / 2:.1f}"),
        (f"{BOTTOM:.1f}", "0.0"),
    ]
    assert [level.text for level in plot.levels] == ["0", "50", "100"]


def test_columns_of_one_month_do_not_overlap():
    plot = columns_by_month(["Jan"], [[D(1)], [D(1)]])
    first, second = plot.bars

    assert float(first.x) + float(first.width) <= float(second.x)


def test_a_month_without_a_figure_breaks_the_line():
    plot = lines_by_month(["a", "b", "c", "d", "e"], [[D(1), D(2), None, D(3), D(4)]])

    assert [len(points.split()) for points in plot.runs[0]] == [2, 2]
    assert len(plot.dots) == 4


def test_the_greatest_of_lying_bars_is_the_longest():
    assert [bar.width for bar in lying_bars([("a", D(64), ""), ("b", D(16), ""), ("c", D(0), "")])] == [
        100,
        25,
        0,
    ]


def test_no_share_leaves_the_plot():
    assert (share_of(D(5), D(0)), share_of(D(-5), D(10)), share_of(D(50), D(10))) == (0, 0, 100)


@pytest.mark.parametrize(
    ("now", "before", "more_is_good", "in_points", "said"),
    [
        (D(127), D(100), True, False, ("+27 %", "ok", "better")),
        (D(90), D(100), False, False, ("−10 %", "ok", "better")),
        (D("4.8"), D("6.7"), False, True, ("−1.9", "ok", "better")),
        (D("6.7"), D("4.8"), False, True, ("+1.9", "warn", "worse")),
        (D(100), D(100), True, False, ("as before", "plain", "")),
        (D(100), D(0), True, False, ("", "plain", "")),
        (None, D(1), True, True, ("", "plain", "")),
    ],
)
def test_a_change_says_whether_it_is_good(now, before, more_is_good, in_points, said):
    change = change_of(now, before, more_is_good=more_is_good, in_points=in_points)

    assert (change.text, change.level, change.word) == said
