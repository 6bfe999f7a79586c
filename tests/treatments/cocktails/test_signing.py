"""Signing a cocktail: what refuses it, and what is written."""

from decimal import Decimal

import pytest
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests.factories import (
    CocktailFactory,
    CocktailVersionFactory,
    ComponentFactory,
    ContraindicationFactory,
    FactorFactory,
    IngredientFactory,
    InteractionFactory,
    ProductFactory,
    RiskFactorFactory,
)
from treatments.catalogue.models import PlannedChange
from treatments.cocktails.actions import signing
from treatments.cocktails.actions.signing import sign_version
from treatments.cocktails.models import CocktailOverride

pytestmark = pytest.mark.django_db


D = Decimal


@pytest.fixture
def draft(clinic, clinician):
    return CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, created_by=clinician))


def codes(refused):
    return [finding.code for finding in refused.value.findings]


def done():
    return list(AuditEvent.objects.order_by("pk").values_list("did", flat=True))


def filled(draft, *products, ml=1):
    for position, product in enumerate(products):
        ComponentFactory(version=draft, product=product, ml=D(ml), position=position)
    return draft


# --- signing -----------------------------------------------------------------


def test_signing_freezes_the_findings_and_says_who(draft, clinician):
    biotin, zinc = ProductFactory(), ProductFactory()
    filled(draft, biotin, zinc)

    version = sign_version(version=draft, by=clinician, signed_from="192.0.2.7")

    version.refresh_from_db()
    assert (version.status, version.signed_by) == ("signed", clinician)
    assert version.signed_from == "192.0.2.7"
    assert {(f["code"], f["level"]) for f in version.findings} == {
        ("count", "ok"),
        ("volume", "ok"),
        ("pairs", "ok"),
        ("person", "ok"),
        ("no-limit", "note"),
    }
    event = AuditEvent.objects.last()
    assert (event.did, event.patient_id, event.data) == (
        "cocktail.signed",
        version.cocktail.patient_id,
        {"components": {biotin.code: "1.00", zinc.code: "1.00"}, "overrides": [], "signed_from": "192.0.2.7"},
    )


def test_signing_twice_signs_once(draft, clinician):
    filled(draft, ProductFactory(), ProductFactory())
    first = sign_version(version=draft, by=clinician)

    again = sign_version(version=draft, by=clinician)

    assert again.signed_at == first.signed_at
    assert done() == ["cocktail.signed"]


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_cocktail_of_fewer_than_two_or_more_than_six_is_refused_with_any_reason(draft, clinician, count):
    filled(draft, *(ProductFactory() for _ in range(count)), ml="0.5")

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician, reasons={"count": "I know what I am doing."})

    assert codes(refused) == ["empty" if count == 0 else "count"]


def test_a_clinic_that_allows_three_refuses_four(draft, clinician, clinic):
    clinic.max_actives = 3
    clinic.save()
    filled(draft, *(ProductFactory() for _ in range(4)))

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == ["count"]


def test_an_over_full_syringe_is_refused(draft, clinician):
    filled(draft, ProductFactory(), ProductFactory(), ml=3)

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == ["volume"]


def test_a_block_is_passed_by_a_clinician_with_a_sentence_and_kept(draft, clinician):
    first, second = IngredientFactory(), IngredientFactory()
    InteractionFactory(first=first, second=second)
    filled(draft, ProductFactory(ingredient=first), ProductFactory(ingredient=second))
    code = "pair:" + "+".join(sorted((first.code, second.code)))

    with pytest.raises(Refused):
        sign_version(version=draft, by=clinician, reasons={code: "short"})
    version = sign_version(version=draft, by=clinician, reasons={code: "Drawn one after the other."})

    assert list(CocktailOverride.objects.values_list("version", "code", "level", "reason", "by")) == [
        (version.pk, code, "block", "Drawn one after the other.", clinician.pk)
    ]
    assert AuditEvent.objects.last().data["overrides"] == [
        {"code": code, "level": "block", "reason": "Drawn one after the other."}
    ]


def test_a_block_is_not_passed_by_somebody_who_may_not_override(draft, cosmetologist):
    first, second = IngredientFactory(), IngredientFactory()
    InteractionFactory(first=first, second=second)
    filled(draft, ProductFactory(ingredient=first), ProductFactory(ingredient=second))
    code = "pair:" + "+".join(sorted((first.code, second.code)))

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=cosmetologist, reasons={code: "Drawn one after the other."})

    assert codes(refused) == [code]


def test_signing_asks_again_of_what_stands_now(draft, clinician):
    pregnancy = FactorFactory(code="pregnancy", kind="pregnancy")
    ingredient = IngredientFactory()
    ContraindicationFactory(ingredient=ingredient, factor=pregnancy)
    filled(draft, ProductFactory(ingredient=ingredient), ProductFactory())
    RiskFactorFactory(
        patient=draft.cocktail.patient,
        kind="pregnancy",
        factor=pregnancy,
        label="Pregnant",
        started_on=timezone.localdate(),
    )

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == [f"contra:{ingredient.code}:pregnancy"]


def test_an_allergy_told_in_words_blocks_the_ingredient_it_names(draft, clinician):
    ContraindicationFactory(ingredient=None, factor=FactorFactory(code="allergy_component", kind="allergy"))
    zinc = IngredientFactory(code="zinc", name="Zinc")
    filled(draft, ProductFactory(ingredient=zinc), ProductFactory())
    RiskFactorFactory(patient=draft.cocktail.patient, label="Allergy to zinc sulfate")

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == ["contra:zinc:allergy_component"]


def test_a_retired_product_asks_for_a_reason(draft, clinician):
    product = ProductFactory(retired_at=timezone.now())
    filled(draft, product, ProductFactory())

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == [f"retired:{product.code}"]


def test_what_only_the_database_refuses_is_told_in_its_words(draft, clinician, monkeypatch):
    filled(draft, ProductFactory(), ProductFactory(), ml=3)
    monkeypatch.setattr(signing, "check_mix_against_all_rules", lambda *args, **more: [])

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == ["database"]
    assert str(refused.value) == "The mixture does not fit in its syringe."


def test_a_saved_formulation_is_not_signed(clinic, clinician):
    saved = CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, patient=None))

    with pytest.raises(Refused) as refused:
        sign_version(version=saved, by=clinician)

    assert codes(refused) == ["nobody"]


# --- around the application: raw SQL -----------------------------------------


def test_a_clinic_where_only_a_pharmacy_mixes_asks_which_made_it(draft, clinician, clinic):
    clinic.mixing = "pharmacy"
    clinic.save()
    filled(draft, ProductFactory(), ProductFactory())

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)
    assert codes(refused) == ["compounding"]

    signed = sign_version(
        version=draft, by=clinician, reasons={"compounding": "Made by the made-up pharmacy, order 12."}
    )
    assert signed.overrides.get().code == "compounding"


def test_a_rule_that_begins_today_holds_for_todays_signature(draft, clinician):
    first, second = ProductFactory(), ProductFactory()
    filled(draft, first, second)
    PlannedChange.objects.create(
        kind="catalogue.ingredient",
        row_id=first.contents.get().ingredient_id,
        changes={"status": "restricted", "status_reason": "Under study."},
        valid_from=timezone.localdate(),
        reason="Decided last week.",
        by=clinician,
    )

    with pytest.raises(Refused) as refused:
        sign_version(version=draft, by=clinician)

    assert codes(refused) == [f"restricted:{first.contents.get().ingredient.code}"]
