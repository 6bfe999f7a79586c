"""A line of Today is seen by the whole desk, brought back, or open at a colleague's."""

from datetime import datetime, timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.models import AuditEvent
from mesoclinic.inbox.actions import mark_line_seen, mark_line_taken, undo_line_seen
from mesoclinic.inbox.models import InboxMark
from mesoclinic.pages.inbox import inbox_of_desk
from tests import factories
from tests.conftest import signed_in
from treatments.billing.actions.fee_waivers import waive_fee
from treatments.billing.actions.invoices import create_invoice_and_take_payment
from treatments.billing.actions.price_lists import publish_price_list
from treatments.billing.models import FeeWaiver
from treatments.billing.rules.invoices import ChargedLine
from treatments.billing.rules.prices import PriceRow
from treatments.schedule.actions.visit_links import CANCELLED_BY_LINK
from treatments.schedule.models import FreedTime

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(clinic):
    return factories.UserFactory(roles=["front_desk"], clinic=clinic, username="sara")


@pytest.fixture
def colleague(clinic):
    return factories.UserFactory(roles=["front_desk"], clinic=clinic)


def groups(user, clinic, now=None):
    now = now or timezone.now()
    return {g.key: g for g in inbox_of_desk(user, clinic, timezone.localdate(now, clinic.zone), now)}


def keys(user, clinic, now=None):
    return [line.key for group in groups(user, clinic, now).values() for line in group.lines]


def noon(clinic):
    return timezone.localtime(timezone=clinic.zone).replace(hour=12, minute=0, second=0, microsecond=0)


def visit(clinic, clinician, start, **fields):
    return factories.AppointmentFactory(
        clinic=clinic, clinician=clinician, starts_at=start, ends_at=start + timedelta(minutes=30), **fields
    )


def put_prices(clinic, by):
    rows = [
        PriceRow("session", "Session", D(200)),
        PriceRow("consultation", "Consultation", D(120)),
        PriceRow("no_show", "Missed visit", D(60)),
        PriceRow("late_cancel", "Late cancellation", D(40)),
    ]
    return publish_price_list(
        clinic=clinic,
        rows=rows,
        valid_from=timezone.localdate(timezone=clinic.zone),
        by=by,
        currency=clinic.currency,
        tax_standard=D(0),
        tax_reduced=D(0),
    )


@pytest.fixture
def one_of_every_kind(clinic, clinician, desk):
    """Calls (recall, check-in), a change, a course to book, money of each kind, a message."""
    now = timezone.now()
    lot = factories.LotFactory(clinic=clinic, on_hand=D(50))
    factories.give(lot, patient=factories.PatientFactory(), by=clinician)
    factories.make_recall(lots=[lot], by=clinician)
    ahead = visit(clinic, clinician, (now + timedelta(days=1)).replace(microsecond=0))
    ahead.status, ahead.status_reason = "cancelled", CANCELLED_BY_LINK
    ahead.save()
    factories.make_plan(clinic=clinic, by=clinician, status="accepted")
    put_prices(clinic, desk)
    visit(clinic, clinician, noon(clinic) - timedelta(days=2), status="no_show", kind="intake")
    visit(clinic, clinician, noon(clinic), status="done", kind="intake")
    factories.MessageFactory(clinic=clinic, status="failed", reason="the server was busy")
    return now


def test_every_kind_of_line_is_seen_and_comes_back_by_undo(desk, colleague, clinic, one_of_every_kind):
    shown = keys(desk, clinic)

    for key in shown:
        mark_line_seen(line=key, clinic=clinic, by=desk)
    gone = keys(colleague, clinic)
    seen = {one.line.key: one.by for g in groups(colleague, clinic).values() for one in g.seen}
    for key in shown:
        undo_line_seen(line=key, clinic=clinic, by=colleague)

    assert {key.partition(":")[0] for key in shown} == {
        "recall",
        "change",
        "to-book",
        "fee",
        "unpaid",
        "message",
    }
    assert gone == []
    assert seen == dict.fromkeys(shown, desk.display_name)
    assert keys(colleague, clinic) == shown


def test_who_saw_it_and_when_is_kept_and_cannot_be_changed(desk, clinic):
    mark = mark_line_seen(line="message:7", clinic=clinic, by=desk)
    undo_line_seen(line="message:7", clinic=clinic, by=desk)
    mark.refresh_from_db()

    assert (mark.by, mark.undone_by) == (desk, desk)
    events = AuditEvent.objects.filter(subject_type="inbox.inboxmark").order_by("pk")
    assert list(events.values_list("did", flat=True)) == [
        "inbox.seen",
        "inbox.seen_undone",
    ]
    with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
        InboxMark.objects.filter(pk=mark.pk).update(line="message:8")


def test_a_repeat_of_seen_writes_nothing(desk, colleague, clinic):
    first = mark_line_seen(line="message:7", clinic=clinic, by=desk)

    assert mark_line_seen(line="message:7", clinic=clinic, by=colleague) == first


def test_another_clinics_desk_still_sees_its_own_line(desk, clinic):
    other = factories.ClinicFactory()
    factories.MessageFactory(clinic=other, pk=7, status="failed", reason="busy")
    mark_line_seen(line="message:7", clinic=clinic, by=desk)
    stranger = factories.UserFactory(roles=["front_desk"], clinic=other)

    assert keys(stranger, other) == ["message:7"]


def test_a_message_that_was_seen_is_back_tomorrow_and_a_change_is_not(
    desk, clinic, clinician, one_of_every_kind
):
    far = noon(clinic) + timedelta(days=9)
    later = visit(clinic, clinician, far)
    later.status, later.status_reason = "cancelled", CANCELLED_BY_LINK
    later.save()
    change = f"change:{FreedTime.objects.get(appointment=later).pk}"
    message = next(key for key in keys(desk, clinic) if key.startswith("message"))
    for key in (change, message):
        mark_line_seen(line=key, clinic=clinic, by=desk)

    tomorrow = keys(desk, clinic, timezone.now() + timedelta(days=1, hours=1))

    assert message in tomorrow
    assert change not in tomorrow


def test_a_colleague_has_a_line_for_two_minutes(desk, colleague, clinic):
    factories.MessageFactory(clinic=clinic, pk=7, status="failed", reason="busy")
    now = timezone.now()

    mark_line_taken(line="message:7", clinic=clinic, by=desk, now=now)
    (own,) = groups(desk, clinic, now)["messages"].lines
    (theirs,) = groups(colleague, clinic, now + timedelta(seconds=119))["messages"].lines
    (after,) = groups(colleague, clinic, now + timedelta(seconds=121))["messages"].lines

    assert (own.taken_by, theirs.taken_by, after.taken_by) == ("", desk.display_name, "")
    assert mark_line_taken(line="message:7", clinic=clinic, by=colleague, now=now) is None


def test_the_page_marks_undoes_and_opens_and_the_badge_counts_what_is_left(desk, colleague, clinic):
    message = factories.MessageFactory(clinic=clinic, status="unsure", reason="no answer")
    line = {"line": f"message:{message.pk}"}
    client = signed_in(desk)

    opened = client.post(reverse("inbox_open"), line | {"next": reverse("outbox:message_list")})
    told = signed_in(colleague).get(reverse("today")).text
    client.post(reverse("inbox_seen"), line)
    page = client.get(reverse("today")).text
    counted = client.get(reverse("menu_badges")).json()
    client.post(reverse("inbox_undo"), line)

    assert opened["Location"] == reverse("outbox:message_list")
    assert f"{desk.display_name} has it" in told
    assert "seen by you" in page
    assert "<details open>" in page
    assert counted == {}
    assert client.get(reverse("menu_badges")).json() == {"today": "1", "message_list": "1"}


@pytest.mark.parametrize("told", ["https://elsewhere.example/", "//elsewhere.example/", "2026-02-30", ""])
def test_opening_a_line_goes_to_no_other_site(desk, told):
    answer = signed_in(desk).post(reverse("inbox_open"), {"line": "message:7", "next": told})

    assert answer["Location"] == reverse("today")
    assert not InboxMark.objects.exists()


# --- done today, and fees ----------------------------------------------------


def test_a_consultation_done_today_and_not_charged_stands_under_money(desk, clinic, clinician):
    put_prices(clinic, desk)
    done = visit(clinic, clinician, noon(clinic), status="done", kind="intake")

    (line,) = groups(desk, clinic)["money"].lines

    assert (line.what, line.action, line.url) == (
        "nothing charged",
        "Charge",
        reverse("visit_fee", args=[done.pk]),
    )


def test_what_is_due_today_stands_under_money_once_the_visit_is_done(desk, clinic, clinician):
    price_list = put_prices(clinic, desk)
    done = visit(clinic, clinician, noon(clinic), status="done", kind="intake")
    charged = [ChargedLine(kind="consultation", label="Consultation", quantity=1, unit=D(120))]
    invoice = create_invoice_and_take_payment(
        patient=done.patient, clinic=clinic, price_list=price_list, lines=charged, by=desk
    )
    before = groups(desk, clinic).get("money")
    at = datetime.combine(invoice.due_on, datetime.min.time(), clinic.zone) + timedelta(hours=12)
    visit(clinic, clinician, at, status="done", patient=done.patient)

    (line,) = groups(desk, clinic, at)["money"].lines

    assert before is None
    assert (line.action, line.url) == ("Take payment", reverse("billing:invoice", args=[invoice.pk]))
    assert "120.00" in line.what


@pytest.fixture
def missed(clinic, clinician, desk):
    put_prices(clinic, desk)
    patient = factories.PatientFactory(at=clinic)
    return visit(
        clinic, clinician, noon(clinic) - timedelta(days=1), status="no_show", kind="intake", patient=patient
    )


def test_a_fee_is_waived_with_a_reason_and_leaves_the_inbox(desk, clinic, missed):
    client = signed_in(desk)
    (line,) = groups(desk, clinic)["money"].lines
    charge = client.get(client.get(line.url)["Location"])
    url = reverse("visit_fee_waive", args=[missed.pk])

    without = client.post(url, {"reason": ""})
    with_reason = client.post(url, {"reason": "Snowed in"})

    assert line.action == "Charge or waive"
    assert url in charge.text
    assert without.status_code == 422
    assert with_reason["Location"] == reverse("patient", args=[missed.patient_id])
    assert FeeWaiver.objects.get().reason == "Snowed in"
    assert AuditEvent.objects.filter(did="fee.waived", patient_id=missed.patient_id).count() == 1
    assert "money" not in groups(desk, clinic)
    assert "fee waived by" in client.get(reverse("patient", args=[missed.patient_id])).text


def charge_of(missed, desk):
    line = ChargedLine("no_show", "Missed visit", 1, D(60), source=f"schedule.appointment:{missed.pk}")
    return create_invoice_and_take_payment(
        patient=missed.patient, clinic=missed.clinic, price_list=None, lines=[line], by=desk
    )


def waiver_of(missed, desk):
    return waive_fee(
        patient=missed.patient,
        clinic=missed.clinic,
        kind="no_show",
        source=f"schedule.appointment:{missed.pk}",
        reason="Snowed in",
        by=desk,
    )


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [(charge_of, waiver_of, "charged already"), (waiver_of, charge_of, "waived for this visit")],
)
def test_a_fee_is_charged_or_waived_and_not_both(desk, missed, first, second, said):
    first(missed, desk)

    with pytest.raises(Exception, match=said):
        second(missed, desk)


def test_the_database_refuses_a_waiver_of_what_was_charged(desk, missed):
    charge_of(missed, desk)

    with pytest.raises(IntegrityError, match="was charged"), transaction.atomic():
        FeeWaiver.objects.create(
            clinic=missed.clinic,
            patient=missed.patient,
            kind="no_show",
            source=f"schedule.appointment:{missed.pk}",
            reason="x",
            by=desk,
        )


def test_the_desks_patient_page_links_the_fee_of_a_missed_visit(desk, missed):
    page = signed_in(desk).get(reverse("patient", args=[missed.patient_id])).text

    assert reverse("visit_fee", args=[missed.pk]) in page
