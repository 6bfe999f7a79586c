"""Lists by key, over the patients of a clinic: every row once, whatever the place."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mesoclinic.core.paging import Page, Place, page_of, pager_addresses
from patients.models import Patient
from tests import factories

pytestmark = pytest.mark.django_db

#: A date, a text, a moment and a number; ties in all but the last.
ORDERS = [
    ["pk"],
    ["birth_date", "pk"],
    ["sex_at_birth", "birth_date", "pk"],
    ["registered_at", "pk"],
    ["family_name", "pk"],
]


@pytest.fixture
def rows(db):
    """Seven patients; three days of birth, three names with what an address must quote, two moments."""
    by, now = factories.UserFactory(), timezone.now()
    made = [
        factories.PatientFactory(
            registered_by=by,
            birth_date=date(1990, 1, 1 + n % 3),
            sex_at_birth=["female", "male"][n % 2],
            family_name=["A, B_c", "Ä+% &=", "Zed"][n % 3],
        )
        for n in range(7)
    ]
    for n, patient in enumerate(made):
        Patient.objects.filter(pk=patient.pk).update(registered_at=now - timedelta(microseconds=n % 2))
    return Patient.objects.all()


def ways(rows, by, newest):
    """The pages forwards from the first, and backwards from the last."""
    page = page_of(rows, by, size=2, newest=newest)
    forwards = [page]
    while page.after:
        page = page_of(rows, by, Place(after=page.after), size=2, newest=newest)
        forwards.append(page)
    backwards = [page]
    while page.before:
        page = page_of(rows, by, Place(before=page.before), size=2, newest=newest)
        backwards.append(page)
    return forwards, backwards[::-1]


def keys(pages):
    return [row.pk for page in pages for row in page.rows]


@pytest.mark.parametrize("newest", [False, True])
@pytest.mark.parametrize("by", ORDERS, ids="-".join)
def test_every_row_is_shown_once_forwards_and_backwards(rows, by, newest):
    forwards, backwards = ways(rows, by, newest)

    order = [f"-{name}" if newest else name for name in by]
    expected = list(rows.order_by(*order).values_list("pk", flat=True))
    assert keys(forwards) == expected
    assert sorted(keys(backwards)) == sorted(expected)
    assert keys(backwards) == expected
    assert [len(page.rows) for page in forwards] == [2, 2, 2, 1]
    assert (forwards[0].before, backwards[0].before) == ("", "")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "1,2,3",
        "2026-13-01,4",
        "2026-01-01",
        "2026-01-01,x",
        "2026-01-01," + "9" * 30,
        "\x00,1",
        "²,1",
    ],
)
@pytest.mark.parametrize("side", ["after", "before"])
def test_a_token_that_cannot_be_read_opens_the_first_page(rows, token, side):
    first = page_of(rows, ["birth_date", "pk"], size=2)

    assert page_of(rows, ["birth_date", "pk"], Place(**{side: token}), size=2) == first


def test_a_moment_without_its_zone_is_no_place(rows):
    first = page_of(rows, ["registered_at", "pk"], size=2)

    assert page_of(rows, ["registered_at", "pk"], Place(after="2026-01-01T10:00:00,1"), size=2) == first


def test_a_page_is_one_query_whatever_its_place(rows, count_queries):
    first = page_of(rows, ["birth_date", "pk"], size=2)
    asked = []
    for place in (Place(), Place(after=first.after), Place(before=first.after)):
        with count_queries() as sent:
            page_of(rows, ["birth_date", "pk"], place, size=2)
        asked.append(len(sent))

    assert asked == [1, 1, 1]


def test_the_key_bounds_the_first_column_so_that_an_index_of_the_order_serves():
    key = Place(after="2026-11-25,17")

    rows = page_sql(Patient.objects.all(), ["birth_date", "pk"], key)

    assert '"birth_date" >= 2026-11-25 AND (' in rows


def page_sql(queryset, by, place):
    with CaptureQueriesContext(connection) as sent:
        page_of(queryset, by, place, size=2)
    return sent[0]["sql"].replace("'", "").replace("::date", "")


def test_an_empty_list_has_one_page_and_no_way_on():
    assert page_of(Patient.objects.all(), ["pk"], size=2) == Page([])


def test_a_place_behind_the_last_row_is_an_empty_page(rows):
    last = rows.latest("pk").pk

    assert page_of(rows, ["pk"], Place(after=str(last)), size=2) == Page([])


def test_a_text_that_no_column_can_hold_opens_the_first_page(rows):
    first = page_of(rows, ["family_name", "pk"], size=2)

    assert page_of(rows, ["family_name", "pk"], Place(after="%00,1"), size=2) == first


def test_the_pager_keeps_the_filter_and_quotes_the_token():
    page = Page([1], before="", after="B%26O,7")

    assert pager_addresses(page, "/list/", {"text": "b & o", "show": ""}) == {
        "previous": "",
        "next": "/list/?text=b+%26+o&after=B%2526O%2C7",
    }
