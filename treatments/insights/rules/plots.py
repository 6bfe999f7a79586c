"""The plots of the figures, as places in a drawing: the template prints, it computes nothing. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from mesoclinic.core.quantities import ZERO

WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 352, 12, 158

#: The longest bar of a plot of lying bars.
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Bar:
    x: str
    y: str
    width: str
    height: str
    series: int
    text: str


@dataclass(frozen=True, slots=True)
class Level:
    """A line across the plot, with its figure."""

    y: str
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    x: str
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Standing bars, a group for each month, a bar for each series."""

    bars: Sequence[Bar]
    levels: Sequence[Level]
    labels: Sequence[Label]


@dataclass(frozen=True, slots=True)
class Lines:
    """A line for each series; a month without a figure leaves a gap."""

    runs: Sequence[Sequence[str]]  # by series: the points of each unbroken piece
    dots: Sequence[tuple[int, str, str]]  # series, x, y
    levels: Sequence[Level]
    labels: Sequence[Label]


@dataclass(frozen=True, slots=True)
class LyingBar:
    """``width`` of 100, and where the period before stood."""

    label: str
    width: int
    text: str
    before: int | None = None


def scale_top(greatest: Decimal) -> Decimal:
    """The round number that a plot ends at: 1, 2, 4, 5 or 10 of a power of ten; above 0."""
    if greatest <= 0:
        return Decimal(1)
    power = Decimal(10) ** (greatest.adjusted())
    return next(power * step for step in (1, 2, 4, 5, 10) if power * step >= greatest)


def short_number_text(number: Decimal) -> str:
    """“0”, “250”, “20k”, “1.5M”."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if abs(number) >= size:
            part = (number / size).quantize(Decimal("0.1"), ROUND_HALF_UP).normalize()
            return f"{part:f}{letter}"
    return f"{number.normalize():f}"


def _levels(top: Decimal, unit: str) -> list[Level]:
    return [Level(_y(part, top), f"{short_number_text(part)}{unit}") for part in (ZERO, top / 2, top)]


def _y(value: Decimal, top: Decimal) -> str:
    inside = min(max(value, ZERO), top)
    return f"{BOTTOM - (BOTTOM - TOP) * float(inside / top):.1f}"


def _middles(count: int) -> list[float]:
    each = (RIGHT - LEFT) / max(count, 1)
    return [LEFT + each * (place + 0.5) for place in range(count)]


def columns_by_month(months: Sequence[str], series: Sequence[Sequence[Decimal]], unit: str = "") -> Columns:
    """A figure below zero is drawn as nothing: the table says it."""
    top = scale_top(max((value for values in series for value in values), default=ZERO))
    middles = _middles(len(months))
    width = min((RIGHT - LEFT) / max(len(months), 1) * 0.7 / max(len(series), 1), 28.0)
    bars = []
    for number, values in enumerate(series):
        for middle, value in zip(middles, values, strict=True):
            x, y = middle + width * (number - len(series) / 2), float(_y(value, top))
            bars.append(
                Bar(
                    f"{x:.1f}",
                    f"{y:.1f}",
                    f"{width - 1:.1f}",
                    f"{BOTTOM - y:.1f}",
                    number,
                    short_number_text(value),
                )
            )
    return Columns(bars, _levels(top, unit), _labels(middles, months))


def _labels(middles: Sequence[float], months: Sequence[str]) -> list[Label]:
    return [Label(f"{x:.1f}", month) for x, month in zip(middles, months, strict=True)]


def lines_by_month(
    months: Sequence[str], series: Sequence[Sequence[Decimal | None]], unit: str = ""
) -> Lines:
    """None breaks a line."""
    top = scale_top(max((v for values in series for v in values if v is not None), default=ZERO))
    middles = _middles(len(months))
    runs, dots = [], []
    for number, values in enumerate(series):
        pieces: list[list[str]] = [[]]
        for middle, value in zip(middles, values, strict=True):
            if value is None:
                pieces.append([])
                continue
            x, y = f"{middle:.1f}", _y(value, top)
            pieces[-1].append(f"{x},{y}")
            dots.append((number, x, y))
        runs.append([" ".join(piece) for piece in pieces if len(piece) > 1])
    return Lines(runs, dots, _levels(top, unit), _labels(middles, months))


def lying_bars(rows: Sequence[tuple[str, Decimal, str]]) -> list[LyingBar]:
    """(label, figure, its words), the greatest the longest."""
    greatest = max((value for _, value, _ in rows), default=ZERO)
    return [LyingBar(label, share_of(value, greatest), text) for label, value, text in rows]


def share_of(value: Decimal, whole: Decimal) -> int:
    """In percent of the whole, 0 to 100."""
    if whole <= 0:
        return 0
    return int(
        min(max((LONGEST * value / whole).quantize(Decimal(1), ROUND_HALF_UP), ZERO), Decimal(LONGEST))
    )


@dataclass(frozen=True, slots=True)
class Change:
    """Against the period before: in words, and whether that is good. Empty where there is nothing to compare."""

    text: str
    level: str
    word: str


def change_of(now: Decimal | None, before: Decimal | None, *, more_is_good: bool, in_points: bool) -> Change:
    """“+27 %” of money, “−1.9” of a rate (in points of percent)."""
    if now is None or before is None or (not in_points and before <= 0):
        return Change("", "plain", "")
    step = now - before if in_points else 100 * (now - before) / before
    rounded = step.quantize(Decimal("0.1") if in_points else Decimal(1), ROUND_HALF_UP)
    if not rounded:
        return Change("as before", "plain", "")
    sign = "+" if rounded > 0 else "−"
    text = f"{sign}{abs(rounded):f}" + ("" if in_points else " %")
    is_good = (rounded > 0) is more_is_good
    return Change(text, "ok" if is_good else "warn", "better" if is_good else "worse")
