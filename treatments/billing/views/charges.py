"""Charging a patient without a plan: what is chosen from the price list, what it comes to, and what is paid at once."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Finding, Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.money import money_text
from mesoclinic.core.reasons import add_field_errors_and_return_others
from patients.models import Patient
from treatments.billing.actions.invoices import PaidNow, create_invoice_and_take_payment
from treatments.billing.forms.charges import LATER, ChargeForms, ItemForm, OtherItemForm, PaidNowForm
from treatments.billing.models import Payment, PlanSettings, PriceList
from treatments.billing.queries.invoices import chargeable_prices
from treatments.billing.queries.prices import price_list_in_force_or_none
from treatments.billing.rules.invoices import PricedInvoice, check_charged_lines, price_charged_lines
from treatments.billing.rules.prices import PriceKind

#: The source of a line that is charged for a visit.
VISIT_SOURCE = re.compile(r"schedule\.appointment:(\d{1,18})")

#: What may be waived instead.
FEE_KINDS = frozenset({PriceKind.NO_SHOW.value, PriceKind.LATE_CANCEL.value})

#: What the button says of each way to pay.
_BY = {
    Payment.Method.CASH.value: "in cash",
    Payment.Method.CARD.value: "by card",
    Payment.Method.TRANSFER.value: "by transfer",
    Payment.Method.ONLINE.value: "by payment link",
}


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.TAKE_PAYMENT)
@once
def show_or_charge_patient(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose and see what it comes to (``show``), then charge it: an invoice, and the payment where one is taken."""
    patient = get_object_or_404(Patient, pk=pk)
    clinic = request.clinic
    if clinic is None:
        raise Http404
    price_list = price_list_in_force_or_none(clinic, timezone.localdate(timezone=clinic.zone))
    typed = _forms_of_request(request, clinic, price_list)
    refused: list[Finding] = []
    priced, status = None, 200
    if request.method == "POST" or request.GET:
        priced, refused = _priced_charge_and_findings(typed, clinic, price_list)
    if request.method == "POST" and "take" in request.POST:
        status = 422
        if priced is not None and not refused:
            try:
                invoice = create_invoice_and_take_payment(
                    patient=patient,
                    clinic=clinic,
                    price_list=price_list,
                    lines=typed.lines(),
                    by=request.user,
                    paid=_payment_to_take_now_or_none(typed.paid, priced.total),
                    shown_total=_total_from_text_or_none(request.POST.get("shown", "")),
                )
            except Refused as no:
                refused = add_field_errors_and_return_others(no, typed.paid)
            else:
                messages.success(request, f"{invoice.number} issued.")
                return redirect("billing:invoice", pk=invoice.pk)
    context = {
        "patient": patient,
        "title": "Charge",
        "nav_on": "patients",
        "price_list": price_list,
        "items": typed.items,
        "chosen": [item for item in typed.items if item["chosen"].value()],
        "other": typed.other,
        "other_chosen": bool(typed.other["label"].value()),
        "paid_form": typed.paid,
        "forms": [*typed.items, typed.other, typed.paid],
        "refused": refused,
        "priced": priced,
        "tax_included": _is_tax_included(clinic, price_list),
        "currency": clinic.currency,
        "button": _button_text(typed.paid, priced, clinic.currency),
        "settings": PlanSettings.of_clinic_or_defaults(clinic),
        "waive_url": _waive_url(typed.items),
    }
    return render(request, "treatments/billing/charge.html", context, status=status)


def _waive_url(items: Sequence[ItemForm]) -> str:
    """Where the fee that is chosen here can be waived instead; empty where none is."""
    for item in items:
        visit = VISIT_SOURCE.fullmatch(str(item["source"].value() or ""))
        if visit and item["chosen"].value() and item.price.kind in FEE_KINDS:
            return reverse("visit_fee_waive", args=[visit[1]])
    return ""


def _is_tax_included(clinic: Clinic, price_list: PriceList | None) -> bool:
    if price_list is not None:
        return price_list.tax_included
    return PlanSettings.of_clinic_or_defaults(clinic).prices_include_tax


def _forms_of_request(request: StaffRequest, clinic: Clinic, price_list: PriceList | None) -> ChargeForms:
    """Bound to what was sent; a link may choose a kind of item, say what for, and from which row it comes."""
    data: Mapping[str, str] | None = request.POST if request.method == "POST" else None
    prices = chargeable_prices(price_list) if price_list else []
    wanted = request.GET.get("kind", "")
    first = next((price.pk for price in prices if price.kind == wanted), None)
    items = []
    for price in prices:
        given = data
        if data is None and price.pk == first:
            given = {
                f"item-{price.pk}-chosen": "on",
                f"item-{price.pk}-detail": request.GET.get("detail", "")[:160],
                f"item-{price.pk}-source": request.GET.get("source", "")[:60],
            }
        elif data is None and wanted:
            given = {}
        initial = {"quantity": 1, "each": price.amount, "detail": price.why}
        items.append(
            ItemForm(given, price=price, initial=initial, style=clinic.number_style, currency=clinic.currency)
        )
    paid = PaidNowForm(
        data if data is not None or not wanted else {"method": Payment.Method.CARD.value},
        settings=PlanSettings.of_clinic_or_defaults(clinic),
        currency=clinic.currency,
    )
    other = OtherItemForm(
        data if data is not None or not wanted else {},
        price_list=price_list,
        style=clinic.number_style,
        currency=clinic.currency,
    )
    return ChargeForms(items, other, paid)


def _priced_charge_and_findings(
    typed: ChargeForms, clinic: Clinic, price_list: PriceList | None
) -> tuple[PricedInvoice | None, list[Finding]]:
    """What is chosen comes to, or what is wrong with it; nothing where a form says it."""
    if not typed.all_valid():
        return None, []
    lines = typed.lines()
    if found := check_charged_lines(lines, clinic.currency):
        return None, found
    included = _is_tax_included(clinic, price_list)
    return price_charged_lines(lines, currency=clinic.currency, tax_included=included), []


def _payment_to_take_now_or_none(form: PaidNowForm, total: Decimal) -> PaidNow | None:
    typed = form.cleaned_data
    method = typed["method"] or Payment.Method.CARD.value
    if method == LATER:
        return None
    return PaidNow(method, total if typed["amount"] is None else typed["amount"], typed["reference"])


def _total_from_text_or_none(text: str) -> Decimal | None:
    """What the button said, as the page wrote it."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return None


def _button_text(form: PaidNowForm, priced: PricedInvoice | None, currency: str) -> str:
    """“Take $208.99 by card”, made from what would be done; empty where nothing can be."""
    if priced is None or (form.is_bound and form.errors):
        return ""
    method = form["method"].value() or Payment.Method.CARD.value
    if method == LATER:
        return f"Issue the invoice of {money_text(priced.total, currency)}"
    paid = _payment_to_take_now_or_none(form, priced.total) if form.is_bound else None
    amount = paid.amount if paid else priced.total
    return f"Take {money_text(amount, currency)} {_BY[method]}"
