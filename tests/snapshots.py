"""The rows of the tests' database: removed after a test that commits, kept once and put back where many tests need them.

Django's flush truncates every table, which takes most of a second. Deleting from the few that hold rows takes
hundredths of one, with triggers and foreign keys off: what is removed is everything.
"""

import io
import time
from collections.abc import Callable, Iterable

from django.db import OperationalError, connection, transaction
from psycopg2.errors import LockNotAvailable

#: How long somebody may go on writing on a machine that does much else.
PATIENCE_S = 60

#: Written by the migrations and the same for every test.
KEPT = ("django_migrations", "django_content_type", "auth_permission")

#: The rows of each table that has any, as PostgreSQL's COPY writes them.
Snapshot = dict[str, str]


def _tables() -> list[str]:
    """The quoted names of the tables other than the kept ones; of a divided one, its parts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = current_schema()::regnamespace AND relname <> ALL(%s) ORDER BY relname",
            [list(KEPT)],
        )
        return [name for (name,) in cursor.fetchall()]


def filled_tables() -> list[str]:
    """Those of them that hold rows."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM {name} LIMIT 1)" for name in _tables()))
        return [name for (name,) in cursor.fetchall()]


def may_switch_triggers_off() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        return bool(cursor.fetchone()[0])


def empty() -> None:
    """Delete every row but the kept ones; whoever is still writing is waited for.

    A request can go on after its browser is closed. No lock is held while it is waited for: it locks the tables in
    another order than this, and the two would stop each other.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not _emptied():
        assert time.monotonic() < deadline, "Somebody goes on writing after the test."
        time.sleep(0.02)


def _emptied() -> bool:
    """Whether all tables were free, and are empty now."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {', '.join(_tables())} IN EXCLUSIVE MODE NOWAIT")
            cursor.execute("SET LOCAL session_replication_role = replica")
            for name in filled_tables():
                cursor.execute(f"DELETE FROM {name}")
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return False
        raise
    return True


def take() -> Snapshot:
    rows: Snapshot = {}
    with connection.cursor() as cursor:
        for name in filled_tables():
            out = io.StringIO()
            cursor.copy_expert(f"COPY {name} TO STDOUT", out)
            rows[name] = out.getvalue()
    return rows


#: What a function that loads has written into empty tables, in this process.
_LOADED: dict[Callable[[], None], Snapshot] = {}


def load_or_copy(load: Callable[[], None]) -> None:
    """Call ``load``, or put the rows back that it wrote the first time where its tables are empty again.

    For what writes the same rows each time and refers to no others. In a transaction of a test, which is rolled back.
    """
    if not may_switch_triggers_off():
        load()
    elif load not in _LOADED:
        before = take()
        load()
        after = take()
        written = {name: rows for name, rows in after.items() if rows != before.get(name)}
        # Where somebody else had rows too, they are not those of the next test.
        if not written.keys() & before.keys():
            _LOADED[load] = written
    elif _are_empty(_LOADED[load].keys()):
        restore(_LOADED[load])
    else:
        load()


def _are_empty(tables: Iterable[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"(SELECT FROM {name} LIMIT 1)" for name in tables))
        return cursor.fetchone() is None


def restore(rows: Snapshot) -> None:
    """Put the rows back into empty tables. Sequences stand where they are: above every number used so far."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name, text in rows.items():
            cursor.copy_expert(f"COPY {name} FROM STDIN", io.StringIO(text))
        # The transaction of a test goes on.
        cursor.execute("SET LOCAL session_replication_role = origin")
