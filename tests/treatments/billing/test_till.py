"""Two desks at one instalment, two clinics and one plan, and the papers of what was made void."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from mesoclinic.accounts.models import Membership
from tests import factories
from tests.treatments.billing.addresses import url
from tests.treatments.billing.desk import refusal
from tests.treatments.billing.test_quote_drafts import at_once
from treatments.billing.actions.payments import take_payment, void_payment
from treatments.billing.models import Payment, Receipt
from treatments.billing.queries.documents import content_as_pdf
from treatments.billing.queries.papers import content_with_void_stamp
from treatments.billing.queries.payments import replacement_receipt_number_or_empty, void_of_payment_or_none
from treatments.billing.rules.payments import (
    EarlierPayment,
    check_not_taken_a_moment_ago,
    check_replaced_payment_is_free,
    check_till_takes_currency,
    check_voided_at_its_own_till,
)


@pytest.fixture
def pay(accepted, front_desk):
    def paying(amount="480", **more):
        given = {"plan": accepted.plan, "method": "card", "amount": D(amount), "by": front_desk}
        return take_payment(**(given | more))

    return paying


@pytest.fixture
def lisbon(front_desk):
    """Where the desk works too; it holds dollars as well."""
    clinic = factories.ClinicFactory(name="Kaya Lisbon", time_zone="Europe/Lisbon")
    Membership.objects.create(user=front_desk, clinic=clinic, roles=["front_desk"])
    return clinic


# --- two desks ------------------------------------------------------------------


def test_the_same_instalment_within_minutes_is_asked_about(pay):
    first = pay()

    said = refusal(pay, f"payment:again:{first.pk}")

    at = timezone.localtime(first.at, first.plan.clinic.zone)
    assert said == f"S. Dahl took $480.00 a moment ago ({at:%H:%M}, {first.receipt.number}). Take it again?"
    assert pay(again=first.pk).amount == 480
    refusal(lambda: pay(again=first.pk), f"payment:again:{first.pk + 1}")


def test_another_amount_or_a_voided_one_is_not_asked_about(pay, front_desk):
    first = pay()
    pay("481")
    void_payment(payment=first, reason="Wrong patient", by=front_desk)

    assert pay().amount == 480


def test_an_old_payment_is_not_asked_about(pay, monkeypatch):
    pay()
    later = timezone.now() + timedelta(minutes=11)
    monkeypatch.setattr("treatments.billing.actions.payments.timezone.now", lambda: later)

    assert pay().amount == 480


@pytest.mark.django_db(transaction=True)
def test_of_two_desks_that_take_the_same_at_once_one_is_asked(pay):
    at_once([pay, pay])

    assert Payment.objects.count() == 1


def test_the_desk_says_that_it_came_in_again(as_front_desk, accepted, pay, once):
    first = pay()
    address = url("payment_add", accepted.plan_id)
    data = {"kind": "payment", "amount": "480", "method": "card"}

    asked = as_front_desk.post(address, data | {"once": once()})
    again = asked.context["form"]["again"].value()
    taken = as_front_desk.post(address, data | {"once": once(), "again": again})

    assert asked.status_code == 422
    assert "took $480.00 a moment ago" in asked.text
    assert "Take $480.00 again" in asked.text
    assert again == str(first.pk)
    assert taken.status_code == 302
    assert Payment.objects.count() == 2


# --- two clinics ----------------------------------------------------------------


def test_money_belongs_to_the_till_where_it_was_taken(as_front_desk, accepted, pay, clinic, lisbon):
    payment = pay(till=lisbon)

    assert payment.receipt.clinic == lisbon
    assert {"label": "Taken at", "value": "Kaya Lisbon"} in payment.receipt.paper.content["rows"]
    page = as_front_desk.get(url("plan", accepted.plan_id)).text
    assert "in the till of Kaya Lisbon" in page
    assert url("payment_void", payment.pk) not in page


def test_a_receipt_is_voided_at_its_own_till_only(as_front_desk, pay, clinic, lisbon, front_desk, once):
    payment = pay(till=lisbon)

    refused = as_front_desk.post(url("payment_void", payment.pk), {"reason": "Typed twice", "once": once()})

    assert refused.status_code == 422
    assert "is in the till of Kaya Lisbon. It is voided there." in refused.text
    void = void_payment(payment=payment, reason="Typed twice", by=front_desk, till=lisbon)
    assert void.receipt.clinic == lisbon


def test_the_database_voids_at_the_same_till(pay, clinic, lisbon, front_desk):
    payment = pay(till=lisbon)
    void = Payment.objects.create(
        plan=payment.plan,
        patient=payment.patient,
        kind="void",
        method="card",
        amount=-480,
        currency="USD",
        voids=payment,
        reason="x",
        by=front_desk,
    )

    with pytest.raises(IntegrityError, match="voided at the till that took it"), transaction.atomic():
        connection.cursor().execute(
            "INSERT INTO billing_receipt (clinic_id, payment_id, number) VALUES (%s, %s, 'R-1')",
            [clinic.pk, void.pk],
        )


def test_a_till_takes_no_other_clinics_currency(pay, lisbon, clinic):
    lisbon.currency = "EUR"
    lisbon.save()

    said = refusal(lambda: pay(till=lisbon), "payment:currency")
    assert said.endswith(f"the till of Kaya Lisbon holds EUR. Take it at {clinic.name}.")


# --- made void -------------------------------------------------------------------


def test_a_voided_receipt_prints_void_and_the_right_one_and_its_bytes_stay(as_front_desk, pay, front_desk):
    wrong = pay()
    original = as_front_desk.get(url("receipt", wrong.pk)).content
    right = pay("400")
    void_payment(payment=wrong, reason="typed 480 for 400", by=front_desk, replaced_by=right)

    void = void_of_payment_or_none(wrong.pk)
    content = content_with_void_stamp(
        wrong.receipt.paper.content,
        void=void,
        right=replacement_receipt_number_or_empty(void),
        clinic=wrong.receipt.clinic,
    )

    assert content["void"]["stamp"] == "VOID"
    assert content["void"]["lines"][0].endswith("by S. Dahl: typed 480 for 400")
    assert content["void"]["lines"][1:] == [
        f"The right one is {right.receipt.number}.",
        "Not counted in the day.",
    ]
    shown = as_front_desk.get(url("receipt", wrong.pk)).content
    assert shown == content_as_pdf(content) != original
    assert as_front_desk.get(url("receipt", wrong.pk) + "?original=1").content == original


def test_a_payment_that_comes_after_names_the_voided_one(as_front_desk, accepted, pay, front_desk, once):
    wrong = pay()
    void_payment(payment=wrong, reason="wrong amount", by=front_desk)
    form = as_front_desk.get(url("plan", accepted.plan_id)).context["payment_form"]
    assert [value for value, _ in form.fields["replaces"].choices] == ["", str(wrong.pk)]

    data = {"kind": "payment", "amount": "480", "method": "cash", "replaces": wrong.pk, "once": once()}
    assert as_front_desk.post(url("payment_add", accepted.plan_id), data).status_code == 302

    right = Payment.objects.get(replaces=wrong)
    assert replacement_receipt_number_or_empty(void_of_payment_or_none(wrong.pk)) == right.receipt.number
    refusal(lambda: pay(replaces=wrong), "payment:replaces")


def test_the_database_replaces_only_what_was_voided(pay):
    first, second = pay(), pay("5")

    with pytest.raises(IntegrityError, match="Only a voided payment is replaced"), transaction.atomic():
        connection.cursor().execute(
            "INSERT INTO billing_payment (plan_id, patient_id, kind, method, amount, currency, reason, replaces_id, by_id)"
            " SELECT plan_id, patient_id, kind, method, 1, currency, '', id, by_id FROM billing_payment WHERE id = %s",
            [first.pk],
        )
    assert second.pk


def test_the_desk_voids_with_the_right_one_named(as_front_desk, pay, once):
    wrong, right = pay(), pay("400")

    answer = as_front_desk.post(
        url("payment_void", wrong.pk), {"reason": "Typed twice", "replaced_by": right.pk, "once": once()}
    )

    assert answer.status_code == 302
    assert Payment.objects.get(kind="void").replaced_by == right
    assert Receipt.objects.count() == 3


# --- the rules --------------------------------------------------------------------


def test_the_rules_of_the_till_let_pass_what_is_in_order():
    earlier = EarlierPayment(7, "S. Dahl", D(480), timezone.now(), "R-2026-0001")
    assert check_not_taken_a_moment_ago(earlier, confirmed=7, currency="USD") is None
    assert check_till_takes_currency("USD", "USD", till="Lisbon", clinic="New York") is None
    assert check_voided_at_its_own_till(is_own=True, number="R-1", taken_at="Lisbon") is None
    assert check_replaced_payment_is_free(is_voided=True, is_replaced=False) is None
    assert check_replaced_payment_is_free(is_voided=False, is_replaced=False) is not None
