"""A patient answers by the link in a reminder: what it shows, what it does once, and when it does nothing."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core import signing
from django.db import connection
from django.test import Client
from django.utils import timezone

from mesoclinic.core import rate_limit
from mesoclinic.core.links import BadLink
from mesoclinic.core.models import AuditEvent, MinuteCount
from tests import factories
from treatments.schedule.actions.visits import cancel_appointment
from treatments.schedule.models import FreedTime
from treatments.schedule.queries.visit_links import read_visit_link_or_raise, visit_link_address


@pytest.fixture
def visit(clinic):
    clinic.name, clinic.time_zone = "Clinique du Parc", "Europe/Paris"
    clinic.save()
    factories.OutboxSettingsFactory(clinic=clinic, phone="+33 1 23 45 67 89")
    start = (timezone.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    return factories.AppointmentFactory(
        clinic=clinic,
        patient=factories.PatientFactory(given_names="Zenobia", family_name="Quillfeather", language="fr"),
        starts_at=start,
        note="itches",
    )


def address(visit):
    return visit_link_address(visit).removeprefix(django_settings.SITE_URL)


def says(visit, what):
    return Client().post(address(visit), {"says": what}, follow=True)


def test_the_link_is_signed_for_one_visit_at_its_time(visit):
    token = address(visit).split("/")[2]

    link = read_visit_link_or_raise(token)

    assert (link.appointment, link.starts_at) == (visit.pk, visit.starts_at)
    forged = signing.dumps([visit.pk, 0], salt="schedule.visit", key="guessed")
    for wrong in (token[:-1], token + "x", token[3:], forged, "1", ""):
        with pytest.raises(BadLink, match="unreadable"):
            read_visit_link_or_raise(wrong)
    other = signing.dumps([visit.pk, int(visit.starts_at.timestamp())], salt="another use")
    with pytest.raises(BadLink):
        read_visit_link_or_raise(other)


def test_a_stranger_sees_the_time_and_the_clinic_and_nothing_else(visit):
    answer = Client().get(address(visit))

    page = answer.content.decode()
    local = visit.starts_at.astimezone(visit.clinic.zone)
    assert answer.status_code == 200
    assert "Clinique du Parc" in page
    assert f"{local:%H:%M}" in page
    assert '<html lang="fr"' in page
    assert "Oui, je viens" in page
    for secret in (
        "Zenobia",
        "Quillfeather",
        visit.patient.record_number,
        "itches",
        visit.clinician.last_name,
        visit.room.name,
        "Session",
        "<script",
    ):
        assert secret not in page, secret
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]
    assert answer.cookies == {}


def test_looking_changes_nothing(visit):
    for method in ("get", "head", "get"):
        getattr(Client(), method)(address(visit))

    visit.refresh_from_db()
    assert visit.status == "booked"
    assert set(AuditEvent.objects.values_list("did", flat=True)) == {"patient.viewed"}


def test_a_patient_confirms_once(visit):
    first, second = says(visit, "confirm"), says(visit, "confirm")

    visit.refresh_from_db()
    assert visit.status == "confirmed"
    assert "Vous nous avez dit que vous venez" in second.content.decode()
    assert first.status_code == second.status_code == 200
    event = AuditEvent.objects.get(did="appointment.confirmed")
    assert event.by is None


def test_a_patient_cancels_once_and_the_time_is_there_for_those_who_wait(visit):
    says(visit, "cancel")
    again = says(visit, "cancel")
    says(visit, "confirm")

    visit.refresh_from_db()
    assert (visit.status, visit.status_by) == ("cancelled", None)
    assert visit.status_reason == "Cancelled by the patient, by link"
    assert "Ce rendez-vous est annulé" in again.content.decode()
    assert FreedTime.objects.get().appointment == visit
    assert AuditEvent.objects.filter(did="appointment.cancelled").count() == 1


def test_who_confirmed_may_still_cancel_by_the_same_link(visit):
    says(visit, "confirm")
    says(visit, "cancel")

    visit.refresh_from_db()
    assert visit.status == "cancelled"


def test_a_late_cancellation_is_said_before_and_kept_as_one(visit):
    with time_machine.travel(visit.starts_at - timedelta(hours=23), tick=False):
        before = Client().get(address(visit)).content.decode()
        says(visit, "cancel")

    visit.refresh_from_db()
    assert "annulation tardive" in before
    assert visit.status == "late_cancelled"
    visit.status = "booked"
    early = factories.AppointmentFactory(
        clinic=visit.clinic, starts_at=visit.starts_at, patient__language="fr"
    )
    assert "annulation tardive" not in Client().get(address(early)).content.decode()


def test_a_visit_that_was_moved_is_not_answered_by_the_old_link(visit):
    old = address(visit)
    visit.starts_at += timedelta(hours=1)
    visit.ends_at += timedelta(hours=1)
    visit.save()

    answer = Client().post(old, {"says": "cancel"}, follow=True)

    visit.refresh_from_db()
    assert visit.status == "booked"
    assert "un autre horaire" in answer.content.decode()
    assert f"{visit.starts_at:%H:%M}" not in answer.content.decode()


@pytest.mark.parametrize("status", ["arrived", "in_treatment", "done"])
def test_a_visit_that_has_begun_is_not_answered(status, visit):
    for step in ("arrived", "in_treatment", "done"):
        type(visit).objects.filter(pk=visit.pk).update(status=step)
        if step == status:
            break

    answer = says(visit, "cancel")

    visit.refresh_from_db()
    assert visit.status == status
    assert "plus rien à répondre" in answer.content.decode()


def test_a_link_expires_when_the_visit_begins(visit):
    old = address(visit)
    with time_machine.travel(visit.starts_at, tick=False):
        shown = Client(headers={"accept-language": "de"}).get(old)
        acted = Client().post(old, {"says": "cancel"})

    visit.refresh_from_db()
    assert (shown.status_code, acted.status_code) == (410, 410)
    assert "Dieser Link ist abgelaufen" in shown.content.decode()
    assert visit.status == "booked"


def test_a_link_older_than_sixty_days_expires_too(visit):
    old = address(visit)
    visit.starts_at += timedelta(days=90)
    visit.ends_at += timedelta(days=90)
    visit.save()
    with time_machine.travel(timezone.now() + timedelta(days=61), tick=False):
        assert Client().get(old).status_code == 410


def test_a_link_that_was_altered_gets_a_friendly_page(visit):
    answer = Client().get(address(visit)[:-4] + "/")

    assert answer.status_code == 404
    assert "This link is not complete" in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"


def test_reminders_are_switched_off_on_the_same_page(visit):
    answer = says(visit, "stop")

    visit.patient.refresh_from_db()
    assert visit.patient.reminders_by == "none"
    assert "Vous ne recevrez plus de rappels" in answer.content.decode()
    says(visit, "stop")
    assert AuditEvent.objects.filter(did="patient.reminders_stopped").count() == 1


def test_the_page_works_in_a_browser_that_sends_no_origin_and_no_cookie(visit):
    strict = Client(enforce_csrf_checks=True, headers={"origin": "null"})

    answer = strict.post(address(visit), {"says": "confirm"})

    visit.refresh_from_db()
    assert answer.status_code == 302
    assert visit.status == "confirmed"


def test_whoever_tries_addresses_is_slowed_down_and_others_are_not(visit, monkeypatch):
    monkeypatch.setattr(rate_limit, "MOST_A_MINUTE", 3)
    with time_machine.travel(timezone.now(), tick=False):
        tries = [Client().get("/visit/nothing/", headers={"x-forwarded-for": "192.0.2.1"}) for _ in range(5)]
        other = Client().get(address(visit), headers={"x-forwarded-for": "evil, 192.0.2.2"})

    assert [t.status_code for t in tries] == [404, 404, 404, 429, 429]
    assert tries[-1]["Retry-After"] == "60"
    assert other.status_code == 200
    kept = set(MinuteCount.objects.values_list("who", flat=True))
    assert len(kept) == 2
    assert not any("192" in who for who in kept if len(who) != 64)
    assert rate_limit.delete_old_counts(now=timezone.now() + timedelta(minutes=32)) == 2


def test_an_address_told_by_somebody_who_is_no_proxy_is_not_believed(visit, monkeypatch):
    monkeypatch.setattr(rate_limit, "MOST_A_MINUTE", 1)
    with time_machine.travel(timezone.now(), tick=False):
        answers = [
            Client(REMOTE_ADDR="203.0.113.9").get(address(visit), headers={"x-forwarded-for": f"192.0.2.{n}"})
            for n in range(2)
        ]

    assert [a.status_code for a in answers] == [200, 429]


def test_the_page_costs_few_queries(visit, count_queries):
    with count_queries() as shown:
        Client().get(address(visit))
    with count_queries() as acted:
        Client().post(address(visit), {"says": "cancel"})

    assert len(shown) == 3  # one of them the row that says what was shown
    assert len(acted) <= 12


@pytest.mark.django_db(transaction=True)
def test_a_confirmation_and_a_cancellation_at_once_are_both_told_the_truth(visit):
    together = threading.Barrier(4)

    def answer(what):
        try:
            together.wait(timeout=60)
            return Client().post(address(visit), {"says": what}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(answer, ["confirm", "cancel", "cancel", "confirm"]))

    visit.refresh_from_db()
    assert codes == [302] * 4
    assert visit.status == "cancelled"
    assert AuditEvent.objects.filter(did="appointment.cancelled").count() == 1


def test_the_desk_and_the_link_agree_on_what_was_cancelled(visit, front_desk):
    cancel_appointment(appointment=visit, by=front_desk, reason="Rang us")

    says(visit, "cancel")

    visit.refresh_from_db()
    assert visit.status_reason == "Rang us"
