"""The record of a session, on the screen and as a PDF: the same content, with the signer and the hash."""

from dataclasses import asdict

from django.db import transaction
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core import audit
from mesoclinic.core.documents import pdf_response
from patients.actions.people import record_viewing
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.record import session_record
from treatments.sessions.views.charting_page import drawn_zones_for_map
from treatments.sessions.views.record_content import record_content

TEMPLATE = "treatments/sessions/record.typ"


@requires_permission(Permission.SEE_CLINICAL)
@require_safe
def session_record_page(request, pk):
    """One page with all that was signed, and what was added since."""
    record = _record_or_404(pk)
    session = record.session
    record_viewing(patient=session.patient, by=request.user, page="session record")
    page = {
        "nav_on": "patients",
        "patient": session.patient,
        "step": "",
        "title": f"Record of session {session.number}",
        "session": session,
        "record": record_content(record, by=request.user, now=timezone.now()),
        "may_correct": request.user.may(Permission.SIGN_SESSION) and not session.is_draft,
        "zones": [
            {
                "code": row.code,
                "name": row.label,
                "label": f"{row.points}",
                "state": "done",
            }
            for row in record.zones
            if row.zone_id
        ],
        "drawn": drawn_zones_for_map(record.zones),
    }
    return render(request, "treatments/sessions/record.html", page)


@requires_permission(Permission.SEE_CLINICAL)
@require_safe
@transaction.atomic
def session_record_pdf(request, pk):
    """The same on paper. Printing is a row in the audit log, with the hash that was printed."""
    record = _record_or_404(pk)
    session = record.session
    content = record_content(record, by=request.user, now=timezone.now())
    audit.record(
        by=request.user,
        did="session.printed",
        about=session,
        patient_id=session.patient_id,
        sha256=record.sha256,
    )
    return pdf_response(TEMPLATE, asdict(content), f"record-{record.code}")


def _record_or_404(pk):
    try:
        return session_record(pk)
    except TreatmentSession.DoesNotExist as none:
        raise Http404 from none
