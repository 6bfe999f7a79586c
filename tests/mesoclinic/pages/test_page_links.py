"""Links from a page to the apps above its own."""

import pytest
from django.urls import resolve, reverse

from mesoclinic.pages.page_links import PAGE_LINKS, links_of_page
from tests import factories, layers

LINKS = [(page, link) for page, links in PAGE_LINKS.items() for link in links]


@pytest.mark.parametrize(("page", "link"), LINKS, ids=lambda value: getattr(value, "text", value))
def test_a_link_leads_upward_and_needs_what_its_page_needs(page, link):
    names = layers.page_names()
    args = [1] if link.to not in ("schedule:stock_forecast", "dose_gaps", "response:scoring") else []

    view = resolve(reverse(link.to, args=args)).func

    # A page without a namespace is of the roof.
    assert layers.may_not_know(names[page], names.get(link.to, "mesoclinic.pages"))
    assert link.needs == view.permission


@pytest.mark.django_db
def test_a_link_is_shown_to_those_who_may_follow_it(clinic):
    seen = {
        role: [
            shown.link.text
            for shown in links_of_page(
                "stock:stock", {}, viewer=factories.UserFactory(roles=[role], clinic=clinic)
            )
        ]
        for role in ("admin", "front_desk")
    }

    assert seen == {"admin": ["What booked sessions will use"], "front_desk": []}


@pytest.mark.django_db
def test_a_lot_may_be_recalled_from_its_page_until_it_is(as_admin, clinic):
    lot = factories.LotFactory(clinic=clinic)
    address = reverse("recalls:start_lot", args=[lot.pk])

    before = as_admin.get(reverse("stock:lot", args=[lot.pk])).text
    factories.make_recall(lots=[lot])
    after = as_admin.get(reverse("stock:lot", args=[lot.pk])).text

    assert (address in before, address in after) == (True, False)


# ── the next step ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
def test_the_next_step_follows_how_far_the_patient_is(as_clinician, clinician, clinic):
    patient = factories.PatientFactory()
    address = reverse("next_step", args=[patient.pk])

    first = as_clinician.get(address).url
    factories.IntakeFactory(patient=patient)
    second = as_clinician.get(address).url
    factories.AssessmentFactory(patient=patient)
    third = as_clinician.get(address).url

    assert [first, second, third] == [
        reverse("patients:intake", args=[patient.pk]),
        reverse("conditions:assess", args=[patient.pk]),
        reverse("cocktails:start", args=[patient.pk]),
    ]


@pytest.mark.django_db
def test_the_next_step_of_the_desk_is_the_patients_page(as_front_desk):
    patient = factories.PatientFactory()

    answer = as_front_desk.get(reverse("next_step", args=[patient.pk]))

    assert answer.url == reverse("patient", args=[patient.pk])


@pytest.mark.django_db
def test_a_patient_who_is_not_there_has_no_next_step(as_clinician):
    assert as_clinician.get(reverse("next_step", args=[987654])).status_code == 404
