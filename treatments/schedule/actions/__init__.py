"""The only way an appointment is made, moved or given up: nobody ends up in two places."""

import calendar
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, OuterRef, Q
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, Role
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, Refused, block, gate, warn
from mesoclinic.core.periods import Period
from patients.models import Patient
from patients.rules import day_words
from treatments.plans.models import TreatmentPlan
from treatments.schedule import queries, rules
from treatments.schedule.actions import freed
from treatments.schedule.models import Appointment, Opening, Room, TimeOff
from treatments.schedule.models.booking import settings_of
from treatments.schedule.queries import Busy, Course
from treatments.schedule.rules import AppointmentStatus
from treatments.schedule.rules.lengths import equipment_finding, length_finding

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


class Taken(Refused):
    """The time is taken: somebody was first. The page asks what is free nearby and offers that."""


# --- booking -----------------------------------------------------------------


@transaction.atomic
def book(
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
    (appointment,) = _book(patient, clinic, [wanted], kind, by, plan, note, reasons, now or timezone.now())
    return appointment


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
    return _book(
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


def _book(
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
    _lock({one.clinician.pk for one in wanted}, {one.room.pk for one in wanted}, patient)
    course = queries.course(plan.pk) if plan is not None else None
    findings = [
        *_about_patient(patient),
        *_about_times(wanted, clinic, patient, now, equipment=course.equipment if course else frozenset()),
    ]
    if plan is not None and course is not None:
        findings += _about_plan(plan, patient)
        findings += _about_course(wanted, course)
        if not any(finding.fixed for finding in findings):
            findings += _about_lengths(wanted, course)
    passed = _pass(findings, reasons, by, now)
    with _saying_who_was_first():
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
                minutes_by_rule=course.minutes(one.session_number) if course and one.session_number else None,
                note=note[:200],
                booked_by=by,
                booked_at=now,
                status_at=now,
                acknowledged=passed,
            )
            for one in wanted
        )
    first = appointments[0]
    audit.record(
        by=by,
        did="appointment.booked" if len(appointments) == 1 else "course.booked",
        about=plan if plan and len(appointments) > 1 else first,
        patient_id=patient.pk,
        kind=str(kind),
        appointments=[a.pk for a in appointments],
        went_past=[row["code"] for row in passed],
    )
    return appointments


@transaction.atomic
def move(
    *,
    appointment: Appointment,
    wanted: Wanted,
    by: User,
    reasons: Reasons = None,
    now: datetime | None = None,
) -> Appointment:
    """Give an appointment another time, clinician or room. Only one that has not begun."""
    now = now or timezone.now()
    _lock(
        {appointment.clinician_id, wanted.clinician.pk},
        {appointment.room_id, wanted.room.pk},
        appointment.patient,
    )
    current = _locked(appointment)
    if current.status not in (AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED):
        raise Refused.because(
            f"This appointment is {current.get_status_display()}: it cannot be moved. Book a new one.",
            code="booking:state",
        )
    course = None
    if current.plan_id and current.session_number:
        course = queries.course_of(current.plan, current)
    findings = [
        *_about_patient(current.patient),
        *_about_times(
            [wanted],
            current.clinic,
            current.patient,
            now,
            without={current.pk},
            equipment=course.equipment if course else frozenset(),
        ),
    ]
    if course is not None:
        numbered = replace(wanted, session_number=current.session_number)
        others = {n: h for n, h in course.held.items() if h.appointment != current.pk}
        findings += _about_course([numbered], replace(course, held=others))
        length = Period(current.starts_at, current.ends_at).minutes
        if wanted.minutes != length:
            findings += _about_lengths([numbered], course, one_only=True)
    passed = _pass(findings, reasons, by, now)
    before = current.starts_at
    current.clinician, current.room = wanted.clinician, wanted.room
    current.starts_at, current.ends_at = wanted.starts_at, wanted.ends_at
    current.acknowledged = [*current.acknowledged, *passed]
    with _saying_who_was_first():
        current.save(update_fields=["clinician", "room", "starts_at", "ends_at", "acknowledged"])
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


@transaction.atomic
def move_rest(
    *,
    plan: TreatmentPlan,
    moves: Sequence[tuple[Appointment, Wanted]],
    by: User,
    openings: Sequence[Any] | None = None,
    reasons: Reasons = None,
    now: datetime | None = None,
) -> list[Wanted]:
    """Move several sessions of a course, all or none: after one has moved, the others follow.

    Each ``Wanted`` names the number of its appointment; they come back in order of time. ``Taken``
    where a time is somebody else's. ``openings`` (queries.openings_of) spares a query.
    """
    now = now or timezone.now()
    if not moves:
        raise Refused.because("Choose at least one session to move.", code="booking:none", where="slot")
    patient, ids = plan.patient, [appointment.pk for appointment, _ in moves]
    _lock(
        {pk for a, one in moves for pk in (a.clinician_id, one.clinician.pk)},
        {pk for a, one in moves for pk in (a.room_id, one.room.pk)},
        patient,
    )
    _take_out(plan, ids)
    wanted = [one for _, one in moves]
    course = queries.course(plan.pk)
    left = {n: held for n, held in course.held.items() if held.appointment not in ids}
    findings = [
        *_about_patient(patient),
        *_about_times(
            wanted,
            course.plan.clinic,
            patient,
            now,
            without=ids,
            equipment=course.equipment,
            openings=openings,
        ),
        *_about_course(wanted, replace(course, held=left)),
    ]
    passed = _pass(findings, reasons, by, now)
    with _saying_who_was_first(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE schedule_appointment a
               SET starts_at = v.starts_at, ends_at = v.ends_at, clinician_id = v.clinician, room_id = v.room,
                   acknowledged = a.acknowledged || %s::jsonb
              FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::bigint[])
                   AS v (id, starts_at, ends_at, clinician, room)
             WHERE a.id = v.id
            """,
            [
                json.dumps(passed),
                ids,
                [one.starts_at for one in wanted],
                [one.ends_at for one in wanted],
                [one.clinician.pk for one in wanted],
                [one.room.pk for one in wanted],
            ],
        )
    audit.record(
        by=by,
        did="course.moved",
        about=plan,
        patient_id=patient.pk,
        appointments=sorted(ids),
        went_past=[entry["code"] for entry in passed],
    )
    return sorted(wanted, key=lambda one: one.starts_at)


def _take_out(plan: TreatmentPlan, ids: Sequence[int]) -> None:
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


# --- what stands in the way --------------------------------------------------


def _lock(clinicians: Iterable[int], rooms: Iterable[int], patient: Patient) -> None:
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


def _about_patient(patient: Patient) -> list[Finding]:
    if patient.died_on:
        message = "This patient has died: nothing can be booked."
        return [block("booking:deceased", message, fixed=True)]
    if patient.merged_into_id:
        message = "This record was merged: book on the other one."
        return [block("booking:merged", message, fixed=True)]
    return []


def _about_times(
    wanted: Sequence[Wanted],
    clinic: Clinic,
    patient: Patient,
    now: datetime,
    *,
    without: Collection[int] = (),
    equipment: frozenset[str] = frozenset(),
    openings: Sequence[Any] | None = None,
) -> list[Finding]:
    """Each time by itself, against the openings, and against all that is taken. Two queries.

    ``without``: appointments that are moved themselves. ``equipment``: what the room must have.
    """
    findings = [f for one in wanted for f in _about_time(one, clinic, now)]
    if findings:
        return findings
    if openings is None:
        openings = queries.openings_of(clinic, {one.clinician.pk for one in wanted})
    buffer = queries.buffer_of(openings)
    whole = Period(min(one.starts_at for one in wanted) - buffer, max(one.ends_at for one in wanted) + buffer)
    busy = queries.busy_in(
        clinic, whole, patient_id=patient.pk, clinicians={one.clinician.pk for one in wanted}
    )
    busy = [b for b in busy if b.appointment is None or b.appointment not in without]
    for one in wanted:
        findings += _about_hours(one, openings, clinic)
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
    if not 5 <= one.minutes <= queries.LONGEST.total_seconds() // 60:
        message = f"{one.minutes} minutes is no appointment. Choose 5 minutes to 8 hours."
        refuse("booking:length", message, "minutes")
    if one.starts_at < now - GRACE:
        refuse("booking:past", "This time has passed. Choose a later one.")
    if one.room.clinic_id != clinic.pk or not one.room.active:
        refuse("booking:room", "This room is not in use here. Choose another.")
    if not one.clinician.is_active or not one.clinician.has_role(Role.CLINICIAN):
        message = f"{one.clinician.display_name} treats nobody here. Choose a clinician."
        refuse("booking:clinician", message)
    return findings


def _about_hours(one: Wanted, openings: Sequence[Any], clinic: Clinic) -> list[Finding]:
    """A warning where the clinician does not usually work, in this room, then."""
    day = one.starts_at.astimezone(clinic.zone).date()
    here = [
        o
        for o in openings
        if (o.clinician_id, o.room_id) == (one.clinician.pk, one.room.pk) and o.weekday == day.weekday()
    ]
    kept = [p for o in here for p in queries.hours_on(o, day, clinic.zone)]
    if any(p.start <= one.starts_at and one.ends_at <= p.end for p in kept):
        return []
    return [
        warn(
            _coded("booking:closed", one.session_number),
            f"{_when(one, clinic)} {_outside(one, openings, here, day, clinic)} "
            "Choose another time, or say why.",
            where=one.where,
        )
    ]


def _outside(one: Wanted, openings: Sequence[Any], here: Sequence[Any], day: date, clinic: Clinic) -> str:
    """Why nobody is expected to work then, in words."""
    if any(day in o.closed for o in openings):
        return "is on a holiday of the clinic."
    period = Period(one.starts_at, one.ends_at)
    for opening in here:
        for pause, name in queries.breaks_on(opening, day, clinic.zone):
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


def _about_plan(plan: TreatmentPlan, patient: Patient) -> list[Finding]:
    if plan.patient_id != patient.pk:
        message = "This plan is another patient's."
        return [block("booking:plan", message, fixed=True)]
    if plan.status not in queries.BOOKABLE:
        message = f"The plan is {plan.get_status_display()}: accept its quote first, then book."
        return [block("booking:not_accepted", message, fixed=True)]
    return []


def _about_lengths(wanted: Sequence[Wanted], course: Course, *, one_only: bool = False) -> list[Finding]:
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


def _about_course(wanted: Sequence[Wanted], course: Course) -> list[Finding]:
    """Whether each number is still open, and each gap what the protocol asks for."""
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
    return queries.gap_findings(course, days, {one.session_number for one in wanted})


def _pass(findings: Iterable[Finding], reasons: Reasons, by: User, now: datetime) -> list[dict[str, Any]]:
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
def _saying_who_was_first() -> Iterator[None]:
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


# --- along the way -----------------------------------------------------------


def _locked(appointment: Appointment) -> Appointment:
    """The row as it is now, with where its course stands."""
    return (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("patient", "clinic__booking", "plan__clinic__booking")
        .annotate(**queries.held_of(OuterRef("plan")))
        .get(pk=appointment.pk)
    )


@transaction.atomic
def set_status(
    *,
    appointment: Appointment,
    to: AppointmentStatus,
    by: User | None,
    reason: str = "",
    now: datetime | None = None,
) -> Appointment:
    """Move an appointment along ``rules.MOVES``; asking for the state it is in changes nothing.

    ``by`` is None where the patient answered by the link in a reminder.

    ``Taken`` where a missed patient comes after all and somebody else has the time by now.
    """
    if to in rules.ACTIVE and appointment.status not in rules.ACTIVE:
        _lock([appointment.clinician_id], [appointment.room_id], appointment.patient)
    return _set_status(_locked(appointment), to, by, reason, now or timezone.now())


def _set_status(
    current: Appointment, to: AppointmentStatus, by: User | None, reason: str, now: datetime
) -> Appointment:
    """The same for a row that is locked."""
    if current.status == to:
        return current
    if not rules.can_move(current.status, to):
        raise Refused.because(
            f"This appointment is {current.get_status_display()}: it cannot become "
            f"{to.value.replace('_', ' ')}.",
            code="booking:state",
        )
    before = current.status
    current.status, current.status_by, current.status_at = to.value, by, now
    current.status_reason = reason.strip()[:200]
    with _saying_who_was_first():
        current.save(update_fields=["status", "status_by", "status_at", "status_reason"])
    audit.record(
        by=by, did=f"appointment.{to.value}", about=current, patient_id=current.patient_id, before=before
    )
    return current


def confirm(*, appointment: Appointment, by: User | None, now: datetime | None = None) -> Appointment:
    """The patient said they will come."""
    to = AppointmentStatus.CONFIRMED
    return set_status(appointment=appointment, to=to, by=by, now=now)


def arrive(*, appointment: Appointment, by: User, now: datetime | None = None) -> Appointment:
    """The patient is at the desk: on the day itself, by the clinic's clock."""
    now = now or timezone.now()
    zone = appointment.clinic.zone
    day = appointment.starts_at.astimezone(zone).date()
    if day != now.astimezone(zone).date():
        raise Refused.because(
            f"This appointment is on {day_words(day)}: the patient arrives on that day. "
            "Move it first if they are here now.",
            code="booking:day",
        )
    to = AppointmentStatus.ARRIVED
    return set_status(appointment=appointment, to=to, by=by, now=now)


def take_back_arrival(*, appointment: Appointment, by: User, now: datetime | None = None) -> Appointment:
    """The wrong patient was checked in."""
    to = AppointmentStatus.BOOKED
    return set_status(appointment=appointment, to=to, by=by, now=now)


def mark_no_show(*, appointment: Appointment, by: User, now: datetime | None = None) -> Appointment:
    """The patient did not come: said once the time has begun."""
    now = now or timezone.now()
    if now < appointment.starts_at:
        raise Refused.because(
            "It is not time yet: nobody has missed it. Cancel it if the patient will not come.",
            code="booking:early",
        )
    to = AppointmentStatus.NO_SHOW
    return set_status(appointment=appointment, to=to, by=by, now=now)


@transaction.atomic
def finish_visit(*, appointment: Appointment, by: User, now: datetime | None = None) -> Appointment:
    """An intake, review or talk is over. A session is done when it is signed."""
    if appointment.kind == Appointment.Kind.SESSION:
        raise Refused.because(
            "A session is done when it is signed. Sign it on its own page.", code="booking:sign"
        )
    now = now or timezone.now()
    current = _locked(appointment)
    if current.status == AppointmentStatus.ARRIVED:
        _set_status(current, AppointmentStatus.IN_TREATMENT, by, "", now)
    return _set_status(current, AppointmentStatus.DONE, by, "", now)


@transaction.atomic
def cancel(
    *, appointment: Appointment, by: User | None, reason: str, now: datetime | None = None
) -> Appointment:
    """Give an appointment up, with a reason; late where the notice was shorter than the clinic asks for."""
    if len(reason.strip()) < 3:
        raise Refused.because("Say why it is cancelled.", code="booking:reason", where="reason")
    now = now or timezone.now()
    current = _locked(appointment)
    # Somebody else has cancelled it, and said why.
    if current.status in (AppointmentStatus.CANCELLED, AppointmentStatus.LATE_CANCELLED):
        return current
    notice = settings_of(current.clinic).notice_hours
    to = rules.cancelled_as(current.starts_at, now, notice)
    return _set_status(current, to, by, reason, now)


# --- rooms and hours ---------------------------------------------------------


@transaction.atomic
def add_room(*, clinic: Clinic, name: str, by: User) -> Room:
    name = name.strip()
    if not name:
        raise Refused.because("Give the room a name.", code="room:name", where="name")
    if Room.objects.filter(clinic=clinic, name__iexact=name).exists():
        raise Refused.because("There is a room of this name.", code="room:name", where="name")
    room = Room.objects.create(clinic=clinic, name=name)
    audit.record(by=by, did="room.added", about=room)
    return room


@transaction.atomic
def set_room_active(*, room: Room, active: bool, by: User) -> Room:
    """A room that is out of use is offered no more; what is booked there stays."""
    room.active = active
    room.save(update_fields=["active"])
    audit.record(by=by, did="room.opened" if active else "room.closed", about=room)
    return room


@transaction.atomic
def add_openings(
    *,
    clinic: Clinic,
    clinician: User,
    room: Room,
    weekdays: Collection[int],
    opens: time,
    closes: time,
    by: User,
) -> list[Opening]:
    """A clinician's hours in a room on these weekdays, by the clinic's clock; all or none.

    Neither the clinician nor the room may have others that overlap.
    """

    def refuse(message: str, code: str, where: str) -> None:
        raise Refused.because(message, code=code, where=where)

    if closes <= opens:
        refuse("It closes before it opens.", "opening:times", "closes")
    if room.clinic_id != clinic.pk or not room.active:
        message = "This room is not in use here. Choose another."
        refuse(message, "opening:room", "room")
    if not clinician.is_active or not clinician.has_role(Role.CLINICIAN):
        message = f"{clinician.display_name} treats nobody here. Choose a clinician."
        refuse(message, "opening:clinician", "clinician")
    clashes = Opening.objects.filter(
        Q(clinician=clinician) | Q(room=room), weekday__in=weekdays, opens__lt=closes, closes__gt=opens
    ).order_by("weekday", "opens")
    for clash in clashes[:1]:
        when = f"{calendar.day_name[clash.weekday]} {clash.opens:%H:%M}–{clash.closes:%H:%M}"
        if clash.clinician_id == clinician.pk:
            message = f"These hours overlap others of the same clinician, {when}."
            refuse(message, "opening:clinician", "opens")
        message = f"Somebody else has this room then, {when}. Choose another room or other hours."
        refuse(message, "opening:room", "room")
    openings = Opening.objects.bulk_create(
        Opening(clinic=clinic, clinician=clinician, room=room, weekday=weekday, opens=opens, closes=closes)
        for weekday in sorted(weekdays)
    )
    if not openings:
        refuse("Choose at least one day.", "opening:days", "weekdays")
    freed.note_hours(clinic, openings)
    audit.record(by=by, did="opening.added", about=openings[0], weekdays=[o.weekday for o in openings])
    return openings


def add_opening(
    *, clinic: Clinic, clinician: User, room: Room, weekday: int, opens: time, closes: time, by: User
) -> Opening:
    """The same for one weekday."""
    (opening,) = add_openings(
        clinic=clinic, clinician=clinician, room=room, weekdays=[weekday], opens=opens, closes=closes, by=by
    )
    return opening


@transaction.atomic
def remove_opening(*, opening: Opening, by: User) -> None:
    """Appointments already booked stay."""
    audit.record(by=by, did="opening.removed", about=opening, weekday=opening.weekday)
    opening.delete()


@transaction.atomic
def add_time_off(
    *,
    clinic: Clinic,
    starts_at: datetime,
    ends_at: datetime,
    by: User,
    clinician: User | None = None,
    room: Room | None = None,
    reason: str = "",
) -> TimeOff:
    """When a clinician is away or a room closed. Appointments already booked stay."""
    if (clinician is None) == (room is None):
        raise Refused.because("Say who is away, or which room is closed.", code="off:who", where="who")
    if ends_at <= starts_at:
        raise Refused.because("It ends before it starts.", code="off:times", where="ends_at")
    off = TimeOff.objects.create(
        clinic=clinic,
        clinician=clinician,
        room=room,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip()[:100],
    )
    audit.record(by=by, did="time_off.added", about=off)
    return off


@transaction.atomic
def remove_time_off(*, off: TimeOff, by: User) -> None:
    """They are there after all."""
    audit.record(by=by, did="time_off.removed", about=off)
    freed.note_back(off)
    off.delete()


@transaction.atomic
def note_viewing(*, patient: Patient, by: User, page: str) -> None:
    """Say who looked at whose bookings, and at which page of them."""
    audit.record(by=by, did="patient.viewed", about=patient, patient_id=patient.pk, page=page)
