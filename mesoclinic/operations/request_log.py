"""One log line for each request, with how long it took and how much it asked the database."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponseBase

from mesoclinic.core.fault_log import fault_log
from mesoclinic.core.log_lines import RequestFacts, current_request
from mesoclinic.operations import metrics
from mesoclinic.operations.fault_pages import view_name

logger = logging.getLogger(__name__)

#: What a proxy may name a request: nothing that could break a line or hide another.
_PROXY_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class _StatementCounter:
    """Counts what is asked and measures the answers; Django calls it around every statement."""

    def __init__(self, facts: RequestFacts) -> None:
        self.facts = facts

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.facts.statements += 1
            self.facts.database_milliseconds += (time.perf_counter() - began) * 1000


def log_request(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: gives the request its id, writes its line, counts it for /metrics."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        facts = RequestFacts(request_id=_request_id(request), method=request.method or "")
        token = current_request.set(facts)
        began = time.perf_counter()
        try:
            with connection.execute_wrapper(_StatementCounter(facts)):
                response = get_response(request)
            _fill_request_facts(facts, request, response, time.perf_counter() - began)
            if facts.statements and response.status_code < 500:
                fault_log.note_database_answered()
            logger.info("request")
            metrics.count_request(facts)
            response["X-Request-ID"] = facts.request_id
            return response
        finally:
            current_request.reset(token)

    return middleware


def _request_id(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if _PROXY_ID.fullmatch(given) else uuid.uuid4().hex


def _fill_request_facts(
    facts: RequestFacts, request: HttpRequest, response: HttpResponseBase, seconds: float
) -> None:
    facts.view = view_name(request)
    facts.status = response.status_code
    facts.milliseconds = round(seconds * 1000, 1)
    facts.database_milliseconds = round(facts.database_milliseconds, 1)
    match = request.resolver_match
    pk = match.kwargs.get("pk") if match else None
    facts.object_id = pk if isinstance(pk, int) else None
    # Only where somebody has asked already: a log line is no reason for another query.
    user = getattr(request, "_cached_user", None)
    facts.user_id = user.pk if user is not None and user.is_authenticated else None
