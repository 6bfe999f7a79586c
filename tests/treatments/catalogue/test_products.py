"""Adding and changing products, through the action."""

from decimal import Decimal as D

import pytest

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from treatments.catalogue.actions.products import add_product, edit_product_now_or_plan
from treatments.catalogue.models import Product

pytestmark = pytest.mark.django_db


def a_product(**fields):
    return {
        "code": "biotin-5",
        "name": "Biotin",
        "strength": "5 mg/ml",
        "presentation": "ampoule",
        "container_ml": D(2),
        "price_per_ml": D(8),
        **fields,
    }


def refused_by(call, **arguments):
    """The (code, where) of every finding in the way."""
    with pytest.raises(Refused) as refused:
        call(**arguments)
    return [(finding.code, finding.where) for finding in refused.value.findings]


# --- products ----------------------------------------------------------------


def test_a_product_holds_what_was_said_and_the_deed_is_recorded(admin):
    biotin = factories.IngredientFactory(code="biotin")

    product = add_product(contents=[(biotin, D(5))], by=admin, **a_product())

    assert list(product.contents.values_list("ingredient", "mg_per_ml")) == [(biotin.pk, D(5))]
    event = AuditEvent.objects.get()
    assert (event.by, event.did, event.data) == (admin, "product.added", {"code": "biotin-5"})


def test_a_product_code_is_taken_once(admin):
    factories.ProductFactory(code="biotin-5")
    biotin = factories.IngredientFactory()

    found = refused_by(add_product, contents=[(biotin, D(5))], by=admin, **a_product())

    assert found == [("product-code", "code")]


def test_a_product_holds_something_and_each_ingredient_once(admin):
    biotin = factories.IngredientFactory()
    twice = [(biotin, D(5)), (biotin, D(10))]

    assert refused_by(add_product, contents=[], by=admin, **a_product()) == [("product-contents", "contents")]
    assert refused_by(add_product, contents=twice, by=admin, **a_product()) == [
        ("product-contents", "contents")
    ]
    assert Product.objects.count() == 0


def test_editing_a_product_records_which_fields_changed(admin):
    biotin, zinc = factories.IngredientFactory(), factories.IngredientFactory()
    product = add_product(contents=[(biotin, D(5))], by=admin, **a_product())

    edit_product_now_or_plan(
        product=product,
        contents=[(biotin, D(5)), (zinc, D(1))],
        by=admin,
        reason="Its maker changed it.",
        **a_product(name="Biotin Plus"),
    )

    product.refresh_from_db()
    assert product.name == "Biotin Plus"
    assert set(product.contents.values_list("ingredient", "mg_per_ml")) == {
        (biotin.pk, D(5)),
        (zinc.pk, D(1)),
    }
    assert AuditEvent.objects.latest("pk").data == {"fields": ["contents", "name"]}


def test_what_is_in_a_product_stays_once_a_lot_of_it_came(admin, clinic):
    biotin = factories.IngredientFactory()
    product = add_product(contents=[(biotin, D(5))], by=admin, **a_product())
    factories.LotFactory(product=product, clinic=clinic)

    found = refused_by(
        edit_product_now_or_plan,
        product=product,
        contents=[(biotin, D(10))],
        by=admin,
        reason="Another strength.",
        **a_product(),
    )

    assert found == [("product-contents", "contents")]
    assert product.contents.get().mg_per_ml == D(5)
