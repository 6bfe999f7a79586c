"""The page that clears an alert of a patient."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import add_all_errors
from patients import alert_queries
from patients.actions.alert_clearing import clear_alert, record_agreement_to_clear_early
from patients.actions.people import record_viewing
from patients.forms.alerts import AgreementForm, ClearForm
from patients.models import Alert, Patient
from patients.rules.alert_clearing import NOBODY, earliest_clearing_day_or_none, text_of_clearing_row
from patients.rules.alerts import substance_name_from_code


@requires_permission(Permission.SIGN_SESSION)
@require_http_methods(["GET", "POST"])
@once
def show_or_clear_alert(request: StaffRequest, pk: int, alert_pk: int) -> HttpResponse:
    """A clinician clears an alert in writing. Refused, the page comes back with what was typed."""
    patient, alert = get_object_or_404(Patient, pk=pk), _alert_or_404(pk, alert_pk)
    asked = alert_queries.clearing_fields_of_alert(alert)
    if request.method != "POST":
        record_viewing(patient=patient, by=request.user, page="alerts")
        return _render_clearing_page(request, patient, alert, ClearForm(asked=asked, suspects=alert.suspects))
    form = ClearForm(request.POST, asked=asked, suspects=alert.suspects)
    if form.is_valid():
        try:
            clear_alert(
                alert=alert, reason=form.cleaned_data["reason"], by=request.user, answers=form.answers
            )
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, "The alert is cleared. It stays on the record.")
            return redirect("patient", pk=pk)
    return _render_clearing_page(request, patient, alert, form, status=422)


@requires_permission(Permission.SIGN_SESSION)
@require_POST
@once
def save_posted_clearing_agreement(request: StaffRequest, pk: int, alert_pk: int) -> HttpResponse:
    """A second clinician agrees that an alert is cleared before its days are over."""
    patient, alert = get_object_or_404(Patient, pk=pk), _alert_or_404(pk, alert_pk)
    agreement = AgreementForm(request.POST)
    if agreement.is_valid():
        try:
            record_agreement_to_clear_early(
                alert=alert, words=agreement.cleaned_data["agreement"], by=request.user
            )
        except Refused as refused:
            add_all_errors(refused, agreement)
        else:
            messages.success(request, "Written down. Another clinician may clear it now.")
            return redirect("patients:alert_clear", pk, alert_pk)
    form = ClearForm(asked=alert_queries.clearing_fields_of_alert(alert), suspects=alert.suspects)
    return _render_clearing_page(request, patient, alert, form, agreement=agreement, status=422)


def _alert_or_404(pk: int, alert_pk: int) -> Alert:
    rows = Alert.objects.about_patient_and_merged(pk).select_related(
        "type", "patient", "raised_by", "given_by"
    )
    return get_object_or_404(rows, pk=alert_pk)


def _render_clearing_page(
    request: StaffRequest,
    patient: Patient,
    alert: Alert,
    form: ClearForm,
    *,
    agreement: AgreementForm | None = None,
    status: int = 200,
) -> HttpResponse:
    today = timezone.localdate()
    facts = alert_queries.clearing_facts_of_alert(alert, by=request.user, today=today)
    first = earliest_clearing_day_or_none(facts, form.answers if form.is_bound and form.is_valid() else {})
    context = {
        "title": "Clear an alert",
        "patient": patient,
        "step": "",
        "nav_on": "patients",
        "alert": alert,
        "suspects": [substance_name_from_code(code) for code in alert.suspects],
        "form": form,
        "agreement": agreement or AgreementForm(),
        "agreements": alert.agreements.select_related("by"),
        "asks_for": facts.clear_requires,
        "afterwards": text_of_clearing_row(alert.type.after_clearing) if alert.type else "",
        "earliest": first if first is not None and first > today else None,
        "by_hand": facts.role != NOBODY,
        "is_open": alert.ended_at is None,
    }
    return render(request, "patients/alert_clear.html", context, status=status)
