"""Aftercare by link: sent for a signed session in a language that was read, behind a code, in the patient's words."""

import re

import pytest
from django.conf import settings
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from mesoclinic.outbox.choices import stop_messages
from mesoclinic.outbox.link_messages import send_link_message
from mesoclinic.outbox.rules import Purpose
from patients.actions.links import link_address
from patients.actions.safety_texts import sign_safety_texts
from patients.models import PatientLink, SafetyTextReading
from patients.rules.safety_texts import SafetyTopic, version_of_texts
from tests import factories
from treatments.cocktails.rules.education import Grounds, Licence
from treatments.followup.links import send_aftercare_link
from treatments.followup.models import AftercareLink
from treatments.followup.queries import aftercare
from treatments.followup.queries.aftercare import aftercare_safety_texts
from treatments.followup.rules import check_aftercare_can_be_sent
from treatments.sessions.actions.corrections import mark_session_void
from treatments.sessions.models import TreatmentSession

CANARY = "Quillfeather"


@pytest.fixture
def session(check_in, clinic):
    """Signed, of a patient who speaks Turkish."""
    factories.OutboxSettingsFactory(clinic=clinic, by_email=True, phone="+1 212 555 0142")
    patient = check_in.treatment_session.patient
    patient.email, patient.language, patient.family_name = "z@example.org", "tr", CANARY
    patient.save()
    return TreatmentSession.objects.get(pk=check_in.treatment_session_id)


def read_language(clinic, by, *languages):
    for language in languages:
        texts = aftercare_safety_texts(language)
        sign_safety_texts(
            clinic=clinic,
            topic=SafetyTopic.AFTERCARE,
            language=language,
            texts=texts,
            seen=version_of_texts(texts),
            by=by,
        )


def path_of(link):
    return link_address(link).removeprefix(settings.SITE_URL)


def opened(sent):
    client = Client()
    client.post(path_of(sent.link), {"gate": "1", "code": sent.code})
    return client


def test_every_grounds_and_licence_has_its_sentence_and_every_language_its_own_words():
    assert set(aftercare.GROUNDS) == set(Grounds)
    assert set(aftercare.LICENCES) == set(Licence) - {Licence.LICENSED}
    for language in ("tr", "es", "fr", "de", "ar"):
        assert [
            each.english for each in aftercare_safety_texts(language) if each.translated == each.english
        ] == []


@pytest.mark.parametrize(("status", "is_sent"), [("signed", True), ("draft", False), ("void", False)])
def test_only_what_was_signed_has_aftercare(status, is_sent):
    assert (check_aftercare_can_be_sent(status) is None) == is_sent


@pytest.mark.parametrize(("read", "language"), [(("tr", "en"), "tr"), (("en",), "en")])
def test_it_goes_in_the_patients_language_where_that_was_read_else_in_the_clinics(
    session, clinic, clinician, read, language
):
    read_language(clinic, clinician, *read)

    sent = send_aftercare_link(session=session, by=clinician)

    assert sent.link.language == language
    assert AftercareLink.objects.get().texts_read.topic == "aftercare"


def test_in_a_language_that_nobody_has_read_it_is_off(session, clinic, clinician):
    read_language(clinic, clinician, "fr")

    with pytest.raises(Refused, match="in Turkish or English"):
        send_aftercare_link(session=session, by=clinician)

    assert not PatientLink.objects.exists()


def test_the_page_says_what_to_do_what_is_alarming_and_what_was_given_after_the_code_alone(
    session, clinic, clinician
):
    read_language(clinic, clinician, "tr", "en")
    sent = send_aftercare_link(session=session, by=clinician)
    send_link_message.call(sent.message.pk)
    gate = Client().get(path_of(sent.link)).text
    names = [line.product.name for line in session.cocktail_version.components.select_related("product")]

    page = opened(sent).get(path_of(sent.link)).text

    for secret in (CANARY, "Saçınızı 24 saat yıkamayın", *names):
        assert secret not in gate
    (letter,) = mail.outbox
    for secret in (CANARY, sent.code, *names):
        assert secret not in f"{letter.subject} {letter.body}"
    assert "Saçınızı 24 saat yıkamayın." in page
    assert 'href="tel:911"' in page
    assert page.index("tel:911") < page.index("Saçınızı")
    assert page.count('<bdi lang="en">') >= 1
    assert AuditEvent.objects.get(did="aftercare.opened").by is None
    assert len(page.encode()) < 60_000


def test_the_page_opens_in_languages_that_were_read_and_no_other(session, clinic, clinician):
    read_language(clinic, clinician, "tr")
    sent = send_aftercare_link(session=session, by=clinician)
    client = opened(sent)

    assert '<html lang="tr"' in client.get(path_of(sent.link) + "?language=ar").text

    read_language(clinic, clinician, "ar")
    assert '<html lang="ar" dir="rtl">' in client.get(path_of(sent.link) + "?language=ar").text


def test_a_changed_sentence_closes_the_page_until_somebody_reads_it_again(
    session, clinic, clinician, monkeypatch
):
    read_language(clinic, clinician, "tr", "en")
    sent = send_aftercare_link(session=session, by=clinician)
    monkeypatch.setattr(aftercare, "AFTERCARE_SENTENCES", (*aftercare.AFTERCARE_SENTENCES, "Another."))

    assert Client().get(path_of(sent.link)).status_code == 404


def test_of_a_session_that_was_made_void_nothing_is_told(session, clinic, clinician):
    read_language(clinic, clinician, "tr")
    sent = send_aftercare_link(session=session, by=clinician)
    mark_session_void(session=session, by=clinician, reason="Charted on the wrong patient")

    assert Client().get(path_of(sent.link)).status_code == 404


def test_the_desk_sends_it_is_told_the_code_and_the_earlier_link_ends(
    session, clinic, clinician, as_front_desk, once
):
    read_language(clinic, clinician, "tr")
    first = send_aftercare_link(session=session, by=clinician)
    button = reverse("followup:aftercare_send", args=[session.pk])
    assert button in as_front_desk.get(reverse("patient", args=[session.patient_id])).text

    answer = as_front_desk.post(button, {"once": once()}, follow=True)

    assert re.search(r"shown once: <b[^>]*>\d{6}</b>", answer.text)
    assert Client().get(path_of(first.link)).status_code == 404


def test_who_wants_no_such_messages_is_sent_none(session, clinic, clinician, as_front_desk, once):
    read_language(clinic, clinician, "tr")
    stop_messages(patient=session.patient, purpose=Purpose.AFTERCARE, clinic=clinic)

    answer = as_front_desk.post(
        reverse("followup:aftercare_send", args=[session.pk]), {"once": once()}, follow=True
    )

    assert "they want no such messages" in answer.text
    assert not PatientLink.objects.exists()


def test_the_database_keeps_no_aftercare_without_its_reading(session, clinic, clinician):
    link = factories.PatientLinkFactory(
        clinic=clinic, patient=session.patient, purpose="aftercare", language="tr"
    )
    of_check_in = factories.SafetyTextReadingFactory(clinic=clinic, language="tr", read_by=clinician)

    with pytest.raises(IntegrityError, match="texts were read at its clinic"), transaction.atomic():
        AftercareLink.objects.create(treatment_session=session, link=link, texts_read=of_check_in)


# --- the reader's pages -----------------------------------------------------------------------------


def test_a_clinician_reads_and_signs_the_aftercare_of_a_language(clinic, as_clinician, clinician, once):
    page = reverse("safety_texts_aftercare", args=["ar"])
    shown = as_clinician.get(page)

    signed = as_clinician.post(
        page, {"once": once(), "seen": shown.context["version"], "right": "on"}, follow=True
    )

    assert "aftercare goes out in Arabic" in signed.text
    reading = SafetyTextReading.objects.get()
    assert (reading.topic, reading.language, reading.read_by) == ("aftercare", "ar", clinician)
    assert "لا تغسلوا شعركم" in shown.text
