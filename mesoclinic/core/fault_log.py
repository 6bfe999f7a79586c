"""One log line for a fault, however many requests it meets; and whether the database was away a moment ago."""

import logging
import threading
import time
from dataclasses import dataclass

from mesoclinic.core.faults import Fault, fault_behind_error_or_none

logger = logging.getLogger(__name__)

#: A fault that goes on is said again after this time, with how many requests it has met.
SAID_AGAIN_AFTER = 60.0
#: After a failed connection nobody else tries for so long: each try may take seconds, and holds a thread.
NOT_TRIED_FOR = 1.0

#: What is over as soon as one request has reached the database.
_OF_THE_CONNECTION = (Fault.DOWN, Fault.NO_CONNECTIONS)


@dataclass
class _Open:
    began: float
    said: float
    requests: int = 0


class FaultLog:
    """What this process knows of the faults that are open. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[Fault, _Open] = {}
        self._failed_at: float | None = None

    def note_fault(
        self, fault: Fault, *, view: str, was_tried: bool = True, now: float | None = None
    ) -> None:
        """A request met it: logged the first time, and then once a minute.

        ``was_tried`` is False where it was answered without asking, because the one before had failed.
        """
        now = time.monotonic() if now is None else now
        with self._lock:
            if fault in _OF_THE_CONNECTION and was_tried:
                self._failed_at = now
            known = self._open.get(fault)
            if known is None or (fault not in _OF_THE_CONNECTION and now - known.said > SAID_AGAIN_AFTER):
                self._open[fault] = _Open(began=now, said=now, requests=1)
                logger.error("fault %s: met at %s", fault.value, view)
                return
            known.requests += 1
            if now - known.said > SAID_AGAIN_AFTER:
                known.said = now
                logger.error(
                    "fault %s: for %.0f s, %d requests so far", fault.value, now - known.began, known.requests
                )

    def note_database_answered(self, now: float | None = None) -> None:
        """A request reached the database: what was wrong with the connection is over."""
        if not self._open:
            return
        now = time.monotonic() if now is None else now
        with self._lock:
            self._failed_at = None
            for fault in _OF_THE_CONNECTION:
                if (known := self._open.pop(fault, None)) is not None:
                    logger.warning(
                        "fault %s: over after %.0f s, %d requests met it",
                        fault.value,
                        now - known.began,
                        known.requests,
                    )

    def recent_connection_fault_or_none(self, now: float | None = None) -> Fault | None:
        """The fault of the connection, where it is so recent that trying again would only hold a thread."""
        now = time.monotonic() if now is None else now
        with self._lock:
            if self._failed_at is None or now - self._failed_at > NOT_TRIED_FOR:
                return None
            return next((fault for fault in _OF_THE_CONNECTION if fault in self._open), None)

    def forget_all_faults(self) -> None:
        """As in a new process."""
        with self._lock:
            self._open.clear()
            self._failed_at = None


#: Of this process.
fault_log = FaultLog()


class WithoutFaults(logging.Filter):
    """Drops what Django logs of a fault, and of every 503: :data:`fault_log` has said it, once."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Asked by logging for each record."""
        error = record.exc_info[1] if record.exc_info else None
        return fault_behind_error_or_none(error) is None and getattr(record, "status_code", None) != 503
