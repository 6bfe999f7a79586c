"""What may be changed in a draft, and what an issued quote keeps for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal as D
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesoclinic.core.findings import Refused
from tests import factories
from tests.treatments.billing.conftest import ROWS
from treatments.billing.actions.coupons import create_coupon, retire_coupon
from treatments.billing.actions.quote_drafts import (
    add_extra_to_every_option,
    add_option_to_draft,
    remove_extra_from_every_option,
    remove_option_from_draft,
    save_coupon_insurance_and_instalments,
    save_discount_on_draft,
)
from treatments.billing.actions.quotes import accept_quote, decline_quote, issue_quote, replace_draft_quote
from treatments.billing.models import Coupon, PlanSettings, Quote, QuoteDocument
from treatments.billing.queries.documents import prefetched_options_of_quote, quote_content_to_print
from treatments.billing.queries.payments import plan_balance
from treatments.billing.queries.quotes import previous_issued_quote_and_changes, quote_with_options_queryset
from treatments.billing.rules.coupons import CouponFact
from treatments.billing.rules.prices import PriceRow

EXTRAS = [
    PriceRow("consultation", "First consultation", D(100), tax_class="exempt"),
    PriceRow("extra", "Trichoscopy", D(60), tax_class="standard", tax_percent=D(20)),
]


def refusal(call, *codes):
    with pytest.raises(Refused) as refused, transaction.atomic():
        call()
    assert [finding.code for finding in refused.value.findings] == list(codes)
    return str(refused.value)


def today():
    return timezone.localdate()


@pytest.fixture
def price_list(publish):
    return publish([*ROWS, *EXTRAS], tax_standard=D(20))


@pytest.fixture
def coupon(clinic, admin):
    def making(code="SPRING", amount=50, **fields):
        fact = CouponFact(code, D(amount), fields.pop("currency", "USD"), **fields)
        return create_coupon(clinic=clinic, fact=fact, by=admin)

    return making


@pytest.fixture
def terms(front_desk):
    def setting(quote, code="", insurance=0, parts=1):
        return save_coupon_insurance_and_instalments(
            quote=quote, code=code, insurance_rate=D(insurance), instalments=parts, by=front_desk
        )

    return setting


def five(quote):
    return quote.options.get(sessions=5)


def extra(price_list, label):
    return price_list.prices.get(label=label)


# --- coupon, insurance, parts ------------------------------------------------


def test_a_coupon_takes_its_amount_off_every_option(draft, coupon, terms):
    coupon()

    terms(draft, " spring ")

    # Five sessions: 2,100 less 10 % less 50
    option = five(draft)
    assert (option.coupon, option.discount, option.total) == (D(50), D(260), D(1840))
    assert sum(line.net for line in option.lines.all()) == D(1840)
    assert sum(option.instalments) == option.total
    terms(draft)
    assert five(draft).total == D(1890)


def test_an_expired_or_unknown_coupon_is_refused_at_its_field(draft, coupon, terms):
    coupon("OLD", valid_to=today() - timedelta(days=1))

    said = refusal(lambda: terms(draft, "OLD"), "coupon:not-valid")

    assert "OLD ended on" in said
    refusal(lambda: terms(draft, "NEVER"), "coupon:unknown")


def test_a_coupon_of_another_clinic_is_unknown_here(draft, terms, admin):
    elsewhere = factories.ClinicFactory()
    fact = CouponFact("THEIRS", D(5), "USD")
    create_coupon(clinic=elsewhere, fact=fact, by=admin)

    refusal(lambda: terms(draft, "THEIRS"), "coupon:unknown")


def test_a_coupon_that_ended_meanwhile_is_not_issued(draft, coupon, terms, front_desk):
    terms(draft, coupon().code)
    Coupon.objects.update(valid_to=today() - timedelta(days=1))

    refusal(lambda: issue_quote(quote=draft, by=front_desk), "coupon:not-valid")


def test_a_coupon_is_used_so_often_and_given_back_by_a_no(
    plan, draft, coupon, terms, clinic, clinician, front_desk
):
    terms(draft, coupon(most_uses=1).code)
    issued = issue_quote(quote=draft, by=front_desk)
    other = replace_draft_quote(plan=factories.make_plan(clinic=clinic, by=clinician), by=front_desk)

    refusal(lambda: terms(other, "SPRING"), "coupon:not-valid")
    # The same plan's next quote takes the place of the first, and its use with it.
    again = terms(replace_draft_quote(plan=plan, by=front_desk), "")
    Quote.objects.filter(pk=again.pk).update(coupon=Coupon.objects.get())
    again = issue_quote(quote=again, by=front_desk)
    issued.refresh_from_db()
    assert issued.status == "superseded"
    decline_quote(quote=again, reason="Too dear", by=front_desk)
    terms(other, "SPRING")
    assert issue_quote(quote=other, by=front_desk).coupon.code == "SPRING"


@pytest.mark.django_db(transaction=True)
def test_the_last_use_of_a_coupon_goes_to_one_of_many_at_once(clinic, clinician, admin, front_desk, publish):
    publish()
    fact = CouponFact("LAST", D(50), "USD", most_uses=1)
    create_coupon(clinic=clinic, fact=fact, by=admin)
    drafts = [
        replace_draft_quote(plan=factories.make_plan(clinic=clinic, by=clinician), by=front_desk)
        for _ in range(6)
    ]
    Quote.objects.update(coupon=Coupon.objects.get())

    answers = at_once([lambda d=d: issue_quote(quote=d, by=front_desk) for d in drafts])

    assert Quote.objects.filter(status="issued").count() == 1
    told = [f.code for a in answers if isinstance(a, Refused) for f in a.findings]
    assert told == ["coupon:not-valid"] * 5


def test_a_coupon_used_up_is_refused_by_the_database_too(draft, coupon, terms, clinic, clinician, front_desk):
    terms(draft, coupon(most_uses=1).code)
    issue_quote(quote=draft, by=front_desk)
    other = replace_draft_quote(plan=factories.make_plan(clinic=clinic, by=clinician), by=front_desk)

    with pytest.raises(IntegrityError, match="used up"), transaction.atomic():
        Quote.objects.filter(pk=other.pk).update(
            coupon=Coupon.objects.get(),
            status="issued",
            number="Q-2020-0001",
            issued_at=timezone.now(),
            issued_by=front_desk,
            valid_until=today(),
        )


def test_a_coupon_is_made_once_in_capitals_and_withdrawn(coupon, clinic, admin, draft, terms):
    made = coupon("summer-25")

    assert made.code == "SUMMER-25"
    refusal(lambda: coupon("Summer-25"), "coupon:again")
    retire_coupon(coupon=made, by=admin)
    refusal(lambda: terms(draft, "SUMMER-25"), "coupon:not-valid")


def test_example_8_the_insurer_pays_a_part_and_the_patient_the_rest(draft, terms, front_desk):
    terms(draft, insurance=20)

    option = five(draft)
    assert (option.total, option.insurer) == (D(1890), D(378))
    assert option.patient_total == sum(option.instalments) == D(1512)
    issued = issue_quote(quote=draft, by=front_desk)
    accept_quote(quote=issued, option=five(issued), signed_name="Yuki Tanaka", by=front_desk)
    money = plan_balance(issued.plan)
    assert (money.price, money.owed) == (D(1512), D(1512))


def test_it_is_paid_in_a_deposit_and_parts(draft, terms):
    terms(draft, parts=3)

    assert five(draft).instalments == [D(378), D(504), D(504), D(504)]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"insurance": -1}, "insurance"),
        ({"insurance": 101}, "insurance"),
        ({"parts": 0}, "instalments"),
        ({"parts": 25}, "instalments"),
    ],
)
def test_absurd_terms_are_refused(draft, terms, fields, code):
    refusal(lambda: terms(draft, **fields), code)


def test_a_new_draft_has_the_clinics_own_terms(clinic, plan, price_list, front_desk):
    PlanSettings.objects.create(
        clinic=clinic, refund_policy="at_list", instalments=2, instalment_days=14, insurance_rate=D(10)
    )

    quote = replace_draft_quote(plan=plan, by=front_desk)

    quote.refresh_from_db()
    assert (quote.refund_policy, quote.instalments, quote.instalment_days) == ("at_list", 2, 14)
    assert five(quote).insurer == D(189)


# --- lines and options -------------------------------------------------------


def test_a_line_discount_comes_before_the_package_and_says_why(draft, front_desk):
    option = five(draft)
    line = option.lines.get(kind="session")

    save_discount_on_draft(option=option, line=line, rate=D(10), reason="Training day", by=front_desk)

    # (1,600 × 0.9 + 460 + 40) × 0.9
    option, line = five(draft), option.lines.get(kind="session")
    assert option.total == D(1746)
    assert (option.line_discount, option.package_discount_amount) == (D(160), D(194))
    assert (line.discount_rate, line.discount_reason, line.net) == (D(10), "Training day", D(1296))


def test_a_discount_reason_that_holds_a_card_number_is_refused(draft, front_desk):
    refusal(
        lambda: save_discount_on_draft(
            option=five(draft), rate=D(5), reason="pays with 4111 1111 1111 1111", by=front_desk
        ),
        "card-number",
    )


def test_example_9_line_and_package_together_keep_to_the_cap(draft, front_desk):
    option = five(draft)
    for line in option.lines.all():
        save_discount_on_draft(option=option, line=line, rate=D(20), reason="Returning", by=front_desk)

    # 20 % and then 10 % are 28 %; the cap is 25 %
    option.refresh_from_db()
    assert (option.capped, option.total) == (True, D(1575))
    assert option.line_discount == 0


def test_a_consultation_is_added_to_every_option_with_its_own_tax(draft, price_list, front_desk):
    price = extra(price_list, "First consultation")

    add_extra_to_every_option(quote=draft, price=price, quantity=1, by=front_desk)

    assert [o.total for o in draft.options.order_by("sessions")] == [D(520), D(1990), D(2956)]
    line = five(draft).lines.get(kind="consultation")
    assert (line.net, line.tax_class, line.tax, line.in_package) == (D(100), "exempt", 0, False)
    refusal(
        lambda: add_extra_to_every_option(quote=draft, price=price, quantity=1, by=front_desk), "extra:again"
    )
    remove_extra_from_every_option(quote=draft, line=line, by=front_desk)
    assert five(draft).total == D(1890)


def test_examples_4_and_5_mixed_tax_lines_with_a_coupon(clinic, plan, publish, coupon, terms, front_desk):
    rows = [
        PriceRow("session", "Session", D(308), tax_class="standard", tax_percent=D(20)),
        PriceRow("cocktail", "Cocktail", D(92), tax_class="standard", tax_percent=D(20)),
        EXTRAS[0],
    ]
    price_list = publish(rows, tax_standard=D(20))
    quote = replace_draft_quote(plan=plan, by=front_desk)
    add_extra_to_every_option(
        quote=quote, price=extra(price_list, "First consultation"), quantity=1, by=front_desk
    )

    one = quote.options.get(sessions=1)
    assert (one.net, one.tax, one.total) == (D(500), D(80), D(580))
    terms(quote, coupon().code)
    one.refresh_from_db()
    assert (one.net, one.tax, one.total) == (D(450), D(72), D(522))
    assert one.lines.get(kind="consultation").net == D(90)


def test_what_is_no_extra_of_this_list_is_refused(draft, price_list, front_desk):
    kit = extra(price_list, "Single-use kit")
    session = five(draft).lines.get(kind="session")

    refusal(
        lambda: add_extra_to_every_option(quote=draft, price=kit, quantity=1, by=front_desk), "extra:unknown"
    )
    refusal(
        lambda: add_extra_to_every_option(
            quote=draft, price=extra(price_list, "Trichoscopy"), quantity=0, by=front_desk
        ),
        "extra:quantity",
    )
    refusal(lambda: remove_extra_from_every_option(quote=draft, line=session, by=front_desk), "extra:none")


def test_an_option_of_ones_own_stands_beside_the_usual_with_the_extras(draft, price_list, front_desk):
    price = extra(price_list, "Trichoscopy")
    add_extra_to_every_option(quote=draft, price=price, quantity=2, by=front_desk)

    add_option_to_draft(quote=draft, sessions=6, by=front_desk)

    own = draft.options.get(sessions=6)
    # 6 × 420 less 10 %, and 2 × 60 with 20 % tax
    assert own.total == D("2268") + D(144)
    assert sum(own.instalments) == own.total
    refusal(lambda: add_option_to_draft(quote=draft, sessions=6, by=front_desk), "option:again")
    refusal(lambda: add_option_to_draft(quote=draft, sessions=31, by=front_desk), "option:sessions")
    add_option_to_draft(quote=draft, sessions=7, by=front_desk)
    refusal(lambda: add_option_to_draft(quote=draft, sessions=9, by=front_desk), "option:too-many")


def test_an_option_is_taken_off_but_for_the_last(draft, front_desk):
    one, start, own = draft.options.order_by("sessions")
    remove_option_from_draft(option=one, by=front_desk)
    remove_option_from_draft(option=start, by=front_desk)

    refusal(lambda: remove_option_from_draft(option=own, by=front_desk), "option:last")


def test_an_option_is_not_priced_by_another_list(draft, publish, front_desk):
    publish(valid_from=today())

    refusal(lambda: add_option_to_draft(quote=draft, sessions=6, by=front_desk), "quote:old-prices")


@pytest.mark.parametrize("change", ["terms", "extra", "option", "off"])
def test_nothing_of_an_issued_quote_is_changed(issued, price_list, terms, front_desk, change):
    price = extra(price_list, "Trichoscopy")
    calls = {
        "terms": lambda: terms(issued),
        "extra": lambda: add_extra_to_every_option(quote=issued, price=price, quantity=1, by=front_desk),
        "option": lambda: add_option_to_draft(quote=issued, sessions=6, by=front_desk),
        "off": lambda: remove_option_from_draft(option=issued.options.first(), by=front_desk),
    }

    refusal(calls[change], "quote:frozen")


# --- prices by technique and treatment ---------------------------------------


def test_a_plan_is_priced_by_its_protocols_technique(clinic, clinician, publish, front_desk):
    publish([*ROWS, PriceRow("session", "Session by gun", D(333), technique="mesogun")])
    protocol = factories.ProtocolFactory(technique_code="mesogun")
    plan = factories.make_plan(clinic=clinic, by=clinician, protocol=protocol)

    quote = replace_draft_quote(plan=plan, by=front_desk)

    assert five(quote).lines.get(kind="session").label == "Session by gun"


def test_ready_made_products_are_priced_by_their_tier(clinic, patient, clinician, publish, front_desk):
    publish([*ROWS, PriceRow("cocktail", "Ready-made", D(77), treatment="premade")])
    products = [factories.ProductFactory(premade=True, price_per_ml=D(5)) for _ in range(2)]
    version = factories.signed_cocktail(clinic=clinic, patient=patient, by=clinician, products=products)
    plan = factories.make_plan(clinic=clinic, patient=patient, version=version, by=clinician)

    quote = replace_draft_quote(plan=plan, by=front_desk)

    assert five(quote).lines.get(kind="cocktail").unit_amount == D(77)


# --- issued ------------------------------------------------------------------


def test_a_new_quote_says_what_changed_since_the_last(issued, plan, publish, front_desk):
    publish([replace_price(row) for row in ROWS], valid_from=today())
    again = replace_draft_quote(plan=plan, by=front_desk)
    found = quote_with_options_queryset(again.pk).get()

    before, changed = previous_issued_quote_and_changes(found, prefetched_options_of_quote(found))

    assert before == issued
    assert [(c.what, c.was, c.now) for c in changed if c.option == "Start 5"] == [
        ("Session, medium area", D(320), D(350)),
        ("discount", D(210), D(225)),
        ("total", D(1890), D(2025)),
    ]
    issued_again = issue_quote(quote=again, by=front_desk)
    assert issued_again.previous == issued


def replace_price(row):
    if row.label != "Session, medium area":
        return row
    return PriceRow(row.kind, row.label, D(350), area_from=row.area_from, area_to=row.area_to)


def test_a_quote_issued_is_printed_once_with_its_hash(issued):
    document = QuoteDocument.objects.get(quote=issued)

    assert document.language == "en"
    assert len(document.sha256) == 64
    assert document.content["title"] == f"Quote {issued.number}"


amounts = st.integers(1, 100_000)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(amounts, amounts, st.integers(0, 99), st.integers(1, 99))
def test_a_later_price_change_alters_nothing_issued(
    plan, price_list, publish, front_desk, session, kit, package, per_ml
):
    with transaction.atomic():
        issued = issue_quote(quote=replace_draft_quote(plan=plan, by=front_desk), by=front_desk)
        before = paper_of(issued)
        publish(
            [
                PriceRow("session", "S", D(session)),
                PriceRow("kit", "K", D(kit)),
                PriceRow("package", "P", rate=D(package), sessions_from=5),
            ],
            valid_from=today(),
            reasons={"price-package:2": "0 % is among what is tried"},
        )
        for part in plan.cocktail_version.components.select_related("product"):
            part.product.price_per_ml = D(per_ml)
            part.product.save()

        assert paper_of(issued) == before
        transaction.set_rollback(True)


def paper_of(quote):
    found = quote_with_options_queryset(quote.pk).get()
    options = prefetched_options_of_quote(found)
    return quote_content_to_print(found, options, "en")


# --- at once -----------------------------------------------------------------


def at_once(calls):
    """Each call in its own thread and connection, started together."""
    start = Barrier(len(calls))

    def one(call):
        try:
            connection.ensure_connection()
            start.wait()
            return call()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))
