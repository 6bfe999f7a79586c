"""What is paid when, owed, given back and earned. No Django here."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from mesoclinic.core.findings import Finding, block, note, ok
from mesoclinic.core.quantities import ZERO, round_money, split_money


def deposit_of(total: Decimal, percent: Decimal, currency: str = "USD") -> Decimal:
    return round_money(total * percent / 100, currency)


def instalments(
    total: Decimal, count: int, currency: str = "USD", *, deposit: Decimal = ZERO
) -> list[Decimal]:
    """``total`` in ``count`` payments, after a deposit that comes first where there is one.

    The first takes the remainder: 1,000.00 in 3 is 333.34 + 333.33 + 333.33 (pricing.md example 7).
    """
    if count < 1:
        raise ValueError("there is at least one instalment")
    if not 0 <= deposit <= total:
        raise ValueError("a deposit is part of the total")
    parts = split_money(total - deposit, [Decimal(1)] * count, currency)
    return [deposit, *parts] if deposit else parts


class RefundPolicy(StrEnum):
    """The contract names one of the two (pricing.md example 6)."""

    PRO_RATA = "pro_rata"  # A: each session costs its share of the package
    AT_LIST = "at_list"  # B: the sessions used cost their list price


def refund(
    policy: RefundPolicy,
    *,
    paid: Decimal,
    price: Decimal,
    sessions: int,
    used: int,
    list_price: Decimal,
    currency: str = "USD",
) -> Decimal:
    """What goes back for the unused sessions of a package.

    ``price`` is the package's, ``list_price`` one session's; ``paid`` is what came in less what was
    given back before. Never below zero, never above ``paid``.
    """
    if sessions < 1 or not 0 <= used <= sessions:
        raise ValueError("the sessions used are some of the sessions bought")
    if policy is RefundPolicy.PRO_RATA:
        consumed = price * used / sessions
    else:
        consumed = list_price * used
    return min(max(round_money(paid - consumed, currency), ZERO), max(paid, ZERO))


def check_refund(
    amount: Decimal, paid: Decimal, currency: str = "USD"
) -> Finding | None:
    """Why an amount cannot be given back."""
    if amount <= 0:
        message = "A refund is above 0. Type what goes back."
    elif amount > paid:
        message = f"Only {paid} {currency} was paid. Refund that or less."
    else:
        return None
    return block("refund", message, fixed=True, where="amount")


def balance(charges: Iterable[Decimal], payments: Iterable[Decimal]) -> Decimal:
    """What is owed: above zero the patient owes, below zero the clinic does. Refunds are negative."""
    return sum(charges, ZERO) - sum(payments, ZERO)


def balance_finding(owed: Decimal, currency: str = "USD") -> Finding:
    if owed > 0:
        message = f"{owed} {currency} owing. Ask for it at check-in."
        return note("balance:owing", message, where="balance")
    if owed < 0:
        message = f"{-owed} {currency} in credit. Use it, or give it back."
        return note("balance:credit", message, where="balance")
    return ok("balance:paid", "Nothing owing.", where="balance")


@dataclass(frozen=True, slots=True)
class Margin:
    """``percent`` of the net price, to a hundredth; None where the price is nothing."""

    amount: Decimal
    percent: Decimal | None


def margin(net: Decimal, costs: Iterable[Decimal]) -> Margin:
    """What is left of a net price after its costs (pricing.md example 11)."""
    left = net - sum(costs, ZERO)
    if net <= 0:
        return Margin(left, None)
    percent = (left / net * 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return Margin(left, percent)
