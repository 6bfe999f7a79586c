"""The pages of drafts, margins, coupons and settings; what changed; and that nothing clinical is on any of them."""

import json
from decimal import Decimal as D

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import ROLES, Permission, Role
from mesoclinic.outbox.link_messages import send_link_message
from tests import factories
from tests.treatments.billing.addresses import url
from tests.treatments.billing.conftest import ROWS
from tests.treatments.billing.desk import signed_sessions
from tests.treatments.billing.test_quote_links import path_of
from treatments.billing.actions.coupons import create_coupon
from treatments.billing.actions.payments import give_refund, take_payment
from treatments.billing.actions.quote_links import create_and_mail_quote_link
from treatments.billing.actions.quotes import accept_quote, decline_quote, issue_quote, replace_draft_quote
from treatments.billing.models import PlanSettings, Quote, QuoteDocument
from treatments.billing.queries import papers, payments
from treatments.billing.rules.coupons import CouponFact
from treatments.billing.rules.prices import PriceRow

CANARY = "CANARY"
STROKES = [[[10, 90], [20, 80], [30, 90], [40, 80], [50, 90]]]


@pytest.fixture
def price_list(publish):
    extra = PriceRow("extra", "Trichoscopy", D(60), tax_class="standard", tax_percent=D(20))
    return publish([*ROWS, extra], tax_standard=D(20))


@pytest.fixture
def clinical_plan(clinic, patient, clinician):
    """A plan with every clinical word that must not reach the desk."""
    condition = factories.ConditionFactory(code="canary", name=f"{CANARY}-DIAGNOSIS")
    assessment = factories.AssessmentFactory(
        patient=patient, condition=condition, assessed_by=clinician, note=f"{CANARY}-NOTE low mood"
    )
    factories.AssessmentZoneFactory(assessment=assessment, area_cm2=D(78))
    products = [
        factories.ProductFactory(
            name=f"{CANARY}-PRODUCT {n}",
            price_per_ml=D(46),
            ingredient=factories.IngredientFactory(name=f"{CANARY}-INGREDIENT {n}"),
        )
        for n in (1, 2)
    ]
    version = factories.signed_cocktail(
        clinic=clinic, patient=patient, by=clinician, products=products, assessment=assessment
    )
    return factories.make_plan(
        clinic=clinic,
        patient=patient,
        version=version,
        by=clinician,
        protocol=factories.ProtocolFactory(name=f"{CANARY}-PROTOCOL"),
        technique=f"{CANARY}-TECHNIQUE",
        reason=f"{CANARY}-REASON",
    )


# --- nothing clinical --------------------------------------------------------


def test_no_paper_no_mail_and_no_file_holds_a_clinical_word(
    clinical_plan, price_list, front_desk, as_front_desk, as_clinician, as_admin, stranger
):
    quote = issue_quote(quote=replace_draft_quote(plan=clinical_plan, by=front_desk), by=front_desk)
    link, code = create_and_mail_quote_link(quote=quote, to="a@example.org", language="en", by=front_desk)
    send_link_message.call(link.link.carried_by.message_id)
    opened = stranger.get(path_of(link)).text
    documents = [json.dumps(d.content) for d in QuoteDocument.objects.all()]
    accept_quote(quote=quote, option=quote.options.get(sessions=5), signed_name="Yuki", by=front_desk)
    payment = take_payment(plan=clinical_plan, kind="deposit", method="card", amount=D(378), by=front_desk)
    back = give_refund(
        plan=clinical_plan,
        amount=D(10),
        method="cash",
        reason=f"{CANARY}-REFUND because of the rash",
        by=front_desk,
    )
    receipts = [
        json.dumps(papers.receipt_content_to_print(payments.receipt_of_payment_queryset(p.pk).get(), "en"))
        for p in (payment, back)
    ]
    sent = f"{mail.outbox[0].subject} {mail.outbox[0].body}"

    for text in (opened, sent, *documents, *receipts):
        assert CANARY not in text
    assert code not in sent
    # It could have leaked: the clinician's page of the same plan holds the words.
    assert f"{CANARY}-PROTOCOL" in as_clinician.get(url("plan", clinical_plan.pk)).text


@pytest.mark.parametrize("stage", ["draft", "issued", "accepted", "declined"])
def test_no_page_of_a_quote_holds_a_clinical_word(
    clinical_plan, price_list, front_desk, as_front_desk, as_clinician, stage
):
    quote = replace_draft_quote(plan=clinical_plan, by=front_desk)
    if stage != "draft":
        quote = issue_quote(quote=quote, by=front_desk)
    if stage == "accepted":
        accept_quote(quote=quote, option=quote.options.first(), signed_name="Yuki", by=front_desk)
    if stage == "declined":
        decline_quote(quote=quote, reason="Too dear", by=front_desk)

    for client in (as_front_desk, as_clinician):
        text = client.get(url("quote", quote.pk)).text
        assert CANARY not in text
        assert "Yuki Tanaka" in text


# --- drafts ------------------------------------------------------------------


def test_quote_terms_prices_the_draft_again(as_front_desk, draft, clinic, admin, once):
    create_coupon(clinic=clinic, fact=CouponFact("SPRING", D(50), "USD"), by=admin)
    data = {"code": "spring", "insurance_rate": "10", "instalments": "2", "once": once()}

    answer = as_front_desk.post(url("quote_terms", draft.pk), data)

    assert answer.url == url("quote", draft.pk)
    text = as_front_desk.get(answer.url).text
    assert "SPRING" in text
    assert "The insurer pays 10 %." in text
    assert "Insurance rarely covers" not in text


def test_quote_terms_says_at_the_field_what_is_wrong_and_keeps_what_was_typed(as_front_desk, draft, once):
    data = {"code": "NEVER", "insurance_rate": "10", "instalments": "2", "once": once()}

    answer = as_front_desk.post(url("quote_terms", draft.pk), data)

    assert answer.status_code == 422
    assert "There is no such coupon here." in str(answer.context["terms_form"].errors["code"])
    assert 'value="NEVER"' in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("insurance_rate", "101"),
        ("insurance_rate", "-1"),
        ("insurance_rate", "x"),
        ("instalments", "0"),
        ("instalments", "1e9"),
    ],
)
def test_absurd_terms_are_said_at_the_field(as_front_desk, draft, once, field, value):
    data = {"code": "", "insurance_rate": "0", "instalments": "1", "once": once()}

    answer = as_front_desk.post(url("quote_terms", draft.pk), data | {field: value})

    assert answer.status_code == 422
    assert field in answer.context["terms_form"].errors


def test_extras_and_own_options_come_and_go(as_front_desk, draft, price_list, once):
    price = price_list.prices.get(kind="extra")
    as_front_desk.post(url("quote_extra_add", draft.pk), {"price": price.pk, "quantity": "2", "once": once()})
    as_front_desk.post(url("quote_option_add", draft.pk), {"sessions": "6", "once": once()})
    own = draft.options.get(sessions=6)
    line = own.lines.get(kind="extra")
    text = as_front_desk.get(url("quote", draft.pk)).text
    assert text.count("Trichoscopy") >= 4
    assert "standard" not in text

    as_front_desk.post(url("quote_extra_remove", draft.pk, line.pk), {"once": once()})
    as_front_desk.post(url("quote_option_remove", draft.pk, own.pk), {"once": once()})

    assert draft.options.count() == 3
    assert not draft.options.filter(lines__kind="extra").exists()


def test_a_discount_on_a_line_says_why_on_the_page(as_front_desk, draft, once):
    option = draft.options.get(sessions=5)
    line = option.lines.get(kind="session")
    data = {"line": line.pk, "rate": "10", "reason": "Training day", "once": once()}

    as_front_desk.post(url("quote_discount", draft.pk, option.pk), data)

    text = as_front_desk.get(url("quote", draft.pk)).text
    assert "10\xa0% off, Training day" in text
    assert "Discounts on lines" in text


def test_a_changed_draft_costs_no_more_than_a_page_that_writes_may(
    as_front_desk, draft, clinic, admin, once, count_queries
):
    create_coupon(clinic=clinic, fact=CouponFact("SPRING", D(50), "USD"), by=admin)
    data = {"code": "SPRING", "insurance_rate": "10", "instalments": "2", "once": once()}
    with count_queries() as terms:
        as_front_desk.post(url("quote_terms", draft.pk), data)
    with count_queries() as issue:
        as_front_desk.post(url("quote_issue", draft.pk), {"once": once()})

    assert (len(terms), len(issue)) == (13, 17)


@pytest.mark.parametrize("who", ["as_front_desk", "as_clinician"])
@pytest.mark.parametrize("stage", ["draft", "issued", "accepted"])
def test_every_stage_of_a_quote_costs_no_more_than_a_page_may(
    request, draft, plan, front_desk, count_queries, who, stage
):
    client = request.getfixturevalue(who)
    quote = issue_quote(quote=draft, by=front_desk)
    if stage == "draft":
        quote = replace_draft_quote(plan=plan, by=front_desk)
    elif stage == "issued":
        again = replace_draft_quote(plan=plan, by=front_desk)
        quote = issue_quote(quote=again, by=front_desk)
        create_and_mail_quote_link(quote=quote, to="a@example.org", language="en", by=front_desk)
    else:
        accept_quote(quote=quote, option=quote.options.first(), strokes=STROKES, by=front_desk)

    with count_queries() as asked:
        assert client.get(url("quote", quote.pk)).status_code == 200

    assert len(asked) <= 12


# --- accepting ---------------------------------------------------------------


def test_quote_accept_takes_a_drawn_signature(as_front_desk, issued, once):
    option = issued.options.get(sessions=5)
    data = {"option": option.pk, "strokes": json.dumps(STROKES), "once": once()}

    answer = as_front_desk.post(url("quote_accept", issued.pk), data)

    issued.refresh_from_db()
    assert answer.url == url("quote", issued.pk)
    assert (issued.signature, issued.accepted_name) == (STROKES, "Yuki Tanaka")
    text = as_front_desk.get(answer.url).text
    assert 'd="M10 90L20 80 30 90 40 80 50 90"' in text
    assert reverse("schedule:book_course", args=[issued.plan_id]) in text


def test_quote_accept_keeps_what_was_drawn_where_something_else_is_wrong(as_front_desk, issued, once):
    drawn = json.dumps(STROKES)

    answer = as_front_desk.post(url("quote_accept", issued.pk), {"strokes": drawn, "once": once()})

    assert answer.status_code == 422
    assert "Choose one of the options." in answer.text
    assert answer.context["accept_form"]["strokes"].value() == drawn


@pytest.mark.parametrize("strokes", ["<svg>", "[[[900,1]]]", "[" * 9000])
def test_quote_accept_refuses_what_is_no_signature(as_front_desk, issued, once, strokes):
    option = issued.options.first()
    data = {"option": option.pk, "strokes": strokes, "once": once()}

    answer = as_front_desk.post(url("quote_accept", issued.pk), data)

    assert answer.status_code == 422
    assert Quote.objects.get(pk=issued.pk).status == "issued"


# --- what changed, margin ----------------------------------------------------


def test_a_new_quote_shows_what_changed(as_front_desk, issued, plan, publish, front_desk):
    dearer = [PriceRow("session", "Session, medium area", D(350)), *ROWS[3:]]
    publish(dearer, valid_from=timezone.localdate())
    again = replace_draft_quote(plan=plan, by=front_desk)

    page = as_front_desk.get(url("quote", again.pk))

    assert f"What changed since {issued.number}" in page.text
    assert url("quote", issued.pk) in page.text
    assert "$350.00" in page.text
    assert page.context["before"] == issued


def test_example_11_margin_from_the_lots(
    as_clinician, as_front_desk, plan, clinic, front_desk, publish, version
):
    publish([PriceRow("session", "Session", D(308)), PriceRow("kit", "Kit", D(0))])
    PlanSettings.objects.create(clinic=clinic, kit_cost=D(5), practitioner_cost=D(120), room_cost=D(40))
    for component in version.components.all():
        lot = factories.LotFactory(product=component.product, clinic=clinic)
        # 2 ml of 20.00: with the kit 45.00 of consumables
        type(lot).objects.filter(pk=lot.pk).update(unit_cost=D(20))
    quote = replace_draft_quote(plan=plan, by=front_desk)
    assert quote.options.get(sessions=1).net == D(400)

    seen = as_clinician.get(url("quote", quote.pk))
    hidden = as_front_desk.get(url("quote", quote.pk))

    _, found = next(m for m in seen.context["margins"] if m[0].sessions == 1)
    assert [amount for _, amount in found.costs] == [D(40), D(5), D(120), D(40)]
    assert (found.margin.amount, found.margin.percent) == (D(195), D("48.75"))
    assert found.unknown == 0
    assert "Cost and margin" in seen.text
    assert "Cost and margin" not in hidden.text
    assert hidden.context["margins"] == []


def test_a_lot_without_a_cost_is_said(as_clinician, draft):
    margins = as_clinician.get(url("quote", draft.pk)).context["margins"]

    assert {found.unknown for _, found in margins} == {2}


def test_nobody_at_the_desk_may_see_margins():
    assert Permission.SEE_MARGIN not in ROLES[Role.FRONT_DESK].permissions
    assert Permission.SEE_MARGIN in ROLES[Role.CLINICIAN].permissions


# --- money on the plan's page ------------------------------------------------


def test_a_plan_says_what_is_bought_used_left_and_due(as_front_desk, plan, price_list, front_desk, clinic):
    PlanSettings.objects.create(clinic=clinic, instalments=3)
    quote = issue_quote(quote=replace_draft_quote(plan=plan, by=front_desk), by=front_desk)
    accept_quote(quote=quote, option=quote.options.get(sessions=5), signed_name="Y", by=front_desk)

    page = as_front_desk.get(url("plan", plan.pk))
    form = page.context["payment_form"]

    assert "5 bought · 0 used · 5 left · 0 paid for" in page.text
    assert (form.initial["amount"], form.initial["kind"]) == (D(378), "deposit")
    take_payment(plan=plan, kind="deposit", method="card", amount=D(378), by=front_desk)
    form = as_front_desk.get(url("plan", plan.pk)).context["payment_form"]
    assert (form.initial["amount"], form.initial["kind"]) == (D(504), "instalment")
    Quote.objects.filter(pk=quote.pk)
    assert page.context["due"].on == timezone.localdate()


def test_a_refund_above_the_contract_is_asked_about_at_its_field(
    as_front_desk, accepted, plan, front_desk, once
):
    take_payment(plan=plan, kind="payment", method="card", amount=D(1890), by=front_desk)
    signed_sessions(plan, 2)
    data = {"amount": "1500", "method": "cash", "reason": "Moves", "once": once()}

    asked = as_front_desk.post(url("payment_refund", plan.pk), data)
    data |= {"agreed_by": "Dr Kaya", "once": once()}
    given = as_front_desk.post(url("payment_refund", plan.pk), data)

    assert asked.status_code == 422
    assert "say who agreed to more" in str(asked.context["form"].errors["agreed_by"])
    assert 'value="1500"' in asked.text
    assert given.url == url("plan", plan.pk)


def test_a_card_number_in_a_payment_is_refused_at_its_field(as_front_desk, accepted, once):
    data = {
        "kind": "payment",
        "amount": "10",
        "method": "card",
        "reference": "4111-1111-1111-1111",
        "once": once(),
    }

    answer = as_front_desk.post(url("payment_add", accepted.plan_id), data)

    assert answer.status_code == 422
    assert "Card numbers are never kept here" in str(answer.context["form"].errors["reference"])
    assert not accepted.plan.payments.exists()


def test_a_payment_is_read_the_clinics_way(as_front_desk, accepted, clinic, once):
    Clinic.objects.update(amounts="comma")
    data = {"kind": "payment", "amount": "1.234,56", "method": "card", "once": once()}

    answer = as_front_desk.post(url("payment_add", accepted.plan_id), data)

    assert answer.url == url("plan", accepted.plan_id)
    assert accepted.plan.payments.get().amount == D("1234.56")


def test_receipt_is_a_pdf_named_by_its_number(as_front_desk, accepted, front_desk):
    payment = take_payment(plan=accepted.plan, kind="deposit", method="card", amount=D(378), by=front_desk)

    answer = as_front_desk.get(url("receipt", payment.pk))

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="{payment.receipt.number}.pdf"'
    assert payment.receipt.number in as_front_desk.get(url("plan", accepted.plan_id)).text
