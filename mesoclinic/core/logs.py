"""A log line says which view and which id. What PostgreSQL adds to an error (the row it failed on) is cut out of it."""

import logging
import re
from types import TracebackType

#: What PostgreSQL appends to a message, to its end: whatever stands in the row, its lines included.
_ADDED = re.compile(
    r"^[ \t|]*(?:DETAIL|CONTEXT|HINT|QUERY|STATEMENT|PARAMETERS):.*?"
    r"(?=^[ \t|]*(?:The above exception was the direct cause of the following exception|"
    r"During handling of the above exception, another exception occurred):$|\Z)",
    re.MULTILINE | re.DOTALL,
)
CUT = "(what PostgreSQL says of the row is not logged)"


def without_detail(text: str) -> str:
    """The text without what PostgreSQL says of the row."""
    return _ADDED.sub(f"{CUT}\n\n", text).rstrip("\n")


class LineWithoutDetail(logging.Formatter):
    """A log line and its traceback, without a patient's row."""

    def format(self, record: logging.LogRecord) -> str:
        """Called by logging."""
        return without_detail(super().format(record))

    def formatException(  # the name that logging calls
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Called by logging; what it returns is kept on the record for the other handlers."""
        return without_detail(super().formatException(ei))
