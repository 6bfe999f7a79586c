"""A clinic's own words for its messages: refused where a place is wrong, kept in versions, sent in place of the shipped ones."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from mesoclinic.outbox import sms
from mesoclinic.outbox.link_messages import send_link, send_link_message
from mesoclinic.outbox.messages import Words, body_places, shipped_words, words_of_clinic
from mesoclinic.outbox.models import MessageText
from mesoclinic.outbox.rules import Channel, Purpose
from mesoclinic.outbox.texts import TextKey, check_words, save_message_text, send_example
from patients.rules.links import LinkPurpose
from tests import factories

QUOTE = TextKey(Purpose.QUOTE, Channel.EMAIL, "fr")
OWN = Words("Bonjour, {link}\n\nDans {days|# jour|# jours}\n\nStop : {stop}", "De {clinic}")


def address(key=QUOTE):
    return reverse("outbox:text", args=[key.purpose.value, key.channel.value, key.language])


def typed(once, words=OWN, **more):
    return {"once": once(), "subject": words.subject, "body": words.body, "seen": "0"} | more


@pytest.mark.parametrize("language", ["en", "tr", "es", "fr", "de", "ar"])
@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("purpose", Purpose)
def test_every_shipped_text_passes_its_own_check(purpose, channel, language):
    key = TextKey(purpose, channel, language)
    words = shipped_words(purpose, channel, language)

    assert check_words(key, words, factories.ClinicFactory.build(name="Kaya", outbox=None)) == []
    assert set(body_places(purpose, language).required) <= {"link", "stop", "day", "time"}


@pytest.fixture
def clinic(clinic):
    factories.OutboxSettingsFactory(clinic=clinic, phone="+33 1 23 45 67 89", by_email=True, by_sms=True)
    return clinic


@pytest.fixture
def patient(db):
    return factories.PatientFactory(email="z@example.org", phone="+33 6 12 34 56 78", language="fr")


def sent_quote(clinic, patient, by):
    sent = send_link(
        clinic=clinic,
        patient=patient,
        purpose=LinkPurpose.QUOTE,
        expires_at=timezone.now() + timedelta(days=3),
        by=by,
    )
    send_link_message.call(sent.message.pk)
    return sent


def test_the_clinics_own_words_go_out_in_their_language_alone(clinic, patient, admin, front_desk):
    save_message_text(clinic=clinic, key=QUOTE, words=OWN, seen=0, by=admin)

    sent_quote(clinic, patient, front_desk)
    patient.language = "de"
    patient.save()
    sent_quote(clinic, patient, front_desk)

    french, german = mail.outbox
    assert french.subject == f"De {clinic.name}"
    assert french.body.startswith("Bonjour, http")
    assert "jours\n" in french.body
    assert "Guten Tag" in german.body
    assert words_of_clinic(factories.ClinicFactory(), Purpose.QUOTE, "email", "fr") != OWN


def test_another_wording_is_the_next_version_and_the_others_stay(clinic, admin):
    save_message_text(clinic=clinic, key=QUOTE, words=OWN, seen=0, by=admin)
    later = Words(OWN.body + " !", OWN.subject)
    save_message_text(clinic=clinic, key=QUOTE, words=later, seen=1, by=admin)

    assert words_of_clinic(clinic, Purpose.QUOTE, "email", "fr") == later
    assert list(MessageText.objects.order_by("version").values_list("body", flat=True)) == [
        OWN.body,
        later.body,
    ]
    assert AuditEvent.objects.filter(did="message_text.written", by=admin).count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageText.objects.create(
            clinic=clinic,
            purpose="quote",
            channel="email",
            language="fr",
            version=2,
            body="x",
            written_by=admin,
        )


def test_of_two_who_save_at_once_the_second_is_told(clinic, admin):
    save_message_text(clinic=clinic, key=QUOTE, words=OWN, seen=0, by=admin)

    with pytest.raises(Refused, match="Somebody has saved this text"):
        save_message_text(clinic=clinic, key=QUOTE, words=Words("{link} {stop}", "x"), seen=0, by=admin)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (Words("Bonjour {name} {link} {stop}", "De {clinic}"), "{name} is not known here"),
        (Words("Bonjour {stop}", "De {clinic}"), "{link} is missing"),
        (Words("Bonjour {link}", "De {clinic}"), "{stop} is missing"),
        (Words("{link} {stop} {days|# jour}", "x"), "A plural in French has 2 forms"),
        (Words("{link} {stop}", "De {link}"), "{link} is not known here"),
        (Words("{link} {stop}", ""), "Write a subject"),
        (Words("", "x"), "Write the text"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field_and_stays_typed(clinic, as_admin, once, words, message):
    for do in ("save", "preview", "test"):
        answer = as_admin.post(address(), typed(once, words, do=do, to="a@example.org"))

        assert answer.status_code == 422
        assert message in answer.context["form"].errors.as_text() or message in str(answer.context["refused"])
        assert answer.context["preview"] is None
        assert answer.context["form"]["body"].value() == words.body
    assert not MessageText.objects.exists()
    assert mail.outbox == []


def test_the_page_previews_with_made_up_places_and_saves_nothing(clinic, as_admin, once):
    answer = as_admin.post(address(), typed(once, do="preview"))

    assert answer.status_code == 200
    assert answer.context["preview"].subject == f"De {clinic.name}"
    assert "Dans 5 jours" in answer.context["preview"].body
    assert not MessageText.objects.exists()


def test_the_page_saves_the_next_version_and_goes_back_to_the_shipped_text(clinic, as_admin, once):
    assert as_admin.post(address(), typed(once, do="save")).status_code == 302
    shown = as_admin.get(reverse("outbox:text_list") + "?in=fr")
    assert "version 1" in shown.text
    assert as_admin.get(address()).context["form"]["body"].value() == OWN.body

    as_admin.post(address(), typed(once, do="restore", seen="1"))

    assert words_of_clinic(clinic, Purpose.QUOTE, "email", "fr") == shipped_words(
        Purpose.QUOTE, "email", "fr"
    )
    assert [each.version for each in as_admin.get(address()).context["versions"]] == [2, 1]


def test_a_test_goes_to_who_asks_with_made_up_places(clinic, as_admin, once):
    as_admin.post(address(), typed(once, do="test", to="admin@example.org"))

    send_example.call(*last_task_arguments())

    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["admin@example.org"], f"De {clinic.name}")
    assert "example" in letter.body
    assert not MessageText.objects.exists()
    assert AuditEvent.objects.filter(did="message_text.tested").count() == 1


def last_task_arguments():
    from django_tasks_db.models import DBTaskResult  # noqa: PLC0415

    return DBTaskResult.objects.latest("enqueued_at").args_kwargs["args"]


def test_a_text_message_is_tried_out_through_the_provider(clinic, as_admin, once, settings):
    settings.SMS_BACKEND = "mesoclinic.outbox.sms.Memory"
    sms.outbox.clear()
    key = TextKey(Purpose.REMINDER, Channel.SMS, "ar")
    words = Words("{clinic} {day} {time} {link} {stop}")

    answer = as_admin.post(address(key), typed(once, words, do="test", to="+33612345678"))
    send_example.call(*last_task_arguments())

    assert answer.status_code == 302
    (text,) = sms.outbox
    assert text.to == "+33612345678"
    assert clinic.name in text.text


def test_an_address_that_is_none_is_refused(clinic, as_admin, once):
    for to in ("", "nobody", "a@b\nBcc: c@example.org"):
        assert as_admin.post(address(), typed(once, do="test", to=to)).status_code == 422


def test_a_text_message_that_takes_too_many_parts_is_refused(clinic):
    key = TextKey(Purpose.QUOTE, Channel.SMS, "ar")

    found = check_words(key, Words("{link} {stop} " + "ن" * 400), clinic)

    assert [each.code for each in found] == ["text:long"]


def test_there_is_no_page_of_a_message_that_does_not_exist(clinic, as_admin):
    for parts in (("lottery", "email", "fr"), ("quote", "pigeon", "fr"), ("quote", "email", "it")):
        assert as_admin.get(reverse("outbox:text", args=parts)).status_code == 404
