"""The figures equal a plain recount, count a day as the clinic does, and stay at their clinic."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.conftest import signed_in
from treatments.billing.actions.payments import take_payment
from treatments.insights.queries.figures import figures_of_clinics
from treatments.insights.rules.periods import Days, days_of_period

pytestmark = pytest.mark.django_db

NOVEMBER = Days(date(2026, 11, 1), date(2026, 11, 30))
NOW = datetime(2026, 11, 30, 20, tzinfo=UTC)


def visit(clinic, starts_at, status):
    return factories.AppointmentFactory(
        clinic=clinic,
        clinician=factories.ClinicianFactory(clinic=clinic),
        room=factories.RoomFactory(clinic=clinic),
        patient=factories.PatientFactory(),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        status=status,
        status_reason="Ill",
    )


def test_visits_missed_and_late_are_counted_by_period_and_month(clinic):
    for day, status in [(3, "done"), (4, "no_show"), (5, "late_cancelled"), (6, "cancelled"), (7, "done")]:
        visit(clinic, datetime(2026, 11, day, 15, tzinfo=UTC), status)
    visit(clinic, datetime(2026, 10, 20, 15, tzinfo=UTC), "no_show")

    (found,) = figures_of_clinics([clinic], NOVEMBER, NOW)

    assert dict(found.now.counts) == {"visits": 4, "missed": 1, "late": 1}
    assert dict(found.before.counts) == {"visits": 1, "missed": 1}
    assert found.now.missed_rate == D("25.0")
    assert found.months[date(2026, 10, 1)].counts["missed"] == 1


def test_a_visit_late_in_the_evening_belongs_to_the_clinics_own_day():
    clinic = factories.ClinicFactory(time_zone="America/New_York")
    # 31 October 22:00 in New York.
    visit(clinic, datetime(2026, 11, 1, 2, tzinfo=UTC), "no_show")

    (found,) = figures_of_clinics([clinic], NOVEMBER, NOW)

    assert found.now.counts["missed"] == 0
    assert found.before.counts["missed"] == 1


def test_another_clinics_visits_are_its_own(clinic):
    other = factories.ClinicFactory()
    visit(other, datetime(2026, 11, 3, 15, tzinfo=UTC), "no_show")

    here, there = figures_of_clinics([clinic, other], NOVEMBER, NOW)

    assert (here.now.counts["missed"], there.now.counts["missed"]) == (0, 1)


def recount(clinic):
    """Billed and collected, asked in plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(total), 0) FROM billing_invoice WHERE clinic_id = %s", [clinic.pk]
        )
        invoiced = cursor.fetchone()[0]
        cursor.execute(
            "SELECT coalesce(sum(o.total - o.insurer), 0) FROM billing_quote q, billing_quoteoption o "
            "WHERE o.id = q.chosen_option_id AND q.status = 'accepted' AND q.clinic_id = %s",
            [clinic.pk],
        )
        agreed = cursor.fetchone()[0]
        cursor.execute(
            "SELECT sum(p.amount) FROM billing_payment p, billing_receipt r WHERE r.payment_id = p.id AND r.clinic_id = %s",
            [clinic.pk],
        )
        return invoiced + agreed, cursor.fetchone()[0]


def test_billed_and_collected_equal_a_plain_recount(clinic, accepted, front_desk):
    take_payment(plan=accepted.plan, method="card", amount=D(500), by=front_desk)
    take_payment(plan=accepted.plan, method="cash", amount=D(120), by=front_desk)
    days = days_of_period("month", timezone.localdate(timezone=clinic.zone))

    (found,) = figures_of_clinics([clinic], days, timezone.now())

    assert (found.now.amounts["billed"], found.now.amounts["collected"]) == recount(clinic)
    assert found.now.amounts["collected"] == D(620)
    assert found.now.amounts["billed"] > 0
    assert found.now.counts["quotes_issued"] == found.now.counts["quotes_accepted"] == 1
    assert found.now.counts["quotes_paid"] == 1


def test_the_page_is_the_admins_and_costs_the_same_for_any_number_of_rows(
    as_admin, as_front_desk, clinic, count_queries
):
    assert as_front_desk.get(reverse("insights:insights")).status_code == 403
    counts = []
    for rows in (1, 3):
        for turn in range(rows):
            visit(clinic, timezone.now() - timedelta(days=1, hours=rows + turn), "no_show")
        with count_queries() as queries:
            page = as_admin.get(reverse("insights:insights"), {"clinic": "all"})
        counts.append(len(queries))

    assert page.status_code == 200
    assert "Missed" in page.text
    assert counts[0] == counts[1]
    assert counts[0] <= 20


def test_the_file_says_what_the_page_says(as_admin, clinic):
    visit(clinic, timezone.now() - timedelta(days=1), "no_show")

    lines = as_admin.get(reverse("insights:csv")).text.splitlines()

    assert lines[0].startswith('\ufeff"clinic","month","currency","billed","collected","visits","missed"')
    assert sum(int(line.split('","')[6]) for line in lines[1:]) == 1


def test_all_clinics_are_those_the_person_manages(clinic):
    other = factories.ClinicFactory(name="Elsewhere clinic")
    admin = factories.UserFactory(roles=["admin"], clinic=clinic)
    factories.MembershipFactory(user=admin, clinic=other, roles=["clinician"])

    page = signed_in(admin).get(reverse("insights:insights"), {"clinic": "all"})

    assert [board.clinic for board in page.context["boards"]] == [clinic]
