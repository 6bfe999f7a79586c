"""Plans, prices, quotes and payments change only as told here."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.utils import timezone

from mesoclinic.core.findings import Refused
from tests import factories
from tests.treatments.billing.conftest import ROWS
from tests.treatments.billing.desk import did, pay, refusal, signed_sessions
from treatments.billing.actions.payments import give_refund, void_payment
from treatments.billing.actions.price_lists import publish_price_list
from treatments.billing.actions.quote_drafts import save_discount_on_draft
from treatments.billing.actions.quotes import (
    accept_quote,
    decline_quote,
    issue_quote,
    mark_quotes_and_plans_expired,
    replace_draft_quote,
)
from treatments.billing.models import Payment, Quote
from treatments.billing.queries.payments import plan_balance
from treatments.billing.queries.prices import price_list_in_force_or_none, quotation_priced_for_plan
from treatments.billing.queries.quotes import quotes_waiting_for_answer, quotes_with_number
from treatments.billing.rules.prices import PriceRow
from treatments.plans.actions import stop_plan
from treatments.plans.queries import count_signed_sessions, newest_open_plan_or_none

# --- prices ------------------------------------------------------------------


def test_a_price_list_is_kept_row_by_row(price_list):
    kept = [price.as_price_row() for price in price_list.prices.order_by("pk")]

    assert kept == [replace(row, tax_class="none") for row in ROWS]
    assert did() == ["price_list.published"]


def test_the_list_that_started_last_is_in_force(publish, clinic):
    old, new = publish(), publish(valid_from=date(2026, 6, 1))

    assert price_list_in_force_or_none(clinic, date(2026, 5, 31)) == old
    assert price_list_in_force_or_none(clinic, date(2026, 6, 1)) == new
    assert price_list_in_force_or_none(clinic, date(2019, 12, 31)) is None


def test_a_price_list_starts_on_a_day_of_its_own_and_makes_sense(publish, price_list):
    refusal(publish, "price-list:same-day")
    refusal(
        lambda: publish([], valid_from=date(2026, 1, 1), discount_cap=D(101)),
        "price-list:no-session",
        "price-list:rates",
    )
    refusal(lambda: publish(valid_from=date(2026, 1, 1), cocktail_markup=D(0)), "price-list:markup")


def test_tax_is_written_line_by_line(publish, plan, front_desk):
    """docs/pricing.md example 4: a taxed line beside an untaxed one."""
    publish(
        [PriceRow("session", "Session", D(400), tax_percent=D(20)), PriceRow("cocktail", "Cocktail", D(100))]
    )

    quote = replace_draft_quote(plan=plan, by=front_desk)

    one = quote.options.get(sessions=1)
    assert (one.net, one.tax, one.total) == (D(500), D(80), D(580))
    assert list(one.lines.values_list("net", "tax_rate", "tax")) == [
        (D(400), D(20), D(80)),
        (D(100), D(0), D(0)),
    ]


def test_a_session_outside_the_clinics_usual_price_says_so(plan, publish):
    publish([PriceRow("session", "Session", D(900))])

    quotation = quotation_priced_for_plan(plan, on=timezone.localdate())

    assert [finding.code for finding in quotation.findings] == [
        "price:above-usual:0",
        "price:above-usual:1",
        "price:above-usual:2",
    ]
    assert quotation.findings[0].message == (
        "Single session: $992.00 a session is above the usual $250 to $600. Check the lines."
    )


def test_a_missing_price_is_named_to_the_desk_without_the_product(plan, publish, front_desk):
    publish()
    product = plan.cocktail_version.components.first().product
    product.price_per_ml = None
    product.save()

    message = refusal(lambda: replace_draft_quote(plan=plan, by=front_desk), "price:no-cocktail")

    assert product.name not in message
    assert "adds the price in the catalogue" in message


# --- quotes ------------------------------------------------------------------


def test_a_new_draft_takes_the_place_of_the_old_one(draft, plan, front_desk):
    again = replace_draft_quote(plan=plan, by=front_desk)

    assert list(plan.quotes.all()) == [again]


def test_lines_add_up_to_their_option(draft):
    for option in draft.options.all():
        lines = list(option.lines.all())
        assert sum(x.amount for x in lines) == option.list_total
        assert sum(x.net for x in lines) == option.net
        assert sum(x.tax for x in lines) == option.tax


def test_a_discount_is_given_with_a_reason_up_to_the_cap(draft, front_desk):
    option = draft.options.get(sessions=5)

    def give(rate, reason="Returning patient"):
        return save_discount_on_draft(option=option, rate=D(rate), reason=reason, by=front_desk)

    refusal(lambda: give("26"), "discount:above-cap")
    refusal(lambda: give("20", " "), "reason:missing")
    give("20")

    option.refresh_from_db()
    assert (option.discount_rate, option.discount_reason, option.total) == (
        D(20),
        "Returning patient",
        D(1680),
    )
    assert option.deposit == D(336)
    assert sum(x.net for x in option.lines.all()) == D(1680)


def test_an_issued_quote_takes_no_other_discount(issued, front_desk):
    option = issued.options.first()

    refusal(
        lambda: save_discount_on_draft(option=option, rate=D(5), reason="Late", by=front_desk), "quote:frozen"
    )


def test_an_issued_quote_has_its_number_its_days_and_its_plan(issued, plan, clinic):
    year = timezone.localdate().year
    plan.refresh_from_db()

    assert (issued.number, issued.status) == (f"Q-{year}-0001", "issued")
    assert issued.valid_until == timezone.localdate() + timedelta(days=30)
    assert plan.status == "quoted"
    assert did()[-1] == "quote.issued"


def test_numbers_run_by_clinic(issued, front_desk):
    elsewhere = factories.make_plan()
    publish_price_list(
        clinic=elsewhere.clinic, valid_from=date(2020, 1, 1), currency="EUR", rows=ROWS, by=front_desk
    )
    other = replace_draft_quote(plan=elsewhere, by=front_desk)

    issue_quote(quote=other, by=front_desk)

    assert Quote.objects.get(pk=other.pk).number == issued.number


def test_a_refused_issue_uses_up_no_number(draft, plan, front_desk, publish):
    publish(valid_from=timezone.localdate())
    refusal(lambda: issue_quote(quote=draft, by=front_desk), "quote:old-prices")

    again = replace_draft_quote(plan=plan, by=front_desk)

    assert issue_quote(quote=again, by=front_desk).number.endswith("-0001")


def test_a_newer_quote_supersedes_the_one_that_waits(issued, plan, front_desk):
    newer = replace_draft_quote(plan=plan, by=front_desk)

    newer = issue_quote(quote=newer, by=front_desk)

    issued.refresh_from_db()
    assert (issued.status, newer.number[-4:]) == ("superseded", "0002")
    refusal(
        lambda: accept_quote(quote=issued, option=issued.options.first(), signed_name="Y", by=front_desk),
        "move:quote:accepted",
    )


def test_accepting_moves_the_plan_to_the_option_chosen(accepted, plan):
    plan.refresh_from_db()

    assert (plan.status, plan.sessions_planned, plan.intervals) == ("accepted", 5, [14, 14, 14, 30])
    assert accepted.chosen_option.name == "Start 5"
    assert plan.reason == f"5 chosen in quote {accepted.number}"


def test_accepting_needs_a_signed_name_and_an_option_of_this_quote(
    issued, plan, front_desk, clinic, clinician
):
    other = replace_draft_quote(plan=factories.make_plan(clinic=clinic, by=clinician), by=front_desk)

    def accept(option, name):
        return accept_quote(quote=issued, option=option, signed_name=name, by=front_desk)

    refusal(lambda: accept(issued.options.first(), " "), "signed_name:missing")
    refusal(lambda: accept(other.options.first(), "Yuki Tanaka"), "quote:option")


def test_a_second_answer_is_told_of_the_first(accepted, front_desk):
    option = accepted.options.first()

    message = refusal(
        lambda: accept_quote(quote=accepted, option=option, signed_name="Yuki Tanaka", by=front_desk),
        "quote:answered",
    )

    assert message.startswith("This quote was already accepted, at ")


def test_declining_says_why_and_a_new_quote_opens_the_plan_again(issued, plan, front_desk):
    refusal(lambda: decline_quote(quote=issued, reason="", by=front_desk), "reason:missing")
    decline_quote(quote=issued, reason="Too dear", by=front_desk)
    plan.refresh_from_db()
    assert plan.status == "declined"

    again = replace_draft_quote(plan=plan, by=front_desk)
    issue_quote(quote=again, by=front_desk)

    plan.refresh_from_db()
    assert plan.status == "quoted"


def past_its_day(quote):
    """As if issued long ago: the row is frozen, so the clock of the database is turned instead."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_quote DISABLE TRIGGER USER")
        cursor.execute("UPDATE billing_quote SET valid_until = current_date - 1 WHERE id = %s", [quote.pk])
        cursor.execute("ALTER TABLE billing_quote ENABLE TRIGGER USER")
    quote.refresh_from_db()


def test_a_quote_past_its_last_day_is_expired_before_anybody_marks_it(issued, front_desk):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    past_its_day(issued)

    assert issued.status_on(timezone.localdate()) == "expired"
    refusal(
        lambda: accept_quote(quote=issued, option=issued.options.first(), signed_name="Y", by=front_desk),
        "quote:expired",
    )


def test_expire_quotes_marks_what_is_past_and_nothing_else(issued, plan, front_desk, clinic, clinician):
    waits = issue_quote(
        quote=replace_draft_quote(plan=factories.make_plan(clinic=clinic, by=clinician), by=front_desk),
        by=front_desk,
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    past_its_day(issued)

    assert mark_quotes_and_plans_expired() == 1

    for row in (issued, waits, plan):
        row.refresh_from_db()
    assert (issued.status, waits.status, plan.status) == ("expired", "issued", "expired")
    assert mark_quotes_and_plans_expired() == 0


# --- payments ----------------------------------------------------------------


def test_a_balance_is_what_was_agreed_less_what_was_paid(accepted, plan, front_desk):
    pay(plan, front_desk, "378.00", "deposit")
    pay(plan, front_desk, "500.50")

    money = plan_balance(plan)
    assert (money.currency, money.price) == ("USD", D(1890))
    assert (money.paid, money.owed) == (D("878.50"), D("1011.50"))
    assert did()[-1] == "payment.taken"


@pytest.mark.parametrize("amount", ["0", "-5", "1890.01", "0.001", "1000001"])
def test_an_absurd_payment_is_refused(accepted, plan, front_desk, amount):
    with pytest.raises(Refused):
        pay(plan, front_desk, amount)

    assert not Payment.objects.exists()


def test_nothing_is_paid_before_anything_is_agreed(issued, plan, front_desk):
    refusal(lambda: pay(plan, front_desk, "10"), "payment:not-agreed")


def test_a_refund_never_exceeds_what_was_paid(accepted, plan, front_desk):
    pay(plan, front_desk, "300")

    def back(amount, reason="Moves abroad"):
        return give_refund(plan=plan, amount=D(amount), method="cash", reason=reason, by=front_desk)

    refusal(lambda: back("300.01"), "refund")
    refusal(lambda: back("10", ""), "reason:missing")
    refusal(lambda: back("10.005"), "payment:decimals")
    assert back("300").amount == D(-300)
    refusal(lambda: back("0.01"), "refund")
    assert plan_balance(plan).paid == 0


def test_a_mistake_is_voided_once_by_its_opposite(accepted, plan, front_desk):
    payment = pay(plan, front_desk, "300")

    def void(which=payment, reason="Wrong patient"):
        return void_payment(payment=which, reason=reason, by=front_desk)

    refusal(lambda: void(reason=""), "reason:missing")
    opposite = void()

    assert (opposite.amount, opposite.voids) == (D(-300), payment)
    refusal(void, "void:again")
    refusal(lambda: void(opposite), "void:void")
    assert plan_balance(plan).owed == D(1890)


def test_money_given_back_is_not_voided_too(accepted, plan, front_desk):
    payment = pay(plan, front_desk, "300")
    give_refund(plan=plan, amount=D(300), method="cash", reason="Moves", by=front_desk)

    refusal(lambda: void_payment(payment=payment, reason="Wrong", by=front_desk), "void:refunded")


def test_a_stopped_course_costs_the_sessions_used(accepted, plan, clinician, front_desk):
    signed_sessions(plan, 2)
    pay(plan, front_desk, "378")

    stop_plan(plan=plan, reason="Moves abroad", by=clinician)

    assert count_signed_sessions(plan) == 2
    assert plan_balance(plan).owed == D("378.00")


# --- for others --------------------------------------------------------------


def test_the_open_plan_is_the_newest_that_is_not_over(plan, patient, clinic, clinician):
    assert newest_open_plan_or_none(patient) == plan

    stop_plan(plan=plan, reason="Pregnant", by=clinician)

    assert newest_open_plan_or_none(patient) is None


def test_quotes_waiting_end_soonest_first(issued, clinic, count_queries):
    with count_queries() as asked:
        found = quotes_waiting_for_answer(clinic, 5, on=timezone.localdate())

    assert [(q.pk, q.total) for q in found] == [(issued.pk, D(2856))]
    assert len(asked) == 1
    later = timezone.localdate() + timedelta(days=31)
    assert quotes_waiting_for_answer(clinic, 5, on=later) == []


@pytest.mark.parametrize("typed", ["{number}", "{lower}", " q {year} 1 ", "{year}-1", "{year}-0001"])
def test_a_quote_is_found_by_its_number(issued, typed):
    year = timezone.localdate().year
    text = typed.format(number=issued.number, lower=issued.number.lower(), year=year)

    assert list(quotes_with_number(text)) == [issued]


@pytest.mark.parametrize("typed", ["", "Tanaka", "2026", "Q-1999-0001", "0001"])
def test_what_is_no_number_finds_no_quote(issued, typed):
    assert list(quotes_with_number(typed)) == []


def test_a_balance_is_four_queries(accepted, plan, count_queries):
    with count_queries() as asked:
        plan_balance(plan)

    assert len(asked) == 4
