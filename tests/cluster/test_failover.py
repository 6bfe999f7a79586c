"""The primary is killed while people work: nothing that was acknowledged is lost, and writing goes on by itself."""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from mesoclinic.cluster import LocalCluster, missing_programs
from mesoclinic.cluster_files import NODES, Ports
from tests.mesoclinic.operations.own_server import PASSWORD, OwnServer
from treatments.schedule.rules.chosen_times import StatedBooking, asked_for_form_value, bookings_form_value

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(
        bool(missing_programs()),
        reason=f"this machine has no {', '.join(missing_programs())}: docs/scaling.md",
    ),
]

#: Who registers patients, and how many want each time of the calendar.
REGISTERING, CONTENDERS = 4, 4
#: CLUSTER_KILLS: how often the primary is killed, in turn with its machine and alone.
KILLS = int(os.environ.get("CLUSTER_KILLS", "4"))
WRITES_AGAIN_WITHIN_S = 30
#: Between two kills.
WORKS_S = 20

_CALENDAR = """
import json
from datetime import time, timedelta
from django.utils import timezone
from mesoclinic.accounts.models import Clinic, User
from tests import factories
from tests.treatments.schedule.calendars import at, with_hours

clinic, sara = Clinic.objects.get(), User.objects.get(username="sara")
with timezone.override(clinic.zone):
    who = factories.ClinicianFactory(clinic=clinic)
    room = with_hours(clinic, who, opens=time(8))
    patients = [factories.PatientFactory(registered_by=sara).pk for _ in range(%d)]
    first = at(8, day=timezone.localdate() + timedelta(days=3), zone=str(clinic.zone))
print("CALENDAR", json.dumps([who.pk, room.pk, patients, first.isoformat(), str(clinic.zone)]))
"""


@dataclass
class Acknowledged:
    """What was answered with success, and when."""

    registered: list[str] = field(default_factory=list)
    #: By number of the contested time: who was told that it is theirs.
    booked: dict[int, list[int]] = field(default_factory=dict)
    moments: list[float] = field(default_factory=list)
    refusals: int = 0


def free_ports():
    for _ in range(50):
        ports = Ports(random.randrange(20_000, 30_000, 100))
        if ports.first_taken_or_none() is None:
            return ports
    raise AssertionError("no free ports")


@pytest.fixture(scope="module")
def cluster():
    # Not tmp_path: that one is closed to the user who runs the servers for root.
    folder = Path(tempfile.mkdtemp(prefix="clinics-", dir="/var/tmp"))
    made = LocalCluster(folder=folder / "cluster", ports=free_ports())
    folder.chmod(0o755)
    try:
        made.start_database()
        made.manage("migrate", "--no-input", "--verbosity", "0", environment=made.owner_environment)
        quick = ("--password", PASSWORD)
        made.manage(
            "start_clinic", "A made-up clinic", "--admin", "ada", *quick, environment=made.web_environment
        )
        made.manage("add_staff", "sara", "--role", "front_desk", *quick, environment=made.web_environment)
        made.start_site()
        yield made
    finally:
        made.remove()
        folder.rmdir()


def sent_until_answered(post, stop):
    """The answer to a form that is sent again, with its key, while the site says 503 or nothing, as its page does."""
    while not stop.is_set():
        try:
            answer = post()
        except OSError:
            answer = None
        if answer is not None and answer.status < 500:
            return answer
        time.sleep(0.3)
    return None


def note(seen, answer, success):
    """Counts an acknowledgement; anything but success and a refusal by a rule fails the test."""
    if answer.status == 302:
        seen.moments.append(time.monotonic())
        success()
    else:
        assert answer.status == 422, (answer.status, answer.text[:500])
        seen.refusals += 1


def register(one, seen, stop, number):
    """One person of the desk, who registers patient after patient."""
    token, turn = one.token("/patients/new/"), 0
    while not stop.is_set():
        turn += 1
        name = "Q" + "".join(chr(97 + b % 26) for b in sha256(f"{number} {turn}".encode()).digest()[:14])
        person = {"given_names": "Amira", "family_name": name, "birth_date": "1992-03-27", "language": "en"}
        more = {"csrfmiddlewaretoken": token, "once": str(uuid.uuid4()), "sex_at_birth": "female"}
        answer = sent_until_answered(lambda: one.post("/patients/new/", person | more), stop)  # noqa: B023
        if answer:
            note(seen, answer, lambda: seen.registered.append(name))  # noqa: B023


@dataclass
class Calendar:
    """A clinician whose times are wanted by several people at once."""

    who: int
    room: int
    patients: list[int]
    first: datetime
    together: threading.Barrier

    def start(self, turn):
        # Twenty a day.
        return self.first + timedelta(days=turn // 20, minutes=turn % 20 * 20)

    def form(self, turn):
        start = self.start(turn)
        local = start.astimezone(self.first.tzinfo)
        return {
            "kind": "intake",
            "day": local.date().isoformat(),
            "around": f"{local:%H:%M}",
            "minutes": "15",
            "slot": f"{start.astimezone(UTC):%Y-%m-%dT%H:%MZ}/{self.who}/{self.room}",
            "shown_for": asked_for_form_value(["intake", None, None, local.date(), local.time(), 15]),
            "said": bookings_form_value([StatedBooking("intake", start, 15, self.who, self.room)]),
        }


def contend(one, seen, stop, number, calendar):
    """One of those who want the same time, turn after turn."""
    turn, token = 0, one.token("/patients/new/")
    patient = calendar.patients[number]
    while not stop.is_set():
        try:
            calendar.together.wait(timeout=90)
        except threading.BrokenBarrierError:
            return
        form = calendar.form(turn)
        form |= {"csrfmiddlewaretoken": token, "once": str(uuid.uuid4())}
        path = f"/patients/{patient}/appointment/"
        answer = sent_until_answered(lambda: one.post(path, form), stop)  # noqa: B023
        if answer:
            note(seen, answer, lambda: seen.booked.setdefault(turn, []).append(patient))  # noqa: B023
        turn += 1
    calendar.together.abort()


def kill_primary(cluster, number):
    """In turn: the whole machine, or PostgreSQL alone with Patroni left beside it; which node it was."""
    node = cluster.primary_or_none()
    assert node is not None
    if number % 2:
        cluster.kill_postgresql(node)
    else:
        cluster.kill_node(node)
    return node


@pytest.fixture(scope="module")
def calendar(cluster):
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", _CALENDAR % CONTENDERS],
        cwd=settings.BASE_DIR,
        env=cluster.web_environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("CALENDAR"))
    who, room, patients, first, zone = json.loads(line.removeprefix("CALENDAR "))
    start = datetime.fromisoformat(first).astimezone(ZoneInfo(zone))
    return Calendar(who, room, patients, start, threading.Barrier(CONTENDERS))


@pytest.mark.fault("F2", "F21")
def test_a_primary_that_is_killed_under_load_loses_nothing_and_another_writes_within_half_a_minute(
    cluster, calendar
):
    seen, stop, gaps = Acknowledged(), threading.Event(), []
    site = OwnServer(cluster=None, port=cluster.ports.site)
    people = [replace(site, cookies={}) for _ in range(REGISTERING + CONTENDERS)]
    for one in people:
        one.sign_in("sara")

    with ThreadPoolExecutor(len(people)) as pool:
        working = [
            pool.submit(register, one, seen, stop, number) for number, one in enumerate(people[:REGISTERING])
        ]
        working += [
            pool.submit(contend, one, seen, stop, number, calendar)
            for number, one in enumerate(people[REGISTERING:])
        ]
        try:
            for number in range(KILLS):
                time.sleep(WORKS_S)
                at, primary = time.monotonic(), kill_primary(cluster, number)
                cluster.wait(
                    lambda: any(moment > at + 1 for moment in list(seen.moments)),  # noqa: B023
                    "writing again",
                    seconds=90,
                    may_end={primary},
                )
                gaps.append(round(min(m for m in list(seen.moments) if m > at + 1) - at, 1))
                if cluster.processes[primary].poll() is not None:
                    cluster.start_node(primary)
                # All three are whole again before the next one dies.
                cluster.wait(lambda: cluster.streaming_standbys() == 2, "three nodes", seconds=120)
        finally:
            stop.set()
        for one in working:
            one.result()

    kept = [
        name
        for (name,) in cluster.sql("SELECT family_name FROM patients_patient", port=cluster.ports.primary)
    ]
    rows = cluster.sql(
        "SELECT starts_at, patient_id FROM schedule_appointment WHERE status <> 'cancelled'",
        port=cluster.ports.primary,
    )
    winners = {}
    for start, patient in rows:
        winners.setdefault(start, []).append(patient)
    print(
        f"\n{KILLS} primaries killed: {len(seen.registered)} patients and {len(seen.booked)} bookings acknowledged, "
        f"{seen.refusals} refused; writing again after {gaps} s; primary now {cluster.primary_or_none()}"
    )

    assert [name for name in seen.registered if kept.count(name) != 1] == []
    assert len(kept) == len(set(kept))
    assert [turn for turn, told in seen.booked.items() if winners.get(calendar.start(turn)) != told] == []
    assert all(len(patients) == 1 for patients in winners.values())
    assert len(seen.registered) > 100
    assert len(seen.booked) > 20
    assert max(gaps) <= WRITES_AGAIN_WITHIN_S


@pytest.mark.fault("F2")
def test_figures_and_saves_go_on_while_no_standby_is_left(cluster):
    people = [OwnServer(cluster=None, port=cluster.ports.site) for _ in range(2)]
    for one, name in zip(people, ("ada", "sara"), strict=True):
        one.sign_in(name)
    ada, sara = people
    cluster.wait(lambda: cluster.streaming_standbys() == 2, "three nodes")
    standbys = [node for node in NODES if node != cluster.primary_or_none()]
    assert ada.get("/insights/").status == 200
    assert read_on_standbys(cluster) > 0

    for node in standbys:
        cluster.kill_node(node)
    at, seen, stop = time.monotonic(), Acknowledged(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(register, sara, seen, stop, "alone")
        try:
            cluster.wait(lambda: len(seen.moments) > 2, "saves", may_end=set(standbys))
            cluster.wait(lambda: ada.get("/insights/").status == 200, "insights", may_end=set(standbys))
        finally:
            stop.set()
        working.result()
    print(f"\nsaves go on without a standby after {seen.moments[0] - at:.1f} s")

    assert seen.moments[0] - at <= WRITES_AGAIN_WITHIN_S
    for node in standbys:
        cluster.start_node(node)


def read_on_standbys(cluster):
    """How many connections of the application the standbys have."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'mesoclinic'"
    primary = cluster.primary_or_none()
    return sum(
        cluster.sql(asked, port=cluster.ports.postgresql(node))[0][0] for node in NODES if node != primary
    )
