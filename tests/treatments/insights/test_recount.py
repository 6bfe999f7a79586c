"""Every figure of the page equals a plain SQL recount, and the rows behind it."""

import re
from datetime import timedelta
from decimal import Decimal as D
from html import unescape

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from tests import factories
from treatments.billing.actions.invoices import create_invoice_and_take_payment, credit_invoice
from treatments.billing.actions.payments import take_payment
from treatments.billing.queries.owed import AGES, owed_by_age
from treatments.billing.rules.invoices import ChargedLine
from treatments.insights.queries.chairs import chair_use_of_clinics
from treatments.insights.queries.figures import KINDS, figures_of_clinics
from treatments.insights.queries.rows import chair_days, event_rows, owed_rows, shelf_rows
from treatments.insights.queries.shelf import shelf_of_clinics
from treatments.insights.rules.periods import Days
from treatments.plans.models import TreatmentPlan
from treatments.stock.models import StockMovement

pytestmark = pytest.mark.django_db

#: Asked of the tables themselves, of all days: nothing of the test is older than the period.
RECOUNT = {
    "billed": "SELECT (SELECT coalesce(sum(total), 0) FROM billing_invoice WHERE clinic_id = {c})"
    " - (SELECT coalesce(sum(total), 0) FROM billing_creditnote WHERE clinic_id = {c})"
    " + (SELECT coalesce(sum(o.total - o.insurer), 0) FROM billing_quote q, billing_quoteoption o"
    " WHERE o.id = q.chosen_option_id AND q.status = 'accepted' AND q.clinic_id = {c})",
    "collected": "SELECT sum(p.amount) FROM billing_payment p, billing_receipt r"
    " WHERE r.payment_id = p.id AND r.clinic_id = {c}",
    "visits": "SELECT count(*) FROM schedule_appointment WHERE clinic_id = {c} AND status <> 'cancelled' AND starts_at < now()",
    "missed": "SELECT count(*) FROM schedule_appointment WHERE clinic_id = {c} AND status = 'no_show'",
    "late": "SELECT count(*) FROM schedule_appointment WHERE clinic_id = {c} AND status = 'late_cancelled'",
    "quotes_issued": "SELECT count(*) FROM billing_quote WHERE clinic_id = {c} AND issued_at IS NOT NULL",
    "quotes_accepted": "SELECT count(*) FROM billing_quote WHERE clinic_id = {c} AND status = 'accepted'",
    "quotes_paid": "SELECT count(DISTINCT q.id) FROM billing_quote q, billing_payment p"
    " WHERE p.plan_id = q.plan_id AND q.clinic_id = {c} AND q.status = 'accepted'",
    "begun": "SELECT count(DISTINCT s.plan_id) FROM plans_coursesession s, plans_treatmentplan t"
    " WHERE t.id = s.plan_id AND t.clinic_id = {c} AND s.signed_at IS NOT NULL",
    "finished": "SELECT count(*) FROM plans_treatmentplan t WHERE clinic_id = {c} AND sessions_planned <="
    " (SELECT count(*) FROM plans_coursesession s WHERE s.plan_id = t.id AND s.signed_at IS NOT NULL)",
    "wasted": "SELECT sum(-m.ml * l.unit_cost) FROM stock_stockmovement m, stock_lot l"
    " WHERE m.lot_id = l.id AND m.kind = 'waste' AND l.clinic_id = {c}",
}


def counted(sql, clinic):
    with connection.cursor() as cursor:
        cursor.execute(sql.format(c=int(clinic.pk)))
        return cursor.fetchone()[0]


@pytest.fixture
def busy(clinic, accepted, front_desk, clinician):
    """Something of everything: money in and back, visits however they ended, a course, a lot that was broken."""
    take_payment(plan=accepted.plan, method="card", amount=D(500), by=front_desk)
    line = ChargedLine(kind="consultation", label="Consultation", quantity=2, unit=D(60))
    invoice = create_invoice_and_take_payment(
        patient=accepted.patient, clinic=clinic, price_list=None, lines=[line], by=front_desk
    )
    credit_invoice(invoice=invoice, amounts={invoice.lines.get().pk: D(20)}, reason="One less", by=front_desk)
    room = factories.RoomFactory(clinic=clinic)
    now = timezone.now()
    for hours, status in enumerate(["done", "no_show", "late_cancelled", "cancelled", "done"]):
        start = now - timedelta(days=2, hours=hours)
        factories.AppointmentFactory(
            clinic=clinic,
            clinician=clinician,
            room=room,
            starts_at=start,
            ends_at=start + timedelta(minutes=30),
            status=status,
            status_reason="Ill",
        )
    today = timezone.localdate(timezone=clinic.zone)
    lot = factories.LotFactory(
        clinic=clinic, on_hand=D(20), unit_cost=D("1.50"), expires_on=today + timedelta(days=9)
    )
    session = factories.give(lot, by=clinician, on=today)
    TreatmentPlan.objects.filter(pk=session.plan_id).update(sessions_planned=1, intervals=[])
    StockMovement.objects.create(
        lot=lot, kind="waste", ml=D(-2), occurred_on=today, by=clinician, reason="Broken"
    )
    return Days(today - timedelta(days=29), today)


def test_every_figure_equals_a_plain_recount_and_the_sum_of_its_rows(clinic, busy):
    (figures,) = figures_of_clinics([clinic], busy, timezone.now())

    said = {kind: figures.now.value(kind) for kind in KINDS}
    rows = {
        kind: event_rows(clinic, kind, busy, timezone.now(), is_money=KINDS[kind][1], most=100)
        for kind in KINDS
    }

    assert RECOUNT.keys() == KINDS.keys()
    assert said == {kind: counted(sql, clinic) for kind, sql in RECOUNT.items()}
    assert all(said.values())
    assert said == {kind: found.total if KINDS[kind][1] else found.count for kind, found in rows.items()}
    assert all(
        sum(row.amount for row in found.rows) == said[kind] for kind, found in rows.items() if KINDS[kind][1]
    )


def test_what_is_owed_by_age_equals_a_plain_recount_and_its_parts(clinic, busy):
    day = busy.last
    parts = {age: owed_rows(clinic, day, [age], 100) for age in range(len(AGES))}
    plain = counted(
        "SELECT coalesce(sum(o.total - o.insurer), 0) FROM billing_quote q, billing_quoteoption o"
        " WHERE o.id = q.chosen_option_id AND q.status = 'accepted' AND q.clinic_id = {c}",
        clinic,
    )
    plain += counted("SELECT sum(total) FROM billing_invoice WHERE clinic_id = {c}", clinic)
    plain -= counted("SELECT sum(total) FROM billing_creditnote WHERE clinic_id = {c}", clinic)
    plain -= counted(RECOUNT["collected"], clinic)

    found = owed_by_age([clinic], [day])

    assert sum(each.amount for each in found) == plain
    assert {each.age: each.amount for each in found} == {
        age: part.total for age, part in parts.items() if part.count
    }


def test_chair_time_equals_a_plain_recount_day_by_day(clinic, clinician, busy):
    booked = counted(
        "SELECT sum(extract(epoch FROM ends_at - starts_at) / 60)::int FROM schedule_appointment"
        " WHERE clinic_id = {c} AND status NOT IN ('cancelled', 'late_cancelled', 'no_show')",
        clinic,
    )

    uses = {use.is_clinician: use for use in chair_use_of_clinics([clinic], busy)[clinic.pk]}
    days = chair_days(clinic, busy, clinician=clinician.pk, room=None)
    of_room = chair_days(clinic, busy, clinician=None, room=uses[False].pk)

    assert uses[True].booked["now"] == uses[False].booked["now"] == booked == 60
    assert sum(day.booked for day in days) == sum(day.booked for day in of_room) == booked


def test_the_shelf_equals_a_plain_recount_and_its_lots(clinic, busy):
    value = counted("SELECT sum(on_hand_ml * unit_cost) FROM stock_lot WHERE clinic_id = {c}", clinic)

    shelf = shelf_of_clinics([clinic], busy.last, busy.last)[clinic.pk]

    assert shelf.value == value > 0
    assert shelf_rows(clinic, "value", busy.last, 100).total == value
    assert shelf_rows(clinic, "expiring", busy.last, 100).total == shelf.expiring > 0
    assert shelf_rows(clinic, "expired", busy.last, 100).count == 0


def test_every_linked_figure_opens_and_its_rows_come_to_it(as_admin, clinic, busy, count_queries):
    with count_queries() as queries:
        page = as_admin.get(reverse("insights:insights"))
    links = re.findall(r'<a (?:class="insight-figure" )?href="(/insights/rows/[^"]+)">([^<]+)</a>', page.text)

    assert len(queries) <= 20
    assert len(links) > 60
    assert page.text.count('<svg class="plot"') == 4
    for url, figure in dict(links).items():
        answer = as_admin.get(unescape(url))
        assert answer.status_code == 200, url
        found = answer.context.get("found")
        if found and found.total is None and figure.isdigit():
            assert found.count == int(figure), url
        elif found and found.total is not None and not figure.isdigit():
            assert f"{found.total:,.2f}" in figure, (url, figure)


def test_each_plot_has_its_table_and_its_file(as_admin, clinic, busy):
    page = as_admin.get(reverse("insights:insights"))
    (board,) = page.context["boards"]

    assert {plot.table for plot in board.plots} == {
        "money",
        "chairs",
        "visits",
        "quotes",
        "owed",
        "stock",
        "courses",
    }
    assert all(plot.rows for plot in board.plots)
    for plot in board.plots:
        lines = as_admin.get(reverse("insights:csv"), {"table": plot.table}).text.splitlines()
        assert len(lines) > 1, plot.table


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"of": "billed"},
        {"of": "tea", "from": "2026-11-01", "to": "2026-11-30"},
        {"of": "billed", "from": "2026-11-30", "to": "2026-11-01"},
        {"of": "billed", "from": "2020-11-01", "to": "2026-11-30"},
        {"of": "chair.room-x", "from": "2026-11-01", "to": "2026-11-30"},
        {"of": "billed", "at": "987654321", "from": "2026-11-01", "to": "2026-11-30"},
    ],
)
def test_what_is_no_figure_is_not_there(as_admin, asked):
    assert as_admin.get(reverse("insights:rows"), asked).status_code == 404


def test_the_rows_name_patients_by_record_number_only(as_admin, clinic, busy, accepted):
    asked = {"of": "billed", "from": busy.first.isoformat(), "to": busy.last.isoformat()}
    page = as_admin.get(reverse("insights:rows"), asked).text
    file = as_admin.get(reverse("insights:rows_csv"), asked).text

    for text in (page, file):
        assert accepted.patient.record_number in text
        assert accepted.patient.family_name not in text
