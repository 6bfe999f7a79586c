"""Reading figures from a standby of the database, which may lag behind (DATABASE_REPLICA_URL; docs/scaling.md).

Only sums over a clinic's rows are read here. Whatever shows a patient is read where it is written, since the look itself
is written down; so is whatever somebody decides by. A standby that is away is no fault: the primary is asked instead.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections, transaction
from django.utils import timezone

from mesoclinic.core.answer_wait import current_statement_limit
from mesoclinic.core.faults import fault_behind_error_or_none

logger = logging.getLogger(__name__)

REPLICA = "replica"
#: A standby that is further behind is not asked.
LAGS_AT_MOST = timedelta(minutes=5)
#: Below this nobody would see a difference.
WORTH_SAYING = timedelta(seconds=10)

# All that was received is replayed, and somebody sends: up to date, however long nothing was written.
_REPLAYED_UNTIL = """
SELECT CASE
         WHEN NOT pg_is_in_recovery() THEN clock_timestamp()
         WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
              AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN clock_timestamp()
         ELSE pg_last_xact_replay_timestamp()
       END
"""


class LagsTooFar(OperationalError):
    """The standby is too far behind to be asked."""


@dataclass(frozen=True, slots=True)
class FiguresDatabase:
    """Where figures are read, and until when it knows what happened; None for the primary, which knows all."""

    alias: str
    known_until: datetime | None

    @property
    def as_of_or_none(self) -> datetime | None:
        """What a page says; None where the figures are as new as the page."""
        until = self.known_until
        return until if until is not None and timezone.now() - until > WORTH_SAYING else None


@contextmanager
def figures_database() -> Iterator[FiguresDatabase]:
    """The database to read figures from: the standby where there is one that answers, else the primary."""
    with ExitStack() as stack:
        database = FiguresDatabase(DEFAULT_DB_ALIAS, None)
        if REPLICA in connections:
            try:
                database = _replica_in_transaction(stack)
            except (OperationalError, InterfaceError) as error:
                connections[REPLICA].close()
                fault = fault_behind_error_or_none(error)
                logger.warning("no figures from the replica: %s", fault or type(error).__name__)
        yield database


def _replica_in_transaction(stack: ExitStack) -> FiguresDatabase:
    """The standby, for one transaction that has this thread's limit; raises OperationalError where it cannot be asked."""
    with ExitStack() as opened:
        opened.enter_context(transaction.atomic(using=REPLICA))
        with connections[REPLICA].cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [f"{current_statement_limit():.0f}s"])
            cursor.execute(_REPLAYED_UNTIL)
            known_until: datetime | None = cursor.fetchone()[0]
        if known_until is None or timezone.now() - known_until > LAGS_AT_MOST:
            raise LagsTooFar
        stack.push(opened.pop_all())
    return FiguresDatabase(REPLICA, known_until)
