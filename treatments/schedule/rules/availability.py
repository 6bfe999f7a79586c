"""Free times: working hours less what is taken, by the clinic's clock. No Django here."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mesoclinic.core.findings import Finding, block, note
from mesoclinic.core.periods import Period
from mesoclinic.core.wording import day_text


def zone_text(time_zone: str) -> str:
    """A zone as the screens name it: “New York time”."""
    return f"{time_zone.rpartition('/')[2].replace('_', ' ')} time"


def _period_in_utc(period: Period) -> Period:
    return Period(period.start.astimezone(UTC), period.end.astimezone(UTC))


def merged_periods(periods: Iterable[Period]) -> list[Period]:
    """The same time in as few periods as can be, in order and in UTC."""
    out: list[Period] = []
    for period in sorted(_period_in_utc(p) for p in periods):
        if out and period.start <= out[-1].end:
            out[-1] = Period(out[-1].start, max(out[-1].end, period.end))
        else:
            out.append(period)
    return out


def free_slots(
    open_times: Iterable[Period],
    busy: Iterable[Period],
    length: timedelta,
    step: timedelta,
    not_before: datetime,
) -> list[Period]:
    """Every time of ``length`` inside the open times that is not busy, in order.

    Slots start on the open time's own grid of ``step``, so that they read 9:00, 9:15, 9:30 whatever
    ended at 9:10:

        open     |-----------------|
        busy        ###
        slots    |--|    |--|--|--|
    """
    if length <= timedelta(0) or step <= timedelta(0):
        raise ValueError("a slot has a length, and starts every so often")
    taken = merged_periods(busy)
    ends = [period.end for period in taken]

    def is_taken(slot: Period) -> bool:
        """Merged periods are in order: only the first that ends after the slot begins can meet it."""
        place = bisect_right(ends, slot.start)
        return place < len(taken) and taken[place].start < slot.end

    return [
        slot
        for open_time in merged_periods(open_times)
        for slot in open_time.periods_starting_every(length, step)
        if slot.start >= not_before and not is_taken(slot)
    ]


def nearest_periods(slots: Iterable[Period], wanted: datetime, n: int = 3) -> list[Period]:
    """The ``n`` slots that start nearest to ``wanted``, nearest first; of two, the earlier."""
    return sorted(slots, key=lambda s: (abs(s.start - wanted), s.start))[:n]


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Open on a weekday (0 is Monday) by the clinic's clock; closing at or before opening is tomorrow."""

    weekday: int
    opens: time
    closes: time


def instant_of_clock(day: date, clock: time, tz: ZoneInfo, *, last: bool = False) -> datetime:
    """The instant, in UTC, when the clinic's clock shows ``clock`` on ``day``.

    A time the clock shows twice is the first one, or the last where asked; a time it skips is read
    as if it had not been put forward: 02:30 is 03:30. :func:`check_time_exists_once_on_clock` says both to people.
    """
    local = datetime.combine(day, clock.replace(fold=0), tz)
    if last and not _is_skipped_by_clock(local):
        local = local.replace(fold=1)
    return local.astimezone(UTC)


def _is_skipped_by_clock(local: datetime) -> bool:
    """Whether no clock in its zone ever shows this time."""
    first = local.replace(fold=0)
    seen = first.astimezone(UTC).astimezone(local.tzinfo)
    return seen.replace(tzinfo=None) != first.replace(tzinfo=None)


def check_time_exists_once_on_clock(day: date, clock: time, tz: ZoneInfo) -> Finding | None:
    """Says so where the clinic's clock skips this time, or shows it twice; None on other days."""
    local = datetime.combine(day, clock.replace(fold=0), tz)
    code, named = f"clock:{day}T{clock:%H:%M}", f"{clock:%H:%M} on {day_text(day)}"
    where = "starts_at"
    if _is_skipped_by_clock(local):
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


def texts_of_repeated_clock_time(day: date, clock: time, tz: ZoneInfo) -> tuple[str, str]:
    """The two instants of a time that the clock shows twice, by the names of their hours: EDT, EST."""
    first, last = (instant_of_clock(day, clock, tz, last=last) for last in (False, True))
    return (
        f"{first.astimezone(tz):%H:%M %Z} (UTC{first.astimezone(tz):%z})",
        f"{last.astimezone(tz):%H:%M %Z} (UTC{last.astimezone(tz):%z})",
    )


def day_period(day: date, tz: ZoneInfo) -> Period:
    """The clinic's whole day: 23, 24 or 25 hours."""
    return Period(instant_of_clock(day, time(), tz), instant_of_clock(day + timedelta(days=1), time(), tz))


def open_times_on(day: date, weekly: Iterable[WeeklyHours], tz: ZoneInfo) -> list[Period]:
    """When the clinic is open on ``day``, in order and in UTC; nothing on a day the zone skips."""
    if _is_skipped_by_clock(datetime.combine(day, time(12), tz)):
        # Pacific/Apia went from 29 to 31 December 2011.
        return []
    found = []
    for row in weekly:
        if row.weekday != day.weekday():
            continue
        closing_day = day if row.closes > row.opens else day + timedelta(days=1)
        start = instant_of_clock(day, row.opens, tz)
        end = instant_of_clock(closing_day, row.closes, tz, last=True)
        if start < end:
            found.append(Period(start, end))
    return merged_periods(found)
