"""The ledger adds up whatever happens, and in whatever order, even all at once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal as D

import pytest
from django.db import connection, connections
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesoclinic.core.findings import Refused
from tests import factories
from treatments.catalogue import actions
from treatments.catalogue.models import Lot, StockMovement

ml = st.decimals(min_value="0.01", max_value="12", places=2)
move = st.one_of(
    st.tuples(st.sampled_from(["waste", "return", "use"]), ml),
    st.tuples(st.just("count"), st.decimals(min_value="0", max_value="12", places=2)),
)


def do(lot, by, kind, amount):
    if kind == "use":
        actions.take_from_lots(
            needs=[(lot.pk, amount)], occurred_on=timezone.localdate(), by=by
        )
    elif kind == "count":
        actions.count_lot(lot=lot, counted_ml=amount, reason="Counted.", by=by)
    else:
        actions.move_stock(lot=lot, kind=kind, ml=amount, reason="Broken.", by=by)


@pytest.mark.django_db
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(moves=st.lists(move, max_size=8))
def test_any_order_of_movements_adds_up_and_never_goes_below_zero(clinician, moves):
    lot = factories.LotFactory(on_hand=D(10))
    expected = D(10)

    for kind, amount in moves:
        possible = kind == "count" or amount <= expected
        try:
            do(lot, clinician, kind, amount)
        except Refused:
            assert not possible
        else:
            assert possible
            expected = amount if kind == "count" else expected - amount
        lot.refresh_from_db()
        assert lot.on_hand_ml == expected >= 0
        assert sum(lot.movements.values_list("ml", flat=True)) == expected


@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_who_take_a_millilitre_of_ten_exactly_ten_get_it():
    """Law 4 over real connections: nobody is lied to, nobody meets a database error."""
    lot = factories.LotFactory(on_hand=D(10))
    clinician = factories.ClinicianFactory(clinic=lot.clinic)

    def take(_):
        try:
            actions.take_from_lots(
                needs=[(lot.pk, D(1))],
                occurred_on=timezone.localdate(),
                by=clinician,
            )
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
            actions.take_from_lots(
                needs=needs if n % 2 else needs[::-1],
                occurred_on=timezone.localdate(),
                by=clinician,
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
                    "INSERT INTO catalogue_stockmovement (lot_id, kind, ml, occurred_on, by_id, reason)"
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
