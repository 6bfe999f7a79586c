"""Note hours that have come free. What an appointment leaves is noted by a trigger on it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.periods import Period
from treatments.schedule.models import FreedTime, TimeOff, WorkingHours
from treatments.schedule.rules.availability import WeeklyHours, open_times_on

#: Hours added now are shown to those who wait for this long ahead.
HOURS_AHEAD = timedelta(days=28)


def add_freed_times_of_new_hours(
    clinic: Clinic, working_hours: Iterable[WorkingHours], *, now: datetime | None = None
) -> list[FreedTime]:
    """The coming four weeks of hours that were added, a row a day, each by the clinic's clock.

    Noted whether or not somebody waits: whoever reads them knows that.
    """
    now = now or timezone.now()
    first = now.astimezone(clinic.zone).date()
    days = [first + timedelta(days=n) for n in range(HOURS_AHEAD.days)]
    return FreedTime.objects.bulk_create(
        FreedTime(
            clinic=clinic,
            clinician_id=working.clinician_id,
            room_id=working.room_id,
            starts_at=max(hours.start, now),
            ends_at=hours.end,
            because=FreedTime.Because.HOURS,
        )
        for working in working_hours
        for day in days
        for hours in _working_periods_of_hours_on_day(day, working, clinic)
        if hours.end > now
    )


def add_freed_times_of_removed_absence(off: TimeOff, *, now: datetime | None = None) -> list[FreedTime]:
    """The hours inside an absence that is taken back, four weeks ahead at most."""
    now = now or timezone.now()
    clinic, zone = off.clinic, off.clinic.zone
    start, end = max(off.starts_at, now), min(off.ends_at, now + HOURS_AHEAD)
    if start >= end:
        return []
    working_hours = WorkingHours.objects.filter(clinic=clinic, room__active=True)
    if off.clinician_id:
        working_hours = working_hours.filter(clinician=off.clinician_id)
    else:
        working_hours = working_hours.filter(room=off.room_id)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return FreedTime.objects.bulk_create(
        FreedTime(
            clinic=clinic,
            clinician_id=working.clinician_id,
            room_id=working.room_id,
            starts_at=max(hours.start, start),
            ends_at=min(hours.end, end),
            because=FreedTime.Because.BACK,
        )
        for working in working_hours
        for day in days
        for hours in _working_periods_of_hours_on_day(day, working, clinic)
        if hours.start < end and hours.end > start
    )


def _working_periods_of_hours_on_day(day: date, working: WorkingHours, clinic: Clinic) -> list[Period]:
    weekly = WeeklyHours(working.weekday, working.opens, working.closes)
    return open_times_on(day, [weekly], clinic.zone)
