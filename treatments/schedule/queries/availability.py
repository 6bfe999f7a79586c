"""What is taken and what is free at a clinic in a period."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, TypedDict
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Exists, OuterRef, Q, Value
from django.db.models.functions import JSONObject

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from mesoclinic.core.periods import Period
from treatments.schedule.models import (
    Appointment,
    Break,
    Holiday,
    Room,
    TimeOff,
    WorkingHours,
    booking_settings_or_usual,
)
from treatments.schedule.rules import availability
from treatments.schedule.rules.availability import WeeklyHours
from treatments.schedule.rules.instants import instant_form_value, parse_instant, slot_value
from treatments.schedule.rules.times import Busy

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

#: Slots start on this grid.
STEP = timedelta(minutes=10)

#: How long a visit is where nobody has said yet.
USUAL = timedelta(minutes=30)

#: No appointment is longer, so a day's reading begins no earlier than this before it.
LONGEST = timedelta(hours=8)


@dataclass(frozen=True, order=True)
class Slot:
    """A free time with a clinician in a room, read on the clinic's clock."""

    start: datetime
    end: datetime
    clinician: User = field(compare=False)
    room: Room = field(compare=False)
    zone: ZoneInfo = field(compare=False)

    @property
    def form_value(self) -> str:
        """As a form carries it: start, clinician, room."""
        return slot_value(self.start, self.clinician.pk, self.room.pk)

    @property
    def start_utc_text(self) -> str:
        """The start as a form or a script carries it."""
        return instant_form_value(self.start)

    @property
    def minutes(self) -> int:
        return Period(self.start, self.end).minutes

    @property
    def local_start(self) -> datetime:
        return self.start.astimezone(self.zone)

    @property
    def clock_text(self) -> str:
        """“10:20”; with the zone where the clock shows it twice that day."""
        twice = self.local_start.utcoffset() != self.local_start.replace(fold=1).utcoffset()
        again = self.local_start.fold or twice
        return f"{self.local_start:%H:%M} {self.local_start:%Z}" if again else f"{self.local_start:%H:%M}"

    @property
    def weekday_and_date_text(self) -> str:
        return f"{self.local_start:%a} {self.local_start.day} {self.local_start:%b}"

    def __str__(self) -> str:
        return (
            f"{self.weekday_and_date_text} {self.clock_text}, {self.clinician.display_name}, {self.room.name}"
        )


def parse_slot_value_or_none(value: str) -> tuple[datetime, int, int] | None:
    """What :attr:`Slot.form_value` wrote: start, clinician's id, room's id; None where it is nothing of ours."""
    try:
        start, clinician, room = value.split("/")
        return parse_instant(start), int(clinician), int(room)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Pause:
    """A break in a clinician's hours, by the clinic's clock."""

    starts: time
    ends: time
    name: str


class PauseRow(TypedDict):
    """A break as the query of the working hours brings it."""

    starts: str
    ends: str
    name: str


class HoursColumns(TypedDict):
    """What the query of the working hours adds to them."""

    elsewhere: bool
    breaks: list[PauseRow]
    closed: list[date]


@dataclass(frozen=True, slots=True)
class KeptHours:
    """Who works where and when on a weekday, with all that says on which days these hours are kept.

    ``elsewhere`` says that the clinician also works at another clinic, where they may be busy;
    ``breaks`` are the clinician's pauses of that weekday, ``closed`` the clinic's holidays.
    """

    pk: int
    clinic: Clinic
    clinician: User
    room: Room
    weekday: int
    opens: time
    closes: time
    elsewhere: bool
    breaks: Sequence[Pause]
    closed: Collection[date]

    @property
    def clinician_id(self) -> int:
        return self.clinician.pk

    @property
    def room_id(self) -> int:
        return self.room.pk


def working_hours_of(clinic: Clinic, clinicians: Collection[int] = ()) -> list[KeptHours]:
    """Who works where and when, weekday by weekday, with the clinic's own settings. One query."""
    return [
        KeptHours(
            pk=row.pk,
            clinic=row.clinic,
            clinician=row.clinician,
            room=row.room,
            weekday=row.weekday,
            opens=row.opens,
            closes=row.closes,
            elsewhere=row.elsewhere,
            breaks=_pauses_from_rows(row.breaks),
            closed=row.closed,
        )
        for row in _compiled_working_hours().ask(clinic=clinic.pk)
        if not clinicians or row.clinician_id in clinicians
    ]


@cache
def _compiled_working_hours() -> "CompiledQuery[WorkingHours, WithAnnotations[WorkingHours, HoursColumns]]":
    """Those of one clinic: as many as its clinicians have weekdays."""
    clinic = Blank("clinic")
    elsewhere = WorkingHours.objects.filter(clinician=OuterRef("clinician")).exclude(clinic=clinic)
    here = WorkingHours.objects.filter(clinic=clinic, room__active=True, clinician__is_active=True)
    breaks = Break.objects.filter(clinic=clinic, clinician=OuterRef("clinician"), weekday=OuterRef("weekday"))
    closed = Holiday.objects.filter(clinic=clinic).order_by("day")
    return CompiledQuery(
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


def _pauses_from_rows(rows: Iterable[PauseRow]) -> list[Pause]:
    return [
        Pause(time.fromisoformat(row["starts"]), time.fromisoformat(row["ends"]), row["name"]) for row in rows
    ]


def buffer_between_visits(working_hours: Sequence[KeptHours]) -> timedelta:
    """What the clinic keeps free between two visits. No query."""
    minutes = booking_settings_or_usual(working_hours[0].clinic).buffer_minutes if working_hours else 0
    return timedelta(minutes=minutes)


def named_break_periods_on(working: KeptHours, day: date, zone: ZoneInfo) -> list[tuple[Period, str]]:
    """The clinician's pauses in these hours on ``day``, each with its name. No query."""
    found = []
    for pause in working.breaks:
        start = availability.instant_of_clock(day, pause.starts, zone)
        end = availability.instant_of_clock(day, pause.ends, zone, last=True)
        if start < end:
            found.append((Period(start, end), pause.name))
    return found


def working_periods_on(working: KeptHours, day: date, zone: ZoneInfo) -> list[Period]:
    """When these hours are kept on ``day``, without the pauses; never on a holiday. No query."""
    if day in working.closed:
        return []
    weekly = WeeklyHours(working.weekday, working.opens, working.closes)
    pauses = [period for period, _ in named_break_periods_on(working, day, zone)]
    return [
        part for whole in availability.open_times_on(day, [weekly], zone) for part in whole.without(pauses)
    ]


def busy_times_during(
    clinic: Clinic,
    whole: Period,
    *,
    patient_id: int | None = None,
    clinicians: Collection[int] = (),
    of: tuple[Collection[int], Collection[int]] | None = None,
) -> list[Busy]:
    """What is taken at the clinic during ``whole``: appointments and absences, in one query.

    The patient's visits, and those of ``clinicians``, count wherever they are. ``of``: only what takes one of these
    clinicians or rooms.
    """
    here = Q(clinic=clinic)
    if of is not None:
        here &= Q(clinician__in=of[0]) | Q(room__in=of[1])
    if clinicians:
        here |= Q(clinician__in=clinicians)
    booked = (
        Appointment.objects.holding_time()
        .overlapping(whole.start, whole.end)
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
    """The free times of a clinic over some days, from its working hours and what is taken. No query."""

    def __init__(
        self,
        clinic: Clinic,
        working_hours: Iterable[KeptHours],
        busy: Iterable[Busy],
        *,
        patient_id: int | None = None,
    ) -> None:
        self.zone = clinic.zone
        self.working_hours: dict[int, list[KeptHours]] = defaultdict(list)
        # Nobody changes over in no time: what is booked is wider by the clinic's buffer.
        self.buffer = timedelta()
        for working in working_hours:
            self.working_hours[working.weekday].append(working)
            self.buffer = timedelta(minutes=booking_settings_or_usual(working.clinic).buffer_minutes)
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

    def taken_periods_of(self, clinician_id: int, room_id: int) -> list[Period]:
        """When the clinician or the room is taken, the time to change over included."""
        return [*self._clinicians[clinician_id], *self._rooms[room_id]]

    def treat_patient_as_busy(self, slot: Slot) -> None:
        """From now on the patient is not free then."""
        self._patient.append(Period(slot.start, slot.end))

    def slot_if_free_or_none(
        self, start: datetime, length: timedelta, clinician_id: int, room_id: int
    ) -> Slot | None:
        """This very time, on the grid or off it, where the clinician works in the room then and all are free."""
        day, period = start.astimezone(self.zone).date(), Period(start, start + length)
        for working in self.working_hours[day.weekday()]:
            if (working.clinician_id, working.room_id) != (clinician_id, room_id):
                continue
            if any(kept.contains(period) for kept in working_periods_on(working, day, self.zone)) and not any(
                taken.overlaps(period)
                for periods in (self._clinicians[clinician_id], self._rooms[room_id], self._patient)
                for taken in periods
            ):
                return Slot(
                    period.start.astimezone(UTC),
                    period.end.astimezone(UTC),
                    working.clinician,
                    working.room,
                    self.zone,
                )
        return None

    def why_no_slot_free_text(self, day: date, clinician_id: int) -> str:
        """Why nothing can be booked with the clinician on ``day``, in a few words."""
        theirs = [o for o in self.working_hours[day.weekday()] if o.clinician_id == clinician_id]
        if not theirs:
            return f"no hours on a {day:%A}"
        if day in theirs[0].closed:
            return "a holiday"
        return "nothing free"

    def free_slots_on(
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
        for working in self.working_hours[day.weekday()]:
            if clinician_id not in (None, working.clinician_id):
                continue
            if room_id not in (None, working.room_id):
                continue
            if not working.room.has_equipment(equipment):
                continue
            for hours in working_periods_on(working, day, self.zone):
                taken = [
                    period
                    for periods in (
                        self._clinicians[working.clinician_id],
                        self._rooms[working.room_id],
                        self._patient,
                    )
                    for period in periods
                    if period.overlaps(hours)
                ]
                found += [
                    Slot(s.start, s.end, working.clinician, working.room, self.zone)
                    for s in availability.free_slots([hours], taken, length, STEP, now)
                ]
        return sorted(found)


def read_diary_during(
    clinic: Clinic,
    working_hours: Sequence[KeptHours],
    whole: Period,
    *,
    patient_id: int | None = None,
    clinician_id: int | None = None,
    without: Collection[int] = (),
) -> Diary:
    """The diary of ``whole``, in one query. ``without``: appointments that may themselves be moved."""
    working_hours = [o for o in working_hours if clinician_id in (None, o.clinician_id)]
    visiting = {o.clinician_id for o in working_hours if o.elsewhere}
    of = None
    if clinician_id is not None:
        # What takes neither the clinician nor a room of theirs is not read.
        of = ({clinician_id}, {o.room_id for o in working_hours})
    busy = busy_times_during(clinic, whole, patient_id=patient_id, clinicians=visiting, of=of)
    return Diary(
        clinic,
        working_hours,
        [b for b in busy if b.appointment is None or b.appointment not in without],
        patient_id=patient_id,
    )


@dataclass(frozen=True)
class Offer:
    """What is free: the times nearest to a preferred one, and the others of its day."""

    nearest: list[Slot]
    others: list[Slot]

    @property
    def all_slots(self) -> list[Slot]:
        return [*self.nearest, *self.others]


#: How many days either way the nearest free times are looked for.
AROUND = timedelta(days=7)


def search_period_around(day: date, zone: ZoneInfo) -> Period:
    """The days in which the times nearest to ``day`` are looked for."""
    return Period(
        availability.day_period(day - AROUND, zone).start, availability.day_period(day + AROUND, zone).end
    )


def offer_of_nearest_slots(
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
    days_around: int = AROUND.days,
    only_on: Collection[date] | None = None,
) -> Offer:
    """The ``n`` free times nearest to a preferred one within ``days_around`` either way, and all others of that day.

    Without a time to be ``around``, the first that is free on the day is what is wished for.
    ``second``: of a time that the clock shows twice, the later one is meant. ``only_on``: the days that may be offered.
    """

    def one_free_slot_of_each_time(some_day: date) -> list[Slot]:
        """The free times of this day, each start once."""
        if only_on is not None and some_day not in only_on:
            return []
        found = diary.free_slots_on(
            some_day, length, now=now, clinician_id=clinician_id, room_id=room_id, equipment=equipment
        )
        # Where anybody will do, each time stands once: with the first who is free then.
        return list({slot.start: slot for slot in reversed(found)}.values())[::-1]

    that_day = one_free_slot_of_each_time(day)
    if around is None and that_day:
        preferred = that_day[0].start
    else:
        preferred = availability.instant_of_clock(day, around or time(12), diary.zone, last=second)
    near: list[Slot] = []
    for off in range(days_around + 1):
        # A day that far out begins this far from the preferred one, less the hour a clock may change.
        reach = timedelta(hours=24 * (off - 1) - 1)
        if len(near) >= n and abs(near[n - 1].start - preferred) <= reach:
            break
        days = [day] if off == 0 else [day - timedelta(off), day + timedelta(off)]
        near += [s for d in days for s in (that_day if d == day else one_free_slot_of_each_time(d))]
        near.sort(key=lambda slot: (abs(slot.start - preferred), slot.start))
    nearest = near[:n]
    values = {slot.form_value for slot in nearest}
    return Offer(nearest, [slot for slot in that_day if slot.form_value not in values])
