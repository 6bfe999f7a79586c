"""The gate before every page by link: what opens it, what does not, and that nothing shows before it."""

from datetime import date, timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail, signing
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import AuditEvent
from mesoclinic.outbox.link_messages import send_link, send_link_message
from mesoclinic.outbox.models import LinkMessage
from mesoclinic.pages import patient_links
from mesoclinic.pages.links_sent import missing_language_text
from mesoclinic.pages.patient_links import OPENED_COOKIE, PAGES
from patients.actions.links import end_link, link_address, link_token, mark_link_used
from patients.models import PatientLink
from patients.rules.links import MOST_TRIES, STAYS_OPEN, LinkPurpose
from tests import factories

BORN = date(1984, 2, 3)
CANARY = "Quillfeather"
RIGHT = {"gate": "1", "code": "123456"}
WRONG = {"gate": "1", "code": "000000"}


@pytest.fixture
def patient(clinic):
    return factories.PatientFactory(
        given_names="Zenobia", family_name=CANARY, birth_date=BORN, email="z@example.org"
    )


@pytest.fixture
def link(clinic, patient):
    """A link to a page that says no more than whose it is, so that the gate alone is asked."""
    factories.OutboxSettingsFactory(clinic=clinic, phone="+1 212 555 0142", by_email=True)
    return factories.PatientLinkFactory(clinic=clinic, patient=patient, purpose="quote")


@pytest.fixture(autouse=True)
def a_page_of_its_own(monkeypatch):
    """In place of a quote: what is asked here is the same of every page."""
    page = patient_links.PageByLink(
        lambda request, link, part: HttpResponse(f"of {link.patient.family_name} {part}"), lambda link: True
    )
    monkeypatch.setattr(patient_links, "PAGES", {**PAGES, LinkPurpose.QUOTE: page, LinkPurpose.INTAKE: page})


def path_of(link):
    return link_address(link).removeprefix(settings.SITE_URL)


def open_at(client, link, typed=RIGHT):
    return client.post(path_of(link), typed)


def test_before_the_gate_nothing_of_the_record_shows_and_nobody_is_viewed(link, patient, stranger):
    for answer in (stranger.get(path_of(link)), open_at(stranger, link, WRONG)):
        page = answer.text
        for secret in (CANARY, "Zenobia", patient.record_number, "1984", str(patient.pk) + "/", "code_hash"):
            assert secret not in page, secret
        assert "+1 212 555 0142" in page
        assert 'href="tel:+12125550142"' in page
        assert "no-store" in answer["Cache-Control"]
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer["Referrer-Policy"] == "same-origin"
    assert not AuditEvent.objects.filter(did__endswith=".viewed").exists()


def test_the_address_says_nothing_of_anybody(link, patient):
    for secret in (CANARY, patient.record_number, "quote"):
        assert secret not in path_of(link)


def test_the_right_answer_opens_the_page_on_this_device_alone(link, stranger):
    opened = open_at(stranger, link)

    assert (opened.status_code, opened.url) == (302, path_of(link))
    cookie = opened.cookies[OPENED_COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (path_of(link), True, "Lax")
    assert stranger.get(path_of(link)).text == f"of {CANARY} "
    assert stranger.get(path_of(link) + "paper/").text == f"of {CANARY} paper"
    assert CANARY not in Client().get(path_of(link)).text
    assert AuditEvent.objects.get(did="link.opened").by is None
    assert AuditEvent.objects.filter(did="patient.viewed", by=None).count() == 2


def test_a_cookie_of_one_link_opens_no_other(link, clinic, patient, stranger):
    other = factories.PatientLinkFactory(clinic=clinic, patient=patient, purpose="quote")
    opened = open_at(stranger, link)

    thief = Client()
    thief.cookies[OPENED_COOKIE] = opened.cookies[OPENED_COOKIE].value

    assert CANARY not in thief.get(path_of(other)).text


def test_a_page_left_untouched_closes_and_asks_again(link, stranger):
    open_at(stranger, link)
    with time_machine.travel(timezone.now() + STAYS_OPEN + timedelta(seconds=2), tick=False):
        assert CANARY not in stranger.get(path_of(link)).text


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"day": "3", "month": "2", "year": "1984"}, 302),
        ({"day": "٣", "month": "٢", "year": "١٩٨٤"}, 302),
        ({"day": "2", "month": "3", "year": "1984"}, 422),
        ({"day": "3", "month": "2", "year": "84"}, 422),
        ({"code": "123456"}, 422),
        ({}, 422),
    ],
)
def test_a_page_that_only_takes_answers_opens_with_the_birth_date(clinic, patient, stranger, typed, status):
    link = factories.PatientLinkFactory(clinic=clinic, patient=patient, purpose="intake")

    assert open_at(stranger, link, {"gate": "1"} | typed).status_code == status


def test_the_birth_date_opens_no_page_that_shows_something_of_the_record(link, stranger):
    answer = open_at(stranger, link, {"gate": "1", "day": "3", "month": "2", "year": "1984"})

    assert answer.status_code == 422


def test_five_wrong_answers_end_a_link_for_the_right_one_too(link, stranger):
    answers = [open_at(stranger, link, WRONG).status_code for _ in range(MOST_TRIES)]

    assert answers == [422, 422, 422, 422, 404]
    assert open_at(stranger, link).status_code == 404


def test_the_database_counts_no_sixth_try(link):
    with pytest.raises(IntegrityError, match="link_takes_so_many_tries"), transaction.atomic():
        PatientLink.objects.update(attempts=MOST_TRIES + 1)


def test_the_database_keeps_no_link_to_the_record_without_a_code(link, clinic, patient):
    with pytest.raises(IntegrityError, match="link_to_the_record_has_a_code"), transaction.atomic():
        factories.PatientLinkFactory(clinic=clinic, patient=patient, purpose="aftercare", code_hash="")


def test_unknown_forged_expired_used_and_ended_get_one_answer(link, clinic, patient, front_desk, stranger):
    def answer_of(address):
        found = stranger.get(address)
        posted = stranger.post(address, RIGHT)
        return found.status_code, posted.status_code, found.text

    expired, used, ended = (
        factories.PatientLinkFactory(clinic=clinic, patient=patient, purpose="quote", **more)
        for more in ({"expires_at": timezone.now() + timedelta(minutes=1)}, {}, {})
    )
    mark_link_used(used)
    end_link(link=ended, by=front_desk)
    forged = signing.Signer(salt="another", sep=".").sign(link.key.hex)
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        answers = {
            answer_of(reverse("patient_link", args=[token]))
            for token in ("nothing", forged, *(link_token(each) for each in (expired, used, ended)))
        }

    ((looked, tried, text),) = answers
    assert (looked, tried) == (404, 404)
    assert "This link no longer works" in text
    assert 'href="tel:+12125550142"' in text


def test_who_has_a_page_open_sees_what_became_of_it_and_a_forwarded_link_shows_nothing(link, stranger):
    open_at(stranger, link)
    mark_link_used(link)

    assert CANARY in stranger.get(path_of(link)).text
    assert Client().get(path_of(link)).status_code == 404


def test_a_link_that_is_ended_closes_the_page_that_is_open(link, front_desk, stranger):
    open_at(stranger, link)
    end_link(link=link, by=front_desk)

    assert stranger.get(path_of(link)).status_code == 404


def test_looking_tries_nothing(link, stranger):
    for method in ("get", "head", "get"):
        getattr(stranger, method)(path_of(link))

    link.refresh_from_db()
    assert (link.attempts, link.opened_at) == (0, None)


def test_a_page_is_offered_in_six_languages_and_keeps_the_one_chosen(link, stranger):
    first = stranger.get(path_of(link))
    chosen = stranger.get(path_of(link) + "?language=ar")
    kept = stranger.get(path_of(link))
    odd = Client().get(path_of(link) + "?language=ja")

    for name in ("English", "Türkçe", "Español", "Français", "Deutsch", "العربيّة"):
        assert name in first.text
    assert '<html lang="en" dir="ltr">' in first.text
    assert '<html lang="ar" dir="rtl">' in chosen.text
    assert '<html lang="ar" dir="rtl">' in kept.text
    assert '<html lang="en"' in odd.text


# --- the message ---------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", LinkPurpose)
def test_a_message_holds_the_link_and_nothing_of_the_patient(link, clinic, patient, front_desk, purpose):
    sent = send_link(
        clinic=clinic,
        patient=patient,
        purpose=purpose,
        expires_at=timezone.now() + timedelta(days=3),
        by=front_desk,
    )

    send_link_message.call(sent.message.pk)
    send_link_message.call(sent.message.pk)

    (letter,) = mail.outbox
    assert letter.to == ["z@example.org"]
    assert link_address(sent.link) in letter.body
    for secret in (CANARY, "Zenobia", patient.record_number, "1984", sent.code or "no code"):
        assert secret not in f"{letter.subject} {letter.body}"


def test_a_link_ended_before_it_went_is_not_sent(link, clinic, patient, front_desk):
    sent = send_link(
        clinic=clinic,
        patient=patient,
        purpose=LinkPurpose.INTAKE,
        expires_at=timezone.now() + timedelta(days=3),
        by=front_desk,
    )
    end_link(link=sent.link, by=front_desk)

    send_link_message.call(sent.message.pk)

    assert mail.outbox == []
    sent.message.refresh_from_db()
    assert sent.message.status == "skipped"


# --- the desk ------------------------------------------------------------------------------------


def test_the_desk_sees_the_links_sent_and_ends_one(link, clinic, patient, as_front_desk, stranger, once):
    message = factories.MessageFactory(clinic=clinic, patient=patient, purpose="quote", status="sent")
    LinkMessage.objects.create(link=link, message=message)
    page = as_front_desk.get(reverse("patient", args=[patient.pk]))
    ended = as_front_desk.post(reverse("patients:link_end", args=[link.pk]), {"once": once()}, follow=True)

    assert "not opened yet" in page.text
    assert "The link opens no more." in ended.text
    assert stranger.get(path_of(link)).status_code == 404
    assert AuditEvent.objects.get(did="link.ended").by is not None


def test_the_desk_is_told_of_a_language_that_is_not_there(link, patient, as_front_desk):
    patient.language = "ja"
    patient.save()

    page = as_front_desk.get(reverse("patient", args=[patient.pk]))

    assert "not written in Japanese yet" in page.text
    assert [missing_language_text(code) for code in ("de-AT", "ar", "tr")] == ["", "", ""]
