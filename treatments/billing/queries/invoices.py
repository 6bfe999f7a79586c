"""What may be charged, an invoice with what was credited and paid of it, and the invoices of a patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from django.db.models import F, Prefetch, QuerySet, Sum

from mesoclinic.core.quantities import ZERO
from patients.models import Patient, records_of
from treatments.billing.models import (
    Allowance,
    CreditNote,
    CreditNoteLine,
    FeeWaiver,
    Invoice,
    InvoiceLine,
    Payment,
    Price,
    PriceList,
)
from treatments.billing.queries.payments import (
    goodwill_and_write_off_totals,
    payments_with_receipts,
    standing_allowances,
)
from treatments.billing.queries.sums import sum_or_zero_subquery
from treatments.billing.rules.invoices import Portion
from treatments.billing.rules.payments import owed_after_allowances
from treatments.billing.rules.prices import CHARGEABLE, PriceKind

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


def chargeable_prices(price_list: PriceList) -> list[Price]:
    """What the list prices beside the course, in the order of the desk's choices."""
    order = list(CHARGEABLE)
    rows = [price for price in price_list.prices.all() if price.kind in order]
    return sorted(rows, key=lambda price: (order.index(PriceKind(price.kind)), price.pk))


@dataclass(frozen=True, slots=True)
class InvoiceBalance:
    """``owed`` below zero: the clinic owes it back."""

    currency: str
    total: Decimal
    credited: Decimal
    goodwill: Decimal
    written_off: Decimal
    paid: Decimal

    @property
    def owed(self) -> Decimal:
        return owed_after_allowances(
            self.total - self.credited,
            paid=self.paid,
            goodwill=self.goodwill,
            written_off=self.written_off,
        )

    @property
    def is_owing(self) -> bool:
        return self.owed > 0

    @property
    def is_in_credit(self) -> bool:
        return self.owed < 0

    @property
    def difference(self) -> Decimal:
        """What is owed or to be given back, never below zero."""
        return abs(self.owed)


def invoice_balance(invoice: Invoice) -> InvoiceBalance:
    """Three queries."""
    goodwill, written_off = goodwill_and_write_off_totals(standing_allowances().filter(invoice=invoice))
    paid = Payment.objects.filter(invoice=invoice).aggregate(sum=Sum("amount"))["sum"]
    credited = CreditNote.objects.filter(invoice=invoice).aggregate(sum=Sum("total"))["sum"]
    return InvoiceBalance(
        invoice.currency, invoice.total, credited or ZERO, goodwill, written_off, paid or ZERO
    )


class OwedColumn(TypedDict):
    """What :func:`invoices_with_owed` adds to an invoice."""

    owed: Decimal


def invoices_with_owed(
    invoices: QuerySet[Invoice],
) -> "QuerySet[WithAnnotations[Invoice, OwedColumn]]":
    """Adds ``owed``; the last first. What a refund has still to give back is below zero."""
    owed = (
        F("total")
        - sum_or_zero_subquery(CreditNote.objects.all(), of="invoice", amount="total")
        - sum_or_zero_subquery(standing_allowances(), of="invoice")
        - sum_or_zero_subquery(Payment.objects.all(), of="invoice")
    )
    return invoices.annotate(owed=owed).select_related("clinic").order_by("-pk")


def invoice_with_everything_queryset(pk: int) -> QuerySet[Invoice]:
    """An invoice with its lines, credit notes, payments, allowances and paper. Five queries."""
    credited = CreditNoteLine.objects.all()
    lines = InvoiceLine.objects.order_by("position").annotate(
        credited_net=sum_or_zero_subquery(credited, of="invoice_line", amount="net"),
        credited_tax=sum_or_zero_subquery(credited, of="invoice_line", amount="tax"),
    )
    return (
        Invoice.objects.filter(pk=pk)
        .select_related("patient", "clinic__plan_settings", "issued_by", "paper")
        .prefetch_related(
            Prefetch("lines", lines),
            Prefetch("credit_notes", CreditNote.objects.select_related("issued_by").order_by("pk")),
            Prefetch("payments", payments_with_receipts(Payment.objects.all())),
            Prefetch("allowances", Allowance.objects.select_related("by").order_by("pk")),
        )
    )


def amount_left_to_credit_by_line(lines: Sequence[InvoiceLine]) -> dict[int, Decimal]:
    """By line of :func:`invoice_with_everything_queryset`: what is not credited of it yet."""
    return {line.pk: charged_portion(line).total - already_credited_portion(line).total for line in lines}


def charged_portion(line: InvoiceLine) -> Portion:
    return Portion(line.net, line.tax)


def already_credited_portion(line: InvoiceLine) -> Portion:
    """Of a line of :func:`invoice_with_everything_queryset`."""
    return Portion(line.credited_net, line.credited_tax)  # type: ignore[attr-defined]


def invoices_of_patient(patient: Patient) -> "QuerySet[WithAnnotations[Invoice, OwedColumn]]":
    """With ``owed``; the last first."""
    return invoices_with_owed(Invoice.objects.filter(patient__in=records_of(patient)))


def is_charged_already(kind: str, source: str) -> bool:
    """Whether this was charged for (a missed visit)."""
    return bool(source) and InvoiceLine.objects.filter(kind=kind, source=source).exists()


def fee_waiver_or_none(kind: str, source: str) -> FeeWaiver | None:
    """Whether a fee was waived, by whom and why."""
    if not source:
        return None
    return FeeWaiver.objects.filter(kind=kind, source=source).select_related("by").first()


def waived_and_charged_sources(patient: Patient) -> tuple[dict[str, FeeWaiver], set[str]]:
    """What fees of a patient were waived for, and what was charged for. Two queries."""
    records = records_of(patient)
    waived = FeeWaiver.objects.filter(patient__in=records).select_related("by")
    charged = InvoiceLine.objects.filter(invoice__patient__in=records).exclude(source="")
    return {waiver.source: waiver for waiver in waived}, set(charged.values_list("source", flat=True))
