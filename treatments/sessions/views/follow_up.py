"""After a session: whom to ring, what they tell, and what a clinician follows up."""

from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import Refused
from mesoclinic.core.once import once
from patients.actions import note_viewing
from treatments.catalogue.models import Lot
from treatments.catalogue.rules import LotStatus
from treatments.catalogue.rules import can_move as lot_can_move
from treatments.sessions import actions, queries, rules
from treatments.sessions.forms.follow_up import DayForm, LaterPainForm, Telling
from treatments.sessions.models import CheckIn, FollowUp, Reaction, TreatmentSession
from treatments.sessions.queries import follow_up as reading
from treatments.sessions.rules import CheckInStatus, FollowUpStatus

#: How far ahead “coming” looks.
AHEAD = timedelta(days=7)


def _today(request) -> date:
    return timezone.localtime(timezone.now(), request.clinic.zone).date()


# ── whom to ring ─────────────────────────────────────────────────────────────────────────────────


@allowed(Permission.SEE_PATIENT)
@require_GET
def call_list(request):
    """Who is to be rung, the longest waiting first. The front desk sees that, and nothing clinical."""
    if request.clinic is None:
        raise Http404
    today = _today(request)
    coming = request.GET.get("show") == "coming"
    until = today + AHEAD if coming else today
    after = reading.Key.read(request.GET.get("after", ""))
    calls, more = reading.page_of_calls(request.clinic, until, after)
    show = "show=coming&" if coming else ""
    page = {
        "nav_on": "follow_up",
        "title": "Calls",
        "calls": [
            {"check_in": each, "patient": each.treatment_session.patient, "late": (today - each.due_on).days}
            for each in calls
        ],
        "coming": coming,
        "today": today,
        "page": {"next": f"{request.path}?{show}after={more}"} if more else {},
    }
    return render(request, "treatments/sessions/call_list.html", page)


@allowed(Permission.RUN_SESSION)
@require_http_methods(["GET", "POST"])
@once(to="sessions:check_in")
def check_in(request, pk):
    """A call: ask, write down what the patient tells."""
    found = _check_in(pk)
    ref = queries.reference()
    telling = Telling.of(ref, request.POST if request.method == "POST" else None)
    refused = ()
    if request.method == "POST" and telling.is_valid():
        said = telling.main.cleaned_data
        try:
            actions.answer_check_in(
                check_in=found, by=request.user, pain=said["pain"], reactions=telling.told, note=said["note"]
            )
        except Refused as error:
            refused = error.findings
        else:
            messages.success(request, "Written down. Thank you for ringing.")
            return redirect("sessions:check_in", pk)
    if request.method != "POST":
        patient = found.treatment_session.patient
        note_viewing(patient=patient, by=request.user, page="check-in")
    page = {
        **_frame(found.treatment_session),
        "title": f"Check-in after {found.name}",
        "check_in": found,
        "is_due": found.status == CheckInStatus.DUE,
        "asks_pain": found.days == rules.ASKS_PAIN_AFTER_DAYS
        and not any(row["moment"] == "24h" for row in found.known_pain),
        "known": [r for r in found.known_reactions if r["check_in"] != found.pk],
        "told": [r for r in found.known_reactions if r["check_in"] == found.pk],
        "pain_told": [r["score"] for r in found.known_pain if r["moment"] == "24h"],
        "form": telling.main,
        "forms": telling.reactions,
        "seen": telling.seen,
        "refused": refused,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "treatments/sessions/check_in.html", page, status=status)


@allowed(Permission.SEE_PATIENT)
@require_POST
@once
def check_in_not_reached(request, pk):
    """Nobody answered. The call stays on the list."""
    found = get_object_or_404(CheckIn.objects.select_related("treatment_session"), pk=pk)
    _try(request, "Noted. The call stays on the list.", actions.note_not_reached, check_in=found)
    return redirect("sessions:calls")


@allowed(Permission.RUN_SESSION)
@require_POST
@once
def check_in_cancel(request, pk):
    """This patient is not rung this time."""
    found = get_object_or_404(CheckIn.objects.select_related("treatment_session"), pk=pk)
    reason = request.POST.get("reason", "")
    _try(request, "This call is off the list.", actions.cancel_check_in, check_in=found, reason=reason)
    return redirect("sessions:check_in", pk)


def _check_in(pk):
    found = reading.check_ins().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


# ── what is told later ───────────────────────────────────────────────────────────────────────────


@allowed(Permission.RUN_SESSION)
@require_POST
@once(to="sessions:session")
def session_pain(request, pk):
    """The pain an hour or a day after, once the session is signed."""
    session = get_object_or_404(TreatmentSession, pk=pk)
    form = LaterPainForm(request.POST)
    if not form.is_valid():
        said = [error for errors in form.errors.values() for error in errors]
        messages.error(request, f"Pain was not added. {' '.join(said)}")
        return redirect("sessions:session", pk)
    _try(request, "Pain added.", actions.add_pain, session=session, **form.cleaned_data)
    return redirect("sessions:session", pk)


@allowed(Permission.RUN_SESSION)
@require_http_methods(["GET", "POST"])
@once(to="sessions:session")
def session_reactions(request, pk):
    """Reactions told after the signature, beside those that were charted."""
    session = get_object_or_404(TreatmentSession.objects.select_related("patient", "clinic", "plan"), pk=pk)
    if session.is_draft:
        return redirect("sessions:session", pk)
    ref = queries.reference()
    telling = Telling.of(ref, request.POST if request.method == "POST" else None)
    refused = ()
    if request.method == "POST":
        wrong = [form for form in telling.reactions if not form.is_valid()]
        if not wrong:
            try:
                actions.add_reactions(session=session, by=request.user, reactions=telling.told)
            except Refused as error:
                refused = error.findings
            else:
                messages.success(request, "Added. What was signed stays as it was.")
                return redirect("sessions:session", pk)
    else:
        note_viewing(patient=session.patient, by=request.user, page="session")
    page = {
        **_frame(session),
        "title": f"Reaction after session {session.number}",
        "forms": telling.reactions,
        "seen": telling.seen,
        "refused": refused,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "treatments/sessions/session_reactions.html", page, status=status)


@allowed(Permission.RUN_SESSION)
@require_POST
@once
def reaction_end(request, pk):
    """The day a reaction was over."""
    reaction = get_object_or_404(Reaction.objects.select_related("treatment_session"), pk=pk)
    back = redirect("sessions:session", reaction.treatment_session_id)
    form = DayForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.errors["ended_on"][0])
        return back
    _try(request, "Written down.", actions.end_reaction, reaction=reaction, **form.cleaned_data)
    return back


# ── what a clinician follows up ──────────────────────────────────────────────────────────────────


@allowed(Permission.SEE_CLINICAL)
@require_GET
def follow_up_list(request):
    """What is still followed up here, the first due first."""
    if request.clinic is None:
        raise Http404
    after = reading.Key.read(request.GET.get("after", ""))
    rows, more = reading.page_of_follow_ups(request.clinic, after)
    page = {
        "nav_on": "follow_up",
        "title": "Follow-ups",
        "follow_ups": rows,
        "today": _today(request),
        "page": {"next": f"{request.path}?after={more}"} if more else {},
    }
    return render(request, "treatments/sessions/follow_up_list.html", page)


@allowed(Permission.SEE_CLINICAL)
@require_GET
def follow_up(request, pk):
    """One follow-up: the reaction, what to do now, the lots it asks about, and what was done."""
    found = reading.follow_ups().filter(pk=pk).first()
    if found is None:
        raise Http404
    note_viewing(patient=found.treatment_session.patient, by=request.user, page="follow-up")
    return _follow_up_page(request, found)


def _follow_up_page(request, found, *, refused=(), typed="", status=200):
    began = reading.began_on(found.reaction)
    lots = list(reading.lots_asked(found))
    page = {
        **_frame(found.treatment_session),
        "title": "Follow-up",
        "follow_up": found,
        "reaction": found.reaction,
        "effect": found.reaction.effect,
        "began_on": began,
        "lots_from": found.lot_days and rules.lots_asked_from(began, found.lot_days),
        "lots": [
            {
                "lot": lot,
                "given": [{**g, "on": date.fromisoformat(g["on"])} for g in lot.given],
                "last_on": date.fromisoformat(lot.given[-1]["on"]),
                "can_quarantine": lot_can_move(lot.status, LotStatus.QUARANTINED),
            }
            for lot in lots
        ],
        "notes": [
            {**n, "at": datetime.fromisoformat(n["at"]), "moved_words": n["moved_to"].replace("_", " ")}
            for n in found.told
        ],
        "can": {to.value: rules.follow_up_can_move(found.status, to) for to in FollowUpStatus},
        "refused": refused,
        "typed": typed,
    }
    return render(request, "treatments/sessions/follow_up.html", page, status=status)


@allowed(Permission.SIGN_SESSION)
@require_POST
@once(to="sessions:follow_up")
def follow_up_move(request, pk):
    """Write what was done; with it take it in hand, close it, or open it again."""
    found = reading.follow_ups().filter(pk=pk).first()
    if found is None:
        raise Http404
    to, text = request.POST.get("to", ""), request.POST.get("text", "")
    try:
        if to in set(FollowUpStatus):
            actions.move_follow_up(follow_up=found, to=to, by=request.user, text=text)
        else:
            actions.add_follow_up_note(follow_up=found, by=request.user, text=text)
    except Refused as refused:
        return _follow_up_page(request, found, refused=refused.findings, typed=text, status=422)
    messages.success(request, "Written down.")
    return redirect("sessions:follow_up", pk)


@allowed(Permission.SIGN_SESSION)
@require_POST
@once
def follow_up_quarantine(request, pk, lot_pk):
    """Put a lot aside that this reaction asks about."""
    found = get_object_or_404(FollowUp, pk=pk)
    lot = get_object_or_404(Lot, pk=lot_pk)
    _try(
        request,
        f"Lot {lot.number} is put aside: nobody can use it until it is released.",
        actions.quarantine_asked_lot,
        follow_up=found,
        lot=lot,
        reason=request.POST.get("reason", ""),
    )
    return redirect("sessions:follow_up", pk)


# ── the steps ────────────────────────────────────────────────────────────────────────────────────


def _frame(session):
    return {"nav_on": "follow_up", "patient": session.patient, "step": "", "session": session}


def _try(request, done, action, **arguments):
    """Do it, and say that it is done or why not."""
    try:
        action(by=request.user, **arguments)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
