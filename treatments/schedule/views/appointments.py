"""The page of one appointment, and what is done to it: confirmed, arrived, cancelled, over."""

from functools import lru_cache

from django.contrib import messages
from django.db.models import OuterRef, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from mesoclinic.core.findings import Refused, ordered
from mesoclinic.core.idempotency import once
from mesoclinic.core.moves import next_states
from mesoclinic.core.periods import Period
from treatments.schedule.actions import visits
from treatments.schedule.models import Appointment, booking_settings_or_usual
from treatments.schedule.queries.appointments import appointments_with_related, visit_text
from treatments.schedule.queries.readiness import (
    readiness_findings_by_appointment,
    sessions_before_by_appointment,
    with_readiness_columns,
)
from treatments.schedule.queries.reminders import reminders_of
from treatments.schedule.queries.stock import lots_from_rows, usable_lots_subquery
from treatments.schedule.rules.appointments import (
    APPOINTMENT_MOVES,
    CANCEL_REASONS,
    GIVEN_UP,
    AppointmentStatus,
    check_cancellation_is_not_late,
)
from treatments.schedule.views.day_cards import rebook_kind_value
from treatments.schedule.views.times_page import day_and_clock_text


@requires_permission(Permission.SEE_CALENDAR)
@require_http_methods(["GET", "HEAD"])
def appointment_page(request, pk):
    """Shows the appointment; the viewing is recorded."""
    found = _appointment_with_readiness_or_404(pk)
    visits.record_bookings_viewed(patient=found.patient, by=request.user, page="appointment")
    return _render_appointment_page(request, found)


def _appointment_with_readiness_or_404(pk):
    """The appointment with everybody, and with all that says whether it can go ahead."""
    for found in _compiled_appointment(timezone.localdate()).ask(appointment=pk):
        return found
    raise Http404


@lru_cache(maxsize=16)
def _compiled_appointment(today):
    appointments = appointments_with_related().filter(pk=Blank("appointment"))
    return CompiledQuery(
        with_readiness_columns(appointments, today).annotate(
            shelf=usable_lots_subquery(Q(clinic=OuterRef("clinic")))
        )
    )


def _readiness_findings_before_visit(request, found):
    """Every check before the visit, worst first; none once it has begun."""
    clinical = request.user.may(Permission.SEE_CLINICAL)
    zone, lots = found.clinic.zone, lots_from_rows(found.shelf)
    checks = readiness_findings_by_appointment(
        [found], sessions_before_by_appointment([found], zone), lots, zone, clinical=clinical
    )
    return ordered(checks.get(found.pk, []))


def _render_appointment_page(request, found, refused=(), status=200):
    now = timezone.now()
    to = next_states(APPOINTMENT_MOVES, found.status)
    with timezone.override(found.clinic.zone):
        is_today = timezone.localdate(found.starts_at) == timezone.localdate(now)
        is_session = found.kind == Appointment.Kind.SESSION
        ahead = AppointmentStatus.CANCELLED in to or AppointmentStatus.LATE_CANCELLED in to
        can_start = is_session and is_today and ahead and request.user.may(Permission.RUN_SESSION)
        return render(
            request,
            "treatments/schedule/appointment.html",
            {
                "patient": found.patient,
                "step": "",
                "title": "Appointment",
                "nav_on": "calendar",
                "appointment": found,
                "line": visit_text(found),
                "minutes": Period(found.starts_at, found.ends_at).minutes,
                "readiness": _readiness_findings_before_visit(request, found),
                "length_reason": next(
                    (
                        row.get("reason")
                        for row in reversed(found.acknowledged)
                        if str(row.get("code", "")).startswith("booking:length")
                    ),
                    "",
                ),
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
                "rebook_kind": rebook_kind_value(found) if found.status in GIVEN_UP else "",
                "can_move": AppointmentStatus.CANCELLED in to,
                "can_cancel": ahead,
                "typed_reason": request.POST.get("reason", ""),
                "late": check_cancellation_is_not_late(
                    found.starts_at, now, booking_settings_or_usual(found.clinic).notice_hours
                )
                if ahead
                else None,
                "usual_reasons": CANCEL_REASONS,
            },
            status=status,
        )


@requires_permission(Permission.BOOK)
@require_POST
@once
def confirm_posted_appointment(request, pk):
    """Marks it confirmed, or shows the page with the refusal."""
    return _change_appointment_and_redirect(request, pk, visits.confirm_appointment)


@requires_permission(Permission.BOOK)
@require_POST
@once
def mark_posted_arrival(request, pk):
    """Marks the patient arrived, or shows the page with the refusal."""
    return _change_appointment_and_redirect(request, pk, visits.mark_arrived)


@requires_permission(Permission.BOOK)
@require_POST
@once
def take_back_posted_arrival(request, pk):
    """Marks it booked again, or shows the page with the refusal."""
    return _change_appointment_and_redirect(request, pk, visits.take_back_arrival)


@requires_permission(Permission.BOOK)
@require_POST
@once
def mark_posted_no_show(request, pk):
    """Marks it missed, or shows the page with the refusal."""
    return _change_appointment_and_redirect(request, pk, visits.mark_no_show)


@requires_permission(Permission.BOOK)
@require_POST
@once
def finish_posted_visit(request, pk):
    """Marks a visit that is no session done, or shows the page with the refusal."""
    return _change_appointment_and_redirect(request, pk, visits.finish_non_session_visit)


@requires_permission(Permission.BOOK)
@require_POST
@once
def cancel_posted_appointment(request, pk):
    """Cancels it with the reason posted, or shows the page with the refusal."""
    return _change_appointment_and_redirect(
        request, pk, visits.cancel_appointment, reason=request.POST.get("reason", "")
    )


def _change_appointment_and_redirect(request, pk, action, **more):
    found = _appointment_with_readiness_or_404(pk)
    try:
        done = action(appointment=found, by=request.user, **more)
    except Refused as refused:
        return _render_appointment_page(request, found, refused.findings, status=422)
    messages.success(
        request, f"{day_and_clock_text(found.starts_at, found.clinic)}: {done.get_status_display()}."
    )
    return redirect("schedule:appointment", pk)
