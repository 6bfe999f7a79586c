"""Why a price list, a quote's option or a payment is refused: the findings, by their codes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest

from treatments.billing.rules.coupons import CouponFact, check_new_coupon_fields_and_code
from treatments.billing.rules.day_close import EarlierClose, check_day_open_unchanged_all_counted
from treatments.billing.rules.instalments import check_insurance_rate_and_instalment_count
from treatments.billing.rules.payments import (
    check_amount_can_be_taken,
    check_amount_decimals_fit_currency,
    check_payment_can_be_voided,
    check_plan_is_agreed,
)
from treatments.billing.rules.prices import (
    check_option_can_be_added,
    check_price_list_day_is_free,
    check_price_list_rates_in_range,
)
from treatments.billing.rules.quote_links import check_quote_can_be_sent
from treatments.billing.rules.quotes import (
    check_draft_prices_are_current,
    check_extra_can_be_added,
    check_instalments_sum_to_total,
    check_other_option_remains,
    check_quote_can_be_answered,
    check_quote_is_draft,
)
from treatments.billing.rules.states import QuoteStatus
from treatments.plans.rules import PlanStatus

TODAY = date(2026, 11, 23)


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
    assert code(check_amount_can_be_taken(amount, owed, currency)) == expected


def test_what_is_owed_is_never_said_below_nothing():
    assert "Only $0.00 is owing." in check_amount_can_be_taken(D(1), D(-5), "USD").message


def test_an_amount_has_the_decimals_of_its_currency():
    assert [
        code(check_amount_decimals_fit_currency(D(amount), "USD")) for amount in ("1", "1.50", "1.501")
    ] == [
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
    found = check_payment_can_be_voided(is_void=is_void, was_voided=was_voided, paid_after=paid_after)

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
    assert code(check_option_can_be_added(sessions, present, has_interval=has_interval)) == expected


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
    assert code(check_extra_can_be_added(label, quantity, ["Session", "Kit"])) == expected


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
    assert code(check_insurance_rate_and_instalment_count(insurance, parts)) == expected


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

    assert [each.code for each in check_price_list_rates_in_range(**usual | rates)] == expected


@pytest.mark.parametrize(
    ("status", "until", "expected"),
    [
        ("issued", TODAY, None),
        ("issued", TODAY - timedelta(days=1), "quote:expired"),
        ("issued", None, "send:not-issued"),
        ("draft", TODAY, "send:not-issued"),
        ("accepted", TODAY, "send:not-issued"),
        ("expired", TODAY, "send:not-issued"),
    ],
)
def test_a_quote_is_mailed_while_it_waits_for_its_answer(status, until, expected):
    assert code(check_quote_can_be_sent(status, until, TODAY)) == expected


@pytest.mark.parametrize(
    ("status", "until", "expected"),
    [
        ("issued", TODAY, None),
        ("issued", None, None),
        ("issued", TODAY - timedelta(days=1), "quote:expired"),
        ("accepted", TODAY - timedelta(days=1), "quote:answered"),
        ("declined", TODAY, "quote:answered"),
        ("draft", None, "move:quote:accepted"),
        ("superseded", TODAY, "move:quote:accepted"),
    ],
)
def test_a_quote_is_answered_once_and_in_time(status, until, expected):
    found = check_quote_can_be_answered(status, QuoteStatus.ACCEPTED, today=TODAY, valid_until=until)

    assert code(found) == expected


def test_whoever_answers_second_reads_when_the_first_did():
    at = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)

    found = check_quote_can_be_answered("declined", QuoteStatus.ACCEPTED, today=TODAY, answered_at=at)

    assert "already declined, at 09:05 on 23 Nov 2026." in found.message


def test_only_a_draft_is_changed_and_it_keeps_an_option():
    assert code(check_quote_is_draft("draft")) is None
    assert code(check_quote_is_draft("issued")) == "quote:frozen"
    assert [code(check_other_option_remains(options)) for options in (1, 2)] == ["option:last", None]


def test_a_draft_is_issued_at_the_prices_in_force():
    assert code(check_draft_prices_are_current(4, 4)) is None
    assert code(check_draft_prices_are_current(4, 5)) == "quote:old-prices"
    assert code(check_draft_prices_are_current(4, None)) == "quote:old-prices"


def test_the_parts_of_every_option_are_its_total():
    assert code(check_instalments_sum_to_total([([D(20), D(80)], D(100)), ([D(5)], D(5))])) is None
    assert code(check_instalments_sum_to_total([([D(20), D(80)], D(100)), ([], D(5))])) == "quote:old-draft"


def test_two_price_lists_do_not_start_on_one_day():
    assert code(check_price_list_day_is_free(day_is_taken=True)) == "price-list:same-day"
    assert code(check_price_list_day_is_free(day_is_taken=False)) is None


@pytest.mark.parametrize("status", list(PlanStatus))
def test_money_is_taken_for_a_plan_that_was_agreed(status):
    # Paused and changing are agreed plans that a review holds: what was given is owed all the same.
    agreed = {"accepted", "active", "paused", "changing", "done", "stopped"}

    assert code(check_plan_is_agreed(status)) == (None if status in agreed else "payment:not-agreed")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"last_receipt": None, "seen_to": 0}, None),
        ({"earlier": EarlierClose("Ana", datetime(2026, 11, 23, 18, 30, tzinfo=UTC))}, "close:again"),
        ({"last_receipt": 8}, "close:moved"),
        ({"last_receipt": None}, "close:moved"),
        ({"counted": ["cash"]}, "close:missing"),
    ],
)
def test_a_day_is_closed_once_as_it_was_seen_and_whole(changed, expected):
    usual = {
        "earlier": None,
        "last_receipt": 7,
        "seen_to": 7,
        "expected": ["cash", "card"],
        "counted": ["cash", "card"],
    }

    assert code(check_day_open_unchanged_all_counted(**usual | changed)) == expected


def test_a_close_says_who_was_quicker_and_which_method_is_missing():
    again = check_day_open_unchanged_all_counted(
        earlier=EarlierClose("Ana", datetime(2026, 11, 23, 18, 30, tzinfo=UTC)),
        last_receipt=None,
        seen_to=0,
        expected=[],
        counted=[],
    )
    missing = check_day_open_unchanged_all_counted(
        earlier=None, last_receipt=None, seen_to=0, expected=["cash", "card"], counted=["cash"]
    )

    assert again.message.startswith("Ana closed this day at 18:30.")
    assert missing.where == "card"


def test_a_coupon_has_a_code_of_its_own_and_no_card_number_in_its_note():
    fact = CouponFact("spring", D(10), "USD")

    assert check_new_coupon_fields_and_code(fact, note="For the spring") == []
    taken = check_new_coupon_fields_and_code(fact, note="4111 1111 1111 1111", code_is_taken=True)
    assert [(f.code, f.where) for f in taken] == [("coupon:again", "code"), ("card-number", "note")]
    assert taken[0].message.startswith("SPRING ")
