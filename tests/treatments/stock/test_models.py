"""Going around the application: the database itself refuses what must never be."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests import factories
from treatments.stock.actions.lots import hold_lots, lift_holds_of_source
from treatments.stock.models import Lot, LotHold

pytestmark = pytest.mark.django_db


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(statement, *values):
    """The sentence the database refuses with."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        sql(statement, *values)
    return str(error.value)


def move(lot, kind, ml, *, reason="", on=None):
    """A ledger row by raw SQL."""
    return (
        "INSERT INTO stock_stockmovement (lot_id, kind, ml, occurred_on, by_id, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        lot.pk,
        kind,
        ml,
        on or timezone.localdate(),
        factories.UserFactory().pk,
        reason,
    )


@pytest.fixture
def lot():
    return factories.LotFactory(on_hand=D(10))


# --- the ledger --------------------------------------------------------------


@pytest.mark.parametrize(
    "statement", ["UPDATE stock_stockmovement SET ml = 99", "DELETE FROM stock_stockmovement"]
)
def test_a_line_of_the_ledger_never_changes(lot, statement):
    assert "The stock ledger is append-only" in refused(statement)


def test_the_ledger_is_never_emptied():
    sql("SET LOCAL mesoclinic.tests_may_truncate = 'off'")

    assert "The stock ledger is never emptied" in refused("TRUNCATE stock_stockmovement CASCADE")


def test_stock_follows_the_ledger(lot):
    sql(*move(lot, "use", D(-3)))
    sql(*move(lot, "count", D("0.5"), reason="Counted."))

    lot.refresh_from_db()
    assert lot.on_hand_ml == D("7.5")


@pytest.mark.fault("F23")
def test_stock_never_goes_below_zero(lot):
    assert "stock_is_never_below_zero" in refused(*move(lot, "use", D("-10.01")))


@pytest.mark.parametrize(
    ("kind", "ml", "reason"),
    [
        ("receive", D(-1), ""),
        ("use", D(1), ""),
        ("waste", D(1), "Broken."),
        ("return", D(1), "Sent back."),
        ("count", D(0), "Counted."),
    ],
)
def test_a_movement_goes_the_way_of_its_kind(lot, kind, ml, reason):
    assert "movement_goes_the_right_way" in refused(*move(lot, kind, ml, reason=reason))


@pytest.mark.parametrize("kind", ["waste", "return", "count"])
def test_a_movement_outside_a_session_says_why(lot, kind):
    assert "movement_says_why" in refused(*move(lot, kind, D(-1)))


def test_a_movement_has_a_known_kind(lot):
    assert "violates check constraint" in refused(*move(lot, "sale", D(-1)))


# --- no wrong vial -----------------------------------------------------------


@pytest.mark.parametrize("status", ["quarantined", "recalled"])
def test_a_lot_that_is_not_released_is_not_used(lot, status):
    sql("UPDATE stock_lot SET status = %s WHERE id = %s", status, lot.pk)

    assert "This lot is not released" in refused(*move(lot, "use", D(-1)))


@pytest.mark.fault("F24")
def test_an_expired_lot_is_not_used(lot):
    day_after = lot.expires_on + timedelta(days=1)

    sql(*move(lot, "use", D(-1), on=lot.expires_on))
    assert "This lot has expired" in refused(*move(lot, "use", D(-1), on=day_after))


def test_what_is_blocked_is_not_used(lot):
    ingredient = lot.product.contents.get().ingredient
    sql(
        "UPDATE catalogue_ingredient SET status = 'blocked', status_reason = 'Suspended.' WHERE id = %s",
        ingredient.pk,
    )

    assert "holds a blocked ingredient" in refused(*move(lot, "use", D(-1)))


def test_a_product_blocked_by_itself_is_not_used(lot):
    sql("UPDATE catalogue_product SET blocked = true WHERE id = %s", lot.product_id)

    assert "holds a blocked ingredient" in refused(*move(lot, "use", D(-1)))


def test_a_recalled_lot_may_still_be_wasted(lot):
    sql("UPDATE stock_lot SET status = 'recalled' WHERE id = %s", lot.pk)

    sql(*move(lot, "waste", D(-10), reason="Recalled."))

    lot.refresh_from_db()
    assert lot.on_hand_ml == 0


# --- lots --------------------------------------------------------------------


def test_the_figure_on_hand_is_not_written_by_hand(lot):
    assert "Stock is the sum of its movements" in refused(
        "UPDATE stock_lot SET on_hand_ml = 99 WHERE id = %s", lot.pk
    )


def test_a_lot_starts_empty_whatever_it_says():
    lot = factories.LotFactory(on_hand_ml=D(99))

    lot.refresh_from_db()
    assert lot.on_hand_ml == 0


def test_a_lot_is_kept(lot):
    assert "A lot is kept" in refused("DELETE FROM stock_lot")


@pytest.mark.parametrize(
    "change", ["number = 'OTHER'", "expires_on = expires_on + 30", "received_on = received_on - 1"]
)
def test_a_lot_keeps_its_number_and_dates_once_it_was_used(lot, change):
    sql(f"UPDATE stock_lot SET {change} WHERE id = %s", lot.pk)
    sql(*move(lot, "use", D(-1)))

    assert "A lot that was used keeps its product, number and dates" in refused(
        f"UPDATE stock_lot SET {change.replace('OTHER', 'THIRD')} WHERE id = %s", lot.pk
    )


def test_a_used_lot_keeps_its_product_and_clinic(lot):
    sql(*move(lot, "use", D(-1)))

    for column, other in (
        ("product_id", factories.ProductFactory()),
        ("clinic_id", factories.ClinicFactory()),
    ):
        assert "A lot that was used keeps" in refused(
            f"UPDATE stock_lot SET {column} = %s WHERE id = %s", other.pk, lot.pk
        )


def test_a_lot_number_is_received_once_for_a_product_and_clinic(lot):
    with pytest.raises(IntegrityError, match="lot_received_once"):
        factories.LotFactory(product=lot.product, clinic=lot.clinic, number=lot.number)


@pytest.mark.parametrize("column", ["number", "maker", "supplier", "country"])
def test_a_lot_has_an_origin(lot, column):
    assert "lot_has_an_origin" in refused(f"UPDATE stock_lot SET {column} = ''")


def test_a_lot_expires_after_it_came(lot):
    assert "lot_expires_after_receipt" in refused("UPDATE stock_lot SET expires_on = received_on - 1")


# --- reference rows ----------------------------------------------------------


def test_a_lot_names_itself_by_its_number(lot):
    assert str(Lot.objects.get()) == lot.number


def test_a_held_lot_is_not_released_by_any_way(lot, admin):
    Lot.objects.filter(pk=lot.pk).update(status="quarantined")
    hold_lots(lots=[lot], reason="Particles were seen", source="made.up:1", by=admin)

    with pytest.raises(IntegrityError, match="held"), transaction.atomic():
        Lot.objects.filter(pk=lot.pk).update(status="released")

    lift_holds_of_source(source="made.up:1", by=admin)
    assert Lot.objects.filter(pk=lot.pk).update(status="released") == 1


def test_a_hold_is_lifted_once_and_never_rewritten(lot, admin):
    hold_lots(lots=[lot], reason="Particles were seen", source="made.up:1", by=admin)
    hold_lots(lots=[lot], reason="Said twice", source="made.up:1", by=admin)
    assert list(LotHold.objects.values_list("reason", flat=True)) == ["Particles were seen"]

    with pytest.raises(IntegrityError, match="lifted once"), transaction.atomic():
        LotHold.objects.update(reason="Something else")
    lift_holds_of_source(source="made.up:1", by=admin)
    with pytest.raises(IntegrityError, match="lifted once"), transaction.atomic():
        LotHold.objects.update(lifted_at=None, lifted_by=None)
    with pytest.raises(IntegrityError, match="Lift it"), transaction.atomic():
        LotHold.objects.all().delete()
