"""Taking a payment, giving money back, and voiding a payment: for a plan or an invoice."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import gate, raise_if_found
from mesoclinic.core.locking import lock_row
from mesoclinic.core.quantities import plain_number_text
from mesoclinic.core.reasons import refuse_card_number, refuse_missing_text_or_card_number
from treatments.billing.actions.numbers import take_next_number
from treatments.billing.models import Allowance, Invoice, Payment, QuoteNumber, Receipt
from treatments.billing.queries.documents import first_supported_language
from treatments.billing.queries.invoices import invoice_balance
from treatments.billing.queries.papers import receipt_content_to_print, unsaved_paper
from treatments.billing.queries.payments import (
    last_equal_payment_or_none,
    payments_of_account,
    plan_balance,
    receipt_of_payment_queryset,
)
from treatments.billing.rules.numbers import RECEIPT, paper_number_text
from treatments.billing.rules.payments import (
    AGAIN_MINUTES,
    EarlierPayment,
    check_amount_can_be_refunded,
    check_amount_can_be_taken,
    check_amount_decimals_fit_currency,
    check_not_taken_a_moment_ago,
    check_payment_can_be_voided,
    check_plan_is_agreed,
    check_refund_within_policy,
    check_replaced_payment_is_free,
    check_till_takes_currency,
    check_voided_at_its_own_till,
)
from treatments.plans.actions import lock_plan
from treatments.plans.models import TreatmentPlan


@dataclass(frozen=True, slots=True)
class Account:
    """What money is for: a plan or an invoice, its row locked, and how it stands."""

    plan: TreatmentPlan | None
    invoice: Invoice | None
    patient_id: int
    clinic: Clinic
    currency: str
    owed: Decimal | None  # None: agreed without a price
    paid: Decimal
    refundable: Decimal
    quote_id: int | None = None

    @property
    def payments(self) -> QuerySet[Payment]:
        return payments_of_account(self.plan, self.invoice)


def lock_account(plan: TreatmentPlan | None, invoice: Invoice | None) -> Account:
    """Of the one that is given."""
    if plan is not None:
        return _lock_account_of_plan(plan)
    if invoice is None:
        raise ValueError("money is for a plan or an invoice")
    return _lock_account_of_invoice(invoice)


def _lock_account_of_plan(plan: TreatmentPlan) -> Account:
    plan = lock_plan(plan)
    money = plan_balance(plan)
    owed = None if money.price is None else money.owed
    return Account(
        plan,
        None,
        plan.patient_id,
        plan.clinic,
        money.currency,
        owed,
        money.paid,
        money.refundable,
        money.quote_id,
    )


def _lock_account_of_invoice(invoice: Invoice) -> Account:
    """What was paid beyond what is owed goes back without asking anybody."""
    invoice = lock_row(Invoice, invoice.pk, "clinic")
    money = invoice_balance(invoice)
    back = max(-money.owed, Decimal(0))
    return Account(
        None, invoice, invoice.patient_id, invoice.clinic, money.currency, money.owed, money.paid, back
    )


@transaction.atomic
def take_payment(
    *,
    plan: TreatmentPlan | None = None,
    invoice: Invoice | None = None,
    kind: str = Payment.Kind.PAYMENT,
    method: str,
    amount: Decimal,
    by: User,
    reference: str = "",
    till: Clinic | None = None,
    again: int | None = None,
    replaces: Payment | None = None,
) -> Payment:
    """Money in, for a plan that was agreed or for an invoice. Where there is a price, no more than is owed.

    ``reference`` is the slip's or the transfer's number; a card number is refused. ``till``: the clinic where it
    is taken; else the plan's own. The same amount within minutes is asked about: ``again`` is the payment seen
    before saying that this is another one. ``replaces``: the voided payment that this one stands for.
    """
    refuse_card_number(reference, "reference")
    account = lock_account(plan, invoice)
    if account.plan is not None:
        raise_if_found(check_plan_is_agreed(account.plan.status))
    till = till or account.clinic
    raise_if_found(check_amount_can_be_taken(amount, account.owed, account.currency))
    _refuse_other_currency(account, till)
    since = timezone.now() - timedelta(minutes=AGAIN_MINUTES)
    if replaces is not None:
        raise_if_found(
            check_replaced_payment_is_free(
                is_voided=account.payments.filter(pk=replaces.pk, voided_by__isnull=False).exists(),
                is_replaced=Payment.objects.filter(replaces=replaces).exists(),
            )
        )
    elif earlier := last_equal_payment_or_none(account.payments, amount, since):
        raise_if_found(
            check_not_taken_a_moment_ago(
                EarlierPayment(
                    earlier.pk,
                    earlier.by_name,
                    amount,
                    timezone.localtime(earlier.at, till.zone),
                    earlier.receipt.number,
                ),
                confirmed=again,
                currency=account.currency,
            )
        )
    payment = _write_payment(
        account,
        kind=Payment.Kind(kind),
        method=method,
        amount=amount,
        by=by,
        reference=reference.strip(),
        replaces=replaces,
    )
    return _write_receipt_and_audit(payment, till, "payment.taken")


def book_deposit_by_link(account: Account, amount: Decimal) -> Payment:
    """What the patient paid at the provider: nobody took it. ``account`` is locked, and the amount was asked for."""
    payment = _write_payment(
        account, kind=Payment.Kind.DEPOSIT, method=Payment.Method.ONLINE, amount=amount, by=None
    )
    return _write_receipt_and_audit(payment, account.clinic, "payment.taken")


@transaction.atomic
def give_refund(
    *,
    plan: TreatmentPlan | None = None,
    invoice: Invoice | None = None,
    amount: Decimal,
    method: str,
    reason: str,
    by: User,
    agreed_by: str = "",
    till: Clinic | None = None,
    goodwill: bool = False,
) -> Payment:
    """Money back, never more than was paid. ``amount`` is above zero; the book shows it below.

    More than the contract's policy gives (docs/pricing.md example 6) waits for ``agreed_by``: who agreed to it.
    ``goodwill``: a courtesy, by whom ``agreed_by`` says; what the patient owes is no more for it.
    """
    account = lock_account(plan, invoice)
    till = till or account.clinic
    refuse_missing_text_or_card_number(reason, "reason", "Write why money goes back.")
    refuse_card_number(agreed_by, "agreed_by")
    raise_if_found(check_amount_can_be_refunded(amount, account.paid, account.currency))
    raise_if_found(check_amount_decimals_fit_currency(amount, account.currency))
    _refuse_other_currency(account, till)
    limit = Decimal(0) if goodwill else account.refundable
    found = check_refund_within_policy(amount, limit, account.currency, goodwill=goodwill)
    passed = gate([found] if found else [], {"refund:above-policy": agreed_by})
    words = [reason.strip(), *(f"Agreed by {each.reason}" for each in passed)]
    payment = _write_payment(
        account,
        kind=Payment.Kind.REFUND,
        method=method,
        amount=-amount,
        by=by,
        reason=". ".join(words)[:200],
    )
    _write_receipt_and_audit(payment, till, "payment.refunded", policy=plain_number_text(account.refundable))
    if goodwill:
        Allowance.objects.create(
            clinic=till,
            plan=account.plan,
            invoice=account.invoice,
            kind=Allowance.Kind.GOODWILL,
            amount=amount,
            currency=account.currency,
            reason=payment.reason,
            payment=payment,
            by=by,
        )
        audit.record(
            by=by,
            did="payment.goodwill",
            about=payment,
            patient_id=account.patient_id,
            amount=plain_number_text(amount),
        )
    return payment


@transaction.atomic
def void_payment(
    *,
    payment: Payment,
    reason: str,
    by: User,
    till: Clinic | None = None,
    replaced_by: Payment | None = None,
) -> Payment:
    """Undo a mistake with its opposite; both rows stay. Once, at its own till, and not where the money has gone back.

    ``replaced_by``: the right payment, where it was entered already.
    """
    account = lock_account(payment.plan, payment.invoice)
    refuse_missing_text_or_card_number(reason, "reason", "Write what was wrong.")
    receipt = Receipt.objects.select_related("clinic").get(payment=payment)
    raise_if_found(
        check_voided_at_its_own_till(
            is_own=till is None or till == receipt.clinic, number=receipt.number, taken_at=receipt.clinic.name
        )
    )
    raise_if_found(
        check_payment_can_be_voided(
            is_void=payment.undoes_another_payment,
            was_voided=Payment.objects.filter(voids=payment).exists(),
            paid_after=account.paid - payment.amount,
        )
    )
    if replaced_by is not None and not _is_other_counted_payment(replaced_by, payment, account):
        replaced_by = None
    void = _write_payment(
        account,
        kind=Payment.Kind.VOID,
        method=payment.method,
        amount=-payment.amount,
        by=by,
        voids=payment,
        replaced_by=replaced_by,
        reason=reason.strip(),
    )
    return _write_receipt_and_audit(void, receipt.clinic, "payment.voided")


def _is_other_counted_payment(other: Payment, payment: Payment, account: Account) -> bool:
    """Whether ``other`` is another payment of the same account that counts."""
    counted = account.payments.filter(pk=other.pk, voided_by=None).exclude(kind=Payment.Kind.VOID)
    return other.pk != payment.pk and counted.exists()


def _refuse_other_currency(account: Account, till: Clinic) -> None:
    """A till holds its own clinic's money."""
    if till != account.clinic:
        raise_if_found(
            check_till_takes_currency(
                account.currency, till.currency, till=till.name, clinic=account.clinic.name
            )
        )


def _write_payment(account: Account, *, kind: str, method: str, **fields: object) -> Payment:
    return Payment.objects.create(
        plan=account.plan,
        invoice=account.invoice,
        patient_id=account.patient_id,
        quote_id=account.quote_id,
        currency=account.currency,
        kind=kind,
        method=Payment.Method(method),
        **fields,
    )


def _write_receipt_and_audit(payment: Payment, till: Clinic, did: str, **data: str) -> Payment:
    """The payment gets its numbered receipt at the till, its paper, and its row in the audit log."""
    year = timezone.localdate(timezone=till.zone).year
    count = take_next_number(till, QuoteNumber.Series.RECEIPT, year)
    Receipt.objects.create(clinic=till, payment=payment, number=paper_number_text(RECEIPT, year, count))
    receipt = receipt_of_payment_queryset(payment.pk).get()
    language = first_supported_language(receipt.payment.patient.language, till.language)
    paper = unsaved_paper(receipt_content_to_print(receipt, language), receipt=receipt)
    paper.save()
    audit.record(
        by=payment.by,
        did=did,
        about=payment,
        patient_id=payment.patient_id,
        amount=plain_number_text(payment.amount),
        currency=payment.currency,
        method=payment.method,
        **data,
    )
    return payment
