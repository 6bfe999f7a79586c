"""An error tracker, where the clinic wants one (SENTRY_DSN): it is told which error and where, and nothing of anybody."""

import importlib
import logging
from collections.abc import Mapping

from django.conf import settings

from mesoclinic.core.faults import fault_behind_error_or_none
from mesoclinic.core.version import version

logger = logging.getLogger(__name__)

#: All that leaves of an event; whatever else the library collects stays here.
_KEPT = ("event_id", "timestamp", "level", "platform", "release", "environment", "transaction", "sdk")
_KEPT_OF_FRAME = ("filename", "module", "function", "lineno", "in_app")


def start_error_tracker() -> bool:
    """Whether one was started."""
    if not settings.SENTRY_DSN:
        return False
    try:
        sentry_sdk = importlib.import_module("sentry_sdk")
    except ImportError:
        logger.error("SENTRY_DSN is set, and sentry-sdk is not installed (docs/deploy.md).")
        return False
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=version(),
        before_send=scrub_event,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        traces_sample_rate=0,
    )
    return True


def scrub_event(event: Mapping[str, object], hint: Mapping[str, object]) -> dict[str, object] | None:
    """Only the error's type and where it arose: messages, addresses, forms, people and variables stay here.

    None, and nothing is sent, for a fault of the server: the log has it.
    """
    exc_info = hint.get("exc_info")
    error = exc_info[1] if isinstance(exc_info, tuple) else None
    if isinstance(error, BaseException) and fault_behind_error_or_none(error) is not None:
        return None
    kept = {name: event[name] for name in _KEPT if name in event}
    exceptions = event.get("exception")
    values = exceptions.get("values", []) if isinstance(exceptions, Mapping) else []
    kept["exception"] = {"values": [_scrubbed_exception(value) for value in values]}
    return kept


def _scrubbed_exception(value: Mapping[str, object]) -> dict[str, object]:
    trace = value.get("stacktrace")
    frames = trace.get("frames", []) if isinstance(trace, Mapping) else []
    return {
        "type": value.get("type"),
        "stacktrace": {
            "frames": [{name: frame[name] for name in _KEPT_OF_FRAME if name in frame} for frame in frames]
        },
    }
