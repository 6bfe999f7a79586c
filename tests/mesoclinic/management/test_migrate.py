"""A migration that meets a lock gives it up at once and tries again."""

import io

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from mesoclinic.core.time_limits import TimeLimits
from mesoclinic.management.commands import migrate


@pytest.fixture
def somebody_elses_lock(transactional_db, monkeypatch):
    monkeypatch.setattr(migrate, "MIGRATE", TimeLimits(statement=0, lock=0.3, idle_in_transaction=60))
    other = psycopg2.connect(_address())
    other.cursor().execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
    yield other
    other.close()


def _address():
    given = connection.settings_dict
    return f"dbname={given['NAME']} user={given['USER']} host={given['OPTIONS']['host']}"


class Listening(io.StringIO):
    """Output that does something when a word is said."""

    def __init__(self, word, then):
        super().__init__()
        self.word, self.then = word, then

    def write(self, text):
        if self.word in text:
            self.then()
        return super().write(text)


@pytest.mark.fault("F50")
def test_a_migration_waits_for_a_table_in_use_and_goes_on_when_it_is_free(somebody_elses_lock):
    out = Listening("A table is in use", somebody_elses_lock.close)

    call_command("migrate", stdout=out, tries=3, pause=0, verbosity=1)

    assert "try 2 of 3" in out.getvalue()
    assert "No migrations to apply" in out.getvalue()


@pytest.mark.fault("F50")
def test_a_migration_that_finds_no_free_moment_says_so_and_changes_nothing(somebody_elses_lock):
    with pytest.raises(CommandError, match="run it again when less is going on"):
        call_command("migrate", stdout=io.StringIO(), tries=2, pause=0)
