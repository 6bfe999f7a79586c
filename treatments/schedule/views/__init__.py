"""The calendar: the day, booking a visit or a course, an appointment, and the clinic's hours."""

from datetime import time, timedelta

from django.contrib import messages
from django.db.models import OuterRef
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats, timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import MIN_BLOCK_REASON, MIN_WARN_REASON, Level, Refused, note, ordered
from mesoclinic.core.once import once
from mesoclinic.core.periods import Period
from patients.models import Patient
from treatments.plans.models import TreatmentPlan
from treatments.schedule import actions, queries, rules
from treatments.schedule.actions import Wanted
from treatments.schedule.forms import (
    CourseForm,
    OpeningForm,
    RoomForm,
    TimeForm,
    TimeOffForm,
    VisitForm,
    read_day,
)
from treatments.schedule.models import Appointment, Opening, Room, TimeOff
from treatments.schedule.models.booking import BookingSettings, settings_of
from treatments.schedule.queries.facts import readiness_of, with_facts
from treatments.schedule.queries.reminders import reminders_of
from treatments.schedule.rules import AppointmentStatus

#: Where nobody has said a time of day.
MORNING = time(10)


# --- one visit ---------------------------------------------------------------


@allowed(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def book(request, pk):
    """One visit: what, with whom, when."""
    patient = get_object_or_404(Patient, pk=pk)
    if patient.merged_into_id:
        return redirect("schedule:book", patient.merged_into_id)
    clinic, now = request.clinic, timezone.now()
    courses = {
        f"session-{course.plan.pk}": course
        for course in queries.bookable_courses(patient)
        if course.plan.clinic_id == clinic.pk
    }
    openings = queries.openings_of(clinic)
    form = VisitForm(
        request.POST if request.method == "POST" else None,
        clinicians=clinician_names(openings),
        rooms=room_names(openings),
        zone=clinic.zone,
        sessions=[(value, _session_words(course)) for value, course in courses.items()],
        initial=_first_look(request, courses, openings, now),
    )
    given = form_values(form)
    course = courses.get(given.get("kind"))
    kind = "session" if course else given.get("kind")
    number = course.open_numbers[0] if course else None
    own = settings_of(openings[0].clinic) if openings else BookingSettings()
    proposed = course.minutes(number) if course else own.minutes_of(kind)
    minutes = given.get("minutes") or proposed
    refused = []
    if is_booking(request, form):
        wanted = chosen_slot(request.POST.get("slot", ""), openings, minutes, number)
        if wanted is None:
            form.add_error(None, "Choose one of the free times.")
        else:
            try:
                made = actions.book(
                    patient=patient,
                    wanted=wanted,
                    kind=kind,
                    clinic=clinic,
                    plan=course.plan if course else None,
                    note=form.cleaned_data["note"],
                    reasons=reasons_of(request),
                    by=request.user,
                    now=now,
                )
            except Refused as stopped:
                refused = stopped.findings
            else:
                messages.success(request, f"Booked: {when_words(made.starts_at, clinic)}.")
                return redirect("schedule:appointment", made.pk)
    if request.method != "POST":
        actions.note_viewing(patient=patient, by=request.user, page="booking")
    page = {
        "patient": patient,
        "step": "",
        "title": "Book a visit",
        "nav_on": "patients",
        "form": form,
        "back": ("patient", patient.pk),
        "submit": "Book",
        "rule_minutes": proposed if course else None,
    }
    return _times_page(
        request,
        "treatments/schedule/book.html",
        page,
        form,
        openings,
        refused,
        patient_id=patient.pk,
        minutes=minutes,
        now=now,
        course=course,
    )


@allowed(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def move(request, pk):
    """Another time for an appointment that has not begun."""
    found = get_object_or_404(queries.appointments_with_all(), pk=pk)
    clinic, now = found.clinic, timezone.now()
    with timezone.override(clinic.zone):
        openings = queries.openings_of(clinic)
        length = int((found.ends_at - found.starts_at).total_seconds() // 60)
        local = timezone.localtime(found.starts_at)
        form = TimeForm(
            request.POST if request.method == "POST" else None,
            clinicians=clinician_names(openings),
            rooms=room_names(openings),
            zone=clinic.zone,
            initial={
                "clinician": found.clinician_id,
                "day": read_day(request.GET.get("day", ""))
                or max(local.date(), timezone.localtime(now).date()),
                "around": local.time(),
                "which": "second" if local.fold else "first",
                "minutes": length,
            },
        )
        minutes = form_values(form).get("minutes") or length
        refused = []
        if is_booking(request, form):
            wanted = chosen_slot(request.POST.get("slot", ""), openings, minutes)
            if wanted is None:
                form.add_error(None, "Choose one of the free times.")
            else:
                try:
                    made = actions.move(
                        appointment=found,
                        wanted=wanted,
                        reasons=reasons_of(request),
                        by=request.user,
                        now=now,
                    )
                except Refused as stopped:
                    refused = stopped.findings
                else:
                    messages.success(request, f"Moved to {when_words(made.starts_at, clinic)}.")
                    if made.session_number:
                        # Which leads on to the appointment where nothing later is booked.
                        return redirect("schedule:rest", pk)
                    return redirect("schedule:appointment", pk)
        page = {
            "patient": found.patient,
            "step": "",
            "title": "Move an appointment",
            "nav_on": "calendar",
            "form": form,
            "appointment": found,
            "back": ("schedule:appointment", pk),
            "submit": "Move",
        }
        return _times_page(
            request,
            "treatments/schedule/move.html",
            page,
            form,
            openings,
            refused,
            patient_id=found.patient_id,
            minutes=minutes,
            now=now,
            without=pk,
            clinic=clinic,
        )


def _times_page(
    request,
    template,
    page,
    form,
    openings,
    refused,
    *,
    patient_id,
    minutes,
    now,
    without=None,
    clinic=None,
    course=None,
):
    """The form with the free times it asks for. What was refused says what is free nearby."""
    clinic = clinic or request.clinic
    given = form_values(form)
    offer, selected = None, ""
    if given.get("day"):
        today = timezone.localtime(now, clinic.zone).date()
        day_wanted = max(given["day"], today)
        diary = queries.diary(
            clinic,
            openings,
            queries.around(day_wanted, clinic.zone),
            patient_id=patient_id,
            clinician_id=given.get("clinician"),
            without=[without] if without else (),
        )
        length = timedelta(minutes=minutes)
        offer = queries.offer_in(
            diary,
            day=day_wanted,
            around=given.get("around"),
            second=given.get("which") == "second",
            length=length,
            now=now,
            clinician_id=given.get("clinician"),
            room_id=given.get("room"),
            equipment=course.equipment if course else (),
        )
        offer = _with_exact(request, offer, diary, length, now)
        selected = _selected(request, offer)
        page["day_wanted"] = day_wanted
    asking, standing = split_findings(refused)
    status = 200
    if form.errors or form.is_bound and refused:
        status = 422
    return render(
        request,
        template,
        page
        | {
            "offer": offer,
            "selected": selected,
            "taken": any(f.code.startswith("taken:") for f in refused),
            "minutes": minutes,
            "has_hours": bool(openings),
            "findings": asking,
            "refused": standing,
            "reasons": reasons_of(request),
            "missing": missing_reasons(request, asking),
            "may_override": request.user.may(Permission.OVERRIDE),
        },
        status=status,
    )


def _with_exact(request, offer, diary, length, now):
    """The time that was clicked in the calendar stands first, where it is still free: also off the usual grid."""
    asked = queries.read_slot(request.POST.get("slot", request.GET.get("slot", "")))
    if asked is None or asked[0] < now:
        return offer
    slot = diary.fits(asked[0], length, asked[1], asked[2])
    if slot is None or slot.value in {one.value for one in offer.all}:
        return offer
    return queries.Offer([slot, *offer.nearest[:2]], offer.others)


def _selected(request, offer):
    """The time that was chosen where it is still free; the nearest on a page just opened."""
    posted = request.POST.get("slot", request.GET.get("slot", ""))
    if posted in {slot.value for slot in offer.all}:
        return posted
    if request.method == "POST" and "show" not in request.POST:
        return ""
    return offer.nearest[0].value if offer.nearest else ""


def _first_look(request, courses, openings, now):
    """What the page opens with: the next session on its protocol day, or an intake today.

    A time that was clicked in the calendar says the day, the hour and with whom.
    """
    today = timezone.localtime(now).date()
    asked = read_day(request.GET.get("day", ""))
    clicked = {}
    slot = queries.read_slot(request.GET.get("slot", ""))
    if slot is not None and slot[1] in clinician_names(openings):
        local = timezone.localtime(slot[0])
        asked = read_day(local.date().isoformat())
        clicked = {"around": local.time(), "which": "second" if local.fold else "first", "clinician": slot[1]}
    for value, course in courses.items():
        number = course.open_numbers[0]
        before = course.previous(number, course.days)
        due = today
        if before is not None:
            gap = timedelta(days=course.gap(before, number))
            due = max(course.days[before] + gap, today)
        return {"kind": value, "day": asked or due} | clicked
    return {"kind": Appointment.Kind.INTAKE.value, "day": asked or today} | clicked


def _session_words(course):
    return f"Session {course.open_numbers[0]} of {course.plan.sessions_planned} · {course.plan.name}"


def is_booking(request, form):
    """Somebody pressed the button, and not only looked for times."""
    return request.method == "POST" and "show" not in request.POST and form.is_valid()


def form_values(form):
    """What the form says so far: what is well typed, or what it opens with."""
    if not form.is_bound:
        return dict(form.initial)
    form.is_valid()
    return form.cleaned_data


def room_names(openings):
    return {o.room_id: o.room.name for o in openings}


def clinician_names(openings):
    return {o.clinician_id: o.clinician.display_name for o in openings}


def chosen_slot(value, openings, minutes, number=None):
    """The time a form carries, with a clinician and a room that have hours here; None where it is none."""
    slot = queries.read_slot(value)
    clinicians = {o.clinician_id: o.clinician for o in openings}
    rooms = {o.room_id: o.room for o in openings}
    if slot is None or slot[1] not in clinicians or slot[2] not in rooms:
        return None
    return Wanted(clinicians[slot[1]], rooms[slot[2]], slot[0], minutes, number)


def reasons_of(request):
    return {
        name.removeprefix("reason:"): text.strip()
        for name, text in request.POST.items()
        if name.startswith("reason:")
    }


def split_findings(findings):
    """Those that a reason can pass, and those that nothing can."""
    return [f for f in findings if f.asks], [f for f in findings if not f.asks]


def missing_reasons(request, findings):
    """Codes that were asked for before, and still have no sufficient reason."""
    given = reasons_of(request)
    least = {Level.WARN: MIN_WARN_REASON, Level.BLOCK: MIN_BLOCK_REASON}
    return [f.code for f in findings if f.code in given and len(given[f.code]) < least[f.level]]


def when_words(instant, clinic):
    local = timezone.localtime(instant, clinic.zone)
    return f"{formats.date_format(local, 'l j F')}, {local:%H:%M}"


# --- a course ----------------------------------------------------------------


@allowed(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def book_course(request, pk):
    """Every open session of a plan, one time each, in one go."""
    plans = TreatmentPlan.objects.select_related("patient", "clinic__booking")
    plan = get_object_or_404(queries.with_held(plans), pk=pk)
    clinic, now = plan.clinic, timezone.now()
    with timezone.override(clinic.zone):
        course = queries.course_of(plan)
        openings = queries.openings_of(clinic)
        form = CourseForm(
            request.POST if request.method == "POST" else None,
            clinicians=clinician_names(openings),
            initial=_course_start(request, course, openings, now),
        )
        refused = []
        if is_booking(request, form):
            try:
                made = actions.book_course(
                    plan=plan,
                    wanted=_wanted_sessions(request, course, openings),
                    reasons=reasons_of(request),
                    by=request.user,
                    now=now,
                )
            except Refused as stopped:
                refused = stopped.findings
            else:
                messages.success(request, _booked_words(made, clinic))
                return redirect("patient", plan.patient_id)
        if request.method != "POST":
            actions.note_viewing(patient=plan.patient, by=request.user, page="booking")
        return course_page(request, course, form, openings, refused, now)


def _course_start(request, course, openings, now):
    """With whom and when the page opens: as the course has been, or the person who asks, tomorrow."""
    today = timezone.localtime(now).date()
    here = clinician_names(openings)
    mine = request.user.pk if request.user.pk in here else next(iter(here), None)
    number = next(iter(course.open_numbers), 1)
    before = course.previous(number, course.days)
    first_day = today + timedelta(days=1)
    if before is not None:
        gap = timedelta(days=course.gap(before, number))
        first_day = max(course.days[before] + gap, today)
    return {"clinician": mine, "first_day": first_day, "around": MORNING}


def _wanted_sessions(request, course, openings):
    chosen = (
        chosen_slot(request.POST.get(f"slot-{n}", ""), openings, course.minutes(n), number=n)
        for n in course.open_numbers
    )
    return [wanted for wanted in chosen if wanted is not None]


def _booked_words(made, clinic):
    first = when_words(made[0].starts_at, clinic)
    if len(made) == 1:
        return f"1 session is booked: {first}."
    return f"{len(made)} sessions are booked, the first on {first}."


def course_page(request, course, form, openings, refused, now, moving=None):
    """The sessions of a course, a line each. ``moving``: by number, appointments that have their day already."""
    plan, given = course.plan, form_values(form)
    taken = {f.where for f in refused if f.code.startswith("taken:")}
    rows, gaps = [], []
    if openings and given.get("clinician") and given.get("first_day"):
        today = timezone.localtime(now).date()
        first_day = max(given["first_day"], today)
        wish = given.get("around") or MORNING
        basis = f"{given['clinician']}|{first_day}|{wish:%H:%M}"
        proposals = queries.proposed(
            course,
            queries.diary(
                plan.clinic,
                openings,
                queries.course_span(course, first_day),
                patient_id=plan.patient_id,
                clinician_id=given["clinician"],
                without=[a.pk for a in (moving or {}).values()],
            ),
            first_day=first_day,
            clinician_id=given["clinician"],
            wish=wish,
            now=now,
            chosen_days=_chosen_days(request, course, basis, taken),
        )
        rows = [_row(request, p, basis, taken, refused, (moving or {}).get(p.number)) for p in proposals]
        gaps = _gaps(course, rows)
        given |= {"basis": basis}
    asking, standing = split_findings(refused)
    known = {finding.code for finding in gaps}
    gaps += _short(course, rows)
    free = sum(1 for row in rows if row["free"])
    return render(
        request,
        "treatments/schedule/book_course.html",
        {
            "patient": plan.patient,
            "step": "book",
            "title": "Move the rest of the course" if moving else "Book the course",
            "moving": moving,
            "nav_on": "patients",
            "plan": plan,
            "may_be_booked": plan.status in queries.BOOKABLE,
            "held": len(course.held),
            "open": len(course.open_numbers),
            "form": form,
            "has_hours": bool(openings),
            "rows": rows,
            "basis": given.get("basis", ""),
            "short": len(rows) - free,
            "free": free,
            "findings": [*gaps, *(f for f in asking if f.code not in known)],
            "refused": standing,
            "reasons": reasons_of(request),
            "missing": missing_reasons(request, asking),
            "may_override": request.user.may(Permission.OVERRIDE),
        },
        status=422 if form.errors or refused else 200,
    )


def _chosen_days(request, course, basis, taken):
    """Days that somebody chose for a session. Another clinician or first day proposes all of them anew."""
    if request.POST.get("basis") != basis:
        return {}
    days = {n: read_day(request.POST.get(f"day-{n}", "")) for n in course.open_numbers}
    return {n: d for n, d in days.items() if d and f"slot-{n}" not in taken}


def _row(request, proposal, basis, taken, refused, now_at=None):
    """A line of the course: the session, its day, and the free times of that day."""
    n = proposal.number
    values = {slot.value for slot in proposal.free}
    selected = proposal.slot.value if proposal.slot else ""
    kept = request.POST.get("basis") == basis and request.POST.get(f"was-{n}") == str(proposal.day)
    posted = request.POST.get(f"slot-{n}", "")
    if kept and f"slot-{n}" not in taken and (posted in values or not posted):
        selected = posted
    return {
        "number": n,
        "protocol_day": proposal.protocol_day,
        "day": proposal.day,
        "free": proposal.free,
        "conflict": proposal.conflict,
        "now_at": now_at,
        "selected": selected,
        "errors": [f.message for f in refused if f.where == f"slot-{n}" and not f.asks],
    }


def _gaps(course, rows):
    """What the protocol says of the days as they stand on the page, before anything is saved."""
    days = course.days | {r["number"]: r["day"] for r in rows if r["selected"]}
    new = {r["number"] for r in rows if r["selected"]}
    return [f for f in queries.gap_findings(course, days, new) if f.asks]


def _short(course, rows):
    """Sessions that the lots on the shelf do not cover by then: said, not asked about, for lots can be ordered."""
    days = {r["day"]: r["number"] for r in rows if r["selected"]}
    ahead = {h.day for h in course.held.values() if h.appointment} | set(days)
    short = course.short_on([d for d in ahead if d >= timezone.localdate()])
    numbers = sorted(days[day] for day in short if day in days)
    if not numbers:
        return []
    named = ", ".join(str(n) for n in numbers)
    which = f"Session {named} is" if len(numbers) == 1 else f"Sessions {named} are"
    message = f"{which} not covered by the stock in date by then: it has to be ordered."
    return [note("stock:short", message)]


# --- an appointment ----------------------------------------------------------


@allowed(Permission.SEE_CALENDAR)
@require_http_methods(["GET", "HEAD"])
def appointment(request, pk):
    found = get_object_or_404(_with_readiness(request), pk=pk)
    actions.note_viewing(patient=found.patient, by=request.user, page="appointment")
    return _appointment_page(request, found)


def _with_readiness(request):
    """Appointments with everybody, and with all that says whether they can go ahead."""
    zone = request.clinic.zone if request.clinic else timezone.get_current_timezone()
    rows = with_facts(queries.appointments_with_all(), zone)
    return rows.annotate(shelf=queries.lots_of(clinic=OuterRef("clinic")))


def _readiness(request, found):
    """Every check before the visit, worst first; none once it has begun."""
    clinical = request.user.may(Permission.SEE_CLINICAL)
    lots = queries.read_lots(found.shelf)
    checks = readiness_of([found], lots, found.clinic.zone, clinical=clinical)
    return ordered(checks.get(found.pk, []))


def _appointment_page(request, found, refused=(), status=200):
    now = timezone.now()
    to = rules.next_states(found.status)
    with timezone.override(found.clinic.zone):
        is_today = timezone.localdate(found.starts_at) == timezone.localdate(now)
        is_session = found.kind == Appointment.Kind.SESSION
        session = getattr(found, "treatment_session", None)
        ahead = AppointmentStatus.CANCELLED in to or AppointmentStatus.LATE_CANCELLED in to
        can_start = (
            is_session and is_today and session is None and ahead and request.user.may(Permission.RUN_SESSION)
        )
        return render(
            request,
            "treatments/schedule/appointment.html",
            {
                "patient": found.patient,
                "step": "",
                "title": "Appointment",
                "nav_on": "calendar",
                "appointment": found,
                "line": queries.visit_line(found),
                "minutes": Period(found.starts_at, found.ends_at).minutes,
                "readiness": _readiness(request, found),
                "length_reason": next(
                    (
                        row.get("reason")
                        for row in reversed(found.acknowledged)
                        if str(row.get("code", "")).startswith("booking:length")
                    ),
                    "",
                ),
                "session": session,
                "reminders": reminders_of(found),
                "refused": refused,
                "may_book": request.user.may(Permission.BOOK),
                "can_start": can_start,
                "can_confirm": AppointmentStatus.CONFIRMED in to,
                "can_arrive": AppointmentStatus.ARRIVED in to
                and is_today
                and found.status != AppointmentStatus.IN_TREATMENT,
                "can_undo_arrival": AppointmentStatus.BOOKED in to,
                "can_miss": AppointmentStatus.NO_SHOW in to and now >= found.starts_at,
                "can_finish": not is_session
                and found.status in (AppointmentStatus.ARRIVED, AppointmentStatus.IN_TREATMENT),
                "can_move": AppointmentStatus.CANCELLED in to,
                "can_cancel": ahead,
                "typed_reason": request.POST.get("reason", ""),
                "late": rules.cancel_finding(found.starts_at, now, settings_of(found.clinic).notice_hours)
                if ahead
                else None,
                "usual_reasons": rules.CANCEL_REASONS,
            },
            status=status,
        )


@allowed(Permission.BOOK)
@require_POST
@once
def confirm(request, pk):
    return _act(request, pk, actions.confirm)


@allowed(Permission.BOOK)
@require_POST
@once
def arrive(request, pk):
    return _act(request, pk, actions.arrive)


@allowed(Permission.BOOK)
@require_POST
@once
def arrive_undo(request, pk):
    return _act(request, pk, actions.take_back_arrival)


@allowed(Permission.BOOK)
@require_POST
@once
def no_show(request, pk):
    return _act(request, pk, actions.mark_no_show)


@allowed(Permission.BOOK)
@require_POST
@once
def finish(request, pk):
    return _act(request, pk, actions.finish_visit)


@allowed(Permission.BOOK)
@require_POST
@once
def cancel(request, pk):
    return _act(request, pk, actions.cancel, reason=request.POST.get("reason", ""))


def _act(request, pk, action, **more):
    found = get_object_or_404(_with_readiness(request), pk=pk)
    try:
        done = action(appointment=found, by=request.user, **more)
    except Refused as refused:
        return _appointment_page(request, found, refused.findings, status=422)
    messages.success(request, f"{when_words(found.starts_at, found.clinic)}: {done.get_status_display()}.")
    return redirect("schedule:appointment", pk)


# --- rooms and hours ---------------------------------------------------------


@allowed(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD"])
def hours(request):
    """Rooms, weekly hours and absences: what free times are made of."""
    return _hours_page(request)


def _hours_page(request, status=200, **forms):
    clinic, now = request.clinic, timezone.now()
    if clinic is None:
        return render(request, "treatments/schedule/hours.html", {"nav_on": "hours"})
    rooms = list(queries.rooms_of(clinic))
    clinicians = list(queries.clinicians_at(clinic))
    page = {
        "room_form": RoomForm(prefix="room"),
        "opening_form": _opening_form(request),
        "off_form": TimeOffForm(prefix="off", clinicians=clinicians, rooms=rooms, zone=clinic.zone),
    } | forms
    weekdays = range(7)
    by_clinician = {}
    for opening in queries.openings_of(clinic):
        lines = by_clinician.setdefault(opening.clinician, {day: [] for day in weekdays})
        lines[opening.weekday].append(opening)
    return render(
        request,
        "treatments/schedule/hours.html",
        page
        | {
            "nav_on": "hours",
            "title": "Rooms and hours",
            "rooms": rooms,
            "openings": [(clinician, list(days.items())) for clinician, days in by_clinician.items()],
            "off": queries.time_off_ahead(clinic, now),
            "forms": [page["room_form"], page["opening_form"], page["off_form"]],
        },
        status=status,
    )


def _opening_form(request, data=None):
    return OpeningForm(
        data,
        prefix="opening",
        clinicians=queries.clinicians_at(request.clinic),
        rooms=Room.objects.filter(clinic=request.clinic, active=True),
        initial={"weekdays": [*range(5)], "opens": time(9), "closes": time(17)},
    )


def say_at_fields(refused, form):
    for finding in refused.findings:
        form.add_error(finding.where if finding.where in form.fields else None, finding.message)


@allowed(Permission.MANAGE_CLINIC)
@require_POST
@once
def room_add(request):
    form = RoomForm(request.POST, prefix="room")
    if form.is_valid():
        try:
            room = actions.add_room(clinic=request.clinic, by=request.user, **form.cleaned_data)
        except Refused as refused:
            say_at_fields(refused, form)
        else:
            messages.success(request, f"{room.name} is added.")
            return redirect("schedule:hours")
    return _hours_page(request, status=422, room_form=form)


@allowed(Permission.MANAGE_CLINIC)
@require_POST
@once
def room_set(request, pk):
    """In use, or not."""
    room = get_object_or_404(Room, pk=pk, clinic=request.clinic)
    active = request.POST.get("active") == "yes"
    actions.set_room_active(room=room, active=active, by=request.user)
    messages.success(request, f"{room.name} is {'in use' if active else 'out of use'} now.")
    return redirect("schedule:hours")


@allowed(Permission.MANAGE_CLINIC)
@require_POST
@once
def opening_add(request):
    form = _opening_form(request, request.POST)
    if form.is_valid():
        try:
            actions.add_openings(clinic=request.clinic, by=request.user, **form.cleaned_data)
        except Refused as refused:
            say_at_fields(refused, form)
        else:
            messages.success(request, "The hours are added.")
            return redirect("schedule:hours")
    return _hours_page(request, status=422, opening_form=form)


@allowed(Permission.MANAGE_CLINIC)
@require_POST
@once
def opening_remove(request, pk):
    opening = get_object_or_404(Opening, pk=pk, clinic=request.clinic)
    actions.remove_opening(opening=opening, by=request.user)
    messages.success(request, "The hours are removed. What is booked in them stays.")
    return redirect("schedule:hours")


@allowed(Permission.MANAGE_CLINIC)
@require_POST
@once
def time_off_add(request):
    form = TimeOffForm(
        request.POST,
        prefix="off",
        clinicians=queries.clinicians_at(request.clinic),
        rooms=queries.rooms_of(request.clinic),
        zone=request.clinic.zone,
    )
    if form.is_valid():
        try:
            off = actions.add_time_off(clinic=request.clinic, by=request.user, **_absence(request, form))
        except Refused as refused:
            say_at_fields(refused, form)
        else:
            _say_what_stands(request, off)
            return redirect("schedule:hours")
    return _hours_page(request, status=422, off_form=form)


def _absence(request, form):
    """Whole days unless a time is given, by the clinic's clock."""
    given, zone = form.cleaned_data, request.clinic.zone
    kind, _, pk = given["who"].partition("-")
    who = Room if kind == "room" else User
    until = given["last_day"] if given["ends"] else given["last_day"] + timedelta(days=1)
    return {
        kind: who.objects.get(pk=pk),
        "starts_at": rules.instant(given["first_day"], given["starts"] or time(), zone),
        "ends_at": rules.instant(until, given["ends"] or time(), zone, last=True),
        "reason": given["reason"],
    }


def _say_what_stands(request, off):
    standing = queries.appointments_during(off).count()
    if standing:
        what = "1 appointment stands" if standing == 1 else f"{standing} appointments stand"
        messages.warning(request, f"Added. {what} in this time: open the calendar and move them.")
    else:
        messages.success(request, "The absence is added.")


@allowed(Permission.MANAGE_CLINIC)
@require_POST
@once
def time_off_remove(request, pk):
    off = get_object_or_404(TimeOff, pk=pk, clinic=request.clinic)
    actions.remove_time_off(off=off, by=request.user)
    messages.success(request, "The absence is removed.")
    return redirect("schedule:hours")
