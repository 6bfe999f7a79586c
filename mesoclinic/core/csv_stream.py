"""Long lists for a spreadsheet, sent or written a batch at a time: however long a list is, no more than a batch is held."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import chain

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from mesoclinic.core.access_log import (
    address_of_request_or_none,
    record_what_a_batch_shows,
    view_name_of,
)
from mesoclinic.core.csv_out import CSV_TYPE, as_download, csv_head, csv_lines

Batches = Iterable[Iterable[Sequence[object]]]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who takes a list out, on which page, from where on the network, and in whose time zone it is written."""

    by: int | None
    page: str
    address: str | None
    zone: tzinfo


def csv_stream_response(
    request: HttpRequest, name: str, header: Sequence[str], batches: Batches
) -> StreamingHttpResponse:
    """A list as a download called ``name``.csv, sent while it is read.

    The first batch is read before the answer goes out, so that what fails at once has a page that says so.
    """
    reader = Reader(
        by=request.user.pk,
        page=view_name_of(request),
        address=address_of_request_or_none(),
        zone=timezone.get_current_timezone(),
    )
    chunks = csv_chunks(reader, header, batches)
    first = next(chunks)
    return as_download(StreamingHttpResponse(chain([first], chunks), content_type=CSV_TYPE), name)


def csv_chunks(reader: Reader, header: Sequence[str], batches: Batches) -> Iterator[str]:
    """The text of a list, the header with the first batch; whom a batch shows is a row of the access log first."""
    begun, left = csv_head(header), iter(batches)
    while True:
        # Nothing is left switched over between two batches: in between other requests may run on this thread.
        with (
            timezone.override(reader.zone),
            record_what_a_batch_shows(by=reader.by, page=reader.page, address=reader.address),
        ):
            batch = next(left, None)
            lines = "" if batch is None else csv_lines(batch)
        if begun or lines:
            yield begun + lines
        if batch is None:
            return
        begun = ""
