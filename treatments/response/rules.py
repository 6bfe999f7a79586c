"""How a course works, drawn: density by session, and the middle half of comparable patients. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mesoclinic.core.quantities import plain

#: The figure that shows a response best (docs/clinical.md §7).
RESPONSE_SCALE = "HAIR_DENSITY"

#: Fewer than this is not a comparison, and could show who it is.
MIN_PATIENTS = 5


@dataclass(frozen=True, slots=True)
class Point:
    """A measurement placed on the axis of sessions: 0 is the baseline."""

    session: int
    value: Decimal
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class ComparableRange:
    """The middle half of patients on the same protocol, at a session."""

    session: int
    low: Decimal
    high: Decimal
    patients: int


@dataclass(frozen=True, slots=True)
class ResponsePlot:
    """The response as figures for an SVG of 600 × 190: the template prints, it computes nothing."""

    line: str
    dots: list[tuple[str, str]]
    band: str
    ticks: list[tuple[str, str]]
    levels: list[tuple[str, str]]
    review_x: str
    review_at: int
    rows: list[tuple[str, str, str]]


_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 590, 26, 150


def response_plot_or_none(
    points: Sequence[Point], comparable: Sequence[ComparableRange], *, sessions: int, review_at: int
) -> ResponsePlot | None:
    """Where everything is drawn; None where there is nothing to draw. ``review_at`` is the clinic's review."""
    if not points:
        return None
    last = max([sessions, review_at, *(p.session for p in points)])
    values = [p.value for p in points] + [v for b in comparable for v in (b.low, b.high)]
    low, high = min(values), max(values)
    room = max((high - low) * Decimal("0.15"), Decimal(1))
    low, high = low - room, high + room

    def x_of_session(session: int) -> str:
        return f"{_LEFT + (_RIGHT - _LEFT) * session / last:.1f}"

    def y_of_value(value: Decimal) -> str:
        share = float((value - low) / (high - low))
        return f"{_BOTTOM - (_BOTTOM - _TOP) * share:.1f}"

    drawn_band = ""
    if len(comparable) > 1:
        there = " ".join(f"{x_of_session(b.session)},{y_of_value(b.high)}" for b in comparable)
        back = " ".join(f"{x_of_session(b.session)},{y_of_value(b.low)}" for b in reversed(comparable))
        drawn_band = f"{there} {back}"
    by_session = {b.session: f"{b.low:.0f}–{b.high:.0f}" for b in comparable}
    marks = sorted({0, review_at, last, *range(0, last + 1, max(1, last // 8))})
    return ResponsePlot(
        line=" ".join(f"{x_of_session(p.session)},{y_of_value(p.value)}" for p in points),
        dots=[(x_of_session(p.session), y_of_value(p.value)) for p in points],
        band=drawn_band,
        ticks=[(x_of_session(mark), "baseline" if mark == 0 else str(mark)) for mark in marks],
        levels=[
            (y_of_value(value), plain(value.quantize(Decimal(1)))) for value in (max(values), min(values))
        ],
        review_x=x_of_session(review_at),
        review_at=review_at,
        rows=[
            (
                "baseline" if p.session == 0 else f"session {p.session}",
                plain(p.value.quantize(Decimal(1))),
                by_session.get(p.session, ""),
            )
            for p in points
        ],
    )
