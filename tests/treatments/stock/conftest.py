"""The catalogue knows no session, so its tests take from lots without one."""

import pytest
from django.db import connection

_NAMES = (
    "SELECT tgname FROM pg_trigger WHERE tgrelid = 'stock_stockmovement'::regclass"
    " AND tgname LIKE 'pgtrigger_only_into_a_patient%%'"
)


def _turn(way: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NAMES)
        (name,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE stock_stockmovement {way} TRIGGER {name}")


@pytest.fixture(autouse=True)
def taken_without_a_session(request):
    """That a use needs a signed session is proved in tests/treatments/sessions/test_stock.py."""
    marker = request.node.get_closest_marker("django_db")
    kept = bool(marker and marker.kwargs.get("transaction"))
    if not marker and "db" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db" if kept else "db")
    _turn("DISABLE")
    yield
    if kept:  # else the test's own transaction takes it back
        _turn("ENABLE")
