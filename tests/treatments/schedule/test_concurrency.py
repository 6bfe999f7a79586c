"""Fifty people book the same time at once, over HTTP, each on a connection of their own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in
from tests.treatments.schedule.calendars import at, value, with_hours
from treatments.schedule.models import Appointment

CLIENTS = 50


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("contested", ["clinician", "room", "patient"])
def test_of_fifty_simultaneous_bookings_one_wins_and_the_others_are_offered_others(
    contested, clinic, front_desk
):
    day = timezone.localdate() + timedelta(days=3)
    clinicians = [factories.ClinicianFactory(clinic=clinic)]
    rooms = [with_hours(clinic, clinicians[0])]
    patients = [factories.PatientFactory(registered_by=front_desk)]
    for _ in range(CLIENTS - 1):
        if contested != "patient":
            patients.append(factories.PatientFactory(registered_by=front_desk))
        if contested != "clinician":
            clinicians.append(factories.ClinicianFactory(clinic=clinic))
        if contested == "patient":
            rooms.append(factories.RoomFactory(clinic=clinic))
    if contested == "clinician":
        rooms += [
            factories.RoomFactory(clinic=clinic) for _ in range(CLIENTS - 1)
        ]  # fmt: skip
    pairs = {
        "clinician": [(clinicians[0], room) for room in rooms],
        "room": [(clinician, rooms[0]) for clinician in clinicians],
        "patient": list(zip(clinicians, rooms, strict=False)),
    }[contested]
    for n, (clinician, room) in enumerate(pairs[1:], start=1):
        # Every pair works at ten; the hours start at different minutes, as no two may be the same.
        factories.OpeningFactory(
            clinic=clinic, clinician=clinician, room=room, weekday=day.weekday(),
            opens=f"08:{n:02d}", closes="12:00",
        )  # fmt: skip
    whom = patients if len(patients) > 1 else patients * CLIENTS
    clients = [signed_in(front_desk) for _ in range(CLIENTS)]
    together = threading.Barrier(CLIENTS)

    def one(n):
        clinician, room = pairs[n]
        try:
            together.wait(timeout=60)
            return clients[n].post(
                reverse("schedule:book", args=[whom[n].pk]),
                {
                    "kind": "intake",
                    "day": day.isoformat(),
                    "minutes": "30",
                    "slot": value(at(10, day=day), clinician, room),
                },
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(one, range(CLIENTS)))

    assert sorted(a.status_code for a in answers) == [302] + [422] * (CLIENTS - 1)
    refused = [a for a in answers if a.status_code == 422]
    words = {
        "clinician": "The clinician already has an appointment then.",
        "room": "The room is already taken then.",
        "patient": "The patient already has an appointment then.",
    }[contested]
    assert all(words in a.content.decode() for a in refused)
    assert all(len(a.context["offer"].nearest) == 3 for a in refused)
    assert Appointment.objects.count() == 1
    assert AuditEvent.objects.filter(did="appointment.booked").count() == 1
