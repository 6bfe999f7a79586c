"""Taking a payment, giving money back, and voiding a payment."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import gate, raise_if_found
from mesoclinic.core.quantities import plain
from mesoclinic.core.reasons import refuse_card_number, refuse_missing_text_or_card_number
from treatments.billing.actions.numbers import take_next_number
from treatments.billing.models import Payment, QuoteNumber, Receipt
from treatments.billing.queries.payments import plan_balance, receipt_number_text
from treatments.billing.rules.payments import (
    check_amount_can_be_refunded,
    check_amount_can_be_taken,
    check_amount_decimals,
    check_payment_can_be_voided,
    check_plan_is_agreed,
    check_refund_within_policy,
)
from treatments.plans.actions import lock_plan
from treatments.plans.models import TreatmentPlan


@transaction.atomic
def take_payment(
    *, plan: TreatmentPlan, kind: str, method: str, amount: Decimal, by: User, reference: str = ""
) -> Payment:
    """Money in, for a plan that was agreed. Where a quote says the price, no more than is owed.

    ``reference`` is the slip's or the transfer's number; a card number is refused.
    """
    refuse_card_number(reference, "reference")
    plan = lock_plan(plan)
    raise_if_found(check_plan_is_agreed(plan.status))
    money = plan_balance(plan)
    owed = None if money.price is None else money.owed
    raise_if_found(check_amount_can_be_taken(amount, owed, money.currency))
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
    return _write_receipt_and_audit(payment, "payment.taken")


@transaction.atomic
def give_refund(
    *, plan: TreatmentPlan, amount: Decimal, method: str, reason: str, by: User, agreed_by: str = ""
) -> Payment:
    """Money back, never more than was paid. ``amount`` is above zero; the book shows it below.

    More than the contract's policy gives (docs/pricing.md example 6) waits for ``agreed_by``: who agreed to it.
    """
    plan = lock_plan(plan)
    refuse_missing_text_or_card_number(reason, "reason", "Write why money goes back.")
    refuse_card_number(agreed_by, "agreed_by")
    money = plan_balance(plan)
    raise_if_found(check_amount_can_be_refunded(amount, money.paid, money.currency))
    raise_if_found(check_amount_decimals(amount, money.currency))
    found = check_refund_within_policy(amount, money.refundable, money.currency)
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
    return _write_receipt_and_audit(payment, "payment.refunded", policy=plain(money.refundable))


@transaction.atomic
def void_payment(*, payment: Payment, reason: str, by: User) -> Payment:
    """Undo a mistake with its opposite; both rows stay. Once, and not where the money has gone back since."""
    plan = lock_plan(payment.plan)
    refuse_missing_text_or_card_number(reason, "reason", "Write what was wrong.")
    raise_if_found(
        check_payment_can_be_voided(
            is_void=payment.undoes_another_payment,
            was_voided=Payment.objects.filter(voids=payment).exists(),
            paid_after=plan_balance(plan).paid - payment.amount,
        )
    )
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
    return _write_receipt_and_audit(void, "payment.voided")


def _write_receipt_and_audit(payment: Payment, did: str, **data: str) -> Payment:
    """The payment gets its numbered receipt and its row in the audit log."""
    clinic = payment.plan.clinic
    year = timezone.localdate(timezone=clinic.zone).year
    count = take_next_number(clinic, QuoteNumber.Series.RECEIPT, year)
    Receipt.objects.create(clinic=clinic, payment=payment, number=receipt_number_text(year, count))
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
