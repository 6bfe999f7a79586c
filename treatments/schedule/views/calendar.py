"""The calendar: a day, a week or a list of them, and a card that is put somewhere else."""

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.core.periods import Period
from mesoclinic.core.reasons import codes_of_reasons_too_short, posted_reason_by_code
from treatments.schedule.actions.booking import move_appointment
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.actions.visits import mark_arrived
from treatments.schedule.forms.fields import FIRST_DAY, LAST_DAY, read_day_or_none
from treatments.schedule.models import Appointment
from treatments.schedule.queries import availability, calendar
from treatments.schedule.queries.appointments import (
    appointment_in_the_way_or_none,
    appointments_with_related,
    later_course_sessions_still_booked,
)
from treatments.schedule.queries.courses import days_meeting_all_intervals, read_course
from treatments.schedule.rules.availability import zone_text
from treatments.schedule.rules.instants import instant_form_value, parse_instant
from treatments.schedule.rules.lengths import check_session_length_follows_rule
from treatments.schedule.rules.times import is_move_within_a_day
from treatments.schedule.views.day_cards import Reader, appointment_lines
from treatments.schedule.views.day_grid import (
    day_grid_of_clinicians,
    day_grid_of_rooms,
    week_grid,
)
from treatments.schedule.views.times_page import day_and_clock_text, split_findings_by_reason_needed

VIEWS = {"day": "Day", "week": "Week", "list": "List"}
SIDES = {"clinician": "Clinicians", "room": "Rooms"}


@requires_permission(Permission.SEE_CALENDAR)
@require_http_methods(["GET", "HEAD"])
def calendar_page(request):
    """A clinic's day by clinician or room, a week of one of them, or either as a list."""
    now, here = timezone.now(), calendar.clinics_with_calendar_open_to(request.user)
    clinic = _clinic_asked_for_or_own(request, here)
    if clinic is None:
        return render(request, "treatments/schedule/day.html", {"nav_on": "calendar"})
    with timezone.override(clinic.zone):
        return _render_calendar_page(request, clinic, here, now)


def _render_calendar_page(request, clinic, here, now):
    today = timezone.localtime(now, clinic.zone).date()
    asked = request.GET.get("day", "")
    shown = read_day_or_none(asked) if asked else today
    is_odd = shown is None
    shown = shown or today
    view = _choice_from_query(request, "view", VIEWS)
    side = _choice_from_query(request, "by", SIDES)
    span = request.GET.get("span") if view == "list" else ""
    is_week = view == "week" or span == "week"
    first, last = _first_and_last_day_of_week(shown) if is_week else (shown, shown)
    place = Place.from_query(request.GET) if view == "list" else None
    at = calendar.read_calendar_days(clinic, first, last, now, place=place)
    reader = _reader_permissions_from_request(request)
    who, person = _column_choices_and_chosen_pk(at, side, request.GET.get("who", ""), request.user)
    fixed = {"view": view, "by": side, "clinic": clinic.pk}
    if view == "week":
        fixed["who"] = person
    page = {
        "nav_on": "calendar",
        "shown": shown,
        "first": first,
        "last": last,
        "today": today,
        "at_clinic": clinic,
        "zone_text": zone_text(clinic.time_zone),
        "clinics": here,
        "asked": asked if is_odd else "",
        "view": view,
        "views": [
            (key, label, _calendar_address(shown, fixed | {"view": key})) for key, label in VIEWS.items()
        ],
        "side": side,
        "sides": list(SIDES.items()),
        "who": who,
        "person": person,
        "is_week": is_week,
        "previous": _calendar_address(
            max(first - timedelta(days=7 if is_week else 1), FIRST_DAY), fixed, span
        ),
        "following": _calendar_address(
            min(first + timedelta(days=7 if is_week else 1), LAST_DAY), fixed, span
        ),
        "now_address": _calendar_address(None, fixed, span),
        "next_free": at.next_free_slot_or_none,
        "given_up": appointment_lines(at, reader, at.given_up),
    }
    page |= _what_the_view_shows(request, at, reader, page, fixed, span)
    return render(request, "treatments/schedule/day.html", page, status=400 if is_odd else 200)


def _what_the_view_shows(request, at, reader, page, fixed, span):
    """The list, the week or the day's columns, with its counts and the pages before and after it."""
    view, side = page["view"], page["side"]
    day = request.GET.get("day") and page["shown"]
    if view == "list":
        kept = {"day": day.isoformat() if day else "", "span": span, **fixed}
        return {
            "lines": _days_with_their_lines(appointment_lines(at, reader, at.appointments)),
            "counts": calendar.visit_counts_of_list(at),
            "page": pager_addresses(at.page, request.path, kept),
        }
    if view == "week":
        one = {"clinician_id": None, "room_id": None, f"{side}_id": page["person"]}
        grid = week_grid(at, reader, **one)
        return {"day": grid, "counts": grid}
    draw = day_grid_of_rooms if side == "room" else day_grid_of_clinicians
    first = request.GET.get("from", "")
    grid = draw(at, reader, int(first) if first.isdecimal() else None)
    pager = {
        "previous": grid.before and _calendar_address(day, fixed | {"from": grid.before}),
        "next": grid.after and _calendar_address(day, fixed | {"from": grid.after}),
        "label": f"{len(grid.columns)} of the {'rooms' if side == 'room' else 'clinicians'}",
    }
    return {"day": grid, "counts": grid, "page": pager}


def _days_with_their_lines(lines):
    days = {}
    for line in lines:
        days.setdefault(line.day, []).append(line)
    return list(days.items())


def _clinic_asked_for_or_own(request, here):
    """The clinic asked for, where they see its calendar too, or the one somebody works at."""
    asked = request.GET.get("clinic", "")
    by_id = {str(one.pk): one for one in here}
    if asked.isdecimal() and asked not in by_id:
        raise Http404
    return by_id.get(asked) or by_id.get(str(request.clinic.pk) if request.clinic else "")


def _choice_from_query(request, name, choices):
    asked = request.GET.get(name, "")
    return asked if asked in choices else next(iter(choices))


def _first_and_last_day_of_week(day):
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _reader_permissions_from_request(request):
    return Reader(
        clinical=request.user.may(Permission.SEE_CLINICAL),
        books=request.user.may(Permission.BOOK),
        pk=request.user.pk,
    )


def _column_choices_and_chosen_pk(at, side, asked, user):
    """Whose week may be shown, and whose is: the one asked for, the reader's own, or the first."""
    names = {}
    for row in [*at.working_hours, *at.appointments]:
        if side == "room":
            names[row.room_id] = row.room.name
        else:
            names[row.clinician_id] = row.clinician.display_name
    chosen = next((pk for pk in names if str(pk) == asked), None)
    if chosen is None:
        chosen = user.pk if side == "clinician" and user.pk in names else next(iter(names), None)
    return list(names.items()), chosen


def _calendar_address(day, fixed, span=""):
    """The calendar's address: the day first, then what differs from the usual."""
    usual = {"view": "day", "by": "clinician"}
    more = {k: v for k, v in fixed.items() if v and usual.get(k) != v}
    if span:
        more["span"] = span
    query = ({"day": day.isoformat()} if day else {}) | more
    return f"{reverse('schedule:day')}?{urlencode(query)}"


# --- a card is put somewhere else --------------------------------------------


@requires_permission(Permission.BOOK)
@require_POST
@once
def move_on_calendar(request, pk):
    """Another start, length, clinician or room: what a drag, the keyboard or a form asks for.

    ``start`` is an instant in UTC; ``clinician`` and ``room`` are ids, each may be left out. The
    script is answered with a piece of a page: 200 when it is done, 422 when it is refused, with the
    reason and the nearest free times. Without it the same stands on a page of its own.
    """
    found = get_object_or_404(appointments_with_related(), pk=pk)
    clinic, now = found.clinic, timezone.now()
    with timezone.override(clinic.zone):
        working_hours = availability.working_hours_of(clinic)
        wanted = _wanted_time_from_post_or_none(request, found, working_hours)
        if wanted is None:
            refused = Refused.because(
                "This is no time of the calendar. Choose a time on the page again."
            ).findings
            return _move_refused_response(request, found, None, working_hours, refused, now)
        try:
            moved = move_appointment(
                appointment=found,
                wanted=wanted,
                reasons=posted_reason_by_code(request.POST),
                by=request.user,
                now=now,
            )
        except Refused as stopped:
            return _move_refused_response(request, found, wanted, working_hours, stopped.findings, now)
        later = 0
        if not is_move_within_a_day(found.starts_at, moved.starts_at, clinic.zone):
            later = _count_later_sessions(moved)
        return _appointment_moved_response(request, moved, later)


def _wanted_time_from_post_or_none(request, found, working_hours):
    """What was asked for; None where it cannot be read or is of no one here."""
    length = Period(found.starts_at, found.ends_at).minutes
    try:
        start = parse_instant(request.POST.get("start", ""))
        minutes = int(request.POST.get("minutes") or length)
        clinician_id = int(request.POST.get("clinician") or found.clinician_id)
        room_id = int(request.POST.get("room") or 0)
    except ValueError:
        return None
    clinicians = {o.clinician_id: o.clinician for o in working_hours} | {found.clinician_id: found.clinician}
    rooms = {o.room_id: o.room for o in working_hours} | {found.room_id: found.room}
    if clinician_id not in clinicians or (room_id and room_id not in rooms):
        return None
    if not 5 <= minutes <= 480:
        return None
    if not room_id:
        room_id = _room_pk_of_clinician_or_visit(working_hours, clinician_id, start, minutes, found)
    return Wanted(clinicians[clinician_id], rooms[room_id], start, minutes)


def _room_pk_of_clinician_or_visit(working_hours, clinician_id, start, minutes, found):
    """The room in which the clinician works then; else the one the visit had."""
    zone = found.clinic.zone
    day = start.astimezone(zone).date()
    period = Period(start, start + timedelta(minutes=minutes))
    theirs = [o for o in working_hours if o.clinician_id == clinician_id and o.weekday == day.weekday()]
    for working in theirs:
        if any(kept.contains(period) for kept in availability.working_periods_on(working, day, zone)):
            return working.room_id
    if clinician_id != found.clinician_id and theirs:
        return theirs[0].room_id
    return found.room_id


def _is_sent_by_script(request):
    return request.headers.get("X-Requested-With") == "calendar"


def _appointment_moved_response(request, moved, later):
    said = f"Moved to {day_and_clock_text(moved.starts_at, moved.clinic)}, {moved.clinician.display_name}, {moved.room.name}."
    if _is_sent_by_script(request):
        page = {"said": said, "appointment": moved, "later": later}
        return render(request, "treatments/schedule/_placed.html", page)
    messages.success(request, said)
    if later:
        return redirect("schedule:rest", moved.pk)
    return redirect(_calendar_address(timezone.localtime(moved.starts_at).date(), {}))


def _count_later_sessions(moved):
    """How many sessions of the course are booked after this one, and may move with it. One query."""
    if not (moved.plan_id and moved.session_number):
        return 0
    return later_course_sessions_still_booked(moved).count()


def _move_refused_response(request, found, wanted, working_hours, findings, now):
    asking, standing = split_findings_by_reason_needed(findings)
    page = {
        "appointment": found,
        "patient": found.patient,
        "title": "Move an appointment",
        "step": "",
        "nav_on": "calendar",
        "wanted": wanted,
        "asked": day_and_clock_text(wanted.starts_at, found.clinic) if wanted else "",
        "start": instant_form_value(wanted.starts_at) if wanted else "",
        "length": Period(found.starts_at, found.ends_at).minutes,
        "findings": asking if not standing else [],
        "refused": standing,
        "reasons": posted_reason_by_code(request.POST),
        "missing": codes_of_reasons_too_short(asking, posted_reason_by_code(request.POST)),
        "may_override": request.user.may(Permission.OVERRIDE),
        "nearest": _three_nearest_slots(found, wanted, working_hours, findings, now) if wanted else [],
        "who_is_there": _who_is_there_text(found, wanted, findings),
    }
    script = _is_sent_by_script(request)
    template = "_not_placed.html" if script else "place.html"
    return render(request, f"treatments/schedule/{template}", page, status=422)


#: Nothing of these is helped by another time.
_NO_OTHER_TIME = ("booking:state", "booking:deceased", "booking:merged")


def _three_nearest_slots(found, wanted, working_hours, findings, now):
    """The three free times nearest to the one asked for, with the same clinician, that ask for no reason.

    One query; three for a session of a course, whose distances are asked for.
    """
    if any(finding.code in _NO_OTHER_TIME for finding in findings):
        return []
    clinic = found.clinic
    local = timezone.localtime(wanted.starts_at, clinic.zone)
    day = max(local.date(), timezone.localtime(now, clinic.zone).date())
    diary = availability.read_diary_during(
        clinic,
        working_hours,
        availability.search_period_around(day, clinic.zone),
        patient_id=found.patient_id,
        clinician_id=wanted.clinician.pk,
        without=[found.pk],
    )
    minutes, only_on, equipment = wanted.minutes, None, ()
    if found.plan_id and found.session_number:
        course = read_course(found.plan_id)
        days = {
            day + timedelta(days=n) for n in range(-availability.AROUND.days, availability.AROUND.days + 1)
        }
        only_on = days_meeting_all_intervals(course, found.session_number, days)
        # Within its own day it keeps its distances.
        only_on.add(timezone.localtime(found.starts_at, clinic.zone).date())
        equipment = course.required_equipment
        if check_session_length_follows_rule(
            minutes, course.minutes_to_propose(found.session_number), code=""
        ):
            minutes = Period(found.starts_at, found.ends_at).minutes
    return availability.offer_of_nearest_slots(
        diary,
        day=day,
        around=local.time(),
        length=timedelta(minutes=minutes),
        now=now,
        clinician_id=wanted.clinician.pk,
        equipment=equipment,
        only_on=only_on,
    ).nearest


def _who_is_there_text(found, wanted, findings):
    """“Ríán Ó Conchúir has Dr Rinaldi, Room 1 from 11:30 to 12:15.”; empty where nobody has. One query."""
    if wanted is None or not any(finding.code.startswith("taken:") for finding in findings):
        return ""
    other = appointment_in_the_way_or_none(
        found, wanted.clinician.pk, wanted.room.pk, wanted.starts_at, wanted.ends_at
    )
    if other is None:
        return ""
    start, end = (timezone.localtime(at, found.clinic.zone) for at in (other.starts_at, other.ends_at))
    who = f"{other.patient.full_name} has {other.clinician.display_name}, {other.room.name}"
    return f"{who} from {start:%H:%M} to {end:%H:%M}."


# --- check-in ----------------------------------------------------------------


@requires_permission(Permission.BOOK)
@require_POST
@once
def mark_arrived_from_calendar(request, pk):
    """Arrived, by one tap on a card or in the list: and back to where that was."""
    found = get_object_or_404(Appointment.objects.select_related("patient", "clinic"), pk=pk)
    try:
        mark_arrived(appointment=found, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{found.patient.full_name} has arrived.")
    day = timezone.localtime(found.starts_at, found.clinic.zone).date()
    if request.POST.get("view") == "today":
        return redirect("today")
    back = {"view": "list", "clinic": found.clinic_id}
    if request.POST.get("view") in VIEWS:
        who = request.POST.get("who", "")
        back |= {
            "view": request.POST["view"],
            "by": request.POST.get("by") if request.POST.get("by") in SIDES else "",
            "who": who if who.isascii() and who.isdigit() else "",
        }
    return redirect(_calendar_address(day, back))
