"""Volume limits and identities from the catalogue to the bench, and around the application."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from mesoclinic.core.models import Source
from tests.factories import (
    ComponentFactory,
    DoseLimitFactory,
    IngredientFactory,
    ProductFactory,
    VolumeLimitFactory,
)
from treatments.catalogue.actions.safety_rules import add_rule
from treatments.catalogue.models import DoseCoverage, DoseLimit, SubstanceIdentity, VolumeLimit
from treatments.cocktails.queries.catalogue import catalogue_of_clinic

pytestmark = pytest.mark.django_db

D = Decimal


def one_moiety(moiety, *codes, **more):
    """Ingredients that are one substance; a product of each."""
    ingredients = [IngredientFactory(code=code, name=code.capitalize()) for code in codes]
    for ingredient in ingredients:
        SubstanceIdentity.objects.create(
            code=ingredient.code,
            ingredient=ingredient,
            kind="catalogue",
            moiety=moiety,
            pools=[moiety],
            allergy_level="none",
            basis="stated",
            **more,
        )
    return [ProductFactory(code=f"{each.code}-1", ingredient=each) for each in ingredients]


def sign(version, clinician):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cocktails_cocktailversion SET status = 'signed', signed_at = now(),"
            " signed_by_id = %s WHERE id = %s",
            [clinician.pk, version.pk],
        )


def test_sql_does_not_sign_two_salts_as_two_actives(draft, clinician):
    for position, product in enumerate(one_moiety("zinc", "zinc-sulfate", "zinc-gluconate")):
        ComponentFactory(version=draft, product=product, ml=D(1), position=position)

    with pytest.raises(IntegrityError, match="2 to 6 different actives"):
        sign(draft, clinician)

    ComponentFactory(version=draft, product=ProductFactory(), ml=D(1), position=2)
    sign(draft, clinician)
    draft.refresh_from_db()
    assert draft.is_signed


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"maximum": 0}, "volume_limit_is_above_zero"),
        ({"maximum": None}, "own_volume_limit_has_a_figure"),
        ({"kind": "stated"}, "own_volume_limit_has_a_figure"),
        ({"scope": "ingredient"}, "volume_limit_names_its_ingredient"),
        ({"finding": ""}, "volume_limit_says_what_is_found"),
    ],
)
def test_sql_does_not_write_a_volume_limit_that_limits_nothing(fields, refused):
    with pytest.raises(IntegrityError, match=refused):
        VolumeLimitFactory(**fields)


def test_sql_does_not_delete_a_limit_or_an_identity():
    VolumeLimitFactory()
    one_moiety("zinc", "zinc-sulfate")

    for table in ("volumelimit", "substanceidentity"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM catalogue_{table}")


def test_the_catalogue_brings_ceilings_identities_and_reasons_in_its_one_statement(clinic, count_queries):
    Source.objects.create(key="MADE", citation="Made up 2020", kind="study")
    prp = IngredientFactory(code="prp")
    VolumeLimitFactory(code="cm2-any", scope="all_but", ingredient=prp, source_keys=["MADE"], kind="inferred")
    [product] = one_moiety("zinc", "zinc-sulfate", maybe_inside_products=["nctf"])
    ready = ProductFactory(code="nctf", premade=True)
    DoseCoverage.objects.create(
        ingredient=prp, reason="No trial.", screen_text="None.", kind="none", basis="stated"
    )

    with count_queries() as sent:
        catalogue = catalogue_of_clinic(clinic)

    [ceiling] = catalogue.rulebook.ceilings
    assert (ceiling.scope, ceiling.ingredient, ceiling.maximum) == ("all_but", "prp", D(6))
    assert (ceiling.source, ceiling.is_own, ceiling.set_by) == ("[MADE] Made up 2020", False, "")
    assert catalogue.products[product.code].contents[0].substance.moiety == "zinc"
    assert [each.code for each in catalogue.products[ready.code].may_hold] == ["zinc-sulfate"]
    assert catalogue.rulebook.no_limit_reasons == {"prp": "No trial."}
    assert len(sent) == 1


def test_an_edited_limit_or_identity_is_read_anew(clinic):
    limit = VolumeLimitFactory()
    [product] = one_moiety("zinc", "zinc-sulfate")
    before = catalogue_of_clinic(clinic)

    VolumeLimit.objects.filter(pk=limit.pk).update(maximum=D(3))
    SubstanceIdentity.objects.update(moiety="metal")
    after = catalogue_of_clinic(clinic)

    assert (before.rulebook.ceilings[0].maximum, after.rulebook.ceilings[0].maximum) == (D(6), D(3))
    assert after.products[product.code].contents[0].substance.moiety == "metal"


@pytest.mark.parametrize("kind", ["volume", "dose"])
def test_a_limit_of_the_clinics_own_says_who_set_it_and_when(clinic, admin, kind):
    ingredient = IngredientFactory(code="biotin")
    row = (
        VolumeLimit(
            what="volume per session",
            maximum=D(4),
            unit="mL",
            finding="volume-session",
            kind="clinic",
            basis="clinic-default",
            source_text="Our own protocol.",
        )
        if kind == "volume"
        else DoseLimit(
            ingredient=ingredient,
            value=D(5),
            unit="mg",
            period="session",
            kind="clinic",
            source_text="Our own protocol.",
        )
    )

    add_rule(row=row, reason="Decided in May.", by=admin)

    book = catalogue_of_clinic(clinic).rulebook
    [rule] = book.ceilings if kind == "volume" else book.limits
    assert admin.last_name in rule.set_by
    assert rule.set_by.endswith(f" {timezone.localdate():%b %Y}")


def test_what_the_data_shipped_is_nobodys_own(clinic):
    DoseLimitFactory()

    [limit] = catalogue_of_clinic(clinic).rulebook.limits

    assert limit.set_by == ""
