"""Counting the shelf: how a count moves on, and what it must say before it is signed. No Django here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mesoclinic.core.findings import Finding, block, ordered, warn
from mesoclinic.core.quantities import plain_number_text
from treatments.stock.rules.ledger import ABSURD_ML


class StocktakeStatus(StrEnum):
    COUNTING = "counting"
    SIGNED = "signed"  # every difference is in the ledger; frozen
    DROPPED = "dropped"  # begun by mistake: nothing was corrected


STOCKTAKE_MOVES: dict[StocktakeStatus, frozenset[StocktakeStatus]] = {
    StocktakeStatus.COUNTING: frozenset({StocktakeStatus.SIGNED, StocktakeStatus.DROPPED}),
    StocktakeStatus.SIGNED: frozenset(),
    StocktakeStatus.DROPPED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class CountedLot:
    """One line of a count; ``counted_ml`` is None until somebody counted it."""

    lot_id: int
    number: str
    product: str
    expected_ml: Decimal
    counted_ml: Decimal | None = None
    reason: str = ""

    @property
    def difference_ml(self) -> Decimal:
        return Decimal(0) if self.counted_ml is None else self.counted_ml - self.expected_ml


def check_counted_figure_possible(line: CountedLot) -> list[Finding]:
    """What is wrong with one counted figure; ``where`` is ``<lot id>-<field>``."""
    ml = line.counted_ml
    if ml is None:
        return []
    where = f"{line.lot_id}-counted"
    if ml < 0:
        message = "A shelf holds no less than 0 ml. Count again."
        return [block(f"count-below-zero:{line.lot_id}", message, fixed=True, where=where)]
    if ml > ABSURD_ML:
        message = f"{plain_number_text(ml)} ml is too much for one lot. Check the number."
        return [block(f"count-absurd:{line.lot_id}", message, fixed=True, where=where)]
    return []


def check_stocktake_can_be_signed(lines: Sequence[CountedLot]) -> list[Finding]:
    """What stands between a count and its signature: every difference has a reason, and what was not counted is
    said by a person."""
    findings = [finding for line in lines for finding in check_counted_figure_possible(line)]
    if not any(line.counted_ml is not None for line in lines):
        message = "Nothing is counted yet. Type what is on the shelf."
        findings.append(block("count-nothing", message, fixed=True))
        return findings
    for line in lines:
        if line.difference_ml and not line.reason.strip():
            message = (
                f"{line.number} of {line.product} differs by {plain_number_text(line.difference_ml)} ml. "
                "Count again, or say why."
            )
            findings.append(
                block(f"count-reason:{line.lot_id}", message, fixed=True, where=f"{line.lot_id}-reason")
            )
    left = [line.number for line in lines if line.counted_ml is None]
    if left:
        shown = ", ".join(left[:5]) + (" and more" if len(left) > 5 else "")
        lots = "1 lot is" if len(left) == 1 else f"{len(left)} lots are"
        message = f"{lots} not counted ({shown}). Count them, or say why not."
        findings.append(warn("count-left-out", message))
    return ordered(findings)


def check_counts_leave_no_lot_below_zero(
    lines: Sequence[CountedLot], on_hand_ml: Mapping[int, Decimal]
) -> list[Finding]:
    """The lots that a count would bring below zero, because some of them left after they were counted.

    ``on_hand_ml``: lot id to what the ledger says now.
    """
    message = "{} was used since it was counted and would fall below 0. Count it again."
    return [
        block(
            f"count-moved:{line.lot_id}",
            message.format(line.number),
            fixed=True,
            where=f"{line.lot_id}-counted",
        )
        for line in lines
        if line.difference_ml and on_hand_ml[line.lot_id] + line.difference_ml < 0
    ]


def check_stocktake_has_lots_to_count(lots: int) -> Finding | None:
    """Why a count cannot begin: none of the clinic's lots has anything on hand."""
    if lots:
        return None
    return block("count-empty", "The shelf is empty: there is nothing to count.", fixed=True)


def check_stocktake_is_open(status: str) -> Finding | None:
    """Why a count can no longer be filled in, signed or dropped."""
    if status == StocktakeStatus.COUNTING:
        return None
    return block("count-closed", f"This count is {status}: begin another to correct it.", fixed=True)
