"""How a message to a patient moves, when it is tried again, and by which channel somebody is reached."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum


class Purpose(StrEnum):
    REMINDER = "reminder"
    QUOTE = "quote"
    CHECK_IN = "check_in"
    INTAKE = "intake"
    AFTERCARE = "aftercare"
    COURSE = "course"


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class MessageStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNSURE = "unsure"
    FAILED = "failed"
    SKIPPED = "skipped"
    SETTLED = "settled"


#: SENDING begins when a worker claims the message and ends when its fate is known. ``handed_over_at`` parts it in two: before it
#: nothing has gone out, and the message may be queued again; after it nobody can tell (docs/adr/0018).
MESSAGE_MOVES: dict[MessageStatus, frozenset[MessageStatus]] = {
    MessageStatus.QUEUED: frozenset({MessageStatus.SENDING, MessageStatus.SKIPPED}),
    MessageStatus.SENDING: frozenset(
        {MessageStatus.SENT, MessageStatus.UNSURE, MessageStatus.FAILED, MessageStatus.QUEUED}
    ),
    MessageStatus.SENT: frozenset(),
    MessageStatus.UNSURE: frozenset({MessageStatus.QUEUED, MessageStatus.SETTLED}),
    MessageStatus.FAILED: frozenset({MessageStatus.QUEUED, MessageStatus.SETTLED}),
    MessageStatus.SKIPPED: frozenset(),
    MessageStatus.SETTLED: frozenset(),
}

#: These ask for somebody: the patient may know nothing of what was written.
NEEDS_SOMEBODY = (MessageStatus.UNSURE, MessageStatus.FAILED)

#: The night of a clinic that has said nothing else.
USUAL_QUIET_FROM, USUAL_QUIET_UNTIL = time(20), time(8)

#: After so many closed days in a row a text goes anyway.
MOST_QUIET_DAYS = 30

#: A provider that does not answer is tried again after so many minutes, then given up.
TRY_AGAIN_MINUTES = (1, 5, 15, 30, 60)


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody is reached: a channel, or "" with the reason why not."""

    channel: str
    why_not: str = ""
    #: There is a telephone, and no text can be sent to it: the desk rings.
    needs_call: bool = False


def way_to_reach(
    preference: str, *, email: str, phone: str, by_email: bool, by_sms: bool, phone_typed: str = ""
) -> Way:
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
        return Way("", "messages are off")
    if by_sms and phone_typed and not phone:
        return Way("", "no number to dial: ring", needs_call=True)
    return Way("", "no address")


def quiet_until_or_none(
    now: datetime, *, begins: time | None, ends: time | None, closed_days: Collection[date]
) -> datetime | None:
    """When texts may go again, by the clinic's clock in ``now``; None where they may go now.

    The night runs from ``begins`` to ``ends``, over midnight or not; on a closed day nobody is disturbed at all.
    """
    at = now
    for _ in range(MOST_QUIET_DAYS):
        if at.date() in closed_days:
            at = datetime.combine(at.date() + timedelta(days=1), ends or time(), at.tzinfo)
        elif begins is None or ends is None or begins == ends:
            break
        elif _is_at_night(at.time(), begins, ends):
            day = at.date() if at.time() < ends else at.date() + timedelta(days=1)
            at = datetime.combine(day, ends, at.tzinfo)
        else:
            break
    return at if at > now else None


def _is_at_night(at: time, begins: time, ends: time) -> bool:
    return begins <= at < ends if begins < ends else at >= begins or at < ends


def wait_before_next_attempt_or_none(attempts: int) -> timedelta | None:
    """How long to wait after so many vain attempts; None where it is time to give up."""
    if attempts > len(TRY_AGAIN_MINUTES):
        return None
    return timedelta(minutes=TRY_AGAIN_MINUTES[attempts - 1])


class NotSent(Exception):
    """The provider refused, or was never reached: the message has surely not gone out."""
