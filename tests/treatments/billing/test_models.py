"""What the database refuses, whoever asks: every statement here goes around the application."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from tests import factories
from treatments.billing.actions.payments import take_payment
from treatments.billing.actions.quotes import replace_draft_quote


def run(sql, *params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def refused(sql, *params, match=None):
    with pytest.raises(IntegrityError, match=match):
        run(sql, *params)


@pytest.mark.fault("F56")
@pytest.mark.parametrize(
    "change",
    [
        "number = 'Q-1999-0001'",
        "valid_until = '2099-01-01'",
        "currency = 'EUR'",
        "price_list_id = price_list_id + 1",
        "issued_at = now()",
        "patient_id = patient_id + 1",
    ],
)
def test_an_issued_quote_is_frozen(issued, change):
    refused(f"UPDATE billing_quote SET {change} WHERE id = %s", issued.pk, match="frozen")


def test_an_issued_quote_is_kept(issued):
    refused("DELETE FROM billing_quote WHERE id = %s", issued.pk, match="kept")


@pytest.mark.parametrize(
    "change", ["total = 1, net = 1, list_total = 1, discount = 0, tax = 0", "name = 'Cheap'", "deposit = 0"]
)
def test_an_option_of_an_issued_quote_is_frozen(issued, change):
    option = issued.options.first()

    refused(f"UPDATE billing_quoteoption SET {change} WHERE id = %s", option.pk)


def test_no_option_is_slipped_into_an_issued_quote(issued):
    refused(
        "INSERT INTO billing_quoteoption (quote_id, position, name, sessions, why, discount_rate,"
        " discount_reason, list_total, discount, net, tax, total, deposit)"
        " VALUES (%s, 9, 'x', 1, '', 0, '', 1, 0, 1, 0, 1, 0)",
        issued.pk,
        match="signed",
    )


@pytest.mark.fault("F56")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE billing_quoteline SET amount = 1, quantity = 1, unit_amount = 1 WHERE option_id = %s",
        "DELETE FROM billing_quoteline WHERE option_id = %s",
        "INSERT INTO billing_quoteline (option_id, position, label, why, quantity, unit_amount, amount,"
        " net, tax_rate, tax) VALUES (%s, 9, 'x', '', 1, 1, 1, 1, 0, 0)",
    ],
    ids=["changed", "removed", "added"],
)
def test_the_lines_of_an_issued_quote_are_frozen(issued, sql):
    refused(sql, issued.options.first().pk, match="frozen")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("total = total + 1", "option_adds_up"),
        ("net = net - 1, total = total - 1", "option_adds_up"),
        ("discount = -1, net = list_total + 1, total = list_total + 1", "option_is_not_negative"),
    ],
)
def test_an_option_adds_up(draft, change, constraint):
    option = draft.options.first()

    refused(f"UPDATE billing_quoteoption SET {change} WHERE id = %s", option.pk, match=constraint)


def test_a_line_multiplies(draft):
    line = draft.options.first().lines.first()

    refused(
        "UPDATE billing_quoteline SET amount = amount + 1 WHERE id = %s", line.pk, match="line_multiplies"
    )


def test_a_number_stands_once_in_a_clinic(issued, front_desk, clinic, clinician):
    other = replace_draft_quote(plan=factories.make_plan(clinic=clinic, by=clinician), by=front_desk)

    refused(
        "UPDATE billing_quote SET status = 'issued', number = %s, issued_at = now(), issued_by_id = %s,"
        " valid_until = now() WHERE id = %s",
        issued.number,
        front_desk.pk,
        other.pk,
        match="quote_number_once",
    )


def test_a_quote_is_issued_with_its_number_by_somebody(draft):
    refused(
        "UPDATE billing_quote SET status = 'issued' WHERE id = %s",
        draft.pk,
        match="issued_quote_has_number_by_and_at",
    )


def test_an_accepted_quote_says_which_option(issued):
    refused(
        "UPDATE billing_quote SET status = 'accepted', answered_at = now() WHERE id = %s",
        issued.pk,
        match="accepted_quote_says_which_option",
    )


@pytest.mark.parametrize(
    "sql",
    ["UPDATE billing_payment SET amount = 1 WHERE id = %s", "DELETE FROM billing_payment WHERE id = %s"],
)
def test_the_payment_book_is_append_only(accepted, front_desk, sql):
    payment = take_payment(
        plan=accepted.plan, kind="deposit", method="cash", amount=Decimal(378), by=front_desk
    )

    refused(sql, payment.pk, match="append-only")


@pytest.mark.parametrize(
    ("kind", "amount", "reason", "constraint"),
    [
        ("payment", -5, "", "payment_goes_the_right_way"),
        ("refund", 5, "why", "payment_goes_the_right_way"),
        ("refund", -5, "", "money_back_says_why"),
        ("void", -5, "why", "payment_goes_the_right_way"),
        ("gift", 5, "why", "payment_goes_the_right_way"),
    ],
)
def test_money_goes_the_right_way(plan, front_desk, kind, amount, reason, constraint):
    refused(
        "INSERT INTO billing_payment (plan_id, patient_id, kind, method, amount, currency, reason, by_id)"
        " VALUES (%s, %s, %s, 'cash', %s, 'USD', %s, %s)",
        plan.pk,
        plan.patient_id,
        kind,
        amount,
        reason,
        front_desk.pk,
        match=constraint,
    )


def test_a_plan_is_made_with_a_signed_cocktail(plan):
    unsigned = factories.CocktailVersionFactory()

    refused(
        "UPDATE plans_treatmentplan SET cocktail_version_id = %s WHERE id = %s",
        unsigned.pk,
        plan.pk,
        match="signed cocktail",
    )


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("sessions_planned = 0", "plan_has_sessions"),
        ("sessions_planned = 31", "plan_has_sessions"),
        ("area_cm2 = 0", "plan_has_an_area"),
        ("status = 'dreaming'", "plan_status_is_known"),
    ],
)
def test_a_plan_is_a_plan(plan, change, constraint):
    refused(f"UPDATE plans_treatmentplan SET {change} WHERE id = %s", plan.pk, match=constraint)


def test_two_price_lists_do_not_start_on_one_day(price_list):
    refused(
        "INSERT INTO billing_pricelist (clinic_id, name, currency, valid_from, cocktail_markup,"
        " discount_cap, deposit_rate) VALUES (%s, 'x', 'USD', %s, 1, 25, 20)",
        price_list.clinic_id,
        price_list.valid_from,
        match="one_price_list_starts_on_a_day",
    )


def test_a_price_is_not_negative(price_list):
    refused(
        "UPDATE billing_price SET amount = -1 WHERE price_list_id = %s",
        price_list.pk,
        match="price_is_not_negative",
    )


@pytest.mark.parametrize("table", ["billing_quote", "billing_payment"])
def test_nothing_kept_is_emptied(issued, table):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL mesoclinic.tests_may_truncate = 'off'")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    refused(f"TRUNCATE {table} CASCADE", match="never emptied")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE billing_price SET amount = 1, rate = 99",
        "DELETE FROM billing_price",
        "INSERT INTO billing_price (price_list_id, kind, label, why, technique, treatment, amount, rate, tax_rate)"
        " SELECT id, 'kit', 'x', '', '', '', 1, 0, 0 FROM billing_pricelist",
        "UPDATE billing_pricelist SET discount_cap = 99, deposit_rate = 0",
    ],
    ids=["changed", "removed", "added", "the list's own rates"],
)
def test_a_price_list_that_quotes_came_from_is_frozen(issued, sql):
    refused(sql, match="frozen|signed")


def test_a_price_list_nothing_was_issued_from_may_be_corrected(draft):
    assert run("UPDATE billing_price SET amount = 1 WHERE kind = 'kit'") == 1


@pytest.mark.fault("F56")
def test_a_price_change_alters_nothing_issued(issued):
    before = list(issued.options.values_list("name", "total", "deposit"))

    assert run("UPDATE catalogue_product SET price_per_ml = 1") > 0

    assert list(issued.options.values_list("name", "total", "deposit")) == before
