"""Nothing waits for ever: statements, locks, dead lines to the database."""

import os
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg2
import pytest
from django.db import connection
from django.urls import get_resolver, reverse
from psycopg2 import errors, extensions

from mesoclinic.core import answer_wait
from mesoclinic.core.time_limits import (
    COMMAND,
    CONNECT_SECONDS,
    LONG_WORK,
    PAGE,
    TimeLimits,
    connection_options,
    limits_named_or_none,
)

SHORT = TimeLimits(statement=0.4, lock=0.2, idle_in_transaction=0.3)


@contextmanager
def connected(limits, **more):
    made = psycopg2.connect(
        os.environ["DATABASE_URL"], **(connection_options(limits, given=more.pop("given", "")) | more)
    )
    try:
        yield made
    finally:
        made.close()


def shown(made, name):
    with made.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return cursor.fetchone()[0]


def test_a_connection_carries_the_limits_and_what_the_address_names_wins():
    with connected(PAGE) as page, connected(PAGE, given="-c lock_timeout=7s") as named:
        assert (shown(page, "statement_timeout"), shown(page, "lock_timeout")) == ("15s", "5s")
        assert shown(page, "idle_in_transaction_session_timeout") == "30s"
        assert (shown(named, "lock_timeout"), shown(named, "statement_timeout")) == ("7s", "15s")


@pytest.mark.django_db
def test_the_connections_of_django_have_them():
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("10min",)
    assert connection.settings_dict["OPTIONS"]["connect_timeout"] == CONNECT_SECONDS


def test_the_limits_go_by_name_and_another_name_is_refused():
    assert (limits_named_or_none("page"), limits_named_or_none("command"), limits_named_or_none("none")) == (
        PAGE,
        COMMAND,
        None,
    )
    assert "options" not in connection_options(None)
    with pytest.raises(ValueError, match="DATABASE_LIMITS"):
        limits_named_or_none("never")


@pytest.mark.fault("F4")
def test_a_statement_over_its_limit_is_given_up():
    with connected(SHORT) as made, made.cursor() as cursor, pytest.raises(errors.QueryCanceled):
        cursor.execute("SELECT pg_sleep(20)")


@pytest.mark.fault("F4")
def test_a_lock_that_somebody_holds_is_waited_for_no_longer_than_its_limit():
    with connected(COMMAND) as holder, connected(SHORT) as waiter:
        holder.cursor().execute("SELECT pg_advisory_xact_lock(8815)")
        with pytest.raises(errors.LockNotAvailable):
            waiter.cursor().execute("SELECT pg_advisory_xact_lock(8815)")


@pytest.mark.fault("F4")
def test_who_sleeps_in_a_transaction_is_put_out_of_it():
    with connected(SHORT) as sleeper, connected(COMMAND) as other:
        sleeper.cursor().execute("SELECT pg_advisory_xact_lock(8816)")
        other.cursor().execute("SELECT pg_advisory_xact_lock(8816)")  # comes back when the sleeper is out
        with pytest.raises(psycopg2.OperationalError):
            sleeper.cursor().execute("SELECT 1")


class Line:
    """A socket between the program and the database that can stop carrying anything, without closing."""

    def __init__(self, folder: Path):
        query = parse_qs(urlsplit(os.environ["DATABASE_URL"]).query)
        self.server = f"{query['host'][0]}/.s.PGSQL.5432"
        self.is_cut = threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{folder}/.s.PGSQL.5432")
        self.listener.listen()
        self.sockets = [self.listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                here, _ = self.listener.accept()
            except OSError:
                return
            there = socket.socket(socket.AF_UNIX)
            there.connect(self.server)
            self.sockets += [here, there]
            for one, other in ((here, there), (there, here)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one, other):
        try:
            while data := one.recv(65536):
                if not self.is_cut.is_set():
                    other.sendall(data)
        except OSError:
            pass

    def close(self):
        for each in self.sockets:
            each.close()


@pytest.fixture
def line(tmp_path):
    made = Line(tmp_path)
    yield made
    made.close()


@pytest.fixture
def waiting_with_an_end(monkeypatch):
    monkeypatch.setattr(answer_wait, "GRACE_SECONDS", 0.3)
    monkeypatch.setattr(answer_wait, "CONNECT_SECONDS", 0.5)
    answer_wait.install_database_wait_callback()
    yield
    extensions.set_wait_callback(None)


@pytest.mark.fault("F4")
def test_a_dead_line_is_given_up_soon_after_the_limit_of_the_statement(line, tmp_path, waiting_with_an_end):
    with connected(PAGE, host=str(tmp_path)) as made, answer_wait.use_statement_limit(0.5):
        with made.cursor() as cursor:
            cursor.execute("SELECT 1")
            line.is_cut.set()
            began = time.monotonic()
            with pytest.raises(answer_wait.AnswerNotComing):
                cursor.execute("SELECT 2")
        assert 0.7 < time.monotonic() - began < 5
        assert made.closed


@pytest.mark.fault("F4")
def test_a_line_that_is_dead_from_the_beginning_is_given_up_too(line, tmp_path, waiting_with_an_end):
    line.is_cut.set()

    with pytest.raises(answer_wait.AnswerNotComing), connected(PAGE, host=str(tmp_path)):
        pass


def test_a_long_answer_is_waited_for_within_the_limit_of_its_work(line, tmp_path, waiting_with_an_end):
    with connected(COMMAND, host=str(tmp_path)) as made, made.cursor() as cursor:
        with answer_wait.use_statement_limit(20):
            cursor.execute("SELECT pg_sleep(0.6)")
        assert answer_wait.current_statement_limit() == PAGE.statement


# --- the pages that may take longer ------------------------------------------


def named_views(patterns, prefix=""):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from named_views(pattern.url_patterns, f"{prefix}{pattern.namespace or ''}:")
        else:
            yield f"{prefix}{pattern.name}", pattern.callback


def test_every_import_and_export_names_its_longer_limit():
    of_files = {
        name: view
        for name, view in named_views(get_resolver().url_patterns)
        if any(word in view.__name__ for word in ("import", "export", "csv"))
        and not any(word in view.__name__ for word in ("cancel", "remove"))
    }

    assert len(of_files) >= 7
    assert [name for name, view in of_files.items() if not hasattr(view, "takes_longer")] == []


@pytest.mark.django_db
def test_an_export_runs_with_the_limit_of_its_work(as_admin, count_queries):
    with count_queries() as queries:
        response = as_admin.get(reverse("stock:lots_csv"))

    assert response.status_code == 200
    seconds = LONG_WORK["export"]
    assert f"SET LOCAL statement_timeout = '{seconds}s'" in queries
