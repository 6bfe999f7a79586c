"""The desk charges a patient without a plan: what is shown is what is done."""

from decimal import Decimal as D

import pytest
from django.db import IntegrityError, connection, transaction

from mesoclinic.core.models import AuditEvent
from tests.treatments.billing.addresses import url
from tests.treatments.billing.conftest import ROWS
from tests.treatments.billing.desk import refusal
from treatments.billing.actions.invoices import PaidNow, create_invoice_and_take_payment
from treatments.billing.actions.price_lists import withdraw_price_list
from treatments.billing.actions.quotes import issue_quote, replace_draft_quote
from treatments.billing.models import CreditNote, Invoice, Payment, PlanSettings, Price, PriceList
from treatments.billing.rules.invoices import ChargedLine
from treatments.billing.rules.prices import PriceRow, check_prices_are_likely

CHARGEABLE = [
    PriceRow("consultation", "Consultation", D(120)),
    PriceRow("no_show", "Missed visit", D(60)),
    PriceRow("extra", "Photo set, printed", D(45), tax_class="standard", tax_percent=D("8.875")),
]


FORMS_OF_MONEY = ("payment_form", "refund_form", "write_off_form")


@pytest.fixture
def prices(publish):
    found = publish([*ROWS, *CHARGEABLE], tax_standard=D("8.875"))
    return {price.kind: price for price in found.prices.all()}


@pytest.fixture
def invoice(patient, clinic, front_desk):
    return create_invoice_and_take_payment(
        patient=patient,
        clinic=clinic,
        price_list=None,
        lines=[ChargedLine("consultation", "Consultation", 1, D(120))],
        by=front_desk,
        paid=PaidNow("card", D(20)),
    )


def test_what_is_shown_is_what_is_charged(as_front_desk, patient, prices, once):
    chosen = {
        f"item-{prices['consultation'].pk}-chosen": "on",
        f"item-{prices['extra'].pk}-chosen": "on",
        "method": "card",
    }

    shown = as_front_desk.post(url("charge", patient.pk), chosen | {"show": "1"})
    assert shown.status_code == 200
    assert "Take $168.99 by card" in shown.text
    data = chosen | {"take": "1", "shown": str(shown.context["priced"].total), "once": once()}
    done = as_front_desk.post(url("charge", patient.pk), data)

    invoice = Invoice.objects.get()
    assert done.url == url("invoice", invoice.pk)
    assert (invoice.total, Payment.objects.get().amount) == (D("168.99"), D("168.99"))
    assert invoice.price_list == prices["extra"].price_list
    page = as_front_desk.get(done.url).text
    assert "settled" in page
    assert as_front_desk.get(url("invoice_pdf", invoice.pk))["Content-Type"] == "application/pdf"


def test_a_price_that_changed_meanwhile_is_asked_again(as_front_desk, patient, prices, once):
    data = {f"item-{prices['consultation'].pk}-chosen": "on", "take": "1", "shown": "110.00", "once": once()}

    answer = as_front_desk.post(url("charge", patient.pk), data)

    assert answer.status_code == 422
    assert "This now comes to $120.00, not $110.00." in answer.text
    assert not Invoice.objects.exists()


def test_nothing_now_sends_the_invoice(as_front_desk, patient, prices, once):
    data = {f"item-{prices['consultation'].pk}-chosen": "on", "method": "later"}

    assert "Issue the invoice of $120.00" in as_front_desk.post(url("charge", patient.pk), data).text
    as_front_desk.post(url("charge", patient.pk), data | {"take": "1", "once": once()})

    assert (Invoice.objects.get().total, Payment.objects.count()) == (D(120), 0)


def test_something_else_needs_its_price_and_takes_its_tax(as_front_desk, patient, prices, once):
    other = {"other-label": "Copy of records", "other-tax_class": "standard", "method": "cash"}

    asked = as_front_desk.post(url("charge", patient.pk), other)
    assert "Type its price." in asked.text
    shown = as_front_desk.post(url("charge", patient.pk), other | {"other-each": "25"})
    assert "Take $27.22 in cash" in shown.text


def test_a_link_from_a_visit_has_the_fee_ready(as_front_desk, patient, prices):
    address = url("charge", patient.pk) + "?kind=no_show&source=schedule.appointment:7&detail=Wed+2+Dec"

    page = as_front_desk.get(address)

    assert "Take $60.00 by card" in page.text
    assert 'value="Wed 2 Dec"' in page.text
    assert 'value="schedule.appointment:7"' in page.text


def test_the_charge_page_costs_the_same_for_one_price_and_three(
    as_front_desk, patient, prices, count_queries
):
    with count_queries() as asked:
        as_front_desk.get(url("charge", patient.pk))

    assert len(asked) <= 20


def test_only_the_desk_charges(as_clinician, as_admin, patient, invoice):
    for client in (as_clinician, as_admin):
        for address in (
            url("charge", patient.pk),
            url("invoice", invoice.pk),
            url("invoice_pdf", invoice.pk),
        ):
            assert client.get(address).status_code == 403


def test_an_invoice_is_credited_written_off_and_paid_from_its_page(as_front_desk, invoice, once):
    line = invoice.lines.get()
    page = url("invoice", invoice.pk)

    wrong = as_front_desk.post(url("invoice_credit", invoice.pk), {f"line-{line.pk}": "500", "reason": "x"})
    assert wrong.status_code == 422
    assert "Only $120.00 of it is not credited yet." in wrong.text
    data = {f"line-{line.pk}": "30", "reason": "Came late", "once": once()}
    assert as_front_desk.post(url("invoice_credit", invoice.pk), data).url == page
    note = CreditNote.objects.get()
    assert as_front_desk.get(url("credit_note_pdf", note.pk))["Content-Type"] == "application/pdf"
    assert (
        as_front_desk.post(url("invoice_write_off", invoice.pk), {"amount": "999", "reason": "x"}).status_code
        == 422
    )
    data = {"amount": "10", "reason": "Kind", "once": once()}
    assert as_front_desk.post(url("invoice_write_off", invoice.pk), data).url == page
    data = {"kind": "payment", "amount": "60", "method": "cash", "once": once()}
    assert as_front_desk.post(url("invoice_payment_add", invoice.pk), data).url == page
    data = {
        "amount": "5",
        "method": "cash",
        "reason": "Waited",
        "goodwill": "on",
        "agreed_by": "Dr Kaya",
        "once": once(),
    }
    assert as_front_desk.post(url("invoice_refund", invoice.pk), data).url == page

    shown = as_front_desk.get(page)
    assert shown.context["money"].owed == 0
    assert AuditEvent.objects.filter(did="invoice.credited").count() == 1


def test_a_plan_is_written_off_from_its_page(as_front_desk, accepted, once):
    address = url("plan_write_off", accepted.plan_id)

    assert as_front_desk.post(address, {"amount": "5000", "reason": "x", "once": once()}).status_code == 422
    assert (
        as_front_desk.post(address, {"amount": "90", "reason": "Hardship", "once": once()}).status_code == 302
    )
    assert "Written off" in as_front_desk.get(url("plan", accepted.plan_id)).text


# --- price lists -------------------------------------------------------------------


def test_a_list_that_nothing_was_issued_from_is_replaced_with_a_reason(publish, plan, front_desk):
    first = publish()
    draft = replace_draft_quote(plan=plan, by=front_desk)
    refusal(lambda: publish(), "price-list:same-day")

    second = publish(reasons={"price-list:same-day": "typed 410 for 401"})

    first.refresh_from_db()
    assert first.withdrawn_reason == "typed 410 for 401"
    refusal(lambda: issue_quote(quote=draft, by=front_desk), "quote:old-prices")
    assert (
        issue_quote(quote=replace_draft_quote(plan=plan, by=front_desk), by=front_desk).price_list == second
    )
    refusal(lambda: publish(reasons={"price-list:same-day": "again"}), "price-list:same-day")


def test_a_list_is_withdrawn_from_its_page(as_admin, publish, once):
    found = publish()
    address = url("price_list_withdraw", found.pk)

    as_admin.post(address, {"reason": "", "once": once()})
    assert PriceList.objects.get().withdrawn_at is None
    as_admin.post(address, {"reason": "Wrong year", "once": once()})

    assert PriceList.objects.get().withdrawn_reason == "Wrong year"
    assert "No price list is in force" in as_admin.get(url("price_list_list")).text


def test_what_was_issued_from_keeps_its_list(issued, admin):
    refusal(
        lambda: withdraw_price_list(price_list=issued.price_list, reason="Wrong", by=admin),
        "price-list:withdraw",
    )
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        connection.cursor().execute(
            "UPDATE billing_pricelist SET withdrawn_at = now(), withdrawn_by_id = %s, withdrawn_reason = 'x'",
            [admin.pk],
        )


def test_an_invoice_keeps_its_list_too(prices, patient, clinic, front_desk, admin):
    price = prices["consultation"]
    create_invoice_and_take_payment(
        patient=patient,
        clinic=clinic,
        price_list=price.price_list,
        lines=[ChargedLine("consultation", "Consultation", 1, D(120))],
        by=front_desk,
    )

    refusal(
        lambda: withdraw_price_list(price_list=price.price_list, reason="Wrong", by=admin),
        "price-list:withdraw",
    )
    with pytest.raises(IntegrityError, match="nothing in it changes"), transaction.atomic():
        Price.objects.filter(pk=price.pk).update(amount=1)


def test_the_database_issues_nothing_from_a_withdrawn_list(draft, admin, front_desk):
    withdraw_price_list(price_list=draft.price_list, reason="Wrong", by=admin)

    with pytest.raises(IntegrityError, match="This price list was withdrawn"), transaction.atomic():
        connection.cursor().execute(
            "UPDATE billing_quote SET status = 'issued', number = 'Q-1', issued_at = now(), issued_by_id = %s,"
            " valid_until = now()",
            [front_desk.pk],
        )


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (PriceRow("package", "Package of 5", sessions_from=5), ["price-package:0"]),
        (PriceRow("package", "Package of 5", rate=D(5), sessions_from=5), []),
        (PriceRow("session", "Session", D(32000)), ["price-jump:0"]),
        (PriceRow("session", "session ", D("3.20")), ["price-jump:0"]),
        (PriceRow("session", "Session", D(640)), []),
        (PriceRow("session", "Another", D(32000)), []),
        (PriceRow("session", "Session", D(0)), ["price-jump:0"]),
    ],
)
def test_an_unlikely_price_is_asked_about(row, found):
    before = [PriceRow("session", "Session", D(320))]
    assert [finding.code for finding in check_prices_are_likely([row], before)] == found


def test_a_clinic_without_a_usual_range_is_not_warned(clinic, plan, publish, front_desk, as_front_desk):
    clinic.session_price_from = clinic.session_price_to = None
    clinic.save()
    publish([PriceRow("session", "Session", D(64000)), PriceRow("cocktail", "Cocktail", D(1))])
    draft = replace_draft_quote(plan=plan, by=front_desk)

    assert not as_front_desk.get(url("quote", draft.pk)).context["findings"]


def test_an_included_price_is_quoted_to_the_cent(clinic, plan, publish, front_desk):

    PlanSettings.objects.create(clinic=clinic, prices_include_tax=True)
    publish(
        [
            PriceRow("session", "Session", D(400), tax_class="standard", tax_percent=D(20)),
            PriceRow("cocktail", "Cocktail", D(0)),
            PriceRow("package", "Package of 5", rate=D(10), sessions_from=5),
        ],
        tax_standard=D(20),
    )

    quote = issue_quote(quote=replace_draft_quote(plan=plan, by=front_desk), by=front_desk)

    one, five, _ = quote.options.order_by("sessions")
    assert (one.total, one.net, one.tax) == (D(400), D("333.33"), D("66.67"))
    assert (five.total, five.discount, five.packaged_total_per_session) == (D(1800), D(200), D(360))


def test_each_amount_of_an_invoice_says_whether_it_is_taken_given_back_or_written_off(as_front_desk, invoice):
    page = as_front_desk.get(url("invoice", invoice.pk))

    labels = [form["amount"].label for form in map(page.context.get, FORMS_OF_MONEY)]
    assert labels == ["Amount taken", "Amount given back", "Amount written off"]
    assert page.context["write_off_form"]["amount"].value() is None


def test_a_link_from_a_visit_shows_how_the_fee_is_paid(as_front_desk, patient, prices):
    page = as_front_desk.get(url("charge", patient.pk) + "?kind=no_show")

    assert page.context["paid_form"]["method"].value() == "card"


def test_a_paid_invoice_that_is_credited_says_how_much_goes_back(as_front_desk, invoice, once):
    line = invoice.lines.get()
    data = {f"line-{line.pk}": "120", "reason": "Wrong patient", "once": once()}
    as_front_desk.post(url("invoice_credit", invoice.pk), data)

    page = as_front_desk.get(url("invoice", invoice.pk)).text

    assert "to give back" in page
    assert "settled" not in page
    assert "<b>$20.00</b>" in page


def test_back_does_not_tick_what_the_page_does_not_show(as_front_desk, patient, prices):
    page = as_front_desk.get(url("charge", patient.pk)).text

    form = page[page.index('id="charge"') :]
    assert 'autocomplete="off"' in form[: form.index(">")]
