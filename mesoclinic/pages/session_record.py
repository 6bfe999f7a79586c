"""The record of a session, on the screen and as a PDF: the same content, with the calls planned, the signer and the hash."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core import audit
from mesoclinic.core.documents import pdf_response
from patients.actions.people import record_viewing
from treatments.followup.models import CheckIn
from treatments.followup.queries.follow_ups import check_ins_after_session
from treatments.followup.rules import CheckInStatus
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.record import SessionRecord, session_record
from treatments.sessions.rules.late_reports import days_as_hours_or_weeks_text
from treatments.sessions.views.charting_page import drawn_zones_for_map
from treatments.sessions.views.record_content import Fact, RecordContent, content_of_session_record

TEMPLATE = "treatments/sessions/record.typ"
MAP = "treatments/sessions/record_map.svg"

#: Where a zone's points stand on the printed map; on the screen the style sheet says so.
_LABEL_AT = {
    "FRONTAL": "translate(180 81)",
    "MIDSCALP": "translate(180 175)",
    "VERTEX": "translate(180 266)",
    "OCCIPITAL": "translate(180 345)",
    "TEMPORAL_L": "translate(63 130)",
    "TEMPORAL_R": "translate(297 130)",
    "PARIETAL_L": "translate(64 230)",
    "PARIETAL_R": "translate(296 230)",
}


@requires_permission(Permission.SEE_CLINICAL)
@require_safe
def session_record_page(request: StaffRequest, pk: int) -> HttpResponse:
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
        "record": session_content(record, by=request.user, now=timezone.now()),
        "may_correct": request.user.may(Permission.SIGN_SESSION) and not session.is_draft,
        **zone_map_context(record),
    }
    return render(request, "treatments/sessions/record.html", page)


@requires_permission(Permission.SEE_CLINICAL)
@require_safe
@transaction.atomic
def session_record_pdf(request: StaffRequest, pk: int) -> HttpResponse:
    """The same on paper. Printing is a row in the audit log, with the hash that was printed."""
    record = _record_or_404(pk)
    session = record.session
    audit.record(
        by=request.user,
        did="session.printed",
        about=session,
        patient_id=session.patient_id,
        sha256=record.sha256,
    )
    content = asdict(session_content(record, by=request.user, now=timezone.now()))
    content |= {"map": render_to_string(MAP, zone_map_context(record))}
    return pdf_response(TEMPLATE, content, f"record-{record.code}")


def session_content(record: SessionRecord, *, by: User, now: datetime) -> RecordContent:
    """What the record of a session says, printed by this person at this moment."""
    calls = check_ins_after_session(record.session)
    return content_of_session_record(
        record,
        by=by,
        now=now,
        calls=[
            Fact(f"{call.due_on:%-d %b %Y}", days_as_hours_or_weeks_text(call.days), _call_state_text(call))
            for call in calls
        ],
    )


def _call_state_text(call: CheckIn) -> str:
    """How a planned call went; empty while it is still to come."""
    return "" if call.status == CheckInStatus.DUE else call.get_status_display()


def zone_map_context(record: SessionRecord) -> dict[str, object]:
    """The zones treated, as the map draws them, each with its points."""
    return {
        "zones": [
            {
                "code": row.code,
                "name": row.label,
                "label": f"{row.points}",
                "state": "done",
                "at": _LABEL_AT.get(row.code, ""),
            }
            for row in record.zones
            if row.zone_id
        ],
        "drawn": drawn_zones_for_map(record.zones),
    }


def _record_or_404(pk: int) -> SessionRecord:
    try:
        return session_record(pk)
    except TreatmentSession.DoesNotExist as none:
        raise Http404 from none
