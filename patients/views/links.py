"""The desk takes back a link to a patient's page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.idempotency import once
from patients.actions.links import end_link
from patients.models import PatientLink


@require_POST
@requires_permission(Permission.SEE_PATIENT)
@once
def end_posted_link(request: StaffRequest, pk: int) -> HttpResponse:
    link = get_object_or_404(PatientLink, pk=pk)
    end_link(link=link, by=request.user)
    messages.success(request, "The link opens no more.")
    return redirect("patient", link.patient_id)
