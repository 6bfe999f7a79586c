"""Visits that cannot take place as they are booked. They lie weeks ahead, where nobody else is booked."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta

from mesoclinic.accounts.actions import save_new_staff
from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Role
from mesoclinic.demo import patients as course
from mesoclinic.demo.states.courses import Making, create_paid_plan
from patients.actions.people import amend_patient
from patients.actions.risk_factors import record_risk_factor
from patients.models import Factor
from treatments.plans.models import TreatmentPlan
from treatments.schedule.actions.booking import book_appointment
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.actions.hours import add_room, add_time_off, set_room_in_use
from treatments.schedule.actions.settings import add_holiday
from treatments.schedule.models import Appointment, Room
from treatments.schedule.rules.availability import instant_of_clock

#: The first of these visits is so many weeks ahead, each other one a week later.
FIRST_WEEK = 6
MINUTES = 45


def _working_day_in_week(making: Making, week: int) -> date:
    """A day on which Dr Kaya works: the same weekday as today, or as the first day of her week."""
    hours = [kept for kept in making.demo.working_hours if kept.clinician_id == _first_clinician(making).pk]
    today = making.demo.today
    ahead = min((kept.weekday - today.weekday()) % 7 for kept in hours)
    return today + timedelta(days=ahead, weeks=FIRST_WEEK + week)


def _first_clinician(making: Making) -> User:
    return making.demo.place.clinicians[0]


def _instant_in_week(making: Making, week: int, hour: int = 11) -> datetime:
    return instant_of_clock(_working_day_in_week(making, week), time(hour), making.demo.place.clinic.zone)


def _book_visit_in_week(
    making: Making,
    week: int,
    *,
    clinician: User | None = None,
    room: Room | None = None,
    plan: TreatmentPlan | None = None,
) -> Appointment:
    place = making.demo.place
    wanted = Wanted(
        clinician or _first_clinician(making),
        room or place.rooms["Room 2"],
        _instant_in_week(making, week),
        MINUTES,
        1 if plan else None,
    )
    booked: Appointment = course.run_with_override_reasons(
        book_appointment,
        patient=making.patient,
        wanted=wanted,
        kind="session" if plan else "intake",
        plan=plan,
        by=place.desk,
        clinic=place.clinic,
    )
    return booked


def book_and_be_pregnant(making: Making) -> None:
    _book_visit_in_week(making, 0, plan=create_paid_plan(making))
    factor = Factor.objects.get(code="pregnancy")
    record_risk_factor(
        patient=making.patient, kind=factor.kind, factor=factor, by=making.by, today=making.demo.today
    )


def book_and_die(making: Making) -> None:
    _book_visit_in_week(making, 1)
    amend_patient(
        patient=making.patient, by=making.demo.place.desk, died_on=making.demo.today - timedelta(days=1)
    )


def book_then_add_holiday(making: Making) -> None:
    _book_visit_in_week(making, 2)
    place = making.demo.place
    add_holiday(
        clinic=place.clinic,
        day=_working_day_in_week(making, 2),
        name="Works on the water main",
        by=place.admin,
    )


def book_then_add_time_off(making: Making) -> None:
    _book_visit_in_week(making, 3)
    place = making.demo.place
    add_time_off(
        clinic=place.clinic,
        clinician=_first_clinician(making),
        starts_at=_instant_in_week(making, 3, 9),
        ends_at=_instant_in_week(making, 3, 17),
        reason="Congress",
        by=place.admin,
    )


def book_then_deactivate_clinician(making: Making) -> None:
    """With a clinician who works here no more."""
    place = making.demo.place
    gone = save_new_staff(
        User(username="bruno", password="!", title="Dr", first_name="Bruno", last_name="Stahl"),
        roles=[Role.CLINICIAN],
        clinic=place.clinic,
    )
    _book_visit_in_week(making, 4, clinician=gone)
    # Nobody leaves by an action of the product: an account is closed in the admin's own pages.
    gone.is_active = False
    gone.save(update_fields=["is_active"])


def book_and_take_room_out(making: Making) -> None:
    place = making.demo.place
    room = add_room(clinic=place.clinic, name="Room 3", by=place.admin)
    _book_visit_in_week(making, 5, room=room)
    set_room_in_use(room=room, active=False, by=place.admin)


RECIPES: Mapping[str, Callable[[Making], None]] = {
    "visit-pregnant": book_and_be_pregnant,
    "visit-deceased": book_and_die,
    "visit-closed": book_then_add_holiday,
    "visit-clinician-away": book_then_add_time_off,
    "visit-clinician-gone": book_then_deactivate_clinician,
    "visit-room-out": book_and_take_room_out,
}
