"""A session that was begun by mistake."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from treatments.sessions.actions.discarding import delete_draft_and_keep_reason
from treatments.sessions.models import TreatmentSession


@requires_permission(Permission.RUN_SESSION)
@require_POST
@once
def discard_posted_session(request, pk):
    """Throw the draft away, with a reason. Back to the appointment, or to the patient."""
    session = get_object_or_404(TreatmentSession.objects.select_related("patient", "plan"), pk=pk)
    appointment, patient = session.appointment_id, session.patient_id
    reason = request.POST.get("reason", "")
    try:
        delete_draft_and_keep_reason(session=session, by=request.user, reason=reason)
    except Refused as refused:
        page = {
            "nav_on": "today",
            "patient": session.patient,
            "step": "",
            "session": session,
            "title": f"Session {session.number} of {session.plan.sessions_planned}",
            "refused": refused.findings,
            "typed_reason": reason,
        }
        return render(request, "treatments/sessions/session_discard.html", page, status=422)
    messages.success(request, "The session is discarded. Nothing was taken from stock.")
    if appointment is not None:
        return redirect("schedule:appointment", appointment)
    return redirect("patient", patient)
