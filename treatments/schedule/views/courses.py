"""One session of a course was moved: the later ones may follow, by the plan's own intervals."""

from dataclasses import dataclass, replace
from datetime import time, timedelta

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused, note
from mesoclinic.core.idempotency import once
from mesoclinic.core.periods import Period
from mesoclinic.core.reasons import codes_of_reasons_too_short, posted_reason_by_code
from treatments.plans.models import TreatmentPlan
from treatments.schedule.actions import courses
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.actions.visits import record_bookings_viewed
from treatments.schedule.forms.booking import CourseForm
from treatments.schedule.forms.fields import read_day_or_none
from treatments.schedule.queries.availability import read_diary_during, working_hours_of
from treatments.schedule.queries.courses import (
    BOOKABLE,
    course_of,
    interval_findings,
    proposal_search_period,
    session_time_proposals,
    with_course_columns,
)
from treatments.schedule.rules.availability import zone_text
from treatments.schedule.rules.chosen_times import (
    LATER,
    StatedBooking,
    bookings_form_value,
    check_button_said_what_is_saved,
    choose_course_time_text,
    course_button_text,
)
from treatments.schedule.views.times_page import (
    cleaned_or_initial_values,
    clinician_name_by_pk,
    day_and_clock_text,
    is_book_pressed_and_form_valid,
    split_findings_by_reason_needed,
    wanted_of_slot_or_none,
)


@requires_permission(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def move_rest_of_course_page(request, pk):
    """New days for the sessions after this one: shown with their conflicts, then moved all at once."""
    plans = TreatmentPlan.objects.select_related("patient", "clinic__booking")
    of_it = plans.filter(appointments=pk, appointments__session_number__isnull=False)
    plan = get_object_or_404(with_course_columns(of_it))
    course = course_of(plan)
    moved = next((h.visit for h in course.held.values() if h.appointment == pk), None)
    # One that has begun, or was given up, is not followed by others.
    later = course.booked_appointment_by_later_number(moved.session_number) if moved else {}
    clinic, now = plan.clinic, timezone.now()
    if not later:
        return redirect("schedule:appointment", pk)
    with timezone.override(clinic.zone):
        held = {n: h for n, h in course.held.items() if n not in later}
        course = replace(course, held=held, only=frozenset(later))
        working_hours = working_hours_of(clinic)
        local = timezone.localtime(moved.starts_at)
        form = CourseForm(
            request.POST if request.method == "POST" else None,
            clinicians=clinician_name_by_pk(working_hours),
            initial={
                "clinician": next(iter(later.values())).clinician_id,
                "first_day": max(local.date(), timezone.localtime(now).date()),
                "around": local.time(),
            },
        )
        refused = []
        chosen = _chosen_course_times(request, form, course, working_hours, now, moving=later)
        if is_book_pressed_and_form_valid(request, form) and _course_button_matches_or_add_error(
            request, form, chosen
        ):
            try:
                made = courses.move_course_sessions(
                    plan=plan,
                    moves=[(later[one.session_number], one) for one in chosen.wanted],
                    working_hours=working_hours,
                    reasons=posted_reason_by_code(request.POST),
                    by=request.user,
                    now=now,
                )
            except Refused as stopped:
                refused = stopped.findings
            else:
                first = day_and_clock_text(made[0].starts_at, clinic)
                what = "1 session is" if len(made) == 1 else f"{len(made)} sessions are"
                messages.success(request, f"{what} moved, the first to {first}.")
                return redirect("patient", plan.patient_id)
        if request.method != "POST":
            record_bookings_viewed(patient=plan.patient, by=request.user, page="booking")
        return render_course_page(request, course, form, working_hours, refused, now, chosen, moving=later)


#: Where nobody has said a time of day.
MORNING = time(10)


@requires_permission(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def book_course_page(request, pk):
    """Every open session of a plan, one time each, in one go."""
    plans = TreatmentPlan.objects.select_related("patient", "clinic__booking")
    plan = get_object_or_404(with_course_columns(plans), pk=pk)
    clinic, now = plan.clinic, timezone.now()
    with timezone.override(clinic.zone):
        course = course_of(plan)
        working_hours = working_hours_of(clinic)
        form = CourseForm(
            request.POST if request.method == "POST" else None,
            clinicians=clinician_name_by_pk(working_hours),
            initial=_initial_form_values(request, course, working_hours, now),
        )
        refused = []
        chosen = _chosen_course_times(request, form, course, working_hours, now)
        if is_book_pressed_and_form_valid(request, form) and _course_button_matches_or_add_error(
            request, form, chosen
        ):
            try:
                made = courses.book_course(
                    plan=plan,
                    wanted=chosen.wanted,
                    reasons=posted_reason_by_code(request.POST),
                    by=request.user,
                    now=now,
                )
            except Refused as stopped:
                refused = stopped.findings
            else:
                messages.success(request, _booked_sessions_text(made, clinic))
                return redirect("patient", plan.patient_id)
        if request.method != "POST":
            record_bookings_viewed(patient=plan.patient, by=request.user, page="booking")
        return render_course_page(request, course, form, working_hours, refused, now, chosen)


def _initial_form_values(request, course, working_hours, now):
    """With whom and when the page opens: as the course has been, or the person who asks, tomorrow."""
    today = timezone.localtime(now).date()
    here = clinician_name_by_pk(working_hours)
    mine = request.user.pk if request.user.pk in here else next(iter(here), None)
    number = next(iter(course.session_numbers_to_book), 1)
    before = course.previous_session_number_or_none(number, course.days_by_session_number)
    first_day = today + timedelta(days=1)
    if before is not None:
        interval = timedelta(days=course.protocol_interval_days(before, number))
        first_day = max(course.days_by_session_number[before] + interval, today)
    return {"clinician": mine, "first_day": first_day, "around": MORNING}


@dataclass(frozen=True)
class ChosenTimes:
    """What the button of the course does: each session's time, and the same as it is said and as it is carried."""

    wanted: list[Wanted]
    #: What the times were proposed for, as the form asks now.
    basis: str
    said: str
    button: str
    #: Why nothing is saved, where the form asks for something else than its page showed.
    problem: str = ""


def _proposal_basis_value(given, now):
    """What the times of a course are proposed for; empty where it cannot be read."""
    if not (given.get("clinician") and given.get("first_day")):
        return ""
    first_day = max(given["first_day"], timezone.localtime(now).date())
    return f"{given['clinician']}|{first_day}|{given.get('around') or MORNING:%H:%M}"


def _chosen_course_times(request, form, course, working_hours, now, moving=None):
    """The times that were sent, where each is on the day asked for, on a page that showed just this."""
    moving = moving or {}
    basis = _proposal_basis_value(cleaned_or_initial_values(form), now)
    wanted, problem, today = [], "", timezone.localtime(now).date()
    undecided = None
    if request.method == "POST" and request.POST.get("basis") != basis:
        problem = (
            "The sessions below were proposed for another first day, time or clinician. Look at them again."
        )
    elif request.method == "POST":
        for number in course.session_numbers_to_book:
            value = request.POST.get(f"slot-{number}", "")
            day = read_day_or_none(request.POST.get(f"day-{number}", ""))
            one = wanted_of_slot_or_none(
                value, working_hours, _minutes_of_session(course, number, moving), number=number
            )
            is_changed = request.POST.get(f"day-{number}", "") != request.POST.get(f"was-{number}", "")
            if is_changed or (one is not None and timezone.localtime(one.starts_at).date() != day):
                undecided = undecided or (number, day)
            elif one is not None:
                wanted.append(one)
            elif value != LATER and request.POST.get(f"asks-{number}"):
                undecided = undecided or (number, day)
    if undecided and undecided[1]:
        problem = f"{choose_course_time_text(*undecided, today)}. Nothing was saved."
    elif undecided:
        problem = f"Choose a day for session {undecided[0]}. Nothing was saved."
    return _chosen_times_with_button_text(wanted, course, basis, today, problem, undecided, moving)


def _chosen_times_with_button_text(wanted, course, basis, today, problem, undecided, moving):
    """The same with what the button says of them. ``undecided``: a session that still needs its time, and its day."""
    verb = "Move" if moving else "Book"
    if undecided and undecided[1]:
        return ChosenTimes([], basis, "", choose_course_time_text(*undecided, today), problem)
    if problem or not wanted:
        return ChosenTimes([], basis, "", "Choose a time for a session", problem)
    stated = [
        StatedBooking(
            f"{course.plan.pk}-{one.session_number}",
            one.starts_at,
            one.minutes,
            one.clinician.pk,
            one.room.pk,
        )
        for one in wanted
    ]
    starts = [(one.session_number, timezone.localtime(one.starts_at)) for one in wanted]
    return ChosenTimes(wanted, basis, bookings_form_value(stated), course_button_text(verb, starts, today))


def _minutes_of_session(course, number, moving):
    """A session that is moved keeps its length."""
    if number not in moving:
        return course.minutes_to_propose(number)
    return Period(moving[number].starts_at, moving[number].ends_at).minutes


def _course_button_matches_or_add_error(request, form, chosen):
    """Whether the button may do what it said; an error on the form says why not."""
    message = chosen.problem
    if not message and not chosen.wanted:
        message = "Choose a time for at least one session."
    if not message and (
        finding := check_button_said_what_is_saved(request.POST.get("said", ""), chosen.said)
    ):
        message = finding.message
    if message:
        form.add_error(None, message)
    return not message


def _booked_sessions_text(made, clinic):
    first = day_and_clock_text(made[0].starts_at, clinic)
    if len(made) == 1:
        return f"1 session is booked: {first}."
    return f"{len(made)} sessions are booked, the first on {first}."


def _course_rows(request, course, given, basis, working_hours, refused, now, moving):
    """The course's lines with the times that are proposed. One query."""
    taken = {f.where for f in refused if f.code.startswith("taken:")}
    first_day = max(given["first_day"], timezone.localtime(now).date())
    preferred = given.get("around") or MORNING
    diary = read_diary_during(
        course.plan.clinic,
        working_hours,
        proposal_search_period(course, first_day),
        patient_id=course.plan.patient_id,
        clinician_id=given["clinician"],
        without=[a.pk for a in moving.values()],
    )
    proposals = session_time_proposals(
        course,
        diary,
        first_day=first_day,
        clinician_id=given["clinician"],
        preferred=preferred,
        now=now,
        chosen_days=_chosen_days_by_session_number(request, course, basis, taken),
    )
    return [_course_row(request, p, basis, taken, refused, moving.get(p.number)) for p in proposals]


def render_course_page(request, course, form, working_hours, refused, now, chosen, moving=None):
    """The sessions of a course, a line each. ``moving``: by number, appointments that have their day already."""
    plan, given = course.plan, cleaned_or_initial_values(form)
    rows, intervals = [], []
    is_foot = request.headers.get("HX-Target") == "booking-foot"
    if working_hours and chosen.basis and not is_foot:
        rows = _course_rows(request, course, given, chosen.basis, working_hours, refused, now, moving or {})
        intervals = _interval_findings_needing_a_reason(course, rows, request.user)
        chosen = _chosen_times_from_rows(rows, course, chosen, now, moving or {})
    asking, standing = split_findings_by_reason_needed(refused)
    known = {finding.code for finding in intervals}
    intervals += _shortage_notes_on_chosen_days(course, rows)
    reasons = posted_reason_by_code(request.POST)
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
            "may_be_booked": plan.status in BOOKABLE,
            "held": len(course.held),
            "open": len(course.session_numbers_to_book),
            "form": form,
            "has_hours": bool(working_hours),
            "rows": rows,
            "basis": chosen.basis,
            "chosen": chosen,
            "zone_text": zone_text(plan.clinic.time_zone),
            "is_foot": is_foot,
            "short": len(rows) - free,
            "free": free,
            "findings": [*intervals, *(f for f in asking if f.code not in known)],
            "refused": standing,
            "reasons": reasons,
            "missing": codes_of_reasons_too_short(asking, reasons),
            "may_override": request.user.may(Permission.OVERRIDE),
        },
        status=422 if form.errors or refused else 200,
    )


def _chosen_days_by_session_number(request, course, basis, taken):
    """Days that somebody chose for a session. Another clinician or first day proposes all of them anew."""
    if request.POST.get("basis") != basis:
        return {}
    days = {n: read_day_or_none(request.POST.get(f"day-{n}", "")) for n in course.session_numbers_to_book}
    return {n: d for n, d in days.items() if d and f"slot-{n}" not in taken}


def _chosen_times_from_rows(rows, course, chosen, now, moving):
    """What the button does with the lines as the page shows them."""
    today = timezone.localtime(now).date()
    undecided = next(
        ((row["number"], row["day"]) for row in rows if row["asks"] and not row["selected"]), None
    )
    wanted = [
        Wanted(
            row["slot"].clinician,
            row["slot"].room,
            row["slot"].start,
            _minutes_of_session(course, row["number"], moving),
            row["number"],
        )
        for row in rows
        if row["slot"]
    ]
    return _chosen_times_with_button_text(wanted, course, chosen.basis, today, "", undecided, moving)


def _course_row(request, proposal, basis, taken, refused, now_at=None):
    """A line of the course: the session, its day, and the free times of that day.

    Of a day that somebody changed, no time is chosen; nor where a time is still to be chosen.
    """
    n = proposal.number
    by_value = {slot.form_value: slot for slot in proposal.free}
    selected = proposal.slot.form_value if proposal.slot else ""
    posted, was = request.POST.get(f"slot-{n}", ""), request.POST.get(f"was-{n}", "")
    asks = False
    if request.POST.get("basis") == basis and f"slot-{n}" not in taken:
        day = request.POST.get(f"day-{n}", "")
        asks = bool(request.POST.get(f"asks-{n}")) or day != was
        if day == was == str(proposal.day) and (posted in by_value or posted in ("", LATER)):
            selected = posted
        elif asks and day == str(proposal.day):
            selected = ""
    return {
        "number": n,
        "protocol_day": proposal.protocol_day,
        "day": proposal.day,
        "free": proposal.free,
        "conflict": proposal.conflict,
        "now_at": now_at,
        "selected": selected,
        "slot": by_value.get(selected),
        # Its day was chosen by hand: a time is to be chosen too, or "not now".
        "asks": asks and bool(proposal.free),
        "errors": [f.message for f in refused if f.where == f"slot-{n}" and not f.needs_reason],
    }


def _interval_findings_needing_a_reason(course, rows, user):
    """What the protocol says of the days as they stand on the page, before anything is saved."""
    new = {r["number"] for r in rows if r["slot"] or r["asks"] and r["selected"] != LATER}
    days = course.days_by_session_number | {r["number"]: r["day"] for r in rows if r["number"] in new}
    found = interval_findings(course, days, new, clinical=user.may(Permission.SEE_CLINICAL))
    return [f for f in found if f.needs_reason]


def _shortage_notes_on_chosen_days(course, rows):
    """Sessions that the lots on the shelf do not cover by then: said, not asked about, for lots can be ordered."""
    days = {r["day"]: r["number"] for r in rows if r["slot"]}
    ahead = {h.day for h in course.held.values() if h.appointment} | set(days)
    short = course.stock_shortages_by_day([d for d in ahead if d >= timezone.localdate()])
    numbers = sorted(days[day] for day in short if day in days)
    if not numbers:
        return []
    named = ", ".join(str(n) for n in numbers)
    which = f"Session {named} is" if len(numbers) == 1 else f"Sessions {named} are"
    message = f"{which} not covered by the stock in date by then: it has to be ordered."
    return [note("stock:short", message)]
