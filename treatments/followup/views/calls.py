"""Pages of calls and follow-ups: the two lists, one of each, and what came after one session."""

from contextlib import suppress
from dataclasses import asdict
from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.documents import pdf_response
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.moves import can_move
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.core.public_pages import render_link_refused
from mesoclinic.core.reasons import add_all_errors
from patients.actions.people import record_viewing
from patients.models import PatientLink
from treatments.followup import actions, links
from treatments.followup.forms import (
    AdverseReportForm,
    CheckInByLinkForm,
    CheckInSettingsForm,
    SubmissionForm,
)
from treatments.followup.models import AdverseReport, CheckIn, CheckInAnswer, CheckInPhotograph, FollowUp
from treatments.followup.queries import by_link
from treatments.followup.queries import follow_ups as reading
from treatments.followup.queries.safety_texts import (
    check_in_languages_read,
    sent_in_language_text,
    why_not_by_link,
)
from treatments.followup.rules import (
    ASKS_ITEMS_AFTER_DAYS,
    ASKS_PAIN_AFTER_DAYS,
    FOLLOW_UP_MOVES,
    CheckInStatus,
    FollowUpStatus,
    days_late,
    emergency_number,
    needs_action_now,
    proposed_seriousness,
)
from treatments.sessions.forms.reactions import LateReportForms
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.reference import charting_reference
from treatments.sessions.rules.late_reports import days_as_hours_or_weeks_text, first_day_of_suspect_lots
from treatments.sessions.rules.states import SessionStatus
from treatments.sessions.views.late_reports import late_report_page_context, run_action_and_show_message
from treatments.stock.models import Lot
from treatments.stock.rules.lots import LOT_MOVES, LotStatus

#: How far ahead “coming” looks.
AHEAD = timedelta(days=7)


def _clinic_today(request) -> date:
    return timezone.localtime(timezone.now(), request.clinic.zone).date()


@requires_permission(Permission.SEE_PATIENT)
@require_GET
def call_list_page(request):
    """Who is to be rung, the longest waiting first. The front desk sees that, and nothing clinical."""
    if request.clinic is None:
        raise Http404
    today = _clinic_today(request)
    coming = request.GET.get("show") == "coming"
    until = today + AHEAD if coming else today
    found = reading.page_of_check_ins_due(request.clinic, until, Place.from_query(request.GET))
    unread = _reasons_not_by_link(request.clinic, found.rows)
    page = {
        "nav_on": "follow_up",
        "title": "Follow-up: Calls",
        "unread": sorted({why for why in unread.values() if why}),
        "calls": [
            {
                "not_by_link": bool(unread.get(each.pk)),
                "check_in": each,
                "patient": each.treatment_session.patient,
                "late": days_late(each.due_on, today),
                "link": each.link_sent,
            }
            for each in found.rows
        ],
        "coming": coming,
        "today": today,
        "share": by_link.answered_share(request.clinic, today),
        "share_days": by_link.SHARE_DAYS,
        "page": pager_addresses(found, request.path, {"show": "coming" if coming else ""}),
    }
    return render(request, "treatments/followup/call_list.html", page)


def _reasons_not_by_link(clinic, rows):
    """By check-in, why it does not go out by link; nothing at a clinic that does not ask by link."""
    asked = [each for each in rows if each.asks_by_link]
    read = check_in_languages_read(clinic) if asked else ()
    return {each.pk: why_not_by_link(each.treatment_session.patient.language, clinic, read) for each in asked}


@requires_permission(Permission.RUN_SESSION)
@require_http_methods(["GET", "POST"])
@once(to="followup:check_in")
def show_or_answer_check_in(request, pk):
    """A call: ask, write down what the patient tells."""
    detail = _check_in_or_404(pk)
    found = detail.check_in
    ref = charting_reference(found.treatment_session.clinic_id)
    late_reports = LateReportForms.for_all_adverse_effects(
        ref, request.POST if request.method == "POST" else None
    )
    refused = ()
    if request.method == "POST" and late_reports.is_valid():
        said = late_reports.main.cleaned_data
        try:
            actions.record_check_in_answers(
                check_in=found,
                by=request.user,
                pain=said["pain"],
                reactions=late_reports.reported_reaction_entries,
                note=said["note"],
            )
        except Refused as error:
            refused = error.findings
        else:
            messages.success(request, "Written down. Thank you for ringing.")
            return redirect("followup:check_in", pk)
    if request.method != "POST":
        patient = found.treatment_session.patient
        record_viewing(patient=patient, by=request.user, page="check-in")
    page = {
        **late_report_page_context(found.treatment_session),
        "title": f"Check-in after {found.time_after_session_text}",
        "check_in": found,
        "is_due": found.status == CheckInStatus.DUE,
        "asks_pain": found.days == ASKS_PAIN_AFTER_DAYS and not detail.pain_scores_after_24h,
        "known": detail.reactions_known_before,
        "told": detail.reactions_told_here,
        "answer": detail.answer,
        "pain_told": detail.pain_scores_after_24h,
        "form": late_reports.main,
        "forms": late_reports.reactions,
        "seen": late_reports.reaction_groups_for_page,
        "refused": refused,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "treatments/followup/check_in.html", page, status=status)


@requires_permission(Permission.SEE_PATIENT)
@require_POST
@once
def record_posted_not_reached(request, pk):
    """Nobody answered. The call stays on the list."""
    found = get_object_or_404(CheckIn.objects.select_related("treatment_session"), pk=pk)
    run_action_and_show_message(
        request, "Noted. The call stays on the list.", actions.record_not_reached, check_in=found
    )
    return redirect("followup:calls")


@requires_permission(Permission.RUN_SESSION)
@require_POST
@once
def cancel_posted_check_in(request, pk):
    """This patient is not rung this time."""
    found = get_object_or_404(CheckIn.objects.select_related("treatment_session"), pk=pk)
    reason = request.POST.get("reason", "")
    run_action_and_show_message(
        request, "This call is off the list.", actions.cancel_check_in, check_in=found, reason=reason
    )
    return redirect("followup:check_in", pk)


def _check_in_or_404(pk: int) -> reading.CheckInDetail:
    found = reading.check_in_detail_or_none(pk)
    if found is None:
        raise Http404
    return found


@requires_permission(Permission.SEE_CLINICAL)
@require_GET
def check_ins_and_follow_ups_of_session_page(request, pk):
    """What came after a signed session: its calls, and what is followed up."""
    session = get_object_or_404(
        TreatmentSession.objects.select_related("patient", "plan").exclude(status=SessionStatus.DRAFT), pk=pk
    )
    record_viewing(patient=session.patient, by=request.user, page="afterwards")
    page = {
        **late_report_page_context(session),
        "title": f"After session {session.number}",
        "check_ins": reading.check_ins_after_session(session),
        "follow_ups": reading.follow_ups_after_session(session),
    }
    return render(request, "treatments/followup/afterwards.html", page)


@requires_permission(Permission.SEE_CLINICAL)
@require_GET
def follow_up_list_page(request):
    """What is still followed up here, the first due first."""
    if request.clinic is None:
        raise Http404
    today = _clinic_today(request)
    found = reading.page_of_open_follow_ups(request.clinic, Place.from_query(request.GET))
    page = {
        "nav_on": "follow_up",
        "title": "Follow-ups",
        "follow_ups": [{"row": each, "is_late": days_late(each.due_on, today) > 0} for each in found.rows],
        "page": pager_addresses(found, request.path),
    }
    return render(request, "treatments/followup/follow_up_list.html", page)


@requires_permission(Permission.SEE_CLINICAL)
@require_GET
def follow_up_page(request, pk):
    """One follow-up: the reaction, what to do now, the lots it asks about, and what was done."""
    found = reading.follow_up_detail_or_none(pk)
    if found is None:
        raise Http404
    record_viewing(patient=found.treatment_session.patient, by=request.user, page="follow-up")
    return _render_follow_up(request, found)


def _render_follow_up(request, found, *, refused=(), typed="", status=200):
    began = reading.reaction_began_on(found.reaction)
    page = {
        **late_report_page_context(found.treatment_session),
        "title": "Follow-up",
        "follow_up": found,
        "reaction": found.reaction,
        "effect": found.reaction.effect,
        "needs_action_now": needs_action_now(found.reaction.effect.level, found.status),
        "began_on": began,
        "told_at": found.reaction.told_on_day and days_as_hours_or_weeks_text(found.reaction.told_on_day),
        "lots_from": found.lot_days and first_day_of_suspect_lots(began, found.lot_days),
        "lots": [
            {
                "suspect": suspect,
                "can_quarantine": can_move(LOT_MOVES, suspect.lot.status, LotStatus.QUARANTINED),
            }
            for suspect in reading.suspect_lots_of_follow_up(found)
        ],
        "notes": found.notes.all(),
        "can": {to.value: can_move(FOLLOW_UP_MOVES, found.status, to) for to in FollowUpStatus},
        "refused": refused,
        "typed": typed,
        "typed_outcome": request.POST.get("outcome", ""),
        "outcomes": FollowUp.outcome.field.choices,
    }
    return render(request, "treatments/followup/follow_up.html", page, status=status)


@requires_permission(Permission.SIGN_SESSION)
@require_POST
@once(to="followup:follow_up")
def move_or_note_posted_follow_up(request, pk):
    """Write what was done; with it take it in hand, close it, or open it again."""
    found = reading.follow_up_detail_or_none(pk)
    if found is None:
        raise Http404
    to, text = request.POST.get("to", ""), request.POST.get("text", "")
    try:
        if to in set(FollowUpStatus):
            actions.change_follow_up_status(
                follow_up=found,
                to=to,
                by=request.user,
                text=text,
                outcome=request.POST.get("outcome", ""),
            )
        else:
            actions.add_follow_up_note(follow_up=found, by=request.user, text=text)
    except Refused as refused:
        return _render_follow_up(request, found, refused=refused.findings, typed=text, status=422)
    messages.success(request, "Written down.")
    return redirect("followup:follow_up", pk)


@requires_permission(Permission.SIGN_SESSION)
@require_POST
@once
def quarantine_posted_lot(request, pk, lot_pk):
    """Put a lot aside that this reaction asks about."""
    found = get_object_or_404(FollowUp, pk=pk)
    lot = get_object_or_404(Lot, pk=lot_pk)
    run_action_and_show_message(
        request,
        f"Lot {lot.number} is put aside: nobody can use it until it is released.",
        actions.quarantine_suspect_lot,
        follow_up=found,
        lot=lot,
        reason=request.POST.get("reason", ""),
    )
    return redirect("followup:follow_up", pk)


# --- the adverse reaction report -----------------------------------------------------------------

REPORT = "treatments/followup/adverse_report.typ"


@requires_permission(Permission.SIGN_SESSION)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_save_adverse_report(request, pk):
    """Judge a reaction; everything else is on record already."""
    found = reading.follow_up_to_report_or_none(pk)
    if found is None:
        raise Http404
    proposed = {
        "serious": proposed_seriousness(found.reaction.effect.code),
        "narrative": found.reaction.note,
    }
    form = AdverseReportForm(request.POST or None, initial=proposed)
    if request.method == "POST" and form.is_valid():
        try:
            report = actions.save_adverse_report(follow_up=found, by=request.user, **form.cleaned_data)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, "The report is written. It is not sent: print it or type it in.")
            return redirect("followup:adverse_report", report.pk)
    if request.method != "POST":
        record_viewing(patient=found.treatment_session.patient, by=request.user, page="adverse report")
    page = {
        **late_report_page_context(found.treatment_session),
        "title": "Adverse reaction report",
        "follow_up": found,
        "form": form,
        "products": reading.suspect_products(found, reading.reaction_began_on(found.reaction)),
        "reports": found.adverse_reports.select_related("by").order_by("-pk"),
    }
    status = 422 if form.is_bound else 200
    return render(request, "treatments/followup/adverse_report_form.html", page, status=status)


@requires_permission(Permission.SIGN_SESSION)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_adverse_report_or_record_submission(request, pk):
    """The report as it stands, and who got it."""
    report, found = _report_and_follow_up_or_404(pk)
    form = SubmissionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_report_submission(report=report, by=request.user, **form.cleaned_data)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, "Written down.")
            return redirect("followup:adverse_report", pk)
    if request.method != "POST":
        record_viewing(patient=found.treatment_session.patient, by=request.user, page="adverse report")
    page = {
        **late_report_page_context(found.treatment_session),
        "title": "Adverse reaction report",
        "follow_up": found,
        "report": report,
        "content": reading.report_content(report, found),
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return render(request, "treatments/followup/adverse_report.html", page, status=status)


@requires_permission(Permission.SIGN_SESSION)
@require_GET
def adverse_report_pdf(request, pk):
    """On paper, in the order of the common forms. No name of the patient."""
    report, found = _report_and_follow_up_or_404(pk)
    record_viewing(patient=found.treatment_session.patient, by=request.user, page="adverse report")
    return pdf_response(REPORT, asdict(reading.report_content(report, found)), f"adverse-report-{pk}")


@requires_permission(Permission.SIGN_SESSION)
@require_GET
def adverse_report_json(request, pk):
    """The same as data."""
    report, found = _report_and_follow_up_or_404(pk)
    record_viewing(patient=found.treatment_session.patient, by=request.user, page="adverse report")
    answer = JsonResponse(asdict(reading.report_content(report, found)))
    answer["Content-Disposition"] = f'attachment; filename="adverse-report-{pk}.json"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _report_and_follow_up_or_404(pk):
    report = get_object_or_404(
        AdverseReport.objects.select_related("by").prefetch_related("submissions"), pk=pk
    )
    return report, reading.follow_up_to_report_or_none(report.follow_up_id)


# --- check-ins by link ---------------------------------------------------------------------------


def is_check_in_due_by_link(link: PatientLink) -> bool:
    """Whether the check-in of a link still waits for its answer."""
    return CheckIn.objects.filter(links__link=link, status=CheckInStatus.DUE).exists()


def check_in_by_link(request: HttpRequest, link: PatientLink, part: str) -> HttpResponse:
    """After the birth date (mesoclinic.pages.patient_links): what to do in an emergency, the questions, thanks. Nothing on record."""
    if part:
        return render_link_refused(request, "ended", 404)
    check_in = CheckIn.objects.get(links__link=link)
    page = {
        "clinic": link.clinic,
        "days": check_in.days,
        "asks_items": check_in.days in ASKS_ITEMS_AFTER_DAYS,
        "emergency": emergency_number(link.clinic.country),
    }
    if link.used_at is not None:
        answer = CheckInAnswer.objects.filter(check_in=check_in).first()
        page["is_red"] = answer is not None and answer.is_red
        return render(request, "treatments/followup/check_in_link_done.html", page)
    form = CheckInByLinkForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        # Sent twice, or somebody at the clinic was faster: the page then says what became of it.
        with suppress(Refused):
            links.record_answer_by_link(
                link=link,
                told=form.as_told(),
                language=get_language() or link.language,
                picture=form.cleaned_data["picture"],
            )
        return redirect(request.path)
    page["form"] = form
    return render(
        request, "treatments/followup/check_in_link.html", page, status=422 if form.is_bound else 200
    )


@requires_permission(Permission.SEE_PATIENT)
@require_POST
@once
def send_posted_check_in_link(request, pk):
    """The patient gets a link to answer this check-in by themselves."""
    found = get_object_or_404(CheckIn.objects.select_related("treatment_session"), pk=pk)
    try:
        sent = links.send_check_in_link(check_in=found, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, sent_in_language_text(sent.link))
    return redirect("patient", found.treatment_session.patient_id)


@requires_permission(Permission.SEE_PHOTOGRAPHS)
@require_GET
def check_in_photograph(request, pk):
    """The picture that came with the answer to a check-in."""
    found = get_object_or_404(
        CheckInPhotograph.objects.select_related("answer__check_in__treatment_session__patient"),
        answer__check_in=pk,
    )
    patient = found.answer.check_in.treatment_session.patient
    record_viewing(patient=patient, by=request.user, page="check-in photograph")
    answer = HttpResponse(bytes(found.jpeg), content_type="image/jpeg")
    answer["Cache-Control"] = "private, no-store"
    return answer


@requires_permission(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_save_check_in_settings(request):
    """Whether check-ins go out by link here, and who is told of an answer in red that waits."""
    if request.clinic is None:
        raise Http404
    stands = links.check_in_settings_or_usual(request.clinic)
    initial = {
        "by_link": stands.by_link,
        "escalate_after": stands.escalate_after,
        "escalate_to": stands.escalate_to,
    }
    form = CheckInSettingsForm(request.POST or None, initial=initial, clinic=request.clinic)
    if request.method == "POST" and form.is_valid():
        links.save_check_in_settings(clinic=request.clinic, by=request.user, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("followup:check_in_settings")
    page = {"nav_on": "check_ins", "title": "Check-ins", "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "treatments/followup/check_in_settings.html", page, status=status)
