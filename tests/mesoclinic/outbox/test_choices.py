"""A patient says by the link in a message what they want to be written, and what not; the desk begins again at their word."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from mesoclinic.outbox import sms
from mesoclinic.outbox.choices import stop_messages
from mesoclinic.outbox.link_messages import send_link, send_link_message
from mesoclinic.outbox.messages import choices_address, choices_token
from mesoclinic.outbox.models import Message, OptOut
from mesoclinic.outbox.rules import Purpose
from patients.rules.links import LinkPurpose
from tests import factories
from tests.people_factories import merge_records

CANARY = "Quillfeather"


@pytest.fixture
def clinic(clinic):
    factories.OutboxSettingsFactory(clinic=clinic, phone="+1 212 555 0142", by_email=True, by_sms=True)
    return clinic


@pytest.fixture
def patient(db):
    return factories.PatientFactory(
        given_names="Zenobia", family_name=CANARY, email="z@example.org", phone="+12125550177", language="tr"
    )


@pytest.fixture
def message(clinic, patient):
    return factories.MessageFactory(clinic=clinic, patient=patient, purpose="intake", status="sent")


def path_of(message):
    return choices_address(message.key).removeprefix(settings.SITE_URL)


def send_intake(clinic, patient, by=None):
    sent = send_link(
        clinic=clinic,
        patient=patient,
        purpose=LinkPurpose.INTAKE,
        expires_at=timezone.now() + timedelta(days=3),
        by=by,
    )
    send_link_message.call(sent.message.pk)
    return Message.objects.get(pk=sent.message.pk)


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_every_message_says_where_to_stop_it(clinic, patient, front_desk, channel, settings):
    settings.SMS_BACKEND = "mesoclinic.outbox.sms.Memory"
    sms.outbox.clear()
    patient.reminders_by = channel
    patient.save()

    sent = send_intake(clinic, patient, front_desk)

    stop = choices_address(sent.key)
    if channel == "sms":
        assert stop in sms.outbox[0].text
    else:
        assert stop in mail.outbox[0].body
        headers = mail.outbox[0].extra_headers
        assert headers["List-Unsubscribe"] == f"<{stop}>"
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_page_shows_nothing_that_is_on_record_and_looking_changes_nothing(message, patient):
    page = Client().get(path_of(message))

    assert page.status_code == 200
    for secret in (
        CANARY,
        "Zenobia",
        patient.record_number,
        "z@example.org",
        "0177",
        "checked",
        "aria-pressed",
    ):
        assert secret not in page.text, secret
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    assert not OptOut.objects.exists()
    assert '<html lang="tr"' in page.text


@pytest.mark.parametrize("said", [{"stop": "1"}, {"List-Unsubscribe": "One-Click"}])
def test_a_patient_stops_one_kind_of_messages_without_signing_in_and_the_others_still_come(
    message, clinic, patient, front_desk, said
):
    client = Client(enforce_csrf_checks=True)
    for _ in range(2):
        assert client.post(path_of(message), said).status_code == 302

    assert OptOut.objects.get().purpose == "intake"
    assert AuditEvent.objects.filter(did="messages.stopped", by=None).count() == 1
    assert send_intake(clinic, patient).status == "skipped"
    sent = send_link(
        clinic=clinic,
        patient=patient,
        purpose=LinkPurpose.COURSE,
        expires_at=timezone.now() + timedelta(days=3),
        by=front_desk,
    )
    send_link_message.call(sent.message.pk)
    assert len(mail.outbox) == 1


def test_one_that_was_stopped_while_it_waited_does_not_go(clinic, patient, front_desk):
    sent = send_link(
        clinic=clinic,
        patient=patient,
        purpose=LinkPurpose.INTAKE,
        expires_at=timezone.now() + timedelta(days=3),
        by=front_desk,
    )
    stop_messages(patient=patient, purpose=Purpose.INTAKE, clinic=clinic)

    send_link_message.call(sent.message.pk)

    assert mail.outbox == []
    assert Message.objects.get(pk=sent.message.pk).reason == "the patient wants no such messages"


@pytest.mark.parametrize("to", ["", "other@example.org"])
def test_the_desk_is_told_and_sends_nothing_to_any_address(clinic, patient, front_desk, to):
    stop_messages(patient=patient, purpose=Purpose.QUOTE, clinic=clinic)

    with pytest.raises(Refused, match="they want no such messages"):
        send_link(
            clinic=clinic,
            patient=patient,
            purpose=LinkPurpose.QUOTE,
            expires_at=timezone.now() + timedelta(days=3),
            by=front_desk,
            to=to,
        )

    assert not Message.objects.filter(purpose="quote").exists()


def test_the_desk_begins_them_again_with_the_patients_word_alone(
    clinic, patient, as_front_desk, front_desk, once
):
    stop_messages(patient=patient, purpose=Purpose.INTAKE, clinic=clinic)
    page = reverse("outbox:wanted", args=[patient.pk])
    said = {"purpose": "intake", "words": " "}

    assert "stopped" in as_front_desk.get(page).text
    assert as_front_desk.post(page, said | {"once": once()}).status_code == 422
    assert send_intake(clinic, patient).status == "skipped"
    as_front_desk.post(page, said | {"once": once(), "words": "On the telephone: wants them"})

    ended = OptOut.objects.get()
    assert (ended.ended_by, ended.ended_words) == (front_desk, "On the telephone: wants them")
    assert send_intake(clinic, patient).status == "sent"
    assert "On the telephone: wants them" in as_front_desk.get(page).text
    assert AuditEvent.objects.get(did="messages.begun_again").by == front_desk


def test_the_patients_own_page_begins_nothing_again(message, patient):
    client = Client()
    client.post(path_of(message), {"stop": "1"})
    for said in ({"channel": "email"}, {"language": "fr"}, {"stop": "0"}, {"begin": "1"}):
        client.post(path_of(message), said)

    assert OptOut.objects.standing().count() == 1


def test_the_database_keeps_no_end_without_the_patients_word(message, clinic, patient, front_desk):
    stop_messages(patient=patient, purpose=Purpose.INTAKE, clinic=clinic)

    with pytest.raises(IntegrityError, match="opt_out_ends_with_the_patients_word"), transaction.atomic():
        OptOut.objects.update(ended_at=timezone.now(), ended_by=front_desk)


def test_a_patient_chooses_language_and_channel_by_the_link(message, patient):
    client = Client()

    client.post(path_of(message), {"language": "ar"})
    said = client.get(client.post(path_of(message), {"channel": "sms"}).url)

    patient.refresh_from_db()
    assert (patient.language, patient.reminders_by) == ("ar", "sms")
    assert '<html lang="ar" dir="rtl">' in said.text
    assert AuditEvent.objects.filter(did="patient.chose_by_link", by=None).count() == 2


def test_who_wants_no_messages_at_all_is_not_written_to_again_by_a_choice(message, patient):
    patient.reminders_by = "none"
    patient.save()

    Client().post(path_of(message), {"channel": "sms"})

    patient.refresh_from_db()
    assert patient.reminders_by == "none"


@pytest.mark.parametrize("said", [{"language": "xx"}, {"channel": "pigeon"}, {}, {"language": "\0"}])
def test_what_is_not_offered_changes_nothing(message, patient, said):
    assert Client().post(path_of(message), said).status_code == 302

    patient.refresh_from_db()
    assert (patient.language, patient.reminders_by) == ("tr", "email")


@pytest.mark.parametrize(
    "change", [lambda token: token[:-1], lambda token: token[:-1] + "_", lambda token: "é" * 22]
)
def test_a_guessed_or_altered_address_opens_nothing(message, change):
    token = choices_token(message.key)

    assert Client().get(reverse("message_choices", args=[change(token)])).status_code == 404


def test_what_a_merged_record_says_counts_for_the_person(message, clinic, patient, front_desk):
    kept = factories.PatientFactory(email="z@example.org", language="en")
    merge_records(patient, kept)

    Client().post(path_of(message), {"stop": "1"})

    assert send_intake(clinic, kept).status == "skipped"
