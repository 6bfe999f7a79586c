"""What stands against a time that somebody wants to book, and the locks under which it is asked."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, TypedDict, cast

from django.db import IntegrityError, connection, transaction
from django.db.models import F, OuterRef

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, Role
from mesoclinic.core.findings import Finding, Refused, block, gate, warn
from mesoclinic.core.periods import Period
from mesoclinic.core.wording import day_words
from patients.models import Patient
from treatments.plans.models import TreatmentPlan
from treatments.schedule.models import Appointment, Room
from treatments.schedule.queries.availability import (
    LONGEST,
    Busy,
    KeptHours,
    breaks_on,
    buffer_of,
    busy_in,
    hours_on,
    working_hours_of,
)
from treatments.schedule.queries.courses import BOOKABLE, Course, HeldColumns, held_of, interval_findings
from treatments.schedule.rules.appointments import AppointmentStatus
from treatments.schedule.rules.bookings import patient_findings, plan_findings
from treatments.schedule.rules.lengths import equipment_finding, length_finding

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

Reasons = Mapping[str, str] | None

# The two-number form of PostgreSQL's advisory locks: what is locked, and which one.
_CLINICIAN, _ROOM, _PATIENT = 1, 2, 3

_TAKEN = {
    "clinician_is_in_one_place": "The clinician already has an appointment then.",
    "room_is_in_one_place": "The room is already taken then.",
    "patient_is_in_one_place": "The patient already has an appointment then.",
}

#: A patient may be written in a little after they came.
GRACE = timedelta(minutes=15)


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
    def where(self) -> str:
        """The field that chose this time."""
        return _where(self.session_number)


def _where(number: int | None) -> str:
    return f"slot-{number}" if number else "slot"


class PassedFinding(TypedDict):
    """What was gone past, as the appointment keeps it."""

    code: str
    level: str
    reason: str
    by: int
    at: str


class Taken(Refused):
    """The time is taken: somebody was first. The page asks what is free nearby and offers that."""


def take_out(plan: TreatmentPlan, ids: Sequence[int]) -> None:
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


def lock(clinicians: Iterable[int], rooms: Iterable[int], patient: Patient) -> None:
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


def about_patient(patient: Patient) -> list[Finding]:
    return patient_findings(died=patient.died_on is not None, merged=patient.merged_into_id is not None)


def about_times(
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
    findings = [f for one in wanted for f in _about_time(one, clinic, now)]
    if findings:
        return findings
    if working_hours is None:
        working_hours = working_hours_of(clinic, {one.clinician.pk for one in wanted})
    buffer = buffer_of(working_hours)
    whole = Period(min(one.starts_at for one in wanted) - buffer, max(one.ends_at for one in wanted) + buffer)
    busy = busy_in(clinic, whole, patient_id=patient.pk, clinicians={one.clinician.pk for one in wanted})
    busy = [b for b in busy if b.appointment is None or b.appointment not in without]
    for one in wanted:
        findings += _about_hours(one, working_hours, clinic)
        findings += _about_busy(one, busy, patient, buffer)
        lacks = equipment_finding(
            frozenset(e for e in equipment if not one.room.has([e])),
            one.room.name,
            code=_coded("booking:equipment", one.session_number),
            where=one.where,
        )
        findings += [lacks] if lacks else []
    for earlier, later in pairwise(sorted(wanted, key=lambda one: one.starts_at)):
        if later.starts_at < earlier.ends_at:
            message = "Two of the chosen times overlap. Choose another for one of them."
            findings.append(block("booking:twice", message, fixed=True, where=later.where))
    return findings


def _about_time(one: Wanted, clinic: Clinic, now: datetime) -> list[Finding]:
    """What is wrong with this time whoever else is there."""

    def refuse(code: str, message: str, where: str = one.where) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    findings: list[Finding] = []
    if not 5 <= one.minutes <= LONGEST.total_seconds() // 60:
        message = f"{one.minutes} minutes is no appointment. Choose 5 minutes to 8 hours."
        refuse("booking:length", message, "minutes")
    if one.starts_at < now - GRACE:
        refuse("booking:past", "This time has passed. Choose a later one.")
    if one.room.clinic_id != clinic.pk or not one.room.active:
        refuse("booking:room", "This room is not in use here. Choose another.")
    if not one.clinician.is_active or not one.clinician.has_role(Role.CLINICIAN, clinic):
        message = f"{one.clinician.display_name} treats nobody here. Choose a clinician."
        refuse("booking:clinician", message)
    return findings


def _about_hours(one: Wanted, working_hours: Sequence[KeptHours], clinic: Clinic) -> list[Finding]:
    """A warning where the clinician does not usually work, in this room, then."""
    day = one.starts_at.astimezone(clinic.zone).date()
    here = [
        o
        for o in working_hours
        if (o.clinician_id, o.room_id) == (one.clinician.pk, one.room.pk) and o.weekday == day.weekday()
    ]
    kept = [p for o in here for p in hours_on(o, day, clinic.zone)]
    if any(p.start <= one.starts_at and one.ends_at <= p.end for p in kept):
        return []
    return [
        warn(
            _coded("booking:closed", one.session_number),
            f"{_when(one, clinic)} {_outside(one, working_hours, here, day, clinic)} "
            "Choose another time, or say why.",
            where=one.where,
        )
    ]


def _outside(
    one: Wanted, working_hours: Sequence[KeptHours], here: Sequence[KeptHours], day: date, clinic: Clinic
) -> str:
    """Why nobody is expected to work then, in words."""
    if any(day in o.closed for o in working_hours):
        return "is on a holiday of the clinic."
    period = Period(one.starts_at, one.ends_at)
    for working in here:
        for pause, name in breaks_on(working, day, clinic.zone):
            if pause.overlaps(period):
                return f"meets {one.clinician.display_name}'s break ({name.lower()})."
    return f"is outside {one.clinician.display_name}'s hours in {one.room.name}."


def _about_busy(one: Wanted, busy: Iterable[Busy], patient: Patient, buffer: timedelta) -> list[Finding]:
    """A fixed block for each of clinician, room and patient that is taken; a warning for an absence.

    A warning too where less than the clinic's buffer is left to the visit before or after.
    """
    findings: dict[str, Finding] = {}
    period = Period(one.starts_at, one.ends_at)
    wide = Period(one.starts_at - buffer, one.ends_at + buffer)
    for taken in busy:
        if not taken.period.overlaps(period):
            same = one.clinician.pk == taken.clinician or one.room.pk == taken.room
            if same and not taken.away and taken.period.overlaps(wide):
                code = _coded("booking:buffer", one.session_number)
                minutes = int(buffer.total_seconds() // 60)
                message = (
                    f"Less than {minutes} minutes are left between this visit and the next in the same "
                    "place. Choose another time, or say why."
                )
                findings[code] = warn(code, message, where=one.where)
            continue
        meets = {
            "clinician_is_in_one_place": taken.clinician == one.clinician.pk,
            "room_is_in_one_place": taken.room == one.room.pk,
            "patient_is_in_one_place": taken.patient == patient.pk,
        }
        if taken.away and any(meets.values()):
            code = _coded("booking:away", one.session_number)
            message = "The clinician is away or the room closed then. Choose another time, or say why."
            findings[code] = warn(code, message, where=one.where)
        for name, holds in meets.items():
            if holds and not taken.away:
                findings[name] = _taken(name, one.session_number)
    return list(findings.values())


def _taken(name: str, number: int | None = None) -> Finding:
    named = f"Session {number}: " if number else ""
    message = f"{named}{_TAKEN[name]} Choose another time."
    code = _coded(f"taken:{name}", number)
    return block(code, message, fixed=True, where=_where(number))


def _coded(code: str, number: int | None) -> str:
    """One reason is given for one session."""
    return f"{code}:{number}" if number else code


def _when(one: Wanted, clinic: Clinic) -> str:
    local = one.starts_at.astimezone(clinic.zone)
    return f"{day_words(local.date())}, {local:%H:%M}"


def about_plan(plan: TreatmentPlan, patient: Patient) -> list[Finding]:
    return plan_findings(
        same_patient=plan.patient_id == patient.pk,
        bookable=plan.status in BOOKABLE,
        status=plan.get_status_display(),
    )


def about_lengths(wanted: Sequence[Wanted], course: Course, *, one_only: bool = False) -> list[Finding]:
    """Asks why, where a session is booked for other minutes than the clinic's rule gives it."""
    findings = []
    for one in wanted:
        number = one.session_number
        if number is None:
            continue
        code = "booking:length" if one_only else _coded("booking:length", number)
        found = length_finding(one.minutes, course.minutes(number), code=code)
        findings += [found] if found else []
    return findings


def about_course(wanted: Sequence[Wanted], course: Course) -> list[Finding]:
    """Whether each number is still open, and each interval what the protocol asks for."""
    findings: list[Finding] = []
    days: dict[int, date] = dict(course.days)
    zone = course.plan.clinic.zone
    for one in wanted:
        number = one.session_number
        if number is None:
            continue
        if number in days:
            message = f"Session {number} is already booked. Look again what is left to book."
            code = f"booking:again:{number}"
            findings.append(block(code, message, fixed=True, where=one.where))
        elif number not in course.open_numbers:
            planned = course.plan.sessions_planned
            message = f"The plan has {planned} sessions: there is no session {number}."
            code = f"booking:number:{number}"
            findings.append(block(code, message, fixed=True, where=one.where))
        days[number] = one.starts_at.astimezone(zone).date()
    if findings:
        return findings
    return interval_findings(course, days, {one.session_number for one in wanted})


def _pass(findings: Iterable[Finding], reasons: Reasons, by: User, now: datetime) -> list[PassedFinding]:
    """What was gone past, or ``Refused``; ``Taken`` where the calendar is what stands in the way."""
    try:
        passed = gate(findings, reasons, may_override=by.may(Permission.OVERRIDE))
    except Refused as refused:
        if any(f.code.startswith("taken:") for f in refused.findings):
            raise Taken(*refused.findings) from refused
        raise
    return [
        {"code": a.code, "level": str(a.level), "reason": a.reason, "by": by.pk, "at": now.isoformat()}
        for a in passed
    ]


@contextmanager
def saying_who_was_first() -> Iterator[None]:
    """The constraint's own answer in words, where a row came in that took no lock."""
    try:
        # A savepoint: the page that shows the refusal has still to ask what is free.
        with transaction.atomic():
            yield
    except IntegrityError as error:
        for name in _TAKEN:
            if name in str(error):
                raise Taken(_taken(name)) from error
        raise


def locked(appointment: Appointment) -> Appointment:
    """The row as it is now."""
    return (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("patient", "clinic__booking")
        .get(pk=appointment.pk)
    )


def locked_with_course(appointment: Appointment) -> "WithAnnotations[Appointment, HeldColumns]":
    """The row as it is now, with where its course stands."""
    row = (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("patient", "clinic__booking", "plan__clinic__booking")
        .annotate(**held_of(OuterRef("plan")))
        .get(pk=appointment.pk)
    )
    return cast("WithAnnotations[Appointment, HeldColumns]", row)
