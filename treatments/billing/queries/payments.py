"""What is asked of the book: the till since its last close, receipts, closed days, the bookkeeper's rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Prefetch, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.fields import money_field
from mesoclinic.core.quantities import ZERO
from treatments.billing.models import DayClose, DayCount, Payment, PlanSettings, Quote, QuoteOption, Receipt
from treatments.billing.rules.day_close import expected_in_till_by_method
from treatments.billing.rules.payments import (
    Package,
    RefundPolicy,
    amount_owed,
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


def receipt_number_text(year: int, count: int) -> str:
    """``R-2026-0192``."""
    return f"R-{year}-{count:04d}"


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
    methods = [method.value for method in Payment.Method]
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


def receipt_of_payment_queryset(pk: int) -> QuerySet[Receipt]:
    """A payment's receipt with everything its paper says: one query."""
    before = (
        Payment.objects.filter(plan=OuterRef("payment__plan"), pk__lte=OuterRef("payment"))
        .order_by()
        .values("plan")
        .annotate(sum=Sum("amount"))
        .values("sum")
    )
    agreed = Quote.objects.filter(plan=OuterRef("payment__plan"), status=QuoteStatus.ACCEPTED).order_by("-pk")
    part = F("chosen_option__total") - F("chosen_option__insurer")
    return (
        Receipt.objects.filter(payment=pk)
        .annotate(paid_then=Subquery(before), agreed=Subquery(agreed.values(part=part)[:1]))
        .select_related(
            "clinic__plan_settings",
            "payment__plan__patient",
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
)


def payment_book_csv_rows(clinic: Clinic, first: date, last: date) -> Iterator[list[str | Decimal]]:
    """Every receipt of these days (the clinic's own), in their order; streamed, in one query."""
    start = datetime.combine(first, time(), clinic.zone)
    end = datetime.combine(last + timedelta(days=1), time(), clinic.zone)
    closes = list(
        DayClose.objects.filter(clinic=clinic, last_receipt__isnull=False)
        .order_by("last_receipt")
        .values_list("last_receipt", "day")
    )
    receipts = (
        Receipt.objects.filter(clinic=clinic, at__gte=start, at__lt=end)
        .select_related("payment__plan__patient", "payment__quote", "payment__voids__receipt", "payment__by")
        .order_by("pk")
    )
    for receipt in receipts.iterator(chunk_size=500):
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
            payment.plan.patient.record_number,
            voided.number if voided else "",
            payment.reason,
            payment.reference,
            payment.by.short_name,
            closes[0][1].isoformat() if closes else "",
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
    """Adds ``price`` (the patient's part of the accepted option; None without a quote) and ``paid``."""
    accepted = Quote.objects.filter(plan=OuterRef("pk"), status=QuoteStatus.ACCEPTED).order_by("-pk")
    paid = Payment.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
    part = F("chosen_option__total") - F("chosen_option__insurer")
    return plans.annotate(
        price=Subquery(accepted.values(part=part)[:1]),
        paid=Coalesce(
            Subquery(paid.annotate(sum=Sum("amount")).values("sum")),
            Value(Decimal(0)),
            output_field=money_field(),
        ),
    )


def plan_balance(plan: TreatmentPlan) -> Balance:
    """What was agreed for a plan, paid and owed. Four queries, three where nothing was accepted.

    A stopped course costs what the contract's refund policy says of the sessions signed.
    """
    paid = Payment.objects.filter(plan=plan).aggregate(sum=Sum("amount"))["sum"] or ZERO
    done, quote = count_signed_sessions(plan), _accepted_quote_or_none(plan)
    if quote is None or quote.chosen_option is None:
        money = max(paid, ZERO)
        return Balance(plan.clinic.currency, None, paid, ZERO, money, Package(plan.sessions_planned, done, 0))
    plan = quote.plan  # as it stands now: accepting changes the number of sessions
    planned = plan.sessions_planned
    option, currency, policy = quote.chosen_option, quote.currency, RefundPolicy(quote.refund_policy)
    price = option.patient_total
    terms = _refund_arguments(option, sessions=planned, used=min(done, planned), currency=currency)
    charged = price
    if plan.status == PlanStatus.STOPPED:
        charged = min(package_cost_when_ended_early(policy, **terms), price)
    return Balance(
        currency=currency,
        price=price,
        paid=paid,
        owed=amount_owed([charged], [paid]),
        refundable=refund_for_unused_sessions(policy, paid=paid, **terms),
        package=sessions_bought_used_and_paid(planned, done, paid=paid, price=price),
        quote_id=quote.pk,
        policy=policy,
    )


def _accepted_quote_or_none(plan: TreatmentPlan) -> Quote | None:
    accepted = Quote.objects.filter(plan=plan, status=QuoteStatus.ACCEPTED)
    return accepted.select_related("chosen_option", "plan").order_by("-pk").first()


def plan_currency(plan: TreatmentPlan) -> str:
    """In which money a plan is paid: that of the quote accepted, or the clinic's."""
    quote = _accepted_quote_or_none(plan)
    return quote.currency if quote else plan.clinic.currency


def _refund_arguments(option: QuoteOption, *, sessions: int, used: int, currency: str) -> RefundTerms:
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


def payments_of_plan(plan: TreatmentPlan) -> QuerySet[Payment]:
    """With ``was_voided`` and its ``receipt``; the last first."""
    return (
        Payment.objects.filter(plan=plan)
        .select_related("receipt")
        .annotate(was_voided=Exists(Payment.objects.filter(voids=OuterRef("pk"))))
        .order_by("-pk")
    )


def is_plan_agreed(plan: TreatmentPlan) -> bool:
    """Whether the patient agreed to the plan."""
    return plan.status in AGREED_PLANS
