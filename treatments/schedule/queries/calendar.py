"""The calendar, read: some days of a clinic with everything their cards say. A fixed number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import ROLES, Permission, Role
from mesoclinic.core.compiled_queries import Blank, CompiledQuery
from mesoclinic.core.findings import Finding
from mesoclinic.core.paging import Page, Place, page_of
from mesoclinic.core.periods import Period
from treatments.schedule.models import (
    Appointment,
    BookingSettings,
    Holiday,
    TimeOff,
    booking_settings_or_usual,
)
from treatments.schedule.queries.availability import (
    LONGEST,
    USUAL,
    Diary,
    KeptHours,
    Slot,
    working_hours_of,
)
from treatments.schedule.queries.readiness import (
    BEFORE,
    BeforeVisit,
    readiness_findings_by_appointment,
    sessions_before_by_appointment,
    with_readiness_columns,
)
from treatments.schedule.queries.stock import LotRow, lots_from_rows, usable_lots_subquery
from treatments.schedule.rules.appointments import ACTIVE, AppointmentStatus
from treatments.schedule.rules.availability import day_period
from treatments.schedule.rules.stock import Lot
from treatments.schedule.rules.times import Busy

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    from treatments.schedule.queries.readiness import VisitRow

#: How far ahead a clinician is told that an interval leaves the protocol.
AHEAD_DAYS = 45
#: Appointments on a page of the list.
LINES = 100


@dataclass(frozen=True)
class Away:
    """An absence of a clinician, or a room that is closed."""

    clinician_id: int | None
    room_id: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True)
class DaysAt:
    """Some days as they are booked: appointments, who works when or is away, and what is still free.

    ``given_up`` are those cancelled or missed; ``ahead`` those that were asked for beyond the days;
    ``before`` says of each what sessions came before it.
    """

    clinic: Clinic
    first: date
    last: date
    now: datetime
    appointments: "list[VisitRow]"
    given_up: "list[VisitRow]"
    ahead: "list[VisitRow]"
    before: Mapping[int, BeforeVisit]
    working_hours: list[KeptHours]
    away: list[Away]
    closed: dict[date, str]
    settings: BookingSettings
    lots: list[Lot] = field(default_factory=list)
    #: Where the appointments stand in the list; None: they are all of these days.
    page: "Page[VisitRow] | None" = None
    #: What readiness_by_appointment worked out, by whether the reader sees clinical detail.
    _readiness: dict[bool, dict[int, list[Finding]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def day(self) -> date:
        """The first of the days."""
        return self.first

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def busy_times(self) -> list[Busy]:
        """Its appointments and absences, as the diary takes them."""
        return [
            Busy(False, a.pk, a.clinician_id, a.room_id, a.patient_id, Period(a.starts_at, a.ends_at))
            for a in self.appointments
        ] + [
            Busy(True, None, off.clinician_id, off.room_id, None, Period(off.starts_at, off.ends_at))
            for off in self.away
        ]

    def local_day_of_appointment(self, a: Appointment) -> date:
        return a.starts_at.astimezone(self.clinic.zone).date()

    @property
    def is_part(self) -> bool:
        """Whether more is booked on these days than was read."""
        return self.page is not None and bool(self.page.before or self.page.after)

    @property
    def next_free_slot_or_none(self) -> Slot | None:
        """The first time of the usual length that is still free; None too where only a page of the days was read."""
        if self.is_part:
            return None
        diary = Diary(self.clinic, self.working_hours, self.busy_times())
        for day in self.days:
            if free := diary.free_slots_on(day, USUAL, now=self.now):
                return free[0]
        return None

    def readiness_by_appointment(self, *, clinical: bool) -> dict[int, list[Finding]]:
        """By appointment: every check before it. Worked out once. No query."""
        if clinical not in self._readiness:
            self._readiness[clinical] = readiness_findings_by_appointment(
                self.appointments, self.before, self.lots, self.clinic.zone, clinical=clinical
            )
        return self._readiness[clinical]


def clinics_with_calendar_open_to(user: User) -> list[Clinic]:
    """Those whose calendar this person may open: they work there, in a role that sees it. One query."""
    roles = [role for role in Role if Permission.SEE_CALENDAR in ROLES[role].permissions]
    mine = user.memberships.filter(roles__overlap=roles).values("clinic")
    return list(Clinic.objects.filter(pk__in=mine).select_related("booking").order_by("name", "pk"))


class AwayRow(TypedDict):
    """An absence, as the query of the place brings it."""

    clinician: int | None
    room: int | None
    starts: str
    ends: str
    reason: str


class ClosedRow(TypedDict):
    """A holiday, as the query of the place brings it."""

    day: str
    name: str


class PlaceColumns(TypedDict):
    """What :func:`_clinic_with_absences_and_lots` adds to the clinic."""

    off: list[AwayRow]
    closed_days: list[ClosedRow]
    shelf: list[LotRow]


def _clinic_with_absences_and_lots(
    clinic: Clinic, whole: Period, first: date, last: date
) -> "WithAnnotations[Clinic, PlaceColumns]":
    """What stands in the way at the clinic over these days, and what is on its shelves. One query."""
    return _compiled_place().ask_for_one(
        clinic=clinic.pk, start=whole.start, end=whole.end, first=first, last=last
    )


@cache
def _compiled_place() -> "CompiledQuery[Clinic, WithAnnotations[Clinic, PlaceColumns]]":
    here = {"clinic": OuterRef("pk")}
    return CompiledQuery(
        Clinic.objects.filter(pk=Blank("clinic"))
        .select_related("booking")
        .annotate(
            off=ArraySubquery(
                TimeOff.objects.filter(**here, starts_at__lt=Blank("end"), ends_at__gt=Blank("start"))
                .order_by("starts_at", "pk")
                .values(
                    fact=JSONObject(
                        clinician="clinician_id",
                        room="room_id",
                        starts="starts_at",
                        ends="ends_at",
                        reason="reason",
                    )
                )
            ),
            closed_days=ArraySubquery(
                Holiday.objects.filter(**here, day__gte=Blank("first"), day__lte=Blank("last"))
                .order_by("day")
                .values(fact=JSONObject(day="day", name="name"))
            ),
            shelf=usable_lots_subquery(Q(clinic=OuterRef("pk"))),
        )
    )


def _appointments_with_readiness_during(
    clinic: Clinic, whole: Period, now: datetime, ahead_of: User | None
) -> "list[VisitRow]":
    """Every appointment of these days with everybody it is about and all that its readiness asks. One query.

    With ``ahead_of`` also their sessions that are to come, to see whether their intervals keep the protocol.
    """
    blanks = {
        "clinic": clinic.pk,
        "earliest": whole.start - LONGEST,
        "start": whole.start,
        "end": whole.end,
    }
    if ahead_of is not None:
        blanks |= {"clinician": ahead_of.pk, "now": now, "ahead_until": now + timedelta(days=AHEAD_DAYS)}
    return _compiled_appointments(timezone.localdate(), ahead_of is not None).ask(**blanks)


@lru_cache(maxsize=16)
def _compiled_appointments(today: date, with_ahead: bool) -> "CompiledQuery[Appointment, VisitRow]":
    """``today``: the day of which the alerts are asked."""
    found = Q(
        clinic=Blank("clinic"),
        starts_at__gt=Blank("earliest"),
        starts_at__lt=Blank("end"),
        ends_at__gt=Blank("start"),
    )
    if with_ahead:
        found |= Q(
            clinician=Blank("clinician"),
            plan__isnull=False,
            status__in=[*BEFORE],
            starts_at__gte=Blank("now"),
            starts_at__lt=Blank("ahead_until"),
        )
    everybody = Appointment.objects.filter(found).select_related("patient", "clinician", "room", "plan")
    return CompiledQuery(with_readiness_columns(everybody.order_by("starts_at", "pk"), today))


def _page_of_appointments_during(clinic: Clinic, whole: Period, place: Place) -> "Page[VisitRow]":
    """A page of the appointments of these days, by key, each as the calendar reads it. One query."""
    everybody = appointments_during(clinic, whole).select_related("patient", "clinician", "room", "plan")
    return page_of(
        with_readiness_columns(everybody, timezone.localdate()), ["starts_at", "pk"], place, size=LINES
    )


def appointments_during(clinic: Clinic, whole: Period) -> QuerySet[Appointment]:
    """Every appointment that lies in this time, at least in part."""
    return Appointment.objects.filter(
        clinic=clinic, starts_at__gt=whole.start - LONGEST, starts_at__lt=whole.end, ends_at__gt=whole.start
    )


@dataclass(frozen=True)
class VisitCounts:
    """How many are booked on some days; of them, so many are done, and so many wait."""

    booked: int
    done: int
    arrived: int


def visit_counts_of_list(at: DaysAt) -> VisitCounts:
    """Of all the days, whatever page of them was read; one query where that is not all of them."""
    if not at.is_part:
        return VisitCounts(
            booked=len(at.appointments),
            done=count_appointments_with_status(at.appointments, AppointmentStatus.DONE),
            arrived=count_appointments_with_status(at.appointments, AppointmentStatus.ARRIVED),
        )
    zone = at.clinic.zone
    whole = Period(day_period(at.first, zone).start, day_period(at.last, zone).end)
    counts = appointments_during(at.clinic, whole).aggregate(
        booked=Count("pk", filter=Q(status__in=ACTIVE)),
        done=Count("pk", filter=Q(status=AppointmentStatus.DONE)),
        arrived=Count("pk", filter=Q(status=AppointmentStatus.ARRIVED)),
    )
    return VisitCounts(**counts)


def read_calendar_days(
    clinic: Clinic,
    first: date,
    last: date,
    now: datetime,
    *,
    ahead_of: User | None = None,
    place: Place | None = None,
) -> DaysAt:
    """``first`` to ``last`` in five queries, however much is booked.

    ``ahead_of``: whose sessions of the next weeks to read too, which then stand in ``ahead``. ``place``: only the
    page of the appointments that begins there, for a list.
    """
    zone = clinic.zone
    whole = Period(day_period(first, zone).start, day_period(last, zone).end)
    at_clinic = _clinic_with_absences_and_lots(clinic, whole, first, last)
    weekdays = {(first + timedelta(days=n)).weekday() for n in range((last - first).days + 1)}
    working_hours = [o for o in working_hours_of(clinic) if o.weekday in weekdays]
    page: Page[VisitRow] | None = None
    if place is None:
        rows = _appointments_with_readiness_during(clinic, whole, now, ahead_of)
    else:
        page = _page_of_appointments_during(clinic, whole, place)
        rows = list(page.rows)
    shown: list[VisitRow] = []
    ahead: list[VisitRow] = []
    for a in rows:
        is_shown = a.starts_at < whole.end and a.ends_at > whole.start and a.clinic_id == clinic.pk
        (shown if is_shown else ahead).append(a)
    return DaysAt(
        clinic=clinic,
        first=first,
        last=last,
        now=now,
        appointments=[a for a in shown if a.status in ACTIVE],
        given_up=[a for a in shown if a.status not in ACTIVE],
        ahead=ahead,
        before=sessions_before_by_appointment(rows, zone),
        working_hours=working_hours,
        away=[
            Away(
                row["clinician"],
                row["room"],
                datetime.fromisoformat(row["starts"]),
                datetime.fromisoformat(row["ends"]),
                row["reason"],
            )
            for row in at_clinic.off
        ],
        closed={date.fromisoformat(row["day"]): row["name"] for row in at_clinic.closed_days},
        settings=booking_settings_or_usual(at_clinic),
        lots=lots_from_rows(at_clinic.shelf),
        page=page,
    )


def read_calendar_day(clinic: Clinic, day: date, now: datetime, *, ahead_of: User | None = None) -> DaysAt:
    """One day of the clinic, in five queries."""
    return read_calendar_days(clinic, day, day, now, ahead_of=ahead_of)


def count_appointments_with_status(appointments: Iterable[Appointment], status: str) -> int:
    return sum(1 for a in appointments if a.status == status)
