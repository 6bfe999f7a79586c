"""Visits that cannot take place as they are booked: the columns that say so, and the list of whom to ring."""

from datetime import datetime
from typing import Protocol, TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    Count,
    DateField,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from mesoclinic.accounts.models import Clinic, Membership, User
from mesoclinic.accounts.permissions import Role
from patients.models import Patient
from treatments.schedule.models import Appointment, Holiday, Room, TimeOff
from treatments.schedule.queries.hours import rooms_of_clinic
from treatments.schedule.rules.appointments import NOT_OVER
from treatments.schedule.rules.going_ahead import VisitPlace


class GoingAheadColumns(TypedDict):
    """What says of an appointment whether clinic, clinician and room are there."""

    closed_for: str | None
    treats_here: bool
    clinician_away: bool
    room_closed: bool


class VisitWithPlace(Protocol):
    """An appointment with its patient, clinician and room at hand, and those columns."""

    patient: Patient
    clinician: User
    room: Room
    closed_for: str | None
    treats_here: bool
    clinician_away: bool
    room_closed: bool


def holiday_name_on_day_subquery() -> Combinable:
    """What the clinic is closed for on the visit's day, by the clinic's clock."""
    local_time = Func(
        OuterRef("clinic__time_zone"),
        OuterRef("starts_at"),
        function="timezone",
        output_field=DateTimeField(),
    )
    holiday = Holiday.objects.filter(clinic=OuterRef("clinic"), day=Cast(local_time, DateField()))
    return Subquery(holiday.values(said=Case(When(name="", then=Value("a holiday")), default=F("name")))[:1])


def treats_here_exists() -> Exists:
    """Whether the visit's clinician still works at its clinic, and treats."""
    return Exists(
        Membership.objects.filter(
            user=OuterRef("clinician"),
            user__is_active=True,
            clinic=OuterRef("clinic"),
            roles__contains=[Role.CLINICIAN.value],
        )
    )


def clinician_away_exists() -> Exists:
    """Whether an absence of the visit's clinician overlaps it."""
    return Exists(_absences_overlapping_outer_visit().filter(clinician=OuterRef("clinician")))


def room_closed_exists() -> Exists:
    """Whether the visit's room is closed for some of it."""
    return Exists(_absences_overlapping_outer_visit().filter(room=OuterRef("room")))


def _absences_overlapping_outer_visit() -> QuerySet[TimeOff]:
    return TimeOff.objects.filter(starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at"))


def going_ahead_facts_of_visit(a: VisitWithPlace) -> VisitPlace:
    """What the rule asks of one visit. No query."""
    return VisitPlace(
        clinician=a.clinician.display_name,
        room=a.room.name,
        deceased=a.patient.died_on is not None,
        closed_for=a.closed_for or "",
        treats_here=a.treats_here,
        clinician_away=a.clinician_away,
        room_in_use=a.room.active,
        room_closed=a.room_closed,
    )


def _visits_ahead(now: datetime) -> QuerySet[Appointment]:
    return Appointment.objects.filter(starts_at__gte=now, status__in=NOT_OVER)


def rooms_with_visits_ahead_count(clinic: Clinic, now: datetime) -> QuerySet[Room]:
    """The rooms of a clinic, those in use first, each with ``visits_ahead``: how many are booked in it."""
    booked = _visits_ahead(now).filter(room=OuterRef("pk")).order_by().values("room")
    return rooms_of_clinic(clinic).annotate(
        visits_ahead=Coalesce(Subquery(booked.annotate(count=Count("pk")).values("count")), 0)
    )


def clinicians_with_visits_ahead_count(clinic: Clinic, now: datetime) -> QuerySet[User]:
    """The clinicians of a clinic, those who work first, each with ``visits_ahead``: how many are booked with them."""
    booked = _visits_ahead(now).filter(clinician=OuterRef("pk"), clinic=clinic).order_by().values("clinician")
    treats = Membership.objects.filter(
        user=OuterRef("pk"), clinic=clinic, roles__contains=[Role.CLINICIAN.value]
    )
    found: QuerySet[User] = (
        User.objects.filter(Exists(treats))
        .annotate(visits_ahead=Coalesce(Subquery(booked.annotate(count=Count("pk")).values("count")), 0))
        .order_by("-is_active", "last_name", "first_name", "pk")
    )
    return found


def visits_ahead_with_clinician(clinician: User, clinic: Clinic, now: datetime) -> QuerySet[Appointment]:
    """The visits booked with a clinician at a clinic, the next first."""
    return _visits_ahead(now).filter(clinician=clinician, clinic=clinic).order_by("starts_at", "pk")


def visits_ahead_in_room(room: Room, now: datetime) -> QuerySet[Appointment]:
    """The visits booked in a room, the next first."""
    return _visits_ahead(now).filter(room=room).select_related("clinician").order_by("starts_at", "pk")


def visits_that_cannot_go_ahead(clinic: Clinic, now: datetime) -> QuerySet[Appointment]:
    """Visits ahead of a clinic that cannot take place as they are booked, the next first. One query."""
    stands_in_the_way = (
        Q(closed_for__isnull=False)
        | Q(treats_here=False)
        | Q(clinician_away=True)
        | Q(room_closed=True)
        | Q(room__active=False)
        | Q(patient__died_on__isnull=False)
    )
    return (
        _visits_ahead(now)
        .filter(clinic=clinic)
        .select_related("patient", "clinician", "room")
        .annotate(
            closed_for=holiday_name_on_day_subquery(),
            treats_here=treats_here_exists(),
            clinician_away=clinician_away_exists(),
            room_closed=room_closed_exists(),
        )
        .filter(stands_in_the_way)
        .order_by("starts_at", "pk")
    )


def visits_not_going_ahead_subquery(clinic: Clinic, now: datetime) -> ArraySubquery:
    """The same within another query: their ids, at most a hundred."""
    return ArraySubquery(visits_that_cannot_go_ahead(clinic, now).values("pk")[:100])
