"""What a quote costs: every worked example of docs/pricing.md, to the cent."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.quantities import currency_digits
from treatments.billing.rules.quotes import (
    UnpricedLine,
    capped_discount_note_or_none,
    check_option_figures_possible,
    check_price_is_usual,
    price_option,
)


def line(unit, quantity=1, tax=0, percent=0, less=0, label="Session"):
    return UnpricedLine(label, D(quantity), D(unit), D(tax), D(percent), D(less))


def priced(*lines, package=0, coupon=0, cap=None, **more):
    discounts = [D(p) for p in package] if isinstance(package, list) else D(package)
    return price_option(
        lines, package_discount=discounts, coupon=D(coupon), cap=None if cap is None else D(cap), **more
    )


def summed(option):
    return [str(a) for a in (option.discount, option.net, option.tax, option.total)]


@pytest.mark.parametrize(
    ("unit", "sessions", "total"),
    [(250, 5, "1250.00"), (600, 5, "3000.00"), (250, 10, "2500.00"), (600, 10, "6000.00")],
)
def test_example_1_seed_extremes(unit, sessions, total):
    assert priced(line(unit, sessions)).total == D(total)


def test_example_2_package_with_tax():
    option = priced(line(400, 10, tax=20), package=15, sessions=10)

    assert summed(option) == ["600.00", "3400.00", "680.00", "4080.00"]
    assert option.list_total == D("4000.00")
    assert option.per_session == D("340.00")


def test_example_3_by_area_and_ingredient():
    lines = [
        line(200, tax="8.25", label="Base"),
        line(1, 70, tax="8.25", label="Frontal"),
        line(1, 80, tax="8.25", label="Crown"),
        line(60, tax="8.25", label="Dutasteride"),
        line(40, tax="8.25", label="Hyaluronic acid"),
    ]

    # The example rounds the tax of the whole; once per line, these five come to the same.
    option = priced(*lines, coupon=50)

    assert option.list_total == D("450.00")
    assert summed(option) == ["50.00", "400.00", "33.00", "433.00"]
    assert option.coupon == D("50.00")


def test_example_3_as_one_line():
    option = priced(line(450, tax="8.25"), coupon=50)

    assert summed(option) == ["50.00", "400.00", "33.00", "433.00"]


def test_example_4_mixed_tax_lines():
    option = priced(line(100, label="Consultation"), line(400, tax=20))

    assert summed(option) == ["0.00", "500.00", "80.00", "580.00"]


def test_example_5_coupon_across_mixed_tax():
    option = priced(line(100, label="Consultation"), line(400, tax=20), coupon=50)

    assert [p.net for p in option.lines] == [D("90.00"), D("360.00")]
    assert [p.amount - p.net for p in option.lines] == [D("10.00"), D("40.00")]
    assert summed(option) == ["50.00", "450.00", "72.00", "522.00"]


def test_example_6_price_of_the_package():
    # What comes back of it is in test_rules
    assert priced(line(350, 6), package=10).total == D("1890.00")


def test_example_8_rare_insurance_share():
    option = priced(line(400), insurance=D(20))

    assert (option.insurer, option.patient) == (D("80.00"), D("320.00"))
    assert priced(line(400)).insurer == D(0)


@pytest.mark.parametrize(
    ("cap", "total", "capped"),
    [
        pytest.param(None, "360.00", False, id="no cap: 28 % off"),
        pytest.param("25", "375.00", True, id="capped at 25 %"),
        pytest.param("28", "360.00", False, id="exactly the cap"),
        pytest.param("0", "500.00", True, id="no discounts here"),
    ],
)
def test_example_9_discount_cap(cap, total, capped):
    option = priced(line(500), package=[20, 10], cap=cap)

    assert (option.total, option.capped) == (D(total), capped)


def test_example_10_buy_ten_pay_nine():
    option = priced(line(300, 10), package=10, sessions=10)

    assert (option.list_total, option.total, option.per_session) == (D("3000.00"), D("2700.00"), D("270.00"))


def test_the_quote_of_the_picture():
    # design/quote.png: Start 5
    option = priced(
        line(320, 5, label="Session, medium area"),
        line(92, 5, label="Cocktail"),
        line(8, 5, label="Single-use kit"),
        package=10,
        sessions=5,
    )

    assert [p.amount for p in option.lines] == [D("1600"), D("460"), D("40")]
    assert summed(option) == ["210.00", "1890.00", "0.00", "1890.00"]
    assert option.per_session == D("378.00")


@pytest.mark.fault("F56")
def test_a_line_is_rounded_once_after_tax():
    # 0.99 × ½ = 0.495, × 1.2 = 0.594: rounding the net first would give 0.60
    option = priced(line("0.99", tax=20), package=50)

    assert summed(option) == ["0.50", "0.49", "0.10", "0.59"]


def test_line_discounts_come_first_percent_then_amount():
    option = priced(line(100, percent=10, less=5), line(100), package=10)

    assert [p.net for p in option.lines] == [D("76.50"), D("90.00")]


def test_a_line_discount_never_makes_a_line_negative():
    assert priced(line(10, less=50), line(10)).total == D("10.00")


def test_a_coupon_comes_after_the_package_and_takes_no_more_than_there_is():
    assert priced(line(100), package=10, coupon=40).total == D("50.00")
    assert summed(priced(line(100, tax=20), package=10, coupon=500)) == ["100.00", "0.00", "0.00", "0.00"]
    assert priced(line(100), package=10, coupon=500).coupon == D("90.00")


def test_yen_have_no_cents_and_dinars_have_mills():
    assert priced(line(999, tax=8), package=10, currency="JPY").total == D(971)
    assert str(priced(line("1.0005"), currency="KWD").total) == "1.001"


@pytest.mark.parametrize(
    ("lines", "package", "coupon", "codes"),
    [
        pytest.param([], 0, 0, ["option:empty"], id="no line"),
        pytest.param([line(1, 0)], 0, 0, ["line-quantity:0"], id="none of it"),
        pytest.param([line(1, -1)], 0, 0, ["line-quantity:0"], id="less than none"),
        pytest.param([line(1, 1000)], 0, 0, [], id="a thousand"),
        pytest.param([line(1, 1001)], 0, 0, ["line-quantity:0"], id="absurdly many"),
        pytest.param([line(1), line(-1)], 0, 0, ["line-price:1"], id="a negative price"),
        pytest.param([line(1_000_000)], 0, 0, [], id="a million"),
        pytest.param([line(1_000_001)], 0, 0, ["line-price:0"], id="an absurd price"),
        pytest.param([line(0, tax=100, percent=100)], 100, 0, [], id="all the edges"),
        pytest.param([line(1, percent=101)], 0, 0, ["line-discount:0"], id="over 100 %"),
        pytest.param([line(1, percent=-1)], 0, 0, ["line-discount:0"], id="under 0 %"),
        pytest.param([line(1, less=-1)], 0, 0, ["line-discount:0"], id="a surcharge"),
        pytest.param([line(1, tax=101)], 0, 0, ["line-tax:0"], id="tax over 100 %"),
        pytest.param([line(1, tax=-1)], 0, 0, ["line-tax:0"], id="tax under 0 %"),
        pytest.param([line(1)], 101, 0, ["package-discount"], id="package over 100 %"),
        pytest.param([line(1)], -1, 0, ["package-discount"], id="package under 0 %"),
        pytest.param([line(1)], 0, -1, ["coupon"], id="a coupon that costs"),
    ],
)
def test_figures_no_quote_can_hold(lines, package, coupon, codes):
    found = check_option_figures_possible(lines, package_discount=D(package), coupon=D(coupon))

    assert [f.code for f in found] == codes
    assert all(f.fixed for f in found)
    if codes:
        with pytest.raises(ValueError, match="Correct|Add"):
            priced(*lines, package=package, coupon=coupon)


def test_a_wrong_figure_points_at_its_line():
    (finding,) = check_option_figures_possible([line(1), line(1, tax=-1, label="Kit")])

    assert (finding.where, finding.message) == (
        "lines-1",
        "Kit: a tax rate is between 0 and 100 %. Correct it.",
    )


currencies = st.sampled_from(["USD", "JPY", "KWD"])
percents = st.decimals(min_value=0, max_value=100, places=2)
lines_ = st.lists(
    st.builds(
        UnpricedLine,
        label=st.just("x"),
        quantity=st.decimals(min_value="0.01", max_value=50, places=2),
        unit=st.decimals(min_value=0, max_value=2000, places=3),
        tax_percent=percents,
        discount_percent=percents,
        discount=st.decimals(min_value=0, max_value=50, places=2),
    ),
    min_size=1,
    max_size=6,
)
options = st.fixed_dictionaries(
    {
        "package_discount": percents | st.lists(percents, max_size=3),
        "coupon": st.decimals(min_value=0, max_value=500, places=2),
        "cap": st.none() | percents,
        "currency": currencies,
        "sessions": st.integers(1, 12),
        "insurance": percents,
    }
)


@pytest.mark.fault("F56")
@given(lines_, options)
def test_lines_sum_to_the_total_whatever_the_discounts_and_currency(lines, how):
    option = price_option(lines, **how)

    assert sum(p.total for p in option.lines) == option.total
    assert sum(p.net for p in option.lines) == option.net
    assert sum(p.tax for p in option.lines) == option.tax
    assert option.net + option.tax == option.total
    assert option.list_total - option.discount == option.net
    assert option.insurer + option.patient == option.total


@pytest.mark.fault("F56")
@given(lines_, options)
def test_nothing_is_negative_and_all_is_whole_units(lines, how):
    option = price_option(lines, **how)

    amounts = [option.coupon, option.per_session, option.insurer, option.patient]
    for part in option.lines:
        amounts += [part.amount, part.net, part.tax, part.total, part.amount - part.net]
    unit = D(1).scaleb(-currency_digits(how["currency"]))
    assert all(amount >= 0 and amount % unit == 0 for amount in amounts)


@given(lines_, options, percents)
def test_a_cap_holds_to_half_a_unit_per_line(lines, how, cap):
    option = price_option(lines, **{**how, "cap": cap})

    unit = D(1).scaleb(-currency_digits(how["currency"]))
    most = option.list_total * cap / 100
    # Net and tax are each rounded, so a line's net is at most a unit off.
    assert option.discount <= most + unit * len(lines)


@given(lines_, options, st.randoms())
def test_the_order_of_lines_changes_no_line_without_a_coupon(lines, how, random):
    shuffled = random.sample(lines, len(lines))
    how = {**how, "coupon": D(0), "cap": None}

    assert price_option(shuffled, **how).total == price_option(lines, **how).total


def test_the_cap_says_what_it_did():
    option = priced(line(500), package=28, cap=25)

    assert capped_discount_note_or_none(option, D(25)).message == (
        "The discounts together exceed 25 %. They were lowered to $125.00: "
        "lower them, or ask an admin for the cap."
    )
    assert option.coupon == D(0)
    assert capped_discount_note_or_none(priced(line(500), package=20, cap=25), D(25)) is None
    assert capped_discount_note_or_none(option, None) is None


@pytest.mark.parametrize(
    ("price", "message"),
    [
        ("249.99", "$249.99 a session is below the usual $250 to $600. Check the lines."),
        ("250", None),
        ("600", None),
        ("600.01", "$600.01 a session is above the usual $250 to $600. Check the lines."),
    ],
)
def test_a_session_outside_the_usual_range_says_so(price, message):
    finding = check_price_is_usual(D(price))

    assert (finding.message if finding else None) == message
    assert finding is None or str(finding.level) == "note"


def test_the_usual_range_is_the_clinics():
    assert check_price_is_usual(D(90), usual=(D(60), D(95)), currency="KWD") is None
    assert check_price_is_usual(D(96), usual=(D(60), D(95))).code == "price:above-usual"
    assert check_price_is_usual(D(59), usual=(D(60), D(95))).code == "price:below-usual"
