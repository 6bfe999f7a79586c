"""Lists a page at a time, by key: a page begins behind a row, so that it costs the same anywhere in a list.

A page's place stands in its address as the values of its order ("2026-11-25,17"). Nobody pages a list of patients
by name: a name would stand in the address.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import quote, unquote, urlencode

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.utils import timezone

Row = TypeVar("Row")
Other = TypeVar("Other")
ModelRow = TypeVar("ModelRow", bound=Model)

#: Rows of a batch of a list that is read to its end.
BATCH = 500
#: Where a count is shown, it is counted so far and no further.
MOST_COUNTED = 100
#: Longer numbers are no key of ours: they do not fit a column.
_MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after a row, or before one. Neither is the first page."""

    after: str = ""
    before: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Place":
        """As the query of an address names it."""
        return cls(after=query.get("after", ""), before=query.get("before", ""))


FIRST = Place()


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows, and the tokens of the pages before and after them (empty: there is none)."""

    rows: Sequence[Row]
    before: str = ""
    after: str = ""

    def with_rows(self, rows: Iterable[Other]) -> "Page[Other]":
        """The same place in the list with other rows, made of these."""
        return Page(list(rows), self.before, self.after)


def page_of(
    queryset: QuerySet[ModelRow], by: Sequence[str], place: Place = FIRST, *, size: int, newest: bool = False
) -> Page[ModelRow]:
    """The page of ``queryset`` at ``place``: one query. A token that cannot be read opens the first page.

    ``by``: the columns of the order, none of them null; together they name one row ("pk" last). ``newest``: the
    highest first.
    """
    fields = [_model_column(queryset, name) for name in by]
    back = _token_values_or_none(place.before, fields)
    key = back or _token_values_or_none(place.after, fields)
    falls = bool(back) is not newest
    if key:
        queryset = queryset.filter(
            _beyond_key_filter(list(zip(by, key, strict=True)), "lt" if falls else "gt")
        )
    found = list(queryset.order_by(*(f"-{name}" if falls else name for name in by))[: size + 1])
    more, rows = len(found) > size, found[:size]
    if back:
        rows.reverse()
    if not rows:
        return Page([])
    return Page(
        rows,
        before=_place_token(rows[0], by) if (more if back else key) else "",
        after=_place_token(rows[-1], by) if (back or more) else "",
    )


def batches_by_key(
    queryset: QuerySet[ModelRow], by: Sequence[str], *, size: int = BATCH, newest: bool = False
) -> Iterator[Sequence[ModelRow]]:
    """All rows of ``queryset`` in the order of ``by`` (as ``page_of`` takes it), so many at a time: a query for each.

    No cursor stays open between two: whatever takes long in between holds no transaction, and pgbouncer is content.
    """
    place = FIRST
    while True:
        page = page_of(queryset, by, place, size=size, newest=newest)
        if page.rows:
            yield page.rows
        if not page.after:
            return
        place = Place(after=page.after)


def counted_text(count: int) -> str:
    """“7”, “99+”: how many there are, counted no further than anybody reads."""
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)


def pager_addresses(
    page: Page[Other], address: str, kept: Mapping[str, object] | None = None
) -> dict[str, str]:
    """The addresses of the pages before and after, for templates/parts/_pager.html; ``kept``: the list's filter."""
    filled = {name: value for name, value in (kept or {}).items() if value}

    def page_address(name: str, token: str) -> str:
        """The address of the page at ``token``; empty without one."""
        return f"{address}?{urlencode({**filled, name: token})}" if token else ""

    return {"previous": page_address("before", page.before), "next": page_address("after", page.after)}


def _model_column(queryset: QuerySet[ModelRow], name: str) -> "Field[object, object]":
    meta = queryset.model._meta
    field = meta.pk if name == "pk" else meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{name} is no column of {meta.label}")
    return field


def _beyond_key_filter(key: Sequence[tuple[str, object]], way: str) -> Q:
    """(a, b) > (x, y) so that the database walks an index of the order: a ≥ x, and (a > x or b > y)."""
    (name, value), *rest = key
    further = Q(**{f"{name}__{way}": value})
    if not rest:
        return further
    return Q(**{f"{name}__{way}e": value}) & (further | _beyond_key_filter(rest, way))


def _place_token(row: Model, by: Sequence[str]) -> str:
    return ",".join(_value_as_token_part(getattr(row, name)) for name in by)


def _value_as_token_part(value: object) -> str:
    return quote(value.isoformat() if isinstance(value, datetime) else str(value), safe=":+ ")


def _token_values_or_none(token: str, fields: "Sequence[Field[object, object]]") -> list[object] | None:
    """The values of a token; None where it is none of this list."""
    parts = token.split(",")
    if len(parts) != len(fields) or "\x00" in unquote(token):
        return None
    try:
        values = [field.to_python(unquote(part)) for field, part in zip(fields, parts, strict=True)]
    except ValidationError:
        return None
    return values if all(_is_storable_value(value) for value in values) else None


def _is_storable_value(value: object) -> bool:
    """Whether a column can hold it: a short number, a moment with its zone."""
    if isinstance(value, int):
        return len(str(abs(value))) <= _MAX_DIGITS
    if isinstance(value, datetime):
        return timezone.is_aware(value)
    return value is not None
