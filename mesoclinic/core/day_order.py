"""In which order a date typed in figures is read: that of the clinic where the request runs. No Django here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

_order: ContextVar[str] = ContextVar("day_order", default="dmy")

#: With slashes or dashes, by order. Nobody writes the month first with full stops.
_SLASHED = {
    "dmy": ("%d/%m/%Y", "%d-%m-%Y"),
    "mdy": ("%m/%d/%Y", "%m-%d-%Y"),
    "ymd": ("%Y/%m/%d",),
}
_ALWAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")

_EXAMPLES = {"dmy": "27/03/1984", "mdy": "03/27/1984", "ymd": "1984-03-27"}


@contextmanager
def use_day_order(order: str) -> Iterator[None]:
    """Dates in figures are read so until the end of the block: “dmy”, “mdy” or “ymd”."""
    token = _order.set(order)
    try:
        yield
    finally:
        _order.reset(token)


def example_day_text() -> str:
    """27 March 1984 as it is typed here."""
    return _EXAMPLES[_order.get()]


def read_typed_day(text: str) -> date:
    """``05/06/1980`` is 5 June where the day comes first, 6 May where the month does. ValueError where it is no day."""
    for pattern in (*_ALWAYS, *_SLASHED[_order.get()]):
        try:
            return datetime.strptime(text.strip(), pattern).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise ValueError(f"Type a day like {example_day_text()}.")
