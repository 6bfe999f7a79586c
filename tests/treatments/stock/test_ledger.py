"""The ledger adds up whatever happens, and in whatever order, even all at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import ROUND_CEILING
from decimal import Decimal as D

import pytest
from django.db import connection, connections
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesoclinic.core.findings import Refused
from tests import factories
from treatments.stock import queries as history
from treatments.stock.actions.ledger import (
    record_counted_difference_or_none,
    record_waste_return_or_correction,
    take_from_lots_for_session,
)
from treatments.stock.actions.lots import discard_opened_container, open_container_of_lot
from treatments.stock.models import Lot, StockMovement

ml = st.decimals(min_value="0.01", max_value="12", places=2)
move = st.one_of(
    st.tuples(st.sampled_from(["waste", "return", "use", "use"]), ml),
    st.tuples(st.just("count"), st.decimals(min_value="0", max_value="12", places=2)),
    st.tuples(st.sampled_from(["open", "discard"]), st.just(D(0))),
)
shelf = st.sampled_from([("multi_dose", D(4)), ("single_dose", D(2)), ("ampoule", D(2)), ("bag", None)])


def do(lot, by, kind, amount):
    if kind == "use":
        take_from_lots_for_session(needs=[(lot.pk, amount)], occurred_on=timezone.localdate(), by=by)
    elif kind == "count":
        record_counted_difference_or_none(lot=lot, counted_ml=amount, reason="Counted.", by=by)
    elif kind == "open":
        open_container_of_lot(lot=lot, by=by)
    elif kind == "discard":
        discard_opened_container(lot=lot, reason="Dropped.", by=by)
    else:
        record_waste_return_or_correction(lot=lot, kind=kind, ml=amount, reason="Broken.", by=by)


def after(kind, amount, before, open_ml, presentation, container):
    """What is on hand afterwards, by arithmetic of our own; None where it must be refused."""
    if kind == "count":
        return amount
    if kind == "discard":
        return before - open_ml if open_ml else None
    if kind == "open":
        keeps = presentation in ("multi_dose", "single_dose")
        return before if keeps and before and not open_ml else None
    if amount > before or (kind == "return" and amount > before - open_ml):
        return None
    left = before - amount
    if kind != "use" or presentation != "ampoule":
        return left
    # Nothing of an ampoule is kept: so many are opened, and each is gone.
    opened = (amount / container).to_integral_value(ROUND_CEILING)
    return max(before - opened * container, D(0))


def now() -> datetime:
    """The database's clock: it also says when a movement was written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@pytest.mark.fault("F23")
@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(move, max_size=8), of=shelf)
def test_any_order_of_movements_adds_up_never_falls_below_zero_and_leaves_the_past(clinician, moves, of):
    presentation, container = of
    product = factories.ProductFactory(presentation=presentation, container_ml=container)
    lot = factories.LotFactory(product=product, on_hand=D(10))
    stands, past = D(10), []

    for kind, amount in moves:
        past.append((now(), stands))
        expected = after(kind, amount, stands, lot.opened_ml or D(0), presentation, container)
        try:
            do(lot, clinician, kind, amount)
        except Refused:
            assert expected is None
        else:
            assert expected is not None
            stands = expected
        lot.refresh_from_db()
        open_now = lot.vials.filter(left_ml__gt=0)
        assert lot.on_hand_ml == stands >= 0
        assert sum(lot.movements.values_list("ml", flat=True)) == stands
        assert sum(vial.left_ml for vial in open_now) == (lot.opened_ml or 0) <= stands
        assert len(open_now) <= 1
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what a commit asks
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    assert [history.lot_balance_ml_at(lot, at) for at, _ in past] == [ml for _, ml in past]


@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_who_take_a_millilitre_of_ten_exactly_ten_get_it():
    """Law 4 over real connections: nobody is lied to, nobody meets a database error."""
    lot = factories.LotFactory(on_hand=D(10))
    clinician = factories.ClinicianFactory(clinic=lot.clinic)

    def take(_):
        try:
            take_from_lots_for_session(needs=[(lot.pk, D(1))], occurred_on=timezone.localdate(), by=clinician)
        except Refused as refused:
            return [finding.code for finding in refused.findings]
        finally:
            connections.close_all()
        return "taken"

    with ThreadPoolExecutor(max_workers=20) as clients:
        answers = list(clients.map(take, range(200)))

    lot.refresh_from_db()
    assert answers.count("taken") == 10
    assert answers.count([f"lot-empty:{lot.number}"]) == 190
    assert lot.on_hand_ml == 0
    assert sum(StockMovement.objects.values_list("ml", flat=True)) == 0


@pytest.mark.django_db(transaction=True)
def test_sessions_that_take_the_same_lots_in_opposite_orders_do_not_deadlock():
    one, other = (factories.LotFactory(on_hand=D(50)) for _ in range(2))
    clinician = factories.ClinicianFactory()

    def take(n):
        needs = [(one.pk, D(1)), (other.pk, D(1))]
        try:
            take_from_lots_for_session(
                needs=needs if n % 2 else needs[::-1], occurred_on=timezone.localdate(), by=clinician
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=10) as clients:
        list(clients.map(take, range(40)))

    assert list(Lot.objects.values_list("on_hand_ml", flat=True)) == [D(10), D(10)]


@pytest.mark.django_db(transaction=True)
def test_two_hundred_raw_inserts_around_the_application_take_no_more_than_there_is():
    lot = factories.LotFactory(on_hand=D(10))
    user = factories.UserFactory()

    def insert(_):
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO stock_stockmovement (lot_id, kind, ml, occurred_on, by_id, reason)"
                    " VALUES (%s, 'use', -1, current_date, %s, '')",
                    [lot.pk, user.pk],
                )
        except Exception as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "taken"

    with ThreadPoolExecutor(max_workers=20) as clients:
        answers = list(clients.map(insert, range(200)))

    lot.refresh_from_db()
    assert (answers.count("taken"), answers.count("IntegrityError")) == (10, 190)
    assert lot.on_hand_ml == 0
