"""Invoices to the cent: tax added or included, credit notes that never exceed them, what is owed after all of it."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.quantities import currency_digits, round_money
from treatments.billing.rules.invoices import (
    ChargedLine,
    Portion,
    check_charge_is_as_shown,
    check_charged_lines,
    check_credit_amount,
    check_not_charged_already,
    check_write_off_amount,
    portion_to_credit,
    price_charged_lines,
)
from treatments.billing.rules.payments import owed_after_allowances
from treatments.billing.rules.quotes import UnpricedLine, price_option

currencies = st.sampled_from(["USD", "JPY", "KWD"])


def line(unit, *, quantity=1, tax="0", label="Consultation", tax_class=""):
    tax_class = tax_class or ("standard" if D(tax) else "none")
    return ChargedLine("consultation", label, quantity, D(unit), tax_class, D(tax))


@st.composite
def charges(draw):
    currency = draw(currencies)
    unit = D(1).scaleb(-currency_digits(currency))
    lines = draw(
        st.lists(
            st.builds(
                ChargedLine,
                st.just("extra"),
                st.just("Photo set"),
                st.integers(1, 20),
                st.integers(0, 10**6).map(lambda n: n * unit),
                st.just("standard"),
                st.integers(0, 30_000).map(lambda n: D(n) / 1000),
            ),
            min_size=1,
            max_size=6,
        )
    )
    return lines, currency


def test_four_hundred_with_twenty_percent_inside_is_quotable_to_the_cent():
    priced = price_charged_lines([line("400", tax="20")], currency="EUR", tax_included=True)

    assert (priced.total, priced.tax, priced.net) == (D("400.00"), D("66.67"), D("333.33"))


def test_an_option_of_included_prices_costs_what_its_prices_say():
    priced = price_option(
        [UnpricedLine("Session", D(5), D(400), D(20))],
        package_discount=D(10),
        currency="EUR",
        sessions=5,
        tax_included=True,
    )

    assert (priced.list_total, priced.discount, priced.total) == (D(2000), D(200), D("1800.00"))
    assert (priced.net, priced.tax) == (D("1500.00"), D("300.00"))
    assert priced.packaged_total_per_session == D("360.00")


def test_the_picture_comes_to_the_cent():
    """design/desk/charge: 160.00 without tax and 45.00 at 8.875 %."""
    lines = [line("40", label="Late cancellation"), line("120"), line("45", tax="8.875", label="Photo set")]

    priced = price_charged_lines(lines, currency="USD", tax_included=False)

    assert (priced.net, priced.tax, priced.total) == (D("205.00"), D("3.99"), D("208.99"))
    assert [(row.percent, row.net, row.tax) for row in priced.taxes] == [
        (D(0), D(160), D(0)),
        (D("8.875"), D(45), D("3.99")),
    ]


@given(charges(), st.booleans())
def test_an_invoice_sums_in_the_decimals_of_its_currency(given, tax_included):
    lines, currency = given

    priced = price_charged_lines(lines, currency=currency, tax_included=tax_included)

    amounts = [priced.net, priced.tax, priced.total, *(each.total for each in priced.lines)]
    assert all(amount == round_money(amount, currency) for amount in amounts)
    assert priced.net + priced.tax == priced.total == sum(each.total for each in priced.lines)
    assert sum(row.net for row in priced.taxes) == priced.net
    assert sum(row.tax for row in priced.taxes) == priced.tax
    listed = sum(each.quantity * each.unit for each in lines)
    assert (priced.total if tax_included else priced.net) == listed


@given(charges(), st.booleans())
def test_the_tax_of_an_invoice_is_within_half_a_unit_a_line_of_the_exact_one(given, tax_included):
    lines, currency = given

    priced = price_charged_lines(lines, currency=currency, tax_included=tax_included)

    half = D(1).scaleb(-currency_digits(currency)) / 2
    for each in priced.lines:
        rate = each.line.tax_percent / 100
        exact = each.amount * rate / (1 + rate) if tax_included else each.amount * rate
        assert abs(each.tax - exact) <= half


@given(charges(), st.booleans(), st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_what_is_credited_in_steps_never_exceeds_the_line_and_ends_at_it(given, tax_included, steps):
    lines, currency = given
    unit = D(1).scaleb(-currency_digits(currency))
    for each in price_charged_lines(lines, currency=currency, tax_included=tax_included).lines:
        charged, before = Portion(each.net, each.tax), Portion(D(0), D(0))
        if not charged.total:
            continue
        parts = [round_money(charged.total * step / 100, currency) for step in steps]
        for amount in [*parts, charged.total]:
            amount = min(amount, charged.total - before.total)
            if not amount:
                continue
            part = portion_to_credit(charged, before, amount, currency)
            before = Portion(before.net + part.net, before.tax + part.tax)
            assert part.total == amount
            assert min(part.net, part.tax) >= 0
            assert part.tax == round(part.tax / unit) * unit
            assert before.net <= charged.net
            assert before.tax <= charged.tax
        assert before == charged


@given(
    st.integers(0, 10**6).map(D),
    st.integers(0, 10**6).map(D),
    st.integers(0, 10**6).map(D),
    st.integers(0, 10**6).map(D),
)
def test_goodwill_given_back_never_raises_what_is_owed(charged, paid, back, written_off):
    back, paid = min(back, paid, charged), min(paid, charged)
    before = owed_after_allowances(charged, paid=paid, written_off=written_off)

    after = owed_after_allowances(charged, paid=paid - back, goodwill=back, written_off=written_off)

    assert after == before


@pytest.mark.parametrize(
    ("charged", "paid", "written_off", "owed"),
    [
        ("100", "40", "60", "0"),
        ("100", "40", "20", "40"),
        ("100", "120", "50", "-20"),
        ("100", "100", "9", "0"),
    ],
)
def test_what_is_written_off_is_never_paid_out(charged, paid, written_off, owed):
    assert owed_after_allowances(D(charged), paid=D(paid), written_off=D(written_off)) == D(owed)


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ([], ["charge:empty"]),
        ([line("0")], ["charge:nothing"]),
        ([line("10"), line("0")], []),
        ([line("10", label=" ")], ["charge-label:0"]),
        ([line("10", quantity=0)], ["charge-quantity:0"]),
        ([line("-1")], ["charge-price:0"]),
        ([line("1.005")], ["charge-price:0"]),
        ([line("1")] * 41, ["charge:many"]),
    ],
)
def test_what_cannot_be_charged_is_said_at_its_line(lines, codes):
    assert [finding.code for finding in check_charged_lines(lines, "USD")] == codes


def test_a_charge_that_came_to_something_else_is_asked_again():
    assert check_charge_is_as_shown(D(40), None, "USD") is None
    assert check_charge_is_as_shown(D(40), D("40.00"), "USD") is None
    found = check_charge_is_as_shown(D(41), D(40), "USD")
    assert found is not None
    assert found.message == "This now comes to $41.00, not $40.00. Look at it again."


def test_a_visit_is_charged_for_once():
    assert check_not_charged_already("Missed visit", is_charged=False) is None
    found = check_not_charged_already("Missed visit", is_charged=True)
    assert found is not None
    assert found.fixed


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("41", "Only $40.00 of it is not credited yet. Credit that or less."),
        ("-1", "Type an amount with 2 decimals, 0 or more."),
        ("1.005", "Type an amount with 2 decimals, 0 or more."),
    ],
)
def test_no_more_is_credited_than_is_left(amount, said):
    assert check_credit_amount(D(40), D(40), "USD", where="line-1") is None
    found = check_credit_amount(D(amount), D(40), "USD", where="line-1")
    assert found is not None
    assert found.message == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("41", "Only $40.00 is owing. Write off that or less."),
        ("0", "Type an amount above 0, with 2 decimals."),
    ],
)
def test_no_more_is_written_off_than_is_owed(amount, said):
    assert check_write_off_amount(D(40), D(40), "USD") is None
    found = check_write_off_amount(D(amount), D(40), "USD")
    assert found is not None
    assert found.message == said
