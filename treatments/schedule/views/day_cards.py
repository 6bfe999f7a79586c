"""What stands on the calendar: a card for an appointment, an absence or a break, and its line in the list. No query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse

from mesoclinic.core.findings import Finding
from mesoclinic.core.periods import Period
from treatments.schedule.models import Appointment
from treatments.schedule.queries.appointments import visit_text
from treatments.schedule.queries.calendar import Away, DaysAt
from treatments.schedule.queries.readiness import BeforeVisit
from treatments.schedule.rules.appointments import AppointmentStatus
from treatments.schedule.rules.readiness import findings_to_act_on, readiness_text_and_level

#: A step of the grid: a row of it.
GRID_MINUTES = 5
#: Cards of these may be dragged.
MOVABLE = (AppointmentStatus.BOOKED, AppointmentStatus.CONFIRMED)

#: What a status is called on a card, and its colour.
WORDS = {
    AppointmentStatus.BOOKED: ("booked", "plain"),
    AppointmentStatus.CONFIRMED: ("confirmed", "info"),
    AppointmentStatus.ARRIVED: ("arrived", "ok"),
    AppointmentStatus.IN_TREATMENT: ("in treatment", "ok"),
    AppointmentStatus.DONE: ("done", "plain"),
    AppointmentStatus.CANCELLED: ("cancelled", "plain"),
    AppointmentStatus.LATE_CANCELLED: ("cancelled late", "warn"),
    AppointmentStatus.NO_SHOW: ("missed", "stop"),
}


@dataclass(frozen=True)
class Card:
    """One appointment on the grid: ``t`` steps of five minutes from the top, ``len`` of them long.

    ``state`` colours it, and ``word`` says the same. ``since`` is “14 days since the last”;
    ``light`` what is missing before it (word, level), ``todo`` every such thing in a sentence.
    """

    t: int
    len: int
    url: str
    name: str
    time: str
    line: str
    kind: str
    state: str = ""
    word: str = ""
    pk: int = 0
    since: str = ""
    brief: str = ""
    light: tuple[str, str] | None = None
    todo: Sequence[Finding] = ()
    movable: bool = False
    can_arrive: bool = False
    clinician: int = 0
    room: int = 0


@dataclass(frozen=True)
class Reader:
    """Who looks: whether they see clinical detail, and whether they book."""

    clinical: bool = False
    books: bool = False
    #: Whose column stands first.
    pk: int | None = None


def grid_steps_in_length(length: timedelta) -> int:
    return int(length.total_seconds() // 60 // GRID_MINUTES)


def card_top_and_height(span: Period, starts_at: datetime, ends_at: datetime) -> tuple[int, int]:
    """Where a card stands: what lies outside the hours shown is cut off."""
    start, end = max(starts_at, span.start), min(ends_at, span.end)
    return grid_steps_in_length(start - span.start), max(grid_steps_in_length(end - start), 2)


def clock_range_text(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    return f"{start.astimezone(zone):%H:%M}–{end.astimezone(zone):%H:%M}"


def away_card(off: Away, span: Period, zone: ZoneInfo) -> Card:
    t, length = card_top_and_height(span, off.starts_at, off.ends_at)
    shown = clock_range_text(max(off.starts_at, span.start), min(off.ends_at, span.end), zone)
    name = "Away" if off.clinician_id else "Room closed"
    return Card(t, length, "", name, shown, off.reason, "off", state="off")


def break_card(period: Period, name: str, span: Period, zone: ZoneInfo) -> Card:
    t, length = card_top_and_height(span, period.start, period.end)
    shown = clock_range_text(period.start, period.end, zone)
    return Card(t, length, "", name, shown, "", "off", state="off")


def days_since_last_session_text(a: Appointment, before: BeforeVisit, *, brief: bool = False) -> str:
    """“14 days since the last”.

    ``brief`` is for a short visit, on one line with which session it is: “3 of 8 · 14 days”.
    """
    said = []
    if brief and a.session_number and a.plan:
        said.append(f"{a.session_number} of {a.plan.sessions_planned}")
    elif brief:
        said.append(visit_text(a))
    if last := before.last_session_day_or_none:
        days = (before.day - last).days
        words = "1 day" if days == 1 else f"{days} days"
        said.append(words if brief else f"{words} since the last")
    return " · ".join(said)


def appointment_card(
    a: Appointment,
    before: BeforeVisit,
    span: Period,
    zone: ZoneInfo,
    checks: list[Finding] | None,
    reader: Reader,
    *,
    can_arrive: bool = False,
) -> Card:
    t, length = card_top_and_height(span, a.starts_at, a.ends_at)
    status = AppointmentStatus(a.status)
    is_session = a.kind == Appointment.Kind.SESSION
    signed = status is AppointmentStatus.DONE and is_session
    return Card(
        t=t,
        len=length,
        url=reverse("schedule:appointment", args=[a.pk]),
        name=a.patient.full_name,
        time=clock_range_text(a.starts_at, a.ends_at, zone),
        line=visit_text(a),
        kind=a.kind,
        state=status.value,
        word="✓ signed" if signed else WORDS[status][0],
        pk=a.pk,
        since=days_since_last_session_text(a, before),
        brief=days_since_last_session_text(a, before, brief=True),
        light=readiness_text_and_level(checks) if checks is not None else None,
        todo=findings_to_act_on(checks or []),
        movable=reader.books and status in MOVABLE,
        can_arrive=can_arrive and reader.books and status in MOVABLE,
        clinician=a.clinician_id,
        room=a.room_id,
    )


def rebook_kind_value(a: Appointment) -> str:
    return f"session-{a.plan_id}" if a.plan_id and a.session_number else a.kind


@dataclass(frozen=True)
class Line:
    """An appointment in the list, with what the desk does next."""

    appointment: Appointment
    day: date
    card: Card
    level: str
    can_arrive: bool

    @property
    def rebook_kind(self) -> str:
        """What is booked again after a cancellation, as the booking form names it."""
        return rebook_kind_value(self.appointment)


def appointment_lines(at: DaysAt, reader: Reader, appointments: Iterable[Appointment]) -> list[Line]:
    """The days as a list, first to last."""
    zone = at.clinic.zone
    checks = at.readiness_by_appointment(clinical=reader.clinical)
    today = at.now.astimezone(zone).date()
    lines = []
    for a in appointments:
        day = at.local_day_of_appointment(a)
        span = Period(a.starts_at, a.ends_at)
        lines.append(
            Line(
                appointment=a,
                day=day,
                card=appointment_card(a, at.before[a.pk], span, zone, checks.get(a.pk), reader),
                level=WORDS[AppointmentStatus(a.status)][1],
                can_arrive=reader.books and day == today and a.status in MOVABLE,
            )
        )
    return lines
