"""A kit for the patient's own blood is shown, received, wasted and counted as kits; the ledger keeps ml."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from treatments.catalogue.kits import kits_text, ml_of_kits
from treatments.stock.forms import receipt_formset
from treatments.stock.models import StockMovement, Stocktake, StocktakeLine


@pytest.fixture
def kit(db):
    return factories.KitFactory()


@pytest.fixture
def lot(kit, clinic):
    return factories.LotFactory(product=kit, clinic=clinic, number="K-1", on_hand=D(63))


def said(answer):
    return " ".join(answer.text.replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.mark.parametrize(
    ("ml", "text"),
    [
        (D(63), "9 kits"),
        (D(7), "1 kit"),
        (D(-14), "-2 kits"),
        (D(0), "0 kits"),
        (D("-4.95"), "-4.95 ml of a kit"),
        (D(10), "1.4 kits"),
    ],
)
def test_what_is_there_of_a_kit_is_said_in_kits(ml, text):
    assert kits_text(ml, D(7)) == text


def test_a_part_of_a_kit_is_not_counted():
    assert ml_of_kits(D(3), D(7)) == D(21)
    with pytest.raises(ValueError, match="whole"):
        ml_of_kits(D("1.5"), D(7))


def test_the_shelf_the_lot_and_the_search_say_kits(as_admin, lot):
    pages = [
        as_admin.get(reverse("stock:stock")),
        as_admin.get(reverse("stock:lot", args=[lot.pk])),
        as_admin.get(reverse("stock:stock_on_a_day")),
    ]

    for page in pages:
        assert "9 kits" in said(page)
        assert "63.0" not in page.text


def test_another_product_is_said_in_ml(as_admin, clinic):
    factories.LotFactory(clinic=clinic, on_hand=D(63))

    assert "63.0 ml" in said(as_admin.get(reverse("stock:stock")))


def test_kits_are_received_by_their_number(kit):
    line = {
        "line-TOTAL_FORMS": "1",
        "line-INITIAL_FORMS": "0",
        "line-0-product": str(kit.pk),
        "line-0-number": "K-2",
        "line-0-expires_on": f"{timezone.localdate() + timedelta(days=200)}",
        "line-0-received_on": f"{timezone.localdate()}",
        "line-0-ml": "10",
        "line-0-unit_cost": "35",
        "line-0-maker": "M",
        "line-0-country": "FR",
        "line-0-supplier": "S",
    }

    [whole] = receipt_formset(line, products={str(kit.pk): kit}).forms
    [part] = receipt_formset(line | {"line-0-ml": "1.5"}, products={str(kit.pk): kit}).forms

    assert whole.is_valid(), whole.errors
    assert (whole.as_receipt().ml, whole.as_receipt().unit_cost) == (D(70), D(5))
    assert part.errors == {"ml": ["A kit is counted whole."]}


def test_kits_are_wasted_by_their_number(as_admin, lot, once):
    posted = {"once": once(), "kind": "waste", "ml": "2", "reason": "The pouches were open"}

    as_admin.post(reverse("stock:lot_move", args=[lot.pk]), posted)

    assert StockMovement.objects.get(lot=lot, kind="waste").ml == D(-14)


def test_kits_are_counted_by_their_number(as_admin, lot, once):
    as_admin.post(reverse("stock:stocktake_begin"), {"once": once()})
    sheet = reverse("stock:stocktake", args=[Stocktake.objects.get().pk])

    as_admin.post(
        sheet, {"once": once(), f"lot-{lot.pk}-counted": "8", f"lot-{lot.pk}-reason": "One is gone"}
    )

    assert StocktakeLine.objects.get(lot=lot).counted_ml == D(56)
    page = as_admin.get(sheet)
    assert 'value="8"' in page.text
    assert "1 kit" in said(page)
