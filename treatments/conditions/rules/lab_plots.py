"""Where a laboratory result stands in the laboratory's own interval, as a drawing. No Django here."""

from dataclasses import dataclass
from decimal import Decimal

from treatments.conditions.rules.labs import LabFact

#: The drawing is so wide, and the interval takes the middle of it.
WIDTH = Decimal(100)
FIRST, LAST = Decimal(4), Decimal(96)


@dataclass(frozen=True, slots=True)
class RangePlot:
    """A line with the interval shaded, a dot for the result and a ring for the one before."""

    band_x: str
    band_width: str
    now_x: str
    before_x: str = ""


def lab_range_plot_or_none(now: LabFact, before: LabFact | None = None) -> RangePlot | None:
    """None where there is no figure or no whole interval. Another unit before is not drawn on the same line."""
    if now.value is None or now.low is None or now.high is None or now.low == now.high:
        return None
    was = before.value if before and before.unit == now.unit else None
    shown = [now.low, now.high, now.value, *([] if was is None else [was])]
    margin = (now.high - now.low) / 4
    start, end = min(*shown, now.low - margin), max(*shown, now.high + margin)

    def x_of_value(value: Decimal) -> Decimal:
        return FIRST + (value - start) / (end - start) * (LAST - FIRST)

    left, right = x_of_value(now.low), x_of_value(now.high)
    return RangePlot(
        band_x=f"{left:.1f}",
        band_width=f"{right - left:.1f}",
        now_x=f"{x_of_value(now.value):.1f}",
        before_x="" if was is None else f"{x_of_value(was):.1f}",
    )
