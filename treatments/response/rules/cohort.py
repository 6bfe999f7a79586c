"""The middle half of comparable patients, without the patient who is looked at. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor

#: Fewer than this is not a comparison, and could show who it is.
LEAST_PATIENTS = 10

LOW, HIGH = Decimal("0.25"), Decimal("0.75")


@dataclass(frozen=True, slots=True)
class Cell:
    """Comparable patients in one stretch of weeks. ``low`` and ``high``: three figures in order around each quartile.

    The first of the three stands at ``floor(quartile × (patients − 2))`` of all figures in order, from 0.
    """

    week: int
    patients: int
    low: Sequence[Decimal]
    high: Sequence[Decimal]


@dataclass(frozen=True, slots=True)
class Others:
    """The other patients in one stretch of weeks. No ends where they are too few to be shown."""

    week: int
    patients: int
    low: Decimal | None
    high: Decimal | None


def others_in_cell(cell: Cell, own: Decimal | None) -> Others:
    """The cell without the patient herself. ``own``: her figure in it, None where she is not among them."""
    count = cell.patients - (own is not None)
    if count < LEAST_PATIENTS or len(cell.low) < 3 or len(cell.high) < 3:
        return Others(cell.week, max(count, 0), None, None)
    return Others(
        cell.week,
        count,
        _quartile(cell.low, LOW, cell.patients, own),
        _quartile(cell.high, HIGH, cell.patients, own),
    )


def _quartile(kept: Sequence[Decimal], share: Decimal, patients: int, own: Decimal | None) -> Decimal:
    """As PostgreSQL's ``percentile_cont`` over the figures, ``own`` taken out once."""
    first = floor(share * (patients - 2))
    count = patients - (own is not None)
    place = share * (count - 1)
    below = floor(place)
    part = place - below

    def figure_at(index: int) -> Decimal:
        figure = kept[index - first]
        if own is None or figure < own:
            return figure
        return kept[index - first + 1]

    lower = figure_at(below)
    if not part:
        return lower
    return lower + (figure_at(below + 1) - lower) * part
