"""The tick does what time alone brings about, every step though one fails, and nothing twice."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from mesoclinic.core.models import PublicPageCalls
from mesoclinic.management.commands import tick
from mesoclinic.outbox.models import Message
from tests import factories
from treatments.schedule.actions import reminders
from treatments.schedule.models import FreedTime
from treatments.waiting.models import Offer, WaitingListEntry


def ticked() -> str:
    out = io.StringIO()
    call_command("tick", stdout=out)
    return out.getvalue()


@pytest.mark.django_db
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
    PublicPageCalls.objects.create(who="x", minute=now - timedelta(hours=1))
    reminders.send_reminder.enqueue(0)
    DBTaskResult.objects.update(status="RUNNING", started_at=now - timedelta(hours=1), worker_ids=["dead"])

    said = ticked()
    again = ticked()

    assert Message.objects.get().status == "queued"
    assert Offer.objects.get().status == "expired"
    assert sorted(WaitingListEntry.objects.values_list("status", flat=True)) == ["lapsed", "waiting"]
    assert not FreedTime.objects.exists()
    assert not PublicPageCalls.objects.exists()
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
