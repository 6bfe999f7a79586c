"""Start a session, and show it: a draft to chart, or what was signed."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.confirming import password_typed_again
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import PASSWORD_CODE, Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import posted_reason_by_code
from patients.actions.people import record_viewing
from treatments.cocktails.views.not_asked import questions_context
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment
from treatments.sessions.actions.start import start_or_resume_session
from treatments.sessions.forms.charting import SessionForms
from treatments.sessions.queries.reasons_before import earlier_reasons_of_plan_by_code
from treatments.sessions.queries.reference import charting_reference
from treatments.sessions.queries.sessions import latest_unsigned_sessions_of_patient
from treatments.sessions.queries.start_checks import read_start_checks
from treatments.sessions.rules.start import check_what_else_stands_at_start, checks_passed_last
from treatments.sessions.views.autosave import (
    autosaved_or_stored_fields,
    session_detail_or_404,
    usable_lots_by_product,
)
from treatments.sessions.views.charting import answer_posted_chart
from treatments.sessions.views.charting_page import render_charting_page
from treatments.sessions.views.questions import (
    findings_and_questions_at_start,
    plan_to_start_or_none,
    save_posted_start_answers_or_refuse,
)
from treatments.sessions.views.signed import render_signed_page
from treatments.sessions.views.signing import findings_context


@requires_permission(Permission.RUN_SESSION)
@require_POST
@once
def start_posted_session_of_appointment(request, pk):
    """The session of an appointment: the one begun, or a new one."""
    appointment = get_object_or_404(Appointment.objects.select_related("patient"), pk=pk)
    return _start_session_or_show_findings(request, appointment.patient, appointment=appointment)


@requires_permission(Permission.RUN_SESSION)
@require_POST
@once
def start_posted_session_of_plan(request, pk):
    """The next session of a plan, for somebody who came without an appointment."""
    plan = get_object_or_404(TreatmentPlan.objects.select_related("patient"), pk=pk)
    return _start_session_or_show_findings(request, plan.patient, plan=plan)


def _start_session_or_show_findings(request, patient, **of):
    """Start the session and go to it; else the page with what stands against it."""
    reasons, began = posted_reason_by_code(request.POST), timezone.now()
    password = password_typed_again(request)
    try:
        save_posted_start_answers_or_refuse(request, plan_to_start_or_none(**of))
        session = start_or_resume_session(
            **of,
            by=request.user,
            clinic=request.clinic,
            reasons=reasons,
            is_confirmed=password.is_right,
        )
    except Refused as refused:
        return _render_refused_start(request, patient, password.explain(refused.findings), reasons, **of)
    if session.is_draft and session.started_at < began:
        since = date_format(timezone.localtime(session.started_at), "j M, H:i")
        messages.info(
            request,
            f"Session {session.number} was begun on {since} and is not signed. It stands as it was left.",
        )
    return redirect("sessions:session", session.pk)


def _render_refused_start(request, patient, standing, reasons, **of):
    """What stands against the start, what is asked here, what else was checked, and the ways out."""
    planned = plan_to_start_with_clinic_or_none(**of)
    findings, not_asked = findings_and_questions_at_start(request, plan_to_start_or_none(**of), standing)
    # While a block stands that nobody goes past no button says that it starts the session.
    is_stopped = any(each.fixed and each.code != PASSWORD_CODE for each in findings)
    record_viewing(patient=patient, by=request.user, page="start")
    page = {
        "reasons_before": {} if planned is None else earlier_reasons_of_plan_by_code(planned),
        "nav_on": "patients",
        "patient": patient,
        "appointment_pk": _visit_to_move_or_none(planned, **of),
        "step": "",
        "title": "Start the session",
        **findings_context(findings, reasons, request, refused=standing if reasons else ()),
        **questions_context(not_asked, then="" if is_stopped else ", and start"),
        "is_stopped": is_stopped,
        "starts_by_answering": bool(not_asked) and not is_stopped,
        "unsigned": latest_unsigned_sessions_of_patient(patient, by=request.user),
    }
    if planned is not None:
        today = timezone.localdate()
        checks = check_what_else_stands_at_start(
            read_start_checks(planned, request.clinic, today), standing, questions_left=len(not_asked)
        )
        page["checks"] = checks_passed_last(checks)
    return render(request, "treatments/sessions/session_start.html", page, status=422)


def _visit_to_move_or_none(planned, *, appointment=None, plan=None):
    """The visit that the session was to be given at, or the next that is booked of its plan: it can be moved."""
    if appointment is not None:
        return appointment.pk
    if planned is None:
        return None
    booked = Appointment.objects.filter(plan=planned, starts_at__gte=timezone.now()).holding_time()
    return booked.order_by("starts_at").values_list("pk", flat=True).first()


def plan_to_start_with_clinic_or_none(*, appointment=None, plan=None):
    """The plan whose session is started, with its clinic; None where the appointment is of none."""
    pk = plan.pk if plan is not None else appointment.plan_id
    return TreatmentPlan.objects.select_related("clinic", "cocktail_version__signed_by").filter(pk=pk).first()


@requires_permission(Permission.RUN_SESSION)
@require_http_methods(["GET", "POST"])
def show_or_save_session(request, pk):
    """A draft to chart, as it was left; or what was signed, to read. Another clinic's draft leads to the patient."""
    detail = session_detail_or_404(request, pk)
    if request.method == "POST":
        return answer_posted_chart(request, detail)
    if detail.session.is_draft and detail.session.clinic_id != request.clinic.pk:
        messages.info(
            request, "This session is charted at another clinic. It is read here once it is signed."
        )
        return redirect("patient", detail.session.patient_id)
    record_viewing(patient=detail.session.patient, by=request.user, page="session")
    if not detail.session.is_draft:
        return render_signed_page(request, detail)
    ref = charting_reference(detail.session.clinic_id)
    lots = usable_lots_by_product(detail)
    session_forms = SessionForms.from_typed_unvalidated(autosaved_or_stored_fields(detail), detail, ref, lots)
    return render_charting_page(request, session_forms, ref, lots)
