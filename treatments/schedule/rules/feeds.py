"""What an appointment is in another calendar's words, and how much of one may be read. No Django here."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from treatments.schedule.rules.appointments import ACTIVE, AppointmentStatus

#: A feed shows this much: what was, and what is ahead.
FEED_BACK = timedelta(days=60)
FEED_AHEAD = timedelta(days=365)

#: Busy times are read this far ahead: a meeting that repeats for ever is a meeting for this long.
BUSY_AHEAD = timedelta(days=365)

#: A file beyond these is no person's calendar.
MOST_BYTES = 2 * 1024 * 1024
MOST_EVENTS = 5_000
MOST_TIMES = 5_000
#: How often a day one event may repeat.
MOST_A_DAY = 24


def ical_status(status: str) -> str:
    """RFC 5545 §3.8.1.11: what the patient has not confirmed is tentative."""
    if AppointmentStatus(status) not in ACTIVE:
        return "CANCELLED"
    if AppointmentStatus(status) is AppointmentStatus.BOOKED:
        return "TENTATIVE"
    return "CONFIRMED"


def first_and_last_day_of_feed(today: date) -> tuple[date, date]:
    """First and last day that a feed shows."""
    return today - FEED_BACK, today + FEED_AHEAD


def repeats_too_often_a_day(rule: Mapping[str, Sequence[object]]) -> bool:
    """Whether a recurrence rule names more than :data:`MOST_A_DAY` times a day.

    Each is refused before a single time of it is worked out: ``FREQ=SECONDLY`` over a year is thirty million.
    """
    by = {name.upper(): values for name, values in rule.items()}
    often = {str(value).upper() for value in by.get("FREQ", ())}
    if often & {"SECONDLY", "MINUTELY", "HOURLY"}:
        return True
    times = 1
    for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        values = by.get(part, ())
        times *= max(1, len(values) if isinstance(values, list | tuple) else 1)
    return times > MOST_A_DAY
