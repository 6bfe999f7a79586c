"""What is logged while a page is asked for."""

import logging

import pytest

from mesoclinic.core.log_lines import JSONLine, LineWithoutDetail


@pytest.fixture
def log_lines():
    """What is logged meanwhile, as it would be written for people and for programs."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record):
            lines.extend(made.format(record) for made in (LineWithoutDetail(), JSONLine()))

    keep, refusals = Keep(), logging.getLogger("django.request")
    logging.getLogger().addHandler(keep)
    refusals.disabled = False
    yield lines
    refusals.disabled = True
    logging.getLogger().removeHandler(keep)
