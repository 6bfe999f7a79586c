"""What is true of every request and answer, whatever it is about."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, QueryDict

Answer = Callable[[HttpRequest], HttpResponseBase]


class DropNullCharacters:
    """NUL, which nobody can type and PostgreSQL cannot hold, is taken out of what a form or an address says."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        """After the CSRF check, which has read the form already."""
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = _without_null(request.GET)  # type: ignore[assignment]
        if request.method == "POST" and _holds_null(request.POST):
            request.POST = _without_null(request.POST)  # type: ignore[assignment]


def _holds_null(fields: QueryDict) -> bool:
    return any("\x00" in text for name, values in fields.lists() for text in (name, *values))


def _without_null(fields: QueryDict) -> QueryDict:
    clean = QueryDict(mutable=True)
    for name, values in fields.lists():
        clean.setlist(name.replace("\x00", ""), [value.replace("\x00", "") for value in values])
    clean._mutable = False
    return clean


def forbid_caching_when_signed_in(get_response: Answer) -> Answer:
    """Every answer to somebody signed in is ``no-store``; signing out clears what the browser holds."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        was_signed_in = request.user.is_authenticated
        response = get_response(request)
        is_signed_in = request.user.is_authenticated
        # A file that its view sent so is left as it is.
        is_stored = "no-store" not in response.get("Cache-Control", "")
        if (was_signed_in or is_signed_in) and is_stored:
            response["Cache-Control"] = "private, no-store"
        if was_signed_in and not is_signed_in:
            response["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        return response

    return middleware
