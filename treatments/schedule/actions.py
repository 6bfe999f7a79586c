"""The only way an appointment is made, moved or given up: nobody ends up in two places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, Refused, block, gate, warn
from patients.models import Patient
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PlanStatus
from treatments.schedule import queries, rules
from treatments.schedule.models import Appointment, Opening, Room, TimeOff
from treatments.schedule.rules import AppointmentStatus, WeeklyOpening

Reasons = Mapping[str, str] | None

# The two-number form of PostgreSQL's advisory locks: what is locked, and which one.
_CLINICIAN, _ROOM, _PATIENT = 1, 2, 3

_TAKEN = {
    "clinician_is_in_one_place": "The clinician already has an appointment then.",
    "room_is_in_one_place": "The room is already taken then.",
    "patient_is_in_one_place": "The patient already has an appointment then.",
}


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


class Taken(Refused):
    """The time is taken; ``alternatives`` are the nearest free ones."""

    def __init__(self, finding: Finding, alternatives: Sequence[queries.Slot]):
        super().__init__(finding)
        self.alternatives = list(alternatives)


def _lock(clinicians: set[int], rooms: set[int], patient_id: int) -> None:
    """Everyone an appointment needs, in one fixed order, so that no two bookings wait for each other.

    The exclusion constraint alone lets one win but answers some of the others with a deadlock.
    """
    wanted = [
        *((_CLINICIAN, pk) for pk in sorted(clinicians)),
        *((_ROOM, pk) for pk in sorted(rooms)),
        (_PATIENT, patient_id),
    ]
    with connection.cursor() as cursor:
        for kind, pk in wanted:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [kind, pk])


def _check(
    patient: Patient, wanted: Wanted, clinic: Clinic, now: datetime
) -> list[Finding]:
    """What speaks against this time, the calendar's own overlaps apart."""
    found: list[Finding] = []
    if patient.died_on:
        found.append(
            block(
                "booking:deceased",
                "This patient has died: nothing can be booked.",
                fixed=True,
            )
        )
    if patient.merged_into_id:
        found.append(
            block(
                "booking:merged",
                "This record was merged: book on the other one.",
                fixed=True,
            )
        )
    if not 5 <= wanted.minutes <= 480:
        found.append(
            block(
                "booking:length",
                f"{wanted.minutes} minutes is no appointment. Choose 5 minutes to 8 hours.",
                fixed=True,
                where="minutes",
            )
        )
    if wanted.starts_at < now - timedelta(minutes=15):
        found.append(
            block(
                "booking:past",
                "This time has passed. Choose a later one.",
                fixed=True,
                where="starts_at",
            )
        )
    if wanted.room.clinic_id != clinic.pk or not wanted.room.active:
        found.append(
            block(
                "booking:room",
                "This room is not in use here. Choose another.",
                fixed=True,
                where="room",
            )
        )
    return found


def _check_open(wanted: Wanted, clinic: Clinic) -> list[Finding]:
    """A warning where the clinician is not usually there, or away."""
    day = timezone.localtime(wanted.starts_at, clinic.zone).date()
    weekly = [
        WeeklyOpening(o.weekday, o.opens, o.closes)
        for o in Opening.objects.filter(clinic=clinic, clinician=wanted.clinician)
    ]
    inside = any(
        p.start <= wanted.starts_at and wanted.ends_at <= p.end
        for p in rules.openings_on(day, weekly, clinic.zone)
    )
    away = TimeOff.objects.filter(
        clinic=clinic, starts_at__lt=wanted.ends_at, ends_at__gt=wanted.starts_at
    )
    if (
        away.filter(clinician=wanted.clinician).exists()
        or away.filter(room=wanted.room).exists()
    ):
        return [
            warn(
                "booking:away",
                "The clinician or the room is marked as away then. Choose another time, or say why.",
                where="starts_at",
            )
        ]
    if inside:
        return []
    return [
        warn(
            "booking:closed",
            f"Outside {wanted.clinician.display_name}'s hours. Choose another time, or say why.",
            where="starts_at",
        )
    ]


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
    now = now or timezone.now()
    findings = [*_check(patient, wanted, clinic, now), *_check_open(wanted, clinic)]
    if plan is not None:
        findings += _check_plan(plan, patient)
        findings += _check_interval(plan, wanted, clinic)
    passed = gate(findings, reasons, may_override=False)
    _lock({wanted.clinician.pk}, {wanted.room.pk}, patient.pk)
    appointment = _insert(patient, wanted, kind, by, clinic, plan, note, now)
    audit.record(
        by=by,
        did="appointment.booked",
        about=appointment,
        patient_id=patient.pk,
        kind=kind,
        reasons={p.code: p.reason for p in passed},
    )
    return appointment


def _check_plan(plan: TreatmentPlan, patient: Patient) -> list[Finding]:
    if plan.patient_id != patient.pk:
        return [block("booking:plan", "This plan is another patient's.", fixed=True)]
    if plan.status not in (PlanStatus.ACCEPTED, PlanStatus.ACTIVE):
        return [
            block(
                "booking:not_accepted",
                f"The plan is {plan.status}: accept its quote first, then book.",
                fixed=True,
            )
        ]
    return []


def _check_interval(
    plan: TreatmentPlan, wanted: Wanted, clinic: Clinic
) -> list[Finding]:
    last_on = queries.last_session_on(plan)
    number = wanted.session_number or 1
    if last_on is None or number < 2 or not plan.intervals:
        return []
    gap = plan.intervals[min(number - 2, len(plan.intervals) - 1)]
    day = timezone.localtime(wanted.starts_at, clinic.zone).date()
    return [rules.interval_finding(last_on, day, *rules.interval_window(gap))]


def _insert(
    patient: Patient,
    wanted: Wanted,
    kind: str,
    by: User,
    clinic: Clinic,
    plan: TreatmentPlan | None,
    note: str,
    now: datetime,
) -> Appointment:
    try:
        # A savepoint: after a refusal the nearest free times are still to be asked.
        with transaction.atomic():
            return Appointment.objects.create(
                clinic=clinic,
                patient=patient,
                clinician=wanted.clinician,
                room=wanted.room,
                starts_at=wanted.starts_at,
                ends_at=wanted.ends_at,
                kind=kind,
                plan=plan,
                session_number=wanted.session_number,
                note=note,
                booked_by=by,
            )
    except IntegrityError as error:
        raise _taken(error, wanted, clinic, patient, now) from error


def _taken(
    error: IntegrityError,
    wanted: Wanted,
    clinic: Clinic,
    patient: Patient,
    now: datetime,
) -> Refused:
    """The constraint's answer in words, with the nearest free times; anything else goes on up."""
    name = next((name for name in _TAKEN if name in str(error)), None)
    if name is None:
        raise error
    free = queries.nearest_free(
        clinic,
        wanted=wanted.starts_at,
        length=timedelta(minutes=wanted.minutes),
        now=now,
        clinician=wanted.clinician,
        patient_id=patient.pk,
    )
    offer = " · ".join(str(slot) for slot in free)
    message = _TAKEN[name] + (
        f" Free nearby: {offer}." if offer else " Choose another time."
    )
    return Taken(block("booking:taken", message, fixed=True, where="slot"), free)


@transaction.atomic
def book_course(
    *,
    plan: TreatmentPlan,
    wanted: Sequence[Wanted],
    by: User,
    reasons: Reasons = None,
    now: datetime | None = None,
) -> list[Appointment]:
    """Book the sessions of a course, all or none. Each ``wanted`` names its session number."""
    if not wanted:
        raise Refused.because(
            "Choose at least one time.", code="booking:none", where="slot"
        )
    now = now or timezone.now()
    patient, clinic = plan.patient, plan.clinic
    findings = _check_plan(plan, patient)
    for one in wanted:
        findings += [*_check(patient, one, clinic, now), *_check_open(one, clinic)]
    findings = list({f.code: f for f in findings}.values())
    passed = gate(findings, reasons, may_override=False)
    _lock({w.clinician.pk for w in wanted}, {w.room.pk for w in wanted}, patient.pk)
    taken = set(queries.booked_numbers(plan))
    if again := sorted(w.session_number for w in wanted if w.session_number in taken):
        raise Refused.because(
            f"Session {again[0]} is already booked. Open the page again to see what is left.",
            code="booking:again",
        )
    appointments = [
        _insert(patient, one, Appointment.Kind.SESSION, by, clinic, plan, "", now)
        for one in wanted
    ]
    audit.record(
        by=by,
        did="course.booked",
        about=plan,
        patient_id=patient.pk,
        appointments=[a.pk for a in appointments],
        reasons={p.code: p.reason for p in passed},
    )
    return appointments


def _locked(appointment: Appointment) -> Appointment:
    return (
        Appointment.objects.select_for_update(of=("self",))
        .select_related("patient", "clinic", "clinician", "room", "plan")
        .get(pk=appointment.pk)
    )


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
        appointment.patient_id,
    )
    current = _locked(appointment)
    if current.status not in (AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED):
        raise Refused.because(
            f"This appointment is {current.get_status_display()}: it cannot be moved. Book a new one.",
            code="booking:state",
        )
    clinic = current.clinic
    findings = [
        *_check(current.patient, wanted, clinic, now),
        *_check_open(wanted, clinic),
    ]
    passed = gate(findings, reasons, may_override=False)
    before = current.starts_at
    current.clinician, current.room = wanted.clinician, wanted.room
    current.starts_at, current.ends_at = wanted.starts_at, wanted.ends_at
    try:
        with transaction.atomic():
            current.save(update_fields=["clinician", "room", "starts_at", "ends_at"])
    except IntegrityError as error:
        raise _taken(error, wanted, clinic, current.patient, now) from error
    audit.record(
        by=by,
        did="appointment.moved",
        about=current,
        patient_id=current.patient_id,
        before=before.isoformat(),
        after=current.starts_at.isoformat(),
        reasons={p.code: p.reason for p in passed},
    )
    return current


@transaction.atomic
def set_status(
    *, appointment: Appointment, to: AppointmentStatus, by: User, reason: str = ""
) -> Appointment:
    """Move an appointment along ``rules.MOVES``; asking for the state it is in changes nothing."""
    current = _locked(appointment)
    if current.status == to:
        return current
    if not rules.can_move(current.status, to):
        raise Refused.because(
            f"This appointment is {current.get_status_display()}: it cannot become "
            f"{to.value.replace('_', ' ')}.",
            code="booking:state",
        )
    before = current.status
    current.status, current.status_by, current.status_at = to.value, by, timezone.now()
    current.status_reason = reason[:200]
    current.save(update_fields=["status", "status_by", "status_at", "status_reason"])
    audit.record(
        by=by,
        did=f"appointment.{to.value}",
        about=current,
        patient_id=current.patient_id,
        before=before,
        reason=reason,
    )
    return current


def cancel(
    *, appointment: Appointment, by: User, reason: str, now: datetime | None = None
) -> Appointment:
    """Give an appointment up, with a reason; late where the notice was short (rules.NOTICE_HOURS)."""
    if len(reason.strip()) < 3:
        raise Refused.because(
            "Say why it is cancelled.", code="booking:reason", where="reason"
        )
    to = rules.cancelled_as(appointment.starts_at, now or timezone.now())
    return set_status(appointment=appointment, to=to, by=by, reason=reason.strip())


@transaction.atomic
def add_room(*, clinic: Clinic, name: str, by: User) -> Room:
    name = name.strip()
    if not name:
        raise Refused.because("Give the room a name.", code="room:name", where="name")
    if Room.objects.filter(clinic=clinic, name__iexact=name).exists():
        raise Refused.because(
            "There is a room of this name.", code="room:name", where="name"
        )
    room = Room.objects.create(clinic=clinic, name=name)
    audit.record(by=by, did="room.added", about=room)
    return room


@transaction.atomic
def add_opening(
    *,
    clinic: Clinic,
    clinician: User,
    room: Room,
    weekday: int,
    opens: time,
    closes: time,
    by: User,
) -> Opening:
    """A clinician's weekly hours in a room, by the clinic's clock; they may not overlap others of theirs."""
    if closes <= opens:
        raise Refused.because(
            "It closes before it opens.", code="opening:times", where="closes"
        )
    clash = Opening.objects.filter(weekday=weekday, opens__lt=closes, closes__gt=opens)
    if clash.filter(clinician=clinician).exists():
        raise Refused.because(
            "These hours overlap others of the same clinician.",
            code="opening:clinician",
            where="opens",
        )
    if clash.filter(room=room).exists():
        raise Refused.because(
            "Somebody else has this room then. Choose another room or other hours.",
            code="opening:room",
            where="room",
        )
    opening = Opening.objects.create(
        clinic=clinic,
        clinician=clinician,
        room=room,
        weekday=weekday,
        opens=opens,
        closes=closes,
    )
    audit.record(by=by, did="opening.added", about=opening)
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
    """When a clinician is away or a room closed."""
    if (clinician is None) == (room is None):
        raise Refused.because(
            "Say who is away, or which room is closed.",
            code="off:who",
            where="clinician",
        )
    if ends_at <= starts_at:
        raise Refused.because(
            "It ends before it starts.", code="off:times", where="ends_at"
        )
    off = TimeOff.objects.create(
        clinic=clinic,
        clinician=clinician,
        room=room,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason[:100],
    )
    audit.record(by=by, did="time_off.added", about=off)
    return off
