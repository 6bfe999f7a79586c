"""The tick does what time alone brings about, every step though one fails, and nothing twice."""

import io
import re
from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from mesoclinic.core import tick_runs
from mesoclinic.core.models import AuditEvent, AuditHead, MinuteCount, TickRun
from mesoclinic.management.commands import tick
from mesoclinic.operations.health import check_clock
from mesoclinic.outbox.models import Message
from tests import factories
from tests.at_once import at_once
from tests.conftest import signed_in
from treatments.schedule.actions import reminders
from treatments.schedule.models import FreedTime
from treatments.waiting.models import Offer, WaitingListEntry


def ticked() -> str:
    out = io.StringIO()
    call_command("tick", stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_tick_reminds_reaps_expires_and_forgets(clinic):
    now = timezone.now()
    factories.OutboxSettingsFactory(clinic=clinic)
    factories.AppointmentFactory(
        clinic=clinic,
        patient=factories.PatientFactory(email="noor@example.org"),
        starts_at=now + timedelta(hours=40),
        booked_at=now - timedelta(days=9),
    )
    factories.OfferFactory(
        entry=factories.WaitingListEntryFactory(clinic=clinic),
        starts_at=now + timedelta(hours=1),
        expires_at=now - timedelta(minutes=1),
    )
    factories.WaitingListEntryFactory(
        clinic=clinic, from_day=(now - timedelta(days=9)).date(), until_day=(now - timedelta(days=3)).date()
    )
    factories.FreedTimeFactory(clinic=clinic, starts_at=now - timedelta(hours=2))
    MinuteCount.objects.create(who="x", minute=now - timedelta(hours=1))
    reminders.send_reminder.enqueue(0)
    DBTaskResult.objects.update(status="RUNNING", started_at=now - timedelta(hours=1), worker_ids=["dead"])
    with connection.cursor() as cursor:
        # Each event is sealed at once, as it is at the end of a transaction: the tick looks for the seals.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    said = ticked()
    again = ticked()

    assert Message.objects.get().status == "queued"
    assert Offer.objects.get().status == "expired"
    assert sorted(WaitingListEntry.objects.values_list("status", flat=True)) == ["lapsed", "waiting"]
    assert not FreedTime.objects.exists()
    assert not MinuteCount.objects.exists()
    assert set(DBTaskResult.objects.values_list("status", flat=True)) == {"READY"}
    for words in (
        "1 tasks of dead workers ready again, 0 given up",
        "1 reminders due, 0 not wanted",
        "1 offers expired",
        "1 waiting list entries lapsed",
        "1 past free times and 1 counts forgotten",
    ):
        assert words in said
        assert words not in again


@pytest.mark.django_db
def test_tasks_that_ended_long_ago_are_forgotten_and_others_kept():
    now = timezone.now()
    for days in (1, 20):
        reminders.send_reminder.enqueue(days)
    old, new = DBTaskResult.objects.order_by("-args_kwargs")
    for result, days in ((old, 20), (new, 1)):
        result.set_successful(None)
        DBTaskResult.objects.filter(pk=result.pk).update(finished_at=now - timedelta(days=days))

    ticked()

    assert DBTaskResult.objects.count() == 1
    assert DBTaskResult.objects.get().finished_at > now - timedelta(days=14)


@pytest.mark.django_db
def test_one_step_that_fails_keeps_nobody_from_being_reminded(clinic, monkeypatch):
    def broken() -> str:
        raise ValueError("broken")

    monkeypatch.setitem(tick.STEPS, "tasks", broken)
    factories.OfferFactory(
        starts_at=timezone.now() + timedelta(hours=1), expires_at=timezone.now() - timedelta(minutes=1)
    )

    with pytest.raises(CommandError, match="Not done: tasks"):
        ticked()

    assert Offer.objects.get().status == "expired"


# --- when it last ran --------------------------------------------------------


@pytest.mark.django_db
def test_a_tick_says_at_its_end_when_it_ran(clinic):
    before = timezone.now()

    ticked()
    ticked()

    assert before < tick_runs.last_tick_at_or_none() <= timezone.now()
    assert TickRun.objects.count() == 1


@pytest.mark.django_db
def test_a_tick_with_a_step_that_failed_has_run(clinic, monkeypatch):
    monkeypatch.setitem(tick.STEPS, "tasks", lambda: 1 / 0)

    with pytest.raises(CommandError):
        ticked()

    assert tick_runs.last_tick_at_or_none() is not None


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "is_said"), [(14, False), (16, True)])
def test_a_tick_that_comes_late_says_so_in_the_log(clinic, caplog, minutes, is_said):
    tick_runs.record_tick(timezone.now() - timedelta(minutes=minutes))

    with caplog.at_level("ERROR"):
        ticked()

    assert any(said.startswith("tick: did not run from") for said in caplog.messages) == is_said


@pytest.mark.fault("F18")
@pytest.mark.django_db
@pytest.mark.parametrize("days", [1, -1])
def test_a_clock_that_jumps_by_a_day_is_said_by_the_next_tick_and_to_the_administrators_for_a_day(
    clinic, caplog, days, mailoutbox
):
    factories.UserFactory(roles=["admin"], clinic=clinic, email="ada@example.org")
    ticked()

    with caplog.at_level("ERROR"), time_machine.travel(timezone.now() + timedelta(days=days)):
        ticked()
        call_command("watch", stdout=io.StringIO())
        ticked()
        before = caplog.messages.count(f"tick: the clock was set by {days * 86400:+} s since the last one")
        clock = check_clock(timezone.now())
        noticed = TickRun.objects.get()

    assert before == 1
    assert f"it was set by {days * 86400:+} s" in mailoutbox[0].body
    assert f"it was set by {days * 86400:+} s" in clock.words
    assert tick_runs.jump_said_or_none(noticed, noticed.jumped_at + timedelta(hours=24)) is not None
    assert tick_runs.jump_said_or_none(noticed, noticed.jumped_at + timedelta(hours=25)) is None


@pytest.mark.fault("F18")
@pytest.mark.django_db
def test_a_clock_that_is_not_the_databases_is_said(clinic, caplog):
    with caplog.at_level("ERROR"), time_machine.travel(timezone.now() + timedelta(hours=1)):
        ticked()

    (said,) = caplog.messages
    assert re.fullmatch(r"tick: the clock and the database's are 3(599|600|601) s apart", said)


def test_on_another_machine_only_a_clock_that_went_back_is_seen():
    now = timezone.now()
    ahead = TickRun(ended_at=now + timedelta(days=1), boot="another")
    behind = TickRun(ended_at=now - timedelta(days=1), boot="another")

    assert tick_runs.clock_jump_or_none(ahead, now) == -timedelta(days=1)
    assert tick_runs.clock_jump_or_none(behind, now) is None
    assert tick_runs.clock_jump_or_none(None, now) is None


@pytest.mark.fault("F53")
@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_do_the_work_once(clinic):
    now = timezone.now()
    factories.OutboxSettingsFactory(clinic=clinic)
    for hours in (30, 40):
        factories.AppointmentFactory(
            clinic=clinic,
            patient=factories.PatientFactory(email=f"p{hours}@example.org"),
            starts_at=now + timedelta(hours=hours),
            booked_at=now - timedelta(days=9),
        )
    factories.OfferFactory(starts_at=now + timedelta(hours=1), expires_at=now - timedelta(minutes=1))

    assert [one for one in at_once(*[ticked] * 4) if isinstance(one, Exception)] == []

    assert Message.objects.count() == DBTaskResult.objects.count() == 2
    assert list(Offer.objects.values_list("status", flat=True)) == ["expired"]
    assert AuditEvent.objects.filter(did="offer.expired").count() <= 1
    assert AuditHead.objects.count() <= 1
    assert TickRun.objects.count() == 1


@pytest.mark.django_db
def test_the_first_tick_of_all_is_not_late(clinic, caplog):
    with caplog.at_level("ERROR"):
        ticked()

    assert caplog.messages == []


@pytest.mark.django_db
def test_there_is_one_row_of_the_last_tick():
    with pytest.raises(IntegrityError, match="tick_has_one_row"):
        TickRun.objects.create(pk=2, ended_at=timezone.now())


ALARM = "Nothing has been done in the background"


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "reads_it"), [("clinician", True), ("admin", True), ("front_desk", False)])
def test_clinicians_and_admins_read_on_today_that_the_tick_stands_still(clinic, role, reads_it, caplog):
    client = signed_in(factories.UserFactory(roles=[role], clinic=clinic))
    tick_runs.record_tick(timezone.now() - timedelta(minutes=16))

    with caplog.at_level("ERROR"):
        late = client.get(reverse("today"))
    tick_runs.record_tick(timezone.now() - timedelta(minutes=14))
    well = client.get(reverse("today"))

    assert (ALARM in late.text) == reads_it
    assert any(said.startswith("The tick has not run since") for said in caplog.messages) == reads_it
    assert ALARM not in well.text


@pytest.mark.django_db
def test_a_tick_that_never_ran_is_an_alarm_too(as_admin):
    assert ALARM in as_admin.get(reverse("today")).text


@pytest.mark.django_db
def test_a_demo_has_no_tick_and_no_alarm(as_admin, settings):
    settings.DEMO = True

    assert ALARM not in as_admin.get(reverse("today")).text
