"""Clients by person, a database that says it is a test's, and a way to count queries."""

import gc
import os
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from django.test.utils import CaptureQueriesContext

from mesoclinic.outbox.channels import channels
from tests import factories, snapshots, worker_databases
from tests.files import REALDATA, REALDATA_IS_HERE

#: The examples of a property, whatever runs; a server and a database of its own, for who asks; what make faults says last.
pytest_plugins = ["tests.properties", "tests.own_server_fixtures", "tests.fault_summary"]

#: Browsers and whole clinics: tests of many seconds.
LONG = {Path(__file__).parent / "journeys", Path(__file__).parent / "mesoclinic" / "demo"}

NO_REALDATA = "../shared/realdata is not here"


def pytest_report_header():
    return f"realdata: {REALDATA}" if REALDATA_IS_HERE else f"realdata: {NO_REALDATA}; its tests are left out"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The long ones come first: who is done first can only take whole tests of the other (pytest -n)."""
    items.sort(key=lambda item: not LONG.intersection(item.path.parents))
    for item in items:
        marked = item.get_closest_marker("realdata") is not None
        if "realdata" in getattr(item, "fixturenames", ()) and not marked:
            raise pytest.UsageError(f"{item.nodeid} reads ../shared/realdata: mark it realdata.")
        if marked and not REALDATA_IS_HERE:
            item.add_marker(pytest.mark.skip(reason=NO_REALDATA))


def pytest_collection_finish():
    """What is collected stays until the end: the garbage collector need not look at it again with each round."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_terminal_summary(terminalreporter):
    left_out = sum(NO_REALDATA in str(one.longrepr) for one in terminalreporter.stats.get("skipped", []))
    if left_out:
        terminalreporter.write_line(f"realdata: {NO_REALDATA}: {left_out} tests left out", yellow=True)


@pytest.fixture(scope="session")
def django_db_setup(request, django_db_blocker, django_db_modify_db_settings):
    """Only here may tables be emptied (between transactional tests); a clinic's database refuses."""
    with django_db_blocker.unblock():
        _make_database(request)
        with connection.cursor() as cursor:
            name = connection.ops.quote_name(connection.settings_dict["NAME"])
            cursor.execute(f"ALTER DATABASE {name} SET mesoclinic.tests_may_truncate = 'on'")
            cursor.execute("SET mesoclinic.tests_may_truncate = 'on'")
    with pytest.MonkeyPatch.context() as patch:
        with django_db_blocker.unblock():
            if snapshots.may_switch_triggers_off():
                # What a run that was killed has left, and after each test that commits.
                snapshots.empty()
                patch.setattr(TransactionTestCase, "_fixture_teardown", lambda test: snapshots.empty())
        yield


def _make_database(request):
    """Migrated by one process of a run, copied by the others (pytest -n)."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        request.getfixturevalue("django_db_setup")  # pytest-django's
        return
    own = connection.settings_dict["TEST"]["NAME"]
    kept = f"{own.removesuffix(os.environ['PYTEST_XDIST_WORKER'])}kept"
    with worker_databases.one_process_at_a_time(run) as server:
        if not worker_databases.copied_what_was_kept(server, run, kept=kept, own=own):
            request.getfixturevalue("django_db_setup")
            if snapshots.may_switch_triggers_off():
                worker_databases.keep_for_others(server, run, kept=kept)


@pytest.fixture(autouse=True)
def channels_as_in_a_new_process():
    """No test waits for a mail server that another could not reach."""
    channels.forget()


@pytest.fixture
def clinic(db):
    return factories.ClinicFactory()


@pytest.fixture
def clinician(clinic):
    return factories.UserFactory(
        roles=["clinician"], title="Dr", first_name="Elif", last_name="Kaya", clinic=clinic
    )


@pytest.fixture
def front_desk(clinic):
    return factories.UserFactory(roles=["front_desk"], first_name="Sara", last_name="Dahl", clinic=clinic)


@pytest.fixture
def admin(clinic):
    return factories.UserFactory(roles=["admin"], first_name="Ada", last_name="Berg", clinic=clinic)


@pytest.fixture
def cosmetologist(clinic):
    return factories.UserFactory(roles=["cosmetologist"], first_name="Cleo", last_name="Roth", clinic=clinic)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def as_clinician(clinician):
    return signed_in(clinician)


@pytest.fixture
def as_front_desk(front_desk):
    return signed_in(front_desk)


@pytest.fixture
def as_admin(admin):
    return signed_in(admin)


@pytest.fixture
def as_cosmetologist(cosmetologist):
    return signed_in(cosmetologist)


@pytest.fixture
def stranger(db):
    """Nobody signed in."""
    return Client()


@pytest.fixture
def once():
    """A fresh idempotency key, as a form prints it."""
    return lambda: str(uuid.uuid4())


class Queries(list):
    """The statements a block sent, without the transaction's own (BEGIN, SAVEPOINT…)."""


@pytest.fixture
def count_queries():
    """``with count_queries() as queries: …`` then ``len(queries)``."""

    @contextmanager
    def counting():
        queries = Queries()
        with CaptureQueriesContext(connection) as captured:
            yield queries
        queries.extend(
            q["sql"]
            for q in captured.captured_queries
            if not q["sql"].startswith(
                ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK", "BEGIN", "COMMIT", "SET CONSTRAINTS")
            )
        )

    return counting


@pytest.fixture(scope="session")
def realdata():
    """Files that other people's software wrote. Only a test with the marker ``realdata`` may read them."""
    return REALDATA
