"""An iCalendar file (RFC 5545) as times somebody is busy, or the reason why it cannot be one.

All or nothing: a file with one event that cannot be read is refused, because the time that is missing
would be booked. What an event is about is never kept.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component
from icalendar.prop import vPeriod
from icalendar.timezone import tzp

from mesoclinic.core.findings import Refused
from mesoclinic.core.periods import Period
from treatments.schedule.rules.availability import instant_of_clock
from treatments.schedule.rules.feeds import (
    BUSY_AHEAD,
    MOST_A_DAY,
    MOST_BYTES,
    MOST_EVENTS,
    MOST_TIMES,
    repeats_too_often_a_day,
)

#: What a time is read from. The others of a file (to-dos, journals, alarms) make nobody busy.
_TIMED = ("VEVENT", "VFREEBUSY")

_WHEN = {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "FREEBUSY"}


@dataclass(frozen=True)
class BusyTime:
    """One time of one event."""

    uid: str
    period: Period


@dataclass(frozen=True)
class BusyFile:
    """When somebody is busy, and every event of the file by its id."""

    times: list[BusyTime]
    uids: frozenset[str]
    #: Events that make nobody busy: cancelled, or marked as free.
    free: int


#: The library remembers for the whole process what a file says of a time zone, and believes the first one.
_ONE_AT_A_TIME = threading.Lock()


def read_busy_file(content: bytes, *, zone: ZoneInfo, now: datetime) -> BusyFile:
    """The busy times from now on, a year ahead. A time without a zone is by ``zone``, the clinic's.

    Raises ``Refused`` with what is wrong and what to do.
    """
    with _ONE_AT_A_TIME:
        tzp.use_default()  # nothing of the file before this one, which was somebody else's
        return _read_busy_times(content, zone, now)


def _read_busy_times(content: bytes, zone: ZoneInfo, now: datetime) -> BusyFile:
    calendars = _parse_calendars(content)
    events = [e for c in calendars for e in c.walk() if e.name in _TIMED]
    if not events:
        raise _unreadable_file_refusal(
            "There is no event in this file. Export the calendar once more, with its events."
        )
    if len(events) > MOST_EVENTS:
        raise _unreadable_file_refusal(
            f"The file holds more than {MOST_EVENTS:,} events. Export the coming year only."
        )
    for number, event in enumerate(events, start=1):
        _refuse_unclear_event(event, number)
    whole = Period(now, now + BUSY_AHEAD)
    times: dict[tuple[str, datetime], BusyTime] = {}
    free = 0
    for calendar in calendars:
        for uid, start, end, busy in _event_times_with_busy_flag(calendar, whole):
            if not busy:
                free += 1
                continue
            period = _period_on_clinic_clock_or_none(start, end, zone)
            if period is None or not period.overlaps(whole):
                continue
            times[uid, period.start] = BusyTime(uid, period)
            if len(times) > MOST_TIMES:
                raise _unreadable_file_refusal(
                    f"The file holds more than {MOST_TIMES:,} busy times. Export the coming year only."
                )
    ordered = sorted(times.values(), key=lambda t: (t.period, t.uid))
    return BusyFile(ordered, frozenset(_event_id_or_start(e) for e in events), free)


def _unreadable_file_refusal(message: str) -> Refused:
    return Refused.because(message, code="busy:file", where="file")


def _parse_calendars(content: bytes) -> list[Component]:
    if len(content) > MOST_BYTES:
        raise _unreadable_file_refusal("The file is larger than 2 MB. Export the coming year only.")
    if b"\0" in content:
        raise _unreadable_file_refusal("This is no calendar file. Choose one that ends in .ics.")
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable_file_refusal(
            f"The file is not UTF-8 at byte {error.start + 1:,}, as calendar files are. Export it once more."
        ) from error
    if b"BEGIN:" not in content.upper():
        raise _unreadable_file_refusal(
            "This is no calendar file: it does not begin with BEGIN:VCALENDAR. Choose one that ends in .ics."
        )
    try:
        parts = Component.from_ical(
            _move_time_zones_before_events(content.removeprefix(b"\xef\xbb\xbf")), multiple=True
        )
    except Exception as error:  # the library raises whatever its parsers do
        raise _unreadable_file_refusal(
            f"The file cannot be read: {_parser_error_text(error)}. Export it once more."
        ) from error
    found = [p for p in parts if p is not None]
    if not found:
        raise _unreadable_file_refusal(
            "The file is cut off: what begins in it does not end. Export it once more."
        )
    loose = [p for p in found if p.name != "VCALENDAR"]
    if not loose:
        return found
    # A single event, as some programs attach it to a message.
    around = Calendar()
    for part in loose:
        around.add_component(part)
    return [around, *(p for p in found if p.name == "VCALENDAR")]


def _move_time_zones_before_events(content: bytes) -> bytes:
    """The file with its time zones before its events: the library reads a zone only from what stands above."""
    head: list[bytes] = []
    zones: list[bytes] = []
    rest: list[bytes] = []
    in_zone = False
    for line in content.splitlines(keepends=True):
        name = line.strip().upper()
        if not head and not rest and name == b"BEGIN:VCALENDAR":
            head.append(line)
            continue
        in_zone = in_zone or name == b"BEGIN:VTIMEZONE"
        (zones if in_zone else rest).append(line)
        in_zone = in_zone and name != b"END:VTIMEZONE"
    if not head or not zones or in_zone:
        return content
    if not zones[-1].endswith((b"\n", b"\r")):
        zones.append(b"\r\n")
    return b"".join([*head, *zones, *rest])


def _parser_error_text(error: Exception) -> str:
    """The library's words where they are about the file; where its code failed on it, ours."""
    words = " ".join(str(error).split())
    if not isinstance(error, ValueError) or not words:
        return "something in it is not written as calendars are (RFC 5545), or stands twice"
    return words[:120]


def _refuse_unclear_event(event: Component, number: int) -> None:
    """Refuse an event whose time cannot be trusted: it is named by its place, not by what it is about."""
    where = f"Event {number}"
    for name, words in event.errors:
        if name is None or name.upper() in _WHEN:
            raise _unreadable_file_refusal(
                f"{where} cannot be read: {name or 'a line'}: {_parser_error_text(ValueError(words))}. "
                "Mend or delete it in the other calendar, and export again."
            )
    if event.name == "VFREEBUSY":
        return
    start = event.get("DTSTART")
    if start is None:
        raise _unreadable_file_refusal(
            f"{where} does not say when it starts. Mend or delete it in the other calendar, and export again."
        )
    for name in ("UID", "SEQUENCE", "DTSTART", "DTEND", "RECURRENCE-ID"):
        value = event.get(name)
        if isinstance(value, list):
            raise _unreadable_file_refusal(f"{where} says {name} twice. Mend it in the other calendar.")
        if name not in ("UID", "SEQUENCE"):
            _refuse_unknown_zone(value, where)
    first, last = start.dt, getattr(event.get("DTEND"), "dt", None)
    if last is not None and isinstance(first, datetime) != isinstance(last, datetime):
        raise _unreadable_file_refusal(
            f"{where} starts at a time of day and ends on a whole day, or the reverse. Mend it in the other calendar."
        )
    if last is not None and _comparable_time_in_utc(last) < _comparable_time_in_utc(first):
        raise _unreadable_file_refusal(
            f"{where} ends before it starts. Mend or delete it in the other calendar, and export again."
        )
    lists = event.get("RRULE")
    for rule in lists if isinstance(lists, list) else [lists] if lists else []:
        if repeats_too_often_a_day(rule):
            raise _unreadable_file_refusal(
                f"{where} repeats more than {MOST_A_DAY} times a day: that is no appointment."
            )


def _refuse_unknown_zone(value: Any, where: str) -> None:
    """A zone that neither the file nor anybody else describes leaves a time without an hour."""
    if value is None:
        return
    named = value.params.get("TZID") if hasattr(value, "params") else None
    at = value.dt
    if named and isinstance(at, datetime) and at.tzinfo is None:
        raise _unreadable_file_refusal(
            f"{where} is in the time zone “{str(named)[:60]}”, which the file does not describe. "
            "Export it with its time zones, or in UTC."
        )


def _comparable_time_in_utc(at: date) -> tuple[Any, ...]:
    if isinstance(at, datetime):
        return (
            (at.replace(tzinfo=None),)
            if at.tzinfo is None
            else (at.astimezone(ZoneInfo("UTC")).replace(tzinfo=None),)
        )
    return (at,)


def _event_id_or_start(event: Component) -> str:
    """Its id in the other calendar; of one that has none, what tells it from the others: its start."""
    uid = str(event.get("UID", "")).strip()
    if uid:
        return uid[:255]
    start = event.get("DTSTART")
    return f"no id, {start.to_ical().decode() if start is not None else 'free-busy'}"[:255]


def _event_times_with_busy_flag(calendar: Component, whole: Period) -> Iterator[tuple[str, date, date, bool]]:
    """Id, start, end of every time of every event, and whether it makes anybody busy."""
    try:
        occurrences = recurring_ical_events.of(calendar, skip_bad_series=False).between(
            whole.start - timedelta(days=1), whole.end
        )
    except Exception as error:
        raise _unreadable_file_refusal(
            f"When its events repeat cannot be worked out: {_parser_error_text(error)}. "
            "Mend the event in the other calendar, and export again."
        ) from error
    for event in occurrences:
        yield _event_id_or_start(event), event.start, event.end, _event_blocks_time(event)
    for block in calendar.walk("VFREEBUSY"):
        yield from _times_of_free_busy_block(block)


def _event_blocks_time(event: Component) -> bool:
    cancelled = str(event.get("STATUS", "")).upper() == "CANCELLED"
    transparent = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    return not cancelled and not transparent


def _times_of_free_busy_block(block: Component) -> Iterator[tuple[str, date, date, bool]]:
    rows = block.get("FREEBUSY", [])
    for row in rows if isinstance(rows, list) else [rows]:
        kind = str(row.params.get("FBTYPE", "BUSY")).upper()
        periods = [row] if isinstance(row, vPeriod) else getattr(row, "dts", [row])
        for period in periods:
            if not hasattr(period, "start"):
                raise _unreadable_file_refusal(
                    "A free-busy block holds a day where a time from and to belongs. Export it once more."
                )
            yield _event_id_or_start(block), period.start, period.end, kind != "FREE"


def _period_on_clinic_clock_or_none(start: date, end: date, zone: ZoneInfo) -> Period | None:
    """By the clinic's clock where the event names none; whole days from midnight to midnight."""
    first, last = _instant_on_clinic_clock(start, zone), _instant_on_clinic_clock(end, zone)
    if not isinstance(start, datetime) and first == last:
        last = _instant_on_clinic_clock(start + timedelta(days=1), zone)
    return Period(first, last) if first < last else None


def _instant_on_clinic_clock(at: date, zone: ZoneInfo) -> datetime:
    if not isinstance(at, datetime):
        return instant_of_clock(at, time(), zone)
    if at.tzinfo is None:
        return instant_of_clock(at.date(), at.time(), zone)
    return at.astimezone(ZoneInfo("UTC"))
