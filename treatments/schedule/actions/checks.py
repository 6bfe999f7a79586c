"""What stands against a time that somebody wants to book, and the locks under which it is asked."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict, cast

from django.db import IntegrityError, connection, transaction
from django.db.models import F, OuterRef

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, Role
from mesoclinic.core.database_refusals import broken_constraint_or_none
from mesoclinic.core.findings import Finding, Refused, gate
from mesoclinic.core.locking import lock_row
from mesoclinic.core.periods import Period
from patients.models import Patient
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment, Room
from treatments.schedule.queries.availability import (
    KeptHours,
    buffer_between_visits,
    busy_times_during,
    named_break_periods_on,
    working_hours_of,
    working_periods_on,
)
from treatments.schedule.queries.courses import (
    BOOKABLE,
    Course,
    HeldColumns,
    course_columns_of,
    interval_findings,
)
from treatments.schedule.rules.appointments import AppointmentStatus
from treatments.schedule.rules.bookings import (
    check_patient_alive_and_not_merged,
    check_plan_is_patients_and_bookable,
)
from treatments.schedule.rules.lengths import check_room_has_equipment, check_session_length_follows_rule
from treatments.schedule.rules.times import (
    TAKEN,
    HoursThen,
    WantedTime,
    check_sessions_still_to_book,
    check_time_is_not_taken,
    check_times_do_not_overlap,
    check_within_working_hours,
    finding_code_with_session_number,
    impossible_time_findings,
    slot_field_name,
    time_taken_finding,
)

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

Reasons = Mapping[str, str] | None

# The two-number form of PostgreSQL's advisory locks: what is locked, and which one.
_CLINICIAN, _ROOM, _PATIENT = 1, 2, 3


@dataclass(frozen=True)
class Wanted:
    """One appointment to be made."""

    clinician: User
    room: Room
    starts_at: datetime
    minutes: int
    session_number: int | None = None

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def slot_field_name(self) -> str:
        """The field that chose this time."""
        return slot_field_name(self.session_number)

    def as_wanted_time(self, clinic: Clinic) -> WantedTime:
        """The same as the rules take it, with what is known of its clinician and room at ``clinic``."""
        return WantedTime(
            clinician=self.clinician.pk,
            clinician_name=self.clinician.display_name,
            treats_here=self.clinician.is_active and self.clinician.has_role(Role.CLINICIAN, clinic),
            room=self.room.pk,
            room_name=self.room.name,
            room_in_use=self.room.active and self.room.clinic_id == clinic.pk,
            starts_at=self.starts_at,
            minutes=self.minutes,
            session_number=self.session_number,
        )


class PassedFinding(TypedDict):
    """What was gone past, as the appointment keeps it."""

    code: str
    level: str
    reason: str
    by: int
    at: str


class Taken(Refused):
    """The time is taken: somebody was first. The page asks what is free nearby and offers that."""


def move_sessions_far_ahead_temporarily(plan: TreatmentPlan, ids: Sequence[int]) -> None:
    """Lift these sessions off the calendar until their new times are written, all by the same thousand years.

    The exclusion constraints look at row after row: put straight where they go, one would meet the
    old place of the next. Refused where one of them has begun or was given up meanwhile.
    """
    far = timedelta(days=365_000)
    lifted = Appointment.objects.filter(
        pk__in=ids, plan=plan, status__in=[AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED]
    ).update(starts_at=F("starts_at") + far, ends_at=F("ends_at") + far)
    if lifted != len(set(ids)):
        raise Refused.because(
            "One of these sessions has begun or was cancelled meanwhile. Look again what is left to move.",
            code="booking:state",
        )


def lock_for_booking(clinicians: Iterable[int], rooms: Iterable[int], patient: Patient) -> None:
    """Everybody an appointment needs, in one fixed order, so that no two bookings wait for each other.

    The exclusion constraint alone lets one win but answers some of the others with a deadlock. One
    statement: the inner query is sorted before the outer one takes lock after lock.
    """
    wanted = [
        *((_CLINICIAN, pk) for pk in clinicians),
        *((_ROOM, pk) for pk in rooms),
        (_PATIENT, patient.pk),
    ]
    with connection.cursor() as cursor:
        # A key beyond four bytes is folded: two that meet only wait for each other once more.
        cursor.execute(
            """
            SELECT pg_advisory_xact_lock(kind, key)
              FROM (SELECT DISTINCT kind, (pk %% 2147483647)::int AS key
                      FROM unnest(%s::int[], %s::bigint[]) AS t (kind, pk)
                     ORDER BY kind, key) sorted
            """,
            [[kind for kind, _ in wanted], [pk for _, pk in wanted]],
        )


def findings_if_patient_dead_or_merged(patient: Patient) -> list[Finding]:
    return check_patient_alive_and_not_merged(
        died=patient.died_on is not None, merged=patient.merged_into_id is not None
    )


def findings_about_times(
    wanted: Sequence[Wanted],
    clinic: Clinic,
    patient: Patient,
    now: datetime,
    *,
    without: Collection[int] = (),
    equipment: frozenset[str] = frozenset(),
    working_hours: Sequence[KeptHours] | None = None,
) -> list[Finding]:
    """Each time by itself, against the working hours, and against all that is taken. Two queries.

    ``without``: appointments that are moved themselves. ``equipment``: what the room must have.
    """
    times = [one.as_wanted_time(clinic) for one in wanted]
    findings = [f for time in times for f in impossible_time_findings(time, now)]
    if findings:
        return findings
    clinicians = {one.clinician.pk for one in wanted}
    if working_hours is None:
        working_hours = working_hours_of(clinic, clinicians)
    buffer = buffer_between_visits(working_hours)
    whole = Period(min(one.starts_at for one in wanted) - buffer, max(one.ends_at for one in wanted) + buffer)
    busy = busy_times_during(clinic, whole, patient_id=patient.pk, clinicians=clinicians)
    busy = [b for b in busy if b.appointment is None or b.appointment not in without]
    for one, time in zip(wanted, times, strict=True):
        findings += check_within_working_hours(
            time, _clinician_hours_on_day(time, working_hours, clinic), clinic.zone
        )
        findings += check_time_is_not_taken(time, busy, patient=patient.pk, buffer=buffer)
        lacks = check_room_has_equipment(
            frozenset(e for e in equipment if not one.room.has_equipment([e])),
            one.room.name,
            code=finding_code_with_session_number("booking:equipment", one.session_number),
            where=one.slot_field_name,
        )
        findings += [lacks] if lacks else []
    return findings + check_times_do_not_overlap(times)


def _clinician_hours_on_day(
    time: WantedTime, working_hours: Sequence[KeptHours], clinic: Clinic
) -> HoursThen:
    """The clinician's hours in the room on the day of this time."""
    day = time.starts_at.astimezone(clinic.zone).date()
    here = [
        o
        for o in working_hours
        if (o.clinician_id, o.room_id) == (time.clinician, time.room) and o.weekday == day.weekday()
    ]
    return HoursThen(
        open=[period for o in here for period in working_periods_on(o, day, clinic.zone)],
        breaks=[pause for o in here for pause in named_break_periods_on(o, day, clinic.zone)],
        holiday=any(day in o.closed for o in working_hours),
    )


def findings_about_plan(plan: TreatmentPlan, patient: Patient) -> list[Finding]:
    return check_plan_is_patients_and_bookable(
        same_patient=plan.patient_id == patient.pk,
        bookable=plan.status in BOOKABLE,
        status=plan.get_status_display(),
    )


def findings_about_session_lengths(
    wanted: Sequence[Wanted], course: Course, *, one_only: bool = False
) -> list[Finding]:
    """Asks why, where a session is booked for other minutes than the clinic's rule gives it."""
    findings = []
    for one in wanted:
        number = one.session_number
        if number is None:
            continue
        code = "booking:length" if one_only else finding_code_with_session_number("booking:length", number)
        found = check_session_length_follows_rule(one.minutes, course.minutes_to_propose(number), code=code)
        findings += [found] if found else []
    return findings


def findings_about_course(wanted: Sequence[Wanted], course: Course, by: User | None) -> list[Finding]:
    """Whether each number is still open, and each interval what plan and intervals ask for."""
    chosen = {one.session_number: one for one in wanted if one.session_number is not None}
    numbers = [one.session_number for one in wanted if one.session_number is not None]
    findings = check_sessions_still_to_book(
        numbers,
        booked=course.days_by_session_number,
        session_numbers_to_book=course.session_numbers_to_book,
        planned=course.plan.sessions_planned,
    )
    if findings:
        return findings
    zone = course.plan.clinic.zone
    days = {number: one.starts_at.astimezone(zone).date() for number, one in chosen.items()}
    return interval_findings(
        course,
        {**course.days_by_session_number, **days},
        {one.session_number for one in wanted},
        clinical=by is not None and by.may(Permission.SEE_CLINICAL),
    )


def passed_findings_or_refuse(
    findings: Iterable[Finding], reasons: Reasons, by: User | None, now: datetime
) -> list[PassedFinding]:
    """What was gone past, or ``Refused``; ``Taken`` where the calendar is what stands in the way. A patient passes nothing."""
    try:
        passed = gate(
            findings,
            reasons if by is not None else None,
            may_override=by is not None and by.may(Permission.OVERRIDE),
        )
    except Refused as refused:
        if any(f.code.startswith("taken:") for f in refused.findings):
            raise Taken(*refused.findings) from refused
        raise
    return [
        {"code": a.code, "level": str(a.level), "reason": a.reason, "by": by.pk, "at": now.isoformat()}
        for a in passed
        if by is not None
    ]


@contextmanager
def raise_taken_on_overlap_error() -> Iterator[None]:
    """The constraint's own answer in words, where a row came in that took no lock."""
    try:
        # A savepoint: the page that shows the refusal has still to ask what is free.
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = broken_constraint_or_none(error)
        if name in TAKEN:
            raise Taken(time_taken_finding(name)) from error
        raise


def lock_appointment(appointment: Appointment) -> Appointment:
    """The row as it is now."""
    return lock_row(Appointment, appointment.pk, "patient", "clinic__booking")


def lock_appointment_with_course(appointment: Appointment) -> "WithAnnotations[Appointment, HeldColumns]":
    """The row as it is now, with where its course stands."""
    row = (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("patient", "clinic__booking", "plan__clinic__booking")
        .annotate(**course_columns_of(OuterRef("plan")))
        .get(pk=appointment.pk)
    )
    return cast("WithAnnotations[Appointment, HeldColumns]", row)
