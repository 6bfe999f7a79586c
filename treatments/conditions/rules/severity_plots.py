"""Severity over time on one scale, as a drawing: real dates, and a line that breaks where somebody else assessed.

No Django here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mesoclinic.core.wording import day_text

WIDTH, TOP, BOTTOM, LEFT, RIGHT = 600, 16, 108, 46, 590


@dataclass(frozen=True, slots=True)
class Graded:
    """One assessment on the scale: its day, its step (from 0) or figure, and who assessed."""

    on: date
    place: Decimal
    text: str
    rater: str


@dataclass(frozen=True, slots=True)
class SeverityPlot:
    """What the template draws. ``summary``: the same in words, for those who cannot see it."""

    levels: Sequence[tuple[str, str]]  # y, step
    lines: Sequence[str]  # the points of each unbroken line
    dots: Sequence[tuple[str, str]]
    ticks: Sequence[tuple[str, str]]  # x, day
    summary: str


def severity_plot_or_none(graded: Sequence[Graded], steps: Sequence[str]) -> SeverityPlot | None:
    """``graded`` from the oldest on; ``steps``: the words of the scale from its first step on, [] of a figure.

    None where fewer than two days were graded: nothing is seen over time.
    """
    if len({each.on for each in graded}) < 2:
        return None
    first, last = graded[0].on, graded[-1].on
    lowest = Decimal(0) if steps else min(each.place for each in graded)
    highest = Decimal(len(steps) - 1) if steps else max(each.place for each in graded)
    span = max(highest - lowest, Decimal(1))

    def x_of_day(day: date) -> str:
        return f"{LEFT + (RIGHT - LEFT) * (day - first).days / (last - first).days:.0f}"

    def y_of_place(place: Decimal) -> str:
        return f"{TOP + (BOTTOM - TOP) * (place - lowest) / span:.0f}"

    points = [(x_of_day(each.on), y_of_place(each.place)) for each in graded]
    named = [(y_of_place(Decimal(number)), step) for number, step in enumerate(steps)]
    if not steps:
        named = [(y_of_place(each.place), each.text) for each in graded]
    return SeverityPlot(
        levels=list(dict(named).items()),
        lines=_lines_of_points_per_rater(graded, points),
        dots=points,
        ticks=_day_ticks_that_fit(graded, points),
        summary="; ".join(f"{each.text} on {day_text(each.on)} ({each.rater})" for each in graded),
    )


def _lines_of_points_per_rater(graded: Sequence[Graded], points: Sequence[tuple[str, str]]) -> list[str]:
    lines: list[list[str]] = []
    rater = None
    for each, (across, down) in zip(graded, points, strict=True):
        if each.rater != rater:
            lines.append([])
        rater = each.rater
        lines[-1].append(f"{across},{down}")
    return [" ".join(line) for line in lines if len(line) > 1]


def _day_ticks_that_fit(graded: Sequence[Graded], points: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The days below the drawing, as far as they do not touch: the first and the last are always there."""
    room = 90
    ticks = [(points[0][0], day_text(graded[0].on))]
    for each, (across, _) in zip(graded[1:-1], points[1:-1], strict=True):
        if int(across) - int(ticks[-1][0]) >= room and int(points[-1][0]) - int(across) >= room:
            ticks.append((across, day_text(each.on)))
    return [*ticks, (points[-1][0], day_text(graded[-1].on))]


def step_frequency_text_or_empty(times: int, of: int, *, is_last: bool) -> str:
    """“here all 3 times”, “here now, 1 of 3 times”, “here 2 of 3 times”; "" where never."""
    if not times:
        return ""
    if times == of:
        return "here" if of == 1 else f"here all {of} times"
    return f"here {'now, ' if is_last else ''}{times} of {of} times"
