"""Appointments as their pages show them, and those that follow one in its course."""

from datetime import datetime

from django.db.models import Q, QuerySet

from treatments.schedule.models import Appointment, TimeOff
from treatments.schedule.queries.availability import LONGEST
from treatments.schedule.rules.appointments import AppointmentStatus


def appointments_with_related() -> QuerySet[Appointment]:
    """An appointment with everybody it is about."""
    return Appointment.objects.select_related(
        "patient", "clinician", "room", "plan", "clinic__booking", "status_by"
    )


def appointments_during_time_off(off: TimeOff) -> QuerySet[Appointment]:
    """Booked visits that stand in an absence: somebody has to move them."""
    who = Q(clinician=off.clinician_id) if off.clinician_id else Q(room=off.room_id)
    return (
        Appointment.objects.holding_time()
        .overlapping(off.starts_at, off.ends_at)
        .filter(who, starts_at__gt=off.starts_at - LONGEST)
    )


def later_course_sessions_still_booked(a: Appointment) -> QuerySet[Appointment]:
    """The sessions of its course after this one that are booked and have not begun, in order."""
    return Appointment.objects.filter(
        plan=a.plan_id,
        session_number__gt=a.session_number,
        status__in=[AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED],
    ).order_by("session_number")


def appointment_in_the_way_or_none(
    a: Appointment, clinician_id: int, room_id: int, start: datetime, end: datetime
) -> Appointment | None:
    """Who has this clinician or this room then, other than the appointment itself. One query."""
    return (
        Appointment.objects.holding_time()
        .overlapping(start, end)
        .filter(Q(clinician=clinician_id) | Q(room=room_id), starts_at__gt=start - LONGEST)
        .exclude(pk=a.pk)
        .select_related("patient", "clinician", "room")
        .order_by("starts_at")
        .first()
    )


def visit_text(a: Appointment) -> str:
    """“Session 3 of 8 · Density 8”, or what kind of visit it is."""
    if a.session_number and a.plan:
        return f"Session {a.session_number} of {a.plan.sessions_planned} · {a.plan.name}"
    return str(Appointment.Kind(a.kind).label)
