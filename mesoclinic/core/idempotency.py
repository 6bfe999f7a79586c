"""A form that is sent twice is answered once."""

import hashlib
import json
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, overload

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from mesoclinic.core.models import IdempotencyKey
from mesoclinic.core.sent_fields import is_secret, labelled_non_empty_fields, sent_fields_without_secrets

Request = TypeVar("Request", bound=HttpRequest)
#: What a view is given by its address.
Given = ParamSpec("Given")

View = Callable[Concatenate[Request, Given], HttpResponse]


@overload
def once(view: View[Request, Given], *, to: str = "") -> View[Request, Given]: ...


@overload
def once(view: None = None, *, to: str = "") -> Callable[[View[Request, Given]], View[Request, Given]]: ...


def once(
    view: View[Request, Given] | None = None, *, to: str = ""
) -> View[Request, Given] | Callable[[View[Request, Given]], View[Request, Given]]:
    """Run a POST and its idempotency key in one transaction; a repeat gets the first answer's address.

    The form prints the key with ``{% once %}`` (field ``once``, a UUID), and the key is bound to what the form says by
    a hash. A second POST with the same key and the same content by the same person waits for the first to commit, is
    redirected to where the first one went, and says that nothing was done twice. The same key with other content
    (Back, another name, sent again) does nothing: a page keeps all that was sent, and sends it with a new key.
    An answer that is no redirect (the form came back with errors) uses up nothing. A POST without a
    readable key runs as usual, in a transaction too: what must never happen twice is a constraint, not this.
    So does a request for a part of the page, which a script sends while the form is being filled in.

    ``to`` names the page a view goes to when all is well, where it takes the same arguments: it is then written
    with the key, which saves a statement.
    """
    if view is None:
        return lambda view: _wrap_to_answer_once(view, to)
    return _wrap_to_answer_once(view, to)


def _wrap_to_answer_once(view: View[Request, Given], to: str) -> View[Request, Given]:
    @wraps(view)
    def answered_once(request: Request, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        key = _posted_key_or_none(request)
        if request.method != "POST":
            return view(request, *args, **kwargs)
        if key is None or _asks_for_part_of_page(request):
            with transaction.atomic():
                return view(request, *args, **kwargs)
        expected = reverse(to, args=args, kwargs=kwargs) if to else ""
        content = _hash_of_content(request)
        with transaction.atomic():
            with connection.cursor() as cursor:
                # Waits for a twin that is still being answered; 0 rows once it has committed.
                cursor.execute(
                    "INSERT INTO core_idempotencykey (key, by_id, path, location, content) VALUES (%s, %s, %s, %s, %s)"
                    " ON CONFLICT DO NOTHING",
                    [str(key), request.user.pk, request.path[:200], expected, content],
                )
                is_new = cursor.rowcount == 1
            if not is_new:
                first = IdempotencyKey.objects.filter(
                    key=key, by_id=request.user.pk, path=request.path[:200]
                ).first()
                if first is None:
                    # Somebody else's key, or another form's: a new request, answered on its own merits.
                    return view(request, *args, **kwargs)
                return _answer_again(request, first, content)
            response = view(request, *args, **kwargs)
            if 300 <= response.status_code < 400:
                if response["Location"] == expected:
                    return response
                IdempotencyKey.objects.filter(key=key).update(location=response["Location"][:300])
            else:
                IdempotencyKey.objects.filter(key=key).delete()
            return response

    answered_once.answers_once = True  # type: ignore[attr-defined]
    return answered_once


def _asks_for_part_of_page(request: HttpRequest) -> bool:
    """True for a script's look at a half-filled form (htmx sends the header ``HX-Request``).

    It carries the key of the form it stands in, and may arrive after the form itself was sent and answered: it is
    not that form again.
    """
    return request.headers.get("HX-Request") == "true"


#: What the page adds to a form, new each time.
_NOT_CONTENT = {"once", "autosave_seen", "autosave_key"}


def _hash_of_content(request: HttpRequest) -> str:
    """SHA-256 of every field and file that was sent, whatever their order; no secret is among them."""
    said = hashlib.sha256()
    fields = [
        (name, request.POST.getlist(name))
        for name in sorted(request.POST)
        if name not in _NOT_CONTENT and not is_secret(name)
    ]
    said.update(json.dumps(fields).encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            if not isinstance(file, UploadedFile):
                continue
            said.update(json.dumps([name, file.name, file.size]).encode())
            for chunk in file.chunks():
                said.update(chunk)
            file.seek(0)
    return said.hexdigest()


def _answer_again(request: HttpRequest, first: IdempotencyKey, content: str) -> HttpResponse:
    """The same form goes where the first one went, and says so; one that says something else is not done."""
    if first.content != content:
        return _render_other_content_page(request, first)
    messages.info(request, "This was sent twice. It was done once, the first time.")
    return HttpResponseRedirect(first.location)


def _render_other_content_page(request: HttpRequest, first: IdempotencyKey) -> HttpResponse:
    """Nothing was done: all that was sent stands here, and is sent from here with a new key."""
    sent = sent_fields_without_secrets(request.POST, without=_NOT_CONTENT)
    context = {
        "sent": sent,
        "words": labelled_non_empty_fields(sent),
        "first": first,
        "files": list(request.FILES),
    }
    return render(request, "parts/other_content.html", context, status=409)


def _posted_key_or_none(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("once", ""))
    except ValueError:
        return None
