"""Who waits for what, and who is asked first when a time frees. No Django here."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from mesoclinic.core.findings import Finding, block
from mesoclinic.core.periods import Period
from mesoclinic.core.wording import day_text

#: No visit is longer than eight hours.
MOST_MINUTES = 480


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


def fits_preferences(
    preferences: Preferences, start: datetime, end: datetime, clinician: int, room: int
) -> bool:
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


def turns_in_fair_order(turns: Iterable[Turn]) -> list[Turn]:
    """Whom to ask first: a course that is falling behind, the furthest first; then the longest waiting.

    Nobody is passed over for having declined before, and nothing else about a person counts.
    """
    return sorted(turns, key=lambda s: (-s.late_days, s.added_at, s.entry))


#: Less than this is no time that came free: a visit was moved by a few minutes.
LEAST_FREED = timedelta(minutes=15)


def net_freed_periods(freed: Period, taken: Iterable[Period]) -> list[Period]:
    """What is left of a time that came free: without what was taken again, and without scraps."""
    return [left for left in freed.without(taken) if left == freed or left.length >= LEAST_FREED]


def one_time_for_each(candidates_by_time: Iterable[tuple[int, Sequence[int]]]) -> dict[int, int]:
    """By entry: the one time to offer it. Each time goes to the first in its order who has none yet.

    ``candidates_by_time``: each time, the soonest first, with the entries it suits in fair order.
    """
    given: dict[int, int] = {}
    for time_pk, entries in candidates_by_time:
        chosen = next((entry for entry in entries if entry not in given), None)
        if chosen is not None:
            given[chosen] = time_pk
    return given


def how_long_waiting_text(turn: Turn, today: date, added_on: date) -> str:
    """The place on the list in words, for the desk: “Waiting since 3 Mar 2027 (12 days)”, “Waiting since today”."""
    days = (today - added_on).days
    since = (
        f"waiting since {day_text(added_on)} ({_number_of_days_text(days)})"
        if days
        else "waiting since today"
    )
    if turn.late_days:
        return f"Session {turn.session} is then {_number_of_days_text(turn.late_days)} past its protocol; {since}"
    return since[0].upper() + since[1:]


def _number_of_days_text(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def check_offer_hours_in_range(hours: int) -> Finding | None:
    """What stands against offers that stand so long: an hour to two weeks."""
    if 1 <= hours <= 336:
        return None
    message = "An offer stands for 1 hour to 336 hours (two weeks)."
    return block("waiting:offer-hours", message, fixed=True, where="offer_hours")


def check_patient_may_wait(
    *, closed: bool, is_session: bool, of_patient: bool, plan_status: str, has_open_sessions: bool
) -> list[Finding]:
    """Whether this patient may wait for this. ``plan_status`` is empty where the plan may be booked."""

    def finding_about_kind(code: str, message: str) -> list[Finding]:
        """One finding, at the field of what they wait for."""
        return [block(code, message, fixed=True, where="kind")]

    if closed:
        message = "Nobody waits on this record: the patient has died, or it was merged with another."
        return finding_about_kind("wait:patient", message)
    if not is_session:
        return []
    if not of_patient:
        return finding_about_kind("wait:plan", "A session belongs to a plan of this patient. Choose one.")
    if plan_status:
        return finding_about_kind("wait:plan", f"The plan is {plan_status}: accept its quote first.")
    if not has_open_sessions:
        message = "Every session of this plan has its time already. Move one of them instead."
        return finding_about_kind("wait:plan", message)
    return []


def check_clinician_works_room_in_use(*, gone: str, room_in_use: bool) -> list[Finding]:
    """``gone`` names the clinician asked for who no longer works here."""
    findings = []
    if gone:
        message = f"{gone} no longer works here. Choose somebody else, or anybody."
        findings.append(block("wait:clinician", message, fixed=True, where="clinician"))
    if not room_in_use:
        message = "This room is not in use here. Choose another, or any."
        findings.append(block("wait:room", message, fixed=True, where="room"))
    return findings


def check_preferences_possible(
    minutes: int,
    not_before: time | None,
    not_after: time | None,
    from_day: date,
    until_day: date | None,
    today: date,
) -> list[Finding]:
    """Preferences that no time can meet."""
    findings: list[Finding] = []

    def add_finding(code: str, message: str, where: str) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    if not 5 <= minutes <= MOST_MINUTES:
        message = f"{minutes} minutes is no appointment. Choose 5 minutes to 8 hours."
        add_finding("wait:length", message, "minutes")
    if not_before and not_after:
        room_for = datetime.combine(today, not_after) - datetime.combine(today, not_before)
        if room_for < timedelta(minutes=minutes):
            message = (
                f"Between {not_before:%H:%M} and {not_after:%H:%M} there is no room for {minutes} minutes. "
                "Choose a later end or an earlier start."
            )
            add_finding("wait:hours", message, "not_after")
    if until_day is not None and until_day < from_day:
        add_finding("wait:days", "The last day comes before the first.", "until_day")
    elif until_day is not None and until_day < today:
        add_finding("wait:past", "The last day has passed. Choose a later one.", "until_day")
    return findings


def check_not_waiting_already(*, waits_already: bool) -> Finding | None:
    """Why somebody is not put on the list: they wait for this already."""
    if not waits_already:
        return None
    message = "This patient is on the waiting list for this already. Take them off it first, or leave them."
    return block("wait:twice", message, fixed=True, where="kind")


def check_still_waits(*, waits: bool, status: str, look_again: bool = True) -> Finding | None:
    """Why nothing is done with somebody on the list: they no longer wait. ``status`` in words."""
    if waits:
        return None
    ending = " Look at the list again." if look_again else ""
    return _unoverridable_block("wait:state", f"This patient no longer waits: {status}.{ending}")


def check_offer_is_early_enough(*, latest_answer: datetime, now: datetime) -> Finding | None:
    """Why a time is not offered: there would be no time left to answer."""
    if latest_answer > now:
        return None
    return _unoverridable_block(
        "offer:late", "This time is too near to be offered. Ring the patient and book it."
    )


def check_no_other_open_offer(*, expires_at: datetime, now: datetime) -> Finding | None:
    """Why no second time is offered: another one stands open until ``expires_at``."""
    if expires_at <= now:
        return None
    message = "This patient has an open offer of another time. Note their answer to that one first."
    return _unoverridable_block("offer:open", message)


def check_offer_can_be_accepted(
    *, is_made: bool, status: str, expires_at: datetime, now: datetime
) -> Finding | None:
    """Why an offer cannot be accepted: it was answered, or it has expired. ``status`` in words."""
    if not is_made:
        message = f"This offer is {status}. Offer a time again from the waiting list."
        return _unoverridable_block("offer:state", message)
    if expires_at <= now:
        message = "This offer has expired. Offer the time again from the waiting list if it is still free."
        return _unoverridable_block("offer:expired", message)
    return None


def check_offer_can_be_declined(*, is_made: bool, status: str) -> Finding | None:
    """Why an offer cannot be declined: it was answered otherwise. ``status`` in words."""
    if is_made:
        return None
    return _unoverridable_block("offer:state", f"This offer is {status}: it cannot be declined.")


def check_course_has_open_session(*, is_full: bool) -> Finding | None:
    """Why nothing is booked for a plan: every session of it has its time."""
    if not is_full:
        return None
    return _unoverridable_block(
        "wait:plan", "Every session of this plan has its time by now. Take the patient off the list."
    )


def _unoverridable_block(code: str, message: str) -> Finding:
    return block(code, message, fixed=True)
