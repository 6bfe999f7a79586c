"""The next free times for any set of preferences. A fixed number of queries."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.periods import Period
from treatments.schedule.queries.availability import Diary, KeptHours, Slot, read_diary_during
from treatments.schedule.queries.courses import Course
from treatments.schedule.rules.availability import day_period
from treatments.schedule.rules.intervals import fewest_and_most_days_between_sessions

#: How far ahead a free time is looked for.
FURTHEST = timedelta(days=90)
#: So many times are shown, and so many of one day.
MOST, MOST_OF_A_DAY = 24, 6


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

    def is_within_wanted_hours(self, slot: Slot) -> bool:
        """Whether it begins and ends within the hours that are wanted."""
        start, end = slot.local_start, slot.end.astimezone(slot.zone)
        if self.earliest is not None and start.time() < self.earliest:
            return False
        return self.latest is None or (end.date() == start.date() and end.time() <= self.latest)


def next_free_slots(
    clinic: Clinic,
    working_hours: Collection[KeptHours],
    preferences: Preferences,
    now: datetime,
    *,
    patient_id: int | None = None,
) -> list[Slot]:
    """The first free times that meet every preference, in order. One query."""
    first, last = preferences.first_and_last_day()
    first = max(first, now.astimezone(clinic.zone).date())
    if last < first:
        return []
    whole = Period(day_period(first, clinic.zone).start, day_period(last, clinic.zone).end)
    book = read_diary_during(
        clinic, list(working_hours), whole, patient_id=patient_id, clinician_id=preferences.clinician_id
    )
    return _find_first_allowed_slots_in_diary(book, preferences, first, last, now)


def _find_first_allowed_slots_in_diary(
    book: Diary, preferences: Preferences, first: date, last: date, now: datetime
) -> list[Slot]:
    found: list[Slot] = []
    short: Collection[date] = ()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if preferences.course is not None and preferences.while_stock_lasts:
        # Each day by itself: one session is looked for, not one a day.
        short = {day for day in days if preferences.course.stock_shortages_by_day([day])}
    for day in days:
        if day.weekday() not in preferences.weekdays or day in short:
            continue
        slots = book.free_slots_on(
            day,
            preferences.length,
            now=now,
            clinician_id=preferences.clinician_id,
            room_id=preferences.room_id,
            equipment=preferences.equipment,
        )
        granted = [slot for slot in slots if preferences.is_within_wanted_hours(slot)]
        # Each time once, with the first who is free then.
        once = {slot.start: slot for slot in reversed(granted)}
        found += sorted(once.values())[:MOST_OF_A_DAY]
        if len(found) >= MOST:
            break
    return found[:MOST]
