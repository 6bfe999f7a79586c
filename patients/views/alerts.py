"""The alerts of a patient: those that are open, each with a form to clear it, and those that were cleared."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from patients import queries
from patients.actions.alerts import clear_alert
from patients.actions.people import note_viewing
from patients.forms.alerts import ClearForm
from patients.models import Alert, Patient
from patients.views.people import key


@allowed(Permission.SEE_CLINICAL)
@require_GET
def alert_list(request: HttpRequest, pk: int) -> HttpResponse:
    patient = get_object_or_404(Patient, pk=pk)
    note_viewing(patient=patient, by=request.user, page="alerts")
    return _page(request, patient)


@allowed(Permission.SIGN_SESSION)
@require_POST
@once
def alert_clear(request: HttpRequest, pk: int, alert_pk: int) -> HttpResponse:
    """A clinician clears an alert in writing. Refused, the list comes back with what was typed."""
    patient = get_object_or_404(Patient, pk=pk)
    alert = get_object_or_404(Alert.objects.about(pk), pk=alert_pk)
    form = ClearForm(request.POST)
    if form.is_valid():
        try:
            clear_alert(alert=alert, reason=form.cleaned_data["reason"], by=request.user)
        except Refused as refused:
            for finding in refused.findings:
                form.add_error(finding.where or None, finding.message)
        else:
            messages.success(request, "The alert is cleared. It stays on the record.")
            return redirect("patient", pk=pk)
    return _page(request, patient, form=form, refused_pk=alert_pk, status=422)


def _page(
    request: HttpRequest,
    patient: Patient,
    *,
    form: ClearForm | None = None,
    refused_pk: int | None = None,
    status: int = 200,
) -> HttpResponse:
    cleared, more = queries.cleared_alerts(patient.pk, before=key(request.GET.get("before")))
    context = {
        "title": "Alerts",
        "patient": patient,
        "step": "",
        "nav_on": "patients",
        "open_alerts": queries.open_alerts(patient.pk),
        "form": form,
        "refused_pk": refused_pk,
        "cleared": cleared,
        "page": {"next": f"{request.path}?before={more}"} if more else {},
    }
    return render(request, "patients/alert_list.html", context, status=status)
