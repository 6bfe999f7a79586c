"""Tasks that a dead worker left running. The queue itself never takes them up again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

#: No task of ours runs this long: each does one thing and is enqueued again for the next.
DEAD_AFTER = timedelta(minutes=15)
#: A task that kills its worker is not tried for ever.
MOST_ATTEMPTS = 5


@dataclass(frozen=True)
class Reaped:
    again: int
    given_up: int


@transaction.atomic
def reap(*, now: datetime | None = None, dead_after: timedelta = DEAD_AFTER) -> Reaped:
    """Make tasks ready again whose worker is gone; after five such workers, failed.

    Every task's body must stand being run twice, even at once: a worker may only have been slow.
    """
    now = now or timezone.now()
    left = DBTaskResult.objects.select_for_update(skip_locked=True).filter(
        status=TaskResultStatus.RUNNING, started_at__lte=now - dead_after
    )
    again = given_up = 0
    for result in left:
        if len(result.worker_ids) >= MOST_ATTEMPTS:
            result.status, result.finished_at = TaskResultStatus.FAILED, now
            result.traceback = f"given up: {len(result.worker_ids)} workers died of it"
            result.save(update_fields=["status", "finished_at", "traceback"])
            given_up += 1
        else:
            result.status, result.started_at = TaskResultStatus.READY, None
            result.save(update_fields=["status", "started_at"])
            again += 1
    return Reaped(again, given_up)
