"""A wording of consent is signed by patients once somebody at the clinic has read that version and found it right."""

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from patients import queries
from patients.actions.consents import give_consent
from patients.models import Consent, SafetyTextReading
from patients.queries import version_of_consent
from tests import factories


def wording(language, version=1, *, read=True, body="I agree."):
    return factories.ConsentTextFactory(
        language=language, version=version, title=f"Consent {language} {version}", body=body, read=read
    )


def read_by(clinic, by, text):
    return SafetyTextReading.objects.create(
        clinic=clinic,
        topic="consent",
        language=text.language,
        version=version_of_consent(text),
        read_by=by,
    )


def shown(clinic, *languages):
    found = queries.consent_text_in_force_by_kind(languages, timezone.localdate(), clinic)
    return found.get("treatment")


def test_the_patients_language_is_off_until_somebody_has_read_it(clinic, clinician):
    arabic, english = wording("ar", read=False), wording("en", read=False)
    assert shown(clinic, "ar", "en") is None

    read_by(clinic, clinician, english)
    assert shown(clinic, "ar", "en") == english

    read_by(clinic, clinician, arabic)
    assert shown(clinic, "ar", "en") == arabic
    assert shown(factories.ClinicFactory(), "ar", "en") is None


def test_a_newer_version_that_nobody_has_read_leaves_the_one_before_in_force(clinic, clinician):
    first, second = wording("en", 1, read=False), wording("en", 2, read=False, body="Other words.")
    read_by(clinic, clinician, first)
    assert shown(clinic, "en") == first
    give(clinic, clinician, first)

    read_by(clinic, clinician, second)

    assert shown(clinic, "en") == second
    with pytest.raises(Refused, match="wording has changed"):
        give(clinic, clinician, first)


def give(clinic, by, text):
    return give_consent(
        patient=factories.PatientFactory(),
        text=text,
        method="typed",
        signed_name="Noor",
        clinic=clinic,
        by=by,
    )


def test_a_wording_that_nobody_has_read_is_not_signed(clinic, clinician):
    text = wording("ar", read=False)

    with pytest.raises(Refused, match="Nobody at this clinic has read this wording in Arabic"):
        give(clinic, clinician, text)

    assert not Consent.objects.exists()


def test_the_page_says_in_which_language_it_is_signed_where_that_is_not_the_patients(clinic, as_clinician):
    wording("en")
    wording("ar", read=False)
    patient = factories.PatientFactory(language="ar")

    page = as_clinician.get(reverse("patients:consent", args=[patient.pk]))

    assert page.context["text"].language == "en"
    assert (
        "The patient speaks Arabic; nobody at this clinic has read that wording. This is in English"
        in page.text
    )


def test_what_is_signed_names_the_text_in_the_language_that_was_shown(clinic, as_clinician, once):
    wording("en")
    arabic = wording("ar")
    patient = factories.PatientFactory(language="ar")
    page = reverse("patients:consent", args=[patient.pk])

    assert as_clinician.get(page).context["text"] == arabic
    as_clinician.post(page, {"once": once(), "text": arabic.pk, "method": "typed", "signed_name": "Noor"})

    assert Consent.objects.get().text == arabic


def test_a_clinician_reads_a_version_and_signs_it_and_no_other(clinic, as_clinician, clinician, once):
    text, other = wording("ar", read=False, body="النص"), wording("en", read=False)
    page = reverse("safety_texts_consent", args=[text.pk])
    opened = as_clinician.get(page)
    assert "النص" in opened.text
    assert "not read yet" in as_clinician.get(reverse("safety_texts")).text

    no_tick = as_clinician.post(page, {"once": once(), "seen": opened.context["version"]})
    stale = as_clinician.post(page, {"once": once(), "seen": version_of_consent(other), "right": "on"})
    as_clinician.post(page, {"once": once(), "seen": opened.context["version"], "right": "on"})

    assert (no_tick.status_code, stale.status_code) == (422, 422)
    reading = SafetyTextReading.objects.get()
    assert (reading.topic, reading.language, reading.read_by) == ("consent", "ar", clinician)
    assert shown(clinic, "ar", "en") == text


def test_the_desk_signs_no_wording_as_read(clinic, as_front_desk):
    assert as_front_desk.get(reverse("safety_texts_consent", args=[wording("en").pk])).status_code == 403
