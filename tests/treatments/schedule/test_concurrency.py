"""Many people book the same time at once, several times over, over HTTP, each on a connection of their own."""

import http.client
import re
import threading
import time as time_module
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.at_once import at_once
from tests.conftest import signed_in
from tests.treatments.schedule.calendars import at, value, with_hours
from treatments.schedule.actions.booking import move_appointment
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.actions.visits import cancel_appointment
from treatments.schedule.models import Appointment
from treatments.schedule.rules.chosen_times import StatedBooking, asked_for_form_value, bookings_form_value

#: What they quarrel about, turn by turn: everything else is each client's own.
CONTESTED = ("clinician", "room", "patient")
MOST_TRIES = 5
WORDS = {
    "clinician": "The clinician already has an appointment then.",
    "room": "The room is already taken then.",
    "patient": "The patient already has an appointment then.",
}


class Browser:
    """Somebody signed in, with one connection to the server that stays open."""

    def __init__(self, address, user):
        client = signed_in(user)
        # The token of the pages is checked over HTTP as it is in a clinic.
        self.token = "a" * 32
        self.cookies = (
            f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}; "
            f"{settings.CSRF_COOKIE_NAME}={self.token}"
        )
        place = urlsplit(address)
        self.connection = http.client.HTTPConnection(place.hostname, place.port, timeout=120)
        # Now, one after another: the test's server lets ten wait at its door, and more at once are turned away.
        self.connection.connect()

    def post(self, path, data):
        body = urlencode(data | {"csrfmiddlewaretoken": self.token})
        headers = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        # On a machine that does much else somebody waits longer than a lock is waited for: that is said by 503, and the
        # page it comes with sends the form again.
        for _ in range(MOST_TRIES):
            self.connection.request("POST", path, body, headers)
            response = self.connection.getresponse()
            page = response.read().decode()
            if response.status != 503:
                break
            time_module.sleep(int(response.headers["Retry-After"]))
        return response.status, page


@pytest.mark.fault("F21")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("clients", "rounds"), [(20, 3), pytest.param(50, 100, marks=pytest.mark.faults)])
def test_of_many_simultaneous_bookings_one_wins_in_every_round(
    clients, rounds, live_server, clinic, front_desk
):
    first_day = timezone.localdate() + timedelta(days=3)
    clinicians = [factories.ClinicianFactory(clinic=clinic) for _ in range(clients)]
    rooms = [with_hours(clinic, one, opens=time(8)) for one in clinicians]
    patients = [factories.PatientFactory(registered_by=front_desk) for _ in range(clients)]
    browsers = [Browser(live_server.url, front_desk) for _ in range(clients)]
    together = threading.Barrier(clients)

    def one(n, contested, day, start):
        who = clinicians[0 if contested == "clinician" else n]
        where = rooms[0 if contested == "room" else n]
        whom = patients[0 if contested == "patient" else n]
        together.wait(timeout=120)
        return browsers[n].post(
            reverse("schedule:book", args=[whom.pk]),
            {
                "kind": "intake",
                "day": day.isoformat(),
                "around": f"{start:%H:%M}",
                "minutes": "15",
                "slot": value(start, who, where),
                "shown_for": asked_for_form_value(["intake", None, None, day, start.time(), 15]),
                "said": bookings_form_value([StatedBooking("intake", start, 15, who.pk, where.pk)]),
                # Only the first one works in the first one's room.
                "reason:booking:closed": "Covers for a colleague",
            },
        )

    with ThreadPoolExecutor(clients) as pool:
        for turn in range(rounds):
            contested = CONTESTED[turn % len(CONTESTED)]
            # Twenty rounds fill a day.
            day = first_day + timedelta(days=turn // 20)
            start = at(9, day=day) + turn % 20 * timedelta(minutes=20)

            answers = list(pool.map(lambda n: one(n, contested, day, start), range(clients)))  # noqa: B023

            statuses = sorted(status for status, _ in answers)
            assert statuses == [302] + [422] * (clients - 1), (turn, contested)
            refused = [page for status, page in answers if status == 422]
            assert all(WORDS[contested] in page for page in refused)
            # Three others are offered: the nearest that are free, and the one that went is not among them.
            offered = [_nearest(page) for page in refused]
            assert [len(times) for times in offered] == [3] * (clients - 1)
            booked = Appointment.objects.get(starts_at=start)
            gone = value(start, booked.clinician, booked.room)
            assert not any(gone in times for times in offered)

    for browser in browsers:
        browser.connection.close()
    assert Appointment.objects.count() == rounds
    assert AuditEvent.objects.filter(did="appointment.booked").count() == rounds


def _nearest(page):
    """The times in the first list of the page: those nearest to the preferred one."""
    nearest = page.partition(", nearest<")[2].partition("</fieldset>")[0]
    return re.findall(r'name="slot"[^>]*value="([^"]+)"', nearest)


@pytest.mark.fault("F22")
@pytest.mark.django_db(transaction=True)
def test_a_visit_that_is_moved_and_cancelled_at_once_has_one_outcome_and_both_are_told(clinic, front_desk):
    clinician = factories.ClinicianFactory(clinic=clinic)
    room = with_hours(clinic, clinician)
    visit = factories.AppointmentFactory(clinic=clinic, clinician=clinician, room=room, starts_at=at(10))
    now = at(9) - timedelta(days=9)

    moved, cancelled = at_once(
        lambda: move_appointment(
            appointment=visit, wanted=Wanted(clinician, room, at(12), 30), by=front_desk, now=now
        ),
        lambda: cancel_appointment(appointment=visit, by=front_desk, reason="Ill", now=now),
    )

    stored = Appointment.objects.get()
    assert (cancelled.status, stored.status) == ("cancelled", "cancelled")
    if isinstance(moved, Refused):
        assert "it cannot be moved" in str(moved)
        assert stored.starts_at == at(10)
    else:
        assert stored.starts_at == moved.starts_at == at(12)
