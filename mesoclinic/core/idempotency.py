"""A form that is sent twice is answered once."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, overload

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from mesoclinic.core.models import IdempotencyKey

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

    The form prints the key with ``{% once %}`` (field ``once``, a UUID). A second POST with the same key
    by the same person waits for the first to commit and is then redirected to where the first one went.
    An answer that is no redirect (the form came back with errors) uses up nothing. A POST without a
    readable key runs as usual: what must never happen twice is a constraint, not this.

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
        if request.method != "POST" or key is None:
            return view(request, *args, **kwargs)
        expected = reverse(to, args=args, kwargs=kwargs) if to else ""
        with transaction.atomic():
            with connection.cursor() as cursor:
                # Waits for a twin that is still being answered; 0 rows once it has committed.
                cursor.execute(
                    "INSERT INTO core_idempotencykey (key, by_id, path, location) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    [str(key), request.user.pk, request.path[:200], expected],
                )
                is_new = cursor.rowcount == 1
            if not is_new:
                first = IdempotencyKey.objects.filter(
                    key=key, by_id=request.user.pk, path=request.path[:200]
                ).first()
                # Somebody else's key, or another form's: a new request, answered on its own merits.
                return HttpResponseRedirect(first.location) if first else view(request, *args, **kwargs)
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


def _posted_key_or_none(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("once", ""))
    except ValueError:
        return None
