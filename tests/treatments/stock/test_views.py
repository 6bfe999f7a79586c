"""Who sees the pages of the catalogue and the stock, and what the stock pages say and do."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import Source
from tests import factories
from treatments.catalogue.models import Ingredient, Product
from treatments.stock.models import Lot, StockMovement

pytestmark = pytest.mark.django_db


def url(name, *args):
    app = "catalogue" if name.startswith(("ingredient", "product", "change")) else "stock"
    return reverse(f"{app}:{name}", args=args)


def page(response):
    """The page's words, one space between them."""
    return " ".join(response.content.decode().split())


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


READ_CATALOGUE = {"clinician", "front_desk", "admin", "cosmetologist"}


PAGES = {
    "ingredient_list": READ_CATALOGUE,
    "ingredient": READ_CATALOGUE,
    "product_list": READ_CATALOGUE,
    "product_add": {"admin"},
    "product_edit": {"admin"},
    "product": READ_CATALOGUE,
    "product_export": {"clinician", "admin"},
    "product_import": {"admin"},
    "ingredient_add": {"admin"},
    "ingredient_edit": {"admin"},
    "change_list": {"admin"},
    "stock": {"clinician", "admin"},
    "receive": {"admin"},
    "lot": {"clinician", "admin"},
}


DEEDS = ["lot_release", "lot_quarantine", "lot_open", "lot_discard", "lot_move"]


@pytest.fixture
def lot(clinic):
    return factories.LotFactory(
        number="BT-0086",
        clinic=clinic,
        product=factories.ProductFactory(
            name="Biotin", ingredient=factories.IngredientFactory(code="biotin")
        ),
        on_hand=D(10),
    )


@pytest.fixture
def everybody(as_clinician, as_front_desk, as_admin, as_cosmetologist):
    return {
        "clinician": as_clinician,
        "front_desk": as_front_desk,
        "admin": as_admin,
        "cosmetologist": as_cosmetologist,
    }


def address(name, lot):
    given = {
        "ingredient": ["biotin"],
        "ingredient_edit": ["biotin"],
        "product": [lot.product_id],
        "product_edit": [lot.product_id],
        "lot": [lot.pk],
    }
    return url(name, *given.get(name, []))


# --- who may -----------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_for_those_who_may_and_is_403_for_the_rest(name, everybody, lot):
    answers = {role: client.get(address(name, lot)).status_code for role, client in everybody.items()}

    assert answers == {role: 200 if role in PAGES[name] else 403 for role in everybody}


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_asked_to_sign_in(name, stranger, lot):
    response = stranger.get(address(name, lot))

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", DEEDS)
def test_only_an_admin_changes_a_lot(name, everybody, stranger, lot):
    for role in ("clinician", "front_desk", "cosmetologist"):
        assert everybody[role].post(url(name, lot.pk)).status_code == 403
    assert stranger.post(url(name, lot.pk)).status_code == 302
    assert everybody["admin"].get(url(name, lot.pk)).status_code == 405
    assert everybody["admin"].post(url(name, 0)).status_code == 404
    lot.refresh_from_db()
    assert (lot.status, lot.on_hand_ml) == ("released", D(10))


@pytest.mark.parametrize(
    "name", ["ingredient_list", "ingredient", "product_list", "product", "change_list", "stock", "lot"]
)
def test_a_page_that_is_only_read_takes_no_post(name, as_admin, lot):
    assert as_admin.post(address(name, lot)).status_code == 405


def test_another_clinics_lot_is_not_found(as_admin):
    elsewhere = factories.LotFactory()

    assert as_admin.get(url("lot", elsewhere.pk)).status_code == 404
    assert as_admin.post(url("lot_release", elsewhere.pk)).status_code == 404


def test_an_unknown_ingredient_or_product_is_not_found(as_admin):
    assert as_admin.get(url("ingredient", "no-such")).status_code == 404
    assert as_admin.get(url("product_edit", 0)).status_code == 404


# --- stock -------------------------------------------------------------------


def test_stock_shows_the_first_to_expire_first_and_how_soon(as_clinician, clinic):
    product = factories.ProductFactory(name="Biotin")
    for number, days in (("LATE", 300), ("SOON", 12), ("GONE", -1)):
        factories.LotFactory(
            number=number, product=product, clinic=clinic, expires_on=in_days(days), on_hand=D(5)
        )

    response = as_clinician.get(url("stock"))

    shelf = response.context["shelves"][0]
    assert [lot.number for lot in shelf.lots] == ["GONE", "SOON", "LATE"]
    assert shelf.usable_ml == D(10)
    assert "12 days" in page(response)
    assert "Expired 1 day ago" in page(response)


def lots_shown(response):
    return {lot.number for shelf in response.context["shelves"] for lot in shelf.lots}


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, {"GOOD", "SOON", "ASIDE"}),
        ({"show": "attention"}, {"SOON", "ASIDE"}),
        ({"show": "all"}, {"GOOD", "SOON", "ASIDE", "EMPTY"}),
        ({"text": "goo"}, {"GOOD"}),
        ({"text": "biot"}, {"SOON"}),
    ],
)
def test_stock_is_narrowed(as_admin, clinic, query, numbers):
    def lot(number, **fields):
        factories.LotFactory(number=number, clinic=clinic, **{"on_hand": D(5), **fields})

    lot("GOOD")
    lot("SOON", expires_on=in_days(12), product=factories.ProductFactory(name="Biotin"))
    lot("ASIDE", status="quarantined")
    lot("EMPTY", on_hand=None)
    factories.LotFactory(number="ELSEWHERE", on_hand=D(5))

    assert lots_shown(as_admin.get(url("stock"), query)) == numbers


def test_stock_goes_page_by_page_by_key(as_admin, clinic):
    for n in range(41):
        product = factories.ProductFactory(name=f"Product {n:02d}")
        factories.LotFactory(product=product, clinic=clinic, on_hand=D(1))

    first = as_admin.get(url("stock"))
    second = as_admin.get(first.context["page"]["next"])

    assert len(first.context["shelves"]) == 40
    assert [shelf.product.name for shelf in second.context["shelves"]] == ["Product 40"]
    assert second.context["page"]["next"] == ""


def a_line(of, n=0, **fields):
    """A line of a delivery of the product ``of``, as the form posts it."""
    line = {
        "product": of.pk,
        "number": f"BT-{n:04d}",
        "certificate": "COA-1",
        "maker": "Made-up Pharma",
        "country": "France",
        "supplier": "Made-up Supply",
        "received_on": in_days(0).isoformat(),
        "expires_on": in_days(300).isoformat(),
        "ml": "10",
        "unit_cost": "2.5",
        **fields,
    }
    count = {"line-TOTAL_FORMS": str(n + 1), "line-INITIAL_FORMS": "0"}
    return count | {f"line-{n}-{name}": value for name, value in line.items()}


# --- receiving ---------------------------------------------------------------


def test_a_delivery_of_two_lots_comes_in_once(as_admin, clinic, once):
    product = factories.ProductFactory()
    sent = a_line(product, 0) | a_line(product, 1) | {"once": once()}

    answers = [as_admin.post(url("receive"), sent) for _ in range(2)]

    assert [answer.url for answer in answers] == [url("stock")] * 2
    lots = Lot.objects.order_by("number")
    assert [(lot.number, lot.clinic, lot.on_hand_ml) for lot in lots] == [
        ("BT-0000", clinic, D(10)),
        ("BT-0001", clinic, D(10)),
    ]


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"product": ""}, "product", "This field is required."),
        ({"number": ""}, "number", "This field is required."),
        ({"ml": "many"}, "ml", "Enter a number."),
        ({"ml": "0"}, "ml", "Type how many ml came, above zero."),
        ({"ml": "-1"}, "ml", "Type how many ml came, above zero."),
        ({"ml": "999999"}, "ml", "999999 ml is too much for one lot."),
        ({"expires_on": "2020-01-01"}, "expires_on", "before it came"),
        ({"expires_on": "soon"}, "expires_on", "Enter a valid date."),
        ({"unit_cost": "-1"}, "unit_cost", "not a price"),
        ({"number": "KNOWN"}, "number", "Lot KNOWN of"),
    ],
)
def test_a_wrong_line_says_so_at_the_field_and_keeps_what_was_typed(
    as_admin, clinic, once, fields, field, said
):
    product = factories.ProductFactory()
    factories.LotFactory(product=product, clinic=clinic, number="KNOWN")

    response = as_admin.post(url("receive"), a_line(product, maker="Typed", **fields) | {"once": once()})

    assert response.status_code == 422
    line = response.context["lines"][0]
    assert list(line.errors) == [field]
    assert said in line.errors[field][0]
    assert "Typed" in page(response)
    assert Lot.objects.count() == 1


def test_another_lot_is_asked_for_with_the_same_origin(as_admin, once):
    product = factories.ProductFactory()

    response = as_admin.post(url("receive"), a_line(product) | {"add": "1", "once": once()})

    first, second = response.context["lines"]
    assert response.status_code == 200
    assert first["number"].value() == "BT-0000"
    assert (second["maker"].value(), second["number"].value()) == ("Made-up Pharma", None)
    assert Lot.objects.count() == 0


def test_an_empty_line_is_left_out(as_admin, once):
    product = factories.ProductFactory()
    empty = a_line(product, 1, product="", number="", expires_on="", ml="")

    response = as_admin.post(url("receive"), a_line(product) | empty | {"once": once()})

    assert response.status_code == 302
    assert Lot.objects.count() == 1


def test_a_line_below_an_empty_one_is_still_there_after_a_refusal(as_admin, once):
    product = factories.ProductFactory()
    empty = a_line(product, 1, product="", number="", expires_on="", ml="")
    sent = a_line(product, 0, ml="0") | empty | a_line(product, 2)

    refused = as_admin.post(url("receive"), sent | {"once": once()})
    shown = refused.context["lines"]
    again = {
        field.html_name: field.value() or ""
        for line in shown
        for field in line
        if field.name != "certificate_file"
    }
    again |= {
        f"line-{name}": shown.management_form[name].value() for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    done = as_admin.post(url("receive"), again | {"line-0-ml": "5", "once": once()})

    assert (refused.status_code, done.status_code) == (422, 302)
    assert set(Lot.objects.values_list("number", "on_hand_ml")) == {("BT-0000", D(5)), ("BT-0002", D(10))}


def test_a_delivery_that_says_nothing_is_asked_for_and_one_too_long_is_refused(as_admin, once):
    product = factories.ProductFactory()
    empty = a_line(product, product="", number="", expires_on="", ml="")

    nothing = as_admin.post(url("receive"), empty | {"once": once()})
    too_long = as_admin.post(url("receive"), a_line(product) | {"line-TOTAL_FORMS": "21", "once": once()})

    assert (nothing.status_code, too_long.status_code) == (422, 422)
    assert "number" in nothing.context["lines"][0].errors
    assert "Please submit at most 20 forms." in page(too_long)
    assert not Lot.objects.exists()


# --- one lot -----------------------------------------------------------------


def test_a_lot_shows_its_origin_and_its_ledger(as_clinician, lot):
    said = page(as_clinician.get(url("lot", lot.pk)))

    assert "Lot BT-0086" in said
    assert "Made-up Pharma, France" in said
    assert "+10.0" in said
    assert "Release for use" not in said
    assert "Write in the ledger" not in said


@pytest.mark.parametrize(
    ("name", "before", "sent", "after"),
    [
        ("lot_release", "quarantined", {}, "released"),
        ("lot_quarantine", "released", {"reason": "A cloudy vial."}, "quarantined"),
    ],
)
def test_an_admin_moves_a_lot(as_admin, lot, once, name, before, sent, after):
    Lot.objects.filter(pk=lot.pk).update(status=before)

    response = as_admin.post(url(name, lot.pk), sent | {"once": once()})

    assert response.url == url("lot", lot.pk)
    lot.refresh_from_db()
    assert (lot.status, lot.status_reason) == (after, sent.get("reason", ""))


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("lot_release", "recalled", "it cannot become released"),
        ("lot_quarantine", "released", "Say why lot BT-0086 is put aside."),
        ("lot_open", "recalled", "is recalled"),
    ],
)
def test_a_lot_that_cannot_be_moved_says_why(as_admin, lot, once, name, status, said):
    Lot.objects.filter(pk=lot.pk).update(status=status)

    response = as_admin.post(url(name, lot.pk), {"once": once()})

    assert response.status_code == 422
    assert said in page(response)
    lot.refresh_from_db()
    assert lot.status == status


def test_a_multi_dose_lot_is_opened(as_admin, lot, once):
    Product.objects.filter(pk=lot.product_id).update(presentation="multi_dose")

    response = as_admin.post(url("lot_open", lot.pk), {"once": once()})

    assert response.status_code == 302
    assert "Opened, good to" in page(as_admin.get(response.url))


@pytest.mark.parametrize(("kind", "ml", "left"), [("waste", "2", 8), ("return", "3", 7), ("count", "4", 4)])
def test_stock_is_wasted_returned_and_counted_once(as_admin, lot, once, kind, ml, left):
    sent = {"kind": kind, "ml": ml, "reason": "Broken.", "once": once()}

    for _ in range(2):
        assert as_admin.post(url("lot_move", lot.pk), sent).url == url("lot", lot.pk)

    lot.refresh_from_db()
    assert lot.on_hand_ml == left
    assert lot.movements.count() == 2


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"kind": "waste", "ml": "11", "reason": "Broken."}, "ml"),
        ({"kind": "waste", "ml": "two", "reason": "Broken."}, "ml"),
        ({"kind": "waste", "ml": "2", "reason": ""}, "reason"),
        ({"kind": "count", "ml": "-1", "reason": "Count."}, "ml"),
        ({"kind": "sale", "ml": "1", "reason": "Sold."}, "kind"),
    ],
)
def test_a_movement_that_cannot_be_is_refused_at_its_field(as_admin, lot, once, sent, field):
    response = as_admin.post(url("lot_move", lot.pk), sent | {"once": once()})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert StockMovement.objects.count() == 1


def one_more_of_everything(clinic):
    ingredient = factories.IngredientFactory()
    main = Ingredient.objects.get(code="biotin")
    factories.InteractionFactory(first=main, second=ingredient)
    factories.DoseLimitFactory(ingredient=main, unit=f"u{ingredient.pk}"[:10])
    factories.ContraindicationFactory(ingredient=main, factor_text=f"Factor {ingredient.pk}")
    product = factories.ProductFactory(ingredient=main)
    lot = factories.LotFactory(product=product, clinic=clinic, on_hand=D(1))
    for kept in Lot.objects.exclude(pk=lot.pk):
        factories.StockMovementFactory(lot=kept, by=factories.UserFactory())


# --- law 12 ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ingredient_list", 4),
        ("ingredient", 11),
        ("product_list", 5),
        ("product", 10),
        ("stock", 4),
        ("lot", 5),
    ],
)
def test_a_page_costs_the_same_for_one_row_and_for_three(
    as_clinician, clinic, lot, count_queries, name, expected
):
    Source.objects.create(key="GK", citation="General knowledge", kind="gk")
    lot.product.ingredients.update(source_keys=["GK"])
    counts = []
    for more in (0, 2):
        for _ in range(more):
            one_more_of_everything(clinic)
        with count_queries() as queries:
            assert as_clinician.get(address(name, lot)).status_code == 200
        counts.append(len(queries))

    assert counts == [expected, expected]


def test_receiving_costs_the_same_for_one_line_and_for_three(as_admin, once, count_queries):
    product = factories.ProductFactory()
    counts = []
    for start, lines in ((0, 1), (1, 3)):
        sent = {"once": once()}
        for n in range(lines):
            sent |= a_line(product, n, number=f"N-{start + n}")
        with count_queries() as queries:
            assert as_admin.post(url("receive"), sent).status_code == 302
        counts.append(len(queries))

    assert counts == [11, 11]


# --- many lots of one product ------------------------------------------------


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr("treatments.stock.queries.LOTS_OF_PRODUCT", 2)
    monkeypatch.setattr("treatments.stock.queries.LOTS_ON_PAGE", 2)


@pytest.mark.parametrize("name", ["stock", "stock_on_a_day"])
def test_of_many_lots_the_first_stand_in_the_list_and_all_on_pages_of_their_own(
    as_clinician, clinic, few, name
):
    product = factories.ProductFactory(name="Biotin")
    for n in range(3):
        factories.LotFactory(
            number=f"B-{n}", product=product, clinic=clinic, expires_on=in_days(30 + n), on_hand=D(5)
        )

    listed = as_clinician.get(url(name))
    own = as_clinician.get(url(name), {"product": product.pk})
    second = as_clinician.get(own.context["page"]["next"])

    (shelf,) = listed.context["shelves"]
    assert [lot.number for lot in shelf.lots] == ["B-0", "B-1"]
    assert "All lots of Biotin" in page(listed)
    assert f"product={product.pk}" in listed.text
    # The sum is of all its lots, wherever they stand.
    assert (shelf.usable_ml if name == "stock" else shelf.ml) == D(15)
    assert [lots_shown(each) for each in (own, second)] == [{"B-0", "B-1"}, {"B-2"}]
    assert second.context["page"]["next"] == ""
