"""Instalments, refunds, balance and margin: the rest of docs/pricing.md's worked examples."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.quantities import currency_digits
from treatments.billing.rules.instalments import deposit_amount, split_into_instalments
from treatments.billing.rules.payments import (
    Margin,
    RefundPolicy,
    amount_owed,
    amount_owed_finding,
    check_amount_can_be_refunded,
    margin_after_costs,
    refund_for_unused_sessions,
)


def money(*amounts):
    return [D(amount) for amount in amounts]


def test_example_7_the_first_instalment_takes_the_remainder():
    assert split_into_instalments(D(1000), 3) == money("333.34", "333.33", "333.33")


def test_a_deposit_comes_before_the_instalments():
    deposit = deposit_amount(D("1890"), D(20))

    assert deposit == D("378.00")
    assert split_into_instalments(D("1890"), 2, deposit=deposit) == money("378", "756", "756")
    assert deposit_amount(D("1001"), D("12.5"), "JPY") == D(125)


@pytest.mark.parametrize(
    ("count", "deposit", "why"), [(0, "0", "at least one"), (2, "-1", "part of"), (2, "100.01", "part of")]
)
def test_what_is_no_way_to_pay(count, deposit, why):
    with pytest.raises(ValueError, match=why):
        split_into_instalments(D(100), count, deposit=D(deposit))


units = st.integers(0, 10_000_000)
currencies = st.sampled_from(["USD", "JPY", "KWD"])


def in_currency(count, currency):
    return D(count).scaleb(-currency_digits(currency))


@given(units, st.integers(1, 36), currencies)
def test_instalments_sum_to_the_total_and_differ_by_one_unit_at_most(count, parts, currency):
    total = in_currency(count, currency)

    paid = split_into_instalments(total, parts, currency)

    assert sum(paid) == total
    assert len(paid) == parts
    assert max(paid) - min(paid) <= in_currency(1, currency)
    assert paid == sorted(paid, reverse=True)


@pytest.mark.parametrize(("policy", "back"), [("pro_rata", "1260.00"), ("at_list", "1190.00")])
def test_example_6_refund_of_a_part_used_package(policy, back):
    # 6 × 350.00 less 10 % is 1,890.00 paid; two used
    found = refund_for_unused_sessions(
        RefundPolicy(policy), paid=D("1890"), price=D("1890"), sessions=6, used=2, list_price=D("350")
    )

    assert found == D(back)


@pytest.mark.parametrize(
    ("policy", "paid", "used", "back"),
    [
        pytest.param("pro_rata", "1890", 0, "1890.00", id="A, none used"),
        pytest.param("pro_rata", "1890", 6, "0.00", id="A, all used"),
        pytest.param("pro_rata", "500", 2, "0", id="A, used more than paid"),
        pytest.param("pro_rata", "1000", 2, "370.00", id="A, paid in part"),
        pytest.param("at_list", "1890", 6, "0", id="B, all used at list is more"),
        pytest.param("at_list", "-5", 0, "0", id="B, more given back than paid"),
    ],
)
def test_refunds_at_the_edges(policy, paid, used, back):
    found = refund_for_unused_sessions(
        RefundPolicy(policy), paid=D(paid), price=D("1890"), sessions=6, used=used, list_price=D("350")
    )

    assert found == D(back)


@pytest.mark.parametrize(("sessions", "used"), [(6, 7), (6, -1), (0, 0)])
def test_sessions_used_are_some_of_those_bought(sessions, used):
    with pytest.raises(ValueError, match="some of the sessions bought"):
        refund_for_unused_sessions(
            RefundPolicy.PRO_RATA, paid=D(1), price=D(1), sessions=sessions, used=used, list_price=D(1)
        )


@given(
    st.sampled_from(RefundPolicy),
    units,
    units,
    st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
    units,
    currencies,
)
def test_a_refund_never_exceeds_what_was_paid(policy, paid, price, sessions_used, list_price, currency):
    sessions, used = sessions_used
    paid, price = in_currency(paid, currency), in_currency(price, currency)

    back = refund_for_unused_sessions(
        policy,
        paid=paid,
        price=price,
        sessions=sessions,
        used=used,
        list_price=in_currency(list_price, currency),
        currency=currency,
    )

    assert 0 <= back <= paid


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("100", None),
        ("100.01", "Only $100.00 was paid. Refund that or less."),
        ("0", "A refund is above 0. Type what goes back."),
        ("-1", "A refund is above 0. Type what goes back."),
    ],
)
def test_what_can_be_given_back(amount, message):
    finding = check_amount_can_be_refunded(D(amount), D(100))

    assert (finding.message if finding else None) == message
    assert finding is None or finding.fixed


@pytest.mark.parametrize(
    ("charges", "payments", "owed", "code", "said"),
    [
        ([], [], "0", "balance:paid", "Nothing owing."),
        (["1890"], ["378", "1512"], "0", "balance:paid", "Nothing owing."),
        (["1890", "40"], ["378"], "1552", "balance:owing", "$1,552.00 owing. Ask for it at check-in."),
        (["100"], ["200", "-50"], "-50", "balance:credit", "$50.00 in credit. Use it, or give it back."),
    ],
    ids=["nothing yet", "paid", "owing", "a refund counts against what was paid"],
)
def test_balance(charges, payments, owed, code, said):
    found = amount_owed(money(*charges), money(*payments))
    finding = amount_owed_finding(found)

    assert (found, finding.code, finding.message) == (D(owed), code, said)


def test_example_11_margin():
    assert margin_after_costs(D(400), money(45, 120, 40)) == Margin(D(195), D("48.75"))


@pytest.mark.parametrize(
    ("net", "costs", "expected"),
    [
        ("0", ["5"], Margin(D(-5), None)),
        ("300", ["200.01"], Margin(D("99.99"), D("33.33"))),
        ("100", ["150"], Margin(D(-50), D("-50.00"))),
    ],
    ids=["given away", "rounded", "a loss"],
)
def test_margin_at_the_edges(net, costs, expected):
    assert margin_after_costs(D(net), money(*costs)) == expected
