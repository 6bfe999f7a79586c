"""Make an appointment, and give it another time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, Refused
from mesoclinic.core.periods import Period
from patients.actions.clinics import record_clinic_of_patient
from patients.models import Patient
from treatments.plans.models import TreatmentPlan
from treatments.schedule.actions.checks import (
    Reasons,
    Wanted,
    findings_about_course,
    findings_about_plan,
    findings_about_session_lengths,
    findings_about_times,
    findings_if_patient_dead_or_merged,
    lock_appointment_with_course,
    lock_for_booking,
    passed_findings_or_refuse,
    raise_taken_on_overlap_error,
)
from treatments.schedule.models import Appointment
from treatments.schedule.queries import courses
from treatments.schedule.rules.appointments import AppointmentStatus
from treatments.schedule.rules.bookings import alert_findings
from treatments.schedule.rules.times import is_move_within_a_day


@transaction.atomic
def book_appointment(
    *,
    patient: Patient,
    wanted: Wanted,
    kind: str,
    by: User,
    clinic: Clinic,
    plan: TreatmentPlan | None = None,
    note: str = "",
    reasons: Reasons = None,
    now: datetime | None = None,
) -> Appointment:
    """Make one appointment, or raise ``Refused``; ``Taken`` where somebody was first.

    ``wanted.minutes`` is the length; a session names its plan and number. Warnings (outside the
    hours, too soon after the last session) pass with a reason.
    """
    if kind == Appointment.Kind.SESSION and (plan is None or not wanted.session_number):
        raise Refused.because(
            "A session belongs to a plan and has its number there. Book it from the plan.",
            code="booking:plan",
            where="kind",
        )
    (appointment,) = lock_check_and_write_bookings(
        patient, clinic, [wanted], kind, by, plan, note, reasons, now or timezone.now()
    )
    return appointment


def lock_check_and_write_bookings(
    patient: Patient,
    clinic: Clinic,
    wanted: Sequence[Wanted],
    kind: str,
    by: User,
    plan: TreatmentPlan | None,
    note: str,
    reasons: Reasons,
    now: datetime,
) -> list[Appointment]:
    """Lock everybody, ask the rules, refuse or write. The same queries for one session and for ten."""
    lock_for_booking({one.clinician.pk for one in wanted}, {one.room.pk for one in wanted}, patient)
    course = courses.read_course(plan.pk) if plan is not None else None
    equipment = course.required_equipment if course else frozenset()
    findings = [
        *findings_if_patient_dead_or_merged(patient),
        *findings_about_times(wanted, clinic, patient, now, equipment=equipment),
    ]
    if plan is not None and course is not None:
        findings += findings_about_plan(plan, patient)
        findings += alert_findings(course.alerts)
        findings += findings_about_course(wanted, course, by)
        if not any(finding.fixed for finding in findings):
            findings += findings_about_session_lengths(wanted, course)
    passed = passed_findings_or_refuse(findings, reasons, by, now)
    with raise_taken_on_overlap_error():
        appointments = Appointment.objects.bulk_create(
            Appointment(
                clinic=clinic,
                patient=patient,
                clinician=one.clinician,
                room=one.room,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                kind=kind,
                plan=plan,
                session_number=one.session_number if plan else None,
                minutes_by_rule=course.minutes_to_propose(one.session_number)
                if course and one.session_number
                else None,
                note=note[:200],
                booked_by=by,
                booked_at=now,
                status_at=now,
                acknowledged=passed,
            )
            for one in wanted
        )
    record_clinic_of_patient(patient_id=patient.pk, clinic_id=clinic.pk)
    audit.record(
        by=by,
        did="appointment.booked" if len(appointments) == 1 else "course.booked",
        about=plan if plan and len(appointments) > 1 else appointments[0],
        patient_id=patient.pk,
        kind=str(kind),
        appointments=[a.pk for a in appointments],
        went_past=[row["code"] for row in passed],
    )
    return appointments


@transaction.atomic
def move_appointment(
    *,
    appointment: Appointment,
    wanted: Wanted,
    by: User | None,
    reasons: Reasons = None,
    now: datetime | None = None,
) -> Appointment:
    """Give an appointment another time, clinician or room. Only one that has not begun. ``by`` None: by its patient, by link."""
    now = now or timezone.now()
    lock_for_booking(
        {appointment.clinician_id, wanted.clinician.pk},
        {appointment.room_id, wanted.room.pk},
        appointment.patient,
    )
    current = lock_appointment_with_course(appointment)
    if current.status not in (AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED):
        raise Refused.because(
            f"This appointment is {current.get_status_display()}: it cannot be moved. Book a new one.",
            code="booking:state",
        )
    course = None
    if current.plan and current.session_number:
        course = courses.course_from_row(current.plan, current)
    findings = [
        *findings_if_patient_dead_or_merged(current.patient),
        *findings_about_times(
            [wanted],
            current.clinic,
            current.patient,
            now,
            without={current.pk},
            equipment=course.required_equipment if course else frozenset(),
        ),
    ]
    if course is not None:
        findings += _findings_about_moved_session(current, wanted, course, by)
    passed = passed_findings_or_refuse(findings, reasons, by, now)
    before = current.starts_at
    current.clinician, current.room = wanted.clinician, wanted.room
    current.starts_at, current.ends_at = wanted.starts_at, wanted.ends_at
    current.acknowledged = [*current.acknowledged, *passed]
    current.patient_moved_from = before if by is None else None
    with raise_taken_on_overlap_error():
        current.save(
            update_fields=["clinician", "room", "starts_at", "ends_at", "acknowledged", "patient_moved_from"]
        )
    audit.record(
        by=by,
        did="appointment.moved",
        about=current,
        patient_id=current.patient_id,
        before=before.isoformat(),
        after=current.starts_at.isoformat(),
        went_past=[row["code"] for row in passed],
    )
    return current


def _findings_about_moved_session(
    current: Appointment, wanted: Wanted, course: courses.Course, by: User | None
) -> list[Finding]:
    """What its course says of the new time: the distances, where the day changes, and the length, where that does."""
    findings = []
    numbered = replace(wanted, session_number=current.session_number)
    others = {n: h for n, h in course.held.items() if h.appointment != current.pk}
    if not is_move_within_a_day(current.starts_at, wanted.starts_at, current.clinic.zone):
        findings += findings_about_course([numbered], replace(course, held=others), by)
    if wanted.minutes != Period(current.starts_at, current.ends_at).minutes:
        findings += findings_about_session_lengths([numbered], course, one_only=True)
    return findings
