"""The pages of coupons and of the terms of payment."""

from datetime import date
from decimal import Decimal as D

import pytest

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.models import AuditEvent
from tests.treatments.billing.addresses import url
from treatments.billing.actions.coupons import create_coupon
from treatments.billing.models import Coupon, PlanSettings
from treatments.billing.queries import worklists
from treatments.billing.rules.coupons import CouponFact


def coupon_data(once, **more):
    return {
        "code": "spring-25",
        "amount": "25.50",
        "valid_from": "",
        "valid_to": "2031-01-01",
        "most_uses": "3",
        "note": "Newsletter",
        "once": once(),
    } | more


def test_coupon_list_makes_and_withdraws(as_admin, clinic, once):
    made = as_admin.post(url("coupon_list"), coupon_data(once))

    coupon = Coupon.objects.get()
    assert made.url == url("coupon_list")
    assert (coupon.code, coupon.amount, coupon.valid_to) == ("SPRING-25", D("25.5"), date(2031, 1, 1))
    assert "SPRING-25" in as_admin.get(made.url).text
    as_admin.post(url("coupon_retire", coupon.pk), {"once": once()})
    assert "withdrawn" in as_admin.get(made.url).text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("amount", "-5", "A coupon takes off more than 0"),
        ("amount", "1.234,56", "type 1234.56."),
        ("code", "a b", "Letters, digits and dashes only"),
        ("most_uses", "0", "greater than or equal to 1"),
        ("valid_from", "2032-01-01", "It ends before it starts."),
        ("note", "4111 1111 1111 1111", "Card numbers are never kept here"),
    ],
)
def test_coupon_list_says_at_the_field_what_is_wrong(as_admin, once, field, value, said):
    answer = as_admin.post(url("coupon_list"), coupon_data(once, **{field: value}))

    assert answer.status_code == 422
    assert said in answer.text
    assert not Coupon.objects.exists()


def test_coupons_cost_the_same_for_one_and_three_and_page_by_key(
    as_admin, clinic, admin, count_queries, monkeypatch
):
    def make(code):
        create_coupon(clinic=clinic, fact=CouponFact(code, D(5), "USD"), by=admin)

    make("A")
    with count_queries() as one:
        as_admin.get(url("coupon_list"))
    make("B"), make("C")
    with count_queries() as three:
        as_admin.get(url("coupon_list"))
    assert len(one) == len(three) <= 8

    monkeypatch.setattr(worklists, "PAGE_SIZE", 2)
    first = as_admin.get(url("coupon_list"))
    second = as_admin.get(first.context["page"]["next"])
    back = as_admin.get(second.context["page"]["previous"])
    codes = [[c.code for c in p.context["coupons"]] for p in (first, second, back)]
    assert codes == [["C", "B"], ["A"], ["C", "B"]]


def settings_data(once, **more):
    return {
        "refund_policy": "at_list",
        "instalments": "3",
        "instalment_days": "28",
        "insurance_rate": "0",
        "invoice_days": "14",
        "days_to_decide": "3",
        "cash_float": "100.00",
        "kit_cost": "4.20",
        "practitioner_cost": "120",
        "room_cost": "40",
        "once": once(),
    } | more


def test_plan_settings_are_the_clinics_own(as_admin, clinic, once):
    before = as_admin.get(url("plan_settings"))
    assert before.status_code == 200

    answer = as_admin.post(url("plan_settings"), settings_data(once))
    Clinic.objects.update(amounts="comma")

    saved = PlanSettings.objects.get(clinic=clinic)
    assert answer.url == url("plan_settings")
    assert (saved.refund_policy, saved.instalments, saved.cash_float) == ("at_list", 3, D(100))
    assert 'value="100,00"' in as_admin.get(answer.url).text
    assert AuditEvent.objects.filter(did="plan_settings.saved").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("instalments", "0"),
        ("instalments", "25"),
        ("insurance_rate", "101"),
        ("cash_float", "-1"),
        ("kit_cost", "x"),
        ("refund_policy", "none"),
        ("instalment_days", "0"),
    ],
)
def test_plan_settings_say_at_the_field_what_is_wrong(as_admin, once, field, value):
    answer = as_admin.post(url("plan_settings"), settings_data(once, **{field: value}))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not PlanSettings.objects.exists()
