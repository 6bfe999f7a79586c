"""Where there is still time, and how far a course is booked. Each a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, JSONObject, Now

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.findings import Finding
from mesoclinic.core.periods import Period
from patients.models import Patient
from treatments.catalogue.models import Lot as Lots
from treatments.cocktails.models import Component
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PlanStatus, gaps
from treatments.schedule import rules
from treatments.schedule.models import Appointment, Break, Holiday, Opening, Room, TimeOff
from treatments.schedule.models.booking import settings_of
from treatments.schedule.rules import AppointmentStatus, WeeklyOpening
from treatments.schedule.rules.lengths import equipment_for
from treatments.schedule.rules.stock import Lot, Need, Shortage, shortages

#: Slots start on this grid.
STEP = timedelta(minutes=10)
#: How long a visit is where nobody has said yet.
USUAL = timedelta(minutes=30)
#: No appointment is longer, so a day's reading begins no earlier than this before it.
LONGEST = timedelta(hours=8)
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
        return f"{self.instant}/{self.clinician.pk}/{self.room.pk}"

    @property
    def instant(self) -> str:
        """The start as a form or a script carries it."""
        return f"{self.start.astimezone(UTC):%Y-%m-%dT%H:%MZ}"

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


def openings_of(clinic: Clinic, clinicians: Collection[int] = ()) -> list[Any]:
    """Who works where and when, weekday by weekday, with the clinic's own settings. One query.

    ``elsewhere`` says that the clinician also works at another clinic, where they may be busy;
    ``breaks`` are the clinician's pauses of that weekday, ``closed`` the clinic's holidays.
    """
    elsewhere = Opening.objects.filter(clinician=OuterRef("clinician")).exclude(clinic=clinic)
    here = Opening.objects.filter(clinic=clinic, room__active=True, clinician__is_active=True)
    if clinicians:
        here = here.filter(clinician__in=clinicians)
    breaks = Break.objects.filter(clinic=clinic, clinician=OuterRef("clinician"), weekday=OuterRef("weekday"))
    closed = Holiday.objects.filter(clinic=clinic).order_by("day")
    openings = (
        here.select_related("clinician", "room", "clinic__booking")
        .annotate(
            elsewhere=Exists(elsewhere),
            breaks=ArraySubquery(
                breaks.order_by("starts").values(row=JSONObject(starts="starts", ends="ends", name="name"))
            ),
            closed=ArraySubquery(closed.values("day")),
        )
        .order_by("clinician__last_name", "clinician__first_name", "clinician", "weekday", "opens")
    )
    return list(openings)


def buffer_of(openings: Sequence[Any]) -> timedelta:
    """What the clinic keeps free between two visits. No query."""
    minutes = settings_of(openings[0].clinic).buffer_minutes if openings else 0
    return timedelta(minutes=minutes)


def breaks_on(opening: Any, day: date, zone: ZoneInfo) -> list[tuple[Period, str]]:
    """The clinician's pauses in these hours on ``day``, each with its name. No query."""
    found = []
    for row in opening.breaks:
        starts, ends = (time.fromisoformat(row["starts"]), time.fromisoformat(row["ends"]))
        start = rules.instant(day, starts, zone)
        end = rules.instant(day, ends, zone, last=True)
        if start < end:
            found.append((Period(start, end), row["name"]))
    return found


def hours_on(opening: Any, day: date, zone: ZoneInfo) -> list[Period]:
    """When these hours are kept on ``day``, without the pauses; never on a holiday. No query."""
    if day in opening.closed:
        return []
    weekly = WeeklyOpening(opening.weekday, opening.opens, opening.closes)
    pauses = [period for period, _ in breaks_on(opening, day, zone)]
    return [part for whole in rules.openings_on(day, [weekly], zone) for part in whole.without(pauses)]


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
    clinic: Clinic, whole: Period, *, patient_id: int | None = None, clinicians: Collection[int] = ()
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
    )
    nobody = Value(None, output_field=BigIntegerField())
    away = (
        TimeOff.objects.filter(starts_at__lt=whole.end, ends_at__gt=whole.start)
        .filter(here)
        .annotate(away=Value(True), of_none=nobody)
        .values_list("away", "of_none", "clinician", "room", "of_none", "starts_at", "ends_at")
    )
    return [
        Busy(is_away, pk, clinician, room, patient, Period(start, end))
        for is_away, pk, clinician, room, patient, start, end in booked.union(away, all=True)
    ]


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
        self.openings: dict[int, list[Any]] = defaultdict(list)
        # Nobody changes over in no time: what is booked is wider by the clinic's buffer.
        self.buffer = timedelta()
        for opening in openings:
            self.openings[opening.weekday].append(opening)
            self.buffer = timedelta(minutes=settings_of(opening.clinic).buffer_minutes)
        self._clinicians: dict[int | None, list[Period]] = defaultdict(list)
        self._rooms: dict[int | None, list[Period]] = defaultdict(list)
        self._patient: list[Period] = []
        for taken in busy:
            wide = taken.period
            if self.buffer and not taken.away:
                wide = Period(wide.start - self.buffer, wide.end + self.buffer)
            self._clinicians[taken.clinician].append(wide)
            self._rooms[taken.room].append(wide)
            if patient_id is not None and taken.patient == patient_id:
                self._patient.append(taken.period)

    def take(self, slot: Slot) -> None:
        """From now on the patient is not free then."""
        self._patient.append(Period(slot.start, slot.end))

    def fits(self, start: datetime, length: timedelta, clinician_id: int, room_id: int) -> Slot | None:
        """This very time, on the grid or off it, where the clinician works in the room then and all are free."""
        day, period = start.astimezone(self.zone).date(), Period(start, start + length)
        for opening in self.openings[day.weekday()]:
            if (opening.clinician_id, opening.room_id) != (clinician_id, room_id):
                continue
            if any(kept.contains(period) for kept in hours_on(opening, day, self.zone)) and not any(
                taken.overlaps(period)
                for periods in (self._clinicians[clinician_id], self._rooms[room_id], self._patient)
                for taken in periods
            ):
                return Slot(
                    period.start.astimezone(UTC),
                    period.end.astimezone(UTC),
                    opening.clinician,
                    opening.room,
                    self.zone,
                )
        return None

    def why_not(self, day: date, clinician_id: int) -> str:
        """Why nothing can be booked with the clinician on ``day``, in a few words."""
        theirs = [o for o in self.openings[day.weekday()] if o.clinician_id == clinician_id]
        if not theirs:
            return f"no hours on a {day:%A}"
        if day in theirs[0].closed:
            return "a holiday"
        return "nothing free"

    def slots_on(
        self,
        day: date,
        length: timedelta,
        *,
        now: datetime,
        clinician_id: int | None = None,
        room_id: int | None = None,
        equipment: Collection[str] = (),
    ) -> list[Slot]:
        """Every free time of ``length`` on the clinic's ``day``, in order.

        ``equipment``: what the room must have, lower case.
        """
        found: list[Slot] = []
        for opening in self.openings[day.weekday()]:
            if clinician_id not in (None, opening.clinician_id):
                continue
            if room_id not in (None, opening.room_id):
                continue
            if not opening.room.has(equipment):
                continue
            for hours in hours_on(opening, day, self.zone):
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
    without: Collection[int] = (),
) -> Diary:
    """The diary of ``whole``, in one query. ``without``: appointments that may themselves be moved."""
    openings = [o for o in openings if clinician_id in (None, o.clinician_id)]
    visiting = {o.clinician_id for o in openings if o.elsewhere}
    busy = busy_in(clinic, whole, patient_id=patient_id, clinicians=visiting)
    return Diary(
        clinic,
        openings,
        [b for b in busy if b.appointment is None or b.appointment not in without],
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
    return Period(rules.day_period(day - AROUND, zone).start, rules.day_period(day + AROUND, zone).end)


def offer_in(
    diary: Diary,
    *,
    day: date,
    around: time | None,
    length: timedelta,
    now: datetime,
    clinician_id: int | None = None,
    room_id: int | None = None,
    equipment: Collection[str] = (),
    second: bool = False,
    n: int = 3,
) -> Offer:
    """The ``n`` free times nearest to a wish within a week either way, and all others of that day.

    Without a time to be ``around``, the first that is free on the day is what is wished for.
    ``second``: of a time that the clock shows twice, the later one is meant.
    """

    def on(some_day: date) -> list[Slot]:
        found = diary.slots_on(
            some_day, length, now=now, clinician_id=clinician_id, room_id=room_id, equipment=equipment
        )
        # Where anybody will do, each time stands once: with the first who is free then.
        return list({slot.start: slot for slot in reversed(found)}.values())[::-1]

    that_day = on(day)
    if around is None and that_day:
        wish = that_day[0].start
    else:
        wish = rules.instant(day, around or time(12), diary.zone, last=second)
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
    """A session that has its day: booked, or done. ``visit`` is its appointment as read, where it is only booked."""

    number: int
    day: date
    appointment: int | None
    visit: Appointment | None = None


@dataclass(frozen=True)
class Course:
    """Where a plan stands: which of its sessions have their day, and which are still to be booked.

    ``needs`` is what a session takes from the shelf, ``lots`` what stands there for it.
    """

    plan: TreatmentPlan
    held: dict[int, Held]
    needs: Sequence[Need] = ()
    lots: Sequence[Lot] = ()
    #: Where only some of its sessions are looked at: these.
    only: Collection[int] | None = None

    @property
    def open_numbers(self) -> list[int]:
        return [
            n
            for n in range(1, self.plan.sessions_planned + 1)
            if n not in self.held and (self.only is None or n in self.only)
        ]

    @property
    def days(self) -> dict[int, date]:
        return {number: held.day for number, held in self.held.items()}

    def minutes(self, number: int) -> int:
        """The length to propose for a session: by the clinic's rule of area, technique and first or repeat."""
        return rules.session_minutes(
            self.plan.area_cm2, self.plan.technique, number == 1, settings_of(self.plan.clinic).as_lengths()
        )

    @property
    def equipment(self) -> frozenset[str]:
        """What the room of its sessions must have."""
        return equipment_for(self.plan.technique, settings_of(self.plan.clinic).equipment)

    def short_on(self, days: Collection[date]) -> dict[date, list[Shortage]]:
        """What is missing from the shelf where a session is given on each of ``days``."""
        found = shortages(self.needs, self.lots, sorted(days))
        return {day: short for day, short in found.items() if short}

    def gap(self, before: int, after: int) -> int:
        """The protocol's days from one session to a later one."""
        pattern = self.plan.intervals or [USUAL_INTERVAL]
        return sum(gaps(pattern, after)[before - 1 : after - 1])

    def later_than(self, number: int) -> dict[int, Appointment]:
        """By number: the sessions after this one that are booked and have not begun."""
        return {
            n: held.visit
            for n, held in sorted(self.held.items())
            if n > number
            and held.visit is not None
            and held.visit.status in (AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED)
        }

    def previous(self, number: int, days: dict[int, date]) -> int | None:
        return max((n for n in days if n < number), default=None)


def gap_findings(course: Course, days: dict[int, date], new: Collection[int | None]) -> list[Finding]:
    """What the protocol says of each gap beside a ``new`` session, when the sessions fall on ``days``."""
    findings = []
    for before, after in pairwise(sorted(days)):
        if before not in new and after not in new:
            continue
        window = rules.interval_window(course.gap(before, after))
        found = rules.interval_finding(days[before], days[after], *window)
        message = f"Session {after}: {found.message[:1].lower()}{found.message[1:]}"
        findings.append(replace(found, code=f"interval:{after}", message=message, where=f"slot-{after}"))
    return findings


def held_of(plan: OuterRef) -> dict[str, ArraySubquery]:
    """What :func:`course_of` reads of a plan: its appointments and its charted sessions."""
    # By the name of the table above: an app does not import upwards, a row may be asked for.
    charted = TreatmentPlan.objects.filter(
        pk=plan, treatment_sessions__status__in=["draft", "signed", "amended"]
    )
    booked = Appointment.objects.filter(plan=plan, session_number__isnull=False)
    given = Component.objects.filter(version__plans=OuterRef(plan))
    return {
        "held_needs": needs_of(version__plans=plan),
        "held_lots": lots_of(clinic__plans=plan, product__in=given.values("product")),
        "held_booked": ArraySubquery(
            booked.holding_time()
            .order_by("starts_at")
            .values(
                fact=JSONObject(
                    number="session_number",
                    at="starts_at",
                    id="pk",
                    ends="ends_at",
                    clinician="clinician_id",
                    room="room_id",
                    status="status",
                )
            )
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


def needs_of(**which: Any) -> ArraySubquery:
    """What a session of a cocktail version takes from the shelf, as JSON rows; ``which`` names the version."""
    return ArraySubquery(
        Component.objects.filter(**which)
        .order_by("position", "pk")
        .values(fact=JSONObject(product="product_id", name="product__name", ml=Cast("ml", TextField())))
    )


def lots_of(**which: Any) -> ArraySubquery:
    """Released lots that are not empty and, where opened, still good, as JSON rows; ``which`` names the clinic."""
    usable = Lots.objects.filter(status=Lots.Status.RELEASED, on_hand_ml__gt=0, **which).filter(
        Q(opened_until=None) | Q(opened_until__gt=Now())
    )
    return ArraySubquery(
        usable.order_by("expires_on", "pk").values(
            fact=JSONObject(product="product_id", expires_on="expires_on", ml=Cast("on_hand_ml", TextField()))
        )
    )


def read_needs(rows: Iterable[Any]) -> list[Need]:
    return [Need(r["product"], r["name"], Decimal(r["ml"])) for r in rows]


def read_lots(rows: Iterable[Any]) -> list[Lot]:
    return [Lot(r["product"], date.fromisoformat(r["expires_on"]), Decimal(r["ml"])) for r in rows]


def with_held(plans: QuerySet[TreatmentPlan]) -> QuerySet[Any]:
    """Plans that :func:`course_of` can read."""
    return plans.annotate(**held_of(OuterRef("pk")))


def course_of(plan: Any, row: Any = None) -> Course:
    """The course of a plan, from itself or another row that holds :func:`held_of` it. No query."""
    row, zone = row or plan, plan.clinic.zone
    held = {}
    for fact in row.held_booked:
        start = datetime.fromisoformat(fact["at"])
        visit = Appointment(
            pk=fact["id"],
            session_number=fact["number"],
            starts_at=start,
            ends_at=datetime.fromisoformat(fact["ends"]),
            clinician_id=fact["clinician"],
            room_id=fact["room"],
            status=fact["status"],
        )
        day = start.astimezone(zone).date()
        held[fact["number"]] = Held(fact["number"], day, fact["id"], visit)
    for fact in row.held_charted:
        held[fact["number"]] = Held(fact["number"], date.fromisoformat(fact["on"]), fact["id"])
    return Course(plan, held, read_needs(row.held_needs), read_lots(row.held_lots))


def course(plan_id: int) -> Course:
    """One plan's course, as it stands now. One query."""
    plans = TreatmentPlan.objects.select_related("clinic__booking")
    return course_of(with_held(plans).get(pk=plan_id))


def bookable_courses(patient: Patient) -> list[Course]:
    """The patient's courses with sessions still to be booked, the newest first. One query."""
    plans = TreatmentPlan.objects.filter(patient=patient, status__in=BOOKABLE).select_related(
        "clinic__booking"
    )
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
    #: Why it is not on the protocol's day: "a holiday".
    conflict: str = ""


def course_span(course: Course, first_day: date) -> Period:
    """Every day on which a session of this course may be proposed."""
    numbers = course.open_numbers
    longest = course.gap(1, numbers[-1]) * 3 // 2 if numbers else 0
    last = first_day + timedelta(days=longest + LATEST_DAYS * 2)
    zone = course.plan.clinic.zone
    return Period(rules.day_period(first_day, zone).start, rules.day_period(last, zone).end)


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
            return diary.slots_on(day, length, now=now, clinician_id=clinician_id, equipment=course.equipment)

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
        conflict = "" if day == target else diary.why_not(target, clinician_id)
        if day != target and given and on(target):
            conflict = "another day was chosen"
        out.append(Proposal(number, target, day, chosen, free, conflict))
    return out


def _near(day: date, early: int, late: int, not_before: date) -> list[date]:
    """The day itself, then one later, one earlier, two later…"""
    offsets = sorted(range(-early, late + 1), key=lambda d: (abs(d), -d))
    days = [day + timedelta(days=offset) for offset in offsets]
    return [d for d in days if d >= not_before]


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


# --- an appointment ----------------------------------------------------------


def appointments_with_all() -> QuerySet[Appointment]:
    """An appointment with everybody it is about, and its session once there is one."""
    return Appointment.objects.select_related(
        "patient", "clinician", "room", "plan", "clinic__booking", "status_by", "treatment_session"
    )


def appointments_during(off: TimeOff) -> QuerySet[Appointment]:
    """Booked visits that stand in an absence: somebody has to move them."""
    who = Q(clinician=off.clinician_id) if off.clinician_id else Q(room=off.room_id)
    return (
        Appointment.objects.holding_time()
        .between(off.starts_at, off.ends_at)
        .filter(who, starts_at__gt=off.starts_at - LONGEST)
    )


def later_booked(a: Any) -> QuerySet[Appointment]:
    """The sessions of its course after this one that are booked and have not begun, in order."""
    return Appointment.objects.filter(
        plan=a.plan_id,
        session_number__gt=a.session_number,
        status__in=[AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED],
    ).order_by("session_number")


def visit_line(a: Any) -> str:
    """“Session 3 of 8 · Density 8”, or what kind of visit it is."""
    if a.session_number and a.plan:
        return f"Session {a.session_number} of {a.plan.sessions_planned} · {a.plan.name}"
    return str(Appointment.Kind(a.kind).label)


# --- the hours kept by an administrator --------------------------------------


def rooms_of(clinic: Clinic) -> QuerySet[Room]:
    return Room.objects.filter(clinic=clinic).order_by("-active", "name")


def time_off_ahead(clinic: Clinic, now: datetime) -> QuerySet[TimeOff]:
    """Absences somebody wrote that are not over yet, the next first; a calendar's own are hundreds."""
    return (
        TimeOff.objects.filter(clinic=clinic, ends_at__gt=now, imported_uid="")
        .select_related("clinician", "room")
        .order_by("starts_at", "pk")
    )


def clinicians_at(clinic: Clinic) -> QuerySet[User]:
    """Who may be given hours here: the clinic's own clinicians, and those of no clinic."""
    return User.objects.clinicians().filter(Q(clinic=clinic) | Q(clinic=None))
