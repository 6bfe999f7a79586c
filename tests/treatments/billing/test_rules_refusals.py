"""Why a price list, a quote's option or a payment is refused: the findings, by their codes."""

from decimal import Decimal as D

import pytest

from treatments.billing.rules.instalments import terms_finding
from treatments.billing.rules.payments import decimals_finding, payment_finding, void_finding
from treatments.billing.rules.prices import new_option_finding, rate_findings
from treatments.billing.rules.quotes import extra_finding


def code(finding):
    return finding.code if finding else None


@pytest.mark.parametrize(
    ("amount", "owed", "currency", "expected"),
    [
        (D("0"), None, "USD", "payment:amount"),
        (D("-1"), D(100), "USD", "payment:amount"),
        (D("1000001"), None, "USD", "payment:amount"),
        (D("100.01"), D(100), "USD", "payment:amount"),
        (D("1"), D(-5), "USD", "payment:amount"),
        (D("1.005"), D(100), "USD", "payment:decimals"),
        (D("1.5"), None, "JPY", "payment:decimals"),
        (D("100"), D(100), "USD", None),
        (D("700"), None, "USD", None),
    ],
)
def test_a_payment_is_above_nothing_and_no_more_than_is_owed(amount, owed, currency, expected):
    assert code(payment_finding(amount, owed, currency)) == expected


def test_what_is_owed_is_never_said_below_nothing():
    assert "Only 0 USD is owing." in payment_finding(D(1), D(-5), "USD").message


def test_an_amount_has_the_decimals_of_its_currency():
    assert [code(decimals_finding(D(amount), "USD")) for amount in ("1", "1.50", "1.501")] == [
        None,
        None,
        "payment:decimals",
    ]


@pytest.mark.parametrize(
    ("is_void", "was_voided", "paid_after", "expected"),
    [
        (True, False, D(10), "void:void"),
        (False, True, D(10), "void:again"),
        (False, False, D("-0.01"), "void:refunded"),
        (False, False, D(0), None),
    ],
)
def test_a_payment_is_voided_once_and_while_its_money_is_here(is_void, was_voided, paid_after, expected):
    found = void_finding(is_void=is_void, was_voided=was_voided, paid_after=paid_after)

    assert code(found) == expected


@pytest.mark.parametrize(
    ("sessions", "present", "has_interval", "expected"),
    [
        (0, [], True, "option:sessions"),
        (31, [], True, "option:sessions"),
        (5, [5], True, "option:again"),
        (9, [1, 2, 3, 4, 5], True, "option:too-many"),
        (2, [5], False, "option:interval"),
        (1, [5], False, None),
        (30, [5], True, None),
    ],
)
def test_an_option_has_its_own_number_of_sessions(sessions, present, has_interval, expected):
    assert code(new_option_finding(sessions, present, has_interval=has_interval)) == expected


@pytest.mark.parametrize(
    ("label", "quantity", "expected"),
    [
        ("Consultation", 0, "extra:quantity"),
        ("Consultation", 1001, "extra:quantity"),
        ("Kit", 1, "extra:again"),
        ("Consultation", 1000, None),
    ],
)
def test_an_extra_is_added_once_in_a_sensible_quantity(label, quantity, expected):
    assert code(extra_finding(label, quantity, ["Session", "Kit"])) == expected


@pytest.mark.parametrize(
    ("insurance", "parts", "expected"),
    [
        (D("-1"), 1, "insurance"),
        (D("100.5"), 1, "insurance"),
        (D(0), 0, "instalments"),
        (D(0), 25, "instalments"),
        (D(100), 24, None),
    ],
)
def test_an_insurer_pays_up_to_all_of_it_and_parts_are_counted(insurance, parts, expected):
    assert code(terms_finding(insurance, parts)) == expected


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ({}, []),
        ({"discount_cap": D(101)}, ["price-list:rates"]),
        ({"deposit_rate": D(-1)}, ["price-list:rates"]),
        ({"taxes": (D(19), D(101))}, ["price-list:taxes"]),
        ({"cocktail_markup": D(0)}, ["price-list:markup"]),
        ({"cocktail_markup": D(101), "discount_cap": D(-1)}, ["price-list:rates", "price-list:markup"]),
    ],
)
def test_the_rates_of_a_price_list_are_percentages(rates, expected):
    usual = {
        "discount_cap": D(25),
        "deposit_rate": D(20),
        "taxes": (D(19), D(7)),
        "cocktail_markup": D("1.5"),
    }

    assert [each.code for each in rate_findings(**usual | rates)] == expected
