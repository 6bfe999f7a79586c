"""The database's disk is really full: saves are refused and say so, reading goes on, and nothing that was answered is lost."""

import subprocess
import uuid
from hashlib import sha256

import psycopg2
import pytest

from mesoclinic.database import Cluster, DatabaseError
from tests.full_disk import small_disk
from tests.mesoclinic.operations.own_server import PASSWORD, OwnServer
from tests.own_server_fixtures import QUICK
from tests.waiting import until

pytestmark = [pytest.mark.django_db, pytest.mark.faults, pytest.mark.fault("F5")]

#: Pages and the log of the database have room for so many more at most.
MOST_SAVES = 3000


@pytest.fixture
def disk():
    with small_disk(400) as made:
        yield made


@pytest.fixture
def server_on_small_disk(disk, own_folder, empty_schema):
    cluster = Cluster(data=disk.folder / "data", for_tests=True)
    cluster.start()
    subprocess.run(
        [cluster.bin_dir / "pg_restore", "-d", cluster.url, "--no-owner", "-1", empty_schema], check=True
    )
    server = OwnServer(cluster=cluster, log=str(own_folder / "small-disk.log"))
    server.manage("start_clinic", "A made-up clinic", "--admin", "ada", "--password", PASSWORD)
    server.manage("add_staff", "sara", "--role", "front_desk", "--password", PASSWORD)
    server.start_and_wait(**QUICK)
    server.sign_in("sara")
    yield server
    server.stop()
    cluster.stop()


def register(server, token, name):
    person = {
        "given_names": "Amira",
        "family_name": name,
        "birth_date": "1992-03-27",
        "sex_at_birth": "female",
        "language": "en",
    }
    key = {"csrfmiddlewaretoken": token, "once": str(uuid.uuid4())}
    return server.post("/patients/new/", person | key)


def name_of(number):
    """Unlike the others: a likely double is asked about."""
    return "Q" + "".join(chr(ord("a") + byte % 26) for byte in sha256(str(number).encode()).digest()[:14])


def registered(server):
    return [name for (name,) in server.sql("SELECT family_name FROM patients_patient")]


def save_twenty(server, token):
    answered = [name_of(n) for n in range(20) if register(server, token, name_of(n)).status == 302]
    assert len(answered) == 20
    return answered


def save_until_refused(server, token, answered):
    """Register one after another; the names that were answered, and the refusal."""
    for number in range(len(answered), MOST_SAVES):
        answer = register(server, token, name_of(number))
        if answer.status != 302:
            return answered, answer
        answered = [*answered, name_of(number)]
    raise AssertionError("the disk never came to be full")


def test_f5_a_full_disk_refuses_saves_goes_on_reading_and_gets_better_by_itself(server_on_small_disk, disk):
    server = server_on_small_disk
    token = server.token("/patients/new/")
    first = save_twenty(server, token)
    disk.fill()

    answered, refused = save_until_refused(server, token, first)

    assert refused.status == 503
    assert "disk is full" in refused.text
    assert refused.headers["retry-after"] == "60"
    assert f'value="{name_of(len(answered))}"' in refused.text
    assert {path: server.get(path).status for path in ("/catalogue/", "/healthz", "/static/site.css")} == {
        "/catalogue/": 200,
        "/healthz": 200,
        "/static/site.css": 200,
    }
    assert len([line for line in server.log_lines() if '"fault full' in line]) == 1

    disk.make_room()
    until(lambda: register(server, token, "Afterwards").status == 302, "saves go on")
    assert sorted(registered(server)) == sorted([*answered, "Afterwards"])


def test_f5_where_not_even_its_own_log_has_room_the_database_stops_and_comes_back_with_all_that_was_answered(
    server_on_small_disk, disk
):
    server = server_on_small_disk
    token = server.token("/patients/new/")
    answered = save_twenty(server, token)
    disk.fill()

    # Each wants a new file of the write-ahead log; at last there is no room for one.
    with pytest.raises(psycopg2.Error):
        server.sql(
            "; ".join(f"CREATE TABLE filler{n} (n int); COMMIT; SELECT pg_switch_wal()" for n in range(100))
        )
    assert server.get("/patients/").status == 503

    disk.make_room()
    try:
        server.cluster.start()
    except DatabaseError as error:
        raise AssertionError("it does not start with room again") from error
    until(lambda: register(server, token, "Afterwards").status == 302, "saves go on")
    assert sorted(registered(server)) == sorted([*answered, "Afterwards"])
