"""The tests' database is emptied after a test that commits, also while a request of it goes on."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from mesoclinic.accounts.models import User
from mesoclinic.core.models import Autosave
from tests import factories, snapshots
from treatments.conditions.models import Zone


class Request(threading.Thread):
    """Writes an autosave, and locks its owner once somebody has begun to empty the tables."""

    def __init__(self, owner):
        super().__init__()
        self.owner = owner
        self.wrote = threading.Event()
        self.done = False

    def run(self):
        try:
            with transaction.atomic():
                Autosave.objects.create(owner=self.owner, kind="made up", subject="1", fields={}, url="/")
                self.wrote.set()
                self._see_that_tables_are_locked()
                User.objects.select_for_update(of=("self",)).get(pk=self.owner.pk)
            self.done = True
        finally:
            connection.close()

    def _see_that_tables_are_locked(self):
        """Or half a second, where nobody holds one while they wait for this request."""
        for _ in range(50):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'relation'")
                if cursor.fetchone():
                    return
            time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_a_request_that_still_writes_ends_before_the_tables_are_emptied(clinician):
    request = Request(clinician)
    request.start()
    assert request.wrote.wait(snapshots.PATIENCE_S)

    snapshots.empty()

    request.join()
    assert request.done
    assert snapshots.filled_tables() == []


def load_two_zones():
    """What a test loads first: two rows, the second of them edited as a load may."""
    factories.ZoneFactory(code="FRONTAL")
    Zone.objects.filter(pk=factories.ZoneFactory(code="VERTEX").pk).update(name="Crown")


def zones():
    return sorted(Zone.objects.values_list("pk", "code", "name"))


@pytest.mark.django_db
def test_what_was_loaded_once_is_copied_into_empty_tables(monkeypatch):
    monkeypatch.setattr(snapshots, "_LOADED", {})
    with transaction.atomic():
        snapshots.load_or_copy(load_two_zones)
        loaded = zones()
        transaction.set_rollback(True)

    with CaptureQueriesContext(connection) as sent:
        snapshots.load_or_copy(load_two_zones)

    assert [code for _, code, _ in loaded] == ["FRONTAL", "VERTEX"]
    assert zones() == loaded
    assert not any(query["sql"].startswith(("INSERT", "UPDATE")) for query in sent.captured_queries)


@pytest.mark.django_db
def test_where_a_row_stands_already_it_is_loaded_and_not_copied(monkeypatch):
    monkeypatch.setattr(snapshots, "_LOADED", {})
    with transaction.atomic():
        snapshots.load_or_copy(load_two_zones)
        transaction.set_rollback(True)
    own = factories.ZoneFactory(code="VERTEX", name="Own")

    snapshots.load_or_copy(load_two_zones)

    assert Zone.objects.count() == 2
    assert Zone.objects.get(code="VERTEX").pk == own.pk


@pytest.mark.django_db
def test_after_a_copy_the_triggers_work_again(monkeypatch):
    monkeypatch.setattr(snapshots, "_LOADED", {})
    with transaction.atomic():
        snapshots.load_or_copy(load_two_zones)
        transaction.set_rollback(True)

    snapshots.load_or_copy(load_two_zones)

    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
