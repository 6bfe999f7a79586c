"""The stock room: receiving by scan, releasing by two, counting, looking back, lists in and out."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.uploads import CheckedFile
from tests import factories
from tests.conftest import signed_in
from treatments.catalogue.models import Gtin
from treatments.stock import queries as history
from treatments.stock.actions import receiving, stocktakes
from treatments.stock.actions.ledger import record_waste_return_or_correction
from treatments.stock.actions.lots import release_lot
from treatments.stock.models import Certificate, Lot, Stocktake

pytestmark = pytest.mark.django_db

GTIN = "05012345678900"
SCAN = f"]d201{GTIN}1730123110AB12\x1d21SER1"
PDF = b"%PDF-1.7\ntrailer\n%%EOF\n"


def url(name, *args):
    return reverse(f"stock:{name}", args=args)


def page(response):
    return response.content.decode()


def refused(statement, *values) -> str:
    def run():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError) as error:
        run()
    return str(error.value).partition("\n")[0]


def codes(call, **arguments):
    with pytest.raises(Refused) as refusal:
        call(**arguments)
    return [finding.code for finding in refusal.value.findings]


def a_line(product, n=0, **fields):
    said = {
        "scan": "",
        "product": str(product.pk) if product else "",
        "number": f"N-{n}",
        "serial": "",
        "maker": "Rheinpharm",
        "country": "Germany",
        "supplier": "Medilog",
        "received_on": timezone.localdate().isoformat(),
        "expires_on": (timezone.localdate() + timedelta(days=300)).isoformat(),
        "ml": "10",
        "unit_cost": "",
        "certificate": "",
        "kept": "",
    } | fields
    count = {"line-TOTAL_FORMS": str(n + 1), "line-INITIAL_FORMS": "0"}
    return count | {f"line-{n}-{name}": value for name, value in said.items()}


@pytest.fixture
def product():
    return factories.ProductFactory(name="Biotin", maker="Rheinpharm", country="Germany", supplier="Medilog")


# --- receiving by scan -------------------------------------------------------


def test_a_scan_fills_its_line_and_enter_brings_the_next(as_admin, admin, product):
    Gtin.objects.create(gtin=GTIN, product=product, told_by=admin)
    typed = a_line(None, number="", expires_on="", scan=SCAN, maker="", ml="")

    shown = as_admin.post(url("receive"), typed | {"next": "1"})

    first, second = shown.context["lines"]
    values = {
        name: first[name].value() for name in ("product", "number", "serial", "expires_on", "maker", "scan")
    }
    assert values == {
        "product": str(product.pk),
        "number": "AB12",
        "serial": "SER1",
        "expires_on": "2030-12-31",
        "maker": "Rheinpharm",
        "scan": "",
    }
    assert second["supplier"].value() == "Medilog"
    assert "autofocus" in page(shown)
    assert not Lot.objects.exists()


def test_an_unknown_gtin_asks_once_and_is_remembered(as_admin, product, once):
    asked = as_admin.post(url("receive"), a_line(None, scan=SCAN, number=""))
    gtin = asked.context["lines"][0]["gtin"].value()
    sent = a_line(product, number="AB12", gtin=gtin)
    done = as_admin.post(url("receive"), sent | {"once": once()})
    again = as_admin.post(url("receive"), a_line(None, scan=SCAN, number=""))

    assert "This GTIN is new here" in page(asked)
    assert done.status_code == 302
    assert Gtin.objects.get().product == product
    assert again.context["lines"][0]["product"].value() == str(product.pk)


def test_a_pack_of_another_product_is_refused_at_the_field(as_admin, admin, product, once):
    Gtin.objects.create(gtin=GTIN, product=product, told_by=admin)
    zinc = factories.ProductFactory(name="Zinc")

    answer = as_admin.post(url("receive"), a_line(zinc, gtin=GTIN) | {"once": once()})

    assert answer.status_code == 422
    assert "The scanned pack is Biotin" in page(answer)
    assert not Lot.objects.exists()


def test_several_lines_come_in_together_or_not_at_all(as_admin, product, once):
    good, bad = a_line(product, 0), a_line(product, 1, ml="-1")

    refused_ = as_admin.post(url("receive"), good | bad | {"once": once()})
    none = Lot.objects.count()
    done = as_admin.post(url("receive"), good | a_line(product, 1) | {"once": once()})

    assert (refused_.status_code, none) == (422, 0)
    assert 'value="N-0"' in page(refused_)
    assert (done.status_code, Lot.objects.count()) == (302, 2)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("ml", "0", "above zero"),
        ("ml", "-2", "above zero"),
        ("ml", "99999", "too much for one lot"),
        ("expires_on", "2001-01-01", "before it came"),
        ("unit_cost", "-1", "not a price"),
        ("number", "TAKEN", "already here"),
    ],
)
def test_bad_input_is_refused_at_the_field(as_admin, clinic, product, once, field, typed, said):
    factories.LotFactory(clinic=clinic, product=product, number="TAKEN")

    answer = as_admin.post(url("receive"), a_line(product, **{field: typed}) | {"once": once()})

    assert answer.status_code == 422
    assert said in str(answer.context["lines"][0].errors[field])


# --- certificates ------------------------------------------------------------


def upload(content=PDF, name="CoA.pdf"):
    return {"line-0-certificate_file": SimpleUploadedFile(name, content)}


def test_a_certificate_is_kept_while_a_line_is_wrong_and_served_to_the_stock_room(
    as_admin, as_front_desk, product, once
):
    wrong = as_admin.post(url("receive"), a_line(product, ml="0") | upload() | {"once": once()})
    kept = wrong.context["lines"][0]["kept"].value()
    as_admin.post(url("receive"), a_line(product, kept=kept) | {"once": once()})
    lot = Lot.objects.get()

    served = as_admin.get(url("lot_certificate", lot.pk))

    assert "CoA.pdf is kept" in page(wrong)
    assert served.content == PDF
    assert served["Content-Disposition"].startswith("attachment")
    assert as_front_desk.get(url("lot_certificate", lot.pk)).status_code == 403


def test_a_file_that_is_no_pdf_is_refused_at_its_field(as_admin, product, once):
    answer = as_admin.post(url("receive"), a_line(product) | upload(b"MZ\x90", "a.pdf") | {"once": once()})

    assert answer.status_code == 422
    assert "no complete PDF" in str(answer.context["lines"][0].errors["certificate_file"])
    assert (Certificate.objects.count(), Lot.objects.count()) == (0, 0)


def test_another_clinics_certificate_is_neither_served_nor_taken_over(as_admin, product, once):
    stranger = factories.UserFactory(roles=["admin"])
    theirs = receiving.save_certificate(clinic=stranger.clinic, file=CheckedFile("a.pdf", PDF), by=stranger)
    lot = factories.LotFactory(clinic=stranger.clinic, certificate_file=theirs)

    as_admin.post(url("receive"), a_line(product, kept=str(theirs.pk)) | {"once": once()})

    assert as_admin.get(url("lot_certificate", lot.pk)).status_code == 404
    assert Lot.objects.get(product=product).certificate_file is None


def test_a_certificate_is_never_changed(admin, clinic):
    receiving.save_certificate(clinic=clinic, file=CheckedFile("a.pdf", PDF), by=admin)

    assert "append-only" in refused("UPDATE stock_certificate SET content = ''")


# --- a second person releases ------------------------------------------------


def receive(clinic, product, by):
    today = timezone.localdate()
    return receiving.receive_lot(
        clinic=clinic,
        product=product,
        number="N-1",
        maker="M",
        country="C",
        supplier="S",
        received_on=today,
        expires_on=today + timedelta(days=90),
        ml=D(10),
        by=by,
    )


def test_a_second_person_releases_where_the_clinic_wants_it(as_admin, admin, clinic, product, once):
    as_admin.post(url("second_person"), {"second_person": "on", "once": once()})
    lot = receive(clinic, product, admin)
    other = factories.UserFactory(roles=["admin"], clinic=clinic)

    refusal = as_admin.post(url("lot_release", lot.pk), {"once": once()})
    by_sql = refused(
        "UPDATE stock_lot SET status = 'released', released_by_id = %s WHERE id = %s", admin.pk, lot.pk
    )
    nobody = refused("UPDATE stock_lot SET status = 'released' WHERE id = %s", lot.pk)
    release_lot(lot=lot, by=other)

    lot.refresh_from_db()
    assert refusal.status_code == 422
    assert "somebody else reads its papers" in page(refusal)
    assert "second_person_releases" in by_sql
    assert "second_person_releases" in nobody
    assert (lot.status, lot.released_by) == ("released", other)


def test_neither_the_wish_nor_the_receiver_is_taken_back_by_sql(admin, clinic, product):
    receiving.save_second_person_release_setting(clinic=clinic, wanted=True, by=admin)
    lot = receive(clinic, product, admin)

    for change in ("second_person = false", "received_by_id = NULL"):
        assert refused(f"UPDATE stock_lot SET {change} WHERE id = %s", lot.pk)


def test_one_person_is_enough_where_the_clinic_does_not_want_two(admin, clinic, product):
    lot = receive(clinic, product, admin)

    assert release_lot(lot=lot, by=admin).status == "released"


def test_only_who_manages_the_clinic_says_so(as_clinician, clinic, once):
    answer = as_clinician.post(url("second_person"), {"second_person": "on", "once": once()})

    clinic.refresh_from_db()
    assert (answer.status_code, clinic.second_person_release) == (403, False)


# --- the past ----------------------------------------------------------------


def test_nobody_writes_into_the_past(admin):
    lot = factories.LotFactory(on_hand=D(10))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stock_stockmovement (lot_id, kind, ml, occurred_on, by_id, reason, at)"
            " VALUES (%s, 'waste', -1, current_date, %s, 'x', '2001-01-01')",
            [lot.pk, admin.pk],
        )

    written = lot.movements.get(kind="waste").at
    assert timezone.now() - written < timedelta(hours=1)
    then = timezone.now() - timedelta(days=1)
    assert history.lot_balance_ml_at(lot, then) == 0


def test_stock_is_shown_as_it_was(as_admin, clinic, product):
    lot = factories.LotFactory(clinic=clinic, product=product, number="OLD")
    factories.StockMovementFactory(lot=lot, ml=D(7), occurred_on=timezone.localdate() - timedelta(days=9))
    yesterday = timezone.localtime() - timedelta(days=1)
    at = f"{yesterday:%Y-%m-%dT%H:%M}"

    written = as_admin.get(url("stock_on_a_day"), {"at": at})
    happened = as_admin.get(url("stock_on_a_day"), {"at": at, "by": "happened"})
    now = as_admin.get(url("stock_on_a_day"))
    ahead = as_admin.get(url("stock_on_a_day"), {"at": "2999-01-01T10:00"})
    wrong = as_admin.get(url("stock_on_a_day"), {"at": "yesterday"})

    assert written.context["shelves"] == []
    assert [shelf.ml for shelf in happened.context["shelves"]] == [D(7)]
    assert [shelf.ml for shelf in now.context["shelves"]] == [D(7)]
    assert ahead.status_code == wrong.status_code == 422
    assert "still to come" in page(ahead)


# --- counting ----------------------------------------------------------------


@pytest.fixture
def shelf(clinic):
    return [factories.LotFactory(clinic=clinic, number=f"C-{n}", on_hand=D(10)) for n in range(3)]


def counts(**said):
    return {
        f"lot-{lot}-{name}": value
        for lot, pair in said.items()
        for name, value in zip(("counted", "reason"), pair, strict=True)
    }


def test_a_count_is_begun_once_filled_in_and_signed_whole(as_admin, admin, clinic, shelf, once):
    first = as_admin.post(url("stocktake_begin"), {"once": once()})
    second = as_admin.post(url("stocktake_begin"), {"once": once()})
    begun = Stocktake.objects.get()
    one, two, three = shelf
    said = counts(**{str(one.pk): ("8", "Spilt"), str(two.pk): ("10", ""), str(three.pk): ("12", "")})

    no_reason = as_admin.post(url("stocktake", begun.pk), said | {"sign": "1", "once": once()})
    balances = [lot.on_hand_ml for lot in Lot.objects.order_by("number")]
    said |= counts(**{str(three.pk): ("12", "Found behind the others")})
    signed = as_admin.post(url("stocktake", begun.pk), said | {"sign": "1", "once": once()})

    assert first["Location"] == second["Location"] == url("stocktake", begun.pk)
    assert no_reason.status_code == 422
    assert "differs by 2 ml" in page(no_reason)
    assert balances == [D(10)] * 3
    assert signed.status_code == 302
    begun.refresh_from_db()
    assert (begun.status, begun.signed_by) == ("signed", admin)
    assert [lot.on_hand_ml for lot in Lot.objects.order_by("number")] == [D(8), D(10), D(12)]


def test_what_moves_after_it_was_counted_does_no_harm(admin, clinic, shelf):
    lot = shelf[0]
    begun = stocktakes.begin_or_continue_stocktake(clinic=clinic, by=admin)
    stocktakes.save_counts(stocktake=begun, counts={lot.pk: (D(9), "Spilt")}, by=admin)
    record_waste_return_or_correction(lot=lot, kind="waste", ml=D(4), reason="Broken.", by=admin)

    stocktakes.sign_stocktake(stocktake=begun, by=admin, reasons={"count-left-out": "Another day"})

    lot.refresh_from_db()
    assert lot.on_hand_ml == D(5)


def test_a_count_that_would_fall_below_zero_is_counted_again(admin, clinic, shelf):
    lot = shelf[0]
    begun = stocktakes.begin_or_continue_stocktake(clinic=clinic, by=admin)
    stocktakes.save_counts(stocktake=begun, counts={lot.pk: (D(1), "Lost")}, by=admin)
    record_waste_return_or_correction(lot=lot, kind="waste", ml=D(4), reason="Broken.", by=admin)

    found = codes(
        stocktakes.sign_stocktake, stocktake=begun, by=admin, reasons={"count-left-out": "Another day"}
    )

    assert found == [f"count-moved:{lot.pk}"]


def test_a_signed_count_is_frozen_and_none_is_signed_without_its_corrections(admin, clinic, shelf):
    begun = stocktakes.begin_or_continue_stocktake(clinic=clinic, by=admin)
    stocktakes.save_counts(stocktake=begun, counts={shelf[0].pk: (D(9), "Spilt")}, by=admin)
    sign = "UPDATE stock_stocktake SET status = 'signed', signed_at = now(), signed_by_id = %s"

    early = refused(sign, admin.pk)
    stocktakes.sign_stocktake(stocktake=begun, by=admin, reasons={"count-left-out": "Another day"})

    assert "all its corrections" in early
    assert "frozen" in refused("UPDATE stock_stocktake SET note = 'other'")
    assert "nothing in it changes" in refused("UPDATE stock_stocktakeline SET counted_ml = 1")
    assert codes(stocktakes.mark_stocktake_dropped, stocktake=begun, by=admin) == ["count-closed"]


def test_a_dropped_count_corrects_nothing(as_admin, clinic, admin, shelf, once):
    begun = stocktakes.begin_or_continue_stocktake(clinic=clinic, by=admin)
    stocktakes.save_counts(stocktake=begun, counts={shelf[0].pk: (D(1), "x")}, by=admin)

    as_admin.post(url("stocktake_drop", begun.pk), {"once": once()})

    shelf[0].refresh_from_db()
    begun.refresh_from_db()
    assert (begun.status, shelf[0].on_hand_ml) == ("dropped", D(10))


# --- lists in and out --------------------------------------------------------


def csv(*rows, head="product,number,maker,country,supplier,received_on,expires_on,ml"):
    text = "\n".join([head, *rows])
    return SimpleUploadedFile("lots.csv", text.encode())


def send(client, file, once):
    client.post(url("lots_import"), {"file": file, "once": once()})
    return client.get(url("lots_import"))


def write(client, shown, once):
    stamp = shown.context["kept"].stamp
    return client.post(url("lots_import"), {"stamp": stamp, "once": once()})


def test_a_list_is_shown_then_received_whole(as_admin, clinic, product, once):
    row = f"{product.code},%s,Rheinpharm,Germany,Medilog,2026-01-05,2030-12-31,10.5"

    shown = send(as_admin, csv(row % "A1", row % "A2"), once)
    before = Lot.objects.count()
    done = write(as_admin, shown, once)

    assert (shown.context["row_count"], shown.context["can_import"]) == (2, True)
    assert (before, done.status_code) == (0, 302)
    assert set(Lot.objects.values_list("clinic", "number", "status", "on_hand_ml")) == {
        (clinic.pk, "A1", "quarantined", D("10.5")),
        (clinic.pk, "A2", "quarantined", D("10.5")),
    }


def test_one_wrong_row_stops_all_and_is_named_by_its_line(as_admin, product, once):
    good = f"{product.code},A1,M,C,S,2026-01-05,2030-12-31,10"
    wrong = [
        "nothing,A2,M,C,S,2026-01-05,2030-12-31,10",
        f"{product.code},A3,M,C,S,05/01/2026,2030-12-31,10",
        f"{product.code},A4,M,C,S,2026-01-05,2030-12-31,-1",
        f"{product.code},A1,M,C,S,2026-01-05,2030-12-31,10",
        f"{product.code},A5,M,C,S,2026-01-05,2020-12-31,10",
        f"{product.code},A6,M",
    ]

    shown = send(as_admin, csv(good, *wrong), once)
    done = write(as_admin, shown, once)

    lines = [(line, column) for line, column, _ in shown.context["wrong"]]
    assert lines == [(3, "product"), (4, "received_on"), (5, "ml"), (6, "number"), (7, "expires_on"), (8, "")]
    assert done.status_code == 422
    assert not Lot.objects.exists()


def test_what_is_exported_comes_back_and_holds_no_formula(as_admin, clinic, product, once):
    factories.LotFactory(clinic=clinic, product=product, number="A1", maker="=cmd()", on_hand=D(5))

    sent = as_admin.get(url("lots_csv")).getvalue().decode("utf-8-sig")
    other = factories.UserFactory(roles=["admin"])
    client = signed_in(other)
    shown = send(client, SimpleUploadedFile("lots.csv", sent.encode()), once)
    write(client, shown, once)

    assert '"\'=cmd()"' in sent
    assert Lot.objects.get(clinic=other.clinic).maker == "=cmd()"


@pytest.mark.realdata
def test_every_malformed_file_gets_a_clear_answer_and_writes_nothing(as_admin, product, once, realdata):
    files = sorted(
        f
        for folder in ("csv-malformed", "encodings")
        for f in (realdata / folder).iterdir()
        if f.is_file() and f.stat().st_size < 200_000
    )
    files = files[::6] + [realdata / "csv-malformed" / "csvkit__empty.csv"]

    for file in files:
        shown = send(as_admin, SimpleUploadedFile(file.name, file.read_bytes()), once)
        assert shown.context["wrong"], file.name
        assert not shown.context["can_import"]
    assert len(files) > 15
    assert not Lot.objects.exists()


# --- what it costs, and who may ----------------------------------------------


@pytest.mark.parametrize("name", ["stock_on_a_day", "stocktakes", "lots_csv", "stocktake"])
def test_a_page_costs_the_same_for_one_row_and_for_three(as_admin, admin, clinic, count_queries, name):
    sent = []
    for many in (1, 3):
        for _ in range(many):
            factories.LotFactory(clinic=clinic, on_hand=D(5))
        begun = stocktakes.begin_or_continue_stocktake(clinic=clinic, by=admin)
        with count_queries() as queries:
            address = url(name, begun.pk) if name == "stocktake" else url(name)
            assert as_admin.get(address).status_code == 200
        sent.append(len(queries))
        stocktakes.mark_stocktake_dropped(stocktake=begun, by=admin)

    assert sent[0] == sent[1] <= 8


@pytest.mark.parametrize("name", ["stock_on_a_day", "stocktakes", "lots_csv", "lots_import", "receive"])
def test_the_desk_sees_nothing_of_the_stock_room(as_front_desk, name):
    assert as_front_desk.get(url(name)).status_code == 403
