"""All dates of a patient by one link: sent from the desk with a code, read after it, nothing said of why."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from mesoclinic.core.models import AuditEvent
from patients.actions.links import link_token
from patients.models import PatientLink
from tests import factories
from tests.treatments.schedule.calendars import MONDAY, NOW, at, intake
from treatments.schedule.queries.visit_links import visit_link_token

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_three_days_before():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def visits(clinic, clinician, front_desk, room, patient):
    patient.email = "z@example.org"
    patient.save()
    factories.OutboxSettingsFactory(clinic=clinic, by_email=True)
    days = (MONDAY, MONDAY + timedelta(days=14))
    return [intake(clinic, clinician, room, patient, front_desk, at(10, day=day)) for day in days]


def send(client, patient, once):
    return client.post(reverse("schedule:visits_send", args=[patient.pk]), {"once": once()}, follow=True)


def test_the_dates_stand_on_one_page_behind_a_code_that_is_shown_once(visits, as_front_desk, patient, once):
    shown = send(as_front_desk, patient, once)
    code = re.search(r"shown once: <b[^>]*>(\d{6})</b>", shown.text).group(1)
    link = PatientLink.objects.get()
    address, stranger = reverse("patient_link", args=[link_token(link)]), Client()

    assert "4 March" not in stranger.get(address).text
    stranger.post(address, {"gate": "1", "code": code})
    page = stranger.get(address).text

    assert "4 March" in page
    assert "18 March" in page
    for visit in visits:
        assert reverse("schedule:visit", args=[visit_link_token(visit)]) in page
    for secret in (patient.family_name, patient.record_number, "ntake", "ession", "<script"):
        assert secret not in page
    assert link.expires_at == visits[1].ends_at + timedelta(days=1)
    assert AuditEvent.objects.get(did="visits.sent").patient_id == patient.pk
    assert AuditEvent.objects.get(did="visits.opened").patient_id == patient.pk
    assert code not in as_front_desk.get(reverse("patient", args=[patient.pk])).text


def test_a_newer_link_takes_the_earlier_one_back(visits, as_front_desk, patient, once):
    send(as_front_desk, patient, once)
    send(as_front_desk, patient, once)

    assert PatientLink.objects.filter(ended_at=None).count() == 1
    assert PatientLink.objects.count() == 2


def test_without_a_visit_to_come_nothing_is_sent(as_front_desk, patient, once):
    shown = send(as_front_desk, patient, once)

    assert "Book one first." in shown.text
    assert not PatientLink.objects.exists()


def test_the_link_ends_with_the_last_visit(visits, as_front_desk, patient, once):
    send(as_front_desk, patient, once)
    address = reverse("patient_link", args=[link_token(PatientLink.objects.get())])

    with time_machine.travel(visits[1].starts_at + timedelta(minutes=1), tick=False):
        assert Client().get(address).status_code == 404


def test_nothing_is_sent_to_who_cannot_be_reached_and_no_code_is_told(visits, as_front_desk, patient, once):
    patient.email = ""
    patient.save()

    shown = send(as_front_desk, patient, once)

    assert "No link was sent: no address." in shown.text
    assert "on its way" not in shown.text
    assert not PatientLink.objects.exists()
