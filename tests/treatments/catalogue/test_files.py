"""Products as CSV: out as they are, in as they were; what is wrong is said by row and writes nothing."""

import csv
import io
from decimal import Decimal as D

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent, Autosave
from tests import factories
from tests.files import realdata_files
from treatments.catalogue.actions.products import import_products, preview_product_import
from treatments.catalogue.files import COLUMNS, read_products_file_and_note_wrong
from treatments.catalogue.forms.imports import product_rows_and_wrong_cells
from treatments.catalogue.models import Product, ProductContent, RowVersion

pytestmark = pytest.mark.django_db

HEADER = "code,name,presentation,contents"


def url(name):
    return reverse(f"catalogue:{name}")


def page(response):
    return " ".join(response.content.decode().split())


def written():
    return (
        list(Product.objects.order_by("pk").values()),
        list(ProductContent.objects.order_by("pk").values()),
        RowVersion.objects.count(),
        AuditEvent.objects.count(),
    )


@pytest.fixture
def zinc():
    return factories.IngredientFactory(code="zinc")


@pytest.fixture
def biotin():
    return factories.IngredientFactory(code="biotin")


def a_list(*rows, header=HEADER):
    return "\n".join([header, *rows]).encode()


def upload(client, once, data, name="products.csv"):
    return client.post(url("product_import"), {"file": SimpleUploadedFile(name, data), "once": once()})


def write(client, once, reason="From the supplier.", **fields):
    stamp = Autosave.objects.get().fields["upload"]["stamp"]
    return client.post(
        url("product_import_write"), {"stamp": stamp, "reason": reason, "once": once()} | fields
    )


def checked(data):
    return product_rows_and_wrong_cells(read_products_file_and_note_wrong("p.csv", data))


def wrong(data):
    found = checked(data)
    return [(one.line, one.column, one.reason) for one in found.wrong]


# --- out ---------------------------------------------------------------------


def test_the_export_neutralises_formulas_and_comes_back_as_it_went(as_admin, admin, zinc, once):
    product = factories.ProductFactory(
        code="zinc-1", name="=HYPERLINK(1)", maker="+41 Pharma", ingredient=zinc
    )

    out = as_admin.get(url("product_export")).getvalue()

    rows = list(csv.DictReader(io.StringIO(out.decode("utf-8-sig"))))
    assert rows[0]["name"] == "'=HYPERLINK(1)"
    assert rows[0]["maker"] == "'+41 Pharma"
    assert rows[0]["contents"] == "zinc 10"
    assert list(rows[0]) == list(COLUMNS)
    before = written()
    upload(as_admin, once, out)
    said = page(as_admin.get(url("product_import")))
    assert "Everything in it is here already." in said
    product.refresh_from_db()
    assert product.name == "=HYPERLINK(1)"
    assert written() == before


def test_the_export_costs_the_same_for_one_product_and_for_three(as_admin, count_queries):
    counts = []
    for more in (1, 2):
        for _ in range(more):
            factories.ProductFactory()
        with count_queries() as queries:
            as_admin.get(url("product_export"))
        counts.append(len(queries))

    assert counts == [5, 5]  # one of them sets the time limit


# --- in ----------------------------------------------------------------------


def test_a_list_is_shown_before_it_is_written_then_written_whole(as_admin, admin, zinc, biotin, once):
    changed = factories.ProductFactory(
        code="zinc-1", name="Zinc", presentation="ampoule", maker="Old Pharma", ingredient=zinc
    )
    data = a_list(
        "zinc-1,Zinc,ampoule,zinc 10,New Pharma",
        'both-1,Both,multi-dose vial,"biotin 2.5; zinc",New Pharma',
        header=f"{HEADER},maker",
    )

    assert upload(as_admin, once, data).url == url("product_import")
    before = written()
    shown = as_admin.get(url("product_import"))
    assert "Import all of it" in page(shown)
    assert shown.context["new_count"] == 1
    assert shown.context["changed"] == [(changed, "Maker")]
    assert written() == before

    assert write(as_admin, once).url == url("product_list")

    changed.refresh_from_db()
    assert (changed.maker, changed.price_per_ml) == ("New Pharma", D(8))
    new = Product.objects.get(code="both-1")
    assert new.presentation == "multi_dose"
    assert set(new.contents.values_list("ingredient__code", "mg_per_ml")) == {
        ("biotin", D("2.5")),
        ("zinc", None),
    }
    last = RowVersion.objects.filter(kind="catalogue.product", row_id=changed.pk).first()
    assert (last.by, last.reason) == (admin, "From the supplier.")
    assert Autosave.objects.count() == 0
    assert AuditEvent.objects.get(did="products.imported").data == {"new": 1, "changed": 1}


def test_a_list_is_written_once_however_often_it_is_sent(as_admin, zinc, once):
    upload(as_admin, once, a_list("zinc-1,Zinc,ampoule,zinc 10"))
    stamp = Autosave.objects.get().fields["upload"]["stamp"]
    sent = {"stamp": stamp, "reason": "From the supplier.", "once": once()}

    for _ in range(2):
        as_admin.post(url("product_import_write"), sent)

    assert Product.objects.count() == 1
    assert AuditEvent.objects.filter(did="products.imported").count() == 1


def test_one_wrong_row_and_nothing_is_written(as_admin, zinc, once):
    upload(as_admin, once, a_list("zinc-1,Zinc,ampoule,zinc 10", "zinc-2,Zinc,ampoule,zinc -4"))
    before = written()

    shown = as_admin.get(url("product_import"))
    stopped = write(as_admin, once)

    assert "Import all of it" not in page(shown)
    assert stopped.status_code == 422
    assert [line for line, *_ in stopped.context["wrong"]] == [3]
    assert written() == before


def test_a_row_that_went_wrong_meanwhile_stops_the_whole_list(admin, zinc):
    found = checked(a_list("zinc-1,Zinc,ampoule,zinc 10"))
    factories.LotFactory(product=factories.ProductFactory(code="zinc-1", name="Zinc", ingredient=False))
    before = written()

    with pytest.raises(Refused) as refused:
        import_products(rows=found.rows, reason="From the supplier.", by=admin)

    assert [f.where for f in refused.value.findings] == ["2-contents"]
    assert written() == before


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("zinc-1,Zinc,ampoule", "", "has 3 cells where the first line names"),
        ("zinc-1,Zinc,ampoule,zinc 1,8,x", "", "has 6 cells"),
        (",Zinc,ampoule,zinc 1,8", "code", "This field is required."),
        ("zinc 1,Zinc,ampoule,zinc 1,8", "code", "letters, numbers"),
        ("zinc-1,,ampoule,zinc 1,8", "name", "This field is required."),
        ("zinc-1,Zinc,bucket,zinc 1,8", "presentation", "“bucket” is none of ampoule"),
        ("zinc-1,Zinc,ampoule,,8", "contents", "is empty."),
        ("zinc-1,Zinc,ampoule,gold 1,8", "contents", "“gold” is no ingredient here"),
        ("zinc-1,Zinc,ampoule,zinc one,8", "contents", "is not a code and its mg per ml"),
        ("zinc-1,Zinc,ampoule,zinc 0,8", "contents", "a strength is above 0"),
        ("zinc-1,Zinc,ampoule,zinc 99999,8", "contents", "a strength is above 0"),
        ("zinc-1,Zinc,ampoule,zinc 1.2.3,8", "contents", "is not a number of mg per ml"),
        ("zinc-1,Zinc,ampoule,zinc 0.00001,8", "contents", "at most four decimals"),
        ("zinc-1,Zinc,ampoule,zinc 1; zinc 2,8", "contents", "An ingredient stands twice."),
        ("zinc-1,Zinc,ampoule,zinc 1,-8", "price_per_ml", "A price is not below 0."),
        ("zinc-1,Zinc,ampoule,zinc 1,cheap", "price_per_ml", "Enter a number."),
        ("zinc-1,Zinc,ampoule,zinc 1,99999999", "price_per_ml", "not a price for one ml"),
        ("zinc-1,Zinc,ampoule,zinc 1,NaN", "price_per_ml", "Enter a number."),
    ],
)
def test_a_wrong_row_says_its_line_its_column_and_why(zinc, row, column, said):
    data = a_list(row, header=f"{HEADER},price_per_ml")
    found = checked(data)
    everything = [(one.line, one.column, one.reason) for one in found.wrong]
    everything += actions_compare(found.rows)

    (one,) = everything
    assert one[:2] == (2, column)
    assert said in one[2]


def actions_compare(rows):
    return preview_product_import(rows=rows).wrong


@pytest.mark.parametrize(
    ("header", "row", "column", "said"),
    [
        (f"{HEADER},premade", "zinc-1,Zinc,ampoule,zinc 1,maybe", "premade", "neither yes nor no"),
        (f"{HEADER},injectable", "zinc-1,Zinc,ampoule,zinc 1,perhaps", "injectable", "is none of"),
        (f"{HEADER},gtin", "zinc-1,Zinc,ampoule,zinc 1,4006381333932", "gtin", "This is no GTIN"),
        (
            f"{HEADER},in_use_hours",
            "zinc-1,Zinc,ampoule,zinc 1,-1",
            "in_use_hours",
            "greater than or equal to 0",
        ),
        (f"{HEADER},blocked", "zinc-1,Zinc,ampoule,zinc 1,yes", "blocked_reason", "Say why it is blocked"),
    ],
)
def test_a_wrong_cell_of_any_column_is_said(zinc, header, row, column, said):
    ((line, at, reason),) = wrong(a_list(row, header=header))

    assert (line, at) == (2, column)
    assert said in reason


def test_a_row_that_stands_twice_is_said(zinc):
    found = checked(a_list("zinc-1,Zinc,ampoule,zinc 1", "zinc-1,Zink,ampoule,zinc 1"))

    assert actions_compare(found.rows) == [(3, "code", "“zinc-1” stands on line 2 too.")]


def test_a_list_does_not_lift_what_a_regulator_blocked(zinc):
    factories.ProductFactory(
        code="zinc-1", ingredient=zinc, blocked=True, blocked_reason="Suspended.", loaded={"blocked": True}
    )
    found = checked(a_list("zinc-1,Zinc,ampoule,zinc 10,no", header=f"{HEADER},blocked"))

    ((line, column, reason),) = actions_compare(found.rows)

    assert (line, column) == (2, "blocked")
    assert "blocked by its maker or a regulator" in reason


def test_a_continental_list_is_read_by_its_semicolons_and_decimal_commas(zinc):
    data = ("code;name;presentation;contents;price_per_ml\nzinc-1;Zinc;ampoule;zinc 2,5;8,40\n").encode(
        "cp1252"
    )

    (row,) = checked(data).rows

    assert row.fields["price_per_ml"] == D("8.40")
    assert row.contents == [(zinc, D("2.5"))]


def test_a_list_without_a_needed_column_or_with_one_twice_is_not_read(zinc):
    assert "No column is called contents" in wrong(b"code,name,presentation\na,b,ampoule\n")[0][2]
    twice = b"code,code,name,presentation,contents\na,a,b,ampoule,zinc\n"
    assert "stands twice" in wrong(twice)[0][2]


def test_a_column_that_is_none_of_ours_is_left_out_and_said(zinc):
    found = read_products_file_and_note_wrong(
        "p.csv", a_list("z,Zinc,ampoule,zinc,3", header=f"{HEADER},Shelf")
    )

    assert (product_rows_and_wrong_cells(found).wrong, found.ignored) == ([], ["Shelf"])


def test_no_file_and_a_file_given_up_are_answered(as_admin, zinc, once):
    assert as_admin.post(url("product_import"), {"once": once()}).status_code == 422
    upload(as_admin, once, a_list("zinc-1,Zinc,ampoule,zinc 10"))

    as_admin.post(url("product_import_cancel"), {"once": once()})

    assert Autosave.objects.count() == 0
    gone = as_admin.post(url("product_import_write"), {"stamp": "x", "once": once()})
    assert gone.url == url("product_import")
    assert Product.objects.count() == 0


def test_writing_without_a_reason_asks_for_one_and_writes_nothing(as_admin, zinc, once):
    upload(as_admin, once, a_list("zinc-1,Zinc,ampoule,zinc 10"))

    response = write(as_admin, once, reason="")

    assert response.status_code == 422
    assert "Say why" in page(response)
    assert Product.objects.count() == 0


def test_importing_costs_the_same_for_one_product_and_for_three(as_admin, zinc, once, count_queries):
    counts = []
    for rows in (1, 3):
        upload(as_admin, once, a_list(*(f"z-{rows}-{n},Zinc,ampoule,zinc 10" for n in range(rows))))
        with count_queries() as queries:
            assert write(as_admin, once).status_code == 302
        counts.append(len(queries))

    assert counts[0] == counts[1], "\n".join(q[:150] for q in queries)


# --- other people's files ----------------------------------------------------


ODD_FILES = realdata_files("csv-malformed", "encodings")


@pytest.mark.realdata
def test_there_are_odd_files_to_read():
    assert len(ODD_FILES) == 116


@pytest.mark.realdata
@pytest.mark.parametrize("path", ODD_FILES, ids=lambda path: path.name)
def test_an_odd_file_is_answered_clearly_and_writes_nothing(path, as_admin, once):
    factories.IngredientFactory(code="zinc")
    before = written()

    answer = upload(as_admin, once, path.read_bytes(), name=path.name)
    assert answer.url == url("product_import")
    shown = as_admin.get(url("product_import"))
    stopped = write(as_admin, once)

    assert shown.status_code == 200
    reasons = [reason for *_, reason in shown.context["wrong"]]
    assert reasons
    assert all(len(reason) > 20 for reason in reasons)
    assert not shown.context["can_import"]
    assert stopped.status_code == 422
    assert written() == before
