"""Deposit and instalments: how a price is paid in parts, and what is due by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from mesoclinic.core.findings import Finding, block
from mesoclinic.core.quantities import ZERO, round_money, split_money

#: More instalments than months of two years are a loan, and a clinic is no bank.
MOST_INSTALMENTS = 24


@dataclass(frozen=True, slots=True)
class Due:
    """One payment of an agreed price: so many days after the patient said yes. 0 is at once."""

    days: int
    amount: Decimal


def payment_schedule(
    total: Decimal, *, deposit: Decimal, count: int, every_days: int, currency: str = "USD"
) -> list[Due]:
    """The deposit at once and the rest in ``count`` parts, ``every_days`` apart; they sum to ``total``.

    Without a deposit the first part is due at once. A part of nothing is left out.
    """
    if not 1 <= count <= MOST_INSTALMENTS:
        raise ValueError(f"there are 1 to {MOST_INSTALMENTS} instalments")
    parts = split_into_instalments(total, count, currency, deposit=deposit)
    return [Due(at * every_days, part) for at, part in enumerate(parts) if part]


def overdue_and_next_due_or_none(dues: Sequence[Due], days: int, paid: Decimal) -> tuple[Decimal, Due | None]:
    """(what is overdue after so many days, the next payment with what is left of it)."""
    left, overdue = paid, ZERO
    for due in dues:
        open_part = max(due.amount - left, ZERO)
        left = max(left - due.amount, ZERO)
        if not open_part:
            continue
        if due.days >= days:
            return overdue, Due(due.days, open_part)
        overdue += open_part
    return overdue, None


def deposit_amount(total: Decimal, percent: Decimal, currency: str = "USD") -> Decimal:
    """``percent`` of the total, rounded as the currency is."""
    return round_money(total * percent / 100, currency)


def split_into_instalments(
    total: Decimal, count: int, currency: str = "USD", *, deposit: Decimal = ZERO
) -> list[Decimal]:
    """``total`` in ``count`` payments, after a deposit that comes first where there is one.

    The first takes the remainder: 1,000.00 in 3 is 333.34 + 333.33 + 333.33 (docs/pricing.md example 7).
    """
    if count < 1:
        raise ValueError("there is at least one instalment")
    if not 0 <= deposit <= total:
        raise ValueError("a deposit is part of the total")
    parts = split_money(total - deposit, [Decimal(1)] * count, currency)
    return [deposit, *parts] if deposit else parts


def check_insurance_rate_and_instalment_count(insurance_rate: Decimal, instalments: int) -> Finding | None:
    """Why a quote cannot be paid in this way."""
    if not 0 <= insurance_rate <= 100:
        message = "An insurer pays 0 to 100 %. Correct it."
        return block("insurance", message, fixed=True, where="insurance_rate")
    if not 1 <= instalments <= MOST_INSTALMENTS:
        message = f"It is paid in 1 to {MOST_INSTALMENTS} parts. Correct it."
        return block("instalments", message, fixed=True, where="instalments")
    return None
