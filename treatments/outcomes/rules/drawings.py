"""Where the lines of the plots are drawn: the template prints, it computes nothing. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mesoclinic.core.wording import day_text
from treatments.outcomes.rules.funnel import LEVELS, Funnel, Limits, funnel_of_share, is_outside
from treatments.outcomes.rules.groups import GroupFigures

#: The small drawings in a row: 84 wide, from 4 to 80.
_LEFT, _RIGHT = 4.0, 80.0

#: The right end of the scale of shares, in a row.
PAIN_END, REACTION_END = 0.6, 0.3


@dataclass(frozen=True, slots=True)
class Box:
    """The middle half of the scores and their median, on a line from 0 to 10."""

    x: str
    width: str
    median: str


@dataclass(frozen=True, slots=True)
class Whisker:
    """A share and its interval."""

    low: str
    high: str
    x: str


def box_of_figures(figures: GroupFigures) -> Box | None:
    found = figures.quartiles
    if found is None:
        return None
    low, high = _place(found.low, 10), _place(found.high, 10)
    return Box(_text(low), _text(max(high - low, 1.0)), _text(_place(found.median, 10)))


def whisker_of_figures(figures: GroupFigures, end: float) -> Whisker | None:
    if figures.interval is None or figures.share is None:
        return None
    ends = (figures.interval.low, figures.interval.high, figures.share)
    return Whisker(*(_text(_place(min(each, end), end)) for each in ends))


def _place(value: float, end: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * value / end


def _text(value: float) -> str:
    return f"{value:.1f}"


# The funnel: 400 × 252, as the drawing has it.
_X0, _X1, _Y0, _Y1 = 38.0, 386.0, 218.0, 10.0


@dataclass(frozen=True, slots=True)
class Lot:
    """One point of the funnel."""

    link: str
    label: str
    sessions: int
    reactions: int


@dataclass(frozen=True, slots=True)
class Point:
    link: str
    label: str
    x: str
    y: str
    sessions: int
    reactions: int
    is_outside: bool
    is_left_of_label: bool


@dataclass(frozen=True, slots=True)
class FunnelPlot:
    """Only points outside the outer limits have their name written beside them."""

    share: float
    points: Sequence[Point]
    middle: str
    curves: Sequence[tuple[str, bool]]  # polyline, whether it is the outer one
    ends: Sequence[tuple[str, str]]  # y, “95 %”
    levels: Sequence[tuple[str, str]]  # y, percent
    ticks: Sequence[tuple[str, str]]  # x, sessions

    @property
    def share_text(self) -> str:
        return f"{100 * self.share:.1f} %"

    @property
    def outside_text(self) -> str:
        """Said to who cannot see it."""
        names = ", ".join(point.label for point in self.points if point.is_outside)
        return f"outside the 99.9 % limits {names}" if names else "none lies outside the 99.9 % limits"


def plot_funnel(lots: Sequence[Lot]) -> FunnelPlot | None:
    """None where there is no lot, or no reaction at all."""
    sessions = sum(lot.sessions for lot in lots)
    reactions = sum(lot.reactions for lot in lots)
    if not reactions:
        return None
    share = reactions / sessions
    largest = max(lot.sessions for lot in lots)
    right = _round_up(largest)
    top = _round_up_percent(max(0.3, max(lot.reactions / lot.sessions for lot in lots)))
    funnel = funnel_of_share(share, right)

    def x_of(count: float) -> float:
        return _X0 + (_X1 - _X0) * count / right

    def y_of(part: float) -> float:
        return _Y0 - (_Y0 - _Y1) * min(part, top) / top

    def point_of(lot: Lot) -> Point:
        x = x_of(lot.sessions)
        return Point(
            lot.link,
            lot.label,
            _text(x),
            _text(y_of(lot.reactions / lot.sessions)),
            lot.sessions,
            lot.reactions,
            is_outside(lot.reactions, lot.sessions, share, LEVELS["99.9"]),
            x > (_X0 + _X1) / 2,
        )

    return FunnelPlot(
        share=share,
        points=[point_of(lot) for lot in lots],
        middle=_text(y_of(share)),
        curves=[
            (" ".join(f"{_text(x_of(size))},{_text(y_of(end))}" for size, end in line), is_outer)
            for line, is_outer in _curves(funnel)
        ],
        ends=[
            (_text(y_of(limits[-1].high) - 4), label)
            for limits, label in ((funnel.inner, "95 %"), (funnel.outer, "99.9 %"))
        ],
        levels=[(_text(y_of(top * step / 3)), f"{100 * top * step / 3:.0f}") for step in range(4)],
        ticks=[(_text(x_of(right * step / 4)), f"{right * step / 4:.0f}") for step in range(5)],
    )


def _curves(funnel: Funnel) -> list[tuple[list[tuple[int, float]], bool]]:
    def line(limits: Sequence[Limits], *, is_high: bool) -> list[tuple[int, float]]:
        return [
            (size, each.high if is_high else each.low)
            for size, each in zip(funnel.sizes, limits, strict=True)
        ]

    return [
        (line(limits, is_high=is_high), is_outer)
        for limits, is_outer in ((funnel.inner, False), (funnel.outer, True))
        for is_high in (True, False)
    ]


def _round_up(count: int) -> int:
    """To a number that four parts divide evenly: 40, 80, 160, 400 …"""
    powers = (1, 10, 100, 1000, 10_000, 100_000, 1_000_000)
    return next(each * power for power in powers for each in (8, 20, 40) if each * power >= count)


def _round_up_percent(share: float) -> float:
    """To whole tenths that three parts divide: 30, 60, 90 percent."""
    return next(end for end in (0.3, 0.6, 0.9, 1.2) if share <= end)


# The sum of a lot: 400 × 128.
_FLOOR, _CEILING = 104.0, 16.0


@dataclass(frozen=True, slots=True)
class SignalPlot:
    line: str
    path: str
    line_y: str
    label_x: str
    label_y: str
    label_anchor: str
    line_text: str
    crossed: tuple[str, str] | None
    ticks: Sequence[tuple[str, str]]


def plot_signal(
    days: Sequence[date], sums: Sequence[float], line: float, crossed_on: date | None
) -> SignalPlot | None:
    """None where nothing was given yet."""
    if not days:
        return None
    first, last = days[0], days[-1]
    span = max((last - first).days, 1)
    top = max(*sums, line) * 1.1

    def x_of(day: date) -> float:
        return _X0 + (_X1 - _X0) * (day - first).days / span

    def y_of(level: float) -> float:
        return _FLOOR - (_FLOOR - _CEILING) * level / top

    crossed = None
    if crossed_on is not None and crossed_on in days:
        level = max(s for day, s in zip(days, sums, strict=True) if day == crossed_on)
        crossed = (_text(x_of(crossed_on)), _text(y_of(level)))
    at = y_of(line)
    is_early = crossed_on is not None and (crossed_on - first).days * 2 < span
    middle = first + (last - first) / 2
    return SignalPlot(
        line=_text(at),
        path=" ".join(f"{_text(x_of(day))},{_text(y_of(s))}" for day, s in zip(days, sums, strict=True)),
        line_y=_text(at + 4),
        # Where the sum does not run through it.
        label_x=_text(_X1 if is_early else _X0 + 4),
        label_y=_text(at - 5 if at > 24 else at + 15),
        label_anchor="end" if is_early else "start",
        line_text=f"{line:.1f}",
        crossed=crossed,
        ticks=[(_text(x_of(day)), day_text(day)) for day in (first, middle, last)]
        if span > 21
        else [(_text(x_of(last)), day_text(last))],
    )
