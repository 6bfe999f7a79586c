"""Signing a cocktail on its page, and the page of a signed one."""

from decimal import Decimal

import pytest
from django.urls import reverse

from mesoclinic.core.models import AuditEvent
from tests.factories import (
    ComponentFactory,
    InteractionFactory,
    signed_cocktail,
)
from treatments.cocktails.models import CocktailOverride, CocktailVersion, Component

pytestmark = pytest.mark.django_db


D = Decimal


HTMX = {"headers": {"HX-Request": "true"}}


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


def found(response):
    return {finding.code: str(finding.level) for finding in response.context["findings"]}


PAGES = [
    ("start", "get"),
    ("start", "post"),
    ("formulation", "get"),
    ("check", "post"),
    ("sign", "post"),
    ("change", "post"),
    ("save_formulation", "post"),
]


# --- who may come in ---------------------------------------------------------


@pytest.mark.parametrize(("name", "method"), PAGES)
def test_a_stranger_is_asked_to_sign_in(stranger, draft, name, method):
    address = reverse(f"cocktails:{name}", args=[draft.pk])

    response = getattr(stranger, method)(address)

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.fixture
def ready(draft, biotin, zinc):
    ComponentFactory(version=draft, product=biotin, ml=D(1))
    ComponentFactory(version=draft, product=zinc, ml=D("0.5"), position=1)
    return draft


# --- signing -----------------------------------------------------------------


def test_signing_leads_to_the_plan(as_clinician, ready, patient, once):
    fields = posted(ready, biotin_5="1.0", zinc_1="0.5") | {"once": once()}

    response = as_clinician.post(url("sign", ready), fields)

    ready.refresh_from_db()
    assert response["Location"] == reverse("next_step", args=[patient.pk])
    assert ready.status == "signed"


def test_a_double_click_signs_once(as_clinician, ready, once):
    fields = posted(ready, biotin_5="1.0", zinc_1="0.5") | {"once": once()}

    first = as_clinician.post(url("sign", ready), fields)
    second = as_clinician.post(url("sign", ready), fields)

    assert first["Location"] == second["Location"]
    assert list(AuditEvent.objects.values_list("did", flat=True)) == ["cocktail.signed"]


def test_what_was_changed_since_the_check_is_shown_before_it_is_signed(as_clinician, ready, once):
    fields = posted(ready, biotin_5="2", zinc_1="0.5") | {"once": once()}

    response = as_clinician.post(url("sign", ready), fields)

    ready.refresh_from_db()
    assert (response.status_code, ready.status) == (422, "draft")
    assert [f.code for f in response.context["refused"]] == ["not-checked"]
    assert drawn(ready)[0] == ("biotin-5", D(2))
    again = fields | {"revision": "2", "once": once()}
    assert as_clinician.post(url("sign", ready), again).status_code == 302


def test_a_refused_signature_asks_for_the_reason_and_keeps_what_was_typed(
    as_clinician, ready, biotin, zinc, once
):
    InteractionFactory(first=biotin.ingredients.get(), second=zinc.ingredients.get())
    fields = posted(ready, biotin_5="1", zinc_1="0.5") | {"reason:pair:biotin+zinc": "no"}

    refused = as_clinician.post(url("sign", ready), fields | {"once": once()})
    fields["reason:pair:biotin+zinc"] = "Drawn one after the other."
    signed = as_clinician.post(url("sign", ready), fields | {"once": once()})

    assert refused.status_code == 422
    assert refused.context["missing"] == {"pair:biotin+zinc"}
    assert refused.context["reasons"] == {"pair:biotin+zinc": "no"}
    assert signed.status_code == 302
    assert CocktailOverride.objects.get().reason == "Drawn one after the other."


def test_reasons_being_typed_are_not_lost(as_clinician, ready, biotin, zinc):
    InteractionFactory(first=biotin.ingredients.get(), second=zinc.ingredients.get())
    fields = posted(ready, biotin_5="1", zinc_1="0.5") | {"reason:pair:biotin+zinc": "Because"}
    as_clinician.post(url("check", ready), fields, **HTMX)

    page = as_clinician.get(url("formulation", ready))

    assert page.context["reasons"] == {"pair:biotin+zinc": "Because"}
    assert page.context["conflict"] is None


def test_enter_in_a_field_checks_and_does_not_sign(as_clinician, ready):
    page = as_clinician.get(url("formulation", ready)).content.decode()

    assert page.index('aria-hidden="true">Check</button>') < page.index("Sign cocktail")


# --- signed ------------------------------------------------------------------


def test_a_signed_version_is_read_only_and_says_what_was_gone_past(as_clinician, clinic, clinician, patient):
    version = signed_cocktail(clinic=clinic, patient=patient, by=clinician)
    CocktailOverride.objects.create(
        version=version, code="x", level="warn", message="Care.", reason="Told.", by=clinician
    )

    page = as_clinician.get(url("formulation", version)).content.decode()

    assert "signed by Dr Elif Kaya" in page
    assert "“Told.”" in page
    assert 'name="line"' not in page
    assert "Plan the course" in page


def test_a_signed_version_is_not_changed_by_a_check(as_clinician, clinic, patient, biotin):
    version = signed_cocktail(clinic=clinic, patient=patient)

    response = as_clinician.post(url("check", version), posted(version, biotin_5="1"))

    assert response.status_code == 422
    assert found(response)["signed"] == "block"


def test_a_change_is_a_draft_that_shows_the_difference(as_clinician, clinic, patient, biotin, zinc, once):
    version = signed_cocktail(clinic=clinic, patient=patient, products=[biotin, zinc])
    response = as_clinician.post(url("change", version), {"reason": "Less zinc", "once": once()})
    draft = CocktailVersion.objects.get(number=2)
    as_clinician.post(url("check", draft), posted(draft, biotin_5="1", zinc_1="0.5"))

    page = as_clinician.get(url("formulation", draft))

    assert response["Location"] == url("formulation", draft)
    assert page.context["changes"] == ["Zinc 1 mg/ml 1 ml became 0.5 ml"]
    assert "Why: Less zinc" in page.content.decode()
    assert "To version 2" in as_clinician.get(url("formulation", version)).content.decode()


def test_a_change_without_a_reason_is_told_at_the_field(as_clinician, clinic, patient, once):
    version = signed_cocktail(clinic=clinic, patient=patient)

    response = as_clinician.post(url("change", version), {"reason": "x", "once": once()})

    assert response.status_code == 422
    assert "Write in a few words why" in response.content.decode()
    assert CocktailVersion.objects.count() == 1


def test_a_double_post_of_a_change_makes_one_version(as_clinician, clinic, patient, once):
    version = signed_cocktail(clinic=clinic, patient=patient)
    fields = {"reason": "Less zinc", "once": once()}

    first, second = (as_clinician.post(url("change", version), fields) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert CocktailVersion.objects.count() == 2


def test_a_formulation_is_kept_by_name_once(as_clinician, ready, once):
    fields = {"formulation_name": "House mix", "once": once()}

    first = as_clinician.post(url("save_formulation", ready), fields)
    repeated = as_clinician.post(url("save_formulation", ready), fields)
    taken = as_clinician.post(
        url("save_formulation", ready), {"formulation_name": "house mix", "once": once()}
    )

    assert first["Location"] == repeated["Location"] == url("formulation", ready)
    assert taken.status_code == 422
    assert "already has a formulation “house mix”" in taken.content.decode()
    assert CocktailVersion.objects.filter(cocktail__patient=None).count() == 1
    assert "House mix" in as_clinician.get(url("formulation", ready)).content.decode()


def test_a_formulation_of_a_signed_cocktail_needs_a_name(as_clinician, clinic, patient, once):
    version = signed_cocktail(clinic=clinic, patient=patient)

    response = as_clinician.post(url("save_formulation", version), {"formulation_name": "", "once": once()})

    assert response.status_code == 422
    assert "Give the formulation a name" in response.content.decode()


# --- corners -----------------------------------------------------------------


def test_a_signed_cocktail_is_followed_by_a_new_one(as_clinician, clinic, patient):
    signed_cocktail(clinic=clinic, patient=patient)
    address = reverse("cocktails:start", args=[patient.pk])

    page = as_clinician.get(address)
    as_clinician.post(address)

    assert "Density A (given before)" in page.content.decode()
    assert CocktailVersion.objects.get(status="draft").cocktail.name == "Mix B"


def test_signing_what_is_signed_goes_back_to_it(as_clinician, clinic, patient, once):
    version = signed_cocktail(clinic=clinic, patient=patient)

    response = as_clinician.post(url("sign", version), {"once": once()})

    assert response["Location"] == url("formulation", version)


# --- what it costs -----------------------------------------------------------


def test_signing_keeps_to_its_budget(as_clinician, ready, biotin, zinc, count_queries, once):
    InteractionFactory(first=biotin.ingredients.get(), second=zinc.ingredients.get())
    fields = posted(ready, biotin_5="1", zinc_1="0.5") | {
        "once": once(),
        "reason:pair:biotin+zinc": "Drawn one after the other.",
    }

    with count_queries() as queries:
        assert as_clinician.post(url("sign", ready), fields).status_code == 302

    assert len(queries) <= 12
