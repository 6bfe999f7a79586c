"""An amount is read the way a clinic writes it; what could be two amounts is refused with both named."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.money_input import NumberStyle, read_amount
from mesoclinic.core.quantities import currency_digits

POINT, COMMA, SPACE = NumberStyle(), NumberStyle(",", "."), NumberStyle(",", " ")


@pytest.mark.parametrize(
    ("style", "currency", "typed", "amount"),
    [
        (POINT, "USD", "1,234.56", "1234.56"),
        (POINT, "USD", "1234.5", "1234.50"),
        (POINT, "USD", "1,234", "1234.00"),
        (POINT, "USD", " 12 ", "12.00"),
        (POINT, "USD", "-5", "-5.00"),
        (POINT, "USD", "1'234.50", "1234.50"),
        (COMMA, "EUR", "1.234,56", "1234.56"),
        (COMMA, "EUR", "12,5", "12.50"),
        (COMMA, "EUR", "1.234", "1234.00"),
        (COMMA, "EUR", "1.234.567,8", "1234567.80"),
        (SPACE, "EUR", "1\u202f234,56", "1234.56"),
        (SPACE, "EUR", "1 234", "1234.00"),
        (POINT, "JPY", "1,234", "1234"),
        (POINT, "KWD", "1.234", "1.234"),
        (COMMA, "KWD", "1,234", "1.234"),
        (POINT, "USD", "٣٤٫٥", "34.50"),
        (COMMA, "EUR", "١٬٢٣٤٫٥", "1234.50"),
    ],
)
def test_an_amount_is_read_the_clinics_way(style, currency, typed, amount):
    assert str(read_amount(typed, style, currency)) == amount


@pytest.mark.parametrize(
    ("style", "currency", "typed", "said"),
    [
        (POINT, "USD", "1.234,56", "like 1,234.56 here. If you mean that, type 1234.56."),
        (COMMA, "EUR", "1,234.56", "like 1.234,56 here. If you mean that, type 1234,56."),
        (COMMA, "EUR", "12.50", "type 12,50."),
        (POINT, "USD", "12,50", "type 12.50."),
        (POINT, "USD", "1.234", "1.234 could be 1234, or has a decimal too many"),
        (COMMA, "EUR", "1,234", "1,234 could be 1234, or has a decimal too many"),
        (POINT, "KWD", "1,234", "could be 1234 or 1.234"),
        (COMMA, "KWD", "1.234", "could be 1234 or 1,234"),
        (COMMA, "EUR", "0.001", "like 1.234,56 here"),
        (POINT, "USD", "0.001", "USD has 2 decimals"),
        (POINT, "JPY", "12.5", "JPY has no decimals"),
        (POINT, "USD", "12 34", "without a gap"),
        (POINT, "USD", "1,23,4", "like 1,234.56 here"),
        (POINT, "USD", "", "Type an amount like 1,234.56."),
        (POINT, "USD", "abc", "Type an amount"),
        (POINT, "USD", "1e5", "Type an amount"),
        (POINT, "USD", "NaN", "Type an amount"),
        (POINT, "USD", "--5", "Type an amount"),
        (POINT, "USD", "5.", "Type an amount"),
        (POINT, "USD", "9" * 13, "more money than there is"),
    ],
)
def test_what_is_no_amount_or_could_be_two_is_refused(style, currency, typed, said):
    with pytest.raises(ValueError) as refused:
        read_amount(typed, style, currency)

    assert said in str(refused.value)


@given(st.integers(0, 10**9), st.sampled_from([POINT, COMMA, SPACE]), st.sampled_from(["USD", "JPY", "KWD"]))
def test_what_is_written_here_reads_back_as_the_same_amount(units, style, currency):
    amount = D(units).scaleb(-currency_digits(currency))

    assert read_amount(style.ungrouped_amount_text(amount, currency), style, currency) == amount


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text):
    assert said_of(text)


def said_of(text):
    """Always an answer: an amount to the cent, or why there is none."""
    try:
        amount = read_amount(text, COMMA, "EUR")
    except ValueError as refused:
        return str(refused)
    return amount == round(amount, 2)
