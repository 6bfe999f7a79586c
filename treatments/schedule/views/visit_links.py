"""A patient's own pages of one visit, opened by the signed link of a reminder: the answer, another time, a calendar entry."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from mesoclinic.core.findings import Refused
from mesoclinic.core.links import BadLink
from mesoclinic.core.public_pages import (
    language_of_stranger,
    render_link_refused,
    without_sign_in_but_rate_limited,
)
from treatments.schedule import messages
from treatments.schedule.actions.visit_links import (
    MOVABLE,
    answer_visit_link_and_return_state,
    move_visit_by_link,
    visit_state_for_link_or_raise,
)
from treatments.schedule.forms.fields import read_day_or_none
from treatments.schedule.models import booking_settings_or_usual
from treatments.schedule.queries.availability import working_hours_of
from treatments.schedule.queries.feeds import visit_as_calendar_file
from treatments.schedule.queries.visit_links import (
    appointment_of_link_or_raise,
    read_visit_link_or_raise,
    visit_link_token,
)
from treatments.schedule.queries.visit_times import read_times_to_move_visit_to
from treatments.schedule.rules.appointments import AppointmentStatus, status_when_cancelled
from treatments.schedule.views.times_page import wanted_of_slot_or_none


# The signed address is the key, so a forged form would need it too. And a page that tells nobody where it was
# (no-referrer) sends "Origin: null", which the usual check would take for a stranger's.
@csrf_exempt
@without_sign_in_but_rate_limited
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def visit_link_page(request, token):
    """Looking changes nothing: mail programs open links by themselves. Only a button answers."""
    now = timezone.now()
    try:
        link = read_visit_link_or_raise(token)
        found = appointment_of_link_or_raise(link)
        if request.method == "POST":
            found, _ = answer_visit_link_and_return_state(
                link=link, says=request.POST.get("says", ""), now=now
            )
            return redirect(request.path)
        standing = visit_state_for_link_or_raise(found, link, now)
    except BadLink as bad:
        return render_link_refused(request, bad.why, 410 if bad.why == "expired" else 404)
    with translation.override(language_of_stranger(request, found.patient.language)):
        day, clock = messages.day_and_time_texts(found)
        notice = booking_settings_or_usual(found.clinic).notice_hours
        becomes = status_when_cancelled(found.starts_at, now, notice)
        return render(
            request,
            "treatments/schedule/visit_link.html",
            {
                "standing": standing,
                "clinic": found.clinic,
                "day": day,
                "clock": clock,
                "late": becomes is AppointmentStatus.LATE_CANCELLED,
                "notice_hours": notice,
                "reminded": found.patient.reminders_by != "none",
                "times_address": reverse("schedule:visit_time", args=[token]),
                "calendar_address": reverse("schedule:visit_ics", args=[token]),
            },
        )


@csrf_exempt
@without_sign_in_but_rate_limited
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def move_visit_by_link_page(request, token):
    """Another time for the visit. No time is chosen beforehand; the button says day and time."""
    now = timezone.now()
    try:
        link = read_visit_link_or_raise(token)
        visit = appointment_of_link_or_raise(link)
        with translation.override(language_of_stranger(request, visit.patient.language)):
            if visit_state_for_link_or_raise(visit, link, now) not in MOVABLE:
                return redirect("schedule:visit", token)
            is_taken = False
            if request.method == "POST":
                moved = _move_to_posted_time_or_none(request, visit, link, now)
                if moved is not None:
                    return redirect("schedule:visit", visit_link_token(moved))
                is_taken = True
            return _render_times(request, token, visit, now, is_taken=is_taken)
    except BadLink as bad:
        return render_link_refused(request, bad.why, 410 if bad.why == "expired" else 404)


def _move_to_posted_time_or_none(request, visit, link, now):
    """The visit at its new time; None where that time is not to be had (any more)."""
    length = int((visit.ends_at - visit.starts_at).total_seconds() // 60)
    wanted = wanted_of_slot_or_none(request.POST.get("at", ""), working_hours_of(visit.clinic), length)
    if wanted is None:
        return None
    try:
        return move_visit_by_link(link=link, wanted=wanted, now=now)
    except Refused:
        return None


def _render_times(request, token, visit, now, *, is_taken):
    # The days around the visit: most have to move it by a little.
    around = timezone.localtime(visit.starts_at, visit.clinic.zone).date() - timedelta(days=3)
    with_anyone = request.GET.get("with") == "anyone"
    times = read_times_to_move_visit_to(
        visit,
        first=read_day_or_none(request.GET.get("from", "")) or around,
        day=read_day_or_none(request.GET.get("day", "")),
        with_anyone=with_anyone,
        now=now,
    )
    chosen = None if is_taken else times.slot_or_none(request.GET.get("at", ""))
    day, clock = messages.day_and_time_texts(visit)
    return render(
        request,
        "treatments/schedule/visit_link_times.html",
        {
            "clinic": visit.clinic,
            "visit": visit,
            "visit_address": reverse("schedule:visit", args=[token]),
            "day": day,
            "clock": clock,
            "times": times,
            "days": [(some_day, times.free[some_day]) for some_day in times.days],
            "chosen": chosen,
            "is_taken": is_taken,
            "with_anyone": with_anyone,
            "clinician": visit.clinician,
        },
        status=422 if is_taken else 200,
    )


@without_sign_in_but_rate_limited
@require_http_methods(["GET", "HEAD"])
@sensitive_variables("token")
def visit_calendar_file(request, token):
    """The visit for a calendar: it says “Appointment”, nothing else."""
    try:
        link = read_visit_link_or_raise(token)
        visit = appointment_of_link_or_raise(link)
        if visit_state_for_link_or_raise(visit, link, timezone.now()) not in MOVABLE:
            raise BadLink("expired")
    except BadLink as bad:
        return render_link_refused(request, bad.why, 410 if bad.why == "expired" else 404)
    with translation.override(language_of_stranger(request, visit.patient.language)):
        file = visit_as_calendar_file(visit, gettext("Appointment"))
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return response
