"""Rows held until the transaction ends."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from mesoclinic.core.locking import lock_row
from tests import factories
from treatments.stock.models import Lot


@pytest.mark.django_db
def test_a_locked_row_is_read_anew_with_its_relations_and_only_it_is_locked(clinic) -> None:
    lot = factories.LotFactory(clinic=clinic)

    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        locked = lock_row(Lot, lot.pk, "product", "clinic")
        assert (locked, locked.product, locked.clinic) == (lot, lot.product, clinic)

    [select] = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    assert select.endswith('FOR UPDATE OF "stock_lot"')
