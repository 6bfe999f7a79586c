"""Chair time, what is owed by age, and the shelf: each against a count by hand or in plain SQL."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from mesoclinic.pages.inbox import inbox_of_desk
from tests import factories
from tests.conftest import signed_in
from treatments.billing.actions.payments import take_payment
from treatments.billing.models import Quote
from treatments.billing.queries.owed import overdue_payments, owed_by_age
from treatments.billing.queries.worklists import quotes_not_fully_paid
from treatments.insights.queries.chairs import chair_use_of_clinics
from treatments.insights.queries.figures import figures_of_clinics
from treatments.insights.queries.shelf import shelf_of_clinics
from treatments.insights.rules.periods import Days
from treatments.schedule.models import Break, Holiday, TimeOff
from treatments.stock.models import StockMovement

pytestmark = pytest.mark.django_db

#: Monday to Sunday; the week before has as many days.
WEEK = Days(date(2026, 11, 16), date(2026, 11, 22))


@pytest.fixture
def chair(clinic):
    """Monday 9:00 to 17:00, a break at noon: seven hours a week."""
    clinician = factories.ClinicianFactory(clinic=clinic, title="Dr", first_name="Elif", last_name="Kaya")
    room = factories.RoomFactory(clinic=clinic, name="Room 2")
    factories.WorkingHoursFactory(clinic=clinic, clinician=clinician, room=room, weekday=0)
    Break.objects.create(clinic=clinic, clinician=clinician, weekday=0, starts="12:00", ends="13:00")
    return clinician, room


def book(clinic, chair, day, hour, status="done", minutes=42):
    clinician, room = chair
    start = datetime(2026, 11, day, hour, tzinfo=clinic.zone)
    return factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
        status=status,
        status_reason="Ill",
    )


def test_chair_time_is_booked_minutes_of_open_minutes_by_clinician_and_room(clinic, chair):
    book(clinic, chair, 16, 10)
    book(clinic, chair, 16, 11, status="no_show")
    book(clinic, chair, 9, 10, minutes=84)

    clinician, room = chair_use_of_clinics([clinic], WEEK)[clinic.pk]

    assert (clinician.name, clinician.is_clinician) == ("Dr Elif Kaya", True)
    assert (room.name, room.is_clinician) == ("Room 2", False)
    assert clinician.opened == room.opened == {"now": 420, "before": 420}
    assert clinician.booked == room.booked == {"now": 42, "before": 84}
    assert (clinician.rate, clinician.rate_before) == (D("10.0"), D("20.0"))


def test_a_holiday_and_time_off_are_not_open(clinic, chair):
    Holiday.objects.create(clinic=clinic, day=date(2026, 11, 9), name="Closed")
    TimeOff.objects.create(
        clinic=clinic,
        clinician=chair[0],
        starts_at=datetime(2026, 11, 16, 15, tzinfo=clinic.zone),
        ends_at=datetime(2026, 11, 17, 15, tzinfo=clinic.zone),
    )

    clinician, room = chair_use_of_clinics([clinic], WEEK)[clinic.pk]

    assert clinician.opened == room.opened == {"now": 300}
    assert clinician.rate == D("0.0")
    assert clinician.rate_before is None


def test_what_is_owed_equals_the_desks_own_list_and_falls_by_what_is_paid(clinic, accepted, front_desk):
    today = timezone.localdate(timezone=clinic.zone)
    take_payment(plan=accepted.plan, method="card", amount=D(100), by=front_desk)
    owed = quotes_not_fully_paid(Quote.objects.filter(clinic=clinic)).get().owed

    found = owed_by_age([clinic], [today, today - timedelta(days=1)])

    assert sum(each.amount for each in found if each.day == today) == owed
    assert {each.age for each in found} == {0}
    assert not [each for each in found if each.day < today]


def later_by(days, accepted):
    """The day it was accepted moves back, as if the page were looked at so many days later."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE billing_quote SET answered_at = answered_at - %s * interval '1 day' WHERE id = %s",
            [days, accepted.pk],
        )
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.mark.parametrize(("days", "age"), [(1, 1), (30, 1), (31, 2), (61, 3)])
def test_a_first_part_grows_older_from_its_due_day(clinic, accepted, days, age):
    today = timezone.localdate(timezone=clinic.zone)
    later_by(days, accepted)

    found = owed_by_age([clinic], [today])

    assert max(each.age for each in found) == age
    assert overdue_payments(clinic, today, 5)[1] == 1


def test_an_overdue_part_stands_in_the_desks_inbox_and_in_the_badge(clinic, accepted, front_desk):
    today = timezone.localdate(timezone=clinic.zone)
    badges = signed_in(front_desk).get(reverse("menu_badges")).json()
    later_by(6, accepted)

    money = {g.key: g for g in inbox_of_desk(front_desk, clinic, today, timezone.now())}["money"]

    (line,) = money.lines
    assert line.who == accepted.patient.full_name
    assert line.chip == "6 days late"
    assert line.action == "Take payment"
    assert line.url == reverse("plan", args=[accepted.plan_id])
    assert badges["today"] == "1"  # its course is not booked yet
    assert signed_in(front_desk).get(reverse("menu_badges")).json()["today"] == "2"


def test_the_shelf_is_worth_what_lies_on_it_and_was_worth_what_lay_on_it(clinic):
    today = timezone.localdate(timezone=clinic.zone)
    lot = factories.LotFactory(
        clinic=clinic, on_hand=D(20), unit_cost=D("1.50"), expires_on=today + timedelta(days=9)
    )
    factories.LotFactory(clinic=clinic, on_hand=D(4), unit_cost=D(2), expires_on=today + timedelta(days=90))
    factories.LotFactory(clinic=clinic, on_hand=D(5), unit_cost=None)
    StockMovement.objects.create(
        lot=lot,
        kind="waste",
        ml=D(-2),
        occurred_on=today,
        by=factories.ClinicianFactory(clinic=clinic),
        reason="Broken",
    )

    shelf = shelf_of_clinics([clinic], today, today - timedelta(days=1))[clinic.pk]
    (figures,) = figures_of_clinics([clinic], Days(today, today), datetime.now(UTC))

    assert (shelf.value, shelf.expiring, shelf.expired) == (D(35), D(27), D(0))
    assert shelf.unpriced == 1
    assert figures.now.amounts["wasted"] == D(3)


@pytest.mark.parametrize(
    ("table", "head"), [("chairs", "minutes_open"), ("owed", "owed_before"), ("stock", "value_before")]
)
def test_each_table_is_a_file_of_its_own(as_admin, clinic, chair, table, head):
    factories.LotFactory(clinic=clinic, on_hand=D(5), unit_cost=D(1))

    lines = as_admin.get(reverse("insights:csv"), {"table": table}).text.splitlines()

    assert head in lines[0]
    assert clinic.name in lines[1]
