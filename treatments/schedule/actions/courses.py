"""Book the sessions of a course at once, and move those that follow one that was moved."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from treatments.plans.models import TreatmentPlan
from treatments.schedule.actions.booking import lock_check_and_write_bookings
from treatments.schedule.actions.checks import (
    PassedFinding,
    Reasons,
    Wanted,
    findings_about_course,
    findings_about_times,
    findings_if_patient_dead_or_merged,
    lock_for_booking,
    move_sessions_far_ahead_temporarily,
    passed_findings_or_refuse,
    raise_taken_on_overlap_error,
)
from treatments.schedule.models import Appointment
from treatments.schedule.queries import courses
from treatments.schedule.queries.availability import KeptHours

_MOVE_SESSIONS = (Path(__file__).parent / "sql" / "move_sessions.sql").read_text(encoding="utf-8")


@transaction.atomic
def book_course(
    *,
    plan: TreatmentPlan,
    wanted: Sequence[Wanted],
    by: User,
    reasons: Reasons = None,
    now: datetime | None = None,
) -> list[Appointment]:
    """Book the sessions of a course, all or none, in one insert. Each ``wanted`` names its number."""
    if not wanted:
        raise Refused.because("Choose at least one time.", code="booking:none", where="slot")
    session = Appointment.Kind.SESSION
    return lock_check_and_write_bookings(
        plan.patient,
        plan.clinic,
        sorted(wanted, key=lambda one: one.starts_at),
        session,
        by,
        plan,
        "",
        reasons,
        now or timezone.now(),
    )


@transaction.atomic
def move_course_sessions(
    *,
    plan: TreatmentPlan,
    moves: Sequence[tuple[Appointment, Wanted]],
    by: User,
    working_hours: Sequence[KeptHours] | None = None,
    reasons: Reasons = None,
    now: datetime | None = None,
) -> list[Wanted]:
    """Move several sessions of a course, all or none: after one has moved, the others follow.

    Each ``Wanted`` names the number of its appointment; they come back in order of time. ``Taken``
    where a time is somebody else's. ``working_hours`` (queries.working_hours_of) spares a query.
    """
    now = now or timezone.now()
    if not moves:
        raise Refused.because("Choose at least one session to move.", code="booking:none", where="slot")
    patient, ids = plan.patient, [appointment.pk for appointment, _ in moves]
    lock_for_booking(
        {pk for a, one in moves for pk in (a.clinician_id, one.clinician.pk)},
        {pk for a, one in moves for pk in (a.room_id, one.room.pk)},
        patient,
    )
    move_sessions_far_ahead_temporarily(plan, ids)
    wanted = [one for _, one in moves]
    course = courses.read_course(plan.pk)
    left = {n: held for n, held in course.held.items() if held.appointment not in ids}
    findings = [
        *findings_if_patient_dead_or_merged(patient),
        *findings_about_times(
            wanted,
            course.plan.clinic,
            patient,
            now,
            without=ids,
            equipment=course.required_equipment,
            working_hours=working_hours,
        ),
        *findings_about_course(wanted, replace(course, held=left), by),
    ]
    passed = passed_findings_or_refuse(findings, reasons, by, now)
    _write_new_times(ids, wanted, passed)
    audit.record(
        by=by,
        did="course.moved",
        about=plan,
        patient_id=patient.pk,
        appointments=sorted(ids),
        went_past=[entry["code"] for entry in passed],
    )
    return sorted(wanted, key=lambda one: one.starts_at)


def _write_new_times(ids: Sequence[int], wanted: Sequence[Wanted], passed: Sequence[PassedFinding]) -> None:
    """All at once: row after row, one would meet the old place of the next."""
    with raise_taken_on_overlap_error(), connection.cursor() as cursor:
        cursor.execute(
            _MOVE_SESSIONS,
            [
                json.dumps(passed),
                list(ids),
                [one.starts_at for one in wanted],
                [one.ends_at for one in wanted],
                [one.clinician.pk for one in wanted],
                [one.room.pk for one in wanted],
            ],
        )
