"""All dates of a patient at a clinic: sent by link from the desk, read after the code, each changed on its own page."""

from django.contrib import messages as flash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.link_codes import show_link_code_once
from mesoclinic.core.public_pages import render_link_refused
from patients.models import Patient, PatientLink
from treatments.schedule import messages
from treatments.schedule.actions.patient_visits import send_visits_link
from treatments.schedule.queries.patient_visits import coming_visits_of_patient
from treatments.schedule.queries.visit_links import visit_link_token


@require_POST
@requires_permission(Permission.BOOK)
@once
def send_posted_visits_link(request, pk):
    """Send the link; the code is shown to the desk this once, to tell the patient."""
    patient = get_object_or_404(Patient, pk=pk)
    try:
        sent = send_visits_link(patient=patient, clinic=request.clinic, by=request.user)
    except Refused as refused:
        flash.error(request, refused.findings[0].message)
    else:
        show_link_code_once(request, sent.code)
    return redirect("patient", pk)


# --- by the patient's link (mesoclinic.pages.patient_links): after the code --------------------------


def has_coming_visits(link: PatientLink) -> bool:
    """Whether a visit is still to come."""
    return bool(coming_visits_of_patient(link.patient_id, link.clinic_id, timezone.now()))


def visits_by_link(request: HttpRequest, link: PatientLink, part: str) -> HttpResponse:
    """The dates at a glance: day and time, whether confirmed, and the way to each one's own page."""
    if part:
        return render_link_refused(request, "ended", 404)
    with transaction.atomic():
        audit.record(by=None, did="visits.opened", about=link, patient_id=link.patient_id, link=link.pk)
    rows = []
    for visit in coming_visits_of_patient(link.patient_id, link.clinic_id, timezone.now()):
        day, clock = messages.day_and_time_texts(visit)
        address = reverse("schedule:visit", args=[visit_link_token(visit)])
        rows.append({"day": day, "clock": clock, "status": visit.status, "address": address})
    return render(request, "treatments/schedule/visits_by_link.html", {"clinic": link.clinic, "rows": rows})
