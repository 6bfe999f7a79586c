"""Taking, refunding and voiding a payment, as the desk meets it."""

from decimal import Decimal as D

import pytest

from tests.treatments.billing.addresses import url
from treatments.billing.models import Payment


def test_payment_add_takes_the_deposit(as_front_desk, accepted, once, count_queries):
    address = url("payment_add", accepted.plan_id)
    form = as_front_desk.get(url("plan", accepted.plan_id)).context["payment_form"]
    assert form.initial["amount"] == D("378.00")

    data = {"kind": "deposit", "amount": "378.00", "method": "card", "once": once()}
    with count_queries() as asked:
        answers = [as_front_desk.post(address, data)]
    answers.append(as_front_desk.post(address, data))

    assert [a.url for a in answers] == [url("plan", accepted.plan_id)] * 2
    assert list(Payment.objects.values_list("amount", "kind")) == [(D(378), "deposit")]
    assert len(asked) <= 19


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("-1", "A payment is above 0"),
        ("5000", "Only $1,890.00 is owing."),
        ("1.234,56", "type 1234.56."),
        ("", "Type what came in."),
    ],
)
def test_payment_add_says_at_the_field_what_is_wrong(as_front_desk, accepted, once, amount, said):
    data = {"kind": "payment", "amount": amount, "method": "cash", "once": once()}

    response = as_front_desk.post(url("payment_add", accepted.plan_id), data)

    assert response.status_code == 422
    assert said in str(response.context["form"].errors["amount"])
    assert not Payment.objects.exists()


def test_payment_refund_gives_back_no_more_than_was_paid(as_front_desk, payment, once):
    address = url("payment_refund", payment.plan_id)
    data = {"amount": "501", "method": "cash", "reason": "Moves abroad"}

    wrong = as_front_desk.post(address, data | {"once": once()})
    right = as_front_desk.post(address, data | {"once": once(), "amount": "500"})

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert "Only $500.00" in str(wrong.context["form"].errors["amount"])
    assert Payment.objects.get(kind="refund").amount == -500


def test_payment_void_undoes_it_once(as_front_desk, payment, once):
    address = url("payment_void", payment.pk)

    wrong = as_front_desk.post(address, {"once": once()})
    right = as_front_desk.post(address, {"once": once(), "reason": "Wrong patient"})
    again = as_front_desk.post(address, {"once": once(), "reason": "Wrong patient"})

    assert [r.status_code for r in (wrong, right, again)] == [422, 302, 422]
    assert Payment.objects.filter(kind="void").count() == 1


def test_a_refused_payment_shows_the_form_alone_with_the_way_back(as_front_desk, accepted, once):
    data = {"kind": "payment", "amount": "5000", "method": "cash", "once": once()}

    answer = as_front_desk.post(url("payment_add", accepted.plan_id), data)

    assert answer.templates[0].name == "treatments/billing/payment_refused.html"
    assert 'value="5000"' in answer.text
    assert f'href="{url("plan", accepted.plan_id)}"' in answer.text
    assert "payments" not in answer.context


def test_a_refused_void_shows_its_own_page_and_keeps_what_was_typed(as_front_desk, payment, once):
    as_front_desk.post(url("payment_void", payment.pk), {"once": once(), "reason": "Wrong patient"})

    answer = as_front_desk.post(url("payment_void", payment.pk), {"once": once(), "reason": "Typed again"})

    assert answer.status_code == 422
    assert answer.templates[0].name == "treatments/billing/payment_refused.html"
    assert "This payment was voided already." in answer.text
    assert "Typed again</textarea>" in answer.text
