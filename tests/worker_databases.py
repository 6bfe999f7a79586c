"""One migrated database for all processes of a run (pytest -n): the first makes it, the others copy it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from django.conf import settings
from django.db import connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Identifier, Literal


@contextmanager
def one_process_at_a_time(run: str) -> Iterator[Cursor]:
    """At the server and not in a database, as the only one of this run: who comes later waits."""
    connection.close()
    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    parameters.pop("cursor_factory", None)
    server = psycopg2.connect(**parameters)
    try:
        server.autocommit = True
        with server.cursor() as cursor:
            # The first may take minutes on a busy machine.
            cursor.execute("SET lock_timeout = 0; SET statement_timeout = 0")
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [run])
            yield cursor
    finally:
        server.close()


def keep_for_others(cursor: Cursor, run: str, *, kept: str) -> None:
    """Copy the database of this process, which is migrated, and write on the copy of which run it is."""
    connection.close()
    _copy_database(cursor, connection.settings_dict["NAME"], to=kept)
    cursor.execute(SQL("COMMENT ON DATABASE {} IS {}").format(Identifier(kept), Literal(run)))


def copied_what_was_kept(cursor: Cursor, run: str, *, kept: str, own: str) -> bool:
    """Whether another process of this run has kept its database; ``own`` is then a copy, and Django works on it."""
    cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [kept])
    if cursor.fetchone() != (run,):
        return False
    _copy_database(cursor, kept, to=own)
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = own
    return True


def _copy_database(cursor: Cursor, source: str, *, to: str) -> None:
    cursor.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(to)))
    cursor.execute(
        SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(Identifier(to), Identifier(source))
    )
