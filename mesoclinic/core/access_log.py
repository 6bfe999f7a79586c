"""Whatever shows a patient writes who saw whom, on which page, from where: one row a page.

Rows of patients note themselves as they are read (``note_shown``). A page that was answered with any of them has its row
before the answer goes out; without the row it is not shown. A view that writes a row of its own ("patient.viewed") is
not written a second time.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponseBase

from mesoclinic.core.addresses import caller_address_or_none
from mesoclinic.core.models import AuditEvent


@dataclass
class Seen:
    """What one request has read, where it came from, and whose viewing its view has written."""

    address: str | None
    ids: set[int] = field(default_factory=set)
    written: set[int] = field(default_factory=set)
    label: str = ""


_SEEN: ContextVar[Seen | None] = ContextVar("seen", default=None)

#: These answers show nothing that was read.
_SHOWS_NOTHING = {204, 304, 403, 404, 405, 429}


def note_shown(label: str, pk: int) -> None:
    """A row of this kind of person was read for the page; outside a request nothing happens."""
    if (seen := _SEEN.get()) is not None:
        seen.label = label
        seen.ids.add(pk)


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
            shown = seen.ids - seen.written
            if not shown or 300 <= response.status_code < 400 or response.status_code in _SHOWS_NOTHING:
                return response
            _write_row(request, response, seen, shown)
            return response
        finally:
            _SEEN.reset(token)


def _write_row(request: HttpRequest, response: HttpResponseBase, seen: Seen, shown: set[int]) -> None:
    page = request.resolver_match.view_name if request.resolver_match else ""
    data: dict[str, object] = {"page": page}
    if request.method == "POST":
        data["answered"] = response.status_code
    one = next(iter(shown)) if len(shown) == 1 else None
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(
                by_id=request.user.pk,
                did="patient.viewed" if one else "patients.listed",
                subject_type=seen.label if one else "page",
                subject_id=str(one) if one else page[:40],
                patient_id=one,
                data=data if one else data | {"patients": sorted(shown)},
                address=seen.address,
            )
        ]
    )
