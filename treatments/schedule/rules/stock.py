"""Whether the lots on the shelf cover what sessions will need, day by day. No Django here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Need:
    """So many ml of a product for one session."""

    product: int
    name: str
    ml: Decimal


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of a released lot, and the last day it may be used."""

    product: int
    expires_on: date
    ml: Decimal


@dataclass(frozen=True, slots=True)
class Shortage:
    product: int
    name: str
    needed: Decimal
    there: Decimal


@dataclass
class _Left:
    expires_on: date
    ml: Decimal


@dataclass
class Shelf:
    """Takes session after session from the lots, first to expire first, as the clinic will.

    The sessions come in order of time: what an earlier one takes is not there for a later one.
    """

    lots: Iterable[Lot]
    _left: dict[int, list[_Left]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for lot in sorted(self.lots, key=lambda one: (one.product, one.expires_on)):
            self._left.setdefault(lot.product, []).append(_Left(lot.expires_on, lot.ml))

    def take_and_list_shortages(self, needs: Sequence[Need], day: date) -> list[Shortage]:
        """Take what a session on ``day`` needs; what is short. A short session takes what there is."""
        short = []
        for need in needs:
            missing = need.ml
            for lot in self._left.get(need.product, []):
                if lot.expires_on < day:
                    continue
                taken = min(lot.ml, missing)
                lot.ml -= taken
                missing -= taken
                if not missing:
                    break
            if missing > 0:
                there = need.ml - missing
                short.append(Shortage(need.product, need.name, need.ml, there))
        return short


def shortages_by_day(
    needs: Sequence[Need], lots: Iterable[Lot], days: Sequence[date]
) -> Mapping[date, list[Shortage]]:
    """What is short on each of ``days`` when one session is given on each, in order of time."""
    shelf = Shelf(lots)
    return {day: shelf.take_and_list_shortages(needs, day) for day in sorted(days)}
