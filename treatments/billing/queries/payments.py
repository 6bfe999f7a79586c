"""What is asked of the book: the till since its last close, receipts, closed days, the bookkeeper's rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from mesoclinic.core.paging import batches_by_key
from mesoclinic.core.quantities import ZERO
from treatments.billing.models import (
    Allowance,
    DayClose,
    DayCount,
    Invoice,
    Payment,
    PlanSettings,
    Quote,
    QuoteOption,
    Receipt,
)
from treatments.billing.queries.sums import sum_or_zero_subquery
from treatments.billing.rules.day_close import expected_in_till_by_method
from treatments.billing.rules.payments import (
    Package,
    RefundPolicy,
    owed_after_allowances,
    package_cost_when_ended_early,
    refund_for_unused_sessions,
    sessions_bought_used_and_paid,
)
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import count_signed_sessions
from treatments.plans.rules import AGREED_PLANS, PlanStatus

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


@dataclass(frozen=True)
class Till:
    """Since the last close: what each method should hold, over which receipts."""

    expected: Mapping[str, Decimal]
    moved: Mapping[str, Decimal]
    count: int
    first_receipt_id: int | None
    last_receipt_id: int | None


def till_since_last_close(clinic: Clinic, *, settings: PlanSettings) -> Till:
    """Two queries, whatever came in. Only money in the clinic's own currency is in its till."""
    closed = DayClose.objects.filter(clinic=clinic).order_by("-pk").aggregate(last=Max("last_receipt"))
    receipts = Receipt.objects.filter(
        clinic=clinic, pk__gt=closed["last"] or 0, payment__currency=clinic.currency
    )
    moved, count, first, last = {}, 0, None, None
    rows = (
        receipts.order_by()
        .values_list("payment__method")
        .annotate(sum=Sum("payment__amount"), count=Count("pk"), first=Min("pk"), last=Max("pk"))
    )
    for method, amount, number, lowest, highest in rows:
        moved[method] = amount
        count += number
        first = min(first or lowest, lowest)
        last = max(last or highest, highest)
    # What comes by link stands in the till's count only where some came.
    methods = [
        method.value for method in Payment.Method if method != Payment.Method.ONLINE or method in moved
    ]
    expected = expected_in_till_by_method(moved, methods, cash_float=settings.cash_float)
    return Till(expected, moved, count, first, last)


def day_closes_of_clinic(clinic: Clinic) -> QuerySet[DayClose]:
    """The last first, with their ``rows``."""
    return (
        DayClose.objects.filter(clinic=clinic)
        .select_related("by")
        .prefetch_related(Prefetch("counts", DayCount.objects.order_by("pk"), to_attr="rows"))
        .order_by("-pk")
    )


class StoodColumns(TypedDict):
    """What :func:`receipt_of_payment_queryset` adds to a receipt: how its plan or invoice stood then."""

    paid_then: Decimal
    agreed: Decimal | None


def receipt_of_payment_queryset(pk: int) -> "QuerySet[WithAnnotations[Receipt, StoodColumns]]":
    """A payment's receipt with everything its paper says: one query."""
    before = Payment.objects.filter(pk__lte=OuterRef("payment")).order_by()
    of_plan = before.filter(plan=OuterRef("payment__plan")).values("plan")
    of_invoice = before.filter(invoice=OuterRef("payment__invoice")).values("invoice")
    agreed = Quote.objects.filter(plan=OuterRef("payment__plan"), status=QuoteStatus.ACCEPTED).order_by("-pk")
    part = F("chosen_option__total") - F("chosen_option__insurer")
    return (
        Receipt.objects.filter(payment=pk)
        .annotate(
            paid_then=Coalesce(
                Subquery(of_plan.annotate(sum=Sum("amount")).values("sum")),
                Subquery(of_invoice.annotate(sum=Sum("amount")).values("sum")),
            ),
            agreed=Coalesce(Subquery(agreed.values(part=part)[:1]), "payment__invoice__total"),
        )
        .select_related(
            "clinic__plan_settings",
            "paper",
            "payment__patient",
            "payment__plan__clinic",
            "payment__invoice",
            "payment__quote",
            "payment__voids__receipt",
            "payment__by",
        )
    )


#: The columns of the bookkeeper's file. Record numbers, not names: a bookkeeper needs no patient.
BOOK_COLUMNS = (
    "receipt",
    "date",
    "time",
    "kind",
    "method",
    "amount",
    "currency",
    "quote",
    "record number",
    "voids receipt",
    "reason",
    "reference",
    "by",
    "closed on",
    "invoice",
)


def receipts_of_book(clinic: Clinic, first: date, last: date) -> QuerySet[Receipt]:
    """Every receipt of these days, which are the clinic's own."""
    start = datetime.combine(first, time(), clinic.zone)
    end = datetime.combine(last + timedelta(days=1), time(), clinic.zone)
    return Receipt.objects.filter(clinic=clinic, at__gte=start, at__lt=end)


def batches_of_book_cells(clinic: Clinic, first: date, last: date) -> Iterator[Iterator[list[str | Decimal]]]:
    """The receipts of the book in their order, as the cells of ``BOOK_COLUMNS``: two queries a batch."""
    receipts = receipts_of_book(clinic, first, last).select_related(
        "payment__patient", "payment__quote", "payment__invoice", "payment__voids__receipt", "payment__by"
    )
    for batch in batches_by_key(receipts, ["pk"]):
        yield _book_cells_of_receipts(clinic, batch)


def _book_cells_of_receipts(clinic: Clinic, receipts: Sequence[Receipt]) -> Iterator[list[str | Decimal]]:
    # The closes that these receipts can belong to: the first that ends at or after the first of them, and those after.
    closes = list(
        DayClose.objects.filter(clinic=clinic, last_receipt__gte=receipts[0].pk)
        .order_by("last_receipt", "pk")
        .distinct("last_receipt")
        .values_list("last_receipt", "day")[: len(receipts) + 1]
    )
    for receipt in receipts:
        payment, at = receipt.payment, receipt.at.astimezone(clinic.zone)
        while closes and closes[0][0] < receipt.pk:
            closes.pop(0)
        voided = payment.voids and getattr(payment.voids, "receipt", None)
        yield [
            receipt.number,
            at.date().isoformat(),
            f"{at:%H:%M}",
            payment.kind,
            payment.method,
            payment.amount,
            payment.currency,
            payment.quote.number if payment.quote else "",
            payment.patient.record_number,
            voided.number if voided else "",
            payment.reason,
            payment.reference,
            payment.by_name,
            closes[0][1].isoformat() if closes else "",
            payment.invoice.number if payment.invoice else "",
        ]


class RefundTerms(TypedDict):
    """What ``refund_for_unused_sessions`` and ``package_cost_when_ended_early`` take beside the policy."""

    price: Decimal
    sessions: int
    used: int
    list_price: Decimal
    currency: str
    extras: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class Balance:
    """``price`` None: agreed without a quote, so nothing is owed. ``owed`` below zero: in credit.

    ``price`` is the patient's part. ``refundable`` is what the contract's policy gives back now.
    """

    currency: str
    price: Decimal | None
    paid: Decimal
    owed: Decimal
    refundable: Decimal
    package: Package
    quote_id: int | None = None
    policy: RefundPolicy = RefundPolicy.PRO_RATA
    goodwill: Decimal = ZERO
    written_off: Decimal = ZERO

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed any more."""
        return self.owed <= 0

    @property
    def is_in_credit(self) -> bool:
        return self.owed < 0

    @property
    def can_be_refunded(self) -> bool:
        return self.paid > 0


class MoneyColumns(TypedDict):
    """What :func:`plans_with_price_and_paid` adds to a plan."""

    price: Decimal | None
    paid: Decimal


def plans_with_price_and_paid(
    plans: QuerySet[TreatmentPlan],
) -> "QuerySet[WithAnnotations[TreatmentPlan, MoneyColumns]]":
    """Adds ``price`` (the patient's part of the accepted option, less what was written off or given as goodwill;
    None without a quote) and ``paid``."""
    accepted = Quote.objects.filter(plan=OuterRef("pk"), status=QuoteStatus.ACCEPTED).order_by("-pk")
    part = F("chosen_option__total") - F("chosen_option__insurer")
    return plans.annotate(
        price=Subquery(accepted.values(part=part)[:1]) - allowances_of_plan_subquery("pk"),
        paid=sum_or_zero_subquery(Payment.objects.all(), of="plan"),
    )


def standing_allowances() -> QuerySet[Allowance]:
    """Those that count: goodwill ends where its refund was voided."""
    return Allowance.objects.filter(payment__voided_by=None)


def allowances_of_plan_subquery(plan: str) -> Coalesce:
    """What was written off or given as goodwill for the plan of this outer column."""
    return sum_or_zero_subquery(standing_allowances(), of="plan", outer=plan)


def goodwill_and_write_off_totals(allowances: QuerySet[Allowance]) -> tuple[Decimal, Decimal]:
    """(goodwill, written off) of these. One query."""
    sums = allowances.aggregate(
        goodwill=Sum("amount", filter=Q(kind=Allowance.Kind.GOODWILL)),
        written_off=Sum("amount", filter=Q(kind=Allowance.Kind.WRITE_OFF)),
    )
    return sums["goodwill"] or ZERO, sums["written_off"] or ZERO


def plan_balance(plan: TreatmentPlan, *, signed_sessions: int | None = None) -> Balance:
    """What was agreed for a plan, paid and owed. Four queries, three where nothing was accepted.

    A stopped course costs what the contract's refund policy says of the sessions signed; ``signed_sessions``: where
    they are counted already.
    """
    paid, goodwill, written_off = _paid_and_allowed(plan)
    done = count_signed_sessions(plan) if signed_sessions is None else signed_sessions
    quote = _accepted_quote_or_none(plan)
    if quote is None or quote.chosen_option is None:
        money = max(paid, ZERO)
        return Balance(plan.clinic.currency, None, paid, ZERO, money, Package(plan.sessions_planned, done, 0))
    plan = quote.plan  # as it stands now: accepting changes the number of sessions
    planned = plan.sessions_planned
    option, currency, policy = quote.chosen_option, quote.currency, RefundPolicy(quote.refund_policy)
    price = option.patient_total
    terms = _refund_terms_of_option(option, sessions=planned, used=min(done, planned), currency=currency)
    charged = price
    if plan.status == PlanStatus.STOPPED:
        charged = min(package_cost_when_ended_early(policy, **terms), price)
    return Balance(
        currency=currency,
        price=price,
        paid=paid,
        owed=owed_after_allowances(charged, paid=paid, goodwill=goodwill, written_off=written_off),
        refundable=min(refund_for_unused_sessions(policy, paid=paid + goodwill, **terms), max(paid, ZERO)),
        package=sessions_bought_used_and_paid(planned, done, paid=paid + goodwill + written_off, price=price),
        goodwill=goodwill,
        written_off=written_off,
        quote_id=quote.pk,
        policy=policy,
    )


def _paid_and_allowed(plan: TreatmentPlan) -> tuple[Decimal, Decimal, Decimal]:
    """(paid, goodwill, written off). One query."""
    return _compiled_paid_and_allowed().ask_for_one(plan=plan.pk)


@cache
def _compiled_paid_and_allowed() -> CompiledQuery[TreatmentPlan, tuple[Decimal, Decimal, Decimal]]:
    standing = standing_allowances()
    return CompiledQuery(
        TreatmentPlan.objects.filter(pk=Blank("plan"))
        .annotate(
            paid=sum_or_zero_subquery(Payment.objects.all(), of="plan"),
            goodwill=sum_or_zero_subquery(standing.filter(kind=Allowance.Kind.GOODWILL), of="plan"),
            written_off=sum_or_zero_subquery(standing.filter(kind=Allowance.Kind.WRITE_OFF), of="plan"),
        )
        .values_list("paid", "goodwill", "written_off")
    )


def _accepted_quote_or_none(plan: TreatmentPlan) -> Quote | None:
    accepted = Quote.objects.filter(plan=plan, status=QuoteStatus.ACCEPTED)
    return accepted.select_related("chosen_option", "plan").order_by("-pk").first()


def plan_currency(plan: TreatmentPlan) -> str:
    """In which money a plan is paid: that of the quote accepted, or the clinic's."""
    quote = _accepted_quote_or_none(plan)
    return quote.currency if quote else plan.clinic.currency


def _refund_terms_of_option(option: QuoteOption, *, sessions: int, used: int, currency: str) -> RefundTerms:
    """What the refund policies reckon with: of the lines in the package, and of those beside it."""
    lines = list(option.lines.all())
    packaged = [line for line in lines if line.in_package]
    with_tax = (ZERO if option.tax_included else line.tax_rate for line in packaged)
    listed = sum(
        (line.amount * (1 + rate / 100) for line, rate in zip(packaged, with_tax, strict=True)), ZERO
    )
    return RefundTerms(
        price=sum((line.net + line.tax for line in packaged), ZERO),
        sessions=sessions,
        used=used,
        list_price=listed / sessions,
        currency=currency,
        extras=sum((line.net + line.tax for line in lines if not line.in_package), ZERO),
        share=option.patient_total / option.total if option.total else ZERO,
    )


def payments_with_receipts(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """With ``was_voided`` and their ``receipt`` with its till; the last first."""
    return (
        payments.select_related("receipt__clinic")
        .annotate(was_voided=Exists(Payment.objects.filter(voids=OuterRef("pk"))))
        .order_by("-pk")
    )


def is_plan_agreed(plan: TreatmentPlan) -> bool:
    """Whether the patient agreed to the plan."""
    return plan.status in AGREED_PLANS


def last_equal_payment_or_none(
    payments: QuerySet[Payment], amount: Decimal, since: datetime
) -> Payment | None:
    """The last of these that brought in the same amount since then and was not voided."""
    return (
        payments.filter(amount=amount, at__gte=since, voided_by=None)
        .exclude(kind=Payment.Kind.VOID)
        .select_related("by", "receipt")
        .order_by("-pk")
        .first()
    )


def voided_and_not_replaced(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Payments that were voided, and no other was entered or named in their place; the last first."""
    return (
        payments.filter(voided_by__isnull=False, voided_by__replaced_by=None, replacement=None)
        .exclude(kind=Payment.Kind.REFUND)
        .select_related("receipt")
        .order_by("-pk")
    )


def replacement_receipt_number_or_empty(void: Payment) -> str:
    """The receipt's number of the payment that stands for the one voided by this (of :func:`void_of_payment_or_none`);
    empty where there is none."""
    right = void.replaced_by or getattr(void.voids, "replacement", None)
    return right.receipt.number if right else ""


def payments_of_account(plan: TreatmentPlan | None, invoice: Invoice | None) -> QuerySet[Payment]:
    """Those of a plan or of an invoice."""
    return Payment.objects.filter(plan=plan, invoice=invoice)


def other_payments_that_count(payment: Payment) -> QuerySet[Payment]:
    """Money in for the same plan or invoice that was not voided, without this one; the last first."""
    return (
        payments_of_account(payment.plan, payment.invoice)
        .filter(amount__gt=0, voided_by=None)
        .exclude(kind=Payment.Kind.VOID)
        .exclude(pk=payment.pk)
        .select_related("receipt")
        .order_by("-pk")[:20]
    )


def void_of_payment_or_none(pk: int) -> Payment | None:
    """The void of a payment, with who made it and which is the right one."""
    return (
        Payment.objects.filter(voids=pk)
        .select_related("by", "replaced_by__receipt", "voids__replacement__receipt")
        .first()
    )
