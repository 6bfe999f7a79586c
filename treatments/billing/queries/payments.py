"""What is asked of the book: the till since its last close, receipts, closed days, the bookkeeper's rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Prefetch, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, JSONObject

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.fields import money_field
from mesoclinic.core.quantities import ZERO
from treatments.billing.models import DayClose, DayCount, Payment, PlanSettings, Quote, QuoteLine, Receipt
from treatments.billing.rules.day_close import expected_by_method
from treatments.billing.rules.payments import Package, RefundPolicy, balance, package, refund, used_cost
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.models import AGREED_PLANS, TreatmentPlan
from treatments.plans.rules import PlanStatus


def receipt_number(year: int, count: int) -> str:
    return f"R-{year}-{count:04d}"


@dataclass(frozen=True)
class Till:
    """Since the last close: what each method should hold, over which receipts."""

    expected: Mapping[str, Decimal]
    moved: Mapping[str, Decimal]
    count: int
    first_receipt_id: int | None
    last_receipt_id: int | None


def till_of(clinic: Clinic, *, settings: PlanSettings) -> Till:
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
    expected = expected_by_method(moved, methods, cash_float=settings.cash_float)
    return Till(expected, moved, count, first, last)


def closes_of(clinic: Clinic) -> QuerySet[DayClose]:
    """The last first, with their ``rows``."""
    return (
        DayClose.objects.filter(clinic=clinic)
        .select_related("by")
        .prefetch_related(Prefetch("counts", DayCount.objects.order_by("pk"), to_attr="rows"))
        .order_by("-pk")
    )


def receipt_with_payment(pk: int) -> QuerySet[Receipt]:
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


def book_rows(clinic: Clinic, first: date, last: date) -> Iterator[list[Any]]:
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


@dataclass(frozen=True)
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


def with_money(plans: QuerySet[TreatmentPlan]) -> QuerySet[Any]:
    """Adds ``price`` (the patient's part of the accepted option; None without a quote), ``deal`` (what was
    accepted: currency, total and its parts, refund policy) and ``paid``."""
    accepted = Quote.objects.filter(plan=OuterRef("pk"), status=QuoteStatus.ACCEPTED).order_by("-pk")
    lines = QuoteLine.objects.filter(option=OuterRef("chosen_option")).order_by()

    def of(lines, amount):
        summed = lines.values("option").annotate(sum=Sum(amount)).values("sum")
        # As text: JSON numbers are not decimal.
        return Cast(
            Coalesce(Subquery(summed), Value(Decimal(0)), output_field=money_field()), models.TextField()
        )

    gross, listed = F("net") + F("tax"), F("amount") * (1 + F("tax_rate") / 100)
    paid = Payment.objects.filter(plan=OuterRef("pk")).order_by().values("plan")
    part = F("chosen_option__total") - F("chosen_option__insurer")
    return plans.annotate(
        price=Subquery(accepted.values(part=part)[:1]),
        deal=Subquery(
            accepted.values(
                row=JSONObject(
                    quote="pk",
                    number="number",
                    currency="currency",
                    policy="refund_policy",
                    total=Cast("chosen_option__total", models.TextField()),
                    insurer=Cast("chosen_option__insurer", models.TextField()),
                    package=of(lines.filter(in_package=True), gross),
                    extras=of(lines.filter(in_package=False), gross),
                    listed=of(lines.filter(in_package=True), listed),
                )
            )[:1]
        ),
        paid=Coalesce(
            Subquery(paid.annotate(sum=Sum("amount")).values("sum")),
            Value(Decimal(0)),
            output_field=money_field(),
        ),
    )


def plan_balance(plan: TreatmentPlan) -> Balance:
    """Price, paid and owed: one query."""
    return balance_of(
        with_money(TreatmentPlan.objects.with_course()).select_related("clinic").get(pk=plan.pk)
    )


def balance_of(plan: Any) -> Balance:
    """Of a plan annotated ``with_course`` and :func:`with_money`.

    A stopped course costs what the contract's refund policy says of the sessions signed.
    """
    deal, used = plan.deal, min(plan.sessions_done, plan.sessions_planned)
    if deal is None:
        bought = Package(plan.sessions_planned, plan.sessions_done, 0)
        money = max(plan.paid, ZERO)
        return Balance(plan.clinic.currency, None, plan.paid, ZERO, money, bought)
    currency, policy = deal["currency"], RefundPolicy(deal["policy"])
    price = Decimal(deal["total"]) - Decimal(deal["insurer"])
    terms: dict[str, Any] = {
        "price": Decimal(deal["package"]),
        "sessions": plan.sessions_planned,
        "used": used,
        "list_price": Decimal(deal["listed"]) / plan.sessions_planned,
        "currency": currency,
        "extras": Decimal(deal["extras"]),
        "share": price / Decimal(deal["total"]) if Decimal(deal["total"]) else ZERO,
    }
    stopped = plan.status == PlanStatus.STOPPED
    charged = min(used_cost(policy, **terms), price) if stopped else price
    return Balance(
        currency=currency,
        price=price,
        paid=plan.paid,
        owed=balance([charged], [plan.paid]),
        refundable=refund(policy, paid=plan.paid, **terms),
        package=package(plan.sessions_planned, plan.sessions_done, paid=plan.paid, price=price),
        quote_id=deal["quote"],
        policy=policy,
    )


def payments_of(plan: TreatmentPlan) -> QuerySet[Payment]:
    """With ``was_voided`` and its ``receipt``; the last first."""
    return (
        Payment.objects.filter(plan=plan)
        .select_related("receipt")
        .annotate(was_voided=Exists(Payment.objects.filter(voids=OuterRef("pk"))))
        .order_by("-pk")
    )


def may_be_paid(plan: TreatmentPlan) -> bool:
    return plan.status in AGREED_PLANS
