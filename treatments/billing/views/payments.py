"""Taking a payment, giving money back, voiding a payment, and the receipt. What is refused shows the form alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Finding, Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.money import money_text
from mesoclinic.core.reasons import add_field_errors_and_return_others
from patients.actions.people import record_viewing
from patients.models import Patient
from treatments.billing.actions.payments import give_refund, take_payment, void_payment
from treatments.billing.forms.payments import PaymentForm, RefundForm, VoidForm
from treatments.billing.models import Invoice, Payment, PlanSettings
from treatments.billing.queries.documents import content_as_pdf
from treatments.billing.queries.papers import content_with_void_stamp
from treatments.billing.queries.payments import (
    other_payments_that_count,
    payments_of_account,
    plan_currency,
    receipt_of_payment_queryset,
    replacement_receipt_number_or_empty,
    void_of_payment_or_none,
    voided_and_not_replaced,
)
from treatments.billing.views.quote_links import pdf_response
from treatments.plans.models import TreatmentPlan


def amount_form_arguments(clinic: Clinic, currency: str = "") -> dict:
    return {"settings": PlanSettings.of_clinic_or_defaults(clinic), "currency": currency or clinic.currency}


@dataclass(frozen=True, slots=True)
class PaidFor:
    """What money is taken for: a plan or an invoice."""

    plan: TreatmentPlan | None
    invoice: Invoice | None
    patient: Patient
    clinic: Clinic
    currency: str

    @property
    def url(self) -> str:
        """The page where its money stands."""
        if self.plan is not None:
            return reverse("plan", args=[self.plan.pk])
        assert self.invoice is not None  # one of the two
        return reverse("billing:invoice", args=[self.invoice.pk])

    @property
    def name(self) -> str:
        return "plan" if self.plan is not None else "invoice"


def _plan_paid_for_or_404(pk: int) -> PaidFor:
    """With its patient, and what says in which currency and writing its amounts are."""
    plans = TreatmentPlan.objects.select_related("clinic__plan_settings", "patient")
    plan = get_object_or_404(plans, pk=pk)
    return PaidFor(plan, None, plan.patient, plan.clinic, plan_currency(plan))


def _invoice_paid_for_or_404(pk: int) -> PaidFor:
    invoices = Invoice.objects.select_related("clinic__plan_settings", "patient")
    invoice = get_object_or_404(invoices, pk=pk)
    return PaidFor(None, invoice, invoice.patient, invoice.clinic, invoice.currency)


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
@once
def plan_payment_add(request: StaffRequest, pk: int) -> HttpResponse:
    return _take_payment_and_redirect(request, _plan_paid_for_or_404(pk))


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
@once
def invoice_payment_add(request: StaffRequest, pk: int) -> HttpResponse:
    return _take_payment_and_redirect(request, _invoice_paid_for_or_404(pk))


def _take_payment_and_redirect(request: StaffRequest, paid_for: PaidFor) -> HttpResponse:
    account = payments_of_account(paid_for.plan, paid_for.invoice)
    voided = list(voided_and_not_replaced(account)) if request.POST.get("replaces") else []
    form = PaymentForm(
        request.POST, voided=voided, **amount_form_arguments(paid_for.clinic, paid_for.currency)
    )
    rest: list[Finding] = []
    title = "Take payment"
    if form.is_valid():
        try:
            payment = take_payment(
                plan=paid_for.plan,
                invoice=paid_for.invoice,
                till=request.clinic,
                by=request.user,
                **form.cleaned_data,
            )
        except Refused as refused:
            rest = add_field_errors_and_return_others(refused, form)
            if asked := _earlier_payment_id_asked_about(rest):
                form.data = {**request.POST.dict(), "again": asked}
                title = f"Take {money_text(form.cleaned_data['amount'], paid_for.currency)} again"
        else:
            messages.success(request, f"Payment taken. {money_text(payment.amount, payment.currency)}.")
            return redirect(paid_for.url)
    return _render_refused_payment_form(request, paid_for, form, rest, title=title)


def _earlier_payment_id_asked_about(rest: Sequence[Finding]) -> str:
    """The id of the payment of a moment ago, where that is what is asked."""
    codes = (finding.code for finding in rest)
    return next((code.rpartition(":")[2] for code in codes if code.startswith("payment:again:")), "")


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
@once
def plan_refund(request: StaffRequest, pk: int) -> HttpResponse:
    return _give_refund_and_redirect(request, _plan_paid_for_or_404(pk))


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
@once
def invoice_refund(request: StaffRequest, pk: int) -> HttpResponse:
    return _give_refund_and_redirect(request, _invoice_paid_for_or_404(pk))


def _give_refund_and_redirect(request: StaffRequest, paid_for: PaidFor) -> HttpResponse:
    form = RefundForm(request.POST, **amount_form_arguments(paid_for.clinic, paid_for.currency))
    rest: list[Finding] = []
    if form.is_valid():
        try:
            give_refund(
                plan=paid_for.plan,
                invoice=paid_for.invoice,
                till=request.clinic,
                by=request.user,
                **form.cleaned_data,
            )
        except Refused as refused:
            rest = _add_refund_errors_and_return_rest(form, refused)
        else:
            messages.success(request, "Refund entered.")
            return redirect(paid_for.url)
    return _render_refused_payment_form(request, paid_for, form, rest, title="Give money back")


def _add_refund_errors_and_return_rest(form: RefundForm, refused: Refused) -> list[Finding]:
    """Put each finding at its field, and what somebody has to agree to at ``agreed_by``; the rest is returned."""
    rest = add_field_errors_and_return_others(refused, form)
    for finding in rest:
        if finding.needs_reason:
            form.add_error("agreed_by", finding.message)
    return [finding for finding in rest if not finding.needs_reason]


def _render_refused_payment_form(
    request: HttpRequest, paid_for: PaidFor, form: forms.Form, rest: list[Finding], *, title: str
) -> HttpResponse:
    """The form alone, with what is wrong at its fields."""
    context = {
        "patient": paid_for.patient,
        "title": title,
        "nav_on": "quotes" if paid_for.plan else "patients",
        "back_url": paid_for.url,
        "back_to": paid_for.name,
        "form": form,
        "refused": rest,
    }
    return render(request, "treatments/billing/payment_refused.html", context, status=422)


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
@once
def payment_void(request: StaffRequest, pk: int) -> HttpResponse:
    """Its opposite is entered at the same till; the receipt is printed with VOID from then on."""
    payments = Payment.objects.select_related("patient", "plan__clinic", "invoice__clinic")
    payment = get_object_or_404(payments, pk=pk)
    thing = payment.plan or payment.invoice
    assert thing is not None  # one of the two
    paid_for = PaidFor(payment.plan, payment.invoice, payment.patient, thing.clinic, payment.currency)
    form = VoidForm(request.POST, others=list(other_payments_that_count(payment)))
    rest: list[Finding] = []
    if form.is_valid():
        try:
            void_payment(payment=payment, till=request.clinic, by=request.user, **form.cleaned_data)
        except Refused as refused:
            rest = add_field_errors_and_return_others(refused, form)
        else:
            messages.success(
                request, "Payment voided. Both entries stay in the book; its receipt prints VOID."
            )
            return redirect(paid_for.url)
    return _render_refused_payment_form(request, paid_for, form, rest, title="Void a payment")


@require_http_methods(["GET", "HEAD"])
@requires_permission(Permission.TAKE_PAYMENT)
def receipt_pdf(request: StaffRequest, pk: int) -> HttpResponse:
    """The paper of one payment as it was printed; with VOID across it where it was made void (?original=1: without)."""
    found = get_object_or_404(receipt_of_payment_queryset(pk))
    content = found.paper.content
    void = void_of_payment_or_none(pk)
    if void is not None and "original" not in request.GET:
        content = content_with_void_stamp(
            content, void=void, right=replacement_receipt_number_or_empty(void), clinic=found.clinic
        )
    record_viewing(patient=found.payment.patient, by=request.user, page="receipt")
    return pdf_response(content_as_pdf(content), found.number)
