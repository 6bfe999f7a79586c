"""Coupons, parts, what changed, packages, and prices by technique, treatment and tax class."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mesoclinic.core.quantities import currency_digits
from treatments.billing.rules.coupons import (
    CouponFact,
    check_coupon_is_valid,
    check_new_coupon_fields_and_code,
)
from treatments.billing.rules.day_close import (
    Counted,
    check_counts_possible_and_difference_explained,
    expected_in_till_by_method,
)
from treatments.billing.rules.instalments import Due, overdue_and_next_due_or_none, payment_schedule
from treatments.billing.rules.payments import (
    RefundPolicy,
    check_refund_within_policy,
    package_cost_when_ended_early,
    refund_for_unused_sessions,
    sessions_bought_used_and_paid,
)
from treatments.billing.rules.prices import (
    Mix,
    Part,
    PriceBook,
    PriceRow,
    check_price_rows_possible_and_unambiguous,
    course_lines_before_pricing_or_raise,
    fixed_cocktail_price_row_or_none,
    session_price_row_or_none,
)
from treatments.billing.rules.quote_changes import OptionChange, OptionFact, changes_between_quote_options
from treatments.billing.rules.quotes import (
    UnpricedLine,
    insurance_text,
    price_option,
)

TODAY = date(2026, 11, 23)
CODE = CouponFact("SPRING", D(50), "USD")
currencies = st.sampled_from(["USD", "JPY", "KWD"])


def units(count, currency):
    return D(count).scaleb(-currency_digits(currency))


# --- coupons -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "used", "currency", "said"),
    [
        ({}, 0, "USD", None),
        ({"valid_to": TODAY}, 0, "USD", None),
        ({"valid_to": TODAY - timedelta(days=1)}, 0, "USD", "SPRING ended on 22 Nov 2026."),
        ({"valid_from": TODAY}, 0, "USD", None),
        ({"valid_from": TODAY + timedelta(days=1)}, 0, "USD", "SPRING counts from 24 Nov 2026."),
        ({"most_uses": 2}, 1, "USD", None),
        ({"most_uses": 2}, 2, "USD", "SPRING may be used 2 times and was."),
        ({"most_uses": 1}, 1, "USD", "SPRING may be used once and was."),
        ({}, 0, "EUR", "SPRING is in USD, this quote in EUR."),
        ({"retired": True}, 0, "USD", "SPRING was withdrawn."),
    ],
)
def test_when_a_coupon_counts(fields, used, currency, said):
    coupon = CouponFact("SPRING", D(50), "USD", **fields)

    found = check_coupon_is_valid(coupon, TODAY, used=used, currency=currency)

    assert (found and found.message.startswith(said)) if said else found is None
    assert found is None or found.fixed


@pytest.mark.parametrize(
    ("coupon", "codes"),
    [
        (CODE, []),
        (CouponFact("", D(50), "USD"), ["coupon:no-code"]),
        (CouponFact("A", D(0), "USD"), ["coupon:amount"]),
        (CouponFact("A", D(-1), "USD"), ["coupon:amount"]),
        (CouponFact("A", D(1_000_001), "USD"), ["coupon:amount"]),
        (CouponFact("A", D(1), "USD", most_uses=0), ["coupon:uses"]),
        (CouponFact("A", D(1), "USD", TODAY, TODAY - timedelta(days=1)), ["coupon:days"]),
    ],
)
def test_what_a_coupon_cannot_be(coupon, codes):
    assert [finding.code for finding in check_new_coupon_fields_and_code(coupon)] == codes


# --- parts -------------------------------------------------------------------


def test_example_7_in_parts_a_month_apart():
    dues = payment_schedule(D(1000), deposit=D(0), count=3, every_days=30)

    assert dues == [Due(0, D("333.34")), Due(30, D("333.33")), Due(60, D("333.33"))]


def test_the_deposit_is_due_at_once_and_the_rest_after():
    dues = payment_schedule(D(1890), deposit=D(378), count=2, every_days=30)

    assert dues == [Due(0, D(378)), Due(30, D(756)), Due(60, D(756))]


@pytest.mark.parametrize("count", [0, 25])
def test_a_quote_is_paid_in_1_to_24_parts(count):
    with pytest.raises(ValueError, match="1 to 24"):
        payment_schedule(D(100), deposit=D(0), count=count, every_days=30)


@given(st.integers(0, 10**7), st.integers(0, 100), st.integers(1, 24), st.integers(1, 90), currencies)
def test_parts_sum_to_the_total_whatever_the_deposit(count, percent, parts, every, currency):
    total = units(count, currency)
    deposit = units(count * percent // 100, currency)

    dues = payment_schedule(total, deposit=deposit, count=parts, every_days=every, currency=currency)

    assert sum(due.amount for due in dues) == total
    assert all(due.amount > 0 for due in dues)
    assert [due.days for due in dues] == sorted({due.days for due in dues})


DUES = [Due(0, D(378)), Due(30, D(756)), Due(60, D(756))]


@pytest.mark.parametrize(
    ("days", "paid", "overdue", "following"),
    [
        pytest.param(0, "0", "0", Due(0, D(378)), id="the deposit is due today"),
        pytest.param(1, "0", "378", Due(30, D(756)), id="a day later it is overdue"),
        pytest.param(5, "378", "0", Due(30, D(756)), id="paid as agreed"),
        pytest.param(31, "400", "734", Due(60, D(756)), id="paid in part"),
        pytest.param(31, "1890", "0", None, id="all paid"),
        pytest.param(99, "378", "1512", None, id="all overdue"),
    ],
)
def test_what_is_overdue_and_what_comes_next(days, paid, overdue, following):
    assert overdue_and_next_due_or_none(DUES, days, D(paid)) == (D(overdue), following)


# --- what changed ------------------------------------------------------------


def offer(sessions=5, total=1890, **more):
    lines = more.pop("lines", {"Session": (D(5), D(320)), "Kit": (D(5), D(8))})
    return OptionFact(f"Start {sessions}", sessions, D(total), lines=lines, **more)


def test_the_same_offer_changed_nothing():
    assert changes_between_quote_options([offer()], [offer()]) == []


def test_what_changed_is_named_line_by_line():
    after = offer(total=2000, discount=D(10), lines={"Session": (D(6), D(350)), "Review": (D(1), D(40))})

    assert changes_between_quote_options([offer()], [after]) == [
        OptionChange("Start 5", "Session: how many", D(5), D(6), True),
        OptionChange("Start 5", "Session", D(320), D(350)),
        OptionChange("Start 5", "Kit", D(40), None),
        OptionChange("Start 5", "Review", None, D(40)),
        OptionChange("Start 5", "discount", D(0), D(10)),
        OptionChange("Start 5", "total", D(1890), D(2000)),
    ]


def test_an_option_that_came_or_went_is_named():
    assert changes_between_quote_options([offer(5)], [offer(8, 2856)]) == [
        OptionChange("Start 5", "option", D(1890), None),
        OptionChange("Start 8", "option", None, D(2856)),
    ]


def test_insurance_is_said_as_it_is():
    assert insurance_text(D(0)) == "Insurance rarely covers this treatment."
    assert insurance_text(D(20)) == "The insurer pays 20 %."


# --- packages and refunds ----------------------------------------------------


@pytest.mark.parametrize(
    ("paid", "used", "left", "paid_for", "not_used"),
    [
        ("0", 0, 5, 0, 0),
        ("378", 0, 5, 1, 1),
        ("377", 0, 5, 0, 0),
        ("1890", 2, 3, 5, 3),
        ("378", 2, 3, 1, 0),
        ("2000", 5, 0, 5, 0),
        ("-5", 0, 5, 0, 0),
    ],
)
def test_a_package_is_bought_used_paid_for_and_left(paid, used, left, paid_for, not_used):
    found = sessions_bought_used_and_paid(5, used, paid=D(paid), price=D(1890))

    assert (found.sessions_left, found.paid_for, found.sessions_paid_not_used) == (left, paid_for, not_used)


def test_a_package_that_costs_nothing_is_paid_for():
    assert sessions_bought_used_and_paid(5, 0, paid=D(0), price=D(0)).paid_for == 5


def test_a_consultation_is_not_given_back_and_the_patient_pays_their_share_of_it():
    terms = {"price": D(1890), "sessions": 6, "used": 2, "list_price": D(350)}

    pro_rata = package_cost_when_ended_early(RefundPolicy.PRO_RATA, **terms, extras=D(100), share=D("0.8"))

    assert pro_rata == D("584.00")  # (1890 × 2/6 + 100) × 0.8


@given(
    st.sampled_from(RefundPolicy),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(1, 30),
    st.integers(0, 30),
    st.integers(0, 10**5),
    st.integers(0, 10**4),
    st.integers(0, 100),
    currencies,
)
def test_a_refund_never_exceeds_what_was_paid(
    policy, paid, price, sessions, used, listed, extras, percent, currency
):
    assume(used <= sessions)

    back = refund_for_unused_sessions(
        policy,
        paid=units(paid, currency),
        price=units(price, currency),
        sessions=sessions,
        used=used,
        list_price=units(listed, currency),
        currency=currency,
        extras=units(extras, currency),
        share=D(percent) / 100,
    )

    assert 0 <= back <= units(paid, currency)
    assert back == round(back, currency_digits(currency))


def test_more_than_the_contract_gives_asks_who_agreed():
    assert check_refund_within_policy(D(1260), D(1260)) is None
    found = check_refund_within_policy(D("1260.01"), D(1260))
    assert found is not None
    assert found.needs_reason
    assert "$1,260.00" in found.message


# --- prices ------------------------------------------------------------------

ANY = PriceRow("session", "Any", D(300))
GUN = PriceRow("session", "By gun", D(350), technique="mesogun")
SINGLE = PriceRow("session", "Single", D(280), treatment="single")
BOTH = PriceRow("session", "Single by gun", D(290), treatment="single", technique="mesogun")


@pytest.mark.parametrize(
    ("technique", "treatment", "row"),
    [
        ("", "cocktail", ANY),
        ("nappage", "cocktail", ANY),
        ("mesogun", "cocktail", GUN),
        ("nappage", "single", SINGLE),
        ("mesogun", "single", BOTH),
    ],
)
def test_a_session_is_priced_by_technique_and_type_of_treatment(technique, treatment, row):
    book = PriceBook([ANY, GUN, SINGLE, BOTH])

    assert session_price_row_or_none(book, D(70), technique, treatment) == row


def test_rows_for_other_treatments_do_not_overlap():
    assert check_price_rows_possible_and_unambiguous([ANY, GUN, SINGLE, BOTH]) == []
    assert [f.code for f in check_price_rows_possible_and_unambiguous([ANY, GUN, GUN])] == ["price-overlap:2"]


def test_a_tier_prices_the_cocktails_of_its_treatment():
    tier = PriceRow("cocktail", "Ready-made tier", D(60), treatment="premade")
    named = PriceRow("cocktail", "Density A", D(92))
    any_ = PriceRow("cocktail", "Cocktail", D(75))
    book = PriceBook([ANY, tier, named, any_])

    assert fixed_cocktail_price_row_or_none(book, "Density A", "premade") == named
    assert fixed_cocktail_price_row_or_none(book, "Other", "premade") == tier
    assert fixed_cocktail_price_row_or_none(book, "Other", "single") == any_


def test_a_tax_class_says_whether_there_is_tax():
    exempt = PriceRow("session", "S", D(100), tax_percent=D(20), tax_class="exempt")
    unknown = PriceRow("session", "S", D(100), tax_class="luxury")

    assert [f.code for f in check_price_rows_possible_and_unambiguous([exempt])] == ["price-tax:0"]
    assert [f.code for f in check_price_rows_possible_and_unambiguous([unknown])] == ["price-tax:0"]
    assert PriceRow("session", "S", tax_percent=D(20)).effective_tax_class == "standard"
    assert PriceRow("session", "S").effective_tax_class == "none"


def test_a_line_carries_its_class_and_a_cocktail_its_sessions():
    row = PriceRow("session", "S", D(100), tax_percent=D(5), tax_class="reduced")
    mix = Mix("Density A", [Part("Biotin", D(1), D(20))])

    lines = course_lines_before_pricing_or_raise(PriceBook([row]), mix, D(70), 2)

    assert [(line.kind, line.tax_class, line.tax_percent) for line in lines] == [
        ("session", "reduced", D(5)),
        ("cocktail", "reduced", D(5)),
    ]


def test_a_consultation_gets_no_package_discount_and_is_no_part_of_a_session():
    lines = [
        UnpricedLine("Session", D(5), D(100)),
        UnpricedLine("Consultation", D(1), D(80), in_package=False),
    ]

    priced = price_option(lines, package_discount=D(10), sessions=5)

    assert [line.net for line in priced.lines] == [D(450), D(80)]
    assert (priced.total, priced.per_session) == (D(530), D(90))


def test_what_took_how_much_off_is_said():
    lines = [UnpricedLine("A", D(1), D(200), discount_percent=D(10)), UnpricedLine("B", D(1), D(100))]

    priced = price_option(lines, package_discount=D(10), coupon=D(30), cap=D(50))

    # 300: 20 by the line, 28 by the package, 30 by the coupon
    assert (priced.line_discount, priced.coupon, priced.discount) == (D(20), D(30), D(78))


# --- the till ----------------------------------------------------------------


def test_the_drawer_holds_its_float_and_every_method_is_named():
    found = expected_in_till_by_method(
        {"card": D(500), "cash": D(-20)}, ["cash", "card", "transfer"], cash_float=D(100)
    )

    assert found == {"cash": D(80), "card": D(500), "transfer": D(0)}


@pytest.mark.parametrize(
    ("counted", "note", "codes"),
    [
        ("80", "", []),
        ("79", "", ["count:difference"]),
        ("79", "A coin rolled away", []),
        ("79.001", "x", ["count:cash"]),
        ("9999999", "x", ["count:cash"]),
    ],
)
def test_a_difference_is_explained(counted, note, codes):
    rows = [Counted("cash", D(80), D(counted))]

    assert [f.code for f in check_counts_possible_and_difference_explained(rows, note)] == codes
