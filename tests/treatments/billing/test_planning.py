"""A plan with its first quote: made, accepted without it, stopped."""

from datetime import date
from decimal import Decimal as D

import pytest

from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.treatments.billing.desk import did, refusal
from treatments.billing.actions.quotes import (
    create_plan_with_quote,
)
from treatments.billing.models import Quote
from treatments.billing.queries.payments import plan_balance
from treatments.plans.actions import accept_plan_without_quote, move_plan_to_status, stop_plan
from treatments.plans.rules import PlanStatus


@pytest.fixture
def assessment(patient, clinician):
    return factories.AssessmentZoneFactory(
        assessment=factories.AssessmentFactory(patient=patient, assessed_by=clinician), area_cm2=D(78)
    ).assessment


@pytest.fixture
def make_with_quote(patient, assessment, version, clinician, clinic):
    def making(**fields):
        return create_plan_with_quote(
            **{
                "patient": patient,
                "assessment": assessment,
                "cocktail_version": version,
                "protocol": factories.ProtocolFactory(),
                "name": "Density 8",
                "sessions_planned": 8,
                "intervals": [14],
                "by": clinician,
                "clinic": clinic,
            }
            | fields
        )

    return making


@pytest.fixture
def make(make_with_quote):
    return lambda **fields: make_with_quote(**fields).plan


def test_a_plan_copies_its_area_and_its_first_quote_stands_ready(make_with_quote, price_list):
    made = make_with_quote()
    plan = made.plan

    assert (plan.status, plan.area_cm2, plan.intervals) == ("draft", D(78), [14] * 7)
    assert list(made.quote.options.values_list("name", "sessions", "total")) == [
        ("Single session", 1, D(420)),
        ("Start 5", 5, D(1890)),
        ("Density 8", 8, D(2856)),
    ]
    assert did()[-2:] == ["plan.drafted", "quote.drafted"]


def test_a_plan_stands_without_prices_and_says_which_are_missing(make_with_quote):
    made = make_with_quote()

    assert made.quote is None
    assert [finding.code for finding in made.missing] == ["price:no-list"]
    assert not Quote.objects.exists()


def test_a_plan_without_a_name_is_called_by_its_sessions(make):
    assert make(name=" ").name == "Course of 8"


def test_fewer_than_five_sessions_wait_for_a_reason(make):
    message = refusal(lambda: make(sessions_planned=3), "sessions:fewer-than-protocol", "sessions:under-five")
    assert "results are best after the fifth session" in message

    plan = make(
        sessions_planned=3,
        reasons={"sessions:under-five": "Moves abroad", "sessions:fewer-than-protocol": "Moves abroad"},
    )

    assert (plan.sessions_planned, plan.reason) == (3, "Moves abroad")


def test_a_single_session_keeps_its_interval_for_the_options(make_with_quote, price_list):
    reasons = dict.fromkeys(["sessions:under-five", "sessions:fewer-than-protocol"], "A trial")

    made = make_with_quote(sessions_planned=1, intervals=[14], reasons=reasons)

    assert made.plan.intervals == [14]
    assert [o.sessions for o in made.quote.options.all()] == [1, 5, 8]


def test_a_course_without_intervals_offers_a_single_session(make_with_quote, price_list):
    reasons = dict.fromkeys(["sessions:under-five", "sessions:fewer-than-protocol"], "A trial")

    made = make_with_quote(sessions_planned=1, intervals=[], reasons=reasons)

    assert [o.sessions for o in made.quote.options.all()] == [1]


def test_a_plan_takes_this_patients_signed_cocktail_and_a_schedule(make, patient, clinic):
    refusal(
        lambda: make(cocktail_version=factories.CocktailVersionFactory(cocktail__patient=patient)),
        "plan:unsigned-cocktail",
    )
    refusal(lambda: make(cocktail_version=factories.signed_cocktail(clinic=clinic)), "plan:other-patient")
    refusal(lambda: make(protocol=factories.ProtocolFactory(is_technique=True)), "plan:no-schedule")


def test_a_plan_needs_an_area(make, patient):
    bare = factories.AssessmentFactory(patient=patient)

    refusal(lambda: make(assessment=bare), "plan:no-area")


def test_no_plan_is_made_for_somebody_who_died(make, patient):
    patient.died_on = date(2026, 1, 1)

    refusal(make, "plan:closed-record")


def test_a_plan_is_accepted_without_a_quote_and_then_owes_nothing(plan, clinician):
    accept_plan_without_quote(plan=plan, by=clinician)

    plan.refresh_from_db()
    assert plan.status == "accepted"
    money = plan_balance(plan)
    assert (money.price, money.paid, money.owed) == (None, D(0), D(0))
    refusal(lambda: accept_plan_without_quote(plan=plan, by=clinician), "plan:quoted")


def test_a_plan_stops_with_a_reason(plan, clinician):
    refusal(lambda: stop_plan(plan=plan, reason=" ", by=clinician), "reason:missing")

    stop_plan(plan=plan, reason="Pregnant", by=clinician)

    plan.refresh_from_db()
    assert (plan.status, plan.reason) == ("stopped", "Stopped: Pregnant")
    event = AuditEvent.objects.latest("pk")
    assert (event.did, event.data) == ("plan.stopped", {"was": "draft"})


def test_a_refused_move_leaves_nothing(plan, clinician):
    before = did()

    refusal(lambda: move_plan_to_status(plan=plan, to=PlanStatus.DONE, by=clinician), "move:plan:done")

    plan.refresh_from_db()
    assert (plan.status, did()) == ("draft", before)
