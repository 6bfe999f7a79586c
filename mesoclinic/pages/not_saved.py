"""What the database refuses becomes an answer: a sentence, everything that was typed, and no error page."""

from collections.abc import Callable

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from mesoclinic.pages.constraint_texts import constraint_text

#: integrity_constraint_violation itself, which only our triggers use.
_RAISED_BY_A_TRIGGER = "23000"
#: Not shown again: the browser's own.
_OURS = {"csrfmiddlewaretoken", "once"}


def integrity_text(error: IntegrityError) -> str:
    """A sentence for the person: of the constraint by its name, or what a trigger of ours says."""
    cause = error.__cause__
    diagnosis = getattr(cause, "diag", None)
    name = getattr(diagnosis, "constraint_name", None)
    if name:
        return constraint_text(name)
    # Our triggers refuse with a sentence (core/triggers.py), and PostgreSQL with a word like "not-null constraint".
    said = getattr(diagnosis, "message_primary", None) or ""
    return said if said and getattr(cause, "pgcode", "") == _RAISED_BY_A_TRIGGER else constraint_text("")


class AnswerWhatTheDatabaseRefuses:
    """A POST that met a constraint is answered with its sentence and with all that was typed. Nothing was saved."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called by Django where a view has raised."""
        if not isinstance(exception, IntegrityError) or request.method != "POST":
            return None
        sent = [
            (name, value)
            for name in request.POST
            if name not in _OURS
            for value in request.POST.getlist(name)
        ]
        words = [
            (name.rpartition("-")[2].replace("_", " ").capitalize(), value) for name, value in sent if value
        ]
        context = {"sentence": integrity_text(exception), "sent": sent, "words": words}
        return render(request, "mesoclinic/pages/not_saved.html", context, status=422)
