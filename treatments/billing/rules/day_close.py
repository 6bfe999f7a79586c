"""Closing the day: what the book says came in by each method, and what was counted. No Django here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


def expected_by_method(
    movements: Mapping[str, Decimal], methods: Sequence[str], *, cash_float: Decimal
) -> dict[str, Decimal]:
    """What should be there, every method named; the drawer also holds its float."""
    return {
        method: movements.get(method, ZERO) + (cash_float if method == "cash" else ZERO) for method in methods
    }


def close_findings(rows: Sequence[Counted], note: str, currency: str = "USD") -> list[Finding]:
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
