"""The desk changes the day and presses the button: what is saved is what the button said, with and without a script."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests import factories
from tests.treatments.schedule.calendars import accepted_plan
from treatments.schedule.models import Appointment


@pytest.fixture
def tomorrow():
    return timezone.localdate() + timedelta(days=1)


@pytest.fixture(params=[True, False], ids=["with a script", "without one"])
def desk(request, house, person):
    desk = person(scripts=request.param)
    desk.sign_in("sara")
    desk.look("day ")
    yield desk
    # The pages answered as they should; only the console calls 422 an error.
    desk.trouble[:] = [said for said in desk.trouble if "422" not in said]


def button(desk):
    return desk.page.locator("#book-button")


def said_of(day, clock):
    return re.compile(rf"{day:%a} {day.day} {day:%b}( {day.year})?, {clock}")


def asks(desk, field, value):
    """Types another wish. Without a script nothing happens yet."""
    desk.page.get_by_label(field, exact=True).fill(value)
    if desk.scripts:
        desk.page.keyboard.press("Tab")


def picks_the_last_time(desk, title):
    """By hand; its clock is answered."""
    time = desk.page.locator(".time").last
    clock = re.search(r"\d\d:\d\d", time.inner_text())[0]
    time.click()
    if not desk.scripts:
        desk.page.get_by_role("button", name="Take this time").click()
        desk.look(title)
    return clock


def changes_the_day_and_presses(desk, title, day):
    """The old button is gone, or saves nothing and says so."""
    asks(desk, "Day", day.isoformat())
    if not desk.scripts:
        button(desk).click()
        expect(desk.page.get_by_text("nothing was saved").first).to_be_visible()
    expect(button(desk)).to_have_text(re.compile("^Choose a time on "))
    expect(button(desk)).to_be_disabled()
    desk.look(title)


def books_on_another_day(desk, title, path, day, other):
    desk.open(path)
    desk.look(title)
    expect(button(desk)).to_be_disabled()
    clock = picks_the_last_time(desk, title)
    expect(button(desk)).to_have_text(said_of(day, clock))
    changes_the_day_and_presses(desk, title, other)
    clock = picks_the_last_time(desk, title)
    expect(button(desk)).to_have_text(said_of(other, clock))
    button(desk).click()
    return clock


def when(visit, house):
    local = visit.starts_at.astimezone(house.clinic.zone)
    return local.date(), f"{local:%H:%M}"


def test_a_visit_is_booked_and_moved_to_what_the_button_says(house, desk, tomorrow):
    patient = factories.PatientFactory(registered_by=house.desk)
    days = [tomorrow + timedelta(days=n) for n in range(3)]

    path = f"{reverse('schedule:book', args=[patient.pk])}?day={days[0]}"
    clock = books_on_another_day(desk, "Book a visit", path, days[0], days[1])
    desk.look("Appointment")
    visit = Appointment.objects.get(patient=patient)
    assert when(visit, house) == (days[1], clock)

    path = reverse("schedule:move", args=[visit.pk])
    clock = books_on_another_day(desk, "Move an appointment", path, days[1], days[2])
    desk.look("Appointment")
    visit.refresh_from_db()
    assert when(visit, house) == (days[2], clock)


def test_a_course_is_booked_from_the_first_day_that_its_button_says(house, desk, tomorrow):
    plan = accepted_plan(house.clinic, house.staff["elif"], sessions_planned=3)
    first = tomorrow + timedelta(days=6)
    desk.open(reverse("schedule:book_course", args=[plan.pk]))
    desk.look("Book the course")
    old = button(desk).inner_text()

    asks(desk, "First day", first.isoformat())
    if desk.scripts:
        expect(button(desk)).not_to_have_text(old)
    else:
        button(desk).click()
        expect(desk.page.get_by_text("Look at them again").first).to_be_visible()
        assert not Appointment.objects.exists()
    desk.look("Book the course")
    expect(button(desk)).to_have_text(said_of(first, "10:00"))
    button(desk).click()

    expect(desk.page.get_by_text("3 sessions are booked")).to_be_visible()
    desk.look(plan.patient.full_name)
    booked = Appointment.objects.filter(plan=plan).order_by("session_number")
    assert [when(one, house)[0] for one in booked][0] == first
