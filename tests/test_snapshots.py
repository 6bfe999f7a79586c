"""The tests' database is emptied after a test that commits, also while a request of it goes on."""

import threading
import time

import pytest
from django.db import connection, transaction

from mesoclinic.accounts.models import User
from mesoclinic.core.models import Autosave
from tests import snapshots


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
