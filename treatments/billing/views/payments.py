"""Taking a payment, giving money back, voiding a payment, and the receipt. What is refused shows the form alone."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Finding, Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import add_field_errors
from patients.actions.people import record_viewing
from treatments.billing.actions.payments import give_refund, take_payment, void_payment
from treatments.billing.forms.payments import PaymentForm, RefundForm
from treatments.billing.models import Payment, PlanSettings
from treatments.billing.queries.documents import (
    content_as_pdf,
    first_supported_language,
    printed_receipt_content,
)
from treatments.billing.queries.payments import plan_currency, receipt_of_payment_queryset
from treatments.billing.views.quote_links import pdf_response
from treatments.plans.models import TreatmentPlan
from treatments.plans.views import render_plan_refused_page


def amount_form_arguments(clinic, currency="") -> dict:
    return {"settings": PlanSettings.of_clinic_or_defaults(clinic), "currency": currency or clinic.currency}


def _plan_with_patient_or_404(pk: int) -> TreatmentPlan:
    """With its patient, and what says in which currency and writing its amounts are."""
    plans = TreatmentPlan.objects.select_related("clinic__plan_settings", "patient")
    return get_object_or_404(plans, pk=pk)


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
@once
def payment_add(request: StaffRequest, pk: int) -> HttpResponse:
    plan = _plan_with_patient_or_404(pk)
    form = PaymentForm(request.POST, **amount_form_arguments(plan.clinic, plan_currency(plan)))
    rest: list[Finding] = []
    if form.is_valid():
        try:
            take_payment(plan=plan, **form.cleaned_data, by=request.user)
        except Refused as refused:
            rest = _add_errors_to_payment_fields(form, refused)
        else:
            messages.success(request, "Payment taken.")
            return redirect("plan", pk=pk)
    return _refused_payment_page(request, plan, form, rest, title="Take payment")


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
@once
def payment_refund(request: StaffRequest, pk: int) -> HttpResponse:
    plan = _plan_with_patient_or_404(pk)
    form = RefundForm(request.POST, **amount_form_arguments(plan.clinic, plan_currency(plan)))
    rest: list[Finding] = []
    if form.is_valid():
        try:
            give_refund(plan=plan, **form.cleaned_data, by=request.user)
        except Refused as refused:
            rest = _add_errors_to_payment_fields(form, refused)
        else:
            messages.success(request, "Refund entered.")
            return redirect("plan", pk=pk)
    return _refused_payment_page(request, plan, form, rest, title="Give money back")


def _add_errors_to_payment_fields(form: PaymentForm | RefundForm, refused: Refused) -> list[Finding]:
    """Put each finding at its field, and what somebody has to agree to at ``agreed_by``; the rest is returned."""
    rest = add_field_errors(refused, form)
    for finding in rest:
        if finding.needs_reason:
            form.add_error("agreed_by", finding.message)
    return [finding for finding in rest if not finding.needs_reason]


def _refused_payment_page(
    request: StaffRequest,
    plan: TreatmentPlan,
    form: PaymentForm | RefundForm,
    rest: list[Finding],
    *,
    title: str,
) -> HttpResponse:
    """The form alone, with what is wrong at its fields."""
    context = {
        "patient": plan.patient,
        "title": title,
        "nav_on": "quotes",
        "plan": plan,
        "form": form,
        "refused": rest,
    }
    return render(request, "treatments/billing/payment_refused.html", context, status=422)


@require_POST
@requires_permission(Permission.TAKE_PAYMENT)
@once
def payment_void(request: StaffRequest, pk: int) -> HttpResponse:
    payment = get_object_or_404(Payment.objects.select_related("plan__patient"), pk=pk)
    try:
        void_payment(payment=payment, reason=request.POST.get("reason", ""), by=request.user)
    except Refused as refused:
        return render_plan_refused_page(
            request, payment.plan, refused, title="Void a payment", reason="What was wrong", submit="Void it"
        )
    messages.success(request, "Payment voided. Both entries stay in the book.")
    return redirect("plan", pk=payment.plan_id)


@require_http_methods(["GET", "HEAD"])
@requires_permission(Permission.TAKE_PAYMENT)
def receipt_pdf(request, pk):
    """The paper of one payment, in the patient's language."""
    found = get_object_or_404(receipt_of_payment_queryset(pk))
    patient = found.payment.plan.patient
    language = first_supported_language(patient.language, found.clinic.language)
    content = printed_receipt_content(found, language)
    record_viewing(patient=patient, by=request.user, page="receipt")
    return pdf_response(content_as_pdf(content), found.number)
