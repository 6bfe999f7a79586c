"""Receipts without gaps, refunds by the contract, the day's close and the bookkeeper's file."""

import csv
import io
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.models import AuditEvent, PreparedFile
from tests import factories
from tests.treatments.billing.addresses import url
from tests.treatments.billing.desk import signed_sessions
from tests.treatments.billing.test_quote_drafts import at_once, refusal
from treatments.billing.actions.day_close import close_day
from treatments.billing.actions.payment_books import write_payment_book_file
from treatments.billing.actions.payments import give_refund, take_payment, void_payment
from treatments.billing.actions.quotes import accept_quote, decline_quote, issue_quote, replace_draft_quote
from treatments.billing.models import DayClose, DayCount, Payment, PlanSettings, Receipt
from treatments.billing.queries import documents, papers, payments
from treatments.billing.rules.payments import RefundPolicy
from treatments.plans.models import TreatmentPlan
from treatments.plans.rules import PlanStatus

CARD = "4111 1111 1111 1111"


@pytest.fixture
def pay(plan, front_desk):
    def paying(amount, kind="payment", method="card", **more):
        return take_payment(plan=plan, kind=kind, method=method, amount=D(amount), by=front_desk, **more)

    return paying


@pytest.fixture
def give_back(plan, front_desk):
    def giving(amount, **more):
        return give_refund(
            plan=plan, amount=D(amount), method="cash", reason="Moves away", by=front_desk, **more
        )

    return giving


# --- receipts ----------------------------------------------------------------


def test_every_row_of_the_book_has_its_receipt(accepted, pay, give_back, front_desk):
    payment = pay("378", "deposit")
    give_back("100")
    void_payment(payment=pay("50"), reason="Wrong patient", by=front_desk)

    year = timezone.localdate().year
    numbers = list(Receipt.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == [f"R-{year}-{n:04d}" for n in range(1, 5)]
    assert payment.receipt.number == numbers[0]


@pytest.mark.django_db(transaction=True)
def test_receipts_taken_at_once_have_no_gaps_and_are_in_the_order_committed(accepted, pay):
    at_once([lambda n=n: pay(n) for n in range(1, 11)])

    year = timezone.localdate().year
    numbers = list(Receipt.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == [f"R-{year}-{n:04d}" for n in range(1, 11)]


def test_a_refused_payment_uses_up_no_number(accepted, pay):
    refusal(lambda: pay("5000"), "payment:amount")
    pay("10")

    assert Receipt.objects.get().number.endswith("-0001")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE billing_receipt SET number = 'R-1'",
        "DELETE FROM billing_receipt",
        "UPDATE billing_dayclose SET note = 'x'",
        "DELETE FROM billing_dayclose",
        "UPDATE billing_daycount SET counted = 0, difference = -expected",
        "DELETE FROM billing_daycount",
        "UPDATE billing_quotedocument SET sha256 = repeat('0', 64)",
    ],
)
def test_what_was_written_down_stays(accepted, pay, close, sql):
    pay("10")
    close(card="10")

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(sql)


def test_a_receipt_says_how_it_stood_and_prints_the_same_for_ever(accepted, pay):
    first = pay("378", "deposit", reference="Slip 0042")
    content = receipt_of(first)
    pay("500")

    assert receipt_of(first) == content
    shown = {row["label"]: row["value"] for row in content["rows"]}
    assert shown == {
        "How": "Card terminal",
        "For quote": accepted.number,
        "Reference": "Slip 0042",
        "Price agreed": "$1,890.00",
        "Paid so far": "$378.00",
        "Still to pay": "$1,512.00",
    }
    assert documents.content_as_pdf(content) == documents.content_as_pdf(receipt_of(first))


def receipt_of(payment, language="en"):
    return papers.receipt_content_to_print(payments.receipt_of_payment_queryset(payment.pk).get(), language)


def test_the_paper_of_a_refund_and_a_void_say_so(accepted, pay, give_back, front_desk):
    payment = pay("378")
    back = receipt_of(give_back("100"))
    void = receipt_of(void_payment(payment=pay("5"), reason="Twice", by=front_desk))

    assert back["title"].startswith("Refund R-")
    assert (back["what"], back["amount"]) == ("Given back", "$100.00")
    assert void["title"].startswith("Voided R-")
    assert payment.receipt.number not in str(void["rows"])
    assert "Moves away" not in str(back)


# --- card numbers ------------------------------------------------------------


def test_no_card_number_is_ever_taken(accepted, pay, give_back, front_desk):
    payment = pay("10")

    refusal(lambda: pay("10", reference=CARD), "card-number")
    refusal(lambda: give_back("5", agreed_by=CARD), "card-number")
    refusal(lambda: void_payment(payment=payment, reason=CARD, by=front_desk), "card-number")


@pytest.mark.parametrize(
    ("column", "text", "refused"),
    [
        ("reference", CARD, True),
        ("reason", "with 5555-5555-5555-4444", True),
        ("reference", "378282246310005", True),
        ("reference", "4111 1111 1111 1112", False),
        ("reference", "DE89 3704 0044 0532 0130 00", False),
        ("reason", "slip 004217", False),
    ],
)
def test_the_database_keeps_no_card_number_either(accepted, pay, front_desk, column, text, refused):
    fields = {"reason": "Why", column: text}

    def write():
        with transaction.atomic():
            Payment.objects.bulk_create(
                [
                    Payment(
                        plan=accepted.plan,
                        patient=accepted.patient,
                        kind="payment",
                        method="card",
                        amount=1,
                        currency="USD",
                        by=front_desk,
                        **fields,
                    )
                ]
            )

    if refused:
        with pytest.raises(IntegrityError, match="Card numbers are never kept"):
            write()
    else:
        write()
    assert Payment.objects.count() == (not refused)


def test_an_answer_holds_no_card_number(issued, front_desk):
    refusal(lambda: decline_quote(quote=issued, reason=CARD, by=front_desk), "card-number")
    refusal(
        lambda: accept_quote(quote=issued, option=issued.options.first(), signed_name=CARD, by=front_desk),
        "card-number",
    )


# --- packages and refunds ----------------------------------------------------


def test_a_package_counts_what_was_signed(accepted, plan, pay):
    pay("1000")
    signed_sessions(plan, 2)

    found = payments.plan_balance(plan).package

    assert (found.bought, found.used, found.sessions_left, found.paid_for) == (5, 2, 3, 2)


@pytest.mark.parametrize(("policy", "back"), [("pro_rata", D("1134.00")), ("at_list", D("1050.00"))])
def test_a_refund_follows_the_policy_that_the_quote_named(clinic, plan, publish, front_desk, policy, back):
    # Example 6 in this clinic's prices: five at 420.00 less 10 % is 1,890.00; two used
    publish()
    PlanSettings.objects.create(clinic=clinic, refund_policy=policy)
    quote = issue_quote(quote=replace_draft_quote(plan=plan, by=front_desk), by=front_desk)
    other = {"pro_rata": "at_list", "at_list": "pro_rata"}[policy]
    PlanSettings.objects.update(refund_policy=other)
    accept_quote(quote=quote, option=quote.options.get(sessions=5), signed_name="Yuki", by=front_desk)
    take_payment(plan=plan, kind="payment", method="card", amount=D(1890), by=front_desk)
    signed_sessions(plan, 2)

    money = payments.plan_balance(plan)

    assert (money.policy, money.refundable) == (RefundPolicy(policy), back)
    TreatmentPlan.objects.filter(pk=plan.pk).update(status=PlanStatus.STOPPED)
    assert payments.plan_balance(plan).owed == -back


def test_more_than_the_contract_gives_needs_somebody_who_agreed(accepted, plan, pay, give_back):
    pay("1890")
    signed_sessions(plan, 2)

    said = refusal(lambda: give_back("1200"), "refund:above-policy")
    assert "The contract gives $1,134.00 back" in said
    given = give_back("1200", agreed_by="Dr Kaya")
    assert given.reason == "Moves away. Agreed by Dr Kaya"
    refusal(lambda: give_back("700", agreed_by="Dr Kaya"), "refund")


# --- the day -----------------------------------------------------------------


@pytest.fixture
def close(clinic, front_desk):
    def closing(note="", seen=None, **counted):
        till = payments.till_since_last_close(clinic, settings=PlanSettings.of_clinic_or_defaults(clinic))
        return close_day(
            clinic=clinic,
            counted={m: D(counted.get(m, 0)) for m in till.expected},
            note=note,
            seen_to=till.last_receipt_id or 0 if seen is None else seen,
            by=front_desk,
        )

    return closing


def test_a_day_is_closed_by_method(accepted, clinic, pay, give_back, close):
    PlanSettings.objects.create(clinic=clinic, cash_float=D(100))
    clinic.refresh_from_db()
    pay("378", "deposit", "card")
    pay("50", "payment", "cash")
    give_back("20")

    found = close(note="5 missing", card="378", cash="125")

    rows = {r.method: (r.expected, r.counted, r.difference) for r in found.counts.all()}
    assert rows == {
        "cash": (D(130), D(125), D(-5)),
        "card": (D(378), D(378), D(0)),
        "transfer": (D(0), D(0), D(0)),
    }
    assert found.receipts == 3
    assert AuditEvent.objects.get(did="day.closed").data["differences"] == {"cash": "-5"}


def test_a_difference_without_a_word_is_refused(accepted, pay, close):
    pay("378", "deposit", "card")

    refusal(lambda: close(card="377"), "count:difference")
    assert not DayClose.objects.exists()
    assert not DayCount.objects.exists()


def test_money_that_came_in_meanwhile_is_not_counted_blind(accepted, pay, close):
    seen = pay("10").receipt.pk
    pay("20")

    refusal(lambda: close(card="10", seen=seen), "close:moved")


def test_a_day_is_closed_once_and_the_rest_belongs_to_the_next(accepted, clinic, pay, close):
    pay("10")
    close(card="10")
    later = pay("20")

    refusal(lambda: close(card="20"), "close:again")
    till = payments.till_since_last_close(clinic, settings=PlanSettings.of_clinic_or_defaults(clinic))
    assert (till.moved, till.count, till.first_receipt_id) == ({"card": D(20)}, 1, later.receipt.pk)


@pytest.mark.django_db(transaction=True)
def test_two_desks_that_close_at_once_close_once(accepted, pay, close):
    pay("10")

    answers = at_once([lambda: close(card="10")] * 4)

    assert DayClose.objects.count() == 1
    assert sum(isinstance(answer, DayClose) for answer in answers) == 1


def test_another_clinics_money_is_not_in_this_till(accepted, pay, admin):
    pay("10")
    elsewhere = factories.ClinicFactory()

    till = payments.till_since_last_close(elsewhere, settings=PlanSettings.of_clinic_or_defaults(elsewhere))

    assert (till.count, set(till.expected.values())) == (0, {D(0)})


def test_a_till_costs_two_queries_whatever_came_in(accepted, clinic, pay, count_queries):
    settings = PlanSettings.of_clinic_or_defaults(clinic)
    pay("1")
    with count_queries() as one:
        payments.till_since_last_close(clinic, settings=settings)
    pay("2", method="cash"), pay("3")
    with count_queries() as three:
        payments.till_since_last_close(clinic, settings=settings)

    assert (len(one), len(three)) == (2, 2)


def test_day_close_page_shows_the_till_and_takes_the_count(as_front_desk, accepted, pay, once):
    pay("378", "deposit", "card")
    page = as_front_desk.get(url("day_close"))
    data = {"cash": "0", "card": "370", "transfer": "0", "note": "", "once": once()}
    data["seen_to"] = page.context["form"]["seen_to"].value()

    wrong = as_front_desk.post(url("day_close"), data)
    data |= {"note": "Terminal says 370", "once": once()}
    right = as_front_desk.post(url("day_close"), data)

    assert wrong.status_code == 422
    assert "The count differs from the book." in wrong.text
    assert 'value="370"' in wrong.text
    assert right.url == url("day_close")
    after = as_front_desk.get(right.url).text
    assert "today is closed" in after
    assert "Terminal says 370" in after
    assert DayClose.objects.get().counts.get(method="card").difference == -8


def test_day_close_page_reads_amounts_the_clinics_way(as_front_desk, accepted, clinic, pay, once):
    Clinic.objects.update(amounts="comma")
    pay("1234.50", "payment", "cash")
    page = as_front_desk.get(url("day_close"))
    data = {"cash": "1,234.50", "card": "0", "transfer": "0", "once": once()}
    data["seen_to"] = page.context["form"]["seen_to"].value()

    refused = as_front_desk.post(url("day_close"), data)
    taken = as_front_desk.post(url("day_close"), data | {"cash": "1.234,50", "once": once()})

    assert refused.status_code == 422
    assert "Amounts are written like 1.234,56 here." in refused.text
    assert taken.status_code == 302


def test_day_close_page_costs_the_same_for_one_close_and_three(
    as_front_desk, clinic, front_desk, count_queries
):
    def closed(days):
        day = timezone.localdate() - timedelta(days=days)
        found = DayClose.objects.create(clinic=clinic, day=day, currency="USD", receipts=0, by=front_desk)
        for method in ("cash", "card"):
            DayCount.objects.create(close=found, method=method, expected=0, counted=0, difference=0)

    closed(1)
    with count_queries() as one:
        as_front_desk.get(url("day_close"))
    closed(2), closed(3)
    with count_queries() as three:
        as_front_desk.get(url("day_close"))

    assert len(one) == len(three) <= 8


# --- the bookkeeper ----------------------------------------------------------


def book(client, first, last):
    answer = client.get(url("payment_book"), {"first": first, "last": last})
    text = answer.getvalue().decode("utf-8-sig")
    answer.written = text
    return answer, list(csv.DictReader(io.StringIO(text)))


def test_the_bookkeeper_gets_every_receipt_and_no_name(
    as_admin, accepted, patient, pay, give_back, front_desk, close
):
    payment = pay("378", "deposit", reference="Slip 7")
    void = void_payment(payment=payment, reason="=1+1", by=front_desk)
    close()
    today = timezone.localdate().isoformat()

    answer, rows = book(as_admin, today, today)

    assert answer["Content-Type"].startswith("text/csv")
    assert [row["amount"] for row in rows] == ["378.000", "-378.000"]
    assert rows[0]["reference"] == "Slip 7"
    assert rows[0]["quote"] == accepted.number
    assert rows[0]["record number"] == patient.record_number
    assert rows[1]["voids receipt"] == payment.receipt.number
    assert rows[1]["receipt"] == void.receipt.number
    # A spreadsheet calculates nothing of it.
    assert rows[1]["reason"] == "'=1+1"
    assert [row["closed on"] for row in rows] == [today, today]
    assert patient.family_name not in answer.written
    assert AuditEvent.objects.filter(did="book.exported").count() == 1


def test_whom_the_book_shows_is_a_row_of_the_log(as_admin, admin, accepted, patient, pay):
    pay("10")
    today = timezone.localdate().isoformat()

    book(as_admin, today, today)

    row = AuditEvent.objects.get(did="patient.viewed", by=admin)
    assert (row.patient_id, row.data) == (patient.pk, {"page": "billing:payment_book"})


def test_a_long_book_is_written_by_the_queue(as_admin, accepted, pay, monkeypatch):
    monkeypatch.setattr("mesoclinic.core.prepared_files.MOST_AT_ONCE", 1)
    pay("10"), pay("20")
    today = timezone.localdate().isoformat()

    asked = as_admin.get(url("payment_book"), {"first": today, "last": today})
    file = PreparedFile.objects.get()
    write_payment_book_file.call(file.pk)

    assert asked.url == reverse("prepared_file", args=[file.pk])
    rows = list(csv.DictReader(io.StringIO(file.parts.get().text.removeprefix("\ufeff"))))
    assert [row["amount"] for row in rows] == ["10.000", "20.000"]


def test_the_book_holds_the_clinics_own_days(as_admin, clinic, accepted, pay):
    clinic.time_zone = "Pacific/Auckland"
    clinic.save()
    receipt = pay("10").receipt
    local = timezone.localtime(receipt.at, clinic.zone).date()

    _, there = book(as_admin, local.isoformat(), local.isoformat())
    before = (local - timedelta(days=1)).isoformat()
    _, gone = book(as_admin, before, before)

    assert [row["date"] for row in there] == [local.isoformat()]
    assert gone == []


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-02-01", "2026-01-01", "It ends before it starts."),
        ("2020-01-01", "2026-01-01", "Up to 400 days in one file."),
        ("tomorrow", "2026-01-01", "Enter a valid date."),
    ],
)
def test_days_that_make_no_file_are_said_at_the_field(as_admin, first, last, said):
    answer = as_admin.get(url("payment_book"), {"first": first, "last": last})

    assert answer.status_code == 422
    assert said in answer.text


def test_the_book_costs_the_same_for_one_receipt_and_three(as_admin, accepted, pay, count_queries):
    today = timezone.localdate().isoformat()
    pay("1")
    with count_queries() as one:
        book(as_admin, today, today)
    pay("2"), pay("3")
    with count_queries() as three:
        book(as_admin, today, today)

    assert len(one) == len(three) <= 8
