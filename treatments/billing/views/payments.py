"""TODO-DOC _here, _plan, _money_form, payment_add, payment_refund, paym"""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import at_fields
from mesoclinic.pages.plan import plan_page
from patients.actions.people import note_viewing
from treatments.billing.actions.payments import refund, take_payment, void_payment
from treatments.billing.forms.payments import PaymentForm, RefundForm
from treatments.billing.models import Payment, PlanSettings
from treatments.billing.queries.documents import language_for, printed, receipt_content
from treatments.billing.queries.payments import balance_of, receipt_with_payment, with_money
from treatments.billing.views.quote_links import pdf_answer
from treatments.plans.models import TreatmentPlan
from treatments.plans.views import plan_move


def clinic_context(clinic, currency="") -> dict:
    return {"settings": PlanSettings.of(clinic), "currency": currency or clinic.currency}


def _plan(pk) -> TreatmentPlan:
    """With what says in which currency and writing its amounts are."""
    return get_object_or_404(
        with_money(TreatmentPlan.objects.with_course()).select_related("clinic__plan_settings"), pk=pk
    )


def _money_form(request, pk, form_of, act, done, name):
    found = _plan(pk)
    form = form_of(request.POST, **clinic_context(found.clinic, balance_of(found).currency))
    rest = []
    if form.is_valid():
        try:
            act(plan=found, **form.cleaned_data, by=request.user)
        except Refused as refused:
            rest = at_fields(form, refused)
            for finding in [each for each in rest if each.asks]:
                form.add_error("agreed_by", finding.message)
                rest.remove(finding)
        else:
            messages.success(request, done)
            return redirect("plan", pk=pk)
    return plan_page(request, pk, status=422, wrong_form=form, refused=rest, **{name: form})


@require_POST
@allowed(Permission.TAKE_PAYMENT)
@once
def payment_add(request, pk):
    return _money_form(request, pk, PaymentForm, take_payment, "Payment taken.", "payment_form")


@require_POST
@allowed(Permission.TAKE_PAYMENT)
@once
def payment_refund(request, pk):
    def form_of(data, **here):
        return RefundForm(data, auto_id="refund_%s", **here)

    return _money_form(request, pk, form_of, refund, "Refund entered.", "refund_form")


@require_POST
@allowed(Permission.TAKE_PAYMENT)
@once
def payment_void(request, pk):
    found = get_object_or_404(Payment.objects.select_related("plan"), pk=pk)
    return plan_move(
        request,
        found.plan_id,
        lambda _: void_payment(payment=found, reason=request.POST.get("reason", ""), by=request.user),
        "Payment voided. Both entries stay in the book.",
    )


@require_http_methods(["GET", "HEAD"])
@allowed(Permission.TAKE_PAYMENT)
def receipt(request, pk):
    """The paper of one payment, in the patient's language."""
    found = get_object_or_404(receipt_with_payment(pk))
    patient = found.payment.plan.patient
    language = language_for(patient.language, found.clinic.language)
    content = receipt_content(found, language)
    note_viewing(patient=patient, by=request.user, page="receipt")
    return pdf_answer(printed(content), found.number)
