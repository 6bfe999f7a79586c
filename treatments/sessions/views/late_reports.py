"""Add what a patient tells after the signature: pain, reactions, and the day a reaction was over."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from patients.actions.people import record_viewing
from treatments.sessions.actions.late_reports import (
    record_late_pain,
    record_late_reactions,
    record_reaction_end,
)
from treatments.sessions.forms.reactions import DayForm, LateReportForms, LaterPainForm
from treatments.sessions.models import Reaction, TreatmentSession
from treatments.sessions.queries.reference import charting_reference


@requires_permission(Permission.RUN_SESSION)
@require_POST
@once(to="sessions:session")
def record_posted_late_pain(request, pk):
    """The pain an hour or a day after, once the session is signed."""
    session = get_object_or_404(TreatmentSession, pk=pk)
    form = LaterPainForm(request.POST)
    if not form.is_valid():
        said = [error for errors in form.errors.values() for error in errors]
        messages.error(request, f"Pain was not added. {' '.join(said)}")
        return redirect("sessions:session", pk)
    run_action_and_show_message(
        request, "Pain added.", record_late_pain, session=session, **form.cleaned_data
    )
    return redirect("sessions:session", pk)


@requires_permission(Permission.RUN_SESSION)
@require_http_methods(["GET", "POST"])
@once(to="sessions:session")
def show_or_record_late_reactions(request, pk):
    """Reactions told after the signature, beside those that were charted."""
    session = get_object_or_404(TreatmentSession.objects.select_related("patient", "clinic", "plan"), pk=pk)
    if session.is_draft:
        return redirect("sessions:session", pk)
    ref = charting_reference(session.clinic_id)
    late_reports = LateReportForms.for_all_adverse_effects(
        ref, request.POST if request.method == "POST" else None
    )
    refused = ()
    if request.method == "POST":
        wrong = [form for form in late_reports.reactions if not form.is_valid()]
        if not wrong:
            try:
                record_late_reactions(
                    session=session, by=request.user, reactions=late_reports.reported_reaction_entries
                )
            except Refused as error:
                refused = error.findings
            else:
                messages.success(request, "Added. What was signed stays as it was.")
                return redirect("sessions:session", pk)
    else:
        record_viewing(patient=session.patient, by=request.user, page="session")
    page = {
        **late_report_page_context(session),
        "title": f"Reaction after session {session.number}",
        "forms": late_reports.reactions,
        "seen": late_reports.reaction_groups_for_page,
        "refused": refused,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "treatments/sessions/late_reaction.html", page, status=status)


@requires_permission(Permission.RUN_SESSION)
@require_POST
@once
def record_posted_reaction_end(request, pk):
    """The day a reaction was over."""
    reaction = get_object_or_404(Reaction.objects.select_related("treatment_session"), pk=pk)
    back = redirect("sessions:session", reaction.treatment_session_id)
    form = DayForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.errors["ended_on"][0])
        return back
    run_action_and_show_message(
        request, "Written down.", record_reaction_end, reaction=reaction, **form.cleaned_data
    )
    return back


def late_report_page_context(session):
    """The context that every page of late reports needs."""
    return {"nav_on": "follow_up", "patient": session.patient, "step": "", "session": session}


def run_action_and_show_message(request, done, action, **arguments):
    """Do it, and say that it is done or why not."""
    try:
        action(by=request.user, **arguments)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
