"""A deposit paid by link: booked once, however badly the provider tells of it, and nothing else is booked."""

import itertools
import json
from datetime import timedelta
from decimal import Decimal as D

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients.actions.links import link_token
from tests.at_once import at_once
from treatments.billing.actions.payment_requests import ask_for_deposit, record_payment_notice
from treatments.billing.actions.payments import take_payment
from treatments.billing.actions.quote_links import accept_quote_by_link, create_and_mail_quote_link
from treatments.billing.models import Payment, PaymentNotice, PaymentRequest, Receipt
from treatments.billing.payment_providers.interface import ProviderFailed
from treatments.billing.payment_providers.made_up import (
    SIGNATURE_HEADER,
    MadeUpProvider,
    Manner,
    bodies_told,
    signature_header,
)
from treatments.billing.rules.payment_requests import (
    Asked,
    Notice,
    NoticeKind,
    NoticeOutcome,
    deposit_to_ask,
    outcome_of_notice,
)
from treatments.billing.views import payment_requests as views

PAID = Notice("e1", "r", NoticeKind.PAID, D(378), "USD")
ASKED = Asked(D(378), "USD", is_paid=False, owed=D(1890))


# --- the rule -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notice", "asked", "outcome"),
    [
        ({}, {}, "booked"),
        ({}, {"owed": None}, "booked"),
        ({}, {"is_paid": True}, "told_again"),
        ({"amount": D("377.99")}, {}, "other_amount"),
        ({"amount": D("377.99")}, {"is_paid": True}, "other_amount"),
        ({"currency": "EUR"}, {}, "other_currency"),
        ({"currency": "EUR", "amount": D(1)}, {}, "other_currency"),
        ({}, {"owed": D(377)}, "not_owed"),
        ({"kind": NoticeKind.FAILED}, {}, "no_money"),
        ({"kind": NoticeKind.EXPIRED}, {"is_paid": True}, "no_money"),
    ],
)
def test_what_comes_of_what_the_provider_tells(notice, asked, outcome):
    given = {name: getattr(PAID, name) for name in ("event_id", "reference", "kind", "amount", "currency")}
    stands = {name: getattr(ASKED, name) for name in ("amount", "currency", "is_paid", "owed")}

    assert outcome_of_notice(Notice(**given | notice), Asked(**stands | asked)) == outcome


def test_what_is_told_of_no_request_of_ours_is_no_money():
    assert outcome_of_notice(PAID, None) == NoticeOutcome.UNKNOWN


@pytest.mark.parametrize(
    ("paid", "owed", "asks"),
    [(0, 1890, 378), (100, 1790, 278), (400, 1490, 0), (0, 200, 200), (-50, 1890, 378), (0, None, 378)],
)
def test_what_is_asked_for_is_what_is_left_of_the_deposit(paid, owed, asks):
    assert deposit_to_ask(deposit=D(378), paid=D(paid), owed=None if owed is None else D(owed)) == asks


# --- asked for -----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def provider(settings):
    settings.PAYMENT_PROVIDER = "treatments.billing.payment_providers.made_up.MadeUpProvider"
    return MadeUpProvider


@pytest.fixture
def sent(issued, front_desk):
    link, code = create_and_mail_quote_link(quote=issued, to="a@example.org", language="en", by=front_desk)
    return link.link, code


@pytest.fixture
def quote(issued, sent):
    """Accepted at home: five sessions for 1,890.00, a fifth of it as a deposit."""
    option = issued.options.get(sessions=5)
    return accept_quote_by_link(link=sent[0], option=option, signed_name="Yuki Tanaka", strokes=None)


@pytest.fixture
def asked(quote, sent):
    return ask_for_deposit(quote=quote, link=sent[0], language="en")


def opened(sent):
    link, code = sent
    client, address = Client(enforce_csrf_checks=False), reverse("patient_link", args=[link_token(link)])
    client.post(address, {"gate": "code", "code": code})
    return client, address


def told(client, body, **headers):
    return client.post(
        reverse("billing:payment_told"),
        body,
        content_type="application/json",
        headers={SIGNATURE_HEADER: signature_header(body)} | headers,
    )


def bodies(manner, asked):
    return bodies_told(manner, reference=str(asked.key), amount=asked.amount, currency=asked.currency)


def test_a_patient_pays_the_deposit_at_the_providers_page_and_reads_that_it_came(quote, sent):
    client, address = opened(sent)
    page = client.get(address)
    assert "The deposit is $378.00" in page.text

    way = client.post(f"{address}pay/", follow=True)
    request = PaymentRequest.objects.get()
    assert f'href="{request.address}"' in way.text
    assert "do not pay twice" in client.get(address).text.lower()
    shop = request.address.removeprefix("http://127.0.0.1:8000")
    assert "378" in Client().get(shop).text
    assert address in Client().get(Client().post(shop, {"manner": "well"}).url).text

    payment = Payment.objects.get()
    assert (payment.amount, payment.kind, payment.method, payment.by) == (D(378), "deposit", "online", None)
    assert "Your deposit of $378.00 has been paid" in client.get(address).text
    assert client.post(f"{address}pay/").status_code == 302
    assert PaymentRequest.objects.count() == 1


def test_pressing_twice_asks_for_one_page_and_looking_asks_for_none(quote, sent):
    client, address = opened(sent)

    assert client.get(f"{address}pay/").url == address
    assert not PaymentRequest.objects.exists()
    for _ in range(2):
        client.post(f"{address}pay/")

    assert PaymentRequest.objects.count() == 1
    # Back leads here: the way to the same page, until it was paid.
    assert client.get(f"{address}pay/").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        client.post(address, {"gate": "code", "code": sent[1]})
        assert client.get(f"{address}pay/").status_code in (302, 404)


def test_before_the_code_nobody_is_sent_to_a_payment_page(quote, sent):
    link, _ = sent

    answer = Client().post(reverse("patient_link_part", args=[link_token(link), "pay"]))

    assert "378" not in answer.text
    assert not PaymentRequest.objects.exists()


def test_a_provider_that_fails_is_asked_again_with_the_same_key(quote, sent, monkeypatch):
    client, address = opened(sent)
    keys, right = [], MadeUpProvider.open_page

    def fails(self, checkout):
        keys.append(checkout.key)
        raise ProviderFailed

    monkeypatch.setattr(MadeUpProvider, "open_page", fails)
    back = client.get(client.post(f"{address}pay/").url)
    assert "cannot be opened now" in back.text
    monkeypatch.setattr(MadeUpProvider, "open_page", right)
    client.post(f"{address}pay/")

    assert keys == [str(PaymentRequest.objects.get().key)]


def test_the_provider_is_told_nothing_of_the_patient(quote, sent, monkeypatch):
    said, right = [], MadeUpProvider.open_page
    monkeypatch.setattr(
        MadeUpProvider, "open_page", lambda self, checkout: said.append(checkout) or right(self, checkout)
    )

    ask_for_deposit(quote=quote, link=sent[0], language="ar")

    (checkout,) = said
    for secret in ("Yuki", "Tanaka", quote.number, quote.patient.record_number):
        assert secret not in str(checkout)
    assert (checkout.amount, checkout.currency, checkout.language) == (D(378), "USD", "ar")


def test_where_the_clinic_takes_no_payments_by_link_none_is_offered(quote, sent, settings):
    settings.PAYMENT_PROVIDER = ""
    client, address = opened(sent)

    assert "Pay the deposit" not in client.get(address).text
    assert client.post(f"{address}pay/").status_code == 302
    with pytest.raises(Refused, match="takes no payments by link"):
        ask_for_deposit(quote=quote, link=sent[0], language="en")


def test_a_deposit_paid_at_the_desk_meanwhile_is_not_asked_for(quote, sent, front_desk):
    take_payment(plan=quote.plan, kind="deposit", method="cash", amount=D(378), by=front_desk)

    with pytest.raises(Refused, match="No deposit is to be paid any more"):
        ask_for_deposit(quote=quote, link=sent[0], language="en")


# --- told ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "manner", [Manner.WELL, Manner.TWICE, Manner.TWICE_UNDER_TWO_NUMBERS, Manner.OUT_OF_ORDER]
)
def test_however_badly_it_is_told_one_deposit_is_booked_with_one_receipt(asked, manner):
    for order in itertools.permutations(bodies(manner, asked)):
        for body in order:
            assert told(Client(enforce_csrf_checks=True), body).status_code == 204

    assert Payment.objects.count() == Receipt.objects.count() == 1
    asked.refresh_from_db()
    assert asked.payment.amount == asked.amount
    assert AuditEvent.objects.filter(did="payment.taken", by=None).count() == 1


@pytest.mark.parametrize("manner", [Manner.OTHER_AMOUNT, Manner.OTHER_CURRENCY, Manner.FAILED])
def test_what_was_not_asked_for_is_kept_and_not_booked(asked, manner, as_front_desk):
    (body,) = bodies(manner, asked)
    told(Client(), body)

    assert not Payment.objects.exists()
    notice = PaymentNotice.objects.get()
    assert notice.outcome == {"failed": "no_money"}.get(manner.value, manner.value)
    assert ("look at it" in as_front_desk.get("/").text) == (manner != Manner.FAILED)


def test_the_desk_is_told_of_a_deposit_that_came_and_finds_it_at_the_quote(asked, quote, as_front_desk):
    told(Client(), bodies(Manner.WELL, asked)[0])

    today = as_front_desk.get("/").text
    assert "$378.00 paid by link" in today
    page = as_front_desk.get(reverse("billing:quote", args=[quote.pk])).text
    assert Receipt.objects.get().number in page
    assert "Payment link" in as_front_desk.get(reverse("plan", args=[quote.plan_id])).text


def test_money_that_comes_after_the_request_has_ended_counts(asked):
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
        told(Client(), bodies(Manner.LATE, asked)[0])

    assert Payment.objects.count() == 1


def test_money_that_nobody_owes_any_more_is_told_to_the_desk_and_not_booked(asked, quote, front_desk):
    take_payment(plan=quote.plan, kind="payment", method="cash", amount=D(1890), by=front_desk)

    told(Client(), bodies(Manner.WELL, asked)[0])

    assert Payment.objects.count() == 1
    assert PaymentNotice.objects.get().outcome == "not_owed"


def test_what_is_told_of_a_stranger_is_kept_once(asked):
    body = bodies_told(Manner.WELL, reference="not-ours", amount=D(1), currency="USD")[0]
    for _ in range(2):
        assert told(Client(), body).status_code == 204

    assert (PaymentNotice.objects.get().outcome, PaymentNotice.objects.get().request) == ("unknown", None)


@pytest.mark.parametrize(
    "header",
    [
        lambda body: "",
        lambda body: "t=1,v1=abc",
        lambda body: signature_header(body + b" "),
        lambda body: signature_header(body).replace("t=", "t=1"),
        lambda body: signature_header(body).replace("v1=", "v2="),
        lambda body: "t=" + "9" * 40 + ",v1=" + "a" * 64,
    ],
)
def test_what_is_not_signed_for_this_body_books_nothing(asked, header):
    body = bodies(Manner.WELL, asked)[0]

    assert told(Client(), body, **{SIGNATURE_HEADER: header(body)}).status_code == 403
    assert not PaymentNotice.objects.exists()


def test_a_signature_that_somebody_kept_is_not_taken_later(asked):
    body = bodies(Manner.WELL, asked)[0]
    kept = signature_header(body)

    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        assert told(Client(), body, **{SIGNATURE_HEADER: kept}).status_code == 403


def test_without_a_secret_nothing_is_taken(asked, settings):
    body = bodies(Manner.WELL, asked)[0]
    settings.PAYMENT_WEBHOOK_SECRET = ""

    assert told(Client(), body).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id": "1"}',
        b'{"id":"1","reference":"r","kind":"won","amount":"1","currency":"USD"}',
    ],
)
def test_a_signed_body_that_says_nothing_we_know_is_refused(body):
    assert told(Client(), body).status_code == 403


def test_the_made_up_provider_may_be_late_or_never_tell(asked):
    address = asked.address.removeprefix("http://127.0.0.1:8000")
    for manner in ("never", "late"):
        Client().post(address, {"manner": manner})
    assert not PaymentNotice.objects.exists()

    views.tell_later.call(json.loads(bodies(Manner.LATE, asked)[0]))

    assert Payment.objects.count() == 1


def test_the_made_up_page_leads_back_to_us_alone(asked):
    page = asked.address.removeprefix("http://127.0.0.1:8000").partition("?")[0]

    for elsewhere in ("https://evil.example/l/", "javascript:alert(1)", "//evil.example"):
        assert "Back to the clinic" not in Client().get(page, {"back": elsewhere}).text


def test_outside_a_demo_there_is_no_made_up_page(asked, settings):
    settings.DEMO = settings.TESTING = False

    assert Client().get(asked.address.removeprefix("http://127.0.0.1:8000")).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_told_many_times_at_once_one_deposit_is_booked(asked):
    notice = MadeUpProvider().read_notice_or_none(
        bodies(Manner.WELL, asked)[0], {SIGNATURE_HEADER: signature_header(bodies(Manner.WELL, asked)[0])}
    )
    others = [
        Notice(f"e{n}", notice.reference, notice.kind, notice.amount, notice.currency) for n in range(2)
    ]

    at_once(*[lambda each=each: record_payment_notice("made_up", each) for each in (notice, notice, *others)])

    assert Payment.objects.count() == 1
    assert PaymentNotice.objects.count() == 3


# --- the database ------------------------------------------------------------------------------------


def test_the_database_keeps_one_payment_for_a_request_and_one_row_for_an_event(asked):
    told(Client(), bodies(Manner.WELL, asked)[0])
    notice = PaymentNotice.objects.get()

    with pytest.raises(IntegrityError, match="payment_notice_counts_once"), transaction.atomic():
        PaymentNotice.objects.create(
            provider=notice.provider, event_id=notice.event_id, kind="paid", outcome="unknown"
        )
    for statement in (
        "UPDATE billing_paymentrequest SET amount = 1",
        "DELETE FROM billing_paymentrequest",
        "UPDATE billing_paymentnotice SET outcome = 'unknown'",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_payment_that_nobody_took_is_a_deposit_by_link(asked, payment_by_nobody):
    with (
        pytest.raises(IntegrityError, match="only_a_deposit_by_link_is_taken_by_nobody"),
        transaction.atomic(),
    ):
        payment_by_nobody(method="cash")


@pytest.fixture
def payment_by_nobody(quote):
    def make(**fields):
        return Payment.objects.create(
            plan=quote.plan,
            patient=quote.patient,
            quote=quote,
            amount=D(1),
            currency="USD",
            by=None,
            **{"kind": "deposit", "method": "online"} | fields,
        )

    return make


# --- the desk sends the link --------------------------------------------------------------------------


def test_the_desk_sends_the_link_of_an_accepted_quote_while_its_deposit_is_open(
    accepted, as_front_desk, front_desk, once
):
    page = as_front_desk.get(reverse("billing:quote", args=[accepted.pk])).text
    assert "Payment link" in page

    sent = as_front_desk.post(
        reverse("billing:quote_send", args=[accepted.pk]),
        {"to": "a@example.org", "language": "fr", "once": once()},
    )
    assert sent.status_code == 302
    take_payment(plan=accepted.plan, kind="deposit", method="cash", amount=D(378), by=front_desk)
    again = as_front_desk.post(
        reverse("billing:quote_send", args=[accepted.pk]),
        {"to": "a@example.org", "language": "fr", "once": once()},
    )

    assert again.status_code == 422
    assert "Payment link" not in as_front_desk.get(reverse("billing:quote", args=[accepted.pk])).text


def test_no_column_holds_a_card_number():
    names = {field.name for model in (PaymentRequest, PaymentNotice) for field in model._meta.get_fields()}

    assert not [name for name in names if "card" in name or "pan" in name or "cvc" in name]
