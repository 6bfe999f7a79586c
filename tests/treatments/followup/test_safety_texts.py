"""A check-in is sent and opened only in a language whose emergency texts somebody at the clinic has read."""

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from mesoclinic.management.commands.translations import collect_translatable_sentences
from patients.actions.links import link_address
from patients.actions.safety_texts import sign_safety_texts
from patients.models import PatientLink, SafetyTextReading
from patients.rules.safety_texts import SafetyTopic, version_of_texts
from tests import factories
from tests.treatments.followup.conftest import make_due, sql
from treatments.followup import rules
from treatments.followup.forms import ALARM_TEXTS
from treatments.followup.links import send_check_in_link, send_due_check_in_links
from treatments.followup.models import CheckInAnswer, CheckInLink, CheckInSettings
from treatments.followup.queries.safety_texts import check_in_languages_read, check_in_safety_texts

#: Whatever these say is read; of the questions, what is said beside them too.
SAFETY_PAGES = {
    "templates/treatments/followup/_emergency.html",
    "templates/treatments/followup/check_in_link_done.html",
}


@pytest.fixture
def due(check_in, today, clinic):
    """A check-in of a patient who speaks Turkish."""
    factories.OutboxSettingsFactory(clinic=clinic, by_email=True, phone="+1 212 555 0142")
    patient = check_in.treatment_session.patient
    patient.email, patient.language = "z@example.org", "tr"
    patient.save()
    make_due(check_in, today)
    check_in.refresh_from_db()
    return check_in


def read_language(clinic, *languages):
    for language in languages:
        factories.SafetyTextReadingFactory(clinic=clinic, language=language)


def path_of(link):
    return link_address(link).removeprefix(settings.SITE_URL)


def open_gate(link):
    """The device on which the birth date was typed, and the answer to it."""
    client, born = Client(), link.patient.birth_date
    typed = {"gate": "1", "day": born.day, "month": born.month, "year": born.year}
    return client, client.post(path_of(link), typed).status_code


@pytest.fixture
def changed_texts(monkeypatch):
    def change():
        monkeypatch.setattr(
            "treatments.followup.queries.safety_texts.SAFETY_SENTENCES",
            (*rules.SAFETY_SENTENCES, "Ring at once where your sight changes."),
        )

    return change


# --- which texts ---------------------------------------------------------------------------------


def test_every_sentence_of_the_emergency_pages_and_every_alarm_is_among_the_texts_to_read():
    catalogue = collect_translatable_sentences()
    said = {
        message.id
        for message in catalogue
        if message.id and SAFETY_PAGES & {source for source, _ in message.locations}
    }

    assert len(said) > 8
    assert said <= set(rules.SAFETY_SENTENCES)
    assert {str(text) for text in ALARM_TEXTS.values()} <= set(rules.SAFETY_SENTENCES)
    assert set(rules.SAFETY_SENTENCES) <= {message.id for message in catalogue}


def test_every_language_says_them_in_its_own_words():
    for language in ("tr", "es", "fr", "de", "ar"):
        same = [each.english for each in check_in_safety_texts(language) if each.translated == each.english]
        assert same == [], language


# --- sent ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("read", "language"), [(("tr", "en"), "tr"), (("en", "fr"), "en")])
def test_it_goes_in_the_patients_language_where_that_was_read_else_in_the_clinics(
    due, clinic, read, language
):
    read_language(clinic, *read)

    sent = send_check_in_link(check_in=due, by=None)

    assert sent.link.language == language
    assert CheckInLink.objects.get().texts_read.language == language


def test_where_neither_was_read_the_desk_is_told_why_and_nothing_is_sent(due, clinic, as_front_desk, once):
    read_language(clinic, "fr")

    answer = as_front_desk.post(
        reverse("followup:check_in_send", args=[due.pk]), {"once": once()}, follow=True
    )

    assert "nobody at this clinic has read the emergency texts in Turkish or English" in answer.text
    assert not PatientLink.objects.exists()


def test_the_desk_is_told_in_which_language_it_went(due, clinic, as_front_desk, once):
    read_language(clinic, "en")

    answer = as_front_desk.post(
        reverse("followup:check_in_send", args=[due.pk]), {"once": once()}, follow=True
    )

    assert "on its way, in English: nobody here has read the emergency texts in Turkish" in answer.text


def test_the_tick_leaves_it_a_call_that_says_why_and_sends_it_once_somebody_has_read(
    due, clinic, as_front_desk
):
    CheckInSettings.objects.create(clinic=clinic, by_link=True)
    before = (send_due_check_in_links(), as_front_desk.get(reverse("followup:calls")).text)
    read_language(clinic, "tr")
    after = (send_due_check_in_links(), as_front_desk.get(reverse("followup:calls")).text)

    assert [before[0], after[0]] == [0, 1]
    assert ["not by link" in page and "Ring the patient" in page for page in (before[1], after[1])] == [
        True,
        False,
    ]


def test_what_another_clinic_has_read_counts_there_alone(due, clinic):
    read_language(factories.ClinicFactory(), "tr", "en")

    assert check_in_languages_read(clinic) == frozenset()
    with pytest.raises(Refused, match="Turkish or English"):
        send_check_in_link(check_in=due, by=None)


# --- opened --------------------------------------------------------------------------------------


def test_it_is_offered_and_opened_in_the_languages_read_alone(due, clinic):
    read_language(clinic, "tr", "en")
    link = send_check_in_link(check_in=due, by=None).link
    gate = Client().get(path_of(link)).text
    asked_in_german = Client().get(path_of(link) + "?language=de").text
    asked_in_english = Client().get(path_of(link) + "?language=en").text

    assert '<html lang="tr"' in gate
    assert ("English" in gate, "Türkçe" in gate, "Deutsch" in gate) == (True, True, False)
    assert '<html lang="tr"' in asked_in_german
    assert '<html lang="en"' in asked_in_english


def test_changed_texts_turn_it_off_until_they_are_read_again(due, clinic, clinician, changed_texts):
    read_language(clinic, "tr", "en")
    link = send_check_in_link(check_in=due, by=None).link
    changed_texts()

    assert check_in_languages_read(clinic) == frozenset()
    assert open_gate(link)[1] == 404
    texts = check_in_safety_texts("en")
    sign_safety_texts(
        clinic=clinic,
        topic=SafetyTopic.CHECK_IN,
        language="en",
        texts=texts,
        seen=version_of_texts(texts),
        by=clinician,
    )
    opened = Client().get(path_of(link))
    assert (opened.status_code, '<html lang="en"' in opened.text) == (200, True)


def test_who_has_the_page_open_when_texts_change_still_sends_an_answer(due, clinic, changed_texts):
    read_language(clinic, "tr")
    link = send_check_in_link(check_in=due, by=None).link
    phone, status = open_gate(link)
    changed_texts()

    sent = phone.post(path_of(link), {"pain": "8", "noticed": ["none"], "alarms": ["none"]})

    assert (status, sent.status_code) == (302, 302)
    assert CheckInAnswer.objects.get().is_red
    assert 'href="tel:+12125550142"' in phone.get(path_of(link)).text


# --- read and signed -----------------------------------------------------------------------------


def test_a_clinician_reads_a_language_beside_english_and_signs_it(as_clinician, clinician, clinic, once):
    address = reverse("safety_texts_of_language", args=["ar"])
    page = as_clinician.get(address)
    unticked = as_clinician.post(address, {"seen": page.context["version"], "once": once()})
    signed = as_clinician.post(
        address, {"seen": page.context["version"], "right": "on", "once": once()}, follow=True
    )

    assert 'dir="rtl"' in page.text
    assert "Do not fill this in. Call 911 now." in page.text
    assert unticked.status_code == 422
    assert "check-ins go out in Arabic" in signed.text
    reading = SafetyTextReading.objects.get()
    assert (reading.language, reading.read_by, reading.clinic) == ("ar", clinician, clinic)
    assert check_in_languages_read(clinic) == {"ar"}
    event = AuditEvent.objects.get(did="safety_texts.read")
    assert (event.by, event.data["language"], event.data["version"]) == (clinician, "ar", reading.version)


def test_an_admin_signs_too_and_signing_again_leaves_the_first(as_admin, admin, as_clinician, clinic, once):
    address = reverse("safety_texts_of_language", args=["en"])
    version = as_admin.get(address).context["version"]
    for client in (as_admin, as_clinician):
        client.post(address, {"seen": version, "right": "on", "once": once()})

    assert SafetyTextReading.objects.get().read_by == admin
    assert AuditEvent.objects.filter(did="safety_texts.read").count() == 1


def test_a_version_that_is_not_the_one_on_the_page_is_not_signed(as_clinician, clinic, once, changed_texts):
    address = reverse("safety_texts_of_language", args=["en"])
    version = as_clinician.get(address).context["version"]
    changed_texts()

    answer = as_clinician.post(address, {"seen": version, "right": "on", "once": once()})

    assert (answer.status_code, "have changed since" in answer.text) == (422, True)
    assert not SafetyTextReading.objects.exists()


def check_ins_of(page):
    """The part of the list that is about check-ins; aftercare and consent follow it."""
    return page.partition('id="aftercare"')[0]


def test_the_list_says_which_languages_are_off_and_why(as_clinician, clinic, changed_texts):
    read_language(clinic, "tr")
    before = check_ins_of(as_clinician.get(reverse("safety_texts")).text)
    changed_texts()
    after = check_ins_of(as_clinician.get(reverse("safety_texts")).text)

    assert (before.count("go out</span>"), before.count("not read yet")) == (1, 5)
    assert (after.count("go out</span>"), after.count("the texts have changed")) == (0, 1)


def test_the_front_desk_signs_nothing(clinic, front_desk, as_front_desk, once):
    texts = check_in_safety_texts("en")

    assert as_front_desk.get(reverse("safety_texts")).status_code == 403
    with pytest.raises(Refused):
        sign_safety_texts(
            clinic=clinic,
            topic=SafetyTopic.CHECK_IN,
            language="en",
            texts=texts,
            seen=version_of_texts(texts),
            by=front_desk,
        )


def test_a_language_that_is_not_there_has_no_page(as_clinician):
    assert as_clinician.get(reverse("safety_texts_of_language", args=["ja"])).status_code == 404


# --- around the application ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE patients_safetytextreading SET language = 'de'",
        "UPDATE patients_safetytextreading SET version = repeat('0', 64)",
        "DELETE FROM patients_safetytextreading",
    ],
)
def test_that_texts_were_read_is_never_changed_or_deleted(clinic, statement):
    read_language(clinic, "en")

    with pytest.raises(IntegrityError, match="append-only"):
        sql(statement)


@pytest.mark.parametrize("fault", ["language", "clinic"])
def test_the_database_keeps_no_check_in_sent_in_a_language_that_nobody_there_has_read(due, clinic, fault):
    other = factories.ClinicFactory()
    reading = factories.SafetyTextReadingFactory(
        clinic=other if fault == "clinic" else clinic, language="en" if fault == "clinic" else "fr"
    )
    link = factories.PatientLinkFactory(clinic=clinic, patient=due.treatment_session.patient)

    with pytest.raises(IntegrityError, match="emergency texts were read at its clinic"):
        sql(
            "INSERT INTO followup_checkinlink (check_in_id, link_id, texts_read_id) VALUES (%s, %s, %s)",
            due.pk,
            link.pk,
            reading.pk,
        )


def test_the_database_keeps_no_version_that_is_no_hash(clinic, clinician):
    with pytest.raises(IntegrityError, match="safety_texts_read_are_known"):
        sql(
            "INSERT INTO patients_safetytextreading (clinic_id, topic, language, version, read_by_id)"
            " VALUES (%s, 'check_in', 'en', 'anything', %s)",
            clinic.pk,
            clinician.pk,
        )
