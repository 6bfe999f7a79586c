"""Money in, money back, mistakes voided, and the day closed. Every row of the book has its receipt."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, Refused, block, gate
from mesoclinic.core.quantities import currency_digits, plain
from treatments.plans import queries
from treatments.plans.actions.drafts import must, needs, no_card, stop
from treatments.plans.actions.numbers import hold_series, next_number
from treatments.plans.models import (
    AGREED_PLANS,
    DayClose,
    DayCount,
    Payment,
    PlanSettings,
    QuoteNumber,
    Receipt,
    TreatmentPlan,
)
from treatments.plans.queries import money as books
from treatments.plans.rules import ABSURD_UNIT, Counted, check_refund, close_findings, refund_policy_finding


def locked_plan(plan: TreatmentPlan) -> TreatmentPlan:
    return (
        TreatmentPlan.objects.select_for_update(of=("self",))
        .select_related("clinic", "protocol")
        .get(pk=plan.pk)
    )


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
    money = queries.plan_balance(plan)
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


def _check_amount(amount: Decimal, money: queries.Balance) -> Finding | None:
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
    money = queries.plan_balance(plan)
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
    if queries.plan_balance(plan).paid - payment.amount < 0:
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
    Receipt.objects.create(clinic=clinic, payment=payment, number=books.receipt_number(year, count))
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


# --- the day -----------------------------------------------------------------


@transaction.atomic
def close_day(
    *, clinic: Clinic, counted: Mapping[str, Decimal], note: str, seen_to: int, by: User
) -> DayClose:
    """Count the till: everything since the last close, by method; a difference says why.

    ``seen_to`` is the last receipt (its id, 0 for none) that the person saw while counting: money that
    came in since is not counted blind. One close a day; what comes after it belongs to the next.
    """
    no_card(note, "note")
    today = timezone.localdate(timezone=clinic.zone)
    hold_series(clinic, QuoteNumber.Series.RECEIPT, today.year)
    closed = DayClose.objects.filter(clinic=clinic, day=today).select_related("by")
    if found := closed.first():
        at = timezone.localtime(found.at, clinic.zone)
        message = (
            f"{found.by.short_name} closed this day at {at:%H:%M}. "
            "What comes in now belongs to the next close."
        )
        raise stop("close:again", message, "note")
    till = books.till_of(clinic, settings=PlanSettings.of(clinic))
    if till.last_receipt_id != (seen_to or None):
        message = "Money came in or went out while you counted. Look at the new figures and count again."
        raise stop("close:moved", message, "note")
    missing = [method for method in till.expected if method not in counted]
    if missing:
        raise stop("close:missing", "Count every method, 0 where there is none.", missing[0])
    rows = [Counted(method, expected, counted[method]) for method, expected in till.expected.items()]
    if findings := close_findings(rows, note, clinic.currency):
        raise Refused(*findings)
    close = DayClose.objects.create(
        clinic=clinic,
        day=today,
        currency=clinic.currency,
        first_receipt_id=till.first_receipt_id,
        last_receipt_id=till.last_receipt_id,
        receipts=till.count,
        note=note.strip(),
        by=by,
    )
    DayCount.objects.bulk_create(
        DayCount(
            close=close,
            method=row.method,
            expected=row.expected,
            counted=row.counted,
            difference=row.difference,
        )
        for row in rows
    )
    audit.record(
        by=by,
        did="day.closed",
        about=close,
        receipts=till.count,
        differences={row.method: plain(row.difference) for row in rows if row.difference},
    )
    return close


@transaction.atomic
def note_export(*, clinic: Clinic, first: str, last: str, by: User) -> None:
    """Who took the book out, and of which days."""
    audit.record(by=by, did="book.exported", about=clinic, first=first, last=last)
