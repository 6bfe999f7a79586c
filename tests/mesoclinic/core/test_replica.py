"""Figures that may lag come from a standby where there is one; everything else comes from where it is written."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core import replica
from mesoclinic.core.replica import FiguresDatabase, figures_database
from mesoclinic.operations.health import run_health_checks
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def standby():
    """The tests' own database by another connection that may only read: it sees nothing of a test's open transaction."""
    like = connection.settings_dict
    options = like["OPTIONS"] | {
        "options": f"{like['OPTIONS']['options']} -c default_transaction_read_only=on"
    }
    connections.databases["replica"] = like | {"OPTIONS": options, "HOST": like["HOST"]}
    # Django lets a test use the databases of the settings only, and knows them by their alias.
    connections["replica"] = made = connection.copy()
    made.settings_dict = connections.databases["replica"]
    yield made
    made.close()
    del connections["replica"], connections.databases["replica"]


def missed_visits(page):
    """What the card says."""
    (board,) = page.context["boards"]
    return next(card.figure.text for card in board.cards if card.label == "Missed visits")


def test_insights_and_their_file_come_from_the_standby_and_the_sign_in_does_not(as_admin, clinic, standby):
    start = timezone.now() - timedelta(days=1)
    factories.AppointmentFactory(
        clinic=clinic,
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        status="no_show",
        status_reason="Ill",
    )

    page = as_admin.get(reverse("insights:insights"))
    lines = as_admin.get(reverse("insights:csv")).text.splitlines()[1:]

    assert missed_visits(page) == "–"
    assert sum(int(line.split('","')[6]) for line in lines) == 0
    assert not standby.in_atomic_block


def test_without_a_standby_that_answers_the_primary_is_asked(as_admin, clinic, standby, caplog):
    standby.settings_dict["PORT"], standby.settings_dict["HOST"] = "1", "127.0.0.1"
    start = timezone.now() - timedelta(days=1)
    factories.AppointmentFactory(
        clinic=clinic,
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        status="no_show",
        status_reason="Ill",
    )

    page = as_admin.get(reverse("insights:insights"))

    assert missed_visits(page) == "100.0 %"
    assert "no figures from the replica: down" in caplog.text
    assert "later figures" not in page.text


def test_a_standby_that_is_far_behind_is_not_asked(standby, monkeypatch):
    monkeypatch.setattr(replica, "_REPLAYED_UNTIL", "SELECT now() - interval '6 minutes'")

    with figures_database() as database:
        assert database == FiguresDatabase("default", None)


def test_health_says_that_a_standby_is_away_and_the_process_stays_in_service(standby):
    def said():
        return next(check for check in run_health_checks() if check.name == "replica")

    assert (said().is_well, said().is_required) == (True, False)
    standby.close()
    standby.settings_dict["PORT"], standby.settings_dict["HOST"] = "1", "127.0.0.1"
    assert (said().is_well, said().is_required) == (False, False)


def test_a_page_says_until_when_its_figures_are_known(as_admin, standby, monkeypatch):
    monkeypatch.setattr(replica, "_REPLAYED_UNTIL", "SELECT now() - interval '1 minute'")

    assert "later figures have not arrived yet" in as_admin.get(reverse("insights:insights")).text


def test_a_statement_of_the_standby_has_the_limit_of_its_page_and_writes_nothing(standby):
    with figures_database() as database, connections[database.alias].cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("15s",)
        with pytest.raises(Exception, match="read-only"):
            cursor.execute("UPDATE accounts_clinic SET name = name")


def test_a_fault_in_the_middle_is_told_and_not_hidden(standby):
    with (
        pytest.raises(OperationalError),
        figures_database() as database,
        connections[database.alias].cursor() as cursor,
    ):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_only_figures_are_read_there():
    """A page about a patient writes that it was shown; what it shows is read where that is written."""
    folders = [settings.BASE_DIR / name for name in ("mesoclinic", "patients", "treatments")]
    users = {
        path.relative_to(settings.BASE_DIR).as_posix()
        for folder in folders
        for path in Path(folder).rglob("*.py")
        if re.search(r"figures_database|connections\[using\]|\bREPLICA\b", path.read_text(encoding="utf-8"))
    }

    assert users == {
        "mesoclinic/core/replica.py",
        "mesoclinic/operations/health.py",
        "treatments/billing/queries/owed.py",
        "treatments/insights/queries/chairs.py",
        "treatments/insights/queries/figures.py",
        "treatments/insights/queries/shelf.py",
        "treatments/insights/views/insights.py",
    }
