"""A server and a database of one's own, made once."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from mesoclinic.database import Cluster
from tests.mesoclinic.operations.own_server import PASSWORD, OwnServer
from tests.waiting import until

#: The tests' clusters trade safety for speed, which a clinic's server refuses.
QUICK = {"UNSAFE_START_ALLOWED": "fsync,full_page_writes,synchronous_commit"}


@pytest.fixture(scope="session")
def own_folder():
    # Not tmp_path: that one is closed to the user who runs the server for root.
    made = Path(tempfile.mkdtemp(prefix="clinic-", dir="/var/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def empty_schema(django_db_setup, django_db_blocker, own_folder):
    """The tests' own schema as a dump: quicker than the migrations."""
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    programs = Cluster(data=own_folder / "nothing").bin_dir
    dump = own_folder / "empty.dump"
    subprocess.run([programs / "pg_dump", "-Fc", "-d", url, "-f", dump], check=True)
    return dump


@pytest.fixture(scope="session")
def own_server_running(own_folder, empty_schema):
    cluster = Cluster(data=own_folder / "data", for_tests=True)
    cluster.start()
    subprocess.run(
        [cluster.bin_dir / "pg_restore", "-d", cluster.url, "--no-owner", "-1", empty_schema], check=True
    )
    server = OwnServer(cluster=cluster, log=str(own_folder / "server.log"))
    server.sql("ALTER SYSTEM SET max_connections = 12")
    cluster.stop()
    cluster.start()
    server.manage("start_clinic", "A made-up clinic", "--admin", "ada", "--password", PASSWORD)
    server.start_and_wait(**QUICK)
    yield server
    server.stop()
    cluster.stop()


@pytest.fixture
def own_server(own_server_running):
    """Running, with an admin signed in; whatever a test broke is whole again for the next."""
    server = own_server_running
    if server.cluster.running_pid_or_none() is None:
        server.cluster.start()
    if server.process is None or server.process.poll() is not None:
        server.start_and_wait(**QUICK)
    until(lambda: server.get("/accounts/login/").status != 503, "the database answers")
    server.sign_in("ada")
    return server
