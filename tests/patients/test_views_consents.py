"""The page of consents."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import Consent
from tests import factories


def page(name, *args) -> str:
    return reverse(f"patients:{name}", args=args)


def sign(text, **fields) -> dict[str, str]:
    return {"text": text.pk, "method": "typed", "signed_name": "Noor Example"} | fields


def test_a_consent_is_shown_signed_and_stands(as_clinician, clinician, patient, once):
    text = factories.ConsentTextFactory(body="Off-label use was explained.")

    before = as_clinician.get(page("consent", patient.pk))
    answer = as_clinician.post(page("consent", patient.pk), sign(text, once=once()), follow=True)

    assert "Off-label use was explained." in before.text
    assert "Treatment consent is not on file." in before.text
    consent = Consent.objects.get()
    assert (consent.text, consent.taken_by) == (text, clinician)
    assert consent.valid_until == timezone.localdate() + timedelta(days=365)
    assert "Treatment consent valid to" in answer.text


def test_photographs_are_agreed_to_apart(as_clinician, patient):
    factories.ConsentTextFactory()
    photo = factories.ConsentTextFactory(kind="photo", title="Photographs")
    url = f"{page('consent', patient.pk)}?kind=photo"

    shown = as_clinician.get(url)
    as_clinician.post(url, sign(photo, method="paper"))

    assert shown.context["text"] == photo
    assert [(c.kind, c.method) for c in Consent.objects.all()] == [("photo", "paper")]


def test_a_text_of_another_kind_is_not_signed(as_clinician, patient):
    photo = factories.ConsentTextFactory(kind="photo")

    answer = as_clinician.post(page("consent", patient.pk), sign(photo))

    assert answer.status_code == 404
    assert Consent.objects.count() == 0


def test_the_patients_language_is_shown_where_there_is_a_text(as_clinician):
    factories.ConsentTextFactory(language="en", version=3)
    french = factories.ConsentTextFactory(language="fr", version=1)
    factories.ConsentTextFactory(language="tr", version=9)
    patient = factories.PatientFactory(language="fr")

    assert as_clinician.get(page("consent", patient.pk)).context["text"] == french


def test_without_a_text_the_page_says_what_to_do(as_clinician, patient):
    assert "There is no text for this kind" in as_clinician.get(page("consent", patient.pk)).text


def test_a_consent_without_a_name_is_told_at_the_field(as_clinician, patient):
    text = factories.ConsentTextFactory()

    answer = as_clinician.post(page("consent", patient.pk), sign(text, signed_name=" "))

    assert answer.status_code == 422
    assert "Type the name of the person who signs." in answer.text


def test_a_replaced_wording_is_refused_with_the_new_one_shown(as_clinician, patient):
    old = factories.ConsentTextFactory(version=1)
    new = factories.ConsentTextFactory(version=2, body="The new wording.")

    answer = as_clinician.post(page("consent", patient.pk), sign(old))

    assert answer.status_code == 422
    assert "The wording has changed" in answer.text
    assert "The new wording." in answer.text
    assert f'name="text" value="{new.pk}"' in " ".join(answer.text.split())


def test_a_consent_is_withdrawn_with_a_reason(as_clinician, patient, once):
    consent = factories.ConsentFactory(patient=patient)
    url = page("consent_withdraw", patient.pk, consent.pk)

    unsaid = as_clinician.post(url, {"reason": "", "once": once()}, follow=True)
    done = as_clinician.post(url, {"reason": "Moved away", "once": once()}, follow=True)

    assert "Write why the consent is withdrawn" in unsaid.text
    assert "Moved away" in done.text
    assert "Treatment consent was withdrawn on" in done.text


@pytest.mark.parametrize("many", [1, 3])
def test_the_consent_page_costs_the_same_for_one_and_three(as_clinician, patient, count_queries, many):
    for _ in range(many):
        factories.ConsentFactory(patient=patient)

    with count_queries() as queries:
        as_clinician.get(page("consent", patient.pk))

    assert len(queries) == 7
