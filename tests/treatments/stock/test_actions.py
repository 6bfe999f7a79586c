"""Lots and the ledger, through the actions."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from treatments.stock import queries
from treatments.stock.actions.ledger import (
    record_counted_difference_or_none,
    record_waste_return_or_correction,
    take_from_lots_for_session,
)
from treatments.stock.actions.lots import open_container_of_lot, quarantine_lot, recall_lot, release_lot
from treatments.stock.actions.receiving import receive_delivery, receive_lot
from treatments.stock.models import Lot, StockMovement
from treatments.stock.rules.lots import Receipt

pytestmark = pytest.mark.django_db


TODAY = timezone.localdate


def a_receipt(product, **fields):
    return {
        "product": product,
        "number": "BT-0086",
        "maker": "Made-up Pharma",
        "country": "France",
        "supplier": "Made-up Supply",
        "received_on": TODAY(),
        "expires_on": TODAY() + timedelta(days=300),
        "ml": D(10),
        **fields,
    }


def refused_by(call, **arguments):
    """The (code, where) of every finding in the way."""
    with pytest.raises(Refused) as refused:
        call(**arguments)
    return [(finding.code, finding.where) for finding in refused.value.findings]


# --- receiving ---------------------------------------------------------------


def test_a_lot_comes_into_quarantine_with_its_ml_in_the_ledger(admin, clinic):
    product = factories.ProductFactory()

    lot = receive_lot(clinic=clinic, by=admin, **a_receipt(product))

    lot.refresh_from_db()
    assert (lot.status, lot.on_hand_ml) == ("quarantined", D(10))
    movement = lot.movements.get()
    assert (movement.kind, movement.ml, movement.by) == ("receive", D(10), admin)
    event = AuditEvent.objects.get()
    assert (event.did, event.subject_id, event.data) == ("lots.received", str(lot.pk), {"lots": [lot.pk]})


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"number": " "}, "0-number"),
        ({"maker": ""}, "0-maker"),
        ({"country": ""}, "0-country"),
        ({"supplier": ""}, "0-supplier"),
        ({"received_on": date(2999, 1, 1), "expires_on": date(2999, 2, 1)}, "0-received_on"),
        ({"expires_on": date(2020, 1, 1)}, "0-expires_on"),
        ({"expires_on": date(2099, 1, 1)}, "0-expires_on"),
        ({"ml": D(0)}, "0-ml"),
        ({"ml": D(-1)}, "0-ml"),
        ({"ml": D(20_001)}, "0-ml"),
        ({"unit_cost": D(-1)}, "0-unit_cost"),
        ({"unit_cost": D(10_001)}, "0-unit_cost"),
    ],
)
def test_a_receipt_that_makes_no_sense_is_refused_at_its_field(admin, clinic, fields, where):
    product = factories.ProductFactory()

    found = refused_by(receive_lot, clinic=clinic, by=admin, **a_receipt(product, **fields))

    assert [place for _, place in found] == [where]
    assert Lot.objects.count() == 0


def test_a_lot_is_received_once(admin, clinic):
    product = factories.ProductFactory()
    receive_lot(clinic=clinic, by=admin, **a_receipt(product))

    found = refused_by(receive_lot, clinic=clinic, by=admin, **a_receipt(product))

    assert found == [("receipt-number:BT-0086", "0-number")]


def test_the_same_number_at_another_clinic_or_of_another_product_is_another_lot(admin, clinic):
    product = factories.ProductFactory()
    receive_lot(clinic=clinic, by=admin, **a_receipt(product))

    receive_lot(clinic=factories.ClinicFactory(), by=admin, **a_receipt(product))
    receive_lot(clinic=clinic, by=admin, **a_receipt(factories.ProductFactory()))

    assert Lot.objects.filter(number="BT-0086").count() == 3


def test_a_delivery_comes_in_whole_or_not_at_all(admin, clinic):
    product = factories.ProductFactory()
    lines = [
        (product, Receipt(**{**a_receipt(product), "product": "Biotin"} | more))
        for more in ({}, {"number": "BT-0087"}, {"number": "BT-0087"}, {"ml": D(0)})
    ]

    found = refused_by(receive_delivery, clinic=clinic, lines=lines, by=admin)

    assert set(found) == {
        ("receipt-number:BT-0087", "2-number"),
        ("receipt-number:BT-0086", "3-number"),
        ("receipt-ml:BT-0086", "3-ml"),
    }
    assert Lot.objects.count() == 0


def test_a_blocked_product_is_not_received(admin, clinic):
    bad = factories.IngredientFactory(status="blocked", status_reason="Suspended.")
    by_content = factories.ProductFactory(ingredient=bad)
    by_itself = factories.ProductFactory(blocked=True, blocked_reason="Recalled.")

    for product in (by_content, by_itself):
        found = refused_by(receive_lot, clinic=clinic, by=admin, **a_receipt(product))
        assert found == [("receipt-product:BT-0086", "0-product")]


# --- release, quarantine, recall ---------------------------------------------


def test_a_lot_is_released_put_aside_and_recalled_each_with_who(admin):
    lot = factories.LotFactory(status="quarantined")

    release_lot(lot=lot, by=admin)
    quarantine_lot(lot=lot, reason="A cloudy vial.", by=admin)
    recalled = recall_lot(lot=lot, reason="The maker called it back.", by=admin)

    assert (recalled.status, recalled.status_reason) == ("recalled", "The maker called it back.")
    assert list(AuditEvent.objects.order_by("pk").values_list("did", flat=True)) == [
        "lot.released",
        "lot.quarantined",
        "lot.recalled",
    ]


def test_a_recalled_lot_never_comes_back(admin):
    lot = factories.LotFactory(status="recalled")

    assert refused_by(release_lot, lot=lot, by=admin) == [(f"lot-move:{lot.number}", "")]


@pytest.mark.parametrize("act", [quarantine_lot, recall_lot])
def test_putting_a_lot_aside_needs_a_reason(admin, act):
    lot = factories.LotFactory()

    assert refused_by(act, lot=lot, reason=" ", by=admin) == [(f"lot-reason:{lot.number}", "reason")]


def test_an_expired_lot_is_not_released(admin):
    lot = factories.LotFactory(status="quarantined", expires_on=TODAY() - timedelta(days=1))

    assert refused_by(release_lot, lot=lot, by=admin) == [(f"lot-expired:{lot.number}", "")]


def test_an_opened_multi_dose_lot_is_good_for_28_days(admin):
    product = factories.ProductFactory(presentation="multi_dose")
    lot = factories.LotFactory(product=product, on_hand=D(10))

    opened = open_container_of_lot(lot=lot, by=admin)

    assert (opened.opened_until - timezone.now()).days in (27, 28)


def test_an_ampoule_is_never_kept_open(admin):
    ampoule = factories.ProductFactory(presentation="ampoule", container_ml=D(2))
    lot = factories.LotFactory(product=ampoule, on_hand=D(2))

    assert refused_by(open_container_of_lot, lot=lot, by=admin) == [(f"lot-open:{lot.number}", "")]


# --- the ledger --------------------------------------------------------------


@pytest.mark.parametrize("kind", ["waste", "return"])
def test_what_is_wasted_or_returned_leaves_with_a_reason(admin, kind):
    lot = factories.LotFactory(on_hand=D(10))

    movement = record_waste_return_or_correction(lot=lot, kind=kind, ml=D(2), reason="Broken.", by=admin)

    lot.refresh_from_db()
    assert (movement.ml, movement.reason, lot.on_hand_ml) == (D(-2), "Broken.", D(8))
    assert AuditEvent.objects.get().did == f"stock.{kind}"


@pytest.mark.parametrize(
    ("kind", "ml", "reason", "found"),
    [
        ("waste", D(11), "Broken.", [("stock-below-zero", "ml")]),
        ("waste", D(0), "Broken.", [("stock-nothing", "ml")]),
        ("return", D(1), "", [("stock-reason", "reason")]),
        ("use", D(1), "", [("stock-never-sold", "kind")]),
    ],
)
def test_a_movement_that_cannot_be_is_refused(admin, kind, ml, reason, found):
    lot = factories.LotFactory(on_hand=D(10))

    assert (
        refused_by(record_waste_return_or_correction, lot=lot, kind=kind, ml=ml, reason=reason, by=admin)
        == found
    )
    assert lot.movements.count() == 1


@pytest.mark.parametrize(("counted", "difference"), [(D(7), D(-3)), (D(12), D(2))])
def test_a_count_writes_the_difference(admin, counted, difference):
    lot = factories.LotFactory(on_hand=D(10))

    movement = record_counted_difference_or_none(
        lot=lot, counted_ml=counted, reason="Monthly count.", by=admin
    )

    lot.refresh_from_db()
    assert (movement.ml, lot.on_hand_ml) == (difference, counted)


def test_a_count_that_agrees_writes_nothing_and_none_goes_below_zero(admin):
    lot = factories.LotFactory(on_hand=D(10))

    assert record_counted_difference_or_none(lot=lot, counted_ml=D(10), reason="Count.", by=admin) is None
    assert refused_by(
        record_counted_difference_or_none, lot=lot, counted_ml=D(-1), reason="Count.", by=admin
    ) == [("stock-count", "ml")]
    assert lot.movements.count() == 1


def test_wasting_from_an_opened_lot_leaves_the_sealed_ones(admin):
    lot = factories.LotFactory(on_hand=D(10), opened_until=timezone.now())

    record_waste_return_or_correction(lot=lot, kind="waste", ml=D(1), reason="Too old.", by=admin)

    lot.refresh_from_db()
    assert lot.opened_until is None


# --- taking for a session ----------------------------------------------------


def test_a_session_takes_every_lot_in_the_order_asked(clinician):
    first, second = (factories.LotFactory(on_hand=D(10)) for _ in range(2))
    needs = [(second.pk, D("1.5")), (first.pk, D(2)), (second.pk, D("0.5"))]

    movements = take_from_lots_for_session(needs=needs, occurred_on=TODAY(), by=clinician)

    assert [(m.lot_id, m.kind, m.ml) for m in movements] == [
        (second.pk, "use", D("-1.5")),
        (first.pk, "use", D(-2)),
        (second.pk, "use", D("-0.5")),
    ]
    assert all(movement.pk for movement in movements)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.on_hand_ml, second.on_hand_ml) == (D(8), D(8))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": "quarantined"}, "lot-quarantined:L-1"),
        ({"status": "recalled"}, "lot-recalled:L-1"),
        ({"expires_on": TODAY() - timedelta(days=1)}, "lot-expired:L-1"),
        ({"opened_until": timezone.now() - timedelta(hours=1)}, "lot-open-too-long:L-1"),
        ({"on_hand": None}, "lot-empty:L-1"),
        ({"on_hand": D("0.5")}, "lot-short:L-1"),
    ],
)
def test_no_wrong_vial_is_taken_and_then_nothing_is(clinician, fields, code):
    good = factories.LotFactory(on_hand=D(10))
    bad = factories.LotFactory(**{"number": "L-1", "on_hand": D(10), **fields})
    moved = StockMovement.objects.count()

    found = refused_by(
        take_from_lots_for_session, needs=[(good.pk, D(1)), (bad.pk, D(1))], occurred_on=TODAY(), by=clinician
    )

    assert found == [(code, f"lot:{bad.pk}")]
    assert StockMovement.objects.count() == moved


def test_a_blocked_product_is_never_taken(clinician):
    bad = factories.IngredientFactory()
    lot = factories.LotFactory(product=factories.ProductFactory(ingredient=bad), on_hand=D(10))
    bad.status, bad.status_reason = "blocked", "Suspended."
    bad.save()

    found = refused_by(take_from_lots_for_session, needs=[(lot.pk, D(1))], occurred_on=TODAY(), by=clinician)

    assert found == [(f"lot-blocked:{lot.number}", f"lot:{lot.pk}")]


def test_two_doses_of_one_lot_are_added_before_it_is_found_short(clinician):
    lot = factories.LotFactory(number="L-1", on_hand=D(1))

    found = refused_by(
        take_from_lots_for_session,
        needs=[(lot.pk, D("0.6")), (lot.pk, D("0.6"))],
        occurred_on=TODAY(),
        by=clinician,
    )

    assert found == [("lot-short:L-1", f"lot:{lot.pk}")]


def test_another_clinics_lot_and_no_lot_at_all_are_unknown(clinician, clinic):
    elsewhere = factories.LotFactory(on_hand=D(10))

    found = refused_by(
        take_from_lots_for_session,
        needs=[(elsewhere.pk, D(1)), (0, D(1))],
        occurred_on=TODAY(),
        by=clinician,
        clinic=clinic,
    )

    assert set(found) == {(f"lot-unknown:{elsewhere.pk}", f"lot:{elsewhere.pk}"), ("lot-unknown:0", "lot:0")}


def test_a_dose_of_nothing_is_refused(clinician):
    lot = factories.LotFactory(on_hand=D(10))

    assert refused_by(
        take_from_lots_for_session, needs=[(lot.pk, D(0))], occurred_on=TODAY(), by=clinician
    ) == [(f"dose:{lot.pk}", f"lot:{lot.pk}")]


def test_taking_costs_the_same_for_one_lot_and_for_three(clinician, count_queries):
    counts = []
    for lots in (1, 3):
        needs = [(factories.LotFactory(on_hand=D(10)).pk, D(1)) for _ in range(lots)]
        with count_queries() as queries_sent:
            take_from_lots_for_session(needs=needs, occurred_on=TODAY(), by=clinician)
        counts.append(len(queries_sent))

    assert counts == [2, 2]


# --- which lots are offered --------------------------------------------------


def test_usable_lots_come_opened_first_then_first_to_expire(clinic, count_queries):
    product = factories.ProductFactory()

    def lot(number, days, **fields):
        return factories.LotFactory(
            number=number,
            product=product,
            clinic=fields.pop("clinic", clinic),
            expires_on=TODAY() + timedelta(days=days),
            on_hand=fields.pop("on_hand", D(5)),
            **fields,
        )

    now = timezone.now()
    lot("late", 300)
    lot("soon", 10)
    lot("today", 0)
    lot("open", 200, opened_until=now + timedelta(days=3))
    lot("open-too-long", 200, opened_until=now - timedelta(days=3))
    lot("expired", -1)
    lot("recalled", 300, status="recalled")
    lot("quarantined", 300, status="quarantined")
    lot("empty", 300, on_hand=None)
    lot("elsewhere", 300, clinic=factories.ClinicFactory())

    with count_queries() as queries_sent:
        found = [(row.number, row.product.name) for row in queries.usable_lots(clinic, [product], TODAY())]

    assert [number for number, _ in found] == ["open", "today", "soon", "late"]
    assert len(queries_sent) == 1
