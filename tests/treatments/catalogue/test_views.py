"""Ingredients and products as the admin's workplace: found, changed from a day, retired, taken back."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from treatments.catalogue.models import DoseCoverage, Ingredient, PlannedChange, Product

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"catalogue:{name}", args=args)


def page(response):
    return " ".join(response.content.decode().split())


def in_days(days):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


# --- lists -------------------------------------------------------------------


@pytest.fixture
def shelf():
    """Four products, each alone in something."""
    factories.ProductFactory(
        code="biotin-5",
        name="Biotín",
        maker="Rheinpharm",
        gtin="04006381333931",
        ingredient=factories.IngredientFactory(prescription="yes"),
    )
    factories.ProductFactory(
        name="Saline",
        ingredient=factories.IngredientFactory(family="diluent", is_active=False, prescription="no"),
    )
    factories.ProductFactory(
        name="Hairzon",
        injectable="no",
        legal_route="A cosmetic.",
        premade=True,
        ingredient=factories.IngredientFactory(family="peptide", prescription="varies"),
    )
    factories.ProductFactory(
        name="Buflomedil",
        premade=True,
        ingredient=factories.IngredientFactory(
            family="vasodilator", status="blocked", status_reason="Suspended."
        ),
    )
    factories.ProductFactory(name="Gone", retired_at=timezone.now(), ingredient=False)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Biotín", "Saline", "Buflomedil", "Hairzon"]),
        ({"text": "biotin"}, ["Biotín"]),
        ({"text": "rheinpharm"}, ["Biotín"]),
        ({"text": "biotin-5"}, ["Biotín"]),
        ({"text": "4006381333931"}, ["Biotín"]),
        ({"text": "'; drop table"}, []),
        ({"family": "diluent"}, ["Saline"]),
        ({"kind": "active"}, ["Biotín", "Buflomedil", "Hairzon"]),
        ({"kind": "other"}, ["Saline"]),
        ({"prescription": "yes"}, ["Biotín"]),
        ({"blocked": "yes"}, ["Buflomedil"]),
        ({"blocked": "no"}, ["Biotín", "Saline", "Hairzon"]),
        ({"route": "no"}, ["Hairzon"]),
        ({"show": "retired"}, ["Gone"]),
        ({"route": "no such route"}, ["Biotín", "Saline", "Buflomedil", "Hairzon"]),
    ],
)
def test_the_products_are_narrowed(as_cosmetologist, shelf, query, names):
    response = as_cosmetologist.get(url("product_list"), query)

    assert [product.name for product in response.context["products"]] == names


def test_the_ingredients_are_narrowed_by_the_legal_route_of_a_product(as_cosmetologist, shelf):
    response = as_cosmetologist.get(url("ingredient_list"), {"route": "no"})

    assert [one.family for one in response.context["ingredients"]] == ["peptide"]


@pytest.mark.parametrize(
    ("name", "key", "make"),
    [
        ("product_list", "products", lambda: factories.ProductFactory(name="Same", ingredient=False)),
        ("ingredient_list", "ingredients", lambda: factories.IngredientFactory(name="Same")),
    ],
)
def test_a_list_goes_page_by_page_by_key(as_admin, name, key, make):
    made = [make() for _ in range(61)]

    first = as_admin.get(url(name))
    second = as_admin.get(first.context["page"]["next"])

    shown = [row.pk for page in (first, second) for row in page.context[key]]
    assert shown[:60] == [row.pk for row in made[:60]]
    assert shown[60:] == [made[60].pk]
    assert second.context["page"]["next"] == ""
    assert as_admin.get(url(name), {"after": "x"}).status_code == 200


# --- a product ---------------------------------------------------------------


def a_change(once, **fields):
    return {
        "name": "Biotin",
        "strength": "10 mg/ml",
        "presentation": "ampoule",
        "container_ml": "2",
        "price_per_ml": "9.5",
        "injectable": "yes",
        "content-TOTAL_FORMS": "1",
        "content-INITIAL_FORMS": "1",
        "content-0-ingredient": "biotin",
        "content-0-mg_per_ml": "10",
        "valid_from": in_days(0),
        "reason": "A new price list.",
        "save": "1",
        "once": once(),
        **fields,
    }


@pytest.fixture
def biotin():
    return factories.ProductFactory(
        code="biotin-10",
        name="Biotin",
        presentation="ampoule",
        container_ml=D(2),
        ingredient=factories.IngredientFactory(code="biotin"),
    )


def test_a_price_has_its_history_with_who_and_why(as_admin, admin, biotin, once):
    as_admin.post(url("product_edit", biotin.pk), a_change(once))
    as_admin.post(url("product_edit", biotin.pk), a_change(once, price_per_ml="11", reason="Dearer again."))

    response = as_admin.get(url("product", biotin.pk))

    assert [(line.price, line.reason) for line in response.context["prices"]] == [
        (D(11), "Dearer again."),
        (D("9.5"), "A new price list."),
        (D(8), ""),
    ]
    assert "A. Berg" in page(response)


def test_a_change_from_a_later_day_is_planned_shown_and_withdrawn(as_admin, biotin, once):
    answer = as_admin.post(url("product_edit", biotin.pk), a_change(once, valid_from=in_days(5)))

    assert answer.url == url("product", biotin.pk)
    biotin.refresh_from_db()
    assert biotin.price_per_ml == D(8)
    planned = PlannedChange.objects.get()
    assert "Planned" in page(as_admin.get(answer.url))
    listed = page(as_admin.get(url("change_list")))
    assert "Price per ml: 9.5" in listed

    as_admin.post(url("change_withdraw", planned.pk), {"once": once()})

    planned.refresh_from_db()
    assert planned.withdrawn_at is not None
    assert "Nothing is planned" in page(as_admin.get(url("change_list")))


def test_planned_changes_cost_the_same_for_one_and_for_three(as_admin, admin, count_queries):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            PlannedChange.objects.create(
                kind="catalogue.product",
                row_id=factories.ProductFactory().pk,
                changes={"maker": "Two"},
                valid_from=timezone.localdate(),
                reason="Sold.",
                by=admin,
            )
        with count_queries() as queries:
            as_admin.get(url("change_list"))
        counts.append(len(queries))

    assert counts == [4, 4]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"container_ml": "-2"}, "A container holds more than 0 ml."),
        ({"container_ml": "5000"}, "No container holds that much."),
        ({"price_per_ml": "99999"}, "This is not a price for one ml."),
        ({"in_use_hours": "99999"}, "Nothing keeps a year once opened."),
        ({"gtin": "123"}, "This is no GTIN"),
        ({"gtin": "4006381333931"}, "Another product has this GTIN."),
        ({"blocked": "on"}, "Say why it is blocked"),
        ({"injectable": "no"}, "Say what it is made for"),
        ({"content-0-mg_per_ml": "5000"}, "a strength is above 0"),
        ({"valid_from": in_days(-3)}, "What was in force on a past day"),
        ({"valid_from": in_days(900)}, "more than two years ahead"),
        ({"reason": "x"}, "Say why, in 3 to 200"),
        ({"price_per_ml": "8"}, "Nothing differs"),
    ],
)
def test_a_change_that_makes_no_sense_says_so_and_keeps_what_was_typed(as_admin, biotin, once, fields, said):
    factories.ProductFactory(gtin="04006381333931")

    response = as_admin.post(url("product_edit", biotin.pk), a_change(once, **fields))

    assert response.status_code == 422
    assert said in page(response)
    assert 'value="10 mg/ml"' in page(response)
    biotin.refresh_from_db()
    assert biotin.price_per_ml == D(8)


def test_a_change_made_meanwhile_is_not_written_over(as_admin, biotin, once):
    opened = as_admin.get(url("product_edit", biotin.pk)).context["why"]
    read = opened["version"].value()
    as_admin.post(url("product_edit", biotin.pk), a_change(once, maker="Theirs"))

    late = as_admin.post(url("product_edit", biotin.pk), a_change(once, version=read, maker="Mine"))

    assert late.status_code == 422
    assert "Somebody has changed it since you opened it" in page(late)
    biotin.refresh_from_db()
    assert biotin.maker == "Theirs"


def test_a_gtin_is_kept_as_a_scanner_says_it(as_admin, biotin, once):
    as_admin.post(url("product_edit", biotin.pk), a_change(once, gtin="4006381333931"))

    biotin.refresh_from_db()
    assert biotin.gtin == "04006381333931"


def test_a_code_typed_over_is_not_taken(as_admin, biotin, once):
    as_admin.post(url("product_edit", biotin.pk), a_change(once, code="other"))

    biotin.refresh_from_db()
    assert (biotin.code, biotin.price_per_ml) == ("biotin-10", D("9.5"))


@pytest.mark.parametrize("deed", ["retire", "restore"])
def test_a_product_is_retired_and_taken_back_with_a_reason(as_admin, biotin, once, deed):
    if deed == "restore":
        Product.objects.filter(pk=biotin.pk).update(retired_at=timezone.now())
    sent = {"deed": deed, "once": once()}

    asked = as_admin.get(url("product_retire", biotin.pk))
    assert "Who this change would affect" in page(asked)
    refused = as_admin.post(url("product_retire", biotin.pk), sent)
    assert refused.status_code == 422
    assert "This field is required." in page(refused)
    as_admin.post(url("product_retire", biotin.pk), sent | {"reason": "Decided.", "once": once()})

    biotin.refresh_from_db()
    assert (biotin.retired_at is not None) is (deed == "retire")
    assert biotin.code in page(as_admin.get(url("product", biotin.pk)))


@pytest.mark.parametrize("who", ["as_clinician", "as_front_desk", "as_cosmetologist"])
def test_only_an_admin_changes_the_catalogue(request, who, biotin):
    client = request.getfixturevalue(who)

    for name, args in (
        ("product_add", []),
        ("product_edit", [biotin.pk]),
        ("product_import", []),
        ("ingredient_add", []),
        ("ingredient_edit", ["biotin"]),
        ("change_list", []),
    ):
        assert client.get(url(name, *args)).status_code == 403
    for name, args in (
        ("product_retire", [biotin.pk]),
        ("ingredient_retire", ["biotin"]),
        ("product_import_write", []),
        ("change_withdraw", [1]),
    ):
        assert client.post(url(name, *args)).status_code == 403


def test_changing_a_product_costs_the_same_for_one_ingredient_and_for_three(as_admin, once, count_queries):
    counts = []
    for number, ingredients in ((1, 1), (2, 3)):
        codes = [factories.IngredientFactory().code for _ in range(ingredients)]
        product = factories.ProductFactory(code=f"p-{number}", ingredient=False)
        for code in codes:
            factories.ProductContentFactory(product=product, ingredient=Ingredient.objects.get(code=code))
        lines = {"content-TOTAL_FORMS": str(ingredients), "content-INITIAL_FORMS": str(ingredients)}
        for n, code in enumerate(codes):
            lines |= {f"content-{n}-ingredient": code, f"content-{n}-mg_per_ml": "10"}
        with count_queries() as queries:
            answer = as_admin.post(url("product_edit", product.pk), a_change(once) | lines)
        assert answer.status_code == 302
        counts.append(len(queries))

    assert counts[0] == counts[1]


# --- an ingredient -----------------------------------------------------------


def an_ingredient(once, **fields):
    return {
        "name": "Caffeine",
        "ingredient_class": "methylxanthine",
        "family": "stimulant",
        "is_active": "on",
        "in_syringe": "on",
        "preparation": "cocktail",
        "work_order": "60",
        "status": "allowed",
        "source_text": "Our own list.",
        "reason": "We use it now.",
        "valid_from": in_days(0),
        "once": once(),
        **fields,
    }


def test_an_admin_adds_an_ingredient_once(as_admin, once):
    sent = an_ingredient(once, code="caffeine")

    answers = [as_admin.post(url("ingredient_add"), sent) for _ in range(2)]

    assert [answer.url for answer in answers] == [url("ingredient", "caffeine")] * 2
    assert Ingredient.objects.get().name == "Caffeine"
    again = as_admin.post(url("ingredient_add"), sent | {"once": once()})
    assert "This code is taken." in page(again)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"code": "products"}, "This word is an address here."),
        ({"code": "two words"}, "letters, numbers"),
        ({"status": "blocked"}, "Say why it is blocked"),
        ({"source_text": ""}, "Say where it comes from"),
        ({"work_order": "-1"}, "greater than or equal to 0"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_an_ingredient_that_makes_no_sense_is_not_added(as_admin, once, fields, said):
    sent = an_ingredient(once, code="caffeine") | fields

    response = as_admin.post(url("ingredient_add"), sent)

    assert response.status_code == 422
    assert said in page(response)
    assert Ingredient.objects.count() == 0


def test_an_ingredient_is_changed_after_it_was_asked_whom_that_affects(as_admin, once):
    factories.IngredientFactory(code="caffeine", storage="")
    sent = an_ingredient(once, storage="Cold")

    asked = as_admin.post(url("ingredient_edit", "caffeine"), sent)
    assert "Nobody now" in page(asked)
    assert Ingredient.objects.get().storage == ""

    as_admin.post(url("ingredient_edit", "caffeine"), sent | {"save": "1"})

    assert Ingredient.objects.get().storage == "Cold"


def test_a_regulators_block_is_said_at_the_field(as_admin, once):
    factories.IngredientFactory(
        code="buflomedil", status="blocked", status_reason="Suspended.", loaded={"status": "blocked"}
    )

    response = as_admin.post(url("ingredient_edit", "buflomedil"), an_ingredient(once, save="1"))

    assert response.status_code == 422
    assert "blocked by a regulator" in page(response)
    assert Ingredient.objects.get().status == "blocked"


def test_a_retired_ingredient_is_found_among_the_retired(as_admin, once):
    factories.IngredientFactory(code="caffeine")

    as_admin.post(
        url("ingredient_retire", "caffeine"), {"deed": "retire", "reason": "Not used.", "once": once()}
    )

    listed = as_admin.get(url("ingredient_list")).context["ingredients"]
    retired = as_admin.get(url("ingredient_list"), {"status": "retired"})
    assert (list(listed), len(retired.context["ingredients"])) == ([], 1)


def test_an_ingredient_without_a_limit_says_why_none_is_on_file(as_admin):
    ingredient = factories.IngredientFactory(code="biotin")
    DoseCoverage.objects.create(
        ingredient=ingredient,
        reason="No trial was found",
        screen_text="None.",
        kind="none",
        basis="stated",
    )

    said = page(as_admin.get(url("ingredient", "biotin")))

    assert "No dose limit on file: No trial was found. Its amount is not checked." in said
