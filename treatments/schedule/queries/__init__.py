"""The day as it is booked, and where there is still time. Each a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BigIntegerField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import JSONObject
from django.urls import reverse

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.findings import Finding
from mesoclinic.core.periods import Period
from patients.models import Consent, Patient
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PlanStatus, gaps
from treatments.schedule import rules
from treatments.schedule.models import Appointment, Opening, Room, TimeOff
from treatments.schedule.rules import AppointmentStatus, WeeklyOpening

#: Slots start on this grid.
STEP = timedelta(minutes=10)
#: How long a visit is where nobody has said yet.
USUAL = timedelta(minutes=30)
#: Minutes of a visit that is no session [GK].
USUAL_MINUTES = {
    Appointment.Kind.INTAKE: 45,
    Appointment.Kind.REVIEW: 30,
    Appointment.Kind.QUOTE: 30,
}
#: No appointment is longer, so a day's reading begins no earlier than this before it.
LONGEST = timedelta(hours=8)
#: A grid step of the day view.
GRID_MINUTES = 5
#: Days between sessions where the plan says nothing [GK].
USUAL_INTERVAL = 14
#: How far past its protocol day a session is looked for.
LATEST_DAYS = 30
#: A plan that may be booked: the patient said yes.
BOOKABLE = (PlanStatus.ACCEPTED, PlanStatus.ACTIVE)


# --- free time ---------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Slot:
    """A free time with a clinician in a room, read on the clinic's clock."""

    start: datetime
    end: datetime
    clinician: User = field(compare=False)
    room: Room = field(compare=False)
    zone: ZoneInfo = field(compare=False)

    @property
    def value(self) -> str:
        """As a form carries it: start, clinician, room."""
        return f"{self.start.astimezone(UTC):%Y-%m-%dT%H:%MZ}/{self.clinician.pk}/{self.room.pk}"

    @property
    def local(self) -> datetime:
        return self.start.astimezone(self.zone)

    @property
    def clock(self) -> str:
        """“10:20”; with the zone where the clock shows it twice that day."""
        twice = self.local.utcoffset() != self.local.replace(fold=1).utcoffset()
        again = self.local.fold or twice
        return f"{self.local:%H:%M} {self.local:%Z}" if again else f"{self.local:%H:%M}"

    @property
    def day_words(self) -> str:
        return f"{self.local:%a} {self.local.day} {self.local:%b}"

    def __str__(self) -> str:
        return f"{self.day_words} {self.clock}, {self.clinician.display_name}, {self.room.name}"


def read_slot(value: str) -> tuple[datetime, int, int] | None:
    """What :attr:`Slot.value` wrote: start, clinician's id, room's id; None where it is nothing of ours."""
    try:
        start, clinician, room = value.split("/")
        at = datetime.strptime(start, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
        return at, int(clinician), int(room)
    except ValueError:
        return None


def openings_of(clinic: Clinic) -> list[Any]:
    """Who works where and when, weekday by weekday. One query.

    ``elsewhere`` says that the clinician also works at another clinic, where they may be busy.
    """
    elsewhere = Opening.objects.filter(clinician=OuterRef("clinician")).exclude(
        clinic=clinic
    )
    openings = (
        Opening.objects.filter(
            clinic=clinic, room__active=True, clinician__is_active=True
        )
        .select_related("clinician", "room")
        .annotate(elsewhere=Exists(elsewhere))
        .order_by(
            "clinician__last_name", "clinician__first_name", "clinician", "weekday", "opens"
        )
    )  # fmt: skip
    return list(openings)


@dataclass(frozen=True)
class Busy:
    """A time that is taken: by an appointment, or because somebody is ``away``."""

    away: bool
    appointment: int | None
    clinician: int | None
    room: int | None
    patient: int | None
    period: Period


def busy_in(
    clinic: Clinic,
    whole: Period,
    *,
    patient_id: int | None = None,
    clinicians: Collection[int] = (),
) -> list[Busy]:
    """What is taken at the clinic during ``whole``: appointments and absences, in one query.

    The patient's visits, and those of ``clinicians``, count wherever they are.
    """
    here = Q(clinic=clinic)
    if clinicians:
        here |= Q(clinician__in=clinicians)
    booked = (
        Appointment.objects.holding_time()
        .between(whole.start, whole.end)
        .filter(starts_at__gt=whole.start - LONGEST)
        .filter(here | Q(patient=patient_id) if patient_id else here)
        .order_by()
        .annotate(away=Value(False))
        .values_list("away", "pk", "clinician", "room", "patient", "starts_at", "ends_at")
    )  # fmt: skip
    nobody = Value(None, output_field=BigIntegerField())
    away = (
        TimeOff.objects.filter(starts_at__lt=whole.end, ends_at__gt=whole.start)
        .filter(here)
        .annotate(away=Value(True), of_none=nobody)
        .values_list("away", "of_none", "clinician", "room", "of_none", "starts_at", "ends_at")
    )  # fmt: skip
    return [
        Busy(is_away, pk, clinician, room, patient, Period(start, end))
        for is_away, pk, clinician, room, patient, start, end in booked.union(away, all=True)
    ]  # fmt: skip


class Diary:
    """The free times of a clinic over some days, from its openings and what is taken. No query."""

    def __init__(
        self,
        clinic: Clinic,
        openings: Iterable[Opening],
        busy: Iterable[Busy],
        *,
        patient_id: int | None = None,
    ) -> None:
        self.zone = clinic.zone
        self.openings: dict[int, list[Opening]] = defaultdict(list)
        for opening in openings:
            self.openings[opening.weekday].append(opening)
        self._clinicians: dict[int | None, list[Period]] = defaultdict(list)
        self._rooms: dict[int | None, list[Period]] = defaultdict(list)
        self._patient: list[Period] = []
        for taken in busy:
            self._clinicians[taken.clinician].append(taken.period)
            self._rooms[taken.room].append(taken.period)
            if patient_id is not None and taken.patient == patient_id:
                self._patient.append(taken.period)

    def take(self, slot: Slot) -> None:
        """From now on the patient is not free then."""
        self._patient.append(Period(slot.start, slot.end))

    def slots_on(
        self,
        day: date,
        length: timedelta,
        *,
        now: datetime,
        clinician_id: int | None = None,
    ) -> list[Slot]:
        """Every free time of ``length`` on the clinic's ``day``, in order."""
        found: list[Slot] = []
        for opening in self.openings[day.weekday()]:
            if clinician_id not in (None, opening.clinician_id):
                continue
            weekly = WeeklyOpening(opening.weekday, opening.opens, opening.closes)
            for hours in rules.openings_on(day, [weekly], self.zone):
                taken = [
                    period
                    for periods in (
                        self._clinicians[opening.clinician_id],
                        self._rooms[opening.room_id],
                        self._patient,
                    )
                    for period in periods
                    if period.overlaps(hours)
                ]
                found += [
                    Slot(s.start, s.end, opening.clinician, opening.room, self.zone)
                    for s in rules.free_slots([hours], taken, length, STEP, now)
                ]
        return sorted(found)


def diary(
    clinic: Clinic,
    openings: Sequence[Any],
    whole: Period,
    *,
    patient_id: int | None = None,
    clinician_id: int | None = None,
    without: int | None = None,
) -> Diary:
    """The diary of ``whole``, in one query. ``without``: an appointment that may itself be moved."""
    openings = [o for o in openings if clinician_id in (None, o.clinician_id)]
    visiting = {o.clinician_id for o in openings if o.elsewhere}
    busy = busy_in(clinic, whole, patient_id=patient_id, clinicians=visiting)
    return Diary(
        clinic,
        openings,
        [b for b in busy if without is None or b.appointment != without],
        patient_id=patient_id,
    )


@dataclass(frozen=True)
class Offer:
    """What is free: the times nearest to a wish, and the others of its day."""

    nearest: list[Slot]
    others: list[Slot]

    @property
    def all(self) -> list[Slot]:
        return [*self.nearest, *self.others]


#: How many days either way the nearest free times are looked for.
AROUND = timedelta(days=7)


def around(day: date, zone: ZoneInfo) -> Period:
    """The days in which the times nearest to ``day`` are looked for."""
    return Period(
        rules.day_period(day - AROUND, zone).start,
        rules.day_period(day + AROUND, zone).end,
    )


def offer_in(
    diary: Diary,
    *,
    day: date,
    around: time | None,
    length: timedelta,
    now: datetime,
    clinician_id: int | None = None,
    n: int = 3,
) -> Offer:
    """The ``n`` free times nearest to a wish within a week either way, and all others of that day.

    Without a time to be ``around``, the first that is free on the day is what is wished for.
    """

    def on(some_day: date) -> list[Slot]:
        found = diary.slots_on(some_day, length, now=now, clinician_id=clinician_id)
        # Where anybody will do, each time stands once: with the first who is free then.
        return list({slot.start: slot for slot in reversed(found)}.values())[::-1]

    that_day = on(day)
    if around is None and that_day:
        wish = that_day[0].start
    else:
        wish = rules.instant(day, around or time(12), diary.zone)
    near: list[Slot] = []
    for off in range(AROUND.days + 1):
        # A day that far out begins this far from the wish, less the hour a clock may change.
        reach = timedelta(hours=24 * (off - 1) - 1)
        if len(near) >= n and abs(near[n - 1].start - wish) <= reach:
            break
        days = [day] if off == 0 else [day - timedelta(off), day + timedelta(off)]
        near += [s for d in days for s in (that_day if d == day else on(d))]
        near.sort(key=lambda slot: (abs(slot.start - wish), slot.start))
    nearest = near[:n]
    values = {slot.value for slot in nearest}
    return Offer(nearest, [slot for slot in that_day if slot.value not in values])


# --- a course ----------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """A session that has its day: booked, or done."""

    number: int
    day: date
    appointment: int | None


@dataclass(frozen=True)
class Course:
    """Where a plan stands: which of its sessions have their day, and which are still to be booked."""

    plan: TreatmentPlan
    held: dict[int, Held]

    @property
    def open_numbers(self) -> list[int]:
        return [
            n for n in range(1, self.plan.sessions_planned + 1) if n not in self.held
        ]

    @property
    def days(self) -> dict[int, date]:
        return {number: held.day for number, held in self.held.items()}

    def minutes(self, number: int) -> int:
        """The length to propose for a session: by area and technique, and longer for the first."""
        return rules.session_minutes(
            self.plan.area_cm2, self.plan.technique, number == 1
        )

    def gap(self, before: int, after: int) -> int:
        """The protocol's days from one session to a later one."""
        pattern = self.plan.intervals or [USUAL_INTERVAL]
        return sum(gaps(pattern, after)[before - 1 : after - 1])

    def previous(self, number: int, days: dict[int, date]) -> int | None:
        return max((n for n in days if n < number), default=None)


def gap_findings(
    course: Course, days: dict[int, date], new: Collection[int | None]
) -> list[Finding]:
    """What the protocol says of each gap beside a ``new`` session, when the sessions fall on ``days``."""
    findings = []
    for before, after in pairwise(sorted(days)):
        if before not in new and after not in new:
            continue
        window = rules.interval_window(course.gap(before, after))
        found = rules.interval_finding(days[before], days[after], *window)
        message = f"Session {after}: {found.message[:1].lower()}{found.message[1:]}"
        findings.append(
            replace(
                found, code=f"interval:{after}", message=message, where=f"slot-{after}"
            )
        )
    return findings


def held_of(plan: OuterRef) -> dict[str, ArraySubquery]:
    """What :func:`course_of` reads of a plan: its appointments and its charted sessions."""
    # By the name of the table above: an app does not import upwards, a row may be asked for.
    charted = TreatmentPlan.objects.filter(
        pk=plan, treatment_sessions__status__in=["draft", "signed", "amended"]
    )
    booked = Appointment.objects.filter(plan=plan, session_number__isnull=False)
    return {
        "held_booked": ArraySubquery(
            booked.holding_time()
            .order_by("starts_at")
            .values(fact=JSONObject(number="session_number", at="starts_at", id="pk"))
        ),
        "held_charted": ArraySubquery(
            charted.order_by("treatment_sessions__number").values(
                fact=JSONObject(
                    number="treatment_sessions__number",
                    on="treatment_sessions__performed_on",
                    id="treatment_sessions__appointment",
                )
            )
        ),
    }


def with_held(plans: QuerySet[TreatmentPlan]) -> QuerySet[Any]:
    """Plans that :func:`course_of` can read."""
    return plans.annotate(**held_of(OuterRef("pk")))


def course_of(plan: Any, row: Any = None) -> Course:
    """The course of a plan, from itself or another row that holds :func:`held_of` it. No query."""
    row, zone = row or plan, plan.clinic.zone
    held = {
        fact["number"]: Held(
            fact["number"],
            datetime.fromisoformat(fact["at"]).astimezone(zone).date(),
            fact["id"],
        )
        for fact in row.held_booked
    }
    for fact in row.held_charted:
        held[fact["number"]] = Held(
            fact["number"], date.fromisoformat(fact["on"]), fact["id"]
        )
    return Course(plan, held)


def course(plan_id: int) -> Course:
    """One plan's course, as it stands now. One query."""
    plans = TreatmentPlan.objects.select_related("clinic")
    return course_of(with_held(plans).get(pk=plan_id))


def bookable_courses(patient: Patient) -> list[Course]:
    """The patient's courses with sessions still to be booked, the newest first. One query."""
    plans = TreatmentPlan.objects.filter(
        patient=patient, status__in=BOOKABLE
    ).select_related("clinic")
    courses = [course_of(plan) for plan in with_held(plans).order_by("-pk")]
    return [course for course in courses if course.open_numbers]


@dataclass(frozen=True)
class Proposal:
    """A session of a course: the protocol's day for it, the time proposed, and what else that day has."""

    number: int
    protocol_day: date
    day: date
    slot: Slot | None
    free: list[Slot]


def course_span(course: Course, first_day: date) -> Period:
    """Every day on which a session of this course may be proposed."""
    numbers = course.open_numbers
    longest = course.gap(1, numbers[-1]) * 3 // 2 if numbers else 0
    last = first_day + timedelta(days=longest + LATEST_DAYS * 2)
    zone = course.plan.clinic.zone
    return Period(
        rules.day_period(first_day, zone).start, rules.day_period(last, zone).end
    )


def proposed(
    course: Course,
    diary: Diary,
    *,
    first_day: date,
    clinician_id: int,
    wish: time,
    now: datetime,
    chosen_days: dict[int, date] | None = None,
) -> list[Proposal]:
    """A free time for each open session, near the protocol's day and the hour wished for. No query.

    A day off the protocol weighs as much as two hours off the wish; a session that found no time leaves
    the later ones where the protocol puts them. ``chosen_days`` are days somebody chose instead.
    """
    days = course.days
    out: list[Proposal] = []
    for number in course.open_numbers:
        before = course.previous(number, days)
        if before is None:
            target, early, late = first_day, 0, LATEST_DAYS
        else:
            gap = course.gap(before, number)
            target = max(days[before] + timedelta(days=gap), first_day)
            least, most = rules.interval_window(gap)
            early, late = gap - least, max(most - gap, LATEST_DAYS)
        length = timedelta(minutes=course.minutes(number))

        def on(day: date, length: timedelta = length) -> list[Slot]:
            return diary.slots_on(day, length, now=now, clinician_id=clinician_id)

        best: tuple[int, Slot] | None = None
        given = (chosen_days or {}).get(number)
        tried = [given] if given else _near(target, early, late, first_day)
        for day in tried:
            off = abs((day - target).days) * 120
            if best is not None and off >= best[0]:
                break
            for slot in on(day):
                cost = off + abs(_minutes(slot.local.time()) - _minutes(wish))
                if best is None or cost < best[0]:
                    best = (cost, slot)
        chosen = best[1] if best else None
        day = chosen.local.date() if chosen else (given or target)
        free = on(day)
        days[number] = day
        if chosen:
            diary.take(chosen)
        out.append(Proposal(number, target, day, chosen, free))
    return out


def _near(day: date, early: int, late: int, not_before: date) -> list[date]:
    """The day itself, then one later, one earlier, two later…"""
    offsets = sorted(range(-early, late + 1), key=lambda d: (abs(d), -d))
    days = [day + timedelta(days=offset) for offset in offsets]
    return [d for d in days if d >= not_before]


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


# --- the day, read -----------------------------------------------------------


def of_day(clinic: Clinic, day: date) -> QuerySet[Appointment]:
    """The day's appointments with everybody they are about, cancelled ones left out. One query."""
    whole = rules.day_period(day, clinic.zone)
    return (
        Appointment.objects.filter(clinic=clinic)
        .holding_time()
        .between(whole.start, whole.end)
        .filter(starts_at__gt=whole.start - LONGEST)
        .select_related("patient", "clinician", "room", "plan")
        .annotate(
            consent_until=Subquery(
                Consent.objects.filter(
                    patient=OuterRef("patient"),
                    kind=Consent.Kind.TREATMENT,
                    withdrawn_at=None,
                )
                .order_by("-valid_until")
                .values("valid_until")[:1]
            )
        )
        .order_by("starts_at", "pk")
    )


def given_up_on(clinic: Clinic, day: date) -> list[Appointment]:
    """The day's cancelled and missed appointments, first to last. One query."""
    whole = rules.day_period(day, clinic.zone)
    held = Appointment.objects.holding_time().values("pk")
    return list(
        Appointment.objects.filter(
            clinic=clinic, starts_at__gte=whole.start, starts_at__lt=whole.end
        )
        .exclude(pk__in=held)
        .select_related("patient", "clinician")
        .order_by("starts_at", "pk")
    )


def appointments_with_all() -> QuerySet[Appointment]:
    """An appointment with everybody it is about, and its session once there is one."""
    return Appointment.objects.select_related(
        "patient", "clinician", "room", "plan", "clinic__booking", "status_by", "treatment_session"
    )  # fmt: skip


def appointments_during(off: TimeOff) -> QuerySet[Appointment]:
    """Booked visits that stand in an absence: somebody has to move them."""
    who = Q(clinician=off.clinician_id) if off.clinician_id else Q(room=off.room_id)
    return (
        Appointment.objects.holding_time()
        .between(off.starts_at, off.ends_at)
        .filter(who, starts_at__gt=off.starts_at - LONGEST)
    )  # fmt: skip


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
class DayAt:
    """A day as it is booked: its appointments, who works when or is away, and the next time that is free."""

    clinic: Clinic
    day: date
    now: datetime
    appointments: list[Any]
    openings: list[Opening]
    away: list[TimeOff]
    next_free: Slot | None


def day_at(clinic: Clinic, day: date, now: datetime) -> DayAt:
    """The day in three queries: appointments, openings, time off."""
    appointments = list(of_day(clinic, day))
    openings = [o for o in openings_of(clinic) if o.weekday == day.weekday()]
    whole = rules.day_period(day, clinic.zone)
    away = list(
        TimeOff.objects.filter(
            clinic=clinic, starts_at__lt=whole.end, ends_at__gt=whole.start
        ).order_by("starts_at", "pk")
    )
    busy = [
        Busy(False, a.pk, a.clinician_id, a.room_id, None, Period(a.starts_at, a.ends_at))
        for a in appointments
    ] + [
        Busy(True, None, off.clinician_id, off.room_id, None, Period(off.starts_at, off.ends_at))
        for off in away
    ]  # fmt: skip
    free = Diary(clinic, openings, busy).slots_on(day, USUAL, now=now)
    return DayAt(
        clinic, day, now, appointments, openings, away, free[0] if free else None
    )


def consent_flags(at: DayAt) -> dict[int, list[tuple[str, str]]]:
    """By patient: what the desk should ask for before a session. No query."""
    flags = {}
    for a in at.appointments:
        if a.kind != Appointment.Kind.SESSION or a.status == AppointmentStatus.DONE:
            continue
        if a.consent_until is None:
            flags[a.patient_id] = [("no consent", "warn")]
        elif a.consent_until < at.day:
            flags[a.patient_id] = [("consent expired", "warn")]
    return flags


@dataclass(frozen=True)
class Day:
    """What templates/parts/_day.html draws."""

    hours: list[tuple[int, str]]
    columns: list[Column]
    now_t: int | None
    booked: int
    done: int
    arrived: int


_WORDS = {
    AppointmentStatus.CONFIRMED: ("confirmed", "info"),
    AppointmentStatus.ARRIVED: ("arrived", "ok"),
    AppointmentStatus.IN_TREATMENT: ("in treatment", "ok"),
    AppointmentStatus.DONE: ("done", "plain"),
}
_KINDS = {
    Appointment.Kind.SESSION: "session",
    Appointment.Kind.INTAKE: "intake",
    Appointment.Kind.REVIEW: "intake",
    Appointment.Kind.QUOTE: "quote",
}


def drawn(at: DayAt, *, flags: dict[int, list[tuple[str, str]]] | None = None) -> Day:
    """The day by clinician. ``flags``: more chips by patient id ("consent expired"). No query."""
    span = _span(at)
    who: dict[int, User] = {}
    rooms: dict[int, dict[int, str]] = defaultdict(dict)
    cards: dict[int, list[Card]] = defaultdict(list)
    for row in [*at.openings, *at.appointments]:
        who.setdefault(row.clinician_id, row.clinician)
        rooms[row.clinician_id][row.room_id] = row.room.name
    for off in at.away:
        # Before the appointments: one that still stands in an absence is drawn over it.
        for clinician_id in who:
            if off.clinician_id == clinician_id or off.room_id in rooms[clinician_id]:
                cards[clinician_id].append(_away_card(at, off, span))
    for a in at.appointments:
        more = (flags or {}).get(a.patient_id, [])
        cards[a.clinician_id].append(_card(at, a, span, more))
    return Day(
        hours=_hours(span, at.clinic.zone),
        columns=[
            Column(
                f"{clinician.display_name} · {', '.join(rooms[pk].values())}", cards[pk]
            )
            for pk, clinician in who.items()
        ],
        now_t=_steps(at.now - span.start) if span.start <= at.now < span.end else None,
        booked=len(at.appointments),
        done=_count(at.appointments, AppointmentStatus.DONE),
        arrived=_count(at.appointments, AppointmentStatus.ARRIVED),
    )


def _count(appointments: Iterable[Any], status: AppointmentStatus) -> int:
    return sum(1 for a in appointments if a.status == status)


def _steps(length: timedelta) -> int:
    return int(length.total_seconds() // 60 // GRID_MINUTES)


def _hours(span: Period, zone: ZoneInfo) -> list[tuple[int, str]]:
    """The clock down the side: an hour that comes twice stands there twice, one that is skipped not at all."""
    hours, at = [], span.start
    while at < span.end:
        local = at.astimezone(zone)
        hours.append((_steps(at - span.start), f"{local.hour}:{local:%M}"))
        at += timedelta(hours=1)
    return hours


def _span(at: DayAt) -> Period:
    """Whole hours from the first thing of the day to the last, within it; nine to five where it is empty."""
    zone, whole = at.clinic.zone, rules.day_period(at.day, at.clinic.zone)
    weekly = [WeeklyOpening(o.weekday, o.opens, o.closes) for o in at.openings]
    times = [(p.start, p.end) for p in rules.openings_on(at.day, weekly, zone)]
    times += [(a.starts_at, a.ends_at) for a in at.appointments]
    if not times:
        times = [
            (rules.instant(at.day, time(9), zone), rules.instant(at.day, time(17), zone))
        ]  # fmt: skip
    first = max(min(t[0] for t in times), whole.start).astimezone(zone)
    last = min(max(t[1] for t in times), whole.end).astimezone(zone)
    # In UTC: on the clock on the wall an hour may be missing, or come twice.
    start = first.astimezone(UTC) - timedelta(minutes=first.minute)
    end = last.astimezone(UTC) + timedelta(minutes=-last.minute % 60)
    # The grid has 288 steps: of a day of 25 hours its last is left out.
    return Period(start, min(end, start + timedelta(hours=24)))


def _place(span: Period, starts_at: datetime, ends_at: datetime) -> tuple[int, int]:
    """Where a card stands: what lies outside the hours shown is cut off."""
    start, end = max(starts_at, span.start), min(ends_at, span.end)
    return _steps(start - span.start), max(_steps(end - start), 3)


def _clock(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    return f"{start.astimezone(zone):%H:%M}–{end.astimezone(zone):%H:%M}"


def _away_card(at: DayAt, off: TimeOff, span: Period) -> Card:
    t, length = _place(span, off.starts_at, off.ends_at)
    return Card(
        t=t,
        len=length,
        url="",
        name="Away" if off.clinician_id else "Room closed",
        time=_clock(
            max(off.starts_at, span.start), min(off.ends_at, span.end), at.clinic.zone
        ),
        line=off.reason,
        kind="off",
        chips=[],
    )


def visit_line(a: Any) -> str:
    """“Session 3 of 8 · Density 8”, or what kind of visit it is."""
    if a.session_number and a.plan:
        return f"Session {a.session_number} of {a.plan.sessions_planned} · {a.plan.name}"  # fmt: skip
    return str(Appointment.Kind(a.kind).label)


def _card(at: DayAt, a: Any, span: Period, more: list[tuple[str, str]]) -> Card:
    t, length = _place(span, a.starts_at, a.ends_at)
    status = AppointmentStatus(a.status)
    signed = status is AppointmentStatus.DONE and a.kind == Appointment.Kind.SESSION
    chips = [*([_WORDS[status]] if status in _WORDS else []), *more]
    return Card(
        t=t,
        len=length,
        url=reverse("schedule:appointment", args=[a.pk]),
        name=a.patient.full_name,
        time=_clock(a.starts_at, a.ends_at, at.clinic.zone),
        line=visit_line(a),
        kind="done" if signed else _KINDS[a.kind],
        chips=[] if signed else chips,
    )  # fmt: skip


# --- the hours kept by an administrator --------------------------------------


def rooms_of(clinic: Clinic) -> QuerySet[Room]:
    return Room.objects.filter(clinic=clinic).order_by("-active", "name")


def time_off_ahead(clinic: Clinic, now: datetime) -> QuerySet[TimeOff]:
    """Absences that are not over yet, the next first."""
    return (
        TimeOff.objects.filter(clinic=clinic, ends_at__gt=now)
        .select_related("clinician", "room")
        .order_by("starts_at", "pk")
    )


def clinicians_at(clinic: Clinic) -> QuerySet[User]:
    """Who may be given hours here: the clinic's own clinicians, and those of no clinic."""
    return User.objects.clinicians().filter(Q(clinic=clinic) | Q(clinic=None))
