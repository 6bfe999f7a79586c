"""The calendar in a browser: a card is carried by mouse, by finger and by keyboard, and the desk books with few taps."""

import re
from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from tests import factories
from treatments.schedule.models import Appointment
from treatments.schedule.rules.availability import instant_of_clock

PHONE = {"width": 390, "height": 844}
TABLET = {"width": 1024, "height": 768}
ROW_HEIGHT = "parseFloat(getComputedStyle(document.querySelector('[data-column]')).gridAutoRows)"


@pytest.fixture
def tomorrow():
    return timezone.localdate() + timedelta(days=1)


@pytest.fixture
def visits(house, tomorrow):
    """Two visits of tomorrow with Dr Kaya: at ten, and at noon."""
    zone, by = house.clinic.zone, house.desk

    def made(hour, family_name):
        start = instant_of_clock(tomorrow, time(hour), zone)
        return factories.AppointmentFactory(
            clinic=house.clinic,
            clinician=house.staff["elif"],
            room=house.rooms["Room 2"],
            kind="intake",
            starts_at=start,
            ends_at=start + timedelta(minutes=30),
            booked_by=by,
            patient=factories.PatientFactory(family_name=family_name, registered_by=by),
        )

    return made(10, "Firstcard"), made(12, "Secondcard")


def opens(desk, tomorrow):
    desk.sign_in("sara", at=f"{reverse('schedule:day')}?day={tomorrow}")
    desk.look("day ")


def card_of(desk, name):
    return desk.page.locator(".slot", has_text=name)


def clock(visit, zone):
    visit.refresh_from_db()
    return f"{visit.starts_at.astimezone(zone):%H:%M}–{visit.ends_at.astimezone(zone):%H:%M}"


def drags(desk, card, *, down=0, edge=False):
    """From the middle of a card, or from its lower edge, so many pixels down; until the page shows the answer."""
    page = desk.page
    takes(page, card, down=down, edge=edge)
    with page.expect_response(lambda response: "/place/" in response.url):
        page.mouse.up()
    # An answer of the drag before may still stand there.
    expect(page.locator(".slot.is-sent")).to_have_count(0)


def takes(page, card, *, down, edge=False):
    """Into one's hand, and where it is held then."""
    card.scroll_into_view_if_needed()
    box = card.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + (box["height"] - 3 if edge else 8)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + down / 2, steps=4)
    page.mouse.move(x, y + down, steps=4)
    return x, y + down


def test_a_card_is_dragged_stretched_and_goes_back_where_it_may_not_stay(house, visits, tomorrow, person):
    first, second = visits
    zone, desk = house.clinic.zone, person()
    opens(desk, tomorrow)
    hour = 12 * desk.page.evaluate(ROW_HEIGHT)

    drags(desk, card_of(desk, "Firstcard"), down=hour / 2)
    expect(desk.page.get_by_text("Moved to")).to_be_visible()
    assert clock(first, zone) == "10:30–11:00"
    expect(card_of(desk, "Firstcard")).to_have_class(re.compile(r"\bt1-8 t10-1\b"))

    drags(desk, card_of(desk, "Firstcard"), down=hour / 4, edge=True)
    expect(desk.page.get_by_text("Moved to")).to_be_visible()
    assert clock(first, zone) == "10:30–11:15"

    drags(desk, card_of(desk, "Firstcard"), down=hour * 1.5)
    expect(desk.page.get_by_text("it stays where it was")).to_be_visible()
    expect(desk.page.locator("#answer")).to_contain_text("already has an appointment then")
    expect(card_of(desk, "Firstcard")).to_have_class(re.compile(r"\bt1-8 t10-1\b"))
    expect(desk.page.locator("#answer .nearest button")).to_have_count(3)
    assert clock(first, zone) == "10:30–11:15"
    assert clock(second, zone) == "12:00–12:30"
    desk.look("day ")

    # One tap takes one of the times offered instead. The page answered as it should; only the console calls 422 an error.
    with desk.page.expect_response(lambda response: "/place/" in response.url):
        desk.page.locator("#answer .nearest button").first.click()
    expect(desk.page.get_by_text("Moved to")).to_be_visible()
    assert clock(first, zone) != "10:30–11:15"
    desk.trouble[:] = [said for said in desk.trouble if "422" not in said]


def test_a_card_in_hand_stays_there_while_the_answer_to_the_one_before_comes(house, visits, tomorrow, person):
    first, second = visits
    zone, desk = house.clinic.zone, person()
    opens(desk, tomorrow)
    page = desk.page
    hour = 12 * page.evaluate(ROW_HEIGHT)
    the_day, waits = re.compile(r"/calendar/\?day="), []
    page.route(the_day, lambda route: waits.append(route), times=1)

    takes(page, card_of(desk, "Firstcard"), down=hour / 2)
    with page.expect_request(the_day):
        page.mouse.up()
    x, y = takes(page, card_of(desk, "Secondcard"), down=hour / 2)
    with page.expect_response(the_day):
        waits[0].continue_()
    page.mouse.move(x, y + 1)
    expect(card_of(desk, "Secondcard")).to_have_count(1)
    with page.expect_response(lambda response: "/place/" in response.url):
        page.mouse.up()
    expect(page.locator(".slot.is-sent")).to_have_count(0)

    assert clock(first, zone) == "10:30–11:00"
    assert clock(second, zone) == "12:30–13:00"
    expect(card_of(desk, "Secondcard")).to_contain_text("12:30–13:00")


def test_the_same_by_keyboard(house, visits, tomorrow, person):
    first, _ = visits
    zone, desk = house.clinic.zone, person()
    opens(desk, tomorrow)
    keys = desk.page.keyboard

    card_of(desk, "Firstcard").get_by_role("link").focus()
    keys.press("m")
    for _ in range(3):
        keys.press("ArrowDown")
    expect(desk.page.locator("#answer")).to_contain_text("10:15–10:45")
    keys.press("Escape")
    expect(desk.page.locator("#answer")).to_contain_text("It stays where it was.")
    assert clock(first, zone) == "10:00–10:30"
    keys.press("m")
    for _ in range(3):
        keys.press("ArrowDown")
    keys.press("Shift+ArrowDown")
    with desk.page.expect_response(lambda response: "/place/" in response.url):
        keys.press("Enter")
    expect(desk.page.get_by_text("Moved to")).to_be_visible()

    assert clock(first, zone) == "10:15–10:50"


def test_a_finger_carries_a_card_by_its_grip(house, visits, tomorrow, chromium, live_server, person):
    """Pointer events of a finger, as a tablet sends them; without the grip the page would scroll instead."""
    first, _ = visits
    zone, desk = house.clinic.zone, person()
    opens(desk, tomorrow)

    with desk.page.expect_response(lambda response: "/place/" in response.url):
        desk.page.evaluate(
            """() => {
                const card = [...document.querySelectorAll(".slot")].find((one) => one.textContent.includes("Firstcard"));
                const send = (target, type, y) => target.dispatchEvent(new PointerEvent(type, {
                    bubbles: true, cancelable: true, pointerId: 7, pointerType: "touch", clientX: box.x + 20, clientY: y, button: 0,
                }));
                const box = card.getBoundingClientRect();
                const step = parseFloat(getComputedStyle(card.parentElement).gridAutoRows);
                // Not by the grip: the page scrolls, nothing is taken.
                send(card, "pointerdown", box.y + 4);
                send(card, "pointermove", box.y + 60);
                if (card.classList.contains("is-held")) throw new Error("taken without its grip");
                send(card, "pointerup", box.y + 60);
                send(card.querySelector("[data-grip]"), "pointerdown", box.y + 4);
                send(document, "pointermove", box.y + 4 + 30);
                send(document, "pointermove", box.y + 4 + 12 * step);
                send(document, "pointerup", box.y + 4 + 12 * step);
            }"""
        )
    expect(desk.page.get_by_text("Moved to")).to_be_visible()

    assert clock(first, zone) == "11:00–11:30"


def test_a_free_time_is_booked_from_the_calendar(house, visits, tomorrow, person):
    desk = person()
    opens(desk, tomorrow)
    patient = factories.PatientFactory(family_name="Waiting", registered_by=house.desk)

    desk.page.get_by_role("link", name=re.compile("^Book 14:00, Dr Elif Kaya")).click()
    desk.look("Book a free time")
    desk.page.locator("#id_q").fill("waiting")
    desk.button("Find the patient").click()
    desk.look("Book a free time")
    desk.button("Book for").click()
    desk.look("Book a visit")
    desk.page.get_by_role("button", name=re.compile("^Book .*, 14:00 with Dr Elif Kaya$")).click()
    desk.look("Appointment")

    made = Appointment.objects.get(patient=patient)
    assert f"{made.starts_at.astimezone(house.clinic.zone):%H:%M}" == "14:00"


def test_a_week_on_a_tablet_is_whole_and_a_quarter_of_an_hour_shows_its_name(house, visits, tomorrow, person):
    first, _ = visits
    first.ends_at = first.starts_at + timedelta(minutes=15)
    first.save(update_fields=["ends_at"])
    desk = person(TABLET)
    desk.sign_in("sara", at=f"{reverse('schedule:day')}?day={tomorrow}&view=week")
    desk.look(" · Mesoclinic")

    calendar = desk.page.locator("#calendar")
    assert calendar.evaluate("grid => grid.scrollWidth <= grid.clientWidth"), "Sunday is cut"
    name = desk.page.locator(".slot.is-short > a", has_text="Firstcard")
    assert name.evaluate(
        "a => getComputedStyle(a).overflowY == 'visible' || a.scrollHeight <= a.clientHeight"
    )


def test_every_page_of_the_calendar_fits_a_phone(house, visits, tomorrow, person):
    desk = person(PHONE)
    desk.sign_in("sara")
    desk.look("day ")
    for view in ("day", "week", "list"):
        desk.open(f"{reverse('schedule:day')}?day={tomorrow}&view={view}")
        desk.look(" · Mesoclinic")
    expect(desk.page.locator(".visit")).to_have_count(2)
    for name in ("free", "to_book"):
        desk.open(reverse(f"schedule:{name}"))
        desk.look(" · Mesoclinic")
