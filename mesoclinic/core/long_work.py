"""Pages whose statements may take longer than others: imports, exports, reports."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseBase

from mesoclinic.core.answer_wait import use_statement_limit
from mesoclinic.core.time_limits import LONG_WORK, Work

Request = TypeVar("Request", bound=HttpRequest)
#: What a view is given by its address.
Given = ParamSpec("Given")

View = Callable[Concatenate[Request, Given], HttpResponseBase]


def takes_longer(work: Work) -> Callable[[View[Request, Given]], View[Request, Given]]:
    """A view whose statements may take as long as this work may. It runs in one transaction, which carries the limit."""

    def decorate_view(view: View[Request, Given]) -> View[Request, Given]:
        @wraps(view)
        def call_view_with_limit(
            request: Request, /, *args: Given.args, **kwargs: Given.kwargs
        ) -> HttpResponseBase:
            seconds = LONG_WORK[work]
            with transaction.atomic(), use_statement_limit(seconds):
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout = %s", [f"{seconds}s"])
                return view(request, *args, **kwargs)

        call_view_with_limit.takes_longer = work  # type: ignore[attr-defined]
        return call_view_with_limit

    return decorate_view
