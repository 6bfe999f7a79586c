"""The pages of price lists."""

from datetime import date, timedelta

from django.utils import timezone

from tests.treatments.billing.addresses import url
from treatments.billing.models import PriceList


def price_data(once, **more):
    rows = [
        {"kind": "session", "label": "Session", "amount": "350", "tax_class": "standard"},
        {"kind": "package", "label": "Package of 5", "rate": "10", "sessions_from": "5"},
        {"kind": "", "label": ""},
    ]
    data = {
        "name": "Spring",
        "valid_from": "2031-01-01",
        "cocktail_markup": "1.2",
        "discount_cap": "30",
        "deposit_rate": "25",
        "tax_standard": "20",
        "once": once(),
        "prices-TOTAL_FORMS": str(len(rows)),
        "prices-INITIAL_FORMS": "0",
    }
    for at, row in enumerate(rows):
        data |= {f"prices-{at}-{name}": value for name, value in row.items()}
    return data | more


def test_price_list_new_publishes_the_next_list(as_admin, price_list, clinic, once):
    response = as_admin.post(url("price_list_new"), price_data(once))

    new = PriceList.objects.get(valid_from=date(2031, 1, 1))
    assert response.url == url("price_list_list")
    assert (new.clinic, new.currency, new.discount_cap) == (clinic, "USD", 30)
    assert list(new.prices.order_by("pk").values_list("label", "amount", "tax_rate")) == [
        ("Session", 350, 20),
        ("Package of 5", 0, 0),
    ]


def test_price_list_new_starts_as_a_copy_of_the_one_in_force(as_admin, price_list):
    rows = as_admin.get(url("price_list_new")).context["rows"]

    assert [form.initial.get("label", "") for form in rows] == [
        "Session, small area",
        "Session, medium area",
        "Session, large area",
        "Single-use kit",
        "Package of 5",
        "Package of 8",
        "",
        "",
        "",
        "",
    ]
    assert rows[1]["amount"].value() == "320.00"


def test_price_list_new_says_what_is_wrong_and_keeps_what_was_typed(as_admin, price_list, once):
    response = as_admin.post(
        url("price_list_new"), price_data(once, **{"prices-0-amount": "-5", "valid_from": "2020-01-01"})
    )

    assert response.status_code == 422
    assert "Session: a price is between 0 and 1000000." in response.text
    assert "A price list starts on that day already." in response.text
    assert 'value="-5"' in response.text
    assert PriceList.objects.count() == 1


def test_price_list_new_says_at_the_field_what_is_no_number(as_admin, once):
    response = as_admin.post(url("price_list_new"), price_data(once, **{"prices-0-amount": "dear"}))

    assert response.status_code == 422
    assert "amount" in response.context["rows"].errors[0]


def test_price_list_list_says_which_is_in_force(as_admin, publish):
    publish(name="Old")
    publish(valid_from=timezone.localdate(), name="Now")
    publish(valid_from=timezone.localdate() + timedelta(days=1), name="Soon")

    lists = as_admin.get(url("price_list_list")).context["lists"]

    assert [(each.name, each.state) for each in lists] == [
        ("Soon", "next"),
        ("Now", "in force"),
        ("Old", "past"),
    ]
