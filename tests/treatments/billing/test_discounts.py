"""Discounts by hand: in percent or an amount, on top of the package or in its place; and what the papers call them."""

from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.treatments.billing.addresses import url
from tests.treatments.billing.desk import refusal
from treatments.billing.actions.quote_drafts import save_discount_on_draft
from treatments.billing.actions.quotes import issue_quote
from treatments.billing.queries.documents import (
    prefetched_options_of_quote,
    quote_content_to_print,
    quotes_with_lines,
)
from treatments.billing.queries.option_sums import discount_rows
from treatments.billing.rules.quotes import UnpricedLine, price_option

NB = "\N{NO-BREAK SPACE}"


@pytest.fixture
def five(draft):
    """Start 5: 2,100.00, of which the package takes 10 %."""
    return draft.options.get(sessions=5)


@pytest.fixture
def discount(five, front_desk):
    def discounting(**given):
        save_discount_on_draft(option=five, by=front_desk, **({"reason": "Staff"} | given))
        five.refresh_from_db()
        return five

    return discounting


def printed(quote, sessions=5):
    quote = quotes_with_lines().get(pk=quote.pk)
    option = next(each for each in prefetched_options_of_quote(quote) if each.sessions == sessions)
    paper = quote_content_to_print(quote, [option], "en")["options"][0]
    return paper, {row["label"]: row["amount"] for row in paper["sums"]}


def test_an_amount_takes_the_place_of_the_package(discount, draft, front_desk):
    option = discount(amount=D(50))

    assert (option.total, option.discount, option.added_discount) == (D(2050), D(50), D(50))
    (row,) = discount_rows(option)
    assert (row.kind, row.amount, row.reason, row.instead_of) == ("hand", D(50), "Staff", D(10))
    issue_quote(quote=draft, by=front_desk)
    assert printed(draft)[1] == {
        "List price": "$2,100.00",
        "Discount: Staff": "−$50.00",
        "Total": "$2,050.00",
    }


def test_an_amount_comes_on_top_of_the_package(discount, draft, front_desk):
    option = discount(amount=D(50), adds=True)

    assert (option.total, option.package_discount_amount, option.added_discount) == (D(1840), D(210), D(50))
    issue_quote(quote=draft, by=front_desk)
    assert printed(draft)[1] == {
        "List price": "$2,100.00",
        f"Package discount 10{NB}% of $2,100.00": "−$210.00",
        "Discount: Staff": "−$50.00",
        "Total": "$1,840.00",
    }


def test_a_percentage_is_said_as_it_was_typed_and_of_what_it_is(discount, draft, front_desk):
    option = discount(rate=D("7.77"), adds=True)

    assert option.added_discount == D("146.86")  # 7.77 % of 1,890.00, each line rounded once
    issue_quote(quote=draft, by=front_desk)
    paper, sums = printed(draft)
    assert sums[f"Discount 7.77{NB}% of $1,890.00: Staff"] == "−$146.86"
    assert paper["per-session"] == "$348.63"


def test_a_discount_with_a_reason_is_not_called_a_package_discount(discount, draft, front_desk):
    discount(rate=D("7.77"))
    issue_quote(quote=draft, by=front_desk)

    labels = set(printed(draft)[1])

    assert f"Discount 7.77{NB}% of $2,100.00: Staff" in labels
    assert not any("Package" in label for label in labels)


def test_the_screen_says_whether_the_package_stays(as_front_desk, discount, draft):
    discount(rate=D(5))
    assert f"in place of the package’s 10{NB}%" in as_front_desk.get(url("quote", draft.pk)).text
    discount(rate=D(5), adds=True)
    assert "on top of the package" in as_front_desk.get(url("quote", draft.pk)).text


def test_the_package_comes_back_when_it_stays(discount):
    assert discount(rate=D(5)).discount_rate == 5
    assert discount(rate=D(5), adds=True).discount_rate == 10


def test_what_exceeds_the_cap_together_is_refused(discount):
    refusal(lambda: discount(amount=D(400), adds=True), "discount:above-cap")  # 210 + 400 of 2,100 are 29 %
    refusal(lambda: discount(amount=D(526)), "discount:above-cap")
    assert discount(amount=D(525)).total == D(1575)


def test_a_line_has_an_amount_off(discount, five):
    line = five.lines.get(kind="session")

    option = discount(amount=D(100), line=line)

    assert (option.line_discount, option.total) == (D(100), D(1800))


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "rate"),
        ({"rate": "5", "amount": "5"}, "amount"),
        ({"rate": "x"}, "rate"),
        ({"amount": "x"}, "amount"),
    ],
)
def test_the_form_takes_a_percentage_or_an_amount(as_front_desk, draft, five, once, typed, field):
    data = {"reason": "Staff", "once": once(), **typed}

    answer = as_front_desk.post(url("quote_discount", draft.pk, five.pk), data)

    assert answer.status_code == 422
    assert list(answer.context["wrong_form"].errors) == [field]


def test_the_form_reads_a_decimal_comma(as_front_desk, draft, five, clinic, once):
    clinic.amounts = "comma"
    clinic.save()
    data = {"rate": "7,77", "adds": "adds", "reason": "Staff", "once": once()}

    as_front_desk.post(url("quote_discount", draft.pk, five.pk), data)

    five.refresh_from_db()
    assert five.added_rate == D("7.77")
    assert f"7,77{NB}% of 1.890,00{NB}$" in as_front_desk.get(url("quote", draft.pk)).text


def test_the_database_keeps_no_discount_by_hand_without_a_reason(five):
    with pytest.raises(IntegrityError, match="a_discount_by_hand_says_why"), transaction.atomic():
        connection.cursor().execute("UPDATE billing_quoteoption SET added_amount = 5")


def test_nothing_is_ticked_beforehand_and_decline_is_not_beside_accept(as_front_desk, issued):
    text = as_front_desk.get(url("quote", issued.pk)).text

    picks = text.split('class="quote')[1:]
    assert not any("data-pick" in each and "checked" in each.split(">")[0] for each in picks)
    assert 'form="accept"' in text
    assert "checked" not in text.split("quote-options")[1].split("quote-lines")[0]
    accept = text.split('id="accept"')[1].split("</form>")[0]
    assert "Accept Start 5, $1,890.00" in " ".join(accept.split())
    assert "Decline" not in accept
    assert text.index("New quote") < text.index("Decline")


def test_a_session_costs_the_same_on_the_screen_and_on_paper(as_front_desk, issued):
    page = as_front_desk.get(url("quote", issued.pk))

    for option in page.context["options"]:
        paper, _ = printed(issued, option.sessions)
        assert paper["per-session"] == f"${option.per_session:,.2f}"


percents = st.integers(0, 100_000).map(lambda n: D(n) / 1000)


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.integers(0, 10**6), percents, st.booleans()), min_size=1, max_size=5
    ),
    percents,
    percents,
    st.integers(0, 10**6),
    st.integers(0, 10**5),
    st.booleans(),
    st.sampled_from(["USD", "JPY", "KWD"]),
)
def test_every_discount_has_its_part_and_nothing_goes_below_zero(
    rows, package, added, amount, coupon, tax_included, currency
):
    unit = {"USD": D("0.01"), "JPY": D(1), "KWD": D("0.001")}[currency]
    lines = [UnpricedLine("L", D(n), each * unit, tax, in_package=inside) for n, each, tax, inside in rows]

    priced = price_option(
        lines,
        package_discount=package,
        added_percent=added,
        added_amount=amount * unit,
        coupon=coupon * unit,
        currency=currency,
        tax_included=tax_included,
    )

    left = priced.total if tax_included else priced.net
    assert priced.list_total - priced.discount == left >= 0
    assert priced.net + priced.tax == priced.total
    by_package = priced.discount - priced.line_discount - priced.added - priced.coupon
    assert min(by_package, priced.added, priced.coupon, priced.line_discount) >= -unit
    assert package or by_package == 0 or priced.coupon
