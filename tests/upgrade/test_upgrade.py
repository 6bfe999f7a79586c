"""A filled database of the last release is migrated forward while people work, and an old and a new process go side by side."""

import json
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import pytest

from mesoclinic.database import Cluster
from mesoclinic.operations.start import REFUSED
from tests.mesoclinic.operations.own_server import OwnServer
from tests.own_server_fixtures import QUICK
from tests.upgrade.kept_dump import FOLDER, is_released, kept_dump_or_none, kept_release, make_dump

NEXT = {"DJANGO_SETTINGS_MODULE": "tests.upgrade.settings"}
PASSWORD_OF_DEMO = "mesoclinic-demo"
PEOPLE = 6
READ = ("/", "/patients/", "/calendar/")
#: What a migration may add to the wait of the slowest request.
FELT_AT_MOST_S = 2


def test_the_dump_of_a_release_that_is_cut_fits_its_first_migrations():
    """Before 0.1.0 is cut it may be stale: `make upgrade-dump` makes it anew when the version is cut (docs/testing.md)."""
    release = kept_release()
    said = json.loads((FOLDER / f"{release}.json").read_text())
    head = (FOLDER / f"{release}.dump").read_bytes()[:5]

    assert head == b"PGDMP"
    assert said["version"] == release
    assert not is_released(release) or kept_dump_or_none() is not None


@dataclass
class Seen:
    """Every request: when it began, how long it took, its status; and who was registered."""

    answers: list[tuple[float, float, int]] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)

    def longest(self, first, last):
        return max(took for at, took, _ in self.answers if first <= at + took and at <= last)


@pytest.fixture(scope="module")
def old():
    """This code's process on the last release's filled database."""
    folder = Path(tempfile.mkdtemp(prefix="clinic-", dir="/var/tmp"))
    folder.chmod(0o755)
    cluster = Cluster(data=folder / "data", for_tests=True)
    dump = kept_dump_or_none()
    if dump is None:
        make_dump(dump := folder / "made.dump")
    cluster.start()
    subprocess.run([cluster.bin_dir / "pg_restore", "-d", cluster.url, "--no-owner", "-1", dump], check=True)
    server = OwnServer(cluster=cluster, log=str(folder / "old.log"))
    # What this code has more than the release.
    server.manage("migrate", "--no-input", "--verbosity", "0")
    server.start_and_wait(**QUICK)
    yield server
    server.stop()
    cluster.stop()
    shutil.rmtree(folder)


def sign_in(server):
    one = replace(server, cookies={})
    fields = {"csrfmiddlewaretoken": one.token(), "login": "sara", "password": PASSWORD_OF_DEMO}
    assert one.post("/accounts/login/", fields).status == 302
    return one


def work(one, seen, stop, number, new_port):
    """Looks around and registers patients; once the new process serves, every other request goes there."""
    token, asked, ports = one.token("/patients/new/"), 0, [one.port]

    def ask(call):
        nonlocal asked
        asked += 1
        if new_port and len(ports) == 1:
            ports.append(new_port[0])
        one.port = ports[asked % len(ports)]
        at = time.monotonic()
        status = call().status
        seen.answers.append((at, time.monotonic() - at, status))
        return status

    while not stop.is_set():
        for path in READ:
            ask(lambda path=path: one.get(path))
            time.sleep(0.1)
        name = "Q" + "".join(chr(97 + b % 26) for b in sha256(f"{number} {asked}".encode()).digest()[:14])
        person = {"given_names": "Amira", "family_name": name, "birth_date": "1992-03-27", "language": "en"}
        more = {"csrfmiddlewaretoken": token, "once": str(uuid.uuid4()), "sex_at_birth": "female"}
        if ask(lambda: one.post("/patients/new/", person | more)) == 302:  # noqa: B023
            seen.registered.append(name)


def refused_start(server, **environment):
    """What a process says that does not start."""
    server.start(**QUICK, **environment)
    assert server.process.wait(60) == REFUSED
    return Path(server.log).read_text()


@pytest.mark.faults
@pytest.mark.fault("F50", "F51")
def test_a_filled_database_is_migrated_under_load_and_two_releases_go_side_by_side(old):
    new = replace(old, log=old.log.replace("old.log", "new.log"), process=None)
    assert "the schema is behind" in refused_start(new, **NEXT)
    people = [sign_in(old) for _ in range(PEOPLE)]
    seen, stop, new_port = Seen(), threading.Event(), []

    with ThreadPoolExecutor(PEOPLE) as pool:
        working = [pool.submit(work, one, seen, stop, n, new_port) for n, one in enumerate(people)]
        try:
            began = time.monotonic()
            time.sleep(10)
            migrating = time.monotonic()
            done = old.manage("migrate", "--no-input", **NEXT)
            migrated = time.monotonic()
            new.start_and_wait(**QUICK, **NEXT)
            new_port.append(new.port)
            time.sleep(10)
        finally:
            stop.set()
        for one in working:
            one.result()
    ended = time.monotonic()
    # As systemd ends it: what it is at is answered first.
    old.process.send_signal(signal.SIGTERM)
    assert old.process.wait(60) == 0
    again = replace(old, log=old.log.replace("old.log", "again.log"), process=None)

    names = [name for (name,) in old.sql("SELECT family_name FROM patients_patient")]
    columns = old.sql(
        "SELECT count(*) FROM information_schema.columns WHERE table_name = 'patients_patient' AND column_name = 'next_note'"
    )
    new_ones = json.loads(new.get("/readyz").text)
    print(
        f"\n{len(seen.answers)} requests, {len(seen.registered)} patients; the longest request {seen.longest(began, migrating):.2f} s "
        f"before, {seen.longest(migrating, migrated):.2f} s while it migrated ({migrated - migrating:.1f} s), "
        f"{seen.longest(migrated, ended):.2f} s side by side"
    )
    try:
        assert "9999_next" in done.stdout
        assert columns == [(1,)]
        assert [a for a in seen.answers if a[2] >= 400] == []
        assert [name for name in seen.registered if names.count(name) != 1] == []
        assert len(seen.registered) > 10
        assert seen.longest(migrating, migrated) <= seen.longest(began, migrating) + FELT_AT_MOST_S
        assert new_ones["checks"]["migrations"]["well"]
        assert "the schema is ahead" in refused_start(again)
    finally:
        new.stop()
        old.process = None
