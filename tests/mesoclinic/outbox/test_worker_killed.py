"""A real worker is killed in the middle of a reminder: it is reaped, another runs, and one message has gone out."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from email import message_from_bytes

import pytest
from django.conf import settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from mesoclinic.outbox import actions as outbox
from mesoclinic.outbox.models import Message
from tests import factories
from tests.own_process import environment_of_tests
from tests.waiting import PATIENCE_S, until
from treatments.schedule.actions import reminders

#: So long workers are killed; so many reminders are made whenever fewer than a round's are left.
KILL_MINUTES = float(os.environ.get("KILL_MINUTES", "10"))
REMINDERS, OF_A_ROUND = 100, 20


def environment(letters, **more):
    """A backend that writes each message to a file."""
    backend = "tests.mesoclinic.outbox.mail_that_stops.StoppingBackend"
    return environment_of_tests(**{"EMAIL_BACKEND": backend, "EMAIL_FILE_PATH": str(letters)} | more)


def worker(letters, **more):
    return subprocess.Popen(
        [sys.executable, "manage.py", "db_worker", "--batch", "--no-startup-delay", "--no-reload"],
        cwd=settings.BASE_DIR,
        env=environment(letters, **more),
    )


def kill_when(process, reached):
    """Kill -9 once it has come to the point where it stops."""
    until(lambda: reached.exists() or process.poll() is not None, "the worker never came there")
    assert process.poll() is None, "the worker ended before it came there"
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(PATIENCE_S) == -signal.SIGKILL


def messages_in(letters):
    """Each message that has gone out, by its id."""
    found = []
    for path in letters.iterdir():
        parts = path.read_bytes().split(b"-" * 79 + b"\n")
        found += [message_from_bytes(p)["Message-ID"] for p in parts if p.strip()]
    return found


@pytest.fixture
def due(clinic):
    factories.OutboxSettingsFactory(clinic=clinic)
    factories.AppointmentFactory(
        clinic=clinic,
        patient=factories.PatientFactory(email="noor@example.org"),
        starts_at=timezone.now() + timedelta(hours=47),
        booked_at=timezone.now() - timedelta(days=9),
    )
    assert reminders.enqueue_reminders().made == 1
    return Message.objects.get()


@pytest.mark.fault("F53")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("stop_at", "handed_over", "reaped", "becomes", "out"),
    [
        # Nothing was handed over: it is sent anew, once.
        ("open", False, (1, 0), "sent", 1),
        # It had gone out, and the worker died before it could say so: not once more.
        ("sent", True, (0, 1), "unsure", 1),
        # The moment nobody can see into: here it had not gone out, and somebody is asked to ring.
        ("handed_over", True, (0, 1), "unsure", 0),
    ],
)
def test_a_killed_worker_neither_loses_a_reminder_nor_sends_it_twice(
    stop_at, handed_over, reaped, becomes, out, due, tmp_path
):
    letters, reached = tmp_path / "outbox", tmp_path / "reached"
    letters.mkdir()

    kill_when(worker(letters, STOP_AT=stop_at, STOP_FILE=str(reached)), reached)
    due.refresh_from_db()
    (task,) = DBTaskResult.objects.all()
    assert (due.status, task.status) == ("sending", "RUNNING")
    assert (due.handed_over_at is not None) is handed_over
    # Too soon to say that it is dead: a slow worker is left alone.
    assert (outbox.requeue_tasks_of_dead_workers().again, outbox.requeue_messages_of_dead_workers()) == (
        0,
        (0, 0),
    )
    assert outbox.requeue_tasks_of_dead_workers(dead_after=timedelta()).again == 1
    assert outbox.requeue_messages_of_dead_workers(dead_after=timedelta()) == reaped
    assert worker(letters).wait(PATIENCE_S) == 0
    # Nothing is left to do, and nothing is made anew.
    assert reminders.enqueue_reminders().made == 0

    due.refresh_from_db()
    assert due.status == becomes
    assert messages_in(letters) == [f"<{due.key}@messages.mesoclinic>"] * out
    assert set(DBTaskResult.objects.values_list("status", flat=True)) == {"SUCCESSFUL"}


@pytest.mark.fault("F53")
@pytest.mark.django_db(transaction=True)
def test_two_workers_send_twenty_reminders_once_each(clinic, tmp_path):
    factories.OutboxSettingsFactory(clinic=clinic)
    for n in range(20):
        factories.AppointmentFactory(
            clinic=clinic,
            patient=factories.PatientFactory(email=f"p{n}@example.org"),
            starts_at=timezone.now() + timedelta(hours=24, minutes=40 * n),
            booked_at=timezone.now() - timedelta(days=9),
        )
    letters = tmp_path / "outbox"
    letters.mkdir()
    assert reminders.enqueue_reminders().made == 20
    for message in Message.objects.all():
        reminders.send_reminder.enqueue(message.pk)  # and each task twice

    both = [worker(letters), worker(letters)]

    assert [w.wait(PATIENCE_S) for w in both] == [0, 0]
    assert sorted(messages_in(letters)) == sorted(
        f"<{key}@messages.mesoclinic>" for key in Message.objects.values_list("key", flat=True)
    )


@pytest.mark.fault("F53")
@pytest.mark.faults  # ten minutes
@pytest.mark.django_db(transaction=True)
def test_two_workers_killed_at_random_send_each_reminder_once_or_say_that_they_are_not_sure(clinic, tmp_path):
    factories.OutboxSettingsFactory(clinic=clinic)
    letters = tmp_path / "outbox"
    letters.mkdir()
    slow = {"EMAIL_BACKEND": "tests.mesoclinic.outbox.mail_that_stops.SlowBackend"}
    ends = time.monotonic() + KILL_MINUTES * 60
    waiting = Message.objects.filter(status__in=["queued", "sending"])
    made = kills = 0

    while time.monotonic() < ends or waiting.exists():
        if time.monotonic() < ends and waiting.count() < OF_A_ROUND:
            made += _make_reminders(clinic)
        both = [worker(letters, **slow), worker(letters, **slow)]
        out = len(messages_in(letters)) + random.randint(3, 9)
        until(
            lambda: len(messages_in(letters)) >= out or all(one.poll() is not None for one in both),  # noqa: B023
            "nothing goes out",
        )
        for one in both:
            if one.poll() is None:
                os.kill(one.pid, signal.SIGKILL)
                kills += 1
            one.wait(PATIENCE_S)
        outbox.requeue_tasks_of_dead_workers(dead_after=timedelta())
        outbox.requeue_messages_of_dead_workers(dead_after=timedelta())
        reminders.enqueue_reminders()

    went = Counter(messages_in(letters))
    assert kills >= 20
    assert set(went.values()) == {1}
    became = Counter(Message.objects.values_list("status", flat=True))
    assert became["sent"] + became["unsure"] == made
    sent = Message.objects.filter(status="sent").values_list("key", flat=True)
    assert {f"<{key}@messages.mesoclinic>" for key in sent} <= set(went)
    print(f"{kills} kills in {KILL_MINUTES:g} minutes, {dict(became)}")


def _make_reminders(clinic) -> int:
    """Visits of tomorrow, whose reminders are due. How many."""
    for n in range(REMINDERS):
        factories.AppointmentFactory(
            clinic=clinic,
            patient=factories.PatientFactory(email=f"p{n}@example.org"),
            starts_at=timezone.now() + timedelta(hours=20, minutes=2 * n),
            booked_at=timezone.now() - timedelta(days=9),
        )
    assert reminders.enqueue_reminders().made == REMINDERS
    return REMINDERS


@pytest.mark.fault("F53")
@pytest.mark.django_db
def test_a_task_that_kills_its_workers_is_given_up_after_five():
    reminders.send_reminder.enqueue(0)
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now(), worker_ids=["a", "b", "c", "d"])

    assert outbox.requeue_tasks_of_dead_workers(dead_after=timedelta()) == outbox.Reaped(1, 0)
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now(), worker_ids=[*"abcde"])
    assert outbox.requeue_tasks_of_dead_workers(dead_after=timedelta()) == outbox.Reaped(0, 1)
    assert DBTaskResult.objects.get().status == "FAILED"
