"""Aftercare by link: sent from the desk or the session, read by the patient after a code."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.link_codes import show_link_code_once
from mesoclinic.core.public_pages import render_link_refused
from patients.models import PatientLink
from treatments.cocktails.queries.leaflet import told_of_cocktail
from treatments.followup.links import send_aftercare_link
from treatments.followup.models import AftercareLink
from treatments.followup.queries import aftercare
from treatments.followup.rules import emergency_number
from treatments.sessions.models import TreatmentSession
from treatments.sessions.rules.states import SessionStatus


@requires_permission(Permission.SEE_PATIENT)
@require_POST
@once
def send_posted_aftercare_link(request: StaffRequest, pk: int) -> HttpResponse:
    """Send the link; the code is shown this once, to tell the patient."""
    session = get_object_or_404(TreatmentSession, pk=pk)
    try:
        sent = send_aftercare_link(session=session, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        show_link_code_once(request, sent.code)
    return redirect("patient", session.patient_id)


# --- by the patient's link (mesoclinic.pages.patient_links): after the code --------------------------


def is_aftercare_readable(link: PatientLink) -> bool:
    """Whether the session stands: of one that was made void nothing is told."""
    return AftercareLink.objects.filter(
        link=link, treatment_session__status=SessionStatus.SIGNED.value
    ).exists()


def aftercare_by_link(request: HttpRequest, link: PatientLink, part: str) -> HttpResponse:
    """What to do in an emergency, what to leave and for how long, what is expected, and what was given."""
    if part:
        return render_link_refused(request, "ended", 404)
    session = TreatmentSession.objects.select_related("cocktail_version__cocktail__clinic").get(
        aftercare_links__link=link
    )
    with transaction.atomic():
        audit.record(by=None, did="aftercare.opened", about=session, patient_id=link.patient_id, link=link.pk)
    emergency = emergency_number(link.clinic.country)
    context = {
        "clinic": link.clinic,
        "emergency": emergency,
        "emergency_asks": gettext(aftercare.EMERGENCY),
        "call_now": gettext(aftercare.CALL_NOW) % {"emergency": emergency},
        "day": timezone.localtime(session.signed_at, link.clinic.zone).date(),
        "leave": [gettext(each) for each in aftercare.LEAVE],
        "expected": [gettext(each) for each in aftercare.EXPECTED],
        "alarming": [gettext(each) for each in aftercare.ALARMING],
        "call_clinic": gettext(aftercare.CALL_CLINIC),
        "given": [
            {
                "name": each.name,
                "grounds": gettext(aftercare.GROUNDS[each.grounds]),
                "licence": gettext(aftercare.LICENCES[each.licence])
                if each.licence in aftercare.LICENCES
                else "",
            }
            for each in told_of_cocktail(session.cocktail_version)
        ],
    }
    return render(request, "treatments/followup/aftercare_link.html", context)
