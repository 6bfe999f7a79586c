"""Taking a payment, giving money back, and voiding a payment."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, block, gate, must, stop
from mesoclinic.core.quantities import currency_digits, plain
from mesoclinic.core.reasons import needs, no_card
from treatments.billing.actions.numbers import next_number
from treatments.billing.models import Payment, QuoteNumber, Receipt
from treatments.billing.queries.payments import Balance, plan_balance, receipt_number
from treatments.billing.rules.payments import check_refund, refund_policy_finding
from treatments.billing.rules.quotes import ABSURD_UNIT
from treatments.plans.actions import locked_plan
from treatments.plans.models import AGREED_PLANS, TreatmentPlan


@transaction.atomic
def take_payment(
    *, plan: TreatmentPlan, kind: str, method: str, amount: Decimal, by: User, reference: str = ""
) -> Payment:
    """Money in, for a plan that was agreed. Where a quote says the price, no more than is owed.

    ``reference`` is the slip's or the transfer's number; a card number is refused.
    """
    no_card(reference, "reference")
    plan = locked_plan(plan)
    if plan.status not in AGREED_PLANS:
        message = "Nothing is agreed yet. Let the patient accept a quote first."
        raise stop("payment:not-agreed", message, "amount")
    money = plan_balance(plan)
    must(_check_amount(amount, money))
    payment = Payment.objects.create(
        plan=plan,
        quote_id=money.quote_id,
        kind=Payment.Kind(kind),
        method=Payment.Method(method),
        amount=amount,
        currency=money.currency,
        reference=reference.strip(),
        by=by,
    )
    return _booked(payment, "payment.taken")


def _check_amount(amount: Decimal, money: Balance) -> Finding | None:
    if not 0 < amount <= ABSURD_UNIT:
        message = f"A payment is above 0, up to {ABSURD_UNIT}. Type what came in."
    elif money.price is not None and amount > money.owed:
        owed = max(money.owed, Decimal(0))
        message = f"Only {plain(owed)} {money.currency} is owing. Take that or less."
    else:
        return _check_decimals(amount, money.currency)
    return block("payment:amount", message, fixed=True, where="amount")


def _check_decimals(amount: Decimal, currency: str) -> Finding | None:
    digits = currency_digits(currency)
    if amount == round(amount, digits):
        return None
    message = f"{currency} has {digits} decimals. Type the amount with no more."
    return block("payment:decimals", message, fixed=True, where="amount")


@transaction.atomic
def refund(
    *, plan: TreatmentPlan, amount: Decimal, method: str, reason: str, by: User, agreed_by: str = ""
) -> Payment:
    """Money back, never more than was paid. ``amount`` is above zero; the book shows it below.

    More than the contract's policy gives (pricing.md example 6) waits for ``agreed_by``: who agreed to it.
    """
    plan = locked_plan(plan)
    needs(reason, "reason", "Write why money goes back.")
    no_card(agreed_by, "agreed_by")
    money = plan_balance(plan)
    must(check_refund(amount, money.paid, money.currency))
    must(_check_decimals(amount, money.currency))
    found = refund_policy_finding(amount, money.refundable, money.currency)
    passed = gate([found] if found else [], {"refund:above-policy": agreed_by})
    words = [reason.strip(), *(f"Agreed by {each.reason}" for each in passed)]
    payment = Payment.objects.create(
        plan=plan,
        quote_id=money.quote_id,
        kind=Payment.Kind.REFUND,
        method=Payment.Method(method),
        amount=-amount,
        currency=money.currency,
        reason=". ".join(words)[:200],
        by=by,
    )
    return _booked(payment, "payment.refunded", policy=plain(money.refundable))


@transaction.atomic
def void_payment(*, payment: Payment, reason: str, by: User) -> Payment:
    """Undo a mistake with its opposite; both rows stay. Once, and not where the money has gone back since."""
    plan = locked_plan(payment.plan)
    needs(reason, "reason", "Write what was wrong.")
    if payment.kind == Payment.Kind.VOID:
        raise stop("void:void", "A void is not voided. Enter the payment again.")
    if Payment.objects.filter(voids=payment).exists():
        raise stop("void:again", "This payment was voided already.")
    if plan_balance(plan).paid - payment.amount < 0:
        message = "This money was given back already. Void the refund first."
        raise stop("void:refunded", message)
    void = Payment.objects.create(
        plan=plan,
        quote_id=payment.quote_id,
        kind=Payment.Kind.VOID,
        method=payment.method,
        amount=-payment.amount,
        currency=payment.currency,
        voids=payment,
        reason=reason.strip(),
        by=by,
    )
    return _booked(void, "payment.voided")


def _booked(payment: Payment, did: str, **data: str) -> Payment:
    clinic = payment.plan.clinic
    year = timezone.localdate(timezone=clinic.zone).year
    count = next_number(clinic, QuoteNumber.Series.RECEIPT, year)
    Receipt.objects.create(clinic=clinic, payment=payment, number=receipt_number(year, count))
    audit.record(
        by=payment.by,
        did=did,
        about=payment,
        patient_id=payment.plan.patient_id,
        amount=plain(payment.amount),
        currency=payment.currency,
        method=payment.method,
        **data,
    )
    return payment
