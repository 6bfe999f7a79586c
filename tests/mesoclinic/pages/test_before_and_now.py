"""“Before and now” on a patient's page: a pair, one set alone, none, and no consent to any."""

import pytest
from django.urls import reverse

from tests import factories
from tests.photographs import agreed, make_view, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(clinician, clinic):
    return agreed(clinician, at=clinic)


def card(client, patient):
    page = client.get(reverse("patient", args=[patient.pk]))
    return page.context["pictures"], page.text


def test_a_pair_of_one_view_stands_with_its_days_and_leads_to_the_comparison(
    as_clinician, clinician, patient
):
    view = make_view()
    then = take(patient, view, by=clinician, days_ago=90)
    now = take(patient, view, by=clinician, colour="black")

    pictures, text = card(as_clinician, patient)

    assert (pictures.first.then, pictures.first.now, pictures.link_text) == (then, now, "Compare")
    for each in (then, now):
        assert reverse("conditions:photo_file", args=[each.pk, "small"]) in text
    assert reverse("conditions:photo_compare", args=[patient.pk]) in text


def test_one_set_alone_says_that_the_next_can_be_compared_with_it(as_clinician, clinician, patient):
    take(patient, make_view(), by=clinician)

    pictures, text = card(as_clinician, patient)

    assert pictures.first.now is None
    assert "baseline taken. The next set can be compared with it." in text


def test_none_and_no_consent_are_told_apart(as_clinician, patient):
    stranger = factories.PatientFactory()

    assert "No photographs yet" in card(as_clinician, patient)[1]
    assert "No consent to photographs" in card(as_clinician, stranger)[1]


def test_the_desk_is_shown_no_picture(as_front_desk, clinician, patient):
    take(patient, make_view(), by=clinician)

    page = as_front_desk.get(reverse("patient", args=[patient.pk]))

    assert "pictures" not in page.context
    assert "Before and now" not in page.text
