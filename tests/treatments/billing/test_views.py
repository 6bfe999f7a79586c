"""The pages of plans, quotes, payments and prices, as each person meets them."""

from datetime import date
from decimal import Decimal as D

import pytest

from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.treatments.billing.addresses import url
from treatments.billing.actions.payments import take_payment
from treatments.billing.models import Quote
from treatments.billing.queries.worklists import WORKLISTS
from treatments.plans.models import TreatmentPlan

NOTE = "CANARY-NOTE she cries at night"


@pytest.fixture
def condition(db):
    return factories.ConditionFactory(code="canary", name="CANARY-DIAGNOSIS")


@pytest.fixture
def assessment(patient, clinician, condition):
    found = factories.AssessmentFactory(
        patient=patient, condition=condition, assessed_by=clinician, note=NOTE
    )
    factories.AssessmentZoneFactory(assessment=found, area_cm2=D(78))
    return found


@pytest.fixture
def version(clinic, patient, clinician, assessment):
    """Two ingredients whose names must not reach the desk."""
    products = [
        factories.ProductFactory(
            code=f"canary-{n}",
            name=f"CANARY-PRODUCT {n}",
            price_per_ml=D(46),
            ingredient=factories.IngredientFactory(name=f"CANARY-INGREDIENT {n}"),
        )
        for n in (1, 2)
    ]
    return factories.signed_cocktail(
        clinic=clinic, patient=patient, by=clinician, products=products, assessment=assessment
    )


@pytest.fixture
def plan(clinic, patient, version, clinician):
    return factories.make_plan(
        clinic=clinic,
        patient=patient,
        version=version,
        by=clinician,
        protocol=factories.ProtocolFactory(name="CANARY-PROTOCOL"),
        technique="CANARY-TECHNIQUE",
        reason="CANARY-REASON low mood",
    )


# --- making a plan -----------------------------------------------------------


@pytest.fixture
def protocol(condition):
    return factories.ProtocolFactory(name="For it", condition=condition)


@pytest.fixture
def plan_data(version, protocol, once):
    return lambda **more: (
        {
            "cocktail": version.pk,
            "protocol": protocol.pk,
            "sessions": "8",
            "intervals": "14; 14; 14; 30",
            "technique": "nappage",
            "name": "Density 8",
            "once": once(),
        }
        | more
    )


def test_start_offers_the_protocols_of_the_condition_first(as_clinician, patient, version, protocol):
    factories.ProtocolFactory(name="For another", condition=factories.ConditionFactory())
    factories.ProtocolFactory(name="Technique", is_technique=True)
    factories.ProtocolFactory(name="For any")

    form = as_clinician.get(url("start", patient.pk)).context["form"]

    assert [
        (group, [label.split(" · ")[0] for _, label in options])
        for group, options in form.fields["protocol"].choices
    ] == [
        ("For this condition", ["For it"]),
        ("For any condition", ["For any"]),
        ("For other conditions", ["Androgenetic alopecia: For another"]),
    ]
    assert form.initial["cocktail"] == version.pk
    assert AuditEvent.objects.filter(did="patient.viewed", patient_id=patient.pk).exists()


def test_start_saves_the_plan_and_opens_its_quote(
    as_clinician, patient, plan_data, price_list, count_queries
):
    with count_queries() as asked:
        response = as_clinician.post(url("start", patient.pk), plan_data())

    plan = TreatmentPlan.objects.get()
    assert response.url == url("quote", Quote.objects.get(plan=plan).pk)
    assert (plan.name, plan.sessions_planned, plan.area_cm2) == ("Density 8", 8, D(78))
    assert plan.intervals == [14, 14, 14, 30, 30, 30, 30]
    # A plan and its first quote, in one go (law 12).
    assert len(asked) == 17


def test_start_twice_makes_one_plan(as_clinician, patient, plan_data, price_list):
    data = plan_data()

    first = as_clinician.post(url("start", patient.pk), data)
    second = as_clinician.post(url("start", patient.pk), data)

    assert second.url == first.url
    assert TreatmentPlan.objects.count() == 1


def test_start_without_prices_keeps_the_plan_and_says_what_to_add(as_clinician, patient, plan_data):
    response = as_clinician.post(url("start", patient.pk), plan_data(), follow=True)

    assert response.redirect_chain[0][0] == url("plan", TreatmentPlan.objects.get().pk)
    assert "has no price list in force. An admin publishes one" in response.text


def test_start_with_few_sessions_asks_why_and_keeps_what_was_typed(
    as_clinician, patient, plan_data, price_list
):
    response = as_clinician.post(url("start", patient.pk), plan_data(sessions="4", name="Kept name"))

    assert response.status_code == 422
    assert 'name="reason:sessions:under-five"' in response.text
    assert 'value="Kept name"' in response.text
    assert not TreatmentPlan.objects.exists()

    data = plan_data(sessions="4")
    data["reason:sessions:under-five"] = "Moves abroad"
    as_clinician.post(url("start", patient.pk), data)

    assert TreatmentPlan.objects.get().reason == "Moves abroad"


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("sessions", "many", "Enter a whole number."),
        ("sessions", "40", "A plan has up to 30 sessions."),
        ("intervals", "two weeks", "Type whole days"),
        ("intervals", "0", "at least a day apart"),
        ("intervals", "", "Type the days between sessions"),
        ("cocktail", "999999", "Select a valid choice"),
        ("protocol", "x", "Select a valid choice"),
    ],
)
def test_start_says_at_the_field_what_is_wrong(as_clinician, patient, plan_data, field, typed, said):
    response = as_clinician.post(url("start", patient.pk), plan_data(**{field: typed}))

    assert response.status_code == 422
    assert said in str(response.context["form"].errors[field])
    assert not TreatmentPlan.objects.exists()


def test_start_fills_in_from_another_protocol_without_saving(as_clinician, patient, plan_data, condition):
    other = factories.ProtocolFactory(
        condition=condition, sessions_default=6, intervals=[7] * 5, technique="papular"
    )

    response = as_clinician.post(
        url("start", patient.pk), plan_data(protocol=other.pk, fill="1", name="Mine")
    )

    assert response.status_code == 200
    assert response.context["form"].initial == {
        "cocktail": response.context["cocktails"][0].pk.__str__(),
        "protocol": other.pk,
        "sessions": 6,
        "intervals": [7] * 5,
        "technique": "papular",
        "name": "Mine",
    }
    assert not TreatmentPlan.objects.exists()


def test_start_says_what_comes_first(as_clinician, clinician):
    unassessed = factories.PatientFactory()
    assessed = factories.AssessmentFactory(assessed_by=clinician).patient

    assert "Not assessed yet" in as_clinician.get(url("start", unassessed.pk)).text
    assert "No signed cocktail yet" in as_clinician.get(url("start", assessed.pk)).text


# --- a plan ------------------------------------------------------------------


def test_plan_shows_the_clinician_protocol_and_reason(as_clinician, plan):
    page = as_clinician.get(url("plan", plan.pk)).text

    assert "CANARY-PROTOCOL" in page
    assert "CANARY-REASON" in page
    assert "0 of 8 sessions done" in page


def test_plan_says_which_sessions_are_done_booked_and_open(as_front_desk, plan, clinic):
    factories.AppointmentFactory(clinic=clinic, patient=plan.patient, plan=plan, session_number=2)

    rows = as_front_desk.get(url("plan", plan.pk)).context["sessions"]

    assert [(row.number, row.state) for row in rows] == [
        (n, "booked" if n == 2 else "open") for n in range(1, 9)
    ]


def test_plan_accept_treats_without_a_quote(as_clinician, plan, once):
    response = as_clinician.post(url("plan_accept", plan.pk), {"once": once()})

    plan.refresh_from_db()
    assert (response.url, plan.status) == (url("plan", plan.pk), "accepted")


def test_plan_accept_is_refused_once_quoted(as_clinician, issued, once):
    response = as_clinician.post(url("plan_accept", issued.plan_id), {"once": once()})

    assert response.status_code == 422
    assert "Only a draft is accepted without a quote." in response.text


def test_plan_stop_needs_a_reason(as_clinician, plan, once):
    refused = as_clinician.post(url("plan_stop", plan.pk), {"once": once()})
    stopped = as_clinician.post(url("plan_stop", plan.pk), {"once": once(), "reason": "Moves abroad"})

    plan.refresh_from_db()
    assert (refused.status_code, stopped.status_code) == (422, 302)
    assert "Write why the course stops." in refused.text
    assert plan.status == "stopped"


def test_a_refused_stop_shows_its_own_page_with_the_way_back(as_clinician, plan, once):
    answer = as_clinician.post(url("plan_stop", plan.pk), {"once": once(), "reason": "  "})

    assert answer.templates[0].name == "treatments/plans/plan_refused.html"
    assert "Why it stops" in answer.text
    assert f'href="{url("plan", plan.pk)}"' in answer.text


# --- quotes ------------------------------------------------------------------


def test_quote_shows_the_options_and_their_lines(as_front_desk, issued, patient):
    page = as_front_desk.get(url("quote", issued.pk))

    assert f"<h1>Quote {issued.number}</h1>" in page.text
    for text in (
        "$420",
        "$1,890",
        "$2,856",
        "$378 per session, 10\N{NO-BREAK SPACE}% off",
        "2 ingredients, 2.0 ml, priced from today’s catalogue",
        "−$210.00",
        "Insurance rarely covers this treatment.",
    ):
        assert text in page.text
    assert AuditEvent.objects.filter(did="patient.viewed", patient_id=patient.pk).exists()


def test_quote_draft_makes_a_quote_of_a_plan(as_front_desk, plan, price_list, once):
    response = as_front_desk.post(url("quote_draft", plan.pk), {"once": once()})

    assert response.url == url("quote", Quote.objects.get().pk)


def test_quote_draft_says_which_price_is_missing_and_not_of_what(as_front_desk, plan, publish, version, once):
    publish()
    product = version.components.first().product
    product.price_per_ml = None
    product.save()

    response = as_front_desk.post(url("quote_draft", plan.pk), {"once": once()})

    assert response.status_code == 422
    assert "1 product in it without a price per ml" in response.text
    assert "CANARY" not in response.text


def test_quote_issue_gives_the_number(as_front_desk, draft, once, count_queries):
    with count_queries() as asked:
        response = as_front_desk.post(url("quote_issue", draft.pk), {"once": once()})

    draft.refresh_from_db()
    assert (response.url, draft.status) == (url("quote", draft.pk), "issued")
    assert len(asked) == 14


def test_quote_issue_twice_is_refused(as_front_desk, issued, once):
    response = as_front_desk.post(url("quote_issue", issued.pk), {"once": once()})

    assert response.status_code == 422
    assert "This quote is issued and cannot become issued." in response.text


def accept_data(issued, once, **more):
    option = issued.options.get(sessions=5)
    return {"option": option.pk, "signed_name": "Yuki Tanaka", "once": once()} | more


def test_quote_accept_takes_the_option_and_offers_booking(as_front_desk, issued, once, count_queries):
    with count_queries() as asked:
        response = as_front_desk.post(url("quote_accept", issued.pk), accept_data(issued, once))

    issued.refresh_from_db()
    assert response.url == url("quote", issued.pk)
    assert (issued.status, issued.chosen_option.sessions) == ("accepted", 5)
    assert len(asked) <= 12


def test_quote_accept_twice_with_one_key_answers_the_same(as_front_desk, issued, once):
    data = accept_data(issued, once)

    answers = [as_front_desk.post(url("quote_accept", issued.pk), data) for _ in "ab"]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert AuditEvent.objects.filter(did="quote.accepted").count() == 1


def test_quote_accept_keeps_the_option_where_the_name_is_missing(as_front_desk, issued, once):
    data = accept_data(issued, once, signed_name="")

    response = as_front_desk.post(url("quote_accept", issued.pk), data)

    assert response.status_code == 422
    assert "Sign in the box, or type the name." in response.text
    picked = [o.sessions for o in response.context["options"] if o.is_picked]
    assert picked == [5]


def test_quote_accept_tells_the_second_desk(as_front_desk, accepted, once):
    response = as_front_desk.post(url("quote_accept", accepted.pk), accept_data(accepted, once))

    assert response.status_code == 422
    assert "This quote was already accepted" in response.text


def test_quote_decline_needs_a_reason(as_front_desk, issued, once):
    refused = as_front_desk.post(url("quote_decline", issued.pk), {"once": once()})
    declined = as_front_desk.post(url("quote_decline", issued.pk), {"once": once(), "reason": "Too dear"})

    issued.refresh_from_db()
    assert (refused.status_code, declined.status_code) == (422, 302)
    assert (issued.status, issued.answer_reason) == ("declined", "Too dear")


def test_quote_discount_is_set_and_a_wrong_one_kept_on_the_page(as_front_desk, draft, once):
    option = draft.options.get(sessions=5)
    address = url("quote_discount", draft.pk, option.pk)

    wrong = as_front_desk.post(address, {"rate": "40", "reason": "Staff", "once": once()})
    right = as_front_desk.post(address, {"rate": "20", "reason": "Staff", "once": once()})

    option.refresh_from_db()
    assert (wrong.status_code, right.status_code) == (422, 302)
    assert "above this clinic&#x27;s cap of 25 %" in wrong.text
    assert 'value="40"' in wrong.text
    assert option.discount_rate == 20


def test_quote_discount_is_of_an_option_of_that_quote(as_front_desk, draft, once):
    option = draft.options.first()

    response = as_front_desk.post(
        url("quote_discount", draft.pk + 1, option.pk), {"rate": "5", "reason": "x"}
    )

    assert response.status_code == 404


# --- what reading costs ------------------------------------------------------


def test_a_quote_costs_the_same_however_many_options(as_front_desk, draft, count_queries):
    with count_queries() as three:
        as_front_desk.get(url("quote", draft.pk))
    draft.options.exclude(sessions=1).delete()
    with count_queries() as one:
        as_front_desk.get(url("quote", draft.pk))

    assert (len(one), len(three)) == (8, 8)


def test_a_plan_costs_the_same_however_much_was_paid(as_front_desk, accepted, front_desk, count_queries):
    def pay(amount):
        take_payment(plan=accepted.plan, kind="payment", method="card", amount=D(amount), by=front_desk)

    pay(5)
    with count_queries() as one:
        as_front_desk.get(url("plan", accepted.plan_id))
    pay(6), pay(7)
    with count_queries() as three:
        as_front_desk.get(url("plan", accepted.plan_id))

    assert (len(one), len(three)) == (15, 15)


def test_start_costs_the_same_for_one_protocol_and_three(
    as_clinician, patient, version, protocol, count_queries
):
    with count_queries() as one:
        as_clinician.get(url("start", patient.pk))
    factories.ProtocolFactory(), factories.ProtocolFactory()
    with count_queries() as three:
        as_clinician.get(url("start", patient.pk))

    assert (len(one), len(three)) == (7, 7)


def test_prices_cost_the_same_for_one_list_and_three(as_admin, price_list, publish, count_queries):
    with count_queries() as one:
        as_admin.get(url("price_list_list"))
    publish(valid_from=date(2021, 1, 1)), publish(valid_from=date(2022, 1, 1))
    with count_queries() as three:
        as_admin.get(url("price_list_list"))

    assert (len(one), len(three)) == (4, 4)


# --- nothing clinical at the desk --------------------------------------------


def test_no_desk_page_shows_a_note_a_diagnosis_or_an_ingredient(
    as_front_desk, as_clinician, accepted, issue, front_desk, payment, clinician
):
    waits = issue()
    pages = [
        url("plan", accepted.plan_id),
        url("quote", accepted.pk),
        url("quote", waits.pk),
        url("plan", waits.plan_id),
        *(f"{url('quote_list')}?list={key}" for key in WORKLISTS),
        url("day_close"),
    ]

    shown = [as_front_desk.get(page).text for page in pages]

    assert [text.count("CANARY") for text in shown] == [0] * len(pages)
    assert "Yuki Tanaka" in shown[0]
    # It could have leaked: the clinician's page of the same plan holds it.
    assert "CANARY-PROTOCOL" in as_clinician.get(pages[0]).text


def test_a_quote_shows_nothing_clinical_to_a_clinician_either(as_clinician, issued):
    assert "CANARY" not in as_clinician.get(url("quote", issued.pk)).text
