"""Through pgbouncer's transaction mode, with a single connection for everybody: each keeps what is its own."""

import subprocess

import psycopg2
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections

from mesoclinic.cluster import program_path_or_none
from mesoclinic.cluster_files import Ports, pgbouncer_configuration
from mesoclinic.database import Cluster
from tests.cluster.test_failover import free_ports
from tests.waiting import until

pytestmark = pytest.mark.skipif(
    program_path_or_none("pgbouncer") is None, reason="this machine has no pgbouncer: docs/scaling.md"
)


@pytest.fixture(scope="module")
def pooler(own_folder, django_db_setup, django_db_blocker):
    """pgbouncer by the file of deploy/cluster/, before the tests' own database; one connection, lent to one at a time."""
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
        sockets = connection.get_connection_params()["host"]
    ports: Ports = free_ports()
    text = pgbouncer_configuration(ports, own_folder, pool_size=1)
    text = text.replace(
        f"host=127.0.0.1 port={ports.primary} dbname=mesoclinic",
        f"host={sockets} dbname={name} user=postgres",
    )
    assert name in text
    (own_folder / "pgbouncer-users.txt").write_text('"postgres" "made-up-word"\n')
    (own_folder / "pgbouncer.ini").write_text(text)
    process = subprocess.Popen(
        [program_path_or_none("pgbouncer"), own_folder / "pgbouncer.ini"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **Cluster(data=own_folder / "nothing").subprocess_options_as_owner(),
    )
    try:
        until(lambda: ports.first_taken_or_none() == ports.pgbouncer, "pgbouncer")
        yield ports.pgbouncer
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def two(pooler):
    """Two of Django's connections, as a web process has them behind a pooler."""
    made = [connection.copy() for _ in range(2)]
    for one in made:
        options = {k: v for k, v in one.settings_dict["OPTIONS"].items() if k not in ("options", "host")}
        one.settings_dict |= {
            "HOST": "127.0.0.1",
            "PORT": str(pooler),
            "USER": "postgres",
            "PASSWORD": "made-up-word",
            "NAME": "mesoclinic",
            "DISABLE_SERVER_SIDE_CURSORS": True,
            "OPTIONS": options,
        }
    yield made
    for one in made:
        one.close()


def asked(one, statement):
    with one.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_two_clients_share_one_connection_and_each_keeps_its_time_zone(two):
    first, second = two
    second.settings_dict["TIME_ZONE"] = "Europe/Paris"

    shared = {asked(one, "SELECT pg_backend_pid()") for one in two}
    zones = [asked(one, "SHOW TimeZone") for one in (first, second, first, second)]

    assert len(shared) == 1
    assert zones == ["UTC", "Europe/Paris", "UTC", "Europe/Paris"]


@pytest.mark.django_db
def test_what_is_set_for_a_transaction_ends_with_it(two):
    first, second = two
    first.set_autocommit(False)
    asked(first, "SELECT set_config('lock_timeout', '1234ms', true)")
    assert asked(first, "SHOW lock_timeout") == "1234ms"
    first.commit()

    assert asked(second, "SHOW lock_timeout") != "1234ms"


@pytest.mark.django_db
def test_an_advisory_lock_of_a_transaction_is_free_after_it(two):
    first, second = two
    first.set_autocommit(False)
    assert asked(first, "SELECT pg_try_advisory_xact_lock(4711)") is True
    held = connection.copy()
    assert asked(held, "SELECT pg_try_advisory_xact_lock(4711)") is False
    first.commit()

    assert asked(held, "SELECT pg_try_advisory_xact_lock(4711)") is True
    assert (
        asked(second, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        == 0
    )
    held.close()


@pytest.fixture
def named(two):
    """The first of them under a name that a queryset may be asked by."""
    connections.databases["pooled"] = two[0].settings_dict
    connections["pooled"] = two[0]
    yield "pooled"
    del connections["pooled"], connections.databases["pooled"]


def rows_and_cursors_seen_by_another(named, other):
    """How many rows are read in parts, and how many open cursors somebody else finds in between."""
    cursors = [
        asked(other, "SELECT count(*) FROM pg_cursors WHERE is_holdable")
        for _ in ContentType.objects.using(named).order_by("pk").iterator(chunk_size=1)
    ]
    return len(cursors), max(cursors)


@pytest.mark.django_db
def test_rows_are_read_in_parts_and_no_cursor_is_left_in_anothers_connection(two, named):
    there = ContentType.objects.using(named).count()

    assert there > 5
    assert rows_and_cursors_seen_by_another(named, two[1]) == (there, 0)
    # Why DATABASE_LIMITS=none switches them off: a cursor of the server is kept in a connection that others use too.
    two[0].settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = False
    assert rows_and_cursors_seen_by_another(named, two[1]) == (there, 1)


@pytest.mark.django_db
def test_no_statement_is_prepared_on_the_server(two, named):
    list(ContentType.objects.using(named).filter(model__in=["patient", "session"]))

    assert asked(two[1], "SELECT count(*) FROM pg_prepared_statements") == 0


@pytest.mark.django_db
def test_a_process_that_sends_its_own_limits_is_refused_by_words(pooler):
    with pytest.raises(psycopg2.OperationalError, match="unsupported startup parameter"):
        psycopg2.connect(
            host="127.0.0.1",
            port=pooler,
            user="postgres",
            password="made-up-word",
            dbname="mesoclinic",
            options="-c statement_timeout=15000ms",
        )
