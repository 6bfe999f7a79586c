"""The response as it is drawn, without a database."""

from datetime import UTC, datetime
from decimal import Decimal as D

from treatments.response.rules import ComparableRange, Point, response_plot_or_none

AT = datetime(2026, 3, 1, tzinfo=UTC)
POINTS = [Point(0, D("120.4"), AT), Point(1, D(130), AT), Point(4, D(150), AT)]


def test_without_a_measurement_nothing_is_drawn():
    assert response_plot_or_none([], [ComparableRange(0, D(100), D(110), 5)], sessions=8, review_at=5) is None


def test_sessions_run_from_the_left_to_the_right_and_more_hair_is_higher():
    plot = response_plot_or_none(POINTS, [], sessions=8, review_at=5)

    places = [(float(x), float(y)) for x, y in plot.dots]
    assert [x for x, _ in places] == [46.0, 114.0, 318.0]
    assert places[0][1] > places[1][1] > places[2][1]
    assert plot.line.split() == [f"{x},{y}" for x, y in plot.dots]


def test_the_axis_reaches_to_the_last_session_the_review_and_what_was_measured():
    def ends(sessions, review_at):
        return response_plot_or_none(POINTS, [], sessions=sessions, review_at=review_at).ticks[-1]

    assert ends(8, 5) == ("590.0", "8")
    assert ends(0, 5) == ("590.0", "5")
    assert ends(0, 3) == ("590.0", "4")


def test_the_review_is_marked():
    plot = response_plot_or_none(POINTS, [], sessions=8, review_at=4)

    assert (plot.review_at, plot.review_x) == (4, "318.0")


def test_a_range_is_drawn_from_two_sessions_on():
    one = [ComparableRange(0, D(110), D(125), 5)]
    two = [*one, ComparableRange(1, D(115), D(135), 6)]

    assert response_plot_or_none(POINTS, one, sessions=8, review_at=5).band == ""
    assert len(response_plot_or_none(POINTS, two, sessions=8, review_at=5).band.split()) == 4


def test_the_table_says_what_the_drawing_shows():
    comparable = [ComparableRange(1, D("114.6"), D("134.5"), 6)]

    assert response_plot_or_none(POINTS, comparable, sessions=8, review_at=5).rows == [
        ("baseline", "120", ""),
        ("session 1", "130", "115–134"),
        ("session 4", "150", ""),
    ]


def test_one_measurement_alone_is_drawn():
    plot = response_plot_or_none(POINTS[:1], [], sessions=8, review_at=5)

    assert len(plot.dots) == 1
    assert plot.rows == [("baseline", "120", "")]
