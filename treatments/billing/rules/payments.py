"""Refunds, packages, balances and margins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from mesoclinic.core.findings import Finding, block, note, ok, warn
from mesoclinic.core.money import money_text
from mesoclinic.core.quantities import ZERO, currency_digits, round_money
from treatments.billing.rules.quotes import ABSURD_UNIT
from treatments.plans.rules import AGREED_PLANS


class RefundPolicy(StrEnum):
    """The contract names one of the two (docs/pricing.md example 6)."""

    PRO_RATA = "pro_rata"  # A: each session costs its share of the package
    AT_LIST = "at_list"  # B: the sessions used cost their list price


def refund_for_unused_sessions(
    policy: RefundPolicy,
    *,
    paid: Decimal,
    price: Decimal,
    sessions: int,
    used: int,
    list_price: Decimal,
    currency: str = "USD",
    extras: Decimal = ZERO,
    share: Decimal = Decimal(1),
) -> Decimal:
    """What goes back for the unused sessions of a package.

    ``price`` is the package's, ``list_price`` one session's; ``paid`` is what came in less what was
    given back before; ``extras`` and ``share`` as in :func:`package_cost_when_ended_early`. Never below
    zero, never above ``paid``.
    """
    cost = package_cost_when_ended_early(
        policy,
        price=price,
        sessions=sessions,
        used=used,
        list_price=list_price,
        currency=currency,
        extras=extras,
        share=share,
    )
    return min(max(round_money(paid - cost, currency), ZERO), max(paid, ZERO))


def _cost_of_used_sessions(
    policy: RefundPolicy, price: Decimal, sessions: int, used: int, list_price: Decimal
) -> Decimal:
    """By the refund policy, before extras and the patient's share."""
    if sessions < 1 or not 0 <= used <= sessions:
        raise ValueError("the sessions used are some of the sessions bought")
    if policy is RefundPolicy.PRO_RATA:
        return price * used / sessions
    return list_price * used


def package_cost_when_ended_early(
    policy: RefundPolicy,
    *,
    price: Decimal,
    sessions: int,
    used: int,
    list_price: Decimal,
    currency: str = "USD",
    extras: Decimal = ZERO,
    share: Decimal = Decimal(1),
) -> Decimal:
    """What a package that ends early costs: its used sessions by the contract, never more than it all.

    ``extras`` (a consultation) were given and are paid in full; ``share`` is the patient's part of the
    price, 1 where no insurer pays.
    """
    consumed = min(_cost_of_used_sessions(policy, price, sessions, used, list_price), price)
    return round_money((consumed + extras) * share, currency)


@dataclass(frozen=True, slots=True)
class Package:
    """Sessions ``bought``, ``used`` (signed) and so many paid for."""

    bought: int
    used: int
    paid_for: int

    @property
    def sessions_left(self) -> int:
        return max(self.bought - self.used, 0)

    @property
    def sessions_paid_not_used(self) -> int:
        return max(self.paid_for - self.used, 0)


def sessions_bought_used_and_paid(bought: int, used: int, *, paid: Decimal, price: Decimal) -> Package:
    """How many sessions are bought, used and paid for: whole ones, of a price spread evenly over them."""
    if bought < 1:
        raise ValueError("a package has sessions")
    paid_for = bought if paid >= price else int(max(paid, ZERO) * bought / price)
    return Package(bought, used, paid_for)


def check_refund_within_policy(
    amount: Decimal, by_policy: Decimal, currency: str = "USD", *, goodwill: bool = False
) -> Finding | None:
    """Says that more goes back than the contract gives: somebody has to have agreed to it."""
    if amount <= by_policy:
        return None
    message = (
        "Goodwill is given by somebody. Say who agreed to it."
        if goodwill
        else f"The contract gives {money_text(by_policy, currency)} back. Refund that or less, or say who agreed to more."
    )
    return warn("refund:above-policy", message, where="amount")


#: Within so many minutes the same amount again is more likely typed twice than paid twice.
AGAIN_MINUTES = 10


@dataclass(frozen=True, slots=True)
class EarlierPayment:
    """A payment of the same amount that was just taken; ``at`` by the till's clock."""

    pk: int
    by: str
    amount: Decimal
    at: datetime
    receipt: str


def check_not_taken_a_moment_ago(
    earlier: EarlierPayment, *, confirmed: int | None, currency: str
) -> Finding | None:
    """Asks whether the same amount really came in twice. ``confirmed``: the earlier payment (its id) that somebody saw."""
    if confirmed == earlier.pk:
        return None
    message = (
        f"{earlier.by} took {money_text(earlier.amount, currency)} a moment ago "
        f"({earlier.at:%H:%M}, {earlier.receipt}). Take it again?"
    )
    return warn(f"payment:again:{earlier.pk}", message, where="again")


def check_till_takes_currency(currency: str, of_till: str, *, till: str, clinic: str) -> Finding | None:
    """Why money for another clinic's plan is not taken or given here: it is not the till's money."""
    if currency == of_till:
        return None
    message = f"{clinic} is paid in {currency}; the till of {till} holds {of_till}. Take it at {clinic}."
    return block("payment:currency", message, fixed=True, where="amount")


def check_voided_at_its_own_till(*, is_own: bool, number: str, taken_at: str) -> Finding | None:
    """Why a payment is not voided here: it is in another till."""
    if is_own:
        return None
    return block("void:till", f"{number} is in the till of {taken_at}. It is voided there.", fixed=True)


def check_replaced_payment_is_free(*, is_voided: bool, is_replaced: bool) -> Finding | None:
    """Why a payment does not stand for the one it names."""
    if not is_voided:
        message = "Only a payment of this account that was made void is replaced. Leave it empty."
    elif is_replaced:
        message = "Another payment stands for it already. Leave it empty."
    else:
        return None
    return block("payment:replaces", message, fixed=True, where="replaces")


def check_plan_is_agreed(plan_status: str) -> Finding | None:
    """Why no money is taken for a plan yet: nobody agreed to it."""
    if plan_status in AGREED_PLANS:
        return None
    message = "Nothing is agreed yet. Let the patient accept a quote first."
    return block("payment:not-agreed", message, fixed=True, where="amount")


def check_amount_can_be_taken(amount: Decimal, owed: Decimal | None, currency: str) -> Finding | None:
    """Why an amount cannot be taken. ``owed`` None: agreed without a price, so any amount may come in."""
    if not 0 < amount <= ABSURD_UNIT:
        message = (
            f"A payment is above 0, up to {money_text(ABSURD_UNIT, currency, short=True)}. Type what came in."
        )
    elif owed is not None and amount > owed:
        message = f"Only {money_text(max(owed, ZERO), currency)} is owing. Take that or less."
    else:
        return check_amount_decimals_fit_currency(amount, currency)
    return block("payment:amount", message, fixed=True, where="amount")


def check_amount_decimals_fit_currency(amount: Decimal, currency: str) -> Finding | None:
    """Says that an amount has more decimals than its currency."""
    digits = currency_digits(currency)
    if amount == round(amount, digits):
        return None
    message = f"{currency} has {digits} decimals. Type the amount with no more."
    return block("payment:decimals", message, fixed=True, where="amount")


def check_payment_can_be_voided(*, is_void: bool, was_voided: bool, paid_after: Decimal) -> Finding | None:
    """Why a payment cannot be voided. ``paid_after``: what would be left of what was paid for its plan."""
    if is_void:
        return block("void:void", "A void is not voided. Enter the payment again.", fixed=True)
    if was_voided:
        return block("void:again", "This payment was voided already.", fixed=True)
    if paid_after < 0:
        message = "This money was given back already. Void the refund first."
        return block("void:refunded", message, fixed=True)
    return None


def check_amount_can_be_refunded(amount: Decimal, paid: Decimal, currency: str = "USD") -> Finding | None:
    """Why an amount cannot be given back."""
    if amount <= 0:
        message = "A refund is above 0. Type what goes back."
    elif amount > paid:
        message = f"Only {money_text(paid, currency)} was paid. Refund that or less."
    else:
        return None
    return block("refund", message, fixed=True, where="amount")


def amount_owed(charges: Iterable[Decimal], payments: Iterable[Decimal]) -> Decimal:
    """What is owed: above zero the patient owes, below zero the clinic does. Refunds are negative."""
    return sum(charges, ZERO) - sum(payments, ZERO)


def owed_after_allowances(
    charged: Decimal, *, paid: Decimal, goodwill: Decimal = ZERO, written_off: Decimal = ZERO
) -> Decimal:
    """What is owed: above zero the patient owes, below zero the clinic does.

    Goodwill was paid back, so it lowers both what came in and what is asked for. What is written off is never
    asked for, and never paid out.
    """
    owed = amount_owed([max(charged - goodwill, ZERO)], [paid])
    return max(owed - written_off, ZERO) if owed > 0 else owed


def amount_owed_finding(owed: Decimal, currency: str = "USD") -> Finding:
    if owed > 0:
        message = f"{money_text(owed, currency)} owing. Ask for it at check-in."
        return note("balance:owing", message, where="balance")
    if owed < 0:
        message = f"{money_text(-owed, currency)} in credit. Use it, or give it back."
        return note("balance:credit", message, where="balance")
    return ok("balance:paid", "Nothing owing.", where="balance")


@dataclass(frozen=True, slots=True)
class Margin:
    """``percent`` of the net price, to a hundredth; None where the price is nothing."""

    amount: Decimal
    percent: Decimal | None


def margin_after_costs(net: Decimal, costs: Iterable[Decimal]) -> Margin:
    """What is left of a net price after its costs (docs/pricing.md example 11)."""
    left = net - sum(costs, ZERO)
    if net <= 0:
        return Margin(left, None)
    percent = (left / net * 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return Margin(left, percent)


REFUND_TEXT = {
    "pro_rata": "Stopped early, unused sessions go back in proportion to the price paid.",
    "at_list": "Stopped early, used sessions count at list price and the rest goes back.",
}
