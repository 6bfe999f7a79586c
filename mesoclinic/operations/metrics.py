"""What is counted for Prometheus, over all web processes (gunicorn's children share PROMETHEUS_MULTIPROC_DIR)."""

import os
from collections.abc import Mapping

from django.http import HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from mesoclinic.core.faults import Fault
from mesoclinic.core.log_lines import RequestFacts

_REQUESTS = Counter("mesoclinic_requests", "Requests answered.", ["view", "method", "status"])
_SECONDS = Histogram(
    "mesoclinic_request_seconds",
    "How long requests took.",
    ["view"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
)
_STATEMENTS = Counter("mesoclinic_statements", "Statements sent to the database.", ["view"])
_FAULTS = Counter("mesoclinic_faults", "Requests that met a fault of the server.", ["fault"])


def count_request(facts: RequestFacts) -> None:
    """One more request, by its view's name: names are few, addresses are not."""
    _REQUESTS.labels(facts.view, facts.method, str(facts.status)).inc()
    _SECONDS.labels(facts.view).observe((facts.milliseconds or 0) / 1000)
    _STATEMENTS.labels(facts.view).inc(facts.statements)


def count_fault(fault: Fault) -> None:
    """One more request met this fault."""
    _FAULTS.labels(fault.value).inc()


def metrics_response(measured: Mapping[str, float]) -> HttpResponse:
    """What was counted so far, by all processes where they share a folder; and what is so now, by its name."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    now = CollectorRegistry()
    for name, value in measured.items():
        Gauge(f"mesoclinic_{name}", "As it is now.", registry=now).set(value)
    return HttpResponse(generate_latest(registry) + generate_latest(now), content_type=CONTENT_TYPE_LATEST)
