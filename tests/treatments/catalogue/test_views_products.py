"""The pages of ingredients and products: what they say and do."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import Source
from tests import factories
from treatments.catalogue.models import Product

pytestmark = pytest.mark.django_db


def url(name, *args):
    app = "catalogue" if name.startswith(("ingredient", "product", "change")) else "stock"
    return reverse(f"{app}:{name}", args=args)


def page(response):
    """The page's words, one space between them."""
    return " ".join(response.content.decode().split())


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def names_of(response):
    return [ingredient.name for ingredient in response.context["ingredients"]]


# --- ingredients -------------------------------------------------------------


def test_a_blocked_ingredient_is_shown_with_its_reason(as_cosmetologist):
    factories.IngredientFactory(code="buflomedil", status="blocked", status_reason="Suspended in the EU.")

    said = page(as_cosmetologist.get(url("ingredient_list")))

    assert "Buflomedil" in said
    assert "Suspended in the EU." in said


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Biotin", "Ácido fólico", "Saline"]),
        ({"text": "acido fol"}, ["Ácido fólico"]),
        ({"text": "vitamin b9"}, ["Ácido fólico"]),
        ({"family": "diluent"}, ["Saline"]),
        ({"kind": "active"}, ["Biotin", "Ácido fólico"]),
        ({"kind": "other"}, ["Saline"]),
        ({"status": "restricted"}, ["Biotin"]),
        ({"prescription": "varies"}, ["Saline"]),
        ({"text": "nothing like it"}, []),
        ({"status": "no such status"}, ["Biotin", "Ácido fólico", "Saline"]),
    ],
)
def test_the_list_is_narrowed(as_clinician, query, names):
    factories.IngredientFactory(name="Biotin", work_order=1, status="restricted", prescription="yes")
    factories.IngredientFactory(name="Ácido fólico", synonyms="vitamin B9", work_order=2, prescription="yes")
    factories.IngredientFactory(
        name="Saline",
        work_order=3,
        is_active=False,
        family="diluent",
        ingredient_class="diluent",
        prescription="varies (device)",
    )

    assert names_of(as_clinician.get(url("ingredient_list"), query)) == names


def test_an_ingredient_says_what_its_figures_are_and_who_says_so(as_clinician):
    source = Source.objects.create(
        key="LIDO", citation="Lidocaine label", address="https://example.org/lido", kind="label"
    )
    ingredient = factories.IngredientFactory(code="lidocaine")
    factories.DoseLimitFactory(ingredient=ingredient, value=D(300), source_keys=[source.key])
    factories.InteractionFactory(first=ingredient, why="They react.")
    factories.ContraindicationFactory(ingredient=ingredient, factor_text="Pregnancy")

    said = page(as_clinician.get(url("ingredient", "lidocaine")))

    assert "Highest studied dose" in said
    assert "safe maximum" not in said.lower()
    assert "300 mg a session" in said
    assert "They react." in said
    assert "Pregnancy" in said
    assert '<a href="https://example.org/lido"' in said
    assert "Not reviewed here" in said


def test_an_ingredient_with_no_rules_does_not_pretend_to_be_safe(as_clinician):
    factories.IngredientFactory(code="bare")

    said = page(as_clinician.get(url("ingredient", "bare")))

    assert "No published figure was found." in said
    assert "That is not the same as safe." in said


def test_a_pair_with_every_other_ingredient_stands_on_each_page(as_clinician):
    factories.InteractionFactory(second=None, why="Alone in its syringe.")
    factories.IngredientFactory(code="biotin")

    assert "Alone in its syringe." in page(as_clinician.get(url("ingredient", "biotin")))


def a_product(once, **fields):
    return {
        "code": "biotin-5",
        "name": "Biotin",
        "strength": "5 mg/ml",
        "presentation": "ampoule",
        "container_ml": "2",
        "maker": "Made-up Pharma",
        "supplier": "",
        "country": "",
        "price_per_ml": "8",
        "content-TOTAL_FORMS": "2",
        "content-INITIAL_FORMS": "0",
        "content-0-ingredient": "biotin",
        "content-0-mg_per_ml": "5",
        "content-1-ingredient": "",
        "content-1-mg_per_ml": "",
        "injectable": "yes",
        "reason": "We buy it now.",
        "once": once(),
        **fields,
    }


# --- products ----------------------------------------------------------------


def test_an_admin_adds_a_product_once_however_often_the_form_is_sent(as_admin, once):
    factories.IngredientFactory(code="biotin")
    sent = a_product(once)

    answers = [as_admin.post(url("product_add"), sent) for _ in range(2)]

    assert [answer.url for answer in answers] == [url("product", Product.objects.get().pk)] * 2
    product = Product.objects.get()
    assert (product.code, product.container_ml) == ("biotin-5", D(2))
    assert product.contents.get().mg_per_ml == D(5)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"code": ""}, "This field is required."),
        ({"code": "taken"}, "“taken” is already a product."),
        ({"content-0-ingredient": "", "content-0-mg_per_ml": ""}, "Say what is in it"),
        ({"content-0-ingredient": ""}, "Choose what this is a strength of."),
        ({"content-0-mg_per_ml": "0"}, "a strength is above 0"),
        ({"container_ml": "0"}, "A container holds more than 0 ml."),
        ({"price_per_ml": "-1"}, "A price is not below 0."),
        ({"content-1-ingredient": "biotin"}, "An ingredient stands twice."),
    ],
)
def test_a_product_that_makes_no_sense_is_refused_and_keeps_what_was_typed(as_admin, once, fields, said):
    factories.IngredientFactory(code="biotin")
    factories.ProductFactory(code="taken", ingredient=False)

    response = as_admin.post(url("product_add"), a_product(once, maker="Typed Pharma", **fields))

    assert response.status_code == 422
    assert said in page(response)
    assert "Typed Pharma" in page(response)
    assert Product.objects.count() == 1


def test_an_admin_corrects_a_product(as_admin, once):
    biotin = factories.IngredientFactory(code="biotin")
    product = factories.ProductFactory(code="biotin-5", ingredient=biotin)

    response = as_admin.post(
        url("product_edit", product.pk),
        a_product(once, name="Biotin Plus", save="1", valid_from=in_days(0).isoformat()),
    )

    assert response.status_code == 302
    product.refresh_from_db()
    assert product.name == "Biotin Plus"


def test_the_products_say_what_is_in_them_and_their_legal_route(as_cosmetologist):
    factories.ProductFactory(
        name="Hairzon",
        premade=True,
        injectable="no",
        legal_route="Labelled as a cosmetic.",
        ingredient=factories.IngredientFactory(name="Caffeine"),
    )

    said = page(as_cosmetologist.get(url("product_list")))

    assert "Hairzon" in said
    assert "Caffeine" in said
    assert "Not to be injected" in said
    assert "Labelled as a cosmetic." in said
    assert "New product" not in said
