"""Rows that have served: deleted by the tick after so many days as the settings say (0: never). Nothing clinical is among them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django_tasks_db.models import DBTaskResult

from mesoclinic.core.models import Autosave, IdempotencyKey, PreparedFile
from mesoclinic.operations.models import BackupRun
from mesoclinic.outbox.models import Message
from mesoclinic.outbox.rules import MessageStatus, Purpose
from treatments.schedule.models import Reminder

#: So many rows of a kind at most in one tick: the next goes on.
MOST_AT_ONCE = 5000

#: A message in one of these is not under way, and nobody has to see to it.
_SETTLED = (MessageStatus.SENT.value, MessageStatus.SKIPPED.value)


@dataclass(frozen=True)
class Kind:
    """``setting`` names the days in settings.KEEP_DAYS; ``delete`` takes the instant before which rows go."""

    setting: str
    delete: Callable[[datetime], int]


def _delete_rows_up_to_limit(rows: "models.QuerySet[models.Model]") -> int:
    some = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk")[:MOST_AT_ONCE])
    return some.delete()[0]


def _delete_old_idempotency_keys(before: datetime) -> int:
    return _delete_rows_up_to_limit(IdempotencyKey.objects.filter(at__lt=before))


def _delete_expired_sign_in_sessions(before: datetime) -> int:
    return _delete_rows_up_to_limit(Session.objects.filter(expire_date__lt=before))


def _delete_old_autosaves(before: datetime) -> int:
    return _delete_rows_up_to_limit(Autosave.objects.filter(saved_at__lt=before))


def _delete_tasks(before: datetime) -> int:
    return _delete_rows_up_to_limit(DBTaskResult.objects.finished().filter(finished_at__lt=before))


@transaction.atomic
def _delete_settled_reminders(before: datetime) -> int:
    """Reminders, with their messages. That they went out stays in the audit log; how a quote was sent is kept with it."""
    old = list(
        Message.objects.filter(purpose=Purpose.REMINDER.value, status__in=_SETTLED, status_at__lt=before)
        .order_by()
        .values_list("pk", flat=True)[:MOST_AT_ONCE]
    )
    Reminder.objects.filter(message__in=old).delete()
    return Message.objects.filter(pk__in=old).delete()[0]


def _delete_prepared_files(before: datetime) -> int:
    return _delete_rows_up_to_limit(PreparedFile.objects.filter(asked_at__lt=before))


def _delete_backup_runs(before: datetime) -> int:
    """But the last good one of each kind, which the server's page names."""
    good = BackupRun.objects.filter(is_good=True)
    kept = [run.pk for kind in BackupRun.Kind if (run := good.filter(kind=kind).first()) is not None]
    return _delete_rows_up_to_limit(BackupRun.objects.filter(ended_at__lt=before).exclude(pk__in=kept))


KINDS = (
    Kind("answered_requests", _delete_old_idempotency_keys),
    Kind("sign_ins", _delete_expired_sign_in_sessions),
    Kind("drafts", _delete_old_autosaves),
    Kind("tasks", _delete_tasks),
    Kind("messages", _delete_settled_reminders),
    Kind("files", _delete_prepared_files),
    Kind("backup_runs", _delete_backup_runs),
)


def delete_old_rows(now: datetime) -> dict[str, int]:
    """How many rows of each kind went. Safe to run twice, or twice at once."""
    gone = {}
    for kind in KINDS:
        if days := settings.KEEP_DAYS[kind.setting]:
            gone[kind.setting] = kind.delete(now - timedelta(days=days))
    return gone
