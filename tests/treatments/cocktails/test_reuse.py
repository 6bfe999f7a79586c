"""A signed cocktail for somebody else: a draft of theirs, checked against them."""

import pytest
from django.urls import reverse

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests.factories import (
    ClinicFactory,
    CocktailFactory,
    CocktailVersionFactory,
    ContraindicationFactory,
    FactorFactory,
    PatientFactory,
    RiskFactorFactory,
    signed_cocktail,
)
from treatments.cocktails.actions.reuse import copy_version_and_return_left_out
from treatments.cocktails.actions.signing import sign_version
from treatments.cocktails.models import CocktailVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(clinic, clinician, patient, biotin, zinc):
    return signed_cocktail(clinic=clinic, patient=patient, by=clinician, products=[biotin, zinc], sessions=6)


@pytest.fixture
def other(clinician):
    return PatientFactory(given_names="Ada", family_name="Lund", registered_by=clinician)


def address(version):
    return reverse("cocktails:reuse", args=[version.pk])


def test_the_other_patient_is_found_by_post_and_gets_a_draft(as_clinician, signed, other, once):
    found = as_clinician.post(address(signed), {"q": "lund"})
    answer = as_clinician.post(address(signed), {"q": "lund", "patient": str(other.pk), "once": once()})

    assert [each.pk for each in found.context["found"]] == [other.pk]
    draft = CocktailVersion.objects.get(cocktail__patient=other)
    assert answer["Location"] == reverse("cocktails:formulation", args=[draft.pk])
    assert (draft.status, draft.sessions, draft.number) == ("draft", 6, 1)
    assert list(draft.components.values_list("product__code", flat=True)) == ["biotin-5", "zinc-1"]
    event = AuditEvent.objects.filter(did="cocktail.started").get()
    assert (event.patient_id, event.data) == (other.pk, {"from_version": signed.pk})


def test_every_check_is_made_again_for_the_other_patient(as_clinician, signed, other, clinician, zinc, once):
    """Nothing spoke against it for the first patient; the second one's record does, on the page and at signing."""
    factor = FactorFactory(code="wilson", short_label="Wilson disease")
    ContraindicationFactory(
        ingredient=zinc.ingredients.get(), factor=factor, severity="absolute", basis="stated"
    )
    RiskFactorFactory(patient=other, factor=factor, recorded_by=clinician)

    as_clinician.post(address(signed), {"patient": str(other.pk), "once": once()})

    draft = CocktailVersion.objects.get(cocktail__patient=other)
    page = as_clinician.get(reverse("cocktails:formulation", args=[draft.pk]))
    assert [(f.code, f.fixed) for f in page.context["findings"] if f.blocks] == [("contra:zinc:wilson", True)]
    with pytest.raises(Refused, match="Wilson disease"):
        sign_version(version=draft, by=clinician)


def test_nothing_that_was_signed_is_taken_over(signed, other, clinician, clinic):
    draft, gone = copy_version_and_return_left_out(version=signed, patient=other, by=clinician, clinic=clinic)

    assert gone == []
    assert (draft.findings, draft.signed_by, draft.reason) == ([], None, "")
    assert list(draft.overrides.all()) == []


def test_what_may_no_longer_be_used_is_left_out_and_said(as_clinician, signed, other, zinc):
    zinc.blocked, zinc.blocked_reason = True, "It caused abscesses."
    zinc.save()

    page = as_clinician.post(address(signed), {"patient": str(other.pk)}, follow=True)

    draft = CocktailVersion.objects.get(cocktail__patient=other)
    assert list(draft.components.values_list("product__code", flat=True)) == ["biotin-5"]
    assert "Left out, for it may no longer be used: Zinc 1 mg/ml." in page.content.decode()


def test_a_patient_with_a_draft_keeps_it(as_clinician, signed, other, clinic, clinician):
    open_draft = CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, patient=other))

    answer = as_clinician.post(address(signed), {"q": "lund", "patient": str(other.pk)})

    assert answer.status_code == 422
    assert "already has a cocktail in work" in answer.content.decode()
    assert list(CocktailVersion.objects.filter(cocktail__patient=other)) == [open_draft]
    with pytest.raises(Refused, match="already has a cocktail in work"):
        copy_version_and_return_left_out(version=signed, patient=other, by=clinician, clinic=clinic)


def test_a_double_click_copies_once(as_clinician, signed, other, once):
    fields = {"patient": str(other.pk), "once": once()}

    first = as_clinician.post(address(signed), fields)
    second = as_clinician.post(address(signed), fields)

    assert first["Location"] == second["Location"]
    assert CocktailVersion.objects.filter(cocktail__patient=other).count() == 1


@pytest.mark.parametrize("chosen", ["x", "0", "-3", "9" * 30, "987654"])
def test_nobody_is_not_found(as_clinician, signed, chosen):
    assert as_clinician.post(address(signed), {"patient": chosen}).status_code == 404


def test_a_draft_or_another_clinics_cocktail_cannot_be_reused(as_clinician, draft):
    elsewhere = signed_cocktail(clinic=ClinicFactory(name="Elsewhere"))

    assert as_clinician.get(address(draft)).status_code == 404
    assert as_clinician.get(address(elsewhere)).status_code == 404


def test_the_start_page_takes_only_what_it_offers(as_clinician, signed, other):
    """A version by its number, of somebody else: not by the back door."""
    start = reverse("cocktails:start", args=[other.pk])

    answer = as_clinician.post(start, {"from_version": str(signed.pk)})

    assert answer.status_code == 422
    assert not CocktailVersion.objects.filter(cocktail__patient=other).exists()
