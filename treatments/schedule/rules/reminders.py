"""When a patient is reminded of a visit, and why a reminder is no longer wanted."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from mesoclinic.core.findings import Finding, block
from treatments.schedule.rules.appointments import AppointmentStatus

#: Nobody is reminded of a visit that begins this soon: they are on their way.
TOO_LATE = timedelta(minutes=30)

#: Visits that are still ahead of their patient.
AHEAD = (AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED)


def reminder_hours_due_or_none(
    starts_at: datetime,
    hours_before: Iterable[int],
    now: datetime,
    *,
    booked_at: datetime | None = None,
    already: Collection[int] = (),
) -> int | None:
    """Which of the clinic's times is due now, in hours before the visit; None where none is.

    Of several that were missed (the server was down) only the one nearest to the visit is sent. One
    whose time had passed before the visit was booked is not: they have only just been told.

        booked        48 h                3 h    visit
          |------------|-------------------|-------|
                         48 is due          3 is
    """
    if now >= starts_at - TOO_LATE:
        return None
    due = [h for h in hours_before if starts_at - timedelta(hours=h) <= now]
    if not due:
        return None
    nearest = min(due)
    if nearest in already:
        return None
    if booked_at is not None and booked_at > starts_at - timedelta(hours=nearest):
        return None
    return nearest


def why_reminder_not_sent_or_empty(
    status: str, *, starts_at: datetime, reminded_of: datetime, died: bool, now: datetime
) -> str:
    """Why a reminder that was due is not sent after all, as the visit stands now; "" where it is."""
    if status not in AHEAD:
        return f"visit {status.replace('_', ' ')}"
    if starts_at != reminded_of:
        return "visit moved"
    if now >= starts_at - TOO_LATE:
        return "too late"
    return "patient died" if died else ""


def check_reminder_hours_count_and_range(hours: Collection[int]) -> list[Finding]:
    """What stands against these times: one to four different whole hours, from 1 to 336 (two weeks)."""
    if not 1 <= len(hours) <= 4:
        message = "Say one to four times before the visit, like 48, 3."
    elif not all(1 <= h <= 336 for h in hours):
        message = "A reminder goes out 1 hour to 336 hours (two weeks) before."
    else:
        return []
    return [block("reminders:hours", message, fixed=True, where="hours_before")]
