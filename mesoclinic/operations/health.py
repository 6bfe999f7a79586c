"""Whether this process lives (/healthz), and whether it can do its work (/readyz)."""

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import Error, connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from mesoclinic.core import tick_runs
from mesoclinic.core.addresses import caller_address_as_told, parsed_address_or_none
from mesoclinic.core.faults import fault_behind_error_or_none
from mesoclinic.core.models import TickRun
from mesoclinic.core.replica import REPLICA, figures_database
from mesoclinic.core.version import version
from mesoclinic.operations import metrics
from mesoclinic.operations.models import BackupRun

logger = logging.getLogger(__name__)

#: A check of the database may take so long.
STATEMENT_MILLISECONDS = 2000
#: A task that is due waits seconds; after this time nobody takes it.
TASK_WAITS_AT_MOST = timedelta(minutes=15)
#: Times in the record come from both clocks.
CLOCKS_APART_AT_MOST = 2.0
#: Below this the next upload or log line may fail.
DISK_FREE_AT_LEAST = 200 * 1024 * 1024


@dataclass(frozen=True)
class Check:
    """One thing looked at. Where a required one is not well, this process gets no requests."""

    name: str
    is_well: bool
    words: str
    is_required: bool = True


def answer_health(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, the first of all: a balancer knows no host name, signs in nowhere, and speaks no https here.

    /healthz is open. /readyz and /metrics answer only callers of the machine or its private network.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            return HttpResponse("alive\n", content_type="text/plain")
        if request.path not in ("/readyz", "/metrics"):
            return get_response(request)
        if not is_private_network_address(caller_address_as_told(request)):
            return HttpResponse("Not here.\n", status=404, content_type="text/plain")
        return (
            readyz(request) if request.path == "/readyz" else metrics.metrics_response(health_metrics_now())
        )

    return middleware


def is_private_network_address(address: str) -> bool:
    """Whether somebody on this machine or in its private network asks; a local socket has no address."""
    asked = parsed_address_or_none(address)
    return not address if asked is None else asked.is_loopback or asked.is_private


def readyz(request: HttpRequest) -> JsonResponse:
    """200 where this process can work, 503 where not. ``?all`` gives 503 for whatever is not well."""
    checks = run_health_checks()
    counted = [check for check in checks if check.is_required or "all" in request.GET]
    is_ready = all(check.is_well for check in counted)
    said = {
        "ready": is_ready,
        "version": version(),
        "checks": {check.name: {"well": check.is_well, "says": check.words} for check in checks},
    }
    response = JsonResponse(said, status=200 if is_ready else 503)
    response["Cache-Control"] = "no-store"
    return response


def health_metrics_now() -> dict[str, float]:
    """For Prometheus: 1 where a check is well, and when the last tick, backup and verification ended, in Unix time."""
    checks = run_health_checks()
    measured = {f"{check.name}_is_well": float(check.is_well) for check in checks}
    if not checks[0].is_well:
        return measured
    ended = dict(
        BackupRun.objects.filter(is_good=True)
        .order_by()
        .values("kind")
        .annotate(last=Max("ended_at"))
        .values_list("kind", "last")
    )
    moments = {**ended, "tick": tick_runs.last_tick_at_or_none()}
    return measured | {
        f"last_{name}_seconds": at.timestamp() for name, at in moments.items() if at is not None
    }


def run_health_checks() -> list[Check]:
    """Everything that is looked at. Where the database is away, nothing in it is asked."""
    database = _check_database()
    checks = [database, _check_disk()]
    if database.is_well:
        with transaction.atomic():
            _limit_statements()
            checks += [check_migrations(), _check_queue(), check_clock(timezone.now())]
        if REPLICA in connections:
            checks.append(_check_replica())
    return checks


def _limit_statements() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_MILLISECONDS}")


def _check_database() -> Check:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            _limit_statements()
            cursor.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'")
            is_read_only = bool(cursor.fetchone()[0])
    except Error as error:
        connection.close()
        fault = fault_behind_error_or_none(error)
        return Check("database", False, fault.value if fault else type(error).__name__)
    # It is read meanwhile: taking the process out of service would take that away too.
    return Check("database", True, "read only" if is_read_only else "answers")


def _check_replica() -> Check:
    """Whether figures come from the standby; where it is away the primary is asked, and has more to do."""
    with figures_database() as database:
        if database.alias != REPLICA:
            return Check("replica", False, "does not answer, or is far behind", is_required=False)
        as_of = database.as_of_or_none
    words = f"knows what was until {as_of.isoformat(timespec='seconds')}" if as_of else "answers"
    return Check("replica", True, words, is_required=False)


@cache
def migrations_of_the_code() -> frozenset[tuple[str, str]]:
    """(app, name) of every migration of this code."""
    return frozenset(MigrationLoader(None, replace_migrations=False).disk_migrations)


def check_migrations() -> Check:
    """Whether the schema is the one that this code was written for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    code = migrations_of_the_code()
    apps = {app for app, _ in code}
    if missing := sorted(code - applied):
        return Check(
            "migrations", False, f"the schema is behind: {'.'.join(missing[0])} and {len(missing) - 1} more"
        )
    if unknown := sorted(row for row in applied - code if row[0] in apps):
        return Check("migrations", False, f"the schema is ahead: {'.'.join(unknown[0])} is not in this code")
    return Check("migrations", True, "fit the code")


def _check_disk() -> Check:
    folder = Path(settings.MEDIA_ROOT or settings.BASE_DIR)
    free = shutil.disk_usage(folder if folder.exists() else settings.BASE_DIR).free
    return Check("disk", free >= DISK_FREE_AT_LEAST, f"{free // 2**20} MB free")


def _check_queue() -> Check:
    now = timezone.now()
    last = tick_runs.last_tick_at_or_none()
    if tick_runs.is_tick_late(last, now):
        words = f"no tick since {last.isoformat(timespec='seconds')}" if last else "no tick yet"
        return Check("queue", False, words, is_required=False)
    waiting_since = now - TASK_WAITS_AT_MOST
    oldest = (
        DBTaskResult.objects.filter(status=TaskResultStatus.READY, enqueued_at__lte=waiting_since)
        .filter(Q(run_after__lte=waiting_since) | Q(run_after=get_date_max()))
        .order_by("enqueued_at")
        .values_list("enqueued_at", flat=True)
        .first()
    )
    if oldest is not None:
        return Check(
            "queue", False, f"a task waits since {oldest.isoformat(timespec='seconds')}", is_required=False
        )
    return Check("queue", True, "alive", is_required=False)


def check_clock(now: datetime) -> Check:
    """Whether this clock and the database's agree, and whether a tick has noticed that it was set."""
    apart, last = seconds_from_databases_clock(), TickRun.objects.first()
    words = f"{apart:.1f} s apart"
    jump = tick_runs.jump_said_or_none(last, now) or tick_runs.clock_jump_or_none(last, now)
    if jump is not None:
        return Check(
            "clock", False, f"it was set by {jump.total_seconds():+.0f} s; {words}", is_required=False
        )
    return Check("clock", apart <= CLOCKS_APART_AT_MOST, words, is_required=False)


def seconds_from_databases_clock() -> float:
    """How far this clock is from the database's, whichever is ahead."""
    before = time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        theirs = float(cursor.fetchone()[0])
    return abs(theirs - (before + time.time()) / 2)
