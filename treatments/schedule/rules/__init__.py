"""When there is time, how long a session takes, and how an appointment moves on. No Django here.

Every period that comes out is in UTC: arithmetic between two instants of one zone counts what the
clock on the wall shows, and is an hour wrong on the two days the clock changes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from mesoclinic.core.findings import Finding, block, note, ok, warn
from mesoclinic.core.periods import Period
from patients.rules import day_words
from treatments.plans.rules import gaps


class AppointmentStatus(StrEnum):
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    IN_TREATMENT = "in_treatment"
    DONE = "done"
    CANCELLED = "cancelled"
    LATE_CANCELLED = "late_cancelled"
    NO_SHOW = "no_show"


_GIVEN_UP = {AppointmentStatus.CANCELLED, AppointmentStatus.LATE_CANCELLED, AppointmentStatus.NO_SHOW}

MOVES: dict[AppointmentStatus, frozenset[AppointmentStatus]] = {
    AppointmentStatus.BOOKED: frozenset({AppointmentStatus.CONFIRMED, AppointmentStatus.ARRIVED, *_GIVEN_UP}),
    AppointmentStatus.CONFIRMED: frozenset({AppointmentStatus.ARRIVED, *_GIVEN_UP}),
    # Back to booked where the wrong patient was checked in; some leave before they are treated.
    AppointmentStatus.ARRIVED: frozenset(
        {AppointmentStatus.IN_TREATMENT, AppointmentStatus.BOOKED, AppointmentStatus.LATE_CANCELLED}
    ),
    AppointmentStatus.IN_TREATMENT: frozenset({AppointmentStatus.DONE, AppointmentStatus.ARRIVED}),
    AppointmentStatus.DONE: frozenset(),
    AppointmentStatus.CANCELLED: frozenset(),
    AppointmentStatus.LATE_CANCELLED: frozenset(),
    # Late, but here after all: if nobody else has taken the time by now.
    AppointmentStatus.NO_SHOW: frozenset({AppointmentStatus.ARRIVED}),
}

#: Nothing of it changes any more, its time least of all (a missed one may still arrive).
OVER = frozenset({AppointmentStatus.DONE, *_GIVEN_UP})

#: These keep clinician, room and patient busy; the exclusion constraints count them and no others.
ACTIVE = frozenset(AppointmentStatus) - _GIVEN_UP


def can_move(state: str, to: str) -> bool:
    return AppointmentStatus(to) in MOVES[AppointmentStatus(state)]


def next_states(state: str) -> list[AppointmentStatus]:
    """Where an appointment may go from here, in the order of the enum."""
    return [to for to in AppointmentStatus if to in MOVES[AppointmentStatus(state)]]


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long a session takes: minutes by area, and what is added. A clinic may set its own."""

    #: (up to this many cm², minutes). Published durations run from 10 to 40 minutes without saying
    #: for which area (domain README §6: 10-15 [FITEST][APARICIO], 15-20 [DRECE], 10-30 [NADIA],
    #: 20-40 [MEDJOUR], about 40 [LAKERS]); spread over small to whole scalp they are these [GK].
    steps: Sequence[tuple[Decimal, int]] = (
        (Decimal(50), 15),
        (Decimal(100), 20),
        (Decimal(200), 30),
        (Decimal(500), 40),
    )
    #: Above the last step, for each further 100 cm² begun.
    per_100_cm2: int = 10
    #: Added for a technique: epidermic product is taken up in 3-7 min, PRP takes 30-60 in all
    #: (protocols.csv); single deep points are slower than nappage [GK].
    technique: Mapping[str, int] = field(
        default_factory=lambda: {"epidermic": 5, "papule": 5, "point by point": 5, "prp": 20}
    )
    #: Consent, photographs and questions of a first session [GK].
    first: int = 15


USUAL_LENGTHS = Lengths()


def session_minutes(
    area_cm2: Decimal, technique: str = "", first: bool = False, lengths: Lengths = USUAL_LENGTHS
) -> int:
    """Minutes to book for a session, rounded up to five.

    ``technique`` is a code or a sentence ("nappage (+ point by point in bald zones)"); the slowest
    technique it names counts.
    """
    if area_cm2 < 0:
        raise ValueError("an area is not below zero")
    for limit, step in lengths.steps:
        minutes = step
        if area_cm2 <= limit:
            break
    else:
        hundreds = ((area_cm2 - limit) / 100).to_integral_value(rounding=ROUND_CEILING)
        minutes += int(hundreds) * lengths.per_100_cm2
    named = technique.lower().replace("_", " ").replace("-", " ")
    minutes += max((m for t, m in lengths.technique.items() if t in named), default=0)
    minutes += lengths.first if first else 0
    return -(-minutes // 5) * 5


def _in_utc(period: Period) -> Period:
    return Period(period.start.astimezone(UTC), period.end.astimezone(UTC))


def merged(periods: Iterable[Period]) -> list[Period]:
    """The same time in as few periods as can be, in order and in UTC."""
    out: list[Period] = []
    for period in sorted(_in_utc(p) for p in periods):
        if out and period.start <= out[-1].end:
            out[-1] = Period(out[-1].start, max(out[-1].end, period.end))
        else:
            out.append(period)
    return out


def free_slots(
    openings: Iterable[Period],
    busy: Iterable[Period],
    length: timedelta,
    step: timedelta,
    not_before: datetime,
) -> list[Period]:
    """Every time of ``length`` inside the openings that is not busy, in order.

    Slots start on the opening's own grid of ``step``, so that they read 9:00, 9:15, 9:30 whatever
    ended at 9:10:

        opening  |-----------------|
        busy        ###
        slots    |--|    |--|--|--|
    """
    if length <= timedelta(0) or step <= timedelta(0):
        raise ValueError("a slot has a length, and starts every so often")
    taken = merged(busy)
    return [
        slot
        for opening in merged(openings)
        for slot in opening.steps(length, step)
        if slot.start >= not_before and not any(slot.overlaps(b) for b in taken)
    ]


def nearest(slots: Iterable[Period], wanted: datetime, n: int = 3) -> list[Period]:
    """The ``n`` slots that start nearest to ``wanted``, nearest first; of two, the earlier."""
    return sorted(slots, key=lambda s: (abs(s.start - wanted), s.start))[:n]


@dataclass(frozen=True, slots=True)
class WeeklyOpening:
    """Open on a weekday (0 is Monday) by the clinic's clock; closing at or before opening is tomorrow."""

    weekday: int
    opens: time
    closes: time


def instant(day: date, clock: time, tz: ZoneInfo, *, last: bool = False) -> datetime:
    """The instant, in UTC, when the clinic's clock shows ``clock`` on ``day``.

    A time the clock shows twice is the first one, or the last where asked; a time it skips is read
    as if it had not been put forward: 02:30 is 03:30. :func:`clock_finding` says both to people.
    """
    local = datetime.combine(day, clock.replace(fold=0), tz)
    if last and not _skipped(local):
        local = local.replace(fold=1)
    return local.astimezone(UTC)


def _skipped(local: datetime) -> bool:
    """Whether no clock in its zone ever shows this time."""
    first = local.replace(fold=0)
    seen = first.astimezone(UTC).astimezone(local.tzinfo)
    return seen.replace(tzinfo=None) != first.replace(tzinfo=None)


def clock_finding(day: date, clock: time, tz: ZoneInfo) -> Finding | None:
    """Says so where the clinic's clock skips this time, or shows it twice; None on other days."""
    local = datetime.combine(day, clock.replace(fold=0), tz)
    code, named = f"clock:{day}T{clock:%H:%M}", f"{clock:%H:%M} on {day_words(day)}"
    where = "starts_at"
    if _skipped(local):
        read_as = local.astimezone(UTC).astimezone(tz)
        message = (
            f"{named} does not exist: the clocks are put forward over it. "
            f"Choose {read_as:%H:%M}, or another time."
        )
        return block(code, message, fixed=True, where=where)
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        message = f"{named} comes twice: the clocks are put back. Choose the first or the second."
        return note(code, message, where=where)
    return None


def both_readings(day: date, clock: time, tz: ZoneInfo) -> tuple[str, str]:
    """The two instants of a time that the clock shows twice, by the names of their hours: EDT, EST."""
    first, last = (instant(day, clock, tz, last=last) for last in (False, True))
    return (
        f"{first.astimezone(tz):%H:%M %Z} (UTC{first.astimezone(tz):%z})",
        f"{last.astimezone(tz):%H:%M %Z} (UTC{last.astimezone(tz):%z})",
    )


def day_period(day: date, tz: ZoneInfo) -> Period:
    """The clinic's whole day: 23, 24 or 25 hours."""
    return Period(instant(day, time(), tz), instant(day + timedelta(days=1), time(), tz))


def openings_on(day: date, weekly: Iterable[WeeklyOpening], tz: ZoneInfo) -> list[Period]:
    """When the clinic is open on ``day``, in order and in UTC; nothing on a day the zone skips."""
    if _skipped(datetime.combine(day, time(12), tz)):
        # Pacific/Apia went from 29 to 31 December 2011.
        return []
    found = []
    for row in weekly:
        if row.weekday != day.weekday():
            continue
        closing_day = day if row.closes > row.opens else day + timedelta(days=1)
        start = instant(day, row.opens, tz)
        end = instant(closing_day, row.closes, tz, last=True)
        if start < end:
            found.append(Period(start, end))
    return merged(found)


def interval_finding(
    last_on: date | None, day: date, min_days: int | None = None, max_days: int | None = None
) -> Finding:
    """Whether ``day`` keeps the protocol's distance to the last session."""
    code, where = "interval", "starts_at"
    if last_on is None:
        return ok(code, "First session.", where=where)
    days = (day - last_on).days
    if days < 0:
        message = f"Before the last session on {day_words(last_on)}. Choose a later day."
        return block(code, message, where=where)
    gap = "1 day" if days == 1 else f"{days} days"
    if min_days is not None and days < min_days:
        soonest = day_words(last_on + timedelta(days=min_days))
        message = (
            f"{gap} since the last session; the protocol asks for at least {min_days}. "
            f"Book on {soonest} or later, or say why."
        )
        return warn(code, message, where=where)
    if max_days is not None and days > max_days:
        latest = day_words(last_on + timedelta(days=max_days))
        message = (
            f"{gap} since the last session; the protocol asks for at most {max_days}. "
            f"Book by {latest}, or say why."
        )
        return warn(code, message, where=where)
    return ok(code, f"{gap} since the last session.", where=where)


def interval_window(days: int) -> tuple[int, int]:
    """How early and how late a session may come where the protocol says ``days`` [GK].

    A day early for each week, half as long again late: 7 is 6 to 10, 30 is 26 to 45.
    """
    return days - days // 7, days + max(days // 2, 1)


def course_dates(
    first_day: date,
    intervals: Sequence[int],
    weekdays: Collection[int] = range(7),
    *,
    sessions: int | None = None,
    closed: Collection[date] = (),
) -> list[date]:
    """The days of a course, each on an allowed weekday (0 is Monday) and not closed.

    A day that is not allowed moves to the next that is, and the following ones count from there, so
    that no gap is ever shorter than the interval. ``sessions`` beyond the pattern repeat its end.
    """
    if not set(weekdays) & set(range(7)):
        raise ValueError("a course needs at least one weekday")

    def allowed(day: date) -> date:
        while day.weekday() not in weekdays or day in closed:
            day += timedelta(days=1)
        return day

    days = [allowed(first_day)]
    for gap in gaps(intervals, sessions or len(intervals) + 1):
        days.append(allowed(days[-1] + timedelta(days=gap)))
    return days


#: What people usually say; anything else may be typed. Nothing clinical.
CANCEL_REASONS = (
    "Ill",
    "Cannot come then",
    "Does not want to go on",
    "The clinician is away",
    "Booked by mistake",
)

#: Cancelling later than this before the start is late (pricing.md: 24 to 48 h, by contract).
NOTICE_HOURS = 24


def cancelled_as(starts_at: datetime, at: datetime, notice_hours: int = NOTICE_HOURS) -> AppointmentStatus:
    """What an appointment becomes when it is cancelled at ``at``; exactly in time is in time."""
    notice = starts_at.astimezone(UTC) - at.astimezone(UTC)
    if notice < timedelta(hours=notice_hours):
        return AppointmentStatus.LATE_CANCELLED
    return AppointmentStatus.CANCELLED


def cancel_finding(starts_at: datetime, at: datetime, notice_hours: int = NOTICE_HOURS) -> Finding | None:
    """Says before cancelling that it is late."""
    if cancelled_as(starts_at, at, notice_hours) is AppointmentStatus.CANCELLED:
        return None
    message = (
        f"Less than {notice_hours} hours' notice: this counts as a late cancellation. "
        "Say why: the reason stays with the visit."
    )
    return warn("cancel:late", message, where="status_reason")
