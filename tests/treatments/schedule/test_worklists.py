"""Courses that somebody has to be called about."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.treatments.schedule.calendars import accepted_plan, at, sign
from treatments.billing.actions.price_lists import publish_price_list
from treatments.billing.actions.quotes import accept_quote, issue_quote, replace_draft_quote
from treatments.billing.models import Payment
from treatments.billing.rules.prices import PriceRow

pytestmark = pytest.mark.django_db


@pytest.fixture
def accepted_quote(clinic, clinician, admin, front_desk):
    """Makes a plan whose quote is accepted."""
    publish_price_list(
        clinic=clinic,
        valid_from=date(2020, 1, 1),
        currency="USD",
        rows=[
            PriceRow("session", "Session", Decimal(200)),
            PriceRow("package", "Package of 8", rate=Decimal(15), sessions_from=8),
        ],
        by=admin,
    )

    def accepting():
        plan = factories.make_plan(clinic=clinic, by=clinician)
        quote = issue_quote(quote=replace_draft_quote(plan=plan, by=front_desk), by=front_desk)
        quote = accept_quote(
            quote=quote, option=quote.options.get(sessions=8), signed_name="Y", by=front_desk
        )
        quote.plan.refresh_from_db()
        return quote

    return accepting


def visit(clinic, clinician, room, start, *, minutes=20, **more):
    return factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        kind=more.pop("kind", "intake"),
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
        **more,
    )


def paid(plan, amount="100.00"):
    Payment.objects.create(
        plan=plan,
        patient_id=plan.patient_id,
        amount=Decimal(amount),
        currency="USD",
        method="cash",
        kind="deposit",
        by=plan.created_by,
    )


def listed(client, key, **more):
    page = client.get(reverse("schedule:to_book"), {"list": key, **more})
    return [row.plan.pk for row in page.context["rows"]]


def test_overdue_is_later_than_the_protocol_allows_with_nothing_booked(
    as_front_desk, clinic, clinician, room, soon
):
    today = timezone.localdate()

    def treated(days, **fields):
        plan = accepted_plan(clinic, clinician, status="active", **fields)
        factories.TreatmentSessionFactory(plan=plan, number=1, performed_on=today - timedelta(days=days))
        return plan

    late, just_in_time, booked = treated(22), treated(21), treated(60)
    visit(
        clinic,
        clinician,
        room,
        at(10, day=soon),
        patient=booked.patient,
        plan=booked,
        session_number=2,
        kind="session",
    )
    weekly = treated(12, intervals=[7, 7])
    over = treated(90, sessions_planned=1, intervals=[])

    assert listed(as_front_desk, "overdue") == [late.pk, weekly.pk]
    assert just_in_time.pk not in listed(as_front_desk, "overdue")
    assert over.pk not in listed(as_front_desk, "overdue")


@pytest.mark.parametrize("key", ["overdue", "paid", "unbooked", "unused"])
def test_a_worklist_costs_the_same_for_one_and_for_three(
    as_front_desk, clinic, clinician, count_queries, accepted_quote, key
):
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            plan = accepted_quote().plan
            if key == "overdue":
                factories.TreatmentSessionFactory(
                    plan=plan, number=1, performed_on=timezone.localdate() - timedelta(days=50)
                )
            if key in ("paid", "unused"):
                paid(plan)
        with count_queries() as used:
            assert len(listed(as_front_desk, key)) == rows + (rows == 2)
        counts.append(len(used))

    assert counts[0] == counts[1] <= 8


def test_paid_but_not_booked_is_what_it_says(as_front_desk, clinic, clinician, room, soon):
    waiting = accepted_plan(clinic, clinician)
    paid(waiting)
    booked = accepted_plan(clinic, clinician)
    paid(booked)
    visit(
        clinic,
        clinician,
        room,
        at(10, day=soon),
        patient=booked.patient,
        plan=booked,
        session_number=1,
        kind="session",
    )
    accepted_plan(clinic, clinician)
    elsewhere = accepted_plan(factories.ClinicFactory(), clinician)
    paid(elsewhere)

    page = as_front_desk.get(reverse("schedule:to_book"), {"list": "paid"})

    (row,) = page.context["rows"]
    assert (row.plan.pk, row.number, row.last_on) == (waiting.pk, 1, None)
    assert reverse("schedule:book_course", args=[waiting.pk]) in page.content.decode()


def test_a_worklist_is_paged_by_key(as_front_desk, clinic, clinician, monkeypatch):
    plans = [accepted_plan(clinic, clinician) for _ in range(3)]
    for plan in plans:
        paid(plan)
    monkeypatch.setattr("treatments.schedule.queries.worklists.PAGE", 2)

    first = as_front_desk.get(reverse("schedule:to_book"), {"list": "paid"})
    after = first.context["page"]["next"]
    second = as_front_desk.get(after)

    assert [r.plan.pk for r in first.context["rows"]] == [p.pk for p in plans[:2]]
    assert [r.plan.pk for r in second.context["rows"]] == [plans[2].pk]
    assert second.context["page"]["next"] == ""


def booked_for(plan, number):
    return factories.AppointmentFactory(
        clinic=plan.clinic, patient=plan.patient, plan=plan, session_number=number
    )


def test_accepted_and_not_booked_is_a_list_until_a_session_is_booked(as_front_desk, accepted_quote):
    plan = accepted_quote().plan

    assert listed(as_front_desk, "unbooked") == [plan.pk]
    booked_for(plan, 1)
    assert listed(as_front_desk, "unbooked") == []


def test_paid_and_not_used_is_a_list_until_it_is_booked_or_used(as_front_desk, accepted_quote):
    plan = accepted_quote().plan

    def rows():
        page = as_front_desk.get(reverse("schedule:to_book"), {"list": "unused"})
        return [(row.plan.pk, row.plan.signed) for row in page.context["rows"]]

    assert rows() == []
    paid(plan, plan_price(plan) / 2)
    assert rows() == [(plan.pk, 0)]
    sign(factories.TreatmentSessionFactory(plan=plan, number=1))
    assert rows() == [(plan.pk, 1)]
    booked_for(plan, 2)
    assert rows() == []


def plan_price(plan):
    return plan.quotes.get().chosen_option.total


def test_sessions_used_up_what_was_paid(as_front_desk, accepted_quote):
    plan = accepted_quote().plan
    paid(plan, plan_price(plan) / plan.sessions_planned)
    assert listed(as_front_desk, "unused") == [plan.pk]

    sign(factories.TreatmentSessionFactory(plan=plan, number=1))

    assert listed(as_front_desk, "unused") == []
