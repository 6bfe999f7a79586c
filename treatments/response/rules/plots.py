"""One series as a drawing of 300 × 120: the template prints, it computes nothing. No Django here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.wording import day_text
from treatments.response.rules.cohort import Others
from treatments.response.rules.review import weeks_between
from treatments.response.rules.series import Measured, Series

LEFT, RIGHT, TOP, BOTTOM = 40, 290, 10, 92


@dataclass(frozen=True, slots=True)
class Dot:
    x: str
    y: str
    is_earlier: bool


@dataclass(frozen=True, slots=True)
class SeriesPlot:
    """Where everything is drawn. ``error``: the two levels between which nothing can be told; ``rows``: the same to read."""

    lines: Sequence[str]
    dots: Sequence[Dot]
    band: str
    error: tuple[str, str] | None
    levels: Sequence[tuple[str, str]]  # y, figure
    ticks: Sequence[tuple[str, str]]  # x, day or week
    rows: Sequence[tuple[str, str, str]]  # day, figure, how


def plot_series(series: Series) -> SeriesPlot:
    """Real days from the left to the right; weeks are counted from the first session."""
    figures, verdict = series.figures, series.verdict()
    shown = _others_with_days(series)
    days = [each.on for each in figures] + [on for on, _ in shown]
    first_day, last_day = min(days), max(days)
    span = max((last_day - first_day).days, 1)
    values = [each.value for each in figures]
    values += [end for _, each in shown for end in (each.low, each.high) if end is not None]
    if verdict.first is not None and verdict.error is not None:
        values += [verdict.first.value - verdict.error, verdict.first.value + verdict.error]
    low, high = _ends(series, values)

    def x_of_day(day: date) -> str:
        return f"{LEFT + (RIGHT - LEFT) * (day - first_day).days / span:.1f}"

    def y_of_value(value: Decimal) -> str:
        inside = min(max(value, low), high)
        return f"{BOTTOM - (BOTTOM - TOP) * float((inside - low) / (high - low)):.1f}"

    def point(each: Measured) -> str:
        return f"{x_of_day(each.on)},{y_of_value(each.value)}"

    error = None
    if verdict.first is not None and verdict.error is not None:
        at = verdict.first.value
        error = (y_of_value(at + verdict.error), y_of_value(at - verdict.error))
    return SeriesPlot(
        lines=[" ".join(map(point, run)) for run in series.joined() if len(run) > 1],
        dots=[Dot(x_of_day(each.on), y_of_value(each.value), each.is_earlier) for each in figures],
        band=_band(
            [
                (x_of_day(on), y_of_value(each.low), y_of_value(each.high))
                for on, each in shown
                if each.low is not None and each.high is not None
            ]
        ),
        error=error,
        levels=[(y_of_value(end), plain_number_text(end.quantize(Decimal(1)))) for end in (high, low)],
        ticks=_ticks(series, first_day, last_day, x_of_day),
        rows=[
            (
                f"{day_text(each.on)}{' (earlier course)' if each.is_earlier else ''}",
                plain_number_text(each.value),
                each.how.text(),
            )
            for each in figures
        ],
    )


def _others_with_days(series: Series) -> list[tuple[date, Others]]:
    """The others that may be shown, on the days of this patient's course."""
    if series.started_on is None:
        return []
    return [
        (series.started_on + timedelta(weeks=each.week), each)
        for each in series.others
        if each.low is not None and each.high is not None
    ]


def _ends(series: Series, values: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """The lowest and the highest level: of a score its ends, else the figures with some room."""
    ends = series.measure.minimum, series.measure.maximum
    if series.measure.is_told and ends[0] is not None and ends[1] is not None:
        return ends[0], ends[1]
    low, high = min(values), max(values)
    room = max((high - low) * Decimal("0.15"), Decimal(1))
    return low - room, high + room


def _band(points: Sequence[tuple[str, str, str]]) -> str:
    """A range is drawn from two stretches on."""
    if len(points) < 2:
        return ""
    there = " ".join(f"{x},{high}" for x, _, high in points)
    back = " ".join(f"{x},{low}" for x, low, _ in reversed(points))
    return f"{there} {back}"


def _ticks(series: Series, first: date, last: date, x_of_day: Callable[[date], str]) -> list[tuple[str, str]]:
    ticks = [(x_of_day(first), day_text(first))]
    if last != first:
        week = weeks_between(series.started_on or first, last)
        ticks.append((x_of_day(last), f"wk {week}"))
    return ticks
