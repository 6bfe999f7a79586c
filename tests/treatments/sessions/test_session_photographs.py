"""The photographs of a session, and the phone that is its camera, by a code on its page; what the patient says, by taps."""

from django.urls import reverse

from tests import factories
from tests.treatments.response.conftest import make_kind
from treatments.conditions.models import KeptAs, PhonePairing, PhotoSet


def test_a_session_has_one_set_however_often_it_is_asked_for(as_clinician, ready, once):
    url = reverse("sessions:photographs", args=[ready.pk])

    answers = [as_clinician.post(url, {"once": once()}) for _ in range(2)]

    photo_set = PhotoSet.objects.get()
    assert [answer.url for answer in answers] == [reverse("conditions:photo_set", args=[photo_set.pk])] * 2
    assert (photo_set.session_number, photo_set.patient) == (ready.number, ready.patient)


def test_the_code_that_pairs_a_phone_stands_on_the_page_of_the_session(
    as_clinician, ready, patient, clinician, once
):
    text = factories.ConsentTextFactory(kind="photo")
    factories.ConsentFactory(patient=patient, kind="photo", text=text, taken_by=clinician)
    page = reverse("sessions:session", args=[ready.pk])

    before = as_clinician.get(page).content.decode()
    answer = as_clinician.post(reverse("sessions:phone", args=[ready.pk]), {"once": once()})
    html = as_clinician.get(answer.url.partition("#")[0]).content.decode()

    pairing = PhonePairing.objects.get()
    assert answer.url == f"{page}?phone={pairing.pk}#part-photos"
    assert pairing.photo_set in ready.photo_sets.all()
    assert ("phone-code" in before, "phone-code" in html) == (False, True)
    assert "<svg" in html[html.index("phone-code") :]


def test_without_consent_no_phone_is_paired_and_the_session_goes_on(as_clinician, ready, once):
    answer = as_clinician.post(reverse("sessions:phone", args=[ready.pk]), {"once": once()}, follow=True)

    assert "There is no consent to photographs for the record." in answer.content.decode()
    assert answer.redirect_chain == [(reverse("sessions:session", args=[ready.pk]), 302)]
    assert PhonePairing.objects.count() == 0


def test_each_item_of_the_patient_is_one_row_of_taps_from_0_to_10(as_clinician, ready):
    for code, name in (("PRO_SHED", "Shedding"), ("PRO_SHINE", "Shine")):
        make_kind(code, name, kept_as=KeptAs.PATIENT)

    page = as_clinician.get(reverse("sessions:session", args=[ready.pk]))

    assert [row["legend"] for row in page.context["items"]] == ["Shedding", "Shine"]
    html = page.content.decode()
    for row in page.context["items"]:
        name = row["field"].html_name
        assert html.count(f'name="{name}"') == 11
        assert html.count(f'id="id_{name}_10"') == 1
