"""Rows that have served go after their days, and no others."""

import uuid
from datetime import timedelta

import pytest
from django.conf import settings as given
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from mesoclinic.core.models import Autosave, IdempotencyKey, PreparedFile
from mesoclinic.operations.models import BackupRun
from mesoclinic.operations.pruning import KINDS, delete_old_rows
from mesoclinic.outbox.models import Message
from tests import factories
from treatments.schedule.models import Reminder

pytestmark = pytest.mark.django_db

KEPT = {
    "answered_requests": 30,
    "sign_ins": 1,
    "drafts": 180,
    "tasks": 14,
    "messages": 730,
    "files": 7,
    "backup_runs": 400,
}


def remembered_message(clinic, patient, appointment, *, at, status="sent"):
    message = Message.objects.create(
        clinic=clinic,
        patient=patient,
        purpose="reminder",
        channel="email",
        status=status,
        queued_at=at,
        status_at=at,
    )
    Reminder.objects.create(appointment=appointment, starts_at=at, hours_before=24, message=message)
    return message


def appointment_of(clinic, clinician, patient):
    """One a day, so that nobody is in two places."""
    start = timezone.now() + timedelta(days=10 + Reminder.objects.count())
    return factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        patient=patient,
        room=factories.RoomFactory(clinic=clinic),
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
    )


def make_task(at):
    """A task that was done."""
    DBTaskResult.objects.create(
        task_path="treatments.schedule.actions.reminders.send_reminder",
        backend_name="default",
        queue_name="default",
        args_kwargs={"args": [], "kwargs": {}},
        status=TaskResultStatus.SUCCESSFUL,
        finished_at=at,
        run_after=at,
        exception_class_path="",
        traceback="",
    )


def make_rows(clinic, admin, clinician, at):
    """One row of each kind, as old as ``at``."""
    IdempotencyKey.objects.create(key=uuid.uuid4(), by=admin, path="/", at=at, content="0" * 64)
    Session.objects.create(session_key=uuid.uuid4().hex, session_data="", expire_date=at)
    Autosave.objects.create(owner=admin, kind="intake", subject=f"patient:{at:%Y}", saved_at=at)
    PreparedFile.objects.create(owner=admin, name="lots", needs="SEE_STOCK", asked_at=at)
    BackupRun.objects.create(kind="backup", name=f"{at:%Y}", began_at=at, ended_at=at, is_good=True)
    make_task(at)
    patient = factories.PatientFactory(registered_by=clinician)
    appointment = appointment_of(clinic, clinician, patient)
    remembered_message(clinic, patient, appointment, at=at)


def count():
    models = (
        IdempotencyKey,
        Session,
        Autosave,
        PreparedFile,
        BackupRun,
        DBTaskResult,
        Message,
        Reminder,
    )
    return {model.__name__: model.objects.count() for model in models}


def test_the_settings_name_every_kind_and_its_days():
    assert given.KEEP_DAYS == KEPT
    assert {kind.setting for kind in KINDS} == set(KEPT)


def test_what_has_served_goes_and_what_is_newer_stays(clinic, admin, clinician):
    now = timezone.now()
    make_rows(clinic, admin, clinician, now - timedelta(days=1000))
    make_rows(clinic, admin, clinician, now + timedelta(days=1))
    before = count()

    gone = delete_old_rows(now)

    assert before == dict.fromkeys(before, 2)
    assert count() == dict.fromkeys(before, 1)
    assert gone == dict.fromkeys(KEPT, 1)
    delete_old_rows(now)
    assert count() == dict.fromkeys(before, 1)


def test_a_kind_that_is_kept_for_ever_stays(clinic, admin, clinician, settings):
    settings.KEEP_DAYS = KEPT | {"drafts": 0}
    make_rows(clinic, admin, clinician, timezone.now() - timedelta(days=1000))

    assert "drafts" not in delete_old_rows(timezone.now())
    assert Autosave.objects.count() == 1


def test_a_task_that_has_not_run_stays_and_the_day_is_the_callers(clinic, admin, clinician):
    now = timezone.now()
    make_rows(clinic, admin, clinician, now)
    DBTaskResult.objects.update(status=TaskResultStatus.READY, finished_at=None)
    make_task(now)

    assert delete_old_rows(now + timedelta(days=13))["tasks"] == 0
    assert delete_old_rows(now + timedelta(days=15))["tasks"] == 1
    assert DBTaskResult.objects.get().status == TaskResultStatus.READY


def test_a_message_that_needs_somebody_and_the_last_good_backup_stay(clinic, admin, clinician):
    old = timezone.now() - timedelta(days=1000)
    make_rows(clinic, admin, clinician, old)
    patient = factories.PatientFactory(registered_by=clinician)
    appointment = appointment_of(clinic, clinician, patient)
    failed = remembered_message(clinic, patient, appointment, at=old, status="failed")

    delete_old_rows(timezone.now())

    assert list(Message.objects.all()) == [failed]
    assert BackupRun.objects.count() == 1
