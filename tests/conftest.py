"""Clients by person, a database that says it is a test's, and a way to count queries."""

import uuid
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests import factories

# A busy machine is no reason for a property to fail: time is not what these tests are about.
hypothesis_settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("here")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Only here may tables be emptied (between transactional tests); a clinic's database refuses."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        name = connection.settings_dict["NAME"]
        cursor.execute(
            f"ALTER DATABASE {connection.ops.quote_name(name)} SET mesoclinic.tests_may_truncate = 'on'"
        )
        cursor.execute("SET mesoclinic.tests_may_truncate = 'on'")


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
    """Files that other people's software wrote; they stand beside the project and must be there."""
    folder = settings.BASE_DIR.parent / "shared" / "realdata"
    assert folder.is_dir(), f"{folder} is missing: these tests read it and do not skip"
    return folder
