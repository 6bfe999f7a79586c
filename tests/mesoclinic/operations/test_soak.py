"""Ten people work for half an hour (SOAK_MINUTES), in the second half with a fault every few minutes: nothing grows, nothing is lost."""

import os
import signal
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.mesoclinic.operations.own_server import PASSWORD
from tests.waiting import until

PEOPLE = 10
READ = ("/", "/patients/", "/calendar/", "/stock/", "/catalogue/")
#: Between two requests of one person.
THINKS_S = 0.4
#: What a fault may be felt for: the database starts, or a worker takes the place of another.
FELT_S = 15


@dataclass
class Seen:
    began: float = field(default_factory=time.monotonic)
    answers: list[tuple[float, float, int]] = field(default_factory=list)  # when, how long, status
    registered: list[str] = field(default_factory=list)
    faults: list[float] = field(default_factory=list)
    figures: list[tuple[float, int, int]] = field(default_factory=list)  # when, kB of the worker, connections

    def outside_faults(self):
        return [
            a
            for a in self.answers
            if not any(at <= a[0] + a[1] and a[0] <= at + FELT_S for at in self.faults)
        ]

    def p95(self, first, last):
        """Of the answers between two instants, in seconds."""
        took = sorted(t for at, t, _ in self.outside_faults() if first <= at < last)
        return took[int(len(took) * 0.95)]


def ask(seen, call):
    at = time.monotonic()
    try:
        status = call().status
    except (OSError, HTTPException):  # cut off, as by a killed process in the middle of an answer
        status = 599
    seen.answers.append((at, time.monotonic() - at, status))
    return status


def work(server, seen, until_when, number):
    """One person: looks around, and registers a patient in each round."""
    token = server.token("/patients/new/")
    rounds = 0
    while time.monotonic() < until_when:
        for path in READ:
            ask(seen, lambda path=path: server.get(path))
            time.sleep(THINKS_S)
        rounds += 1
        name = "Q" + "".join(chr(97 + b % 26) for b in sha256(f"{number} {rounds}".encode()).digest()[:14])
        person = {"given_names": "Amira", "family_name": name, "birth_date": "1992-03-27", "language": "en"}
        key = {"csrfmiddlewaretoken": token, "once": str(uuid.uuid4()), "sex_at_birth": "female"}
        if ask(seen, lambda: server.post("/patients/new/", person | key)) == 302:  # noqa: B023
            seen.registered.append(name)


def worker_of(server):
    """The process that answers: the only child of the one that was started."""
    pid = server.process.pid
    children = until(lambda: Path(f"/proc/{pid}/task/{pid}/children").read_text().split(), "a worker runs")
    return int(children[0])


def resident_kb(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def look(server, seen):
    (connections,) = server.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'mesoclinic'")[0]
    seen.figures.append((time.monotonic(), resident_kb(worker_of(server)), connections - 1))


def cause(server, seen, number):
    """In turn: the worker is killed, the database crashes."""
    seen.faults.append(time.monotonic())
    if number % 2:
        server.pg_ctl("restart", "-m", "immediate")
    else:
        os.kill(worker_of(server), signal.SIGKILL)


@pytest.mark.soak
@pytest.mark.django_db
def test_half_an_hour_of_work_with_faults_grows_nothing_and_loses_nothing(own_server):
    whole = float(os.environ.get("SOAK_MINUTES", "30")) * 60
    own_server.manage("add_staff", "sara", "--role", "front_desk", "--password", PASSWORD)
    people = [replace(own_server, cookies={}) for _ in range(PEOPLE)]
    for one in people:
        one.sign_in("sara")
    seen = Seen()
    end, half = seen.began + whole, seen.began + whole / 2

    with ThreadPoolExecutor(PEOPLE) as pool:
        working = [pool.submit(work, one, seen, end, number) for number, one in enumerate(people)]
        pause = threading.Event()
        while (now := time.monotonic()) < end - FELT_S:
            if now >= half + len(seen.faults) * whole / 6 and now < end - 2 * FELT_S:
                cause(own_server, seen, len(seen.faults))
            elif now < half:
                look(own_server, seen)
            pause.wait(whole / 60)
        for one in working:
            one.result()

    until(lambda: own_server.get("/accounts/login/").status < 500, "the server answers at the end")
    look(own_server, seen)
    names = [name for (name,) in own_server.sql("SELECT family_name FROM patients_patient")]
    bad = [a for a in seen.outside_faults() if a[2] >= 500]
    early, late = seen.p95(seen.began + whole / 12, half), seen.p95(half, end)
    settled = seen.figures[len(seen.figures) // 3]
    print(
        f"{len(seen.answers)} requests, {len(seen.registered)} patients, {len(seen.faults)} faults, "
        f"{len(bad)} errors outside them; p95 {early:.2f} s, then {late:.2f} s; kB {settled[1]}, then {seen.figures[-2][1]}; "
        f"connections {settled[2]}, then {seen.figures[-1][2]}"
    )

    assert [name for name in seen.registered if names.count(name) != 1] == []
    assert len(names) == len(set(names))
    assert len(bad) <= len(seen.answers) / 10_000
    assert late <= early * 1.5
    assert seen.figures[-2][1] <= settled[1] * 1.1
    assert seen.figures[-1][2] <= settled[2] + 1
    assert len(seen.faults) >= 3
