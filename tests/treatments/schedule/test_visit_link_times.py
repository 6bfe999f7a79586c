"""A patient gives a visit another time by the link of a reminder, and puts it in a calendar."""

from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.treatments.schedule.calendars import MONDAY, NOW, accepted_plan, at, intake, value, with_hours
from treatments.schedule.actions.booking import book_appointment
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.models import Appointment
from treatments.schedule.queries.visit_links import visit_link_address, visit_link_token

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_three_days_before():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def visit(clinic, clinician, front_desk, room, patient):
    return intake(clinic, clinician, room, patient, front_desk, at(10))


def times_address(visit, **asked):
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in asked.items())
    return reverse("schedule:visit_time", args=[visit_link_token(visit)]) + ("?" + query if query else "")


def choose(visit, start, clinician, room):
    return Client().post(times_address(visit), {"at": value(start, clinician, room)})


def test_a_chosen_time_is_on_the_button_and_none_is_chosen_beforehand(visit, clinician, room):
    page = Client().get(times_address(visit, day=MONDAY)).content.decode()
    assert "Move to" not in page
    assert ">10:00<" not in page  # the time the visit has
    assert ">10:30<" in page

    chosen = (
        Client().get(times_address(visit, day=MONDAY, at=value(at(11), clinician, room))).content.decode()
    )
    assert "Move to Mon 4 Mar, 11:00" in " ".join(chosen.split())


def test_the_visit_moves_and_the_patient_sees_its_new_time(visit, clinician, room):
    answer = choose(visit, at(11), clinician, room)

    moved = Appointment.objects.get(pk=visit.pk)
    assert (moved.starts_at, moved.ends_at) == (at(11), at(11, 30))
    assert answer.status_code == 302
    assert answer["Location"] == visit_link_address(moved).removeprefix(django_settings.SITE_URL)
    assert ">11:00<" in Client().get(answer["Location"]).content.decode()
    event = AuditEvent.objects.get(did="appointment.moved")
    assert (event.by, event.patient_id) == (None, visit.patient_id)
    # The address before is no way back.
    assert choose(visit, at(12), clinician, room).status_code == 302
    assert Appointment.objects.get(pk=visit.pk).starts_at == at(11)


def test_what_was_taken_meanwhile_is_not_to_be_had(clinic, visit, clinician, front_desk, room):
    intake(clinic, clinician, room, factories.PatientFactory(), front_desk, at(11))

    answer = choose(visit, at(11), clinician, room)

    assert answer.status_code == 422
    assert "That time is not free any more" in answer.content.decode()
    assert Appointment.objects.get(pk=visit.pk).starts_at == at(10)


def test_no_patient_takes_a_time_that_would_need_a_reason(clinic, visit, clinician, room):
    elsewhere = with_hours(factories.ClinicFactory(), factories.ClinicianFactory())
    for start, where in (
        (at(20), room),  # outside the hours
        (at(7) - timedelta(days=4), room),  # has passed
        (at(11) + timedelta(days=200), room),  # too far ahead
        (at(11), elsewhere),  # another clinic's room
    ):
        assert choose(visit, start, clinician, where).status_code == 422, start
    assert Client().post(times_address(visit), {"at": "nothing"}).status_code == 422
    assert Client().post(times_address(visit), {"at": "\0"}).status_code == 422
    assert Appointment.objects.get(pk=visit.pk).starts_at == at(10)


def test_a_session_is_offered_only_days_that_keep_its_distance(clinic, clinician, front_desk, room, patient):
    plan = accepted_plan(clinic, clinician, patient, sessions_planned=3, intervals=[14, 14], status="active")
    first, second = (
        book_appointment(
            patient=patient,
            wanted=Wanted(clinician, room, at(10, day=MONDAY + timedelta(days=days)), 60, number),
            kind="session",
            by=front_desk,
            clinic=clinic,
            plan=plan,
            reasons={"booking:length": "Tried", f"booking:length:{number}": "Tried"},
            now=NOW,
        )
        for number, days in ((1, 0), (2, 14))
    )
    page = Client().get(times_address(second, **{"from": MONDAY})).content.decode()
    assert 'class="pt-times"' not in page

    assert choose(second, at(11, day=MONDAY + timedelta(days=3)), clinician, room).status_code == 422
    assert choose(second, at(11, day=MONDAY + timedelta(days=14)), clinician, room).status_code == 302
    assert first.starts_at == at(10)


def test_a_session_that_fits_no_later_day_is_offered_none(clinic, clinician, front_desk, room, patient):
    plan = accepted_plan(clinic, clinician, patient, sessions_planned=3, intervals=[14, 14], status="active")
    first, second = (
        book_appointment(
            patient=patient,
            wanted=Wanted(clinician, room, at(10, day=MONDAY + timedelta(days=days)), 60, number),
            kind="session",
            by=front_desk,
            clinic=clinic,
            plan=plan,
            reasons={"booking:length": "Tried", f"booking:length:{number}": "Tried", "interval:2": "Travels"},
            now=NOW,
        )
        for number, days in ((1, 0), (2, 7))
    )
    page = Client().get(times_address(first, **{"from": MONDAY})).content.decode()
    assert "Later days" not in page
    assert "Please call us if you would like another time." in page

    # The second session has later days: the link leads to the first that keeps its distance, two days sooner at most.
    page = Client().get(times_address(second, **{"from": MONDAY})).content.decode()
    assert f'?from={MONDAY + timedelta(days=12)}">Later days' in page


def test_the_pages_say_the_time_and_the_clinic_and_nothing_else(visit, patient):
    for address in (times_address(visit), reverse("schedule:visit_ics", args=[visit_link_token(visit)])):
        answer = Client().get(address)
        shown = answer.content.decode()
        for secret in (
            patient.family_name,
            patient.given_names,
            patient.record_number,
            "Session",
            "Intake",
            "<script",
        ):
            assert secret not in shown
        assert answer["X-Robots-Tag"] == "noindex, nofollow, noarchive"


def test_a_calendar_gets_an_appointment_at_its_time(visit):
    answer = Client().get(reverse("schedule:visit_ics", args=[visit_link_token(visit)]))

    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert (event["SUMMARY"], event.start, event.end) == ("Appointment", visit.starts_at, visit.ends_at)
    assert "LOCATION" not in event
    assert "DESCRIPTION" not in event


def test_a_forged_a_cancelled_and_a_begun_visit_open_no_times(visit, clinician, room):
    assert Client().get(times_address(visit).replace("/time/", "x/time/")).status_code == 404
    Client().post(reverse("schedule:visit", args=[visit_link_token(visit)]), {"says": "cancel"})
    assert Client().get(times_address(visit)).status_code == 302
    assert choose(visit, at(11), clinician, room).status_code == 302
    assert Appointment.objects.get(pk=visit.pk).starts_at == at(10)
    with time_machine.travel(at(10, 1), tick=False):
        assert Client().get(reverse("schedule:visit_ics", args=[visit_link_token(visit)])).status_code == 410


def test_a_week_takes_the_same_queries_whoever_is_asked_for(visit, django_assert_max_num_queries):
    for asked in ({}, {"with": "anyone"}):
        with django_assert_max_num_queries(8):
            Client().get(times_address(visit, **asked))
