"""What stands against a time that somebody wants to book: itself, the working hours, what is taken. No Django here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from mesoclinic.core.findings import Finding, block, warn
from mesoclinic.core.periods import Period
from mesoclinic.core.wording import day_text

#: A patient may be written in a little after they came.
GRACE = timedelta(minutes=15)

#: The shortest and the longest visit, in minutes.
SHORTEST_MINUTES, LONGEST_MINUTES = 5, 480

#: By the name of the exclusion constraint: who is taken.
TAKEN = {
    "clinician_is_in_one_place": "The clinician already has an appointment then.",
    "room_is_in_one_place": "The room is already taken then.",
    "patient_is_in_one_place": "The patient already has an appointment then.",
}


@dataclass(frozen=True, slots=True)
class WantedTime:
    """A time that is to be booked, and what is known of its clinician and room."""

    clinician: int
    clinician_name: str
    treats_here: bool
    room: int
    room_name: str
    room_in_use: bool
    starts_at: datetime
    minutes: int
    session_number: int | None = None

    @property
    def period(self) -> Period:
        return Period(self.starts_at, self.starts_at + timedelta(minutes=self.minutes))

    @property
    def slot_field_name(self) -> str:
        """The field that chose this time."""
        return slot_field_name(self.session_number)


@dataclass(frozen=True)
class Busy:
    """A time that is taken: by an appointment, or because somebody is ``away`` or a room closed."""

    away: bool
    appointment: int | None
    clinician: int | None
    room: int | None
    patient: int | None
    period: Period


@dataclass(frozen=True, slots=True)
class HoursThen:
    """What a clinician's hours in a room are on the wanted day."""

    open: Sequence[Period] = ()
    breaks: Sequence[tuple[Period, str]] = ()
    holiday: bool = False


def is_move_within_a_day(before: datetime, after: datetime, zone: ZoneInfo) -> bool:
    """Whether a move keeps the clinic's day: the distances of a course stay as they are, and no reason is asked for them."""
    return before.astimezone(zone).date() == after.astimezone(zone).date()


def slot_field_name(number: int | None) -> str:
    return f"slot-{number}" if number else "slot"


def finding_code_with_session_number(code: str, number: int | None) -> str:
    """The code of a finding about one session: one reason is given for one session."""
    return f"{code}:{number}" if number else code


def impossible_time_findings(wanted: WantedTime, now: datetime) -> list[Finding]:
    """What is wrong with a time whoever else is there. All of it is fixed."""
    found: list[tuple[str, str, str]] = []
    if not SHORTEST_MINUTES <= wanted.minutes <= LONGEST_MINUTES:
        message = f"{wanted.minutes} minutes is no appointment. Choose 5 minutes to 8 hours."
        found.append(("booking:length", message, "minutes"))
    if wanted.starts_at < now - GRACE:
        found.append(("booking:past", "This time has passed. Choose a later one.", wanted.slot_field_name))
    if not wanted.room_in_use:
        found.append(
            ("booking:room", "This room is not in use here. Choose another.", wanted.slot_field_name)
        )
    if not wanted.treats_here:
        message = f"{wanted.clinician_name} treats nobody here. Choose a clinician."
        found.append(("booking:clinician", message, wanted.slot_field_name))
    return [block(code, message, fixed=True, where=where) for code, message, where in found]


def check_within_working_hours(wanted: WantedTime, hours: HoursThen, zone: ZoneInfo) -> list[Finding]:
    """A warning where the clinician does not usually work, in this room, then."""
    if any(p.start <= wanted.period.start and wanted.period.end <= p.end for p in hours.open):
        return []
    local = wanted.starts_at.astimezone(zone)
    return [
        warn(
            finding_code_with_session_number("booking:closed", wanted.session_number),
            f"{day_text(local.date())}, {local:%H:%M} {_outside_hours_text(wanted, hours)} "
            "Choose another time, or say why.",
            where=wanted.slot_field_name,
        )
    ]


def _outside_hours_text(wanted: WantedTime, hours: HoursThen) -> str:
    """Why nobody is expected to work then, in words."""
    if hours.holiday:
        return "is on a holiday of the clinic."
    for pause, name in hours.breaks:
        if pause.overlaps(wanted.period):
            return f"meets {wanted.clinician_name}'s break ({name.lower()})."
    return f"is outside {wanted.clinician_name}'s hours in {wanted.room_name}."


def check_time_is_not_taken(
    wanted: WantedTime, taken: Iterable[Busy], *, patient: int, buffer: timedelta
) -> list[Finding]:
    """A fixed block for each of clinician, room and patient that is taken; a warning for an absence.

    A warning too where less than the clinic's buffer is left to the visit before or after.
    """
    findings: dict[str, Finding] = {}
    wide = Period(wanted.period.start - buffer, wanted.period.end + buffer)
    for other in taken:
        same_place = other.clinician == wanted.clinician or other.room == wanted.room
        meets = {
            "clinician_is_in_one_place": other.clinician == wanted.clinician,
            "room_is_in_one_place": other.room == wanted.room,
            "patient_is_in_one_place": other.patient == patient,
        }
        if not other.period.overlaps(wanted.period):
            if same_place and not other.away and other.period.overlaps(wide):
                found = _buffer_finding(wanted, buffer)
                findings[found.code] = found
        elif not other.away:
            findings |= {
                name: time_taken_finding(name, wanted.session_number)
                for name, holds in meets.items()
                if holds
            }
        elif any(meets.values()):
            code = finding_code_with_session_number("booking:away", wanted.session_number)
            message = "The clinician is away or the room closed then. Choose another time, or say why."
            findings[code] = warn(code, message, where=wanted.slot_field_name)
    return list(findings.values())


def _buffer_finding(wanted: WantedTime, buffer: timedelta) -> Finding:
    minutes = int(buffer.total_seconds() // 60)
    message = (
        f"Less than {minutes} minutes are left between this visit and the next in the same place. "
        "Choose another time, or say why."
    )
    return warn(
        finding_code_with_session_number("booking:buffer", wanted.session_number),
        message,
        where=wanted.slot_field_name,
    )


def time_taken_finding(constraint: str, number: int | None = None) -> Finding:
    """Why this time cannot be had, by the constraint that it would break; ``number`` is the session's."""
    named = f"Session {number}: " if number else ""
    message = f"{named}{TAKEN[constraint]} Choose another time."
    return block(
        finding_code_with_session_number(f"taken:{constraint}", number),
        message,
        fixed=True,
        where=slot_field_name(number),
    )


def check_times_do_not_overlap(wanted: Iterable[WantedTime]) -> list[Finding]:
    """Two times of one booking that overlap."""
    message = "Two of the chosen times overlap. Choose another for one of them."
    return [
        block("booking:twice", message, fixed=True, where=later.slot_field_name)
        for earlier, later in pairwise(sorted(wanted, key=lambda one: one.starts_at))
        if later.starts_at < earlier.period.end
    ]


def check_sessions_still_to_book(
    numbers: Iterable[int],
    *,
    booked: Mapping[int, date],
    session_numbers_to_book: Collection[int],
    planned: int,
) -> list[Finding]:
    """Whether each session of a course that is to be booked is still to be booked.

    ``booked``: the days of those that are. ``session_numbers_to_book``: those that can be. ``planned``: how many the plan has.
    """
    findings: list[Finding] = []
    seen = set(booked)
    for number in numbers:
        if number in seen:
            message = f"Session {number} is already booked. Look again what is left to book."
            findings.append(
                block(f"booking:again:{number}", message, fixed=True, where=slot_field_name(number))
            )
        elif number not in session_numbers_to_book:
            message = f"The plan has {planned} sessions: there is no session {number}."
            findings.append(
                block(f"booking:number:{number}", message, fixed=True, where=slot_field_name(number))
            )
        seen.add(number)
    return findings
