"""Whatever shows a patient writes who saw whom, on which page, from where: one row a page.

Rows of patients note themselves as they are read (``note_read``). What counts is what goes out: of the rows that were read,
those whom the page is about and those of whom something stands in the answer. Somebody who was read to be compared, and of
whom nothing is shown, was seen by nobody. Where an answer is no HTML (a PDF, a picture, a calendar file), whatever was read
for it counts as shown. The row is written before the answer goes out; without it the page is not shown. A view that
writes a row of its own ("patient.viewed") is not written a second time.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from html import escape
from typing import Protocol

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from mesoclinic.core.addresses import caller_address_or_none
from mesoclinic.core.models import AuditEvent


class Readable(Protocol):
    """A row of a person whose reading is noted."""

    pk: int

    def texts_of_nobody_else(self) -> Iterable[str]:
        """What stands in an answer only where this person is shown: a number, an address of their page."""

    def texts_of_a_person(self) -> Iterable[str]:
        """Names and the like: somebody may have typed the same for another person."""


@dataclass
class Seen:
    """What one request has read, where it came from, and whose viewing its view has written."""

    address: str | None
    read: dict[int, list[Readable]] = field(default_factory=dict)
    #: Whom the address of the page is about.
    subject: int | None = None
    written: set[int] = field(default_factory=set)
    label: str = ""
    #: What the row says beside the page: the feed that was read, by its number.
    beside: dict[str, int] = field(default_factory=dict)


_SEEN: ContextVar[Seen | None] = ContextVar("seen", default=None)

#: These answers show nothing that was read.
_SHOWS_NOTHING = {204, 304, 403, 404, 405, 429}


def note_read(label: str, row: Readable) -> None:
    """A row of this kind of person was read for the page; outside a request nothing happens."""
    if (seen := _SEEN.get()) is not None:
        seen.label = label
        seen.read.setdefault(row.pk, []).append(row)


def note_subject(pk: int) -> None:
    """The page is about this person, whatever of them stands on it."""
    if (seen := _SEEN.get()) is not None:
        seen.subject = pk


def note_beside(**numbers: int) -> None:
    """The row that will be written says this too."""
    if (seen := _SEEN.get()) is not None:
        seen.beside.update(numbers)


def note_written(event: AuditEvent) -> None:
    """A view has written whom it shows: the same is not written again."""
    if (seen := _SEEN.get()) is not None and event.did.endswith(".viewed"):
        seen.written.update(event.data.get("patients", []))
        if event.patient_id is not None:
            seen.written.add(event.patient_id)


def address_of_request_or_none() -> str | None:
    """From where the request that is being answered came; None outside a request."""
    seen = _SEEN.get()
    return None if seen is None else seen.address


def view_name_of(request: HttpRequest) -> str:
    """The name of the address that was asked for; empty where it has none."""
    return request.resolver_match.view_name if request.resolver_match else ""


class RecordWhatIsShown:
    """After the answer is made and before it goes out, the row is written; without it the page is not shown: a database that
    takes no writes is answered by mesoclinic.operations.fault_pages.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        seen = Seen(address=caller_address_or_none(request))
        token = _SEEN.set(seen)
        try:
            response = self.get_response(request)
            if 300 <= response.status_code < 400 or response.status_code in _SHOWS_NOTHING:
                return response
            if shown := _shown(seen, request, response) - seen.written:
                page = view_name_of(request)
                data: dict[str, object] = {"page": page, **seen.beside}
                if request.method == "POST":
                    data["answered"] = response.status_code
                _write_row(request.user.pk, page, data, seen, shown)
            return response
        finally:
            _SEEN.reset(token)


def _shown(seen: Seen, request: HttpRequest, response: HttpResponseBase) -> set[int]:
    """Of whom something goes out with the answer, among those who were read."""
    asked = seen.read.keys() - seen.written
    is_html = response.get("Content-Type", "").startswith("text/html")
    if not asked or not is_html or not isinstance(response, HttpResponse):
        return set(asked)
    text = response.content.decode(response.charset, errors="replace")
    known = seen.written | ({seen.subject} if seen.subject is not None else set())
    certain = {pk for pk, rows in seen.read.items() if pk in known or _stands_by_number(text, rows)}
    told = {own for pk in certain for row in seen.read[pk] for own in row.texts_of_a_person()}
    sent = _sent_text(request)
    return (certain & asked) | {
        pk for pk in asked - certain if any(_stands_by_name(text, row, told, sent) for row in seen.read[pk])
    }


def _sent_text(request: HttpRequest) -> str:
    """All that the request itself says: an answer that repeats it shows nothing new."""
    values = [value for fields in (request.GET, request.POST) for _, each in fields.lists() for value in each]
    return "\n".join(values).casefold()


def _stands_by_number(text: str, rows: Iterable[Readable]) -> bool:
    return any(_stands_as_words(own, text) for row in rows for own in row.texts_of_nobody_else())


def _stands_by_name(text: str, row: Readable, told: Collection[str], sent: str) -> bool:
    """``told``: names of others who are shown. One that both have says nothing, unless they have all in common."""
    names = list(row.texts_of_a_person())
    own = [name for name in names if name not in told] or names
    return any(name.casefold() not in sent and _stands_as_words(escape(name), text) for name in own)


def _stands_as_words(words: str, text: str) -> bool:
    # Most texts that are looked for are in no page: the quick look comes first.
    after = "" if words.endswith("/") else r"(?!\w)"
    return words in text and re.search(rf"(?<!\w){re.escape(words)}{after}", text) is not None


@contextmanager
def record_what_a_batch_shows(*, by: int | None, page: str, address: str | None) -> Iterator[None]:
    """For what is read after the page was answered, a batch of it at a time: the same row, of what was read inside.

    A batch goes out as a file, no HTML: whatever was read for it counts as shown.
    """
    seen = Seen(address=address)
    token = _SEEN.set(seen)
    try:
        yield
    finally:
        _SEEN.reset(token)
    if shown := seen.read.keys() - seen.written:
        _write_row(by, page, {"page": page, **seen.beside}, seen, shown)


def _write_row(by: int | None, page: str, data: dict[str, object], seen: Seen, shown: set[int]) -> None:
    one = next(iter(shown)) if len(shown) == 1 else None
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(
                by_id=by,
                did="patient.viewed" if one else "patients.listed",
                subject_type=seen.label if one else "page",
                subject_id=str(one) if one else page[:40],
                patient_id=one,
                data=data if one else data | {"patients": sorted(shown)},
                address=seen.address,
            )
        ]
    )
