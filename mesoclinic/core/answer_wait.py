"""Waiting for the database's answer, with an end.

PostgreSQL ends a statement that takes too long, but only where the line to it stands. Where a cable is pulled, or a
firewall forgets the connection, libpq waits for minutes. The web process waits by :func:`wait_for_database_answer` instead. No
Django here. COPY does not work with it, so nothing but the web process installs it.
"""

import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2 import extensions

from mesoclinic.core.time_limits import CONNECT_SECONDS, GRACE_SECONDS, PAGE

_current = threading.local()


class AnswerNotComing(psycopg2.OperationalError):
    """The line to the database is dead; what was sent may have arrived."""


def wait_for_database_answer(connection: extensions.connection) -> None:
    """What psycopg2 calls after it has sent something: returns when the answer is there.

    Raises AnswerNotComing a few seconds after the statement's own limit; psycopg2 then closes the connection.
    """
    connecting = connection.status == extensions.STATUS_SETUP
    seconds = CONNECT_SECONDS if connecting else current_statement_limit() + GRACE_SECONDS
    deadline = time.monotonic() + seconds
    while (state := connection.poll()) != extensions.POLL_OK:
        left = deadline - time.monotonic()
        waiting = select.poll()
        waiting.register(
            connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT
        )
        if left <= 0 or not waiting.poll(left * 1000):
            raise AnswerNotComing(f"the database did not answer for {seconds} s")


def install_database_wait_callback() -> None:
    """From here on every connection of this process waits with an end."""
    extensions.set_wait_callback(wait_for_database_answer)


def current_statement_limit() -> float:
    """What this thread's statements may take."""
    return float(getattr(_current, "seconds", PAGE.statement))


@contextmanager
def use_statement_limit(seconds: float) -> Iterator[None]:
    """Inside it this thread's statements may take ``seconds``."""
    before = current_statement_limit()
    _current.seconds = seconds
    try:
        yield
    finally:
        _current.seconds = before
