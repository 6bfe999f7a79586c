"""Who waits for what, and who is asked first when a time frees. No Django here."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from mesoclinic.core.findings import Finding, block
from mesoclinic.core.wording import day_words


class WaitingListStatus(StrEnum):
    WAITING = "waiting"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


#: Somebody who wants to wait again is put on the list again, at its end.
WAITING_LIST_MOVES: dict[WaitingListStatus, frozenset[WaitingListStatus]] = {
    WaitingListStatus.WAITING: frozenset(
        {WaitingListStatus.BOOKED, WaitingListStatus.WITHDRAWN, WaitingListStatus.LAPSED}
    ),
    WaitingListStatus.BOOKED: frozenset(),
    WaitingListStatus.WITHDRAWN: frozenset(),
    WaitingListStatus.LAPSED: frozenset(),
}


class OfferStatus(StrEnum):
    MADE = "made"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


#: An answer is final. An offer holds nothing: only accepting it books.
OFFER_MOVES: dict[OfferStatus, frozenset[OfferStatus]] = {
    OfferStatus.MADE: frozenset({OfferStatus.ACCEPTED, OfferStatus.DECLINED, OfferStatus.EXPIRED}),
    OfferStatus.ACCEPTED: frozenset(),
    OfferStatus.DECLINED: frozenset(),
    OfferStatus.EXPIRED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody waits for, by the clinic's clock; None and an empty list mean any."""

    clinician: int | None = None
    room: int | None = None
    #: 0 is Monday.
    weekdays: Collection[int] = ()
    #: The visit begins no earlier, and is over no later.
    not_before: time | None = None
    not_after: time | None = None
    from_day: date | None = None
    until_day: date | None = None


def fits(preferences: Preferences, start: datetime, end: datetime, clinician: int, room: int) -> bool:
    """Whether a visit from ``start`` to ``end`` (both on the clinic's clock) is what they wait for."""
    day = start.date()
    # A visit that runs past midnight is over later than any time of its own day.
    over = end.time() if end.date() == day else time.max
    return (
        preferences.clinician in (None, clinician)
        and preferences.room in (None, room)
        and (not preferences.weekdays or start.weekday() in preferences.weekdays)
        and (preferences.not_before is None or start.time() >= preferences.not_before)
        and (preferences.not_after is None or over <= preferences.not_after)
        and (preferences.from_day is None or day >= preferences.from_day)
        and (preferences.until_day is None or day <= preferences.until_day)
    )


@dataclass(frozen=True, slots=True)
class Turn:
    """Where somebody stands on the list, for one time that is free."""

    entry: int
    added_at: datetime
    #: Days that the free time is past the latest day of the protocol; 0 where it is not.
    late_days: int = 0
    session: int | None = None


def fair_order(turns: Iterable[Turn]) -> list[Turn]:
    """Whom to ask first: a course that is falling behind, the furthest first; then the longest waiting.

    Nobody is passed over for having declined before, and nothing else about a person counts.
    """
    return sorted(turns, key=lambda s: (-s.late_days, s.added_at, s.entry))


def why_so(turn: Turn, today: date, added_on: date) -> str:
    """The place on the list in words, for the desk: “Waiting since 3 Mar 2027 (12 days)”."""
    days = (today - added_on).days
    since = f"waiting since {day_words(added_on)} ({_days(days)})"
    if turn.late_days:
        return f"Session {turn.session} is then {_days(turn.late_days)} past its protocol; {since}"
    return since[0].upper() + since[1:]


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def offer_hours_finding(hours: int) -> Finding | None:
    """What stands against offers that stand so long: an hour to two weeks."""
    if 1 <= hours <= 336:
        return None
    message = "An offer stands for 1 hour to 336 hours (two weeks)."
    return block("waiting:offer-hours", message, fixed=True, where="offer_hours")
