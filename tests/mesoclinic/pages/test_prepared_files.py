"""Lists for a spreadsheet: sent a batch at a time, and long ones written by the queue for whoever asked."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse

from mesoclinic.accounts.models import Membership
from mesoclinic.core import prepared_files
from mesoclinic.core.models import AuditEvent, PreparedFile
from mesoclinic.core.paging import batches_by_key
from tests import factories
from tests.conftest import signed_in
from treatments.stock.actions.lot_lists import batches_of_lot_cells, write_lots_file
from treatments.stock.models import Lot

pytestmark = pytest.mark.django_db


@pytest.fixture
def lots(clinic):
    return [factories.LotFactory(clinic=clinic, on_hand=Decimal(5)) for _ in range(3)]


@pytest.fixture
def long(monkeypatch):
    monkeypatch.setattr(prepared_files, "MOST_AT_ONCE", 2)


@pytest.fixture
def asked(as_admin, lots, long):
    """The list of lots, asked for and not written yet."""
    answer = as_admin.get(reverse("stock:lots_csv"))
    file = PreparedFile.objects.get()
    assert answer.url == reverse("prepared_file", args=[file.pk])
    return file


def numbers_in(answer):
    return {row["number"] for row in csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig")))}


def test_batches_hold_every_row_once_in_order_with_a_query_for_each(lots, count_queries):
    with count_queries() as queries:
        batches = [[lot.pk for lot in each] for each in batches_by_key(Lot.objects.all(), ["pk"], size=2)]

    assert batches == [[lots[0].pk, lots[1].pk], [lots[2].pk]]
    assert len(queries) == 2
    assert list(batches_by_key(Lot.objects.none(), ["pk"])) == []


def test_a_list_is_read_while_it_is_sent(as_admin, lots, count_queries):
    answer = as_admin.get(reverse("stock:lots_csv"))
    with count_queries() as queries:
        sent = numbers_in(answer)

    assert answer.streaming
    assert sent == {lot.number for lot in lots}
    # All three stood in the first batch, which was read before the answer went out.
    assert len(queries) == 0


def test_a_long_list_is_written_by_the_queue_and_taken_by_whoever_asked(as_admin, asked, lots):
    page = as_admin.get(reverse("prepared_file", args=[asked.pk])).text
    early = as_admin.get(reverse("prepared_file_take", args=[asked.pk]))

    write_lots_file.call(asked.pk)

    assert "It waits for its turn." in page
    assert early.status_code == 302
    ready = as_admin.get(reverse("prepared_file", args=[asked.pk])).text
    assert "3 rows are written." in ready
    assert numbers_in(as_admin.get(reverse("prepared_file_take", args=[asked.pk]))) == {
        lot.number for lot in lots
    }
    assert list(AuditEvent.objects.filter(did__startswith="file.").values_list("did", "data__rows")) == [
        ("file.prepared", 3),
        ("file.taken", None),
    ]


def test_how_far_it_is_stands_on_its_page(as_admin, asked):
    PreparedFile.objects.filter(pk=asked.pk).update(rows=9000, written=4500)

    page = as_admin.get(reverse("prepared_file", args=[asked.pk]), headers={"HX-Request": "true"}).text

    assert "4500 of 9000 rows are written." in page
    assert 'hx-trigger="load delay:2s"' in page
    assert "<html" not in page


def test_a_list_whose_worker_was_killed_is_written_anew_and_whole(asked, lots):
    asked.parts.create(number=0, text="half of a list")
    asked.parts.create(number=1, text="more of it")

    write_lots_file.call(asked.pk)
    write_lots_file.call(asked.pk)

    text = "".join(prepared_files.texts_of_file(asked))
    assert "half" not in text
    assert text.count("\r\n") == 4


def test_what_could_not_be_written_says_so(as_admin, asked, clinic, monkeypatch):
    def broken(clinic):
        yield from batches_of_lot_cells(clinic)
        raise OSError("no disk")

    monkeypatch.setattr("treatments.stock.actions.lot_lists.batches_of_lot_cells", broken)

    with pytest.raises(OSError, match="no disk"):
        write_lots_file.call(asked.pk)

    assert "It could not be written." in as_admin.get(reverse("prepared_file", args=[asked.pk])).text


def test_nobody_else_takes_it_nor_who_may_no_longer_see_the_list(as_admin, admin, asked, clinic):
    write_lots_file.call(asked.pk)
    address = reverse("prepared_file_take", args=[asked.pk])

    other = signed_in(factories.UserFactory(roles=["admin"], clinic=clinic)).get(address)
    Membership.objects.filter(user=admin).update(roles=["front_desk"])

    assert other.status_code == 404
    assert as_admin.get(address).status_code == 403


def test_products_come_in_their_order(as_admin):
    for name in ("Zinc", "Biotin"):
        factories.ProductFactory(name=name)

    rows = csv.DictReader(
        io.StringIO(as_admin.get(reverse("catalogue:product_export")).getvalue().decode("utf-8-sig"))
    )

    assert [row["name"] for row in rows] == ["Biotin", "Zinc"]
