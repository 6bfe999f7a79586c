"""A visit along its way: confirmed, arrived, over, cancelled, missed."""

from datetime import timedelta

import pytest

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.treatments.schedule.calendars import NOW, accepted_plan, at, intake, with_hours
from treatments.schedule.actions.booking import book_appointment
from treatments.schedule.actions.checks import Taken, Wanted
from treatments.schedule.actions.visits import (
    cancel_appointment,
    confirm_appointment,
    finish_non_session_visit,
    mark_arrived,
    mark_no_show,
    set_appointment_status,
    take_back_arrival,
)
from treatments.schedule.rules.appointments import AppointmentStatus

pytestmark = pytest.mark.django_db


def codes(refused):
    return [finding.code for finding in refused.value.findings]


def usual(number):
    """Minutes by the usual rule: a first session takes longer."""
    return 35 if number == 1 else 20


def session(plan, room, number, start, by, *, now=NOW, minutes=None, **more):
    minutes = minutes or usual(number)
    return book_appointment(
        patient=plan.patient,
        wanted=Wanted(plan.created_by, room, start, minutes, number),
        kind="session",
        by=by,
        clinic=plan.clinic,
        plan=plan,
        now=now,
        **more,
    )


@pytest.fixture
def visit(clinic, clinician, front_desk, room, patient):
    return intake(clinic, clinician, room, patient, front_desk, at(10))


def test_a_visit_goes_its_way(visit, front_desk):
    confirm_appointment(appointment=visit, by=front_desk, now=NOW)
    mark_arrived(appointment=visit, by=front_desk, now=at(9, 55))
    finish_non_session_visit(appointment=visit, by=front_desk, now=at(10, 40))

    visit.refresh_from_db()
    assert (visit.status, visit.status_by, visit.status_at) == ("done", front_desk, at(10, 40))
    assert list(AuditEvent.objects.order_by("pk").values_list("did", flat=True)) == [
        "appointment.booked",
        "appointment.confirmed",
        "appointment.arrived",
        "appointment.in_treatment",
        "appointment.done",
    ]


def test_the_same_state_twice_changes_nothing(visit, front_desk):
    for _ in range(2):
        confirm_appointment(appointment=visit, by=front_desk, now=NOW)

    assert AuditEvent.objects.filter(did="appointment.confirmed").count() == 1


def test_a_way_that_is_not_in_the_table_is_refused(visit, front_desk):
    with pytest.raises(Refused) as refused:
        set_appointment_status(appointment=visit, to=AppointmentStatus.DONE, by=front_desk, now=NOW)

    assert str(refused.value) == "This appointment is booked: it cannot become done."


def test_the_patient_arrives_on_the_day_of_the_clinics_clock(front_desk):
    clinic = factories.ClinicFactory(time_zone="Pacific/Auckland")
    clinician = factories.ClinicianFactory(clinic=clinic)
    room = with_hours(clinic, clinician)
    start = at(9, zone="Pacific/Auckland")  # still Sunday in UTC
    made = intake(clinic, clinician, room, factories.PatientFactory(), front_desk, start)

    with pytest.raises(Refused) as refused:
        mark_arrived(appointment=made, by=front_desk, now=start - timedelta(hours=10))
    arrived = mark_arrived(appointment=made, by=front_desk, now=start - timedelta(hours=8))

    assert codes(refused) == ["booking:day"]
    assert arrived.status == "arrived"


def test_an_arrival_is_taken_back(visit, front_desk):
    mark_arrived(appointment=visit, by=front_desk, now=at(9))

    back = take_back_arrival(appointment=visit, by=front_desk, now=at(9, 1))

    assert back.status == "booked"


def test_nobody_has_missed_what_is_not_yet(visit, front_desk):
    with pytest.raises(Refused) as refused:
        mark_no_show(appointment=visit, by=front_desk, now=at(9, 59))

    assert codes(refused) == ["booking:early"]
    assert mark_no_show(appointment=visit, by=front_desk, now=at(10, 20)).status == "no_show"


def test_who_comes_late_after_all_gets_the_time_if_it_is_free(clinic, clinician, front_desk, room, visit):
    mark_no_show(appointment=visit, by=front_desk, now=at(10, 15))
    visit.refresh_from_db()
    intake(
        clinic,
        clinician,
        room,
        factories.PatientFactory(),
        front_desk,
        at(10, 10),
        now=at(10, 16),
        minutes=20,
    )

    with pytest.raises(Taken):
        mark_arrived(appointment=visit, by=front_desk, now=at(10, 17))

    visit.refresh_from_db()
    assert visit.status == "no_show"


def test_a_session_is_not_finished_by_hand(clinic, clinician, front_desk, room):
    plan = accepted_plan(clinic, clinician)
    made = session(plan, room, 1, at(10), front_desk)

    with pytest.raises(Refused) as refused:
        finish_non_session_visit(appointment=made, by=front_desk, now=at(11))

    assert codes(refused) == ["booking:sign"]


@pytest.mark.parametrize(("hours", "status"), [(24, "cancelled"), (23, "late_cancelled")])
def test_cancelling_late_is_late(visit, front_desk, hours, status):
    given_up = cancel_appointment(
        appointment=visit, by=front_desk, reason=" Has a cold ", now=at(10) - timedelta(hours=hours)
    )

    assert (given_up.status, given_up.status_reason) == (status, "Has a cold")
    assert AuditEvent.objects.last().data == {"before": "booked"}


def test_cancelling_says_why(visit, front_desk):
    with pytest.raises(Refused) as refused:
        cancel_appointment(appointment=visit, by=front_desk, reason="  ", now=NOW)

    assert codes(refused) == ["booking:reason"]


def test_cancelling_twice_keeps_the_first_reason(visit, front_desk):
    cancel_appointment(appointment=visit, by=front_desk, reason="A cold", now=NOW)

    again = cancel_appointment(appointment=visit, by=front_desk, reason="Other", now=at(9))

    assert (again.status, again.status_reason) == ("cancelled", "A cold")


def test_a_cancelled_time_is_free_again(clinic, clinician, front_desk, room, visit):
    cancel_appointment(appointment=visit, by=front_desk, reason="A cold", now=NOW)

    made = intake(clinic, clinician, room, factories.PatientFactory(), front_desk, at(10))

    assert made.status == "booked"
