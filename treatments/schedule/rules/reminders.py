"""TODO-DOC ReminderStatus, REMINDER_MOVES, NEEDS_SOMEBODY, TOO_LATE, TR"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ReminderStatus(StrEnum):
    DUE = "due"
    CLAIMED = "claimed"
    HANDED_OVER = "handed_over"
    SENT = "sent"
    UNSURE = "unsure"
    FAILED = "failed"
    SKIPPED = "skipped"
    SETTLED = "settled"


#: A worker that dies while a reminder is CLAIMED has handed nothing over: it is due again. One that dies while it
#: is HANDED_OVER may have: it is not sent twice, and somebody is asked to ring (docs/adr/0018).
REMINDER_MOVES: dict[ReminderStatus, frozenset[ReminderStatus]] = {
    ReminderStatus.DUE: frozenset({ReminderStatus.CLAIMED, ReminderStatus.SKIPPED}),
    ReminderStatus.CLAIMED: frozenset(
        {ReminderStatus.HANDED_OVER, ReminderStatus.DUE, ReminderStatus.SKIPPED, ReminderStatus.FAILED}
    ),
    ReminderStatus.HANDED_OVER: frozenset(
        {ReminderStatus.SENT, ReminderStatus.UNSURE, ReminderStatus.FAILED}
    ),
    ReminderStatus.SENT: frozenset(),
    ReminderStatus.UNSURE: frozenset({ReminderStatus.DUE, ReminderStatus.SETTLED}),
    ReminderStatus.FAILED: frozenset({ReminderStatus.DUE, ReminderStatus.SETTLED}),
    ReminderStatus.SKIPPED: frozenset(),
    ReminderStatus.SETTLED: frozenset(),
}

#: These ask for somebody: the patient may know nothing of the visit.
NEEDS_SOMEBODY = (ReminderStatus.UNSURE, ReminderStatus.FAILED)

#: Nobody is reminded of a visit that begins this soon: they are on their way.
TOO_LATE = timedelta(minutes=30)

#: A provider that does not answer is tried again after so many minutes, then given up.
TRY_AGAIN_MINUTES = (1, 5, 15, 30, 60)


def reminder_due(
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


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody is reached: ``email`` or ``sms``, or "" with the reason why not."""

    channel: str
    why_not: str = ""


def way_to_reach(preference: str, *, email: str, phone: str, by_email: bool, by_sms: bool) -> Way:
    """As they asked to be reached; the other way where the clinic or the record has not that one.

    ``preference`` is ``email``, ``sms`` or ``none``; ``by_email`` and ``by_sms`` are what the clinic does.
    """
    if preference == "none":
        return Way("", "opted out")
    can = {"email": by_email and bool(email), "sms": by_sms and bool(phone)}
    other = "email" if preference == "sms" else "sms"
    for channel in (preference, other):
        if can.get(channel):
            return Way(channel)
    if not (by_email or by_sms):
        return Way("", "reminders are off")
    return Way("", "no address")


def try_again_after(attempts: int) -> timedelta | None:
    """How long to wait after so many vain attempts; None where it is time to give up."""
    if attempts > len(TRY_AGAIN_MINUTES):
        return None
    return timedelta(minutes=TRY_AGAIN_MINUTES[attempts - 1])
