"""A real worker is killed in the middle of a reminder: it is reaped, another runs, and one message has gone out."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from email import message_from_bytes
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from mesoclinic.outbox import actions as outbox
from mesoclinic.outbox.models import Message
from tests import factories
from treatments.schedule.actions import reminders

#: What anything here may take on a machine that does much else.
PATIENCE_S = 120


def environment(letters, **more):
    """The test's own database, and a backend that writes each message to a file."""
    url = urlsplit(os.environ["DATABASE_URL"])
    url = url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    backend = "tests.mesoclinic.outbox.mail_that_stops.StoppingBackend"
    return os.environ | {
        "DATABASE_URL": url,
        "DEMO": "1",
        "EMAIL_BACKEND": backend,
        "EMAIL_FILE_PATH": str(letters),
        **more,
    }


def worker(letters, **more):
    return subprocess.Popen(
        [sys.executable, "manage.py", "db_worker", "--batch", "--no-startup-delay", "--no-reload"],
        cwd=settings.BASE_DIR,
        env=environment(letters, **more),
    )


def kill_when(process, reached):
    """Kill -9 once it has come to the point where it stops."""
    until = time.monotonic() + PATIENCE_S
    while not reached.exists():
        assert process.poll() is None, "the worker ended before it came there"
        assert time.monotonic() < until, "the worker never came there"
        time.sleep(0.05)
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
    for _ in range(2):
        assert worker(letters).wait(PATIENCE_S) == 0
        reminders.enqueue_reminders()

    due.refresh_from_db()
    assert due.status == becomes
    assert messages_in(letters) == [f"<{due.key}@messages.mesoclinic>"] * out
    assert set(DBTaskResult.objects.values_list("status", flat=True)) == {"SUCCESSFUL"}


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


@pytest.mark.django_db
def test_a_task_that_kills_its_workers_is_given_up_after_five():
    reminders.send_reminder.enqueue(0)
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now(), worker_ids=["a", "b", "c", "d"])

    assert outbox.requeue_tasks_of_dead_workers(dead_after=timedelta()) == outbox.Reaped(1, 0)
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now(), worker_ids=[*"abcde"])
    assert outbox.requeue_tasks_of_dead_workers(dead_after=timedelta()) == outbox.Reaped(0, 1)
    assert DBTaskResult.objects.get().status == "FAILED"
