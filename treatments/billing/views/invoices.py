"""The page of one invoice: its lines, what was paid, credited and written off; and the papers."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import add_all_errors
from patients.actions.people import record_viewing
from treatments.billing.actions.invoices import credit_invoice, record_write_off
from treatments.billing.forms.charges import CreditForm, WriteOffForm
from treatments.billing.forms.payments import PaymentForm, RefundForm
from treatments.billing.models import CreditNote, Invoice
from treatments.billing.queries.documents import content_as_pdf
from treatments.billing.queries.invoices import (
    amount_left_to_credit_by_line,
    invoice_balance,
    invoice_with_everything_queryset,
)
from treatments.billing.queries.payments import voided_and_not_replaced
from treatments.billing.rules.invoices import Portion, taxes_by_rate
from treatments.billing.views.payments import amount_form_arguments
from treatments.billing.views.quote_links import pdf_response
from treatments.plans.models import TreatmentPlan


@require_http_methods(["GET", "HEAD"])
@requires_permission(Permission.TAKE_PAYMENT)
def invoice_page(request: StaffRequest, pk: int) -> HttpResponse:
    return _render_invoice_page(request, pk)


def _render_invoice_page(request: StaffRequest, pk: int, *, status: int = 200, **more) -> HttpResponse:
    """``more`` takes the place of what the page shows by itself: a refused form."""
    found = get_object_or_404(invoice_with_everything_queryset(pk))
    money = invoice_balance(found)
    lines = list(found.lines.all())
    left = amount_left_to_credit_by_line(lines)
    here = amount_form_arguments(found.clinic, found.currency)
    if request.method == "GET":
        record_viewing(patient=found.patient, by=request.user, page="invoice")
    context = {
        "title": f"Invoice {found.number}",
        "nav_on": "patients",
        "invoice": found,
        "patient": found.patient,
        "money": money,
        "lines": lines,
        "taxes": taxes_by_rate(
            (each.tax_class, each.tax_rate, Portion(each.net, each.tax)) for each in lines
        ),
        "payments": list(found.payments.all()),
        "creditable": any(left.values()),
        "payment_form": PaymentForm(
            initial={"amount": money.owed},
            voided=list(voided_and_not_replaced(found.payments.all())),
            **here,
        ),
        "refund_form": RefundForm(
            auto_id="refund_%s", initial={"amount": max(-money.owed, 0) or None}, **here
        ),
        "credit_form": CreditForm(
            auto_id="credit_%s", lines=[(line, left[line.pk]) for line in lines], **here
        ),
        "write_off_form": WriteOffForm(auto_id="off_%s", **here),
    }
    return render(request, "treatments/billing/invoice.html", context | more, status=status)


@require_http_methods(["GET", "HEAD"])
@requires_permission(Permission.TAKE_PAYMENT)
def invoice_pdf(request: StaffRequest, pk: int) -> HttpResponse:
    """As it was issued: what was printed stays."""
    found = get_object_or_404(Invoice.objects.select_related("paper", "patient"), pk=pk)
    record_viewing(patient=found.patient, by=request.user, page="invoice")
    return pdf_response(content_as_pdf(found.paper.content), found.number)


@require_http_methods(["GET", "HEAD"])
@requires_permission(Permission.TAKE_PAYMENT)
def credit_note_pdf(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(CreditNote.objects.select_related("paper", "invoice__patient"), pk=pk)
    record_viewing(patient=found.invoice.patient, by=request.user, page="credit note")
    return pdf_response(content_as_pdf(found.paper.content), found.number)


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
@once
def invoice_credit(request: StaffRequest, pk: int) -> HttpResponse:
    """A numbered credit note for what is taken back of the lines."""
    found = get_object_or_404(invoice_with_everything_queryset(pk))
    lines = list(found.lines.all())
    left = amount_left_to_credit_by_line(lines)
    form = CreditForm(
        request.POST,
        auto_id="credit_%s",
        lines=[(line, left[line.pk]) for line in lines],
        **amount_form_arguments(found.clinic, found.currency),
    )
    if form.is_valid():
        try:
            note = credit_invoice(
                invoice=found,
                amounts=form.amounts_by_line(),
                reason=form.cleaned_data["reason"],
                by=request.user,
            )
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, f"{note.number} issued. Money that was paid goes back by a refund.")
            return redirect("billing:invoice", pk=pk)
    return _render_invoice_page(request, pk, status=422, credit_form=form, wrong_form=form)


def _save_posted_write_off(
    request: StaffRequest,
    form: WriteOffForm,
    *,
    plan: TreatmentPlan | None = None,
    invoice: Invoice | None = None,
) -> bool:
    """Write off what the form says of the plan or the invoice. Where it is refused, the form says why."""
    if not form.is_valid():
        return False
    try:
        record_write_off(plan=plan, invoice=invoice, by=request.user, **form.cleaned_data)
    except Refused as refused:
        add_all_errors(refused, form)
        return False
    messages.success(request, "Written off. Nothing of it is asked for any more.")
    return True


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
@once
def invoice_write_off(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Invoice.objects.select_related("clinic__plan_settings"), pk=pk)
    form = WriteOffForm(request.POST, auto_id="off_%s", **amount_form_arguments(found.clinic, found.currency))
    if _save_posted_write_off(request, form, invoice=found):
        return redirect("billing:invoice", pk=pk)
    return _render_invoice_page(request, pk, status=422, write_off_form=form, wrong_form=form)


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
@once
def plan_write_off(request: StaffRequest, pk: int) -> HttpResponse:
    """What is owed for a plan and will not be paid."""
    found = get_object_or_404(TreatmentPlan.objects.select_related("clinic__plan_settings", "patient"), pk=pk)
    form = WriteOffForm(request.POST, **amount_form_arguments(found.clinic))
    if _save_posted_write_off(request, form, plan=found):
        return redirect("plan", pk=pk)
    context = {
        "patient": found.patient,
        "title": "Write off",
        "nav_on": "quotes",
        "back_url": reverse("plan", args=[pk]),
        "back_to": "plan",
        "form": form,
    }
    return render(request, "treatments/billing/payment_refused.html", context, status=422)
