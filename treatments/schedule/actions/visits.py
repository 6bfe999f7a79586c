"""An appointment that is over, written together with what ended it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from mesoclinic.core.moves import can_move
from mesoclinic.core.wording import day_text
from patients.models import Patient
from treatments.schedule.actions.checks import (
    lock_appointment,
    lock_for_booking,
    raise_taken_on_overlap_error,
)
from treatments.schedule.models import Appointment, booking_settings_or_usual
from treatments.schedule.rules.appointments import (
    ACTIVE,
    APPOINTMENT_MOVES,
    AppointmentStatus,
    status_when_cancelled,
)


def mark_done_return_unsaved_event_or_none(
    appointment: Appointment, *, by: User, now: datetime
) -> AuditEvent | None:
    """The treatment is done; ``appointment`` may move there. The audit row is still to write; None where somebody moved
    the appointment meanwhile. One statement.
    """
    done = AppointmentStatus.DONE
    stands = Appointment.objects.filter(pk=appointment.pk, status=appointment.status)
    if not stands.update(status=done.value, status_by=by, status_at=now, status_reason=""):
        return None
    return audit.unsaved_event(
        by=by,
        did=f"appointment.{done.value}",
        about=appointment,
        patient_id=appointment.patient_id,
        before=appointment.status,
    )


@transaction.atomic
def set_appointment_status(
    *,
    appointment: Appointment,
    to: AppointmentStatus,
    by: User | None,
    reason: str = "",
    now: datetime | None = None,
) -> Appointment:
    """Move an appointment along ``APPOINTMENT_MOVES``; asking for the state it is in changes nothing.

    ``by`` is None where the patient answered by the link in a reminder.

    ``Taken`` where a missed patient comes after all and somebody else has the time by now.
    """
    if to in ACTIVE and appointment.status not in ACTIVE:
        lock_for_booking([appointment.clinician_id], [appointment.room_id], appointment.patient)
    return _set_status_of_locked_appointment(
        lock_appointment(appointment), to, by, reason, now or timezone.now()
    )


def _set_status_of_locked_appointment(
    current: Appointment, to: AppointmentStatus, by: User | None, reason: str, now: datetime
) -> Appointment:
    """The same for a row that is locked."""
    if current.status == to:
        return current
    if not can_move(APPOINTMENT_MOVES, current.status, to):
        raise Refused.because(
            f"This appointment is {current.get_status_display()}: it cannot become "
            f"{to.value.replace('_', ' ')}.",
            code="booking:state",
        )
    before = current.status
    current.status, current.status_by, current.status_at = to.value, by, now
    current.status_reason = reason.strip()[:200]
    with raise_taken_on_overlap_error():
        current.save(update_fields=["status", "status_by", "status_at", "status_reason"])
    audit.record(
        by=by, did=f"appointment.{to.value}", about=current, patient_id=current.patient_id, before=before
    )
    return current


def confirm_appointment(
    *, appointment: Appointment, by: User | None, now: datetime | None = None
) -> Appointment:
    """The patient said they will come."""
    to = AppointmentStatus.CONFIRMED
    return set_appointment_status(appointment=appointment, to=to, by=by, now=now)


def mark_arrived(*, appointment: Appointment, by: User, now: datetime | None = None) -> Appointment:
    """The patient is at the desk: on the day itself, by the clinic's clock."""
    now = now or timezone.now()
    zone = appointment.clinic.zone
    day = appointment.starts_at.astimezone(zone).date()
    if day != now.astimezone(zone).date():
        raise Refused.because(
            f"This appointment is on {day_text(day)}: the patient arrives on that day. "
            "Move it first if they are here now.",
            code="booking:day",
        )
    to = AppointmentStatus.ARRIVED
    return set_appointment_status(appointment=appointment, to=to, by=by, now=now)


def take_back_arrival(*, appointment: Appointment, by: User, now: datetime | None = None) -> Appointment:
    """The wrong patient was checked in."""
    to = AppointmentStatus.BOOKED
    return set_appointment_status(appointment=appointment, to=to, by=by, now=now)


def mark_no_show(*, appointment: Appointment, by: User, now: datetime | None = None) -> Appointment:
    """The patient did not come: said once the time has begun."""
    now = now or timezone.now()
    if now < appointment.starts_at:
        raise Refused.because(
            "It is not time yet: nobody has missed it. Cancel it if the patient will not come.",
            code="booking:early",
        )
    to = AppointmentStatus.NO_SHOW
    return set_appointment_status(appointment=appointment, to=to, by=by, now=now)


@transaction.atomic
def finish_non_session_visit(
    *, appointment: Appointment, by: User, now: datetime | None = None
) -> Appointment:
    """An intake, review or talk is over. A session is done when it is signed."""
    if appointment.kind == Appointment.Kind.SESSION:
        raise Refused.because(
            "A session is done when it is signed. Sign it on its own page.", code="booking:sign"
        )
    now = now or timezone.now()
    current = lock_appointment(appointment)
    if current.status == AppointmentStatus.ARRIVED:
        _set_status_of_locked_appointment(current, AppointmentStatus.IN_TREATMENT, by, "", now)
    return _set_status_of_locked_appointment(current, AppointmentStatus.DONE, by, "", now)


@transaction.atomic
def cancel_appointment(
    *, appointment: Appointment, by: User | None, reason: str, now: datetime | None = None
) -> Appointment:
    """Give an appointment up, with a reason; late where the notice was shorter than the clinic asks for."""
    if len(reason.strip()) < 3:
        raise Refused.because("Say why it is cancelled.", code="booking:reason", where="reason")
    now = now or timezone.now()
    current = lock_appointment(appointment)
    # Somebody else has cancelled it, and said why.
    if current.status in (AppointmentStatus.CANCELLED, AppointmentStatus.LATE_CANCELLED):
        return current
    notice = booking_settings_or_usual(current.clinic).notice_hours
    to = status_when_cancelled(current.starts_at, now, notice)
    return _set_status_of_locked_appointment(current, to, by, reason, now)


@transaction.atomic
def record_bookings_viewed(*, patient: Patient, by: User, page: str) -> None:
    """Say who looked at whose bookings, and at which page of them."""
    audit.record(by=by, did="patient.viewed", about=patient, patient_id=patient.pk, page=page)
