"""The alerts of a patient: those that are open, whatever knows of them, and those that were cleared."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.paging import Place, pager_addresses
from patients.actions.people import record_viewing
from patients.alert_queries import page_of_cleared_alerts
from patients.models import Patient
from patients.rules.alerts import alerts_without_companions
from treatments.plans.alert_queries import open_alerts_of_patient


@requires_permission(Permission.SEE_CLINICAL)
@require_GET
def alert_list_page(request: StaffRequest, pk: int) -> HttpResponse:
    patient = get_object_or_404(Patient, pk=pk)
    record_viewing(patient=patient, by=request.user, page="alerts")
    cleared = page_of_cleared_alerts(patient.pk, Place.from_query(request.GET))
    context = {
        "title": "Alerts",
        "patient": patient,
        "step": "",
        "nav_on": "patients",
        "open_alerts": alerts_without_companions(open_alerts_of_patient(patient.pk)),
        "cleared": cleared.rows,
        "page": pager_addresses(cleared, request.path),
    }
    return render(request, "mesoclinic/pages/alert_list.html", context)
