from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.quantities import (
    amount_per_cm2_or_none,
    currency_digits,
    diluted_mg_per_ml,
    dose_mg,
    mg_per_ml_to_percent,
    percent_to_mg_per_ml,
    plain_number_text,
    round_mg,
    round_ml,
    round_money,
    split_money,
)

currencies = st.sampled_from(["USD", "JPY", "KWD"])
amounts = st.decimals(min_value=0, max_value=1_000_000, places=3)
weights = st.lists(st.decimals(min_value=0, max_value=10_000, places=2), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        pytest.param("0.005", "USD", "0.01", id="half a cent goes up"),
        pytest.param("-0.005", "USD", "-0.01", id="half up is away from zero"),
        pytest.param("1.0049", "EUR", "1.00", id="less than half goes down"),
        pytest.param("99.5", "JPY", "100", id="yen have no decimals"),
        pytest.param("1.0005", "KWD", "1.001", id="dinars have three"),
        pytest.param("1.005", "ZZZ", "1.01", id="an unknown currency has two"),
    ],
)
def test_money_is_rounded_half_up_to_the_smallest_unit(amount, currency, rounded):
    assert str(round_money(D(amount), currency)) == rounded


@pytest.mark.parametrize(
    ("digits", "codes"),
    [
        (0, "JPY KRW VND CLP ISK XAF XOF PYG UGX"),
        (2, "USD EUR GBP TRY SAR CHF"),
        (3, "KWD BHD OMR JOD TND LYD IQD"),
    ],
)
def test_currencies_have_none_two_or_three_decimals(digits, codes):
    assert {code: currency_digits(code) for code in codes.split()} == dict.fromkeys(codes.split(), digits)


def test_a_syringe_is_read_to_a_hundredth_and_a_scale_to_a_thousandth():
    assert (str(round_ml(D("3.055"))), str(round_mg(D("0.0005")))) == ("3.06", "0.001")


@pytest.mark.parametrize(
    ("total", "by", "shares"),
    [
        pytest.param("1000", [1, 1, 1], ["333.34", "333.33", "333.33"], id="example 7"),
        pytest.param("50", [100, 400], ["10.00", "40.00"], id="example 5"),
        pytest.param("0.01", [0, 0], ["0.01", "0.00"], id="no weights share evenly"),
        pytest.param("10", [1, 0], ["10.00", "0.00"], id="no weight, no share"),
        pytest.param("-1", [1, 2], ["-0.33", "-0.67"], id="a negative total"),
        pytest.param("5", [], [], id="nobody to share with"),
    ],
)
def test_money_is_shared_by_largest_remainder(total, by, shares):
    assert [str(s) for s in split_money(D(total), [D(w) for w in by])] == shares


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="negative"):
        split_money(D(1), [D(1), D(-1)])


@given(amounts, weights, currencies)
def test_shares_always_sum_to_the_total(total, by, currency):
    total = round_money(total, currency)

    assert sum(split_money(total, by, currency)) == total


@given(amounts, weights, currencies)
def test_no_share_is_a_unit_off_its_due(total, by, currency):
    total = round_money(total, currency)
    unit = D(1).scaleb(-currency_digits(currency))
    due = [total * w / sum(by) for w in by] if sum(by) else [total / len(by)] * len(by)

    shares = split_money(total, by, currency)

    assert all(abs(s - d) < unit for s, d in zip(shares, due, strict=True))


def test_one_percent_is_ten_mg_per_ml():
    assert (percent_to_mg_per_ml(D("0.5")), mg_per_ml_to_percent(D(5))) == (D(5), D("0.5"))


def test_dose_is_concentration_times_volume():
    # docs/clinical.md §5: lidocaine 1 %, 30 ml is 300 mg
    assert dose_mg(D(30), percent_to_mg_per_ml(D(1))) == D(300)


def test_dilution_keeps_the_substance():
    assert diluted_mg_per_ml(D(10), D(1), D(4)) == D("2.5")
    assert diluted_mg_per_ml(D(10), D("0.5"), D("0.5")) == D(10)


@pytest.mark.parametrize("total", ["0", "-1"])
def test_a_mixture_has_a_volume(total):
    with pytest.raises(ValueError, match="volume"):
        diluted_mg_per_ml(D(10), D(1), D(total))


@pytest.mark.parametrize(
    ("area", "expected"),
    [("80", D("0.05")), ("0.5", D(8)), ("0", None), ("-1", None)],
    ids=["known area", "less than a cm²", "no area", "nonsense area"],
)
def test_per_cm2(area, expected):
    assert amount_per_cm2_or_none(D(4), D(area)) == expected


@pytest.mark.parametrize(
    ("value", "text"), [("0.50", "0.5"), ("100", "100"), ("1E+2", "100"), ("-0.0", "0"), ("-2.10", "-2.1")]
)
def test_numbers_are_written_as_people_write_them(value, text):
    assert plain_number_text(D(value)) == text
