"""What a request is answered while the server has a fault: what happened, what was kept, when to try again.

Nothing here asks the database. A form that met the fault comes back as a page that holds what was typed and sends it again.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import get_template
from django.urls import reverse
from django.views import defaults

from mesoclinic.core.fault_log import fault_log
from mesoclinic.core.faults import Fault, fault_behind_error_or_none
from mesoclinic.core.sent_fields import Fields, sent_fields_without_secrets
from mesoclinic.operations.metrics import count_fault


@dataclass(frozen=True)
class FaultWords:
    title: str
    what: str
    retry_after: int


WORDS: dict[Fault, FaultWords] = {
    Fault.DOWN: FaultWords(
        "The database does not answer",
        "It is being started again, or the line to it is cut. What was saved before is safe.",
        5,
    ),
    Fault.NO_CONNECTIONS: FaultWords(
        "The database has no free connection",
        "More people or programs use it than it takes at once. This passes by itself in most cases.",
        5,
    ),
    Fault.FULL: FaultWords(
        "The server’s disk is full",
        "Nothing more can be saved until whoever keeps this server makes room. What was saved before is safe, and can be read.",
        60,
    ),
    Fault.READ_ONLY: FaultWords(
        "The database can be read, and takes nothing new",
        "It is being moved or repaired. Nothing can be saved until that is done.",
        60,
    ),
    Fault.BUSY: FaultWords(
        "Somebody else is at work on the same rows",
        "It was waited for as long as a page may. Nothing was half saved.",
        3,
    ),
    Fault.SLOW: FaultWords(
        "That took too long",
        "The database was asked for more than it could do in time, and stopped. Nothing was half saved.",
        10,
    ),
}

#: Read without a row that says who looked: they go on while the database takes no writes.
_READABLE = (
    ("The catalogue", "catalogue:ingredient_list"),
    ("Stock", "stock:stock"),
    ("The calendar and its free times", "schedule:day"),
)
_WHY_NO_PATIENT = (
    "Patients’ pages cannot be opened now: each look at a patient is written down, and that cannot be done."
)


def answer_error(request: HttpRequest) -> HttpResponseBase:
    """Django's handler of whatever a request raised: a fault gets its page, a mistake of ours the usual one."""
    fault = fault_behind_error_or_none(sys.exc_info()[1])
    if fault is None:
        return defaults.server_error(request)
    fault_log.note_fault(fault, view=view_name(request))
    return fault_response(request, fault)


def answer_at_once_after_fault(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: where a connection failed a moment ago, nobody waits for another to fail."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        fault = fault_log.recent_connection_fault_or_none()
        if fault is not None:
            fault_log.note_fault(fault, view="before any view", was_tried=False)
            return fault_response(request, fault)
        return get_response(request)

    return middleware


def view_name(request: HttpRequest) -> str:
    """The page's name, never its address: that may hold a key."""
    match = getattr(request, "resolver_match", None)
    return (match.view_name or "unnamed") if match else "before any view"


def fault_response(request: HttpRequest, fault: Fault) -> HttpResponse:
    """503 with Retry-After; JSON for scripts, a page for people."""
    words = WORDS[fault]
    count_fault(fault)
    response: HttpResponse
    if _is_script(request):
        response = JsonResponse(
            {
                "fault": fault.value,
                "message": f"{words.title}. {words.what}",
                "retry_after": words.retry_after,
            },
            status=503,
        )
    else:
        text = get_template("mesoclinic/operations/fault.html").render(_page_context(request, fault, words))
        response = HttpResponse(text, status=503)
    response["Retry-After"] = str(words.retry_after)
    response["Cache-Control"] = "no-store"
    return response


def _is_script(request: HttpRequest) -> bool:
    headers = request.headers
    return (
        headers.get("X-Requested-With") == "XMLHttpRequest"
        or "HX-Request" in headers
        or "application/json" in headers.get("Accept", "")
    )


def _page_context(request: HttpRequest, fault: Fault, words: FaultWords) -> dict[str, object]:
    is_post = request.method == "POST"
    is_read_only = fault is Fault.READ_ONLY
    typed, has_files = _sent_fields_and_whether_files(request) if is_post else ([], False)
    return {
        "words": words,
        "is_post": is_post,
        "typed": typed,
        "has_files": has_files,
        "has_key": any(name == "once" for name, _ in typed),
        "csrf_token": request.POST.get("csrfmiddlewaretoken", "") if typed else "",
        "path": request.get_full_path(),
        "why_no_patient": _WHY_NO_PATIENT if is_read_only and not is_post else "",
        "readable": [(label, reverse(name)) for label, name in _READABLE] if is_read_only else [],
    }


def _sent_fields_and_whether_files(request: HttpRequest) -> tuple[Fields, bool]:
    """What the form held, but secrets and files; and whether it held files."""
    try:
        return sent_fields_without_secrets(request.POST), bool(request.FILES)
    except Exception:  # cut off while it was sent: there is nothing to keep
        return [], False
