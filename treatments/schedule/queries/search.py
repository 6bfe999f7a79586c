"""The next free times for any set of preferences. A fixed number of queries."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core.periods import Period
from treatments.schedule.queries.availability import Diary, KeptHours, Slot, read_diary_during
from treatments.schedule.queries.courses import Course
from treatments.schedule.rules.availability import day_period
from treatments.schedule.rules.day_parts import (
    day_part_of,
    first_of_each_day_part,
    first_open_days,
    word_for_day_without_times,
)
from treatments.schedule.rules.intervals import fewest_and_most_days_between_sessions

#: How far ahead a free time is looked for, so many days at a time.
FURTHEST = timedelta(days=90)
DAYS_READ = 14
#: So many days stand on a page, and so many clinicians.
DAYS_SHOWN, CLINICIANS_SHOWN = 7, 12


@dataclass(frozen=True)
class Preferences:
    """What a free time must be. Each may be left open; ``latest`` is when the visit is over at the latest.

    ``course``: only on days within the protocol's distance from its last session; with
    ``while_stock_lasts`` only on days that the lots on the shelf cover.
    """

    length: timedelta
    first_day: date
    last_day: date | None = None
    clinician_id: int | None = None
    room_id: int | None = None
    equipment: frozenset[str] = frozenset()
    weekdays: Collection[int] = range(7)
    earliest: time | None = None
    latest: time | None = None
    part: str = ""
    course: Course | None = None
    while_stock_lasts: bool = False

    def first_and_last_day(self) -> tuple[date, date]:
        """The first and the last day looked at: the preference, within the protocol where there is a course."""
        first, last = self.first_day, self.last_day or self.first_day + FURTHEST
        if window := self.first_and_last_protocol_day_or_none():
            first, last = max(first, window[0]), min(last, window[1])
        return first, min(last, first + FURTHEST)

    def first_and_last_protocol_day_or_none(self) -> tuple[date, date] | None:
        """The days that keep the protocol's distance; None without a course or before its first session."""
        if self.course is None or not self.course.session_numbers_to_book:
            return None
        number = self.course.session_numbers_to_book[0]
        before = self.course.previous_session_number_or_none(number, self.course.days_by_session_number)
        if before is None:
            return None
        least, most = fewest_and_most_days_between_sessions(
            self.course.protocol_interval_days(before, number)
        )
        last_on = self.course.days_by_session_number[before]
        return last_on + timedelta(days=least), last_on + timedelta(days=most)

    def matches_clinician_and_room(self, working: KeptHours) -> bool:
        """Whether these hours can be asked for."""
        return self.clinician_id in (None, working.clinician_id) and self.room_id in (None, working.room_id)

    def is_within_wanted_hours(self, slot: Slot) -> bool:
        """Whether it begins and ends within the hours that are wanted."""
        start, end = slot.local_start, slot.end.astimezone(slot.zone)
        if self.earliest is not None and start.time() < self.earliest:
            return False
        if self.part and day_part_of(start) != self.part:
            return False
        return self.latest is None or (end.date() == start.date() and end.time() <= self.latest)


@dataclass(frozen=True)
class DayOffer:
    """The first free time of each part of a day with one clinician, or the word for why there is none."""

    day: date
    slots: list[Slot]
    word: str = ""


@dataclass(frozen=True)
class ClinicianOffer:
    """A clinician's days."""

    clinician: User
    rooms: str
    days: list[DayOffer]


@dataclass(frozen=True)
class FreeTimes:
    """What is free, spread over people, days and parts of the day.

    ``more_from``: the first day after those looked at; None where none is looked at any more. ``others``: how many
    clinicians more have something free.
    """

    days: list[date]
    rows: list[ClinicianOffer]
    more_from: date | None
    others: int = 0

    @property
    def slots(self) -> list[Slot]:
        return sorted(slot for row in self.rows for offer in row.days for slot in offer.slots)


def read_free_times(
    clinic: Clinic,
    working_hours: Collection[KeptHours],
    preferences: Preferences,
    now: datetime,
    *,
    patient_id: int | None = None,
) -> FreeTimes:
    """The first times of each day and clinician that meet every preference. One query, of two weeks at most."""
    first, last = preferences.first_and_last_day()
    first = max(first, now.astimezone(clinic.zone).date())
    if last < first:
        return FreeTimes([], [], None)
    until = min(last, first + timedelta(days=DAYS_READ - 1))
    whole = Period(day_period(first, clinic.zone).start, day_period(until, clinic.zone).end)
    hours = [w for w in working_hours if preferences.matches_clinician_and_room(w)]
    diary = read_diary_during(
        clinic, hours, whole, patient_id=patient_id, clinician_id=preferences.clinician_id
    )
    days = _days_with_hours(hours, preferences, first, until)
    following = days[-1] + timedelta(days=1) if len(days) == DAYS_SHOWN else until + timedelta(days=1)
    rows = _offers_by_clinician(diary, hours, preferences, days, now)
    rows.sort(key=lambda row: min((o.day for o in row.days if o.slots), default=date.max))
    return FreeTimes(
        days,
        rows[:CLINICIANS_SHOWN],
        following if following <= last else None,
        sum(any(o.slots for o in row.days) for row in rows[CLINICIANS_SHOWN:]),
    )


def _days_with_hours(
    hours: Collection[KeptHours], preferences: Preferences, first: date, until: date
) -> list[date]:
    """The days that are wanted and on which somebody usually works, as many as a page shows."""
    weekdays = {working.weekday for working in hours} & set(preferences.weekdays)
    days = [first + timedelta(days=n) for n in range((until - first).days + 1)]
    return first_open_days(days, (day for day in days if day.weekday() in weekdays), DAYS_SHOWN)


def _offers_by_clinician(
    diary: Diary, hours: Collection[KeptHours], preferences: Preferences, days: list[date], now: datetime
) -> list[ClinicianOffer]:
    """Each clinician's days. No query."""
    short: Collection[date] = ()
    if preferences.course is not None and preferences.while_stock_lasts:
        # Each day by itself: one session is looked for, not one a day.
        short = {day for day in days if preferences.course.stock_shortages_by_day([day])}
    by_clinician: dict[int, list[KeptHours]] = {}
    for working in hours:
        by_clinician.setdefault(working.clinician_id, []).append(working)
    return [
        ClinicianOffer(
            theirs[0].clinician,
            ", ".join(dict.fromkeys(working.room.name for working in theirs)),
            [_day_offer(diary, theirs, preferences, day, now, is_short=day in short) for day in days],
        )
        for theirs in by_clinician.values()
    ]


def _day_offer(
    diary: Diary,
    theirs: list[KeptHours],
    preferences: Preferences,
    day: date,
    now: datetime,
    *,
    is_short: bool,
) -> DayOffer:
    slots = []
    if not is_short:
        slots = [
            slot
            for slot in diary.free_slots_on(
                day,
                preferences.length,
                now=now,
                clinician_id=theirs[0].clinician_id,
                room_id=preferences.room_id,
                equipment=preferences.equipment,
            )
            if preferences.is_within_wanted_hours(slot)
        ]
    firsts = set(first_of_each_day_part(slot.local_start for slot in slots).values())
    once = {slot.start: slot for slot in reversed(slots) if slot.local_start in firsts}
    if once:
        return DayOffer(day, sorted(once.values()))
    word = word_for_day_without_times(
        is_closed=day in theirs[0].closed,
        works=any(working.weekday == day.weekday() for working in theirs),
        is_short=is_short,
    )
    return DayOffer(day, [], word)
