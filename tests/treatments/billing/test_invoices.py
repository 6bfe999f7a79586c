"""Charging without a plan: numbers without gaps, credit notes, write-offs, goodwill; and who goes around the application."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests import factories
from tests.treatments.billing.desk import did, refusal
from tests.treatments.billing.test_quote_drafts import at_once
from treatments.billing.actions.invoices import (
    PaidNow,
    create_invoice_and_take_payment,
    credit_invoice,
    record_write_off,
)
from treatments.billing.actions.payments import give_refund, take_payment, void_payment
from treatments.billing.models import Allowance, CreditNote, Invoice, Paper, Payment, PlanSettings, Receipt
from treatments.billing.queries.documents import content_as_pdf, sha256_of_pdf
from treatments.billing.queries.invoices import invoice_balance
from treatments.billing.queries.payments import plan_balance
from treatments.billing.rules.invoices import ChargedLine

CONSULTATION = ChargedLine("consultation", "Consultation", 1, D(120), detail="today, 9:15")
PHOTOS = ChargedLine("extra", "Photo set, printed", 1, D(45), "standard", D("8.875"))
MISSED = ChargedLine("no_show", "Missed visit", 1, D(60), source="schedule.appointment:7")


@pytest.fixture
def charge(clinic, patient, front_desk):
    def charging(*lines, paid=None, **more):
        return create_invoice_and_take_payment(
            patient=patient,
            clinic=clinic,
            price_list=None,
            lines=lines or [CONSULTATION, PHOTOS],
            by=front_desk,
            paid=paid,
            **more,
        )

    return charging


@pytest.fixture
def invoice(charge):
    """120.00, and 45.00 with 3.99 of tax: 168.99."""
    return charge()


def owed(invoice):
    return invoice_balance(invoice).owed


def around(sql, *values, match):
    """The database says no to whoever goes around the application."""

    def write():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match=match):
        write()


# --- an invoice ----------------------------------------------------------------


def test_an_invoice_says_who_sold_what_at_which_tax(clinic, charge, front_desk):
    PlanSettings.objects.create(
        clinic=clinic, address="210 W 21st St\nNew York", phone="+1 212 555 0100", tax_number="00-0000000"
    )

    invoice = charge(paid=PaidNow("card", D("168.99"), "Slip 4417"))

    year = timezone.localdate(timezone=clinic.zone).year
    content = invoice.paper.content
    assert invoice.number == f"I-{year}-0001"
    assert content["title"] == f"Invoice {invoice.number}"
    assert content["seller"] == [
        "210 W 21st St",
        "New York",
        "Telephone +1 212 555 0100",
        "Tax no. 00-0000000",
    ]
    assert [(row["label"], row["amount"]) for row in content["lines"]] == [
        ("Consultation", "$120.00"),
        ("Photo set, printed", "$45.00"),
    ]
    receipt = Receipt.objects.get()
    assert [(row["label"], row["amount"]) for row in content["sums"]] == [
        ("Before tax", "$165.00"),
        ("No tax, on $120.00", "$0.00"),
        ("Tax 8.875\N{NO-BREAK SPACE}% on $45.00", "$3.99"),
        ("Total", "$168.99"),
        (f"Paid: Card terminal, {receipt.number}", "−$168.99"),
        ("To pay", "$0.00"),
    ]
    assert owed(invoice) == 0
    assert did()[-2:] == ["payment.taken", "invoice.issued"]


def test_an_invoice_that_is_not_paid_at_once_has_its_last_day(clinic, invoice):
    today = timezone.localdate(timezone=clinic.zone)
    assert invoice.due_on == today + timedelta(days=14)
    assert invoice.paper.content["due"].startswith("To pay by")
    assert owed(invoice) == D("168.99")


def test_prices_that_hold_their_tax_come_to_what_they_say(clinic, charge):
    clinic.currency = "EUR"
    clinic.save()
    PlanSettings.objects.create(clinic=clinic, prices_include_tax=True)

    invoice = charge(ChargedLine("consultation", "Consultation", 1, D(400), "standard", D(20)))

    assert (invoice.total, invoice.net, invoice.tax) == (D(400), D("333.33"), D("66.67"))
    sums = [(row["label"], row["amount"]) for row in invoice.paper.content["sums"]]
    assert sums == [("Total", "€400.00"), ("Of it tax, 20\N{NO-BREAK SPACE}% on €333.33", "€66.67")]


def test_what_the_button_did_not_say_is_not_charged(charge):
    refusal(lambda: charge(shown_total=D("168.00")), "charge:moved")
    assert not Invoice.objects.exists()


def test_a_missed_visit_is_charged_once(charge):
    charge(MISSED)

    refusal(lambda: charge(MISSED), "charge:again")
    around(
        "INSERT INTO billing_invoiceline (invoice_id, position, kind, label, detail, quantity, unit_amount, amount,"
        " net, tax_class, tax_rate, tax, source) SELECT invoice_id, 1, kind, label, detail, 1, 0, 0, 0, 'none', 0, 0,"
        " source FROM billing_invoiceline",
        match="what_is_charged_for_is_charged_once",
    )


def test_a_refused_charge_uses_up_no_number(charge):
    refusal(lambda: charge(paid=PaidNow("card", D(500))), "payment:amount")

    assert charge().number.endswith("-0001")


@pytest.mark.django_db(transaction=True)
def test_invoices_issued_at_once_have_no_gaps(charge):
    at_once([charge] * 6)

    assert sorted(Invoice.objects.values_list("count", flat=True)) == [1, 2, 3, 4, 5, 6]


INSERT_INVOICE = (
    "INSERT INTO billing_invoice (clinic_id, patient_id, year, count, number, currency, tax_included, line_count, net,"
    " tax, total, due_on, issued_at, issued_by_id) SELECT clinic_id, patient_id, {year}, {count}, {number}, currency,"
    " false, {lines}, {net}, 0, {net}, due_on, issued_at, issued_by_id FROM billing_invoice"
)


@pytest.mark.parametrize(
    ("year", "count", "number", "match"),
    [
        ("year", "3", "'I-' || year || '-0003'", "without gaps"),
        ("year", "1", "'I-' || year || '-0001'", "without gaps"),
        ("year", "2", "'I-' || year || '-0007'", "without gaps"),
        ("year - 1", "1", "'I-' || (year - 1) || '-0001'", "without gaps"),
        ("year", "2", "'I-' || year || '-0002'", "sum to it"),
    ],
)
def test_the_database_numbers_invoices_without_gaps_and_sums_them(invoice, year, count, number, match):
    around(INSERT_INVOICE.format(year=year, count=count, number=number, lines=1, net=5), match=match)


@pytest.mark.parametrize(
    ("sql", "match"),
    [
        ("UPDATE billing_invoice SET total = total, number = 'I-1'", "append-only"),
        ("DELETE FROM billing_invoice", "append-only"),
        ("UPDATE billing_invoiceline SET label = 'x'", "append-only"),
        ("DELETE FROM billing_invoiceline", "append-only"),
        ("UPDATE billing_paper SET sha256 = repeat('0', 64)", "append-only"),
        ("DELETE FROM billing_paper", "append-only"),
        (
            "INSERT INTO billing_invoiceline (invoice_id, position, kind, label, detail, quantity, unit_amount, amount,"
            " net, tax_class, tax_rate, tax, source) SELECT id, 9, 'extra', 'x', '', 1, 0, 0, 0, 'none', 0, 0, ''"
            " FROM billing_invoice",
            "sum to it",
        ),
        (
            "INSERT INTO billing_invoiceline (invoice_id, position, kind, label, detail, quantity, unit_amount, amount,"
            " net, tax_class, tax_rate, tax, source) SELECT id, 9, 'extra', 'x', '', 2, 3, 5, 5, 'none', 0, 0, ''"
            " FROM billing_invoice",
            "invoice_line_multiplies",
        ),
    ],
)
def test_an_issued_invoice_stays_as_it_is(invoice, sql, match):
    around(sql, match=match)


@pytest.mark.parametrize(("currency", "amount"), [("USD", "1.005"), ("JPY", "1.5"), ("EUR", "0.001")])
def test_the_database_keeps_money_in_the_decimals_of_its_currency(invoice, front_desk, currency, amount):
    around(
        "INSERT INTO billing_payment (invoice_id, patient_id, kind, method, amount, currency, reason, by_id)"
        " SELECT id, patient_id, 'payment', 'cash', %s, %s, '', %s FROM billing_invoice",
        amount,
        currency,
        front_desk.pk,
        match="payment_has_the_decimals_of_its_currency",
    )


def test_three_decimals_are_kept_where_the_currency_has_three(clinic, charge, front_desk):
    clinic.currency = "KWD"
    clinic.save()
    invoice = charge(ChargedLine("extra", "Copy of records", 1, D("1.005")))

    take_payment(invoice=invoice, method="cash", amount=D("1.005"), by=front_desk)

    assert owed(invoice) == 0


# --- a credit note ---------------------------------------------------------------


def test_a_credit_note_takes_a_line_back_with_its_tax(invoice, front_desk):
    photos = invoice.lines.get(kind="extra")

    first = credit_invoice(
        invoice=invoice, amounts={photos.pk: D(20)}, reason="Two views missing", by=front_desk
    )
    rest = credit_invoice(invoice=invoice, amounts={photos.pk: D("28.99")}, reason="All of it", by=front_desk)

    assert [first.number[-4:], rest.number[-4:]] == ["0001", "0002"]
    assert (first.net + rest.net, first.tax + rest.tax) == (D(45), D("3.99"))
    assert first.paper.content["about"] == f"For invoice {invoice.number}"
    assert first.paper.content["note"] == "Why: Two views missing"
    assert first.paper.content["sums"][-1] == {"label": "Credited", "amount": "−$20.00", "strong": True}
    assert owed(invoice) == D(120)
    refusal(
        lambda: credit_invoice(invoice=invoice, amounts={photos.pk: D(1)}, reason="Again", by=front_desk),
        "credit:amount",
    )


def test_what_is_credited_after_it_was_paid_goes_back(charge, front_desk):
    invoice = charge(paid=PaidNow("cash", D("168.99")))
    line = invoice.lines.get(kind="consultation")

    credit_invoice(invoice=invoice, amounts={line.pk: D(120)}, reason="Came in vain", by=front_desk)
    assert owed(invoice) == -120
    give_refund(invoice=invoice, amount=D(120), method="cash", reason="Came in vain", by=front_desk)

    assert owed(invoice) == 0


def test_a_credit_note_says_why_and_what(invoice, front_desk):
    line = invoice.lines.first()
    refusal(
        lambda: credit_invoice(invoice=invoice, amounts={line.pk: D(1)}, reason=" ", by=front_desk),
        "reason:missing",
    )
    refusal(
        lambda: credit_invoice(invoice=invoice, amounts={}, reason="Why", by=front_desk), "credit:nothing"
    )


@pytest.mark.django_db(transaction=True)
def test_two_desks_that_credit_the_same_line_credit_it_once(invoice, front_desk):
    line = invoice.lines.get(kind="consultation")

    def credit():
        return credit_invoice(invoice=invoice, amounts={line.pk: D(100)}, reason="Twice", by=front_desk)

    at_once([credit, credit])

    assert [note.total for note in CreditNote.objects.all()] == [D(100)]


def test_the_database_credits_no_more_than_was_charged(invoice, front_desk):
    line = invoice.lines.get(kind="consultation")
    credit_invoice(invoice=invoice, amounts={line.pk: D(100)}, reason="Most of it", by=front_desk)

    note = (
        "WITH note AS (INSERT INTO billing_creditnote (clinic_id, invoice_id, year, count, number, currency, reason,"
        " line_count, net, tax, total, issued_at, issued_by_id) SELECT clinic_id, invoice_id, year, 2,"
        " 'C-' || year || '-0002', currency, 'x', 1, 21, 0, 21, issued_at, issued_by_id FROM billing_creditnote"
        " RETURNING id) INSERT INTO billing_creditnoteline (credit_note_id, invoice_line_id, net, tax)"
        " SELECT id, %s, {net}, 0 FROM note"
    )
    around(note.format(net=21), line.pk, match="No more is credited than was charged")
    around(note.format(net=20), line.pk, match="sum to it")
    around("UPDATE billing_creditnote SET reason = 'y'", match="append-only")
    around("DELETE FROM billing_creditnoteline", match="append-only")


# --- write-off and goodwill --------------------------------------------------------


def test_what_is_written_off_is_not_asked_for_any_more(invoice, front_desk):
    record_write_off(invoice=invoice, amount=D("68.99"), reason="Moved away", by=front_desk)

    assert owed(invoice) == 100
    refusal(
        lambda: record_write_off(invoice=invoice, amount=D(101), reason="Moved away", by=front_desk),
        "write-off:amount",
    )
    refusal(
        lambda: record_write_off(invoice=invoice, amount=D(1), reason="", by=front_desk), "reason:missing"
    )
    refusal(
        lambda: take_payment(invoice=invoice, method="cash", amount=D(101), by=front_desk), "payment:amount"
    )


def test_a_plan_is_written_off_too(accepted, front_desk):
    take_payment(plan=accepted.plan, method="card", amount=D(1500), by=front_desk)

    record_write_off(plan=accepted.plan, amount=D(390), reason="Hardship", by=front_desk)

    money = plan_balance(accepted.plan)
    assert (money.owed, money.written_off, money.package.paid_for) == (D(0), D(390), 5)


def test_goodwill_is_given_back_without_raising_what_is_owed(accepted, front_desk):
    take_payment(plan=accepted.plan, method="card", amount=D(1000), by=front_desk)
    before = plan_balance(accepted.plan)

    refund = give_refund(
        plan=accepted.plan,
        amount=D(50),
        method="cash",
        reason="Waited an hour",
        by=front_desk,
        agreed_by="Dr Kaya",
        goodwill=True,
    )

    after = plan_balance(accepted.plan)
    assert (after.owed, after.paid, after.goodwill) == (before.owed, D(950), D(50))
    assert after.package == before.package
    void_payment(payment=refund, reason="Typed for somebody else", by=front_desk)
    assert plan_balance(accepted.plan) == before


def test_goodwill_says_who_agreed(accepted, front_desk):
    take_payment(plan=accepted.plan, method="card", amount=D(1000), by=front_desk)

    said = refusal(
        lambda: give_refund(
            plan=accepted.plan, amount=D(5), method="cash", reason="Kind", by=front_desk, goodwill=True
        ),
        "refund:above-policy",
    )
    assert said == "Goodwill is given by somebody. Say who agreed to it."


def test_a_refund_that_is_no_goodwill_is_owed_again(accepted, front_desk):
    take_payment(plan=accepted.plan, method="card", amount=D(1000), by=front_desk)

    give_refund(
        plan=accepted.plan,
        amount=D(50),
        method="cash",
        reason="Card slip wrong",
        by=front_desk,
        agreed_by="AB",
    )

    assert plan_balance(accepted.plan).owed == D(1890) - 950


@pytest.mark.parametrize(
    ("kind", "amount", "reason", "payment", "match"),
    [
        ("goodwill", 49, "why", True, "as much as its refund"),
        ("goodwill", 50, "why", False, "as much as its refund"),
        ("write_off", 50, "why", True, "goodwill_goes_with_its_refund"),
        ("write_off", 0, "why", False, "allowance_says_how_much_and_why"),
        ("write_off", 5, "", False, "allowance_says_how_much_and_why"),
    ],
)
def test_the_database_lets_nothing_be_written_off_in_passing(
    accepted, front_desk, kind, amount, reason, payment, match
):
    take_payment(plan=accepted.plan, method="card", amount=D(1000), by=front_desk)
    refund = give_refund(
        plan=accepted.plan, amount=D(50), method="cash", reason="x", by=front_desk, agreed_by="Dr Kaya"
    )

    around(
        "INSERT INTO billing_allowance (clinic_id, plan_id, kind, amount, currency, reason, payment_id, by_id)"
        " VALUES (%s, %s, %s, %s, 'USD', %s, %s, %s)",
        accepted.clinic_id,
        accepted.plan_id,
        kind,
        amount,
        reason,
        refund.pk if payment else None,
        front_desk.pk,
        match=match,
    )
    around("UPDATE billing_payment SET amount = 1", match="append-only")
    assert not Allowance.objects.exists()


def test_an_allowance_stays(invoice, front_desk):
    record_write_off(invoice=invoice, amount=D(1), reason="Rounding", by=front_desk)

    around("UPDATE billing_allowance SET amount = 2", match="append-only")
    around("DELETE FROM billing_allowance", match="append-only")


# --- payments of an invoice ---------------------------------------------------------


def test_money_is_for_one_thing_and_its_patient(invoice, plan, front_desk):
    other = factories.PatientFactory()
    sql = (
        "INSERT INTO billing_payment (invoice_id, plan_id, patient_id, kind, method, amount, currency, reason, by_id)"
        " VALUES (%s, %s, %s, 'payment', 'cash', 5, 'USD', '', %s)"
    )
    around(sql, None, plan.pk, other.pk, front_desk.pk, match="patient of its plan or invoice")
    around(
        sql, invoice.pk, plan.pk, plan.patient_id, front_desk.pk, match="payment_is_for_a_plan_or_an_invoice"
    )


def test_a_void_is_the_opposite_of_what_it_voids(invoice, front_desk):
    payment = take_payment(invoice=invoice, method="cash", amount=D(100), by=front_desk)

    around(
        "INSERT INTO billing_payment (invoice_id, patient_id, kind, method, amount, currency, reason, voids_id, by_id)"
        " SELECT invoice_id, patient_id, 'void', method, -99, currency, 'x', id, by_id FROM billing_payment"
        " WHERE id = %s",
        payment.pk,
        match="opposite of what it voids",
    )


def test_an_invoice_takes_no_more_than_is_owed(invoice, front_desk):
    take_payment(invoice=invoice, method="cash", amount=D(100), by=front_desk)

    refusal(
        lambda: take_payment(invoice=invoice, method="cash", amount=D(69), by=front_desk), "payment:amount"
    )
    assert Payment.objects.get().patient == invoice.patient


def test_a_paper_prints_the_same_bytes_for_ever(charge, patient, front_desk):
    invoice = charge(paid=PaidNow("card", D(100)))
    patient.family_name = "Ito"
    patient.save()

    for paper in Paper.objects.all():
        assert paper.content["patient"] == "Yuki Tanaka"
        assert sha256_of_pdf(content_as_pdf(paper.content)) == paper.sha256
    assert {paper.invoice_id for paper in Paper.objects.all()} == {invoice.pk, None}
