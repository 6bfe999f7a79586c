"""What stands against rooms, working hours, breaks, holidays and time off as an administrator sets them. No Django here."""

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time

from mesoclinic.core.findings import Finding, block


@dataclass(frozen=True, slots=True)
class Clash:
    """Hours on file that overlap the wanted ones; ``same_clinician`` is no where only the room is the same."""

    weekday: int
    opens: time
    closes: time
    same_clinician: bool

    @property
    def clash_time_text(self) -> str:
        return f"{calendar.day_name[self.weekday]} {self.opens:%H:%M}–{self.closes:%H:%M}"


def check_room_name_given_and_free(name: str, *, is_used: bool) -> Finding | None:
    """Why a room cannot be called so: it has no name, or another room of the clinic has it."""
    if not name:
        return _unoverridable_block("room:name", "Give the room a name.", "name")
    if is_used:
        return _unoverridable_block("room:name", "There is a room of this name.", "name")
    return None


def check_working_hours_possible_and_free(
    *,
    opens: time,
    closes: time,
    weekdays: Collection[int],
    room_in_use: bool,
    clinician_name: str,
    treats_here: bool,
    clash: Clash | None,
) -> Finding | None:
    """The first thing that stands against a clinician's hours in a room on these weekdays."""
    if closes <= opens:
        return _unoverridable_block("hours:times", "It closes before it opens.", "closes")
    if not room_in_use:
        return _unoverridable_block("hours:room", "This room is not in use here. Choose another.", "room")
    if not treats_here:
        message = f"{clinician_name} treats nobody here. Choose a clinician."
        return _unoverridable_block("hours:clinician", message, "clinician")
    if clash is not None and clash.same_clinician:
        message = f"These hours overlap others of the same clinician, {clash.clash_time_text}."
        return _unoverridable_block("hours:clinician", message, "opens")
    if clash is not None:
        message = (
            f"Somebody else has this room then, {clash.clash_time_text}. Choose another room or other hours."
        )
        return _unoverridable_block("hours:room", message, "room")
    if not weekdays:
        return _unoverridable_block("hours:days", "Choose at least one day.", "weekdays")
    return None


def check_time_off_who_and_times(
    *, is_of_one: bool, starts_at: datetime, ends_at: datetime
) -> Finding | None:
    """What stands against time off. ``is_of_one``: it is of a clinician or of a room, and not of both."""
    if not is_of_one:
        return _unoverridable_block("off:who", "Say who is away, or which room is closed.", "who")
    if ends_at <= starts_at:
        return _unoverridable_block("off:times", "It ends before it starts.", "ends_at")
    return None


def check_break_times_days_and_overlap(
    *, starts: time, ends: time, weekdays: Collection[int], clash: Clash | None
) -> Finding | None:
    """What stands against a break on these weekdays; ``clash`` is a break of the same clinician that it overlaps."""
    if ends <= starts:
        return _unoverridable_block("break:times", "It ends before it starts.", "ends")
    if not weekdays:
        return _unoverridable_block("break:days", "Choose at least one day.", "weekdays")
    if clash is not None:
        day = calendar.day_name[clash.weekday]
        message = (
            f"There is a break already on {day}, {clash.opens:%H:%M}–{clash.closes:%H:%M}. "
            "Remove it first, or choose other times."
        )
        return _unoverridable_block("break:overlap", message, "starts")
    return None


def check_day_is_not_holiday_already(*, is_one_already: bool) -> Finding | None:
    if is_one_already:
        return _unoverridable_block("holiday:twice", "This day is a holiday already.", "day")
    return None


def _unoverridable_block(code: str, message: str, where: str) -> Finding:
    return block(code, message, fixed=True, where=where)
