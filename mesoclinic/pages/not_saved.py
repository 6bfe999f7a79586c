"""What the database refuses becomes an answer: a sentence, everything that was typed, and no error page."""

from collections.abc import Callable

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from mesoclinic.core.database_refusals import broken_constraint_or_none, trigger_sentence_or_none
from mesoclinic.core.sent_fields import labelled_non_empty_fields, sent_fields_without_secrets
from mesoclinic.pages.constraint_texts import constraint_text


def integrity_text(error: IntegrityError) -> str:
    """A sentence for the person: of the constraint by its name, or what a trigger of ours says."""
    if name := broken_constraint_or_none(error):
        return constraint_text(name)
    return trigger_sentence_or_none(error) or constraint_text("")


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
        sent = sent_fields_without_secrets(request.POST, without={"once"})
        context = {
            "sentence": integrity_text(exception),
            "sent": sent,
            "words": labelled_non_empty_fields(sent),
        }
        return render(request, "mesoclinic/pages/not_saved.html", context, status=422)
