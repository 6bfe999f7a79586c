"""Django's migrate, which waits a moment for a lock and then tries again: behind it nobody else waits long."""

import time

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg2.errors import LockNotAvailable

from mesoclinic.core.time_limits import MIGRATE

#: A waiting ALTER TABLE holds up every reader behind it, so it is given up and tried again after a pause.
MOST_TRIES = 30
PAUSE_SECONDS = 2.0


class Command(migrate.Command):
    help = f"{migrate.Command.help} A lock is waited for {MIGRATE.lock} s, then it is tried again."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--tries", type=int, default=MOST_TRIES, help="how often a lock is asked for")
        parser.add_argument("--pause", type=float, default=PAUSE_SECONDS, help="seconds between two tries")

    def handle(self, *args, **options):
        """Migrates; what was done before a lock was missing stays done, and the rest is tried again."""
        connection = connections[options["database"]]
        tries, pause = options.pop("tries"), options.pop("pause")
        try:
            return self._migrate_with_patience(connection, tries, pause, args, options)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
                cursor.execute("RESET statement_timeout")

    def _migrate_with_patience(self, connection, tries, pause, args, options):
        for attempt in range(1, tries + 1):
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{MIGRATE.lock * 1000:.0f}ms'")
                cursor.execute("SET statement_timeout = 0")
            try:
                return super().handle(*args, **options)
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                if attempt == tries:
                    raise CommandError(
                        f"Another transaction held a table for all of {tries} tries. What was migrated before stays; "
                        "run it again when less is going on."
                    ) from error
                self.stdout.write(f"A table is in use; try {attempt + 1} of {tries} in {pause:g} s.")
                time.sleep(pause)
        return None
