"""What the database itself refuses about ingredients, products and safety rules."""

import pytest
from django.db import IntegrityError, connection, transaction

from tests import factories

pytestmark = pytest.mark.django_db


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(statement, *values):
    """The sentence the database refuses with."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        sql(statement, *values)
    return str(error.value)


# --- reference rows ----------------------------------------------------------


def test_a_blocked_ingredient_says_why():
    ingredient = factories.IngredientFactory()

    assert "blocked_ingredient_says_why" in refused(
        "UPDATE catalogue_ingredient SET status = 'blocked' WHERE id = %s", ingredient.pk
    )


def test_a_pair_stands_once_with_the_lower_id_first():
    pair = factories.InteractionFactory()

    assert "interaction_lower_id_first" in refused(
        "UPDATE catalogue_interaction SET first_id = %s, second_id = %s", pair.second_id, pair.first_id
    )
    with pytest.raises(IntegrityError, match="interaction_stands_once"):
        factories.InteractionFactory(first=pair.first, second=pair.second)


def test_a_dose_limit_stands_once_and_says_how_much():
    limit = factories.DoseLimitFactory()

    assert "dose_limit_says_how_much" in refused("UPDATE catalogue_doselimit SET value = NULL")
    with pytest.raises(IntegrityError, match="dose_limit_stands_once"):
        factories.DoseLimitFactory(ingredient=limit.ingredient)


def test_a_contraindication_for_everyone_stands_once():
    factories.ContraindicationFactory(ingredient=None, factor=None)

    with pytest.raises(IntegrityError, match="contraindication_stands_once"):
        factories.ContraindicationFactory(ingredient=None, factor=None)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("container_ml = 0", "container_holds_something"),
        ("price_per_ml = -1", "product_price_is_not_negative"),
    ],
)
def test_a_product_has_sensible_figures(change, constraint):
    factories.ProductFactory()

    assert constraint in refused(f"UPDATE catalogue_product SET {change}")


def test_an_ingredient_is_in_a_product_once_and_with_a_strength_above_zero():
    product = factories.ProductFactory()
    content = product.contents.get()

    assert "strength_is_positive" in refused("UPDATE catalogue_productcontent SET mg_per_ml = 0")
    with pytest.raises(IntegrityError, match="ingredient_once_in_a_product"):
        factories.ProductContentFactory(product=product, ingredient=content.ingredient)


def test_a_gtin_names_one_product():
    factories.ProductFactory(gtin="04012345678901")
    factories.ProductFactory(gtin="")
    factories.ProductFactory(gtin="")

    with pytest.raises(IntegrityError, match="gtin_names_one_product"):
        factories.ProductFactory(gtin="04012345678901")


def test_a_rule_is_reviewed_by_somebody_at_some_time():
    factories.IngredientFactory()

    assert "ingredient_reviewed_by_and_at_together" in refused(
        "UPDATE catalogue_ingredient SET reviewed_at = now()"
    )
