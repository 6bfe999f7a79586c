"""What must be so before a process serves: a database that loses nothing, a schema that fits, no demo for the world."""

import os
import sys
from collections.abc import Sequence

from django.conf import settings
from django.db import Error, connection

from mesoclinic.operations.health import check_migrations

#: gunicorn's own code for "do not start me again".
REFUSED = 3

_LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", "testserver"}
#: Each has to say this, or a power cut loses or spoils what was acknowledged.
_SAFE = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "data_checksums": ("on",),
    "synchronous_commit": ("on", "local", "remote_write", "remote_apply"),
}


def exit_unless_safe() -> None:
    """Ends the process where something is unsafe and UNSAFE_START_ALLOWED does not name it."""
    problems = reasons_not_to_start(allowed=os.environ.get("UNSAFE_START_ALLOWED", "").split(","))
    for name, words in problems:
        print(
            f"Mesoclinic does not start: {words} (To start all the same: UNSAFE_START_ALLOWED={name}.)",
            file=sys.stderr,
        )
    if problems:
        sys.exit(REFUSED)


def reasons_not_to_start(*, allowed: Sequence[str] = ()) -> list[tuple[str, str]]:
    """(name, sentence) for each thing that is unsafe and not allowed by its name."""
    found = _unsafe_settings()
    try:
        with connection.cursor() as cursor:
            found += _unsafe_database(cursor)
        schema = check_migrations()
        if not schema.is_well:
            found.append(("schema", f"{schema.words}. Run manage.py migrate, or the code that fits."))
    except Error:
        # A database that is away is no reason to stay away too: pages say so, and go on when it is back.
        connection.close()
    return [(name, words) for name, words in found if name not in allowed]


def _unsafe_settings() -> list[tuple[str, str]]:
    hosts = [host for host in settings.ALLOWED_HOSTS if host not in _LOCAL_HOSTS]
    if settings.DEMO and hosts:
        return [
            ("demo", f"DEMO is set, and ALLOWED_HOSTS names {hosts[0]}: a demo is for this machine only.")
        ]
    return []


def _unsafe_database(cursor) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]  # Django's cursor has no type
    found = []
    for name, safe in _SAFE.items():
        cursor.execute("SELECT current_setting(%s)", [name])
        value = str(cursor.fetchone()[0])
        if value not in safe:
            found.append((name, f"PostgreSQL has {name} = {value}: what was saved could be lost."))
    return found
