"""The page of rooms, working hours and time off."""

from datetime import time, timedelta

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.actions import set_staff_active
from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import add_all_errors
from mesoclinic.core.wording import day_text
from treatments.schedule.actions.hours import (
    add_room,
    add_time_off,
    add_working_hours_and_freed_times,
    remove_time_off_and_add_freed_times,
    remove_working_hours,
    set_room_in_use,
)
from treatments.schedule.forms.hours import RoomForm, TimeOffForm, WorkingHoursForm
from treatments.schedule.models import Room, TimeOff, WorkingHours
from treatments.schedule.queries.appointments import appointments_during_time_off
from treatments.schedule.queries.availability import working_hours_of
from treatments.schedule.queries.going_ahead import (
    clinicians_with_visits_ahead_count,
    rooms_with_visits_ahead_count,
    visits_ahead_in_room,
    visits_ahead_with_clinician,
)
from treatments.schedule.queries.hours import clinicians_at, handwritten_time_off_ahead, rooms_of_clinic
from treatments.schedule.rules.availability import instant_of_clock


@requires_permission(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD"])
def working_hours_page(request):
    """Rooms, weekly hours and absences: what free times are made of."""
    return _render_working_hours_page(request)


def _render_working_hours_page(request, status=200, **forms):
    clinic, now = request.clinic, timezone.now()
    if clinic is None:
        return render(request, "treatments/schedule/hours.html", {"nav_on": "hours"})
    rooms = list(rooms_with_visits_ahead_count(clinic, now))
    staff = list(clinicians_with_visits_ahead_count(clinic, now))
    clinicians = [one for one in staff if one.is_active]
    page = {
        "room_form": RoomForm(prefix="room"),
        "working_hours_form": _working_hours_form(request),
        "off_form": TimeOffForm(prefix="off", clinicians=clinicians, rooms=rooms, zone=clinic.zone),
    } | forms
    weekdays = range(7)
    by_clinician = {}
    for working in working_hours_of(clinic):
        lines = by_clinician.setdefault(working.clinician, {day: [] for day in weekdays})
        lines[working.weekday].append(working)
    return render(
        request,
        "treatments/schedule/hours.html",
        page
        | {
            "nav_on": "hours",
            "title": "Rooms and hours",
            "rooms": rooms,
            "staff": staff,
            "working_hours": [(clinician, list(days.items())) for clinician, days in by_clinician.items()],
            "off": handwritten_time_off_ahead(clinic, now),
            "forms": [page["room_form"], page["working_hours_form"], page["off_form"]],
        },
        status=status,
    )


def _working_hours_form(request, data=None):
    return WorkingHoursForm(
        data,
        prefix="working",
        clinicians=clinicians_at(request.clinic),
        rooms=Room.objects.filter(clinic=request.clinic, active=True),
        initial={"weekdays": [*range(5)], "opens": time(9), "closes": time(17)},
    )


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def room_add(request):
    form = RoomForm(request.POST, prefix="room")
    if form.is_valid():
        try:
            room = add_room(clinic=request.clinic, by=request.user, **form.cleaned_data)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, f"{room.name} is added.")
            return redirect("schedule:hours")
    return _render_working_hours_page(request, status=422, room_form=form)


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def room_set_in_use(request, pk):
    """In use, or not."""
    room = get_object_or_404(Room, pk=pk, clinic=request.clinic)
    active = request.POST.get("active") == "yes"
    set_room_in_use(room=room, active=active, by=request.user)
    if active:
        messages.success(request, f"{room.name} is in use now.")
        return redirect("schedule:hours")
    return _redirect_after_room_out_of_use(request, room)


def _redirect_after_room_out_of_use(request, room):
    """How many visits that touches, and who must be rung: by name to those who may read names."""
    return _redirect_telling_visits_touched(
        request,
        visits_ahead_in_room(room, timezone.now()),
        said=f"{room.name} is out of use now.",
        where="in it",
        way_out="give the visits another room",
        ring=f"room={room.pk}",
    )


def _redirect_telling_visits_touched(request, ahead, *, said, where, way_out, ring):
    """How many visits ahead a change touches, and to the list of whom to ring, for those who may read it."""
    visits = list(ahead[:100])
    if not visits:
        messages.success(request, f"{said} No visit ahead stands {where}.")
        return redirect("schedule:hours")
    count = "99+" if len(visits) > 99 else len(visits)
    standing = "1 visit ahead stands" if count == 1 else f"{count} visits ahead stand"
    first = timezone.localtime(visits[0].starts_at, request.clinic.zone)
    said = f"{said} {standing} {where}, the first on {first:%a} {day_text(first.date())}."
    if request.user.may(Permission.SEE_CALENDAR):
        messages.warning(request, f"{said} Ring these patients, or {way_out}.")
        return redirect(f"{reverse('schedule:to_ring')}?{ring}")
    messages.warning(request, f"{said} The front desk finds in Today whom to ring.")
    return redirect("schedule:hours")


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def clinician_set_active(request, pk):
    """Works here, or not any more: then they cannot sign in, and their visits ahead are told."""
    now = timezone.now()
    clinician = get_object_or_404(clinicians_with_visits_ahead_count(request.clinic, now), pk=pk)
    active = request.POST.get("active") == "yes"
    try:
        set_staff_active(user=clinician, active=active, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("schedule:hours")
    if active:
        messages.success(request, f"{clinician.display_name} works here again.")
        return redirect("schedule:hours")
    return _redirect_telling_visits_touched(
        request,
        visits_ahead_with_clinician(clinician, request.clinic, now),
        said=f"{clinician.display_name} does not work here any more and cannot sign in.",
        where="with them",
        way_out="give the visits another clinician",
        ring=f"clinician={clinician.pk}",
    )


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def working_hours_add(request):
    form = _working_hours_form(request, request.POST)
    if form.is_valid():
        try:
            add_working_hours_and_freed_times(clinic=request.clinic, by=request.user, **form.cleaned_data)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, "The hours are added.")
            return redirect("schedule:hours")
    return _render_working_hours_page(request, status=422, working_hours_form=form)


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def working_hours_remove(request, pk):
    working = get_object_or_404(WorkingHours, pk=pk, clinic=request.clinic)
    remove_working_hours(working=working, by=request.user)
    messages.success(request, "The hours are removed. What is booked in them stays.")
    return redirect("schedule:hours")


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def time_off_add(request):
    form = TimeOffForm(
        request.POST,
        prefix="off",
        clinicians=clinicians_at(request.clinic),
        rooms=rooms_of_clinic(request.clinic),
        zone=request.clinic.zone,
    )
    if form.is_valid():
        try:
            off = add_time_off(clinic=request.clinic, by=request.user, **_time_off_arguments(request, form))
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            _tell_absence_added_and_visits_in_it(request, off)
            return redirect("schedule:hours")
    return _render_working_hours_page(request, status=422, off_form=form)


def _time_off_arguments(request, form):
    """Whole days unless a time is given, by the clinic's clock."""
    given, zone = form.cleaned_data, request.clinic.zone
    kind, _, pk = given["who"].partition("-")
    who = Room if kind == "room" else User
    until = given["last_day"] if given["ends"] else given["last_day"] + timedelta(days=1)
    return {
        kind: who.objects.get(pk=pk),
        "starts_at": instant_of_clock(given["first_day"], given["starts"] or time(), zone),
        "ends_at": instant_of_clock(until, given["ends"] or time(), zone, last=True),
        "reason": given["reason"],
    }


def _tell_absence_added_and_visits_in_it(request, off):
    standing = appointments_during_time_off(off).count()
    if standing:
        what = "1 appointment stands" if standing == 1 else f"{standing} appointments stand"
        messages.warning(request, f"Added. {what} in this time: open the calendar and move them.")
    else:
        messages.success(request, "The absence is added.")


@requires_permission(Permission.MANAGE_CLINIC)
@require_POST
@once
def time_off_remove(request, pk):
    off = get_object_or_404(TimeOff, pk=pk, clinic=request.clinic)
    remove_time_off_and_add_freed_times(off=off, by=request.user)
    messages.success(request, "The absence is removed.")
    return redirect("schedule:hours")
