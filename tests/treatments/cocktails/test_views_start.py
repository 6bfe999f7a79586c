"""How a cocktail begins, on its page."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    CocktailFactory,
    CocktailVersionFactory,
    ComponentFactory,
    PatientFactory,
)
from treatments.cocktails.models import CocktailVersion, Component

pytestmark = pytest.mark.django_db


D = Decimal


def url(name, version):
    return reverse(f"cocktails:{name}", args=[version.pk])


def posted(version, **lines):
    """What the formulation page posts: product code (with _ for -) to the ml as typed."""
    fields = {
        "name": version.cocktail.name,
        "kind": version.kind,
        "syringe_ml": "5",
        "revision": str(version.revision),
        "line": [code.replace("_", "-") for code in lines],
    }
    return fields | {f"ml:{code.replace('_', '-')}": text for code, text in lines.items()}


def drawn(version):
    return list(Component.objects.filter(version=version).values_list("product__code", "ml"))


# --- starting ----------------------------------------------------------------


def test_starting_opens_an_empty_formulation_page(as_clinician, patient):
    response = as_clinician.post(reverse("cocktails:start", args=[patient.pk]), {"name": "Density A"})

    version = CocktailVersion.objects.get()
    assert response.status_code == 302
    assert response["Location"] == url("formulation", version)
    assert version.cocktail.name == "Density A"


def test_a_draft_is_opened_again_instead_of_asked_for(as_clinician, draft, patient):
    address = reverse("cocktails:start", args=[patient.pk])

    assert as_clinician.get(address)["Location"] == url("formulation", draft)
    assert as_clinician.post(address)["Location"] == url("formulation", draft)
    assert CocktailVersion.objects.count() == 1


def test_a_cocktail_begins_from_a_saved_formulation(as_clinician, clinic, patient, biotin):
    saved = CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, patient=None, name="House mix"))
    ComponentFactory(version=saved, product=biotin)
    address = reverse("cocktails:start", args=[patient.pk])

    page = as_clinician.get(address)
    as_clinician.post(address, {"from_version": str(saved.pk)})

    assert "House mix: Biotin 5 mg/ml 1 ml" in page.content.decode()
    version = CocktailVersion.objects.get(cocktail__patient=patient)
    assert drawn(version) == [("biotin-5", D(1))]


@pytest.mark.parametrize("chosen", ["999999", "x", "-1"])
def test_a_formulation_that_is_gone_is_said(as_clinician, patient, chosen):
    response = as_clinician.post(
        reverse("cocktails:start", args=[patient.pk]), {"name": "Density A", "from_version": chosen}
    )

    assert response.status_code == 422
    assert "not there any more" in response.content.decode()
    assert "Density A" in response.content.decode()


def test_a_closed_record_is_told_so(as_clinician):
    patient = PatientFactory(died_on=timezone.localdate())

    response = as_clinician.post(reverse("cocktails:start", args=[patient.pk]))

    assert response.status_code == 422
    assert "the patient has died" in response.content.decode()


# --- what it costs -----------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_starting_costs_the_same_for_one_formulation_and_three(
    as_clinician, clinic, patient, count_queries, rows
):
    for _ in range(rows):
        saved = CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, patient=None))
        ComponentFactory(version=saved)

    with count_queries() as queries:
        as_clinician.get(reverse("cocktails:start", args=[patient.pk]))

    assert len(queries) == 6
