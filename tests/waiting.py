"""Waiting for a condition of another process, with an end."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

#: What anything may take on a machine that does much else.
PATIENCE_S = 120


def until(so: Callable[[], Found], what: str) -> Found:
    """Ask again and again until it is so, and return what was found; fail after PATIENCE_S, however slow the machine is."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := so()):
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.02)
    return found
