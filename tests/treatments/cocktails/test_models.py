"""What the database itself refuses about cocktails."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories import (
    CocktailFactory,
    CocktailVersionFactory,
    ComponentFactory,
    IngredientFactory,
    ProductFactory,
    signed_cocktail,
)
from treatments.cocktails.models import CocktailOverride

pytestmark = pytest.mark.django_db


D = Decimal


@pytest.fixture
def draft(clinic, clinician):
    return CocktailVersionFactory(cocktail=CocktailFactory(clinic=clinic, created_by=clinician))


def filled(draft, *products, ml=1):
    for position, product in enumerate(products):
        ComponentFactory(version=draft, product=product, ml=D(ml), position=position)
    return draft


def sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


# --- around the application: raw SQL -----------------------------------------


def test_sql_does_not_change_a_signed_version():
    version = signed_cocktail()

    with pytest.raises(IntegrityError, match="A signed cocktail is frozen"):
        sql("UPDATE cocktails_cocktailversion SET syringe_ml = 9 WHERE id = %s", version.pk)
    with pytest.raises(IntegrityError):
        sql("DELETE FROM cocktails_cocktailversion WHERE id = %s", version.pk)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cocktails_component SET ml = 2 WHERE version_id = %s",
        "DELETE FROM cocktails_component WHERE version_id = %s",
        "INSERT INTO cocktails_component (version_id, product_id, ml, position)"
        " SELECT %s, max(id), 1, 9 FROM catalogue_product",
    ],
    ids=["changed", "taken out", "added"],
)
def test_sql_does_not_touch_the_components_of_a_signed_version(statement):
    version = signed_cocktail()
    ProductFactory()

    with pytest.raises(IntegrityError):
        sql(statement, version.pk)


@pytest.mark.parametrize("count", [1, 7])
def test_sql_does_not_sign_one_active_or_seven(draft, clinician, count):
    filled(draft, *(ProductFactory() for _ in range(count)), ml="0.5")

    with pytest.raises(IntegrityError, match="2 to 6 different actives"):
        sql(
            "UPDATE cocktails_cocktailversion SET status = 'signed', signed_at = now(),"
            " signed_by_id = %s WHERE id = %s",
            clinician.pk,
            draft.pk,
        )


def test_sql_does_not_sign_more_than_the_clinic_allows(draft, clinician, clinic):
    clinic.max_actives = 3
    clinic.save()
    filled(draft, *(ProductFactory() for _ in range(4)))

    with pytest.raises(IntegrityError, match="fewer where the clinic says so"):
        sql(
            "UPDATE cocktails_cocktailversion SET status = 'signed', signed_at = now(),"
            " signed_by_id = %s WHERE id = %s",
            clinician.pk,
            draft.pk,
        )


def test_sql_does_not_sign_an_over_full_syringe(draft, clinician):
    filled(draft, ProductFactory(), ProductFactory(), ml=3)

    with pytest.raises(IntegrityError, match="does not fit"):
        sql(
            "UPDATE cocktails_cocktailversion SET status = 'signed', signed_at = now(),"
            " signed_by_id = %s WHERE id = %s",
            clinician.pk,
            draft.pk,
        )


def test_sql_does_not_put_a_blocked_ingredient_into_a_draft(draft):
    product = ProductFactory(ingredient=IngredientFactory(status="blocked", status_reason="It kills."))

    with pytest.raises(IntegrityError, match="A blocked ingredient cannot be part"):
        sql(
            "INSERT INTO cocktails_component (version_id, product_id, ml, position) VALUES (%s, %s, 1, 0)",
            draft.pk,
            product.pk,
        )


@pytest.mark.parametrize(
    "statement",
    ["UPDATE cocktails_cocktailoverride SET reason = 'other'", "DELETE FROM cocktails_cocktailoverride"],
)
def test_sql_does_not_change_an_override(draft, clinician, statement):
    CocktailOverride.objects.create(
        version=draft, code="pair:a+b", level="warn", message="m", reason="r", by=clinician
    )

    with pytest.raises(IntegrityError, match="append-only"):
        sql(statement)


def test_sql_does_not_open_a_second_draft(draft):
    with pytest.raises(IntegrityError, match="one_draft_version_per_cocktail"):
        CocktailVersionFactory(cocktail=draft.cocktail, number=2)
