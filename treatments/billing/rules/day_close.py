"""Closing the day: what the book says came in by each method, and what was counted. No Django here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mesoclinic.core.findings import Finding, block, ordered
from mesoclinic.core.quantities import ZERO, currency_digits
from treatments.billing.rules.quotes import ABSURD_UNIT


@dataclass(frozen=True, slots=True)
class Counted:
    """One method: ``expected`` by the book (cash with the float in the drawer), ``counted`` by hand."""

    method: str
    expected: Decimal
    counted: Decimal

    @property
    def difference(self) -> Decimal:
        """Above zero there is too much, below zero something is missing."""
        return self.counted - self.expected


def expected_in_till_by_method(
    movements: Mapping[str, Decimal], methods: Sequence[str], *, cash_float: Decimal
) -> dict[str, Decimal]:
    """What should be there, every method named; the drawer also holds its float."""
    return {
        method: movements.get(method, ZERO) + (cash_float if method == "cash" else ZERO) for method in methods
    }


@dataclass(frozen=True, slots=True)
class EarlierClose:
    """Who closed the day already, and when, by the clinic's clock."""

    by: str
    at: datetime


def check_day_open_unchanged_all_counted(
    *,
    earlier: EarlierClose | None,
    last_receipt: int | None,
    seen_to: int,
    expected: Sequence[str],
    counted: Collection[str],
) -> Finding | None:
    """Why a day cannot be closed, before a figure is looked at: closed already, not as it was seen, or not
    every method (``expected``) is ``counted``.

    ``last_receipt`` is the id of the last one there is, ``seen_to`` of the last one seen while counting (0, none).
    """
    if earlier is not None:
        message = f"{earlier.by} closed this day at {earlier.at:%H:%M}. What comes in now belongs to the next close."
        return block("close:again", message, fixed=True, where="note")
    if last_receipt != (seen_to or None):
        message = "Money came in or went out while you counted. Look at the new figures and count again."
        return block("close:moved", message, fixed=True, where="note")
    missing = next((method for method in expected if method not in counted), None)
    if missing is not None:
        message = "Count every method, 0 where there is none."
        return block("close:missing", message, fixed=True, where=missing)
    return None


def check_counts_possible_and_difference_explained(
    rows: Sequence[Counted], note: str, currency: str = "USD"
) -> list[Finding]:
    """Why a day cannot be closed so: an absurd count, or a difference without a word about it."""
    findings = []
    digits = currency_digits(currency)
    for row in rows:
        if abs(row.counted) > ABSURD_UNIT:
            message = f"Between -{ABSURD_UNIT} and {ABSURD_UNIT}. Count again."
            findings.append(block(f"count:{row.method}", message, fixed=True, where=row.method))
        elif row.counted != round(row.counted, digits):
            message = f"{currency} has {digits} decimals. Type the amount with no more."
            findings.append(block(f"count:{row.method}", message, fixed=True, where=row.method))
    if any(row.difference for row in rows) and not note.strip():
        message = "The count differs from the book. Count again, or write why."
        findings.append(block("count:difference", message, fixed=True, where="note"))
    return ordered(findings)
