"""What booked sessions take from the shelf."""

from datetime import datetime, timedelta
from decimal import Decimal as D

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from treatments.schedule.queries import stock

pytestmark = pytest.mark.django_db


@pytest.fixture
def product():
    return factories.ProductFactory(name="Biotin")


def book(clinic, product, days, *, status="booked", plan_status="active"):
    version = factories.signed_cocktail(
        clinic=clinic, products=[product], kind="single", by=factories.ClinicianFactory(clinic=clinic)
    )
    plan = factories.make_plan(
        clinic=clinic, version=version, patient=version.cocktail.patient, status=plan_status
    )
    day = timezone.localdate() + timedelta(days=days)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=clinic.zone)
    return factories.AppointmentFactory(
        clinic=clinic,
        patient=plan.patient,
        plan=plan,
        session_number=1,
        starts_at=noon,
        status=status,
        room=factories.RoomFactory(clinic=clinic),
    )


def test_booked_sessions_of_open_plans_take_and_no_others(clinic, product):
    factories.LotFactory(clinic=clinic, product=product, on_hand=D("2.5"))
    for days in (1, 8, 15):
        book(clinic, product, days)
    book(clinic, product, 2, status="cancelled")
    book(clinic, product, 3, status="done")
    book(clinic, product, 4, plan_status="stopped")
    book(clinic, product, -3)
    book(factories.ClinicFactory(), product, 5)

    (found,) = stock.product_forecasts(clinic, timezone.now())

    assert (found.outlook.booked, found.outlook.covered) == (3, 2)
    assert found.outlook.short_on == timezone.localdate() + timedelta(days=15)
    assert found.booked_demand_ml == D(3)


def test_the_page_names_the_day_and_draws_and_tabulates(as_admin, clinic, product):
    factories.LotFactory(clinic=clinic, product=product, on_hand=D("1.5"))
    for days in (1, 8):
        book(clinic, product, days)

    answer = as_admin.get(reverse("schedule:stock_forecast"))

    shown = answer.content.decode()
    assert "runs short on" in shown
    assert "<svg" in shown
    assert len(answer.context["plot"].bars) == stock.WEEKS
    assert [b.ml for b in answer.context["plot"].bars] == [ml for _, ml in answer.context["shown"].weeks]
    assert "ml a week" in shown


def test_it_costs_the_same_for_one_product_and_for_three(as_admin, clinic, count_queries):
    sent = []
    for many in (1, 3):
        for _ in range(many):
            product = factories.ProductFactory()
            factories.LotFactory(clinic=clinic, product=product, on_hand=D(5))
            book(clinic, product, many)
        with count_queries() as queries:
            as_admin.get(reverse("schedule:stock_forecast"))
        sent.append(len(queries))

    assert sent[0] == sent[1] <= 8


def test_the_desk_does_not_see_it(as_front_desk):
    assert as_front_desk.get(reverse("schedule:stock_forecast")).status_code == 403
