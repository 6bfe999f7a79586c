"""A phone as the camera: paired by a code for minutes, it sends pictures of one set and is shown nothing."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.documents import qr_code_svg
from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.photographs import PATTERN, agreed, jpeg, make_view
from treatments.conditions.actions import phones, photographs
from treatments.conditions.models import PhonePairing, Photograph


@pytest.fixture
def patient(clinician):
    return agreed(clinician)


@pytest.fixture
def views(db):
    return [make_view(1, "Frontal"), make_view(2, "Vertex")]


@pytest.fixture
def photo_set(patient, clinician, views):
    return photographs.create_photo_set(patient=patient, pattern=PATTERN, by=clinician)


@pytest.fixture
def pairing(photo_set, clinic, clinician):
    return phones.open_phone_pairing(photo_set=photo_set, clinic=clinic, by=clinician)


@pytest.fixture
def phone():
    """A browser that never signed in, and that asks for the token of forms as browsers meet it."""
    return Client(enforce_csrf_checks=True)


def page_of(pairing):
    return phones.phone_address(pairing).removeprefix(settings.SITE_URL.rstrip("/"))


def send(phone, pairing, view, content=None, **more):
    file = SimpleUploadedFile("x.jpg", jpeg() if content is None else content)
    return phone.post(page_of(pairing), {"view": view.pk, "file": file, **more})


def test_the_code_on_the_page_of_the_set_leads_a_phone_to_its_page(as_clinician, phone, photo_set, once):
    url = reverse("conditions:photo_set", args=[photo_set.pk])

    paired = as_clinician.post(reverse("conditions:photo_phone", args=[photo_set.pk]), {"once": once()})
    page = as_clinician.get(paired.url)

    shown = page.context["phone"]["address"]
    pairing = PhonePairing.objects.get()
    assert paired.url == f"{url}?phone={pairing.pk}#phone"
    assert qr_code_svg(shown) in page.content.decode()
    assert phone.get(shown.removeprefix(settings.SITE_URL.rstrip("/"))).status_code == 200
    assert (pairing.expires_at - pairing.opened_at, pairing.clinic) == (
        timedelta(minutes=15),
        photo_set.patient.patient_clinics.get().clinic,
    )


def test_what_a_phone_sends_is_in_the_set_in_the_name_of_who_paired_it(
    phone, pairing, views, photo_set, clinician
):
    answer = send(phone, pairing, views[1])

    picture = Photograph.objects.get()
    assert answer.status_code == 302
    assert (picture.photo_set, picture.view, picture.taken_by) == (photo_set, views[1], clinician)
    event = AuditEvent.objects.get(did="photograph.taken")
    assert (event.by, event.patient_id) == (clinician, photo_set.patient_id)
    pairing.refresh_from_db()
    assert pairing.sent == 1


def test_after_a_view_the_next_one_is_chosen_and_the_phone_says_what_it_sent(phone, pairing, views):
    html = phone.get(send(phone, pairing, views[0]).url).content.decode()

    assert "Frontal was sent. 1 so far." in html
    (chosen,) = re.findall(r'<input type="radio"[^>]*value="(\d+)"[^>]*checked', html)
    assert int(chosen) == views[1].pk


def test_the_phone_is_shown_nothing_of_the_patient_and_no_picture(phone, pairing, views, photo_set):
    send(phone, pairing, views[0])
    html = phone.get(page_of(pairing)).content.decode()

    patient = photo_set.patient
    told = (patient.given_names, patient.family_name, patient.record_number, PATTERN, "<img")
    assert [word for word in told if word.lower() in html.lower()] == []
    assert (
        phone.get(reverse("conditions:photo_file", args=[Photograph.objects.get().pk, "small"])).status_code
        == 302
    )
    assert phone.cookies == {}


def test_the_same_picture_sent_twice_is_one(phone, pairing, views):
    key = "6f0f7a52-5d3f-4b58-9e8c-000000000001"

    for _ in range(2):
        send(phone, pairing, views[0], once=key)

    assert Photograph.objects.count() == 1


def test_what_is_no_picture_or_of_no_view_is_said_and_not_kept(phone, pairing, views):
    no_picture = send(phone, pairing, views[0], b"<html>")
    no_view = phone.post(page_of(pairing), {"file": SimpleUploadedFile("x", jpeg())})
    nothing = phone.post(page_of(pairing), {"view": views[0].pk})

    assert [a.status_code for a in (no_picture, no_view, nothing)] == [422] * 3
    assert "no JPEG, PNG, WebP or HEIC" in no_picture.content.decode()
    assert "Choose the view." in no_view.content.decode()
    assert "Take a picture first." in nothing.content.decode()
    assert Photograph.objects.count() == 0


def test_a_view_of_another_pattern_is_not_taken(phone, pairing):
    other = make_view(9, "Patch", pattern="patchy")

    assert send(phone, pairing, other).status_code == 422


def over(pairing, clinician):
    PhonePairing.objects.filter(pk=pairing.pk).update(ended_at=timezone.now())


def another_paired(pairing, clinician):
    phones.open_phone_pairing(photo_set=pairing.photo_set, clinic=pairing.clinic, by=clinician)


def person_left(pairing, clinician):
    clinician.is_active = False
    clinician.save()


def role_taken_away(pairing, clinician):
    clinician.memberships.update(roles=["front_desk"])


def full(pairing, clinician):
    PhonePairing.objects.filter(pk=pairing.pk).update(sent=phones.MOST_PICTURES)


@pytest.mark.parametrize("what", [over, another_paired, person_left, role_taken_away, full])
def test_a_phone_sends_no_more_once(what, phone, pairing, views, clinician):
    what(pairing, clinician)

    answer = send(phone, pairing, views[0])

    assert answer.status_code == 410
    assert "sends no more" in answer.content.decode()
    assert Photograph.objects.count() == 0


def test_a_pairing_lasts_fifteen_minutes_and_the_database_allows_an_hour_at_most(
    phone, photo_set, clinic, clinician, views
):
    before = timezone.now() - timedelta(minutes=15)
    old = phones.open_phone_pairing(photo_set=photo_set, clinic=clinic, by=clinician, now=before)
    young = phones.open_phone_pairing(
        photo_set=photo_set, clinic=clinic, by=clinician, now=before + timedelta(minutes=1)
    )

    assert phone.get(page_of(old)).status_code == 410
    assert phone.get(page_of(young)).status_code == 200
    with pytest.raises(IntegrityError, match="phone_pairing_lasts_minutes"), transaction.atomic():
        PhonePairing.objects.create(
            photo_set=photo_set,
            clinic=clinic,
            opened_by=clinician,
            opened_at=before,
            expires_at=before + timedelta(hours=2),
        )


def test_an_address_that_was_changed_opens_nothing(phone, pairing):
    page = page_of(pairing)
    swapped = page[:-3] + ("A" if page[-3] != "A" else "B") + page[-2:]

    assert phone.get(swapped).status_code == 404
    assert phone.get(reverse("conditions:phone", args=[str(pairing.key)])).status_code == 404


def test_consent_that_is_taken_back_ends_what_a_phone_may_send(phone, pairing, views, patient, clinician):
    consent = patient.consents.get(kind="photo")
    consent.withdrawn_at, consent.withdrawn_by = timezone.now(), clinician
    consent.save()

    answer = send(phone, pairing, views[0])

    assert answer.status_code == 422
    assert "no consent to photographs" in answer.content.decode()
    with pytest.raises(Refused):
        phones.open_phone_pairing(photo_set=pairing.photo_set, clinic=pairing.clinic, by=clinician)


def test_the_address_is_passed_on_to_nobody_and_asked_for_too_often_it_waits(phone, pairing, monkeypatch):
    answer = phone.get(page_of(pairing))
    monkeypatch.setattr("mesoclinic.core.rate_limit.MOST_A_MINUTE", 1)

    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]
    assert phone.get(page_of(pairing)).status_code == 429


def test_ending_it_is_written_down_and_the_code_is_gone(as_clinician, phone, pairing, photo_set, once):
    url = reverse("conditions:photo_phone_end", args=[photo_set.pk])

    as_clinician.post(url, {"once": once()})

    assert phone.get(page_of(pairing)).status_code == 410
    assert AuditEvent.objects.filter(did="photo_phone.ended").count() == 1
    page = reverse("conditions:photo_set", args=[photo_set.pk])
    assert "phone-code" not in as_clinician.get(f"{page}?phone={pairing.pk}").content.decode()


def test_a_page_that_waits_learns_that_a_picture_arrived(as_clinician, phone, pairing, views, photo_set):
    url = reverse("conditions:photo_arrived", args=[photo_set.pk])
    before = as_clinician.get(url).json()

    send(phone, pairing, views[0])

    assert (before, as_clinician.get(url).json()) == ({"count": 0, "waiting": 0}, {"count": 1, "waiting": 1})


def test_the_code_of_another_set_is_not_shown(as_clinician, pairing, clinician):
    other = photographs.create_photo_set(patient=agreed(clinician), pattern=PATTERN, by=clinician)

    html = as_clinician.get(
        f"{reverse('conditions:photo_set', args=[other.pk])}?phone={pairing.pk}"
    ).content.decode()

    assert "phone-code" not in html


def test_nobody_but_a_clinician_pairs_a_phone(photo_set, clinic):
    desk = factories.UserFactory(roles=["front_desk"], clinic=clinic)

    with pytest.raises(Refused):
        phones.open_phone_pairing(photo_set=photo_set, clinic=clinic, by=desk)
