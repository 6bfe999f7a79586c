"""The alerts of a patient: those that are open, each with a form to clear it, and those that were cleared."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.core.reasons import add_all_errors
from patients import queries
from patients.actions.alerts import clear_alert
from patients.actions.people import record_viewing
from patients.forms.alerts import ClearForm
from patients.models import Alert, Patient


@requires_permission(Permission.SEE_CLINICAL)
@require_GET
def alert_list_page(request, pk):
    """The alerts that stand and those cleared; the viewing is recorded."""
    patient = get_object_or_404(Patient, pk=pk)
    record_viewing(patient=patient, by=request.user, page="alerts")
    return _alerts_page(request, patient)


@requires_permission(Permission.SIGN_SESSION)
@require_POST
@once
def clear_posted_alert(request, pk, alert_pk):
    """A clinician clears an alert in writing. Refused, the list comes back with what was typed."""
    patient = get_object_or_404(Patient, pk=pk)
    alert = get_object_or_404(Alert.objects.about_patient_and_merged(pk), pk=alert_pk)
    form = ClearForm(request.POST)
    if form.is_valid():
        try:
            clear_alert(alert=alert, reason=form.cleaned_data["reason"], by=request.user)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, "The alert is cleared. It stays on the record.")
            return redirect("patient", pk=pk)
    return _alerts_page(request, patient, form=form, refused_pk=alert_pk, status=422)


def _alerts_page(request, patient: Patient, *, form=None, refused_pk=None, status=200):
    """The rendered list; ``form`` and ``refused_pk`` are of the alert that was not cleared."""
    cleared = queries.page_of_cleared_alerts(patient.pk, Place.from_query(request.GET))
    context = {
        "title": "Alerts",
        "patient": patient,
        "step": "",
        "nav_on": "patients",
        "open_alerts": queries.open_alerts(patient.pk),
        "form": form,
        "refused_pk": refused_pk,
        "cleared": cleared.rows,
        "page": pager_addresses(cleared, request.path),
    }
    return render(request, "patients/alert_list.html", context, status=status)
