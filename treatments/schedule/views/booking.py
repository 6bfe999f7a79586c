"""The pages that book one visit and that move one."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import posted_reason_by_code
from patients.models import Patient
from patients.queries import patients_with_is_open
from treatments.schedule.actions import booking
from treatments.schedule.actions.visits import record_bookings_viewed
from treatments.schedule.forms.booking import TimeForm, VisitForm
from treatments.schedule.forms.fields import read_day_or_none
from treatments.schedule.models import BookingSettings, booking_settings_or_usual
from treatments.schedule.queries.appointments import appointments_with_related
from treatments.schedule.queries.availability import working_hours_of
from treatments.schedule.queries.courses import bookable_courses
from treatments.schedule.rules.instants import instant_form_value
from treatments.schedule.rules.times import is_move_within_a_day
from treatments.schedule.views.times_page import (
    button_matches_or_add_error,
    chosen_time,
    cleaned_or_initial_values,
    clinician_name_by_pk,
    day_and_clock_text,
    initial_form_values,
    is_book_pressed_and_form_valid,
    next_session_text,
    posted_form_data_or_none,
    render_free_times_page,
    room_name_by_pk,
)


@requires_permission(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def book_appointment_page(request, pk):
    """One visit: what, with whom, when."""
    patient = get_object_or_404(patients_with_is_open(Patient.objects.all(), request.user.pk), pk=pk)
    if patient.merged_into_id:
        return redirect("schedule:book", patient.merged_into_id)
    clinic, now = request.clinic, timezone.now()
    courses = {
        f"session-{course.plan.pk}": course
        for course in bookable_courses(patient)
        if course.plan.clinic_id == clinic.pk
    }
    working_hours = working_hours_of(clinic)
    form = _visit_form(request, courses, working_hours, now)
    given = cleaned_or_initial_values(form)
    course = courses.get(given.get("kind"))
    kind = "session" if course else given.get("kind")
    number = course.session_numbers_to_book[0] if course else None
    own = booking_settings_or_usual(working_hours[0].clinic) if working_hours else BookingSettings()
    proposed = course.minutes_to_propose(number) if course else own.minutes_of_visit_kind(kind)
    minutes = given.get("minutes") or proposed
    what = f"{given.get('kind')}-{number}" if course else kind
    chosen = chosen_time(
        request, form, working_hours, minutes, now, clinic=clinic, verb="Book", what=what, number=number
    )
    refused = []
    if is_book_pressed_and_form_valid(request, form) and button_matches_or_add_error(request, form, chosen):
        try:
            made = booking.book_appointment(
                patient=patient,
                wanted=chosen.wanted,
                kind=kind,
                clinic=clinic,
                plan=course.plan if course else None,
                note=form.cleaned_data["note"],
                reasons=posted_reason_by_code(request.POST),
                by=request.user,
                now=now,
            )
        except Refused as stopped:
            refused = stopped.findings
        else:
            messages.success(request, f"Booked: {day_and_clock_text(made.starts_at, clinic)}.")
            return redirect("schedule:appointment", made.pk)
    if request.method != "POST":
        record_bookings_viewed(patient=patient, by=request.user, page="booking")
    return render_free_times_page(
        request,
        "treatments/schedule/book.html",
        _book_context(patient, form, proposed if course else None),
        form,
        working_hours,
        refused,
        chosen,
        patient_id=patient.pk,
        minutes=minutes,
        now=now,
        course=course,
    )


def _visit_form(request, courses, working_hours, now):
    return VisitForm(
        posted_form_data_or_none(request, request.clinic.zone),
        clinicians=clinician_name_by_pk(working_hours),
        rooms=room_name_by_pk(working_hours),
        zone=request.clinic.zone,
        sessions=[(value, next_session_text(course)) for value, course in courses.items()],
        initial=initial_form_values(request, courses, working_hours, now),
    )


def _book_context(patient, form, rule_minutes):
    return {
        "patient": patient,
        "stranger": not patient.is_open,
        "step": "",
        "title": "Book a visit",
        "nav_on": "patients",
        "form": form,
        "back": ("patient", patient.pk),
        "rule_minutes": rule_minutes,
    }


@requires_permission(Permission.BOOK)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def move_appointment_page(request, pk):
    """Another time for an appointment that has not begun."""
    found = get_object_or_404(appointments_with_related(), pk=pk)
    clinic, now = found.clinic, timezone.now()
    with timezone.override(clinic.zone):
        working_hours = working_hours_of(clinic)
        length = int((found.ends_at - found.starts_at).total_seconds() // 60)
        form = _move_form(request, found, working_hours, length, now)
        minutes = cleaned_or_initial_values(form).get("minutes") or length
        chosen = chosen_time(
            request,
            form,
            working_hours,
            minutes,
            now,
            clinic=clinic,
            verb="Move to",
            what=_appointment_to_move_value(found),
        )
        refused = []
        if is_book_pressed_and_form_valid(request, form) and button_matches_or_add_error(
            request, form, chosen
        ):
            try:
                made = booking.move_appointment(
                    appointment=found,
                    wanted=chosen.wanted,
                    reasons=posted_reason_by_code(request.POST),
                    by=request.user,
                    now=now,
                )
            except Refused as stopped:
                refused = stopped.findings
            else:
                messages.success(request, f"Moved to {day_and_clock_text(made.starts_at, clinic)}.")
                if made.session_number and not is_move_within_a_day(
                    found.starts_at, made.starts_at, clinic.zone
                ):
                    # Which leads on to the appointment where nothing later is booked.
                    return redirect("schedule:rest", pk)
                return redirect("schedule:appointment", pk)
        return render_free_times_page(
            request,
            "treatments/schedule/move.html",
            _move_context(found, form),
            form,
            working_hours,
            refused,
            chosen,
            patient_id=found.patient_id,
            minutes=minutes,
            now=now,
            without=pk,
            clinic=clinic,
        )


def _appointment_to_move_value(found):
    """Which appointment is moved, from where: somebody may have moved it meanwhile."""
    return f"move-{found.pk}-{instant_form_value(found.starts_at)}"


def _move_form(request, found, working_hours, length, now):
    """Opens with the time the visit has, or with the day that the address asks for."""
    local = timezone.localtime(found.starts_at)
    return TimeForm(
        posted_form_data_or_none(request, found.clinic.zone),
        clinicians=clinician_name_by_pk(working_hours),
        rooms=room_name_by_pk(working_hours),
        zone=found.clinic.zone,
        initial={
            "clinician": found.clinician_id,
            "day": read_day_or_none(request.GET.get("day", ""))
            or max(local.date(), timezone.localtime(now).date()),
            "around": local.time(),
            "which": "second" if local.fold else "first",
            "minutes": length,
        },
    )


def _move_context(found, form):
    return {
        "patient": found.patient,
        "step": "",
        "title": "Move an appointment",
        "nav_on": "calendar",
        "form": form,
        "appointment": found,
        "back": ("schedule:appointment", found.pk),
    }
