"""Links to pages for patients: what each is for, what opens it, how many tries it takes. No Django here."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum


class LinkPurpose(StrEnum):
    """What the page of a link is for. The app that owns the page keeps a row of its own, which points to the link."""

    QUOTE = "quote"
    CHECK_IN = "check_in"
    INTAKE = "intake"
    AFTERCARE = "aftercare"
    COURSE = "course"


class Gate(StrEnum):
    """What is asked before a page is shown."""

    #: For pages that only take answers and show nothing on record.
    BIRTH_DATE = "birth_date"
    #: For pages that show something of the record: six digits, told by another way than the link.
    CODE = "code"


GATES: Mapping[LinkPurpose, Gate] = {
    LinkPurpose.QUOTE: Gate.CODE,
    LinkPurpose.CHECK_IN: Gate.BIRTH_DATE,
    LinkPurpose.INTAKE: Gate.BIRTH_DATE,
    LinkPurpose.AFTERCARE: Gate.CODE,
    LinkPurpose.COURSE: Gate.CODE,
}

#: A link takes so many wrong answers at its gate, then it is dead.
MOST_TRIES = 5

#: A page opened at its gate stays open for so long without a touch, on that device alone.
STAYS_OPEN = timedelta(minutes=30)


class LinkState(StrEnum):
    """How a link stands, for the desk."""

    NOT_OPENED = "not opened yet"
    OPENED = "opened"
    USED = "answered"
    EXPIRED = "ran out"
    ENDED = "ended"
    LOCKED = "ended, too many tries"


def link_state(
    *,
    attempts: int,
    expires_at: datetime,
    opened_at: datetime | None,
    used_at: datetime | None,
    ended_at: datetime | None,
    now: datetime,
) -> LinkState:
    """The one word; what ended it goes before what happened earlier."""
    if used_at is not None:
        return LinkState.USED
    if ended_at is not None:
        return LinkState.ENDED
    if attempts >= MOST_TRIES:
        return LinkState.LOCKED
    if expires_at <= now:
        return LinkState.EXPIRED
    return LinkState.NOT_OPENED if opened_at is None else LinkState.OPENED


#: A link in one of these opens for whoever passes its gate.
OPENS = (LinkState.NOT_OPENED, LinkState.OPENED)


def typed_digits(text: str) -> str:
    """The digits of what was typed, whatever script they are written in; nothing where it is no code."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def typed_birth_date_or_none(day: str, month: str, year: str) -> date | None:
    """The day that was typed in three numbers, the year in full; None where there is no such day."""
    try:
        return date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        return None
