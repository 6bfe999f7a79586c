"""How a message to a patient moves, when it is tried again, and by which channel somebody is reached."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from mesoclinic.core.findings import Finding, block


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
    # What the provider reports afterwards: it did not arrive, or it did (status_after_delivery_or_none).
    MessageStatus.SENT: frozenset({MessageStatus.FAILED}),
    MessageStatus.UNSURE: frozenset(
        {MessageStatus.QUEUED, MessageStatus.SETTLED, MessageStatus.SENT, MessageStatus.FAILED}
    ),
    MessageStatus.FAILED: frozenset({MessageStatus.QUEUED, MessageStatus.SETTLED, MessageStatus.SENT}),
    MessageStatus.SKIPPED: frozenset(),
    MessageStatus.SETTLED: frozenset(),
}


class Delivery(StrEnum):
    """What the provider has reported of a message that it took. The furthest of all reports counts, in whatever order they come."""

    UNKNOWN = ""
    ON_ITS_WAY = "on_its_way"
    NOT_DELIVERED = "undelivered"
    #: A message that arrived has arrived, whatever else is told before or after.
    DELIVERED = "delivered"


_DELIVERY_ORDER = tuple(Delivery)


def furthest_delivery(known: str, told: Delivery) -> Delivery:
    """Of what is known and what is told now: the same in every order, and told twice."""
    return max(Delivery(known), told, key=_DELIVERY_ORDER.index)


def status_after_delivery_or_none(status: str, delivery: Delivery) -> MessageStatus | None:
    """What a message becomes by what is reported of it; None where it stays.

    One that is under way stays: whoever sends it asks again when its outcome is saved. One that waits to be sent once
    more and has arrived meanwhile is not sent; one that somebody has settled stays settled.
    """
    at = MessageStatus(status)
    if delivery == Delivery.DELIVERED:
        if at in (MessageStatus.UNSURE, MessageStatus.FAILED):
            return MessageStatus.SENT
        return MessageStatus.SKIPPED if at == MessageStatus.QUEUED else None
    if delivery == Delivery.NOT_DELIVERED and at in (MessageStatus.SENT, MessageStatus.UNSURE):
        return MessageStatus.FAILED
    if delivery == Delivery.ON_ITS_WAY and at == MessageStatus.UNSURE:
        return MessageStatus.SENT
    return None


#: These ask for somebody: the patient may know nothing of what was written.
NEEDS_SOMEBODY = (MessageStatus.UNSURE, MessageStatus.FAILED)

#: The night of a clinic that has said nothing else.
USUAL_QUIET_FROM, USUAL_QUIET_UNTIL = time(20), time(8)

#: After so many closed days in a row a text goes anyway.
MOST_QUIET_DAYS = 30

#: A provider that does not answer is tried again after so many minutes, then given up.
TRY_AGAIN_MINUTES = (1, 5, 15, 30, 60)


#: Why nothing goes to somebody who said, by the link in a message, that they want no more of its kind.
OPTED_OUT = "the patient wants no such messages"


def check_wants_messages(why_not: str) -> Finding | None:
    """Why the desk sends nothing, or None: nobody is written to against their word."""
    if why_not != OPTED_OUT:
        return None
    message = (
        "The patient has said by link that they want no such messages. Ring them. "
        "If they ask for these again, note their word under Messages wanted."
    )
    return block("message:opted-out", message, fixed=True)


#: What is noted when a patient asks for messages again is a few words at least.
LEAST_WORDS = 3


def check_words_of_patient(words: str) -> Finding | None:
    """Why messages are not begun again without the patient's own word, or None."""
    if len(words) >= LEAST_WORDS:
        return None
    message = "Write how the patient asked for these messages again, in a few words."
    return block("opt-out:words", message, fixed=True, where="words")


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


class TryLater(NotSent):
    """The provider has not taken it now, and would later: too many at once, or out of order."""
