"""The day as it is booked, and where there is still time. Each a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.periods import Period
from treatments.schedule import rules
from treatments.schedule.models import Appointment, Opening, Room, TimeOff
from treatments.schedule.rules import AppointmentStatus, WeeklyOpening

#: Slots start on this grid.
STEP = timedelta(minutes=10)
#: A grid step of the day view.
GRID_MINUTES = 5


@dataclass(frozen=True, order=True)
class Slot:
    """A free time with a clinician in a room."""

    start: datetime
    end: datetime
    clinician: User = field(compare=False)
    room: Room = field(compare=False)

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)

    @property
    def value(self) -> str:
        """As a form carries it: start, clinician, room."""
        return f"{self.start.astimezone(UTC):%Y-%m-%dT%H:%MZ}/{self.clinician.pk}/{self.room.pk}"

    def __str__(self) -> str:
        local = timezone.localtime(self.start)
        return f"{local:%a} {local.day} {local:%b %H:%M}, {self.clinician.display_name}, {self.room.name}"


def slots_for(
    clinic: Clinic,
    *,
    length: timedelta,
    from_day: date,
    days: int,
    now: datetime,
    clinician: User | None = None,
    patient_id: int | None = None,
) -> list[Slot]:
    """Every free time of ``length`` over ``days`` days, in order, in three queries.

    Free means: inside an opening, and neither clinician, room nor patient busy or away.
    """
    openings = Opening.objects.filter(clinic=clinic, room__active=True).select_related(
        "clinician", "room"
    )
    if clinician is not None:
        openings = openings.filter(clinician=clinician)
    openings = [o for o in openings if o.clinician.is_active]
    if not openings or days < 1:
        return []
    whole = Period(
        rules.day_period(from_day, clinic.zone).start,
        rules.day_period(from_day + timedelta(days=days - 1), clinic.zone).end,
    )
    busy_clinician, busy_room, busy_patient = _busy(clinic, whole, patient_id)
    found: list[Slot] = []
    for offset in range(days):
        day = from_day + timedelta(days=offset)
        for opening in openings:
            weekly = WeeklyOpening(opening.weekday, opening.opens, opening.closes)
            times = rules.free_slots(
                rules.openings_on(day, [weekly], clinic.zone),
                [
                    *busy_clinician[opening.clinician_id],
                    *busy_room[opening.room_id],
                    *busy_patient,
                ],
                length,
                STEP,
                now,
            )
            found += [
                Slot(t.start, t.end, opening.clinician, opening.room) for t in times
            ]
    return sorted(found)


def _busy(
    clinic: Clinic, whole: Period, patient_id: int | None
) -> tuple[dict[int, list[Period]], dict[int, list[Period]], list[Period]]:
    """Who and what is taken when: by clinician, by room, and the patient. Two queries."""
    clinicians: dict[int, list[Period]] = defaultdict(list)
    rooms: dict[int, list[Period]] = defaultdict(list)
    patient: list[Period] = []
    here = Q(clinic=clinic) | Q(clinician__clinic=clinic) | Q(patient=patient_id)
    booked = (
        Appointment.objects.holding_time()
        .between(whole.start, whole.end)
        .filter(here)
        .values_list("clinician", "room", "patient", "starts_at", "ends_at")
    )
    for clinician, room, who, starts_at, ends_at in booked:
        period = Period(starts_at, ends_at)
        clinicians[clinician].append(period)
        rooms[room].append(period)
        if who == patient_id:
            patient.append(period)
    away = TimeOff.objects.filter(
        clinic=clinic, starts_at__lt=whole.end, ends_at__gt=whole.start
    )
    for off in away.values_list("clinician", "room", "starts_at", "ends_at"):
        clinician, room, starts_at, ends_at = off
        period = Period(starts_at, ends_at)
        if clinician:
            clinicians[clinician].append(period)
        if room:
            rooms[room].append(period)
    return clinicians, rooms, patient


def nearest_free(
    clinic: Clinic,
    *,
    wanted: datetime,
    length: timedelta,
    now: datetime,
    clinician: User | None = None,
    patient_id: int | None = None,
    n: int = 3,
) -> list[Slot]:
    """The ``n`` free times nearest to ``wanted``, within a week either way."""
    first = max(
        timezone.localtime(wanted, clinic.zone).date() - timedelta(days=7),
        timezone.localtime(now, clinic.zone).date(),
    )
    slots = slots_for(
        clinic,
        length=length,
        from_day=first,
        days=15,
        now=now,
        clinician=clinician,
        patient_id=patient_id,
    )
    by_start = {(s.start, s.clinician.pk): s for s in reversed(slots)}
    near = sorted(by_start.values(), key=lambda s: (abs(s.start - wanted), s.start))
    return near[:n]


def of_day(clinic: Clinic, day: date) -> QuerySet[Appointment]:
    """The day's appointments with everybody they are about, cancelled ones left out. One query."""
    whole = rules.day_period(day, clinic.zone)
    return (
        Appointment.objects.filter(clinic=clinic)
        .holding_time()
        .between(whole.start, whole.end)
        .select_related("patient", "clinician", "room", "plan")
        .order_by("starts_at", "pk")
    )


def last_session_on(plan: Any) -> date | None:
    """The clinic's day of the plan's last appointment that took place."""
    last = (
        Appointment.objects.filter(plan=plan, status=AppointmentStatus.DONE)
        .order_by("-starts_at")
        .values_list("starts_at", flat=True)
        .first()
    )
    return timezone.localtime(last, plan.clinic.zone).date() if last else None


def booked_numbers(plan: Any) -> dict[int, Appointment]:
    """The plan's sessions that hold a time, by number. One query."""
    return {
        a.session_number: a
        for a in Appointment.objects.filter(plan=plan, session_number__isnull=False)
        .holding_time()
        .select_related("clinician", "room")
    }


# --- the day, drawn ----------------------------------------------------------


@dataclass(frozen=True)
class Card:
    """One appointment on the grid: ``t`` five-minute steps from the top, ``len`` of them long."""

    t: int
    len: int
    url: str
    name: str
    time: str
    line: str
    kind: str
    chips: list[tuple[str, str]]


@dataclass
class Column:
    title: str
    cards: list[Card] = field(default_factory=list)


@dataclass(frozen=True)
class Day:
    """What templates/parts/_day.html draws."""

    hours: list[tuple[int, str]]
    columns: list[Column]
    now_t: int | None
    booked: int
    done: int
    arrived: int
    next_free: Slot | None = None


_WORDS = {
    AppointmentStatus.CONFIRMED: ("confirmed", "info"),
    AppointmentStatus.ARRIVED: ("arrived", "ok"),
    AppointmentStatus.IN_TREATMENT: ("in treatment", "ok"),
    AppointmentStatus.DONE: ("done", "plain"),
}
_KINDS = {
    "session": "session",
    "intake": "intake",
    "review": "intake",
    "quote": "quote",
}


def grid(
    clinic: Clinic,
    day: date,
    now: datetime,
    *,
    flags: dict[int, list[tuple[str, str]]] | None = None,
) -> Day:
    """The day by clinician, in two queries. ``flags``: more chips by patient id ("consent expired")."""
    appointments = list(of_day(clinic, day))
    openings = list(
        Opening.objects.filter(clinic=clinic, weekday=day.weekday())
        .select_related("clinician", "room")
        .order_by("clinician__last_name", "opens")
    )
    start, end = _span(clinic, day, appointments, openings)
    columns: dict[int, Column] = {}
    for opening in openings:
        columns.setdefault(
            opening.clinician_id,
            Column(f"{opening.clinician.display_name} · {opening.room.name}"),
        )
    for a in appointments:
        column = columns.setdefault(
            a.clinician_id, Column(f"{a.clinician.display_name} · {a.room.name}")
        )
        column.cards.append(_card(a, start, (flags or {}).get(a.patient_id, [])))
    at = int((now - start).total_seconds() // 60 // GRID_MINUTES)
    steps = int((end - start).total_seconds() // 60 // GRID_MINUTES)
    hours = []
    clock = start
    while clock < end:
        local = clock.astimezone(clinic.zone)
        hours.append((_steps(clock - start), f"{local.hour}:{local:%M}"))
        clock += timedelta(hours=1)
    return Day(
        hours=hours,
        columns=list(columns.values()),
        now_t=at if 0 <= at <= steps else None,
        booked=len(appointments),
        done=_count(appointments, {AppointmentStatus.DONE}),
        arrived=_count(appointments, {AppointmentStatus.ARRIVED}),
    )


def _count(
    appointments: Iterable[Appointment], statuses: set[AppointmentStatus]
) -> int:
    return sum(1 for a in appointments if a.status in statuses)


def _steps(length: timedelta) -> int:
    return int(length.total_seconds() // 60 // GRID_MINUTES)


def _span(
    clinic: Clinic, day: date, appointments: list[Appointment], openings: list[Opening]
) -> tuple[datetime, datetime]:
    """From the first hour anything happens to the last; nine to five on an empty day."""
    weekly = [WeeklyOpening(o.weekday, o.opens, o.closes) for o in openings]
    times = [(p.start, p.end) for p in rules.openings_on(day, weekly, clinic.zone)]
    times += [(a.starts_at, a.ends_at) for a in appointments]
    if not times:
        noon = rules.day_period(day, clinic.zone).start + timedelta(hours=12)
        times = [(noon - timedelta(hours=3), noon + timedelta(hours=5))]
    first = min(t[0] for t in times).astimezone(clinic.zone).replace(minute=0)
    last = max(t[1] for t in times).astimezone(clinic.zone)
    if last.minute:
        last = last.replace(minute=0) + timedelta(hours=1)
    return first.astimezone(UTC), last.astimezone(UTC)


def _card(a: Appointment, start: datetime, more: list[tuple[str, str]]) -> Card:
    begins, ends = timezone.localtime(a.starts_at), timezone.localtime(a.ends_at)
    if a.session_number and a.plan:
        line = (
            f"Session {a.session_number} of {a.plan.sessions_planned} · {a.plan.name}"
        )
    else:
        line = str(Appointment.Kind(a.kind).label)
    status = AppointmentStatus(a.status)
    done = status is AppointmentStatus.DONE
    return Card(
        t=max(_steps(a.starts_at - start), 0),
        len=max(_steps(a.ends_at - a.starts_at), 3),
        url=reverse("schedule:appointment", args=[a.pk]),
        name=a.patient.full_name,
        time=f"{begins:%H:%M}–{ends:%H:%M}",
        line=line,
        kind="done" if done else _KINDS[a.kind],
        chips=[] if done else [*([_WORDS[status]] if status in _WORDS else []), *more],
    )
