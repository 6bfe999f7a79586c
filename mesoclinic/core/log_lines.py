"""Log lines as JSON, by an allow-list: which view, which account, how long; never a patient, a name or an address."""

import json
import logging
import traceback
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

#: Whose sentences are written by us, without names in them. Of all others only the sentence is kept, not what fills it.
OURS = ("mesoclinic", "patients", "treatments")


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


class JSONLine(logging.Formatter):
    """One line of JSON for a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Called by logging for each record."""
        is_ours = record.name.split(".", 1)[0] in OURS
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage() if is_ours else str(record.msg),
        }
        facts = getattr(record, "request_facts", None)
        if isinstance(facts, RequestFacts):
            line |= {name: value for name, value in asdict(facts).items() if value not in (None, "")}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["frames"] = _frames(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def _frames(trace: object) -> list[str]:
    """Where it happened. Not what the error says: a database's quotes the row it failed on."""
    found = traceback.extract_tb(trace)  # type: ignore[arg-type]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in found[-12:]]
