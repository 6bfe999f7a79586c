"""What is marked in Today's inbox: which lines there are, and how long a mark holds. No Django here."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

#: A colleague who opened a line has it so long.
TAKEN_FOR = timedelta(minutes=2)

#: News is seen for good: no visit is booked further ahead.
NEWS_FOR = timedelta(days=400)


class LineKind(StrEnum):
    RECALL = "recall"
    STOPPED_VISIT = "stopped"
    CHECK_IN = "check-in"
    CHANGE = "change"
    TO_BOOK = "to-book"
    OVERDUE = "overdue"
    UNPAID = "unpaid"
    FEE = "fee"
    PAID_BY_LINK = "paid-by-link"
    MESSAGE = "message"
    FREE_TIME = "free"


#: What a line tells and asks nothing for: once seen it does not come back.
NEWS = frozenset({LineKind.CHANGE, LineKind.PAID_BY_LINK})

_KEY = re.compile(r"([a-z-]+)(:[a-z0-9-]{1,20}){1,3}")


def line_key(kind: LineKind, *parts: object) -> str:
    """The name of a line, of ids and dates only: "overdue:plan-7:2026-12-15"."""
    return ":".join((kind.value, *(str(part) for part in parts)))


def kind_of_line_or_none(key: str) -> LineKind | None:
    """None where no line is named so."""
    found = _KEY.fullmatch(key)
    if found is None or found[1] not in {kind.value for kind in LineKind}:
        return None
    return LineKind(found[1])


def seen_until(kind: LineKind, now: datetime, zone: ZoneInfo) -> datetime:
    """News is seen for good. Work that still waits is back the next morning, by the clinic's clock."""
    if kind in NEWS:
        return now + NEWS_FOR
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return (midnight + timedelta(days=1)).replace(tzinfo=zone)
