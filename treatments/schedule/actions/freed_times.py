"""Note hours that have come free. What an appointment leaves is noted by a trigger on it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.periods import Period
from treatments.schedule.models import Freed, Opening, TimeOff
from treatments.schedule.rules.availability import WeeklyOpening, openings_on

#: Hours added now are shown to those who wait for this long ahead.
HOURS_AHEAD = timedelta(days=28)


def note_hours(clinic: Clinic, openings: Iterable[Opening], *, now: datetime | None = None) -> list[Freed]:
    """The coming four weeks of hours that were added, a row a day, each by the clinic's clock.

    Noted whether or not somebody waits: whoever reads them knows that.
    """
    now = now or timezone.now()
    first = now.astimezone(clinic.zone).date()
    days = [first + timedelta(days=n) for n in range(HOURS_AHEAD.days)]
    return Freed.objects.bulk_create(
        Freed(
            clinic=clinic,
            clinician_id=opening.clinician_id,
            room_id=opening.room_id,
            starts_at=max(hours.start, now),
            ends_at=hours.end,
            because=Freed.Because.HOURS,
        )
        for opening in openings
        for day in days
        for hours in _on(day, opening, clinic)
        if hours.end > now
    )


def note_back(off: TimeOff, *, now: datetime | None = None) -> list[Freed]:
    """The hours inside an absence that is taken back, four weeks ahead at most."""
    now = now or timezone.now()
    clinic, zone = off.clinic, off.clinic.zone
    start, end = max(off.starts_at, now), min(off.ends_at, now + HOURS_AHEAD)
    if start >= end:
        return []
    openings = Opening.objects.filter(clinic=clinic, room__active=True)
    if off.clinician_id:
        openings = openings.filter(clinician=off.clinician_id)
    else:
        openings = openings.filter(room=off.room_id)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return Freed.objects.bulk_create(
        Freed(
            clinic=clinic,
            clinician_id=opening.clinician_id,
            room_id=opening.room_id,
            starts_at=max(hours.start, start),
            ends_at=min(hours.end, end),
            because=Freed.Because.BACK,
        )
        for opening in openings
        for day in days
        for hours in _on(day, opening, clinic)
        if hours.start < end and hours.end > start
    )


def _on(day: date, opening: Opening, clinic: Clinic) -> list[Period]:
    weekly = WeeklyOpening(opening.weekday, opening.opens, opening.closes)
    return openings_on(day, [weekly], clinic.zone)
