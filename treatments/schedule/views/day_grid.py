"""The calendar, drawn: columns of cards and of free times that can be booked. No query."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import Finding
from mesoclinic.core.periods import Period
from treatments.schedule.models import Appointment
from treatments.schedule.queries.availability import KeptHours, named_break_periods_on, working_periods_on
from treatments.schedule.queries.calendar import DaysAt, count_appointments_with_status
from treatments.schedule.rules import availability
from treatments.schedule.rules.appointments import AppointmentStatus
from treatments.schedule.rules.instants import instant_form_value, slot_value
from treatments.schedule.views.day_cards import (
    GRID_MINUTES,
    Card,
    Reader,
    appointment_card,
    away_card,
    break_card,
    card_top_and_height,
    grid_steps_in_length,
)

_STEP = timedelta(minutes=GRID_MINUTES)
#: A free time is offered to a click in pieces of this length, on the half hours.
FREE = timedelta(minutes=30)
#: Columns on a page of a day: more are too narrow to read on any screen.
COLUMNS = 8
#: Less than this is no time to book.
LEAST_FREE = timedelta(minutes=10)


@dataclass(frozen=True)
class Free:
    """A time nobody has: a click books it."""

    t: int
    len: int
    url: str
    clock: str
    label: str
    #: The first piece of a free time shows its clock; the others when they are pointed at.
    is_first: bool = False


@dataclass(frozen=True)
class Closed:
    """Hours in which nobody works here: hatched, with the word for it."""

    t: int
    len: int
    word: str
    is_whole_day: bool = False


@dataclass
class Column:
    """``start`` is the instant of the grid's top, as a script sends it; what a drop here means."""

    title: str
    sub: str = ""
    cards: list[Card] = field(default_factory=list)
    free: list[Free] = field(default_factory=list)
    start: str = ""
    clinician: int | None = None
    room: int | None = None
    now_t: int | None = None
    closed: str = ""
    hatched: list[Closed] = field(default_factory=list)
    is_today: bool = False

    @property
    def is_strip(self) -> bool:
        """A day on which nobody works and nothing is booked: it needs no room for names."""
        return not self.free and not any(card.pk for card in self.cards) and self.is_shut

    @property
    def is_shut(self) -> bool:
        return len(self.hatched) == 1 and self.hatched[0].is_whole_day

    @property
    def shut_text(self) -> str:
        """Why the whole day is hatched: “closed · Christmas Day”."""
        return f"closed · {self.closed}" if self.closed else self.hatched[0].word

    @property
    def items(self) -> list[Card | Free]:
        """What stands in the column, absences first, the rest in the order of the clock: as it is read, and tabbed through."""
        off = [card for card in self.cards if not card.pk]
        rest: list[Card | Free] = [*(card for card in self.cards if card.pk), *self.free]
        return [*off, *sorted(rest, key=lambda item: item.t)]


@dataclass(frozen=True)
class Grid:
    """What templates/treatments/schedule/_day.html draws. ``dense``: visits so short that the steps are drawn taller.

    ``before`` and ``after``: the first column of the pages of columns before and after this one; None where there is none.
    """

    hours: list[tuple[int, str]]
    columns: list[Column]
    booked: int
    done: int
    arrived: int
    before: int | None = None
    after: int | None = None

    @property
    def has_short_cards(self) -> bool:
        return any(c.len < 4 and c.pk for one in self.columns for c in one.cards)


class Placed(Protocol):
    """What stands in a column: hours that are kept, or an appointment."""

    @property
    def clinician_id(self) -> int: ...

    @property
    def room_id(self) -> int: ...


def _hours_and_appointments(at: DaysAt) -> Iterator[KeptHours | Appointment]:
    """All that gives a column its title: the hours first, then what is booked outside them."""
    yield from at.working_hours
    yield from at.appointments


#: Whether something stands in a column.
IsIn = Callable[[Placed], bool]


def _with_clinician_predicate(pk: int | None) -> IsIn:
    return lambda row: row.clinician_id == pk


def _in_room_predicate(pk: int | None) -> IsIn:
    return lambda row: row.room_id == pk


def day_grid_of_clinicians(at: DaysAt, reader: Reader, first: int | None = None) -> Grid:
    """One day, a column for each clinician who works or is booked; the reader's own first. A page of them, from ``first`` on."""
    who: dict[int, User] = {}
    rooms: dict[int, dict[int, str]] = defaultdict(dict)
    for row in _hours_and_appointments(at):
        who.setdefault(row.clinician_id, row.clinician)
        rooms[row.clinician_id][row.room_id] = row.room.name
    columns = [
        (
            Column(f"{one.display_name} · {', '.join(rooms[pk].values())}", clinician=pk),
            _with_clinician_predicate(pk),
            set(rooms[pk]),
        )
        for pk, one in sorted(who.items(), key=lambda item: item[0] != reader.pk)
    ]
    return _grid_of_one_day(at, reader, columns, first)


def day_grid_of_rooms(at: DaysAt, reader: Reader, first: int | None = None) -> Grid:
    """One day, a column for each room in use: a page of them, from ``first`` on."""
    rooms: dict[int, str] = {}
    who: dict[int, dict[int, str]] = defaultdict(dict)
    for row in _hours_and_appointments(at):
        rooms[row.room_id] = row.room.name
        who[row.room_id][row.clinician_id] = row.clinician.short_name
    columns = [
        (
            Column(f"{name} · {', '.join(who[pk].values())}", room=pk),
            _in_room_predicate(pk),
            {pk},
        )
        for pk, name in sorted(rooms.items(), key=lambda item: item[1])
    ]
    return _grid_of_one_day(at, reader, columns, first)


def _grid_of_one_day(
    at: DaysAt, reader: Reader, columns: Sequence[tuple[Column, IsIn, set[int]]], first: int | None
) -> Grid:
    keys = [column.clinician or column.room for column, _, _ in columns]
    start = keys.index(first) if first in keys else 0
    columns = columns[start : start + COLUMNS]
    span = hours_shown_on_day_or_none(at, at.day) or _default_hours_shown(at.day, at.clinic.zone)
    checks = at.readiness_by_appointment(clinical=reader.clinical)
    closed = at.closed.get(at.day, "")
    for column, is_in, room_ids in columns:
        _fill_grid_column(at, at.day, column, is_in, room_ids, span, checks, reader)
        column.closed = closed
    grid = _grid_with_counts(at, _hour_labels(span, at.clinic.zone), [column for column, _, _ in columns])
    return replace(
        grid,
        before=keys[max(start - COLUMNS, 0)] if start else None,
        after=keys[start + COLUMNS] if start + COLUMNS < len(keys) else None,
    )


def week_grid(at: DaysAt, reader: Reader, *, clinician_id: int | None, room_id: int | None) -> Grid:
    """A column for each day, of one clinician or of one room. Each day by its own clock."""
    zone = at.clinic.zone
    is_in = _in_room_predicate(room_id) if clinician_id is None else _with_clinician_predicate(clinician_id)
    spans = [(day, hours_shown_on_day_or_none(at, day, is_in)) for day in at.days]
    busy = [(d, s) for d, s in spans if s is not None]
    tops = [s.start.astimezone(zone).time() for _, s in busy] or [time(9)]
    ends = [_clock_time_into_day(d, s.end, zone) for d, s in busy] or [timedelta(hours=17)]
    top = min(tops)
    bottom = max(*ends, timedelta(hours=top.hour + 1))
    checks = at.readiness_by_appointment(clinical=reader.clinical)
    columns = []
    for day in at.days:
        start = availability.instant_of_clock(day, top, zone)
        length = bottom - timedelta(hours=top.hour)
        span = Period(start, start + length)
        column = Column(
            f"{day:%a} {day.day} {day:%b}",
            clinician=clinician_id,
            room=room_id,
            closed=at.closed.get(day, ""),
        )
        room_ids = {o.room_id for o in at.working_hours if is_in(o)}
        _fill_grid_column(at, day, column, is_in, room_ids, span, checks, reader)
        columns.append(column)
    hours = [
        (12 * n, f"{top.hour + n}:00")
        for n in range(-(-int((bottom.total_seconds()) // 60) // 60) - top.hour)
    ]
    mine = [a for a in at.appointments if is_in(a)]
    return _grid_with_counts(at, hours, columns, mine)


def _clock_time_into_day(day: date, instant: datetime, zone: ZoneInfo) -> timedelta:
    """How far into ``day`` the clock on the wall is at ``instant``; midnight after it is 24 hours."""
    local = instant.astimezone(zone).replace(tzinfo=None)
    return local - datetime.combine(day, time())


def _grid_with_counts(
    at: DaysAt,
    hours: list[tuple[int, str]],
    columns: list[Column],
    shown: Sequence[Appointment] | None = None,
) -> Grid:
    shown = at.appointments if shown is None else shown
    return Grid(
        hours=hours,
        columns=columns,
        booked=len(shown),
        done=count_appointments_with_status(shown, AppointmentStatus.DONE),
        arrived=count_appointments_with_status(shown, AppointmentStatus.ARRIVED),
    )


def _fill_grid_column(
    at: DaysAt,
    day: date,
    column: Column,
    is_in: IsIn,
    room_ids: set[int],
    span: Period,
    checks: Mapping[int, list[Finding]],
    reader: Reader,
) -> None:
    zone = at.clinic.zone
    column.is_today = day == at.now.astimezone(zone).date()
    column.start = instant_form_value(span.start)
    if span.start <= at.now < span.end:
        column.now_t = grid_steps_in_length(at.now - span.start)
    for off in at.away:
        # Before the appointments: one that still stands in an absence is drawn over it.
        is_away = off.clinician_id == column.clinician if off.clinician_id else False
        is_shut = off.room_id in room_ids if off.room_id else False
        if (is_away or is_shut) and off.starts_at < span.end and off.ends_at > span.start:
            column.cards.append(away_card(off, span, zone))
    for working in at.working_hours:
        if working.weekday != day.weekday() or not is_in(working):
            continue
        if day not in working.closed and column.room is None:
            for period, name in named_break_periods_on(working, day, zone):
                column.cards.append(break_card(period, name, span, zone))
    mine = [a for a in at.appointments if is_in(a) and a.starts_at < span.end and a.ends_at > span.start]
    for a in mine:
        arrives = column.is_today and at.local_day_of_appointment(a) == day
        column.cards.append(
            appointment_card(a, at.before[a.pk], span, zone, checks.get(a.pk), reader, can_arrive=arrives)
        )
    column.hatched = _closed_hours(at, day, is_in, span)
    if reader.books:
        column.free = _free_time_cells(at, day, is_in, span)


def _closed_hours(at: DaysAt, day: date, is_in: IsIn, span: Period) -> list[Closed]:
    """What is left of the hours shown where nobody of this column works: closed for everybody, or for them."""
    zone = at.clinic.zone
    today = [working for working in at.working_hours if working.weekday == day.weekday()]
    weekly = [
        availability.WeeklyHours(w.weekday, w.opens, w.closes)
        for w in today
        if is_in(w) and day not in w.closed
    ]
    is_open = bool(today) and day not in today[0].closed
    found = []
    for gap in span.without(availability.open_times_on(day, weekly, zone)):
        if gap.length < LEAST_FREE:
            continue
        t, length = card_top_and_height(span, gap.start, gap.end)
        others = any(
            kept.overlaps(gap) for w in today if not is_in(w) for kept in working_periods_on(w, day, zone)
        )
        word = "not working" if is_open and others else "closed"
        found.append(Closed(t, length, word, gap == span))
    return found


def _free_time_cells(at: DaysAt, day: date, is_in: IsIn, span: Period) -> list[Free]:
    """What is left of the hours kept here, from now on, cut at the half hours."""
    zone, found = at.clinic.zone, []
    pad = timedelta(minutes=at.settings.buffer_minutes)
    for working in at.working_hours:
        if working.weekday != day.weekday() or not is_in(working):
            continue
        taken = [
            Period(a.starts_at - pad, a.ends_at + pad)
            for a in at.appointments
            if a.clinician_id == working.clinician_id or a.room_id == working.room_id
        ] + [
            Period(off.starts_at, off.ends_at)
            for off in at.away
            if off.clinician_id == working.clinician_id or off.room_id == working.room_id
        ]
        # On the grid of five minutes, counted from the top.
        gone = at.now - span.start
        from_now = span.start + -(-gone // _STEP) * _STEP
        if from_now > span.start:
            taken.append(Period(span.start, from_now))
        for hours in working_periods_on(working, day, zone):
            for piece in hours.without(availability.merged_periods(taken)):
                parts = _split_at_half_hours(piece, span.start)
                found += [
                    _free_time_cell(part, working, span, zone, is_first=part is parts[0]) for part in parts
                ]
    return found


def _split_at_half_hours(piece: Period, top: datetime) -> list[Period]:
    """The piece cut at the half hours from the top; what is too short to book is left out."""
    parts, at = [], piece.start
    while at < piece.end:
        following = top + ((at - top) // FREE + 1) * FREE
        end = min(following, piece.end)
        if end - at >= LEAST_FREE:
            parts.append(Period(at, end))
        at = end
    return parts


def _free_time_cell(
    part: Period, working: KeptHours, span: Period, zone: ZoneInfo, *, is_first: bool
) -> Free:
    value = slot_value(part.start, working.clinician_id, working.room_id)
    t, length = card_top_and_height(span, part.start, part.end)
    clock = f"{part.start.astimezone(zone):%H:%M}"
    return Free(
        t=t,
        len=length,
        url=f"{reverse('schedule:new')}?{urlencode({'slot': value})}",
        clock=clock,
        label=f"Book {clock}, {working.clinician.display_name}, {working.room.name}",
        is_first=is_first,
    )


def _hour_labels(span: Period, zone: ZoneInfo) -> list[tuple[int, str]]:
    """The clock down the side: an hour that comes twice stands there twice, one that is skipped not at all."""
    hours, at = [], span.start
    while at < span.end:
        local = at.astimezone(zone)
        hours.append((grid_steps_in_length(at - span.start), f"{local.hour}:{local:%M}"))
        at += timedelta(hours=1)
    return hours


def _default_hours_shown(day: date, zone: ZoneInfo) -> Period:
    """What is drawn of an empty day: in UTC, where the hours of a clock stand."""
    return Period(
        availability.instant_of_clock(day, time(9), zone), availability.instant_of_clock(day, time(17), zone)
    )


def hours_shown_on_day_or_none(at: DaysAt, day: date, is_in: IsIn | None = None) -> Period | None:
    """Whole hours from the first thing of the day to the last, within it; None where there is nothing."""
    zone, whole = at.clinic.zone, availability.day_period(day, at.clinic.zone)
    working_hours = [
        o for o in at.working_hours if o.weekday == day.weekday() and (is_in is None or is_in(o))
    ]
    weekly = [availability.WeeklyHours(o.weekday, o.opens, o.closes) for o in working_hours]
    times = [(p.start, p.end) for p in availability.open_times_on(day, weekly, zone)]
    times += [
        (a.starts_at, a.ends_at)
        for a in at.appointments
        if (is_in is None or is_in(a)) and a.starts_at < whole.end and a.ends_at > whole.start
    ]
    if not times:
        return None
    first = max(min(t[0] for t in times), whole.start).astimezone(zone)
    last = min(max(t[1] for t in times), whole.end).astimezone(zone)
    # In UTC: on the clock on the wall an hour may be missing, or come twice.
    start = first.astimezone(UTC) - timedelta(minutes=first.minute)
    end = last.astimezone(UTC) + timedelta(minutes=-last.minute % 60)
    return Period(start, end)
