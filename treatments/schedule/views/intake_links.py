"""The desk sends a patient the questions of the intake by link."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.idempotency import once
from patients.models import Patient
from treatments.schedule.actions.intake_links import send_intake_link


@require_POST
@requires_permission(Permission.BOOK)
@once
def send_posted_intake_link(request, pk):
    """Send it; the birth date opens it, so there is no code to tell."""
    if request.clinic is None:
        raise Http404
    patient = get_object_or_404(Patient, pk=pk)
    send_intake_link(patient=patient, clinic=request.clinic, by=request.user)
    messages.success(request, "The link is on its way. The patient's birth date opens it.")
    return redirect("patient", pk)
