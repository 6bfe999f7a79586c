"""Which picked time a booking form keeps, what its button says, and whether both still agree. No Django here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mesoclinic.core.findings import Finding, block
from treatments.schedule.rules.instants import instant_form_value

#: What a session's list of times holds where it is left for another day.
LATER = "later"


@dataclass(frozen=True, slots=True)
class PickedTime:
    """A time that somebody picked, on the clinic's clock, and with whom and where."""

    start: datetime
    clinician: int
    room: int


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What a form asks for; None means any."""

    day: date | None
    clinician: int | None = None
    room: int | None = None


@dataclass(frozen=True, slots=True)
class StatedBooking:
    """One visit as a button states it: everything that would be saved."""

    what: str
    start: datetime
    minutes: int
    clinician: int
    room: int

    @property
    def text(self) -> str:
        """As the form carries it."""
        start = instant_form_value(self.start)
        return f"{self.what}/{start}/{self.minutes}/{self.clinician}/{self.room}"


def is_picked_time_still_valid(picked: PickedTime, asked: AskedFor, *, shown_for: str, asks_for: str) -> bool:
    """A picked time stands only on the day asked for, with whom and where, and on a page that showed just this.

    ``shown_for`` is what the page asked for when its times were drawn, ``asks_for`` what the form asks for now.
    """
    return (
        shown_for == asks_for
        and picked.start.date() == asked.day
        and asked.clinician in (None, picked.clinician)
        and asked.room in (None, picked.room)
    )


def asked_for_form_value(values: Iterable[object]) -> str:
    """What a form asks for, as it carries it: a change of any of it is seen."""
    return "|".join("" if value is None else str(value) for value in values)


def bookings_form_value(bookings: Iterable[StatedBooking]) -> str:
    """What a button says, as the form carries it; nothing where it says that a time is to be chosen."""
    return " ".join(one.text for one in bookings)


def check_button_said_what_is_saved(said: str, would_save: str) -> Finding | None:
    """Why nothing is saved: what would be saved is not what the button said."""
    if said == would_save:
        return None
    message = (
        "What was asked for has changed since the button was drawn: nothing was saved. "
        "It now says what it does. Press it again if that is right."
    )
    return block("booking:said", message, fixed=True)


def day_with_weekday_text(day: date, today: date) -> str:
    """“Tue 22 Dec”; with the year where it is not this one."""
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day:%a} {day.day} {day:%b}{year}"


def start_text(start: datetime, today: date) -> str:
    """“Tue 22 Dec, 10:00”, of a start on the clinic's clock; with the zone where the clock shows it twice."""
    twice = start.fold or start.utcoffset() != start.replace(fold=1).utcoffset()
    return f"{day_with_weekday_text(start.date(), today)}, {start:%H:%M}{f' {start:%Z}' if twice else ''}"


def one_visit_button_text(verb: str, start: datetime, clinician_name: str, today: date) -> str:
    """“Book Tue 22 Dec, 10:00 with Dr Rinaldi”."""
    return f"{verb} {start_text(start, today)} with {clinician_name}"


def choose_a_time_text(day: date | None, today: date) -> str:
    """What the button says where no time is chosen; it cannot be pressed then."""
    return f"Choose a time on {day_with_weekday_text(day, today)}" if day else "Choose a day first"


def course_button_text(verb: str, starts: Sequence[tuple[int, datetime]], today: date) -> str:
    """“Book 8 sessions, Tue 22 Dec, 10:00 to Tue 30 Mar 2027, 10:00”, of session numbers and their starts."""
    ordered = sorted(starts, key=lambda one: one[1])
    number, first = ordered[0]
    if len(ordered) == 1:
        return f"{verb} session {number}, {start_text(first, today)}"
    last = ordered[-1][1]
    return f"{verb} {len(ordered)} sessions, {start_text(first, today)} to {start_text(last, today)}"


def choose_course_time_text(number: int, day: date, today: date) -> str:
    """What the button says where the day of a session was changed and its time is still to be chosen."""
    return f"Choose a time for session {number} on {day_with_weekday_text(day, today)}"
