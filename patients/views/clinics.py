"""Open the record of a patient of other clinics with a reason, and the list of who did."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.paging import Place, page_of, pager_addresses
from mesoclinic.core.reasons import add_all_errors
from patients.actions.clinics import break_glass
from patients.forms.clinics import BreakGlassForm
from patients.models import BreakGlass, Patient

#: Rows of the list.
OPENINGS_A_PAGE = 25


@requires_permission(Permission.SEE_PATIENT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def break_glass_page(request: StaffRequest, pk: int) -> HttpResponse:
    """Says that the patient is not of one's clinics; a POST with a reason opens the record for a day."""
    patient = get_object_or_404(Patient, pk=pk)
    form = BreakGlassForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            break_glass(
                patient=patient, by=request.user, clinic=request.clinic, reason=form.cleaned_data["reason"]
            )
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            return redirect("patient", pk)
    context = {"title": "Open with a reason", "nav_on": "patients", "stranger": patient, "form": form}
    return render(request, "patients/break_glass.html", context, status=422 if form.errors else 200)


@requires_permission(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD"])
def openings_page(request: StaffRequest) -> HttpResponse:
    """Who opened a record that was not of this clinic, and why; patients by record number only."""
    rows = BreakGlass.objects.filter(clinic=request.clinic).select_related("patient", "by")
    page = page_of(rows, ["pk"], Place.from_query(request.GET), size=OPENINGS_A_PAGE, newest=True)
    context = {
        "title": "Why was this opened?",
        "nav_on": "openings",
        "openings": page.rows,
        "now": timezone.now(),
        "page": pager_addresses(page, request.path),
    }
    return render(request, "patients/openings.html", context)
