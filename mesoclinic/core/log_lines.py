"""Log lines, as JSON for programs and as text for people: which view, which account, how long; never a patient's row.

What PostgreSQL adds to an error (the row it failed on) is cut out of both.
"""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from types import TracebackType

#: Whose sentences are written by us, without names in them. Of all others only the sentence is kept, not what fills it.
OURS = ("mesoclinic", "patients", "treatments")

#: What PostgreSQL appends to a message, to its end: whatever stands in the row, its lines included.
_ADDED = re.compile(
    r"^[ \t|]*(?:DETAIL|CONTEXT|HINT|QUERY|STATEMENT|PARAMETERS):.*?"
    r"(?=^[ \t|]*(?:The above exception was the direct cause of the following exception|"
    r"During handling of the above exception, another exception occurred):$|\Z)",
    re.MULTILINE | re.DOTALL,
)
CUT = "(what PostgreSQL says of the row is not logged)"


def text_without_postgres_detail(text: str) -> str:
    """The text without what PostgreSQL says of the row."""
    return _ADDED.sub(f"{CUT}\n\n", text).rstrip("\n")


@dataclass
class RequestFacts:
    """What may be said of a request. The view's name and not its address: that may hold a key."""

    request_id: str
    method: str = ""
    view: str = ""
    object_id: int | None = None
    user_id: int | None = None
    status: int | None = None
    milliseconds: float | None = None
    statements: int = 0
    database_milliseconds: float = 0.0


current_request: ContextVar[RequestFacts | None] = ContextVar("current_request", default=None)


class WithRequest(logging.Filter):
    """Gives every record the request it was written in."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Asked by logging for each record; drops none."""
        record.request_facts = current_request.get()
        return True


class LineWithoutDetail(logging.Formatter):
    """A log line and its traceback, without a patient's row."""

    def format(self, record: logging.LogRecord) -> str:
        """Called by logging."""
        return text_without_postgres_detail(super().format(record))

    def formatException(  # the name that logging calls
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Called by logging; what it returns is kept on the record for the other handlers."""
        return text_without_postgres_detail(super().formatException(ei))


class JSONLine(logging.Formatter):
    """One line of JSON for a record, by an allow-list: no name, no address, and of an error only where it arose."""

    def format(self, record: logging.LogRecord) -> str:
        """Called by logging for each record."""
        is_ours = record.name.split(".", 1)[0] in OURS
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": text_without_postgres_detail(record.getMessage()) if is_ours else str(record.msg),
        }
        facts = getattr(record, "request_facts", None)
        if isinstance(facts, RequestFacts):
            line |= {name: value for name, value in asdict(facts).items() if value not in (None, "")}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["frames"] = _frames(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def _frames(trace: TracebackType | None) -> list[str]:
    """Where it happened. Not what the error says: a database's quotes the row it failed on."""
    found = traceback.extract_tb(trace)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in found[-12:]]
