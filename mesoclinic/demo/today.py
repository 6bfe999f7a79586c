"""The day on which the demo is opened has visits in it, whichever day that is."""

from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from mesoclinic.core.findings import Refused
from mesoclinic.demo import clinic as demo_clinic
from mesoclinic.demo.patients import Demo, book_session_or_none
from treatments.plans.models import TreatmentPlan
from treatments.schedule.actions.hours import add_working_hours_on_weekday
from treatments.schedule.models import Appointment
from treatments.schedule.queries.availability import working_hours_of
from treatments.schedule.queries.courses import course_of, with_course_columns
from treatments.schedule.rules.availability import instant_of_clock

if TYPE_CHECKING:
    from treatments.schedule.queries.courses import PlanWithCourse

#: With fewer visits the day looks empty.
ENOUGH = 6
MOST = 12


def plans_in_course_with_nothing_booked(demo: Demo) -> "list[PlanWithCourse]":
    """The plans in the middle of their course that have nothing booked from today on."""
    midnight = instant_of_clock(demo.today, time(), demo.place.clinic.zone)
    ahead = Appointment.objects.filter(starts_at__gte=midnight, plan__isnull=False).holding_time()
    plans = TreatmentPlan.objects.filter(clinic=demo.place.clinic, status="active").exclude(
        pk__in=ahead.values("plan")
    )
    plans = plans.select_related("patient", "clinic__booking", "created_by").order_by("pk")
    return [plan for plan in with_course_columns(plans) if course_of(plan).session_numbers_to_book]


def book_today(demo: Demo, plans: "list[PlanWithCourse]") -> list[Appointment]:
    """The next session of each of ``plans``, today. What is full or refused is left out."""
    zone = demo.place.clinic.zone
    midnight = instant_of_clock(demo.today, time(), zone)
    visits = []
    for plan in plans:
        number = course_of(plan).session_numbers_to_book[0]
        try:
            visit = book_session_or_none(demo, plan, number, demo.today, plan.created_by, midnight)
        except Refused:
            continue
        if visit is not None and visit.starts_at.astimezone(zone).date() == demo.today:
            visits.append(visit)
    return visits


@transaction.atomic
def book_today_of_older_demo(day: date, seed: int) -> int:
    """Where a demo of another day is opened today: hours and visits for today. Returns how many visits."""
    place = demo_clinic.read_built_clinic()
    if len(place.staff) < len(demo_clinic.STAFF) or not place.rooms:
        return 0  # somebody has changed it: it is theirs now
    _add_hours_if_nobody_works(place, day)
    demo = Demo.load_at_clinic(place, day, seed)
    midnight = instant_of_clock(day, time(), place.clinic.zone)
    booked = Appointment.objects.filter(
        clinic=place.clinic, starts_at__gte=midnight, starts_at__lt=midnight + timedelta(days=1)
    ).holding_time()
    if booked.count() >= ENOUGH:
        return 0
    return len(book_today(demo, plans_in_course_with_nothing_booked(demo)[:MOST]))


def _add_hours_if_nobody_works(place: demo_clinic.DemoClinic, day: date) -> None:
    """On a day on which nobody works, the first two clinicians do from now on."""
    if any(hours.weekday == day.weekday() for hours in working_hours_of(place.clinic)):
        return
    for clinician, room in zip(place.clinicians, place.rooms.values(), strict=False):
        add_working_hours_on_weekday(
            clinic=place.clinic,
            clinician=clinician,
            room=room,
            weekday=day.weekday(),
            opens=time(9),
            closes=time(16),
            by=place.admin,
        )
