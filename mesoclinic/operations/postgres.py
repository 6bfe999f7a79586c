"""PostgreSQL's own programs, and what they need to reach the database of the settings."""

import os
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from django.db import connection

from mesoclinic.database import Cluster
from mesoclinic.operations.manifest import TableSum

#: Written the same on every machine: the hashes are of the rows as text.
_SAME_TEXT = "SET DateStyle = 'ISO, YMD'; SET TimeZone = 'UTC'; SET IntervalStyle = 'postgres'; SET bytea_output = 'hex'; SET extra_float_digits = 1"


def postgres_program_path(name: str) -> Path:
    """``pg_dump`` and the like: of PG_BIN, of the wheel, or of the system."""
    return Cluster(data=Path("/nonexistent")).bin_dir / name


def environment() -> dict[str, str]:
    """How they reach the database. Not on the command line: everybody on the machine reads that."""
    given = connection.get_connection_params()
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
        "sslmode": "PGSSLMODE",
        "sslrootcert": "PGSSLROOTCERT",
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
    return kept | {name: str(given[key]) for key, name in names.items() if given.get(key)}


@contextmanager
def cursor_of_one_snapshot():  # type: ignore[no-untyped-def]  # psycopg2 has no types
    """A cursor that sees the database as it was at one moment, however long it is asked, and that moment's name."""
    given = {
        k: v for k, v in connection.get_connection_params().items() if k not in ("cursor_factory", "context")
    }
    made = psycopg2.connect(**given)
    try:
        made.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with made.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
            cursor.execute(_SAME_TEXT)
            cursor.execute("SELECT pg_export_snapshot()")
            yield cursor, cursor.fetchone()[0]
    finally:
        made.close()


def table_names(cursor) -> list[str]:  # type: ignore[no-untyped-def]
    """Those that hold rows themselves: of a table that is divided, its parts."""
    cursor.execute(
        "SELECT quote_ident(relname) FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
    )
    return [name for (name,) in cursor.fetchall()]


def count_and_hash_by_table(cursor) -> dict[str, TableSum]:  # type: ignore[no-untyped-def]
    """For every table its number of rows and the sum of their hashes, whatever their order."""
    found = {}
    for name in table_names(cursor):
        cursor.execute(
            f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM {name} AS t"
        )
        rows, hashes = cursor.fetchone()
        found[name] = TableSum(rows, str(hashes))
    return found


def migrations_applied(cursor) -> list[str]:  # type: ignore[no-untyped-def]
    cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
    return [name for (name,) in cursor.fetchall()]
