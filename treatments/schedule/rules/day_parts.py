"""Morning and afternoon, and the first free time of each: what is offered of a day. No Django here."""

from collections.abc import Iterable
from datetime import date, datetime, time
from enum import StrEnum

#: What begins from here on is the afternoon.
NOON = time(12)


class DayPart(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"


def day_part_of(start: datetime) -> DayPart:
    """By the clinic's clock."""
    return DayPart.MORNING if start.time() < NOON else DayPart.AFTERNOON


def first_of_each_day_part(starts: Iterable[datetime]) -> dict[DayPart, datetime]:
    """One time for each part of a day: the others begin minutes later, and say nothing new."""
    found: dict[DayPart, datetime] = {}
    for start in sorted(starts):
        found.setdefault(day_part_of(start), start)
    return found


def word_for_day_without_times(*, is_closed: bool, works: bool, is_short: bool = False) -> str:
    """Why a day offers nothing with somebody: “closed”, “not working”, “no stock”, “full”."""
    if is_closed:
        return "closed"
    if not works:
        return "not working"
    return "no stock" if is_short else "full"


def first_open_days(days: Iterable[date], open_days: Iterable[date], most: int) -> list[date]:
    """The first days on which anybody is expected to work, holidays among them: as many as a page shows."""
    wanted = set(open_days)
    return [day for day in sorted(days) if day in wanted][:most]
