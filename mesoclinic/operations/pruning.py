"""Rows that have served: deleted by the tick after so many days as the settings say (0: never). Nothing clinical is among them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import models, transaction

from mesoclinic.core.models import Autosave, IdempotencyKey
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


def _delete_some(rows: "models.QuerySet[models.Model]") -> int:
    some = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk")[:MOST_AT_ONCE])
    return some.delete()[0]


def _delete_answered_requests(before: datetime) -> int:
    return _delete_some(IdempotencyKey.objects.filter(at__lt=before))


def _delete_sign_ins(before: datetime) -> int:
    return _delete_some(Session.objects.filter(expire_date__lt=before))


def _delete_drafts(before: datetime) -> int:
    return _delete_some(Autosave.objects.filter(saved_at__lt=before))


def _delete_lockouts(before: datetime) -> int:
    return sum(
        _delete_some(model.objects.filter(attempt_time__lt=before))
        for model in (AccessAttempt, AccessFailureLog, AccessLog)
    )


def _delete_tasks(before: datetime) -> int:
    call_command("prune_db_task_results", min_age_days=settings.KEEP_DAYS["tasks"], verbosity=0)
    return 0


@transaction.atomic
def _delete_messages(before: datetime) -> int:
    """Reminders, with their messages. That they went out stays in the audit log; how a quote was sent is kept with it."""
    old = list(
        Message.objects.filter(purpose=Purpose.REMINDER.value, status__in=_SETTLED, status_at__lt=before)
        .order_by()
        .values_list("pk", flat=True)[:MOST_AT_ONCE]
    )
    Reminder.objects.filter(message__in=old).delete()
    return Message.objects.filter(pk__in=old).delete()[0]


def _delete_backup_runs(before: datetime) -> int:
    """But the last good one of each kind, which the server's page names."""
    good = BackupRun.objects.filter(is_good=True)
    kept = [run.pk for kind in BackupRun.Kind if (run := good.filter(kind=kind).first()) is not None]
    return _delete_some(BackupRun.objects.filter(ended_at__lt=before).exclude(pk__in=kept))


KINDS = (
    Kind("answered_requests", _delete_answered_requests),
    Kind("sign_ins", _delete_sign_ins),
    Kind("drafts", _delete_drafts),
    Kind("lockouts", _delete_lockouts),
    Kind("tasks", _delete_tasks),
    Kind("messages", _delete_messages),
    Kind("backup_runs", _delete_backup_runs),
)


def delete_old_rows(now: datetime) -> dict[str, int]:
    """How many rows of each kind went. Safe to run twice, or twice at once."""
    gone = {}
    for kind in KINDS:
        if days := settings.KEEP_DAYS[kind.setting]:
            gone[kind.setting] = kind.delete(now - timedelta(days=days))
    return gone
