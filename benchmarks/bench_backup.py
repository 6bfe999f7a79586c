"""How long a backup, its restoring and its verification take, and how large it is.

    python -m benchmarks.bench_backup [--patients 100000] [--photos 10000] [--events 10] [--demo] [--folder /var/tmp]

On a PostgreSQL of its own that is thrown away, with the safety of a clinic's. Patients and audit events are written with their
triggers; sessions, doses and movements past them, as benchmarks/bench_recall.py does. Photographs are files of random bytes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg2
from pyrage import x25519

from mesoclinic.core.version import version
from mesoclinic.database import CHECKOUT, Cluster

GOAL_MINUTES = 15
PHOTO_BYTES = 100_000

#: Runs manage.py with these words.
Manage = Callable[..., None]

_FILL = """
from django.db import connection, transaction
from mesoclinic.accounts.models import Clinic, User
from benchmarks import bench_recall
from benchmarks.bench_pages import insert_patients

clinic, ada = Clinic.objects.get(), User.objects.get()
people = insert_patients({patients}, ada.pk, clinic.pk)
with connection.cursor() as cursor:
    # In parts: each row is sealed at commit.
    for first in range(0, {events}, 50_000):
        cursor.execute(
            "INSERT INTO core_auditevent (by_id, did, subject_type, subject_id, patient_id, data)"
            " SELECT %s, 'patient.viewed', 'patients.patient', %s, %s + n %% %s, '{{}}' FROM generate_series(1, %s) n",
            [ada.pk, str(people[0]), people[0], len(people), min(50_000, {events} - first)],
        )
bench_recall.SESSIONS = bench_recall.PATIENTS = {patients}
with transaction.atomic():
    bench_recall.build()
"""


@dataclass
class Figures:
    #: On the clock, and of the processor without PostgreSQL's own server.
    seconds: dict[str, float] = field(default_factory=dict)
    worked: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        began, before = time.monotonic(), os.times()
        print(f"{name} …", flush=True)
        yield
        after = os.times()
        self.seconds[name] = time.monotonic() - began
        self.worked[name] = (
            after.children_user + after.children_system - before.children_user - before.children_system
        )
        print(f"{name}: {self.seconds[name]:.1f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument(
        "--folder", type=Path, default=Path("/var/tmp"), help="where there is room for it four times"
    )
    parser.add_argument("--events", type=int, default=10, help="rows of the audit log for each patient")
    parser.add_argument(
        "--demo", action="store_true", help="the filled demo that the upgrade test keeps, instead"
    )
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-backup-", dir=asked.folder))
    folder.chmod(0o755)
    clusters = [Cluster(data=folder / name) for name in ("from", "to")]
    figures = Figures()
    try:
        for cluster in clusters:
            cluster.start()
        fill = fill_with_demo if asked.demo else partial(fill_with_made_up, asked)
        measure(clusters, folder, fill, figures)
    finally:
        for cluster in clusters:
            cluster.stop()
        shutil.rmtree(folder)
    what = (
        "The demo"
        if asked.demo
        else f"{asked.patients:,} patients with a session and {asked.events} audit events each, {asked.photos:,} photographs"
    )
    print(*table_lines(figures, what), sep="\n")
    return int(figures.seconds["restore, every row compared"] > GOAL_MINUTES * 60)


def fill_with_demo(cluster: Cluster, folder: Path, manage: Manage) -> None:
    dump = CHECKOUT / "tests" / "data" / "upgrade" / f"{version()}.dump"
    restore = [cluster.bin_dir / "pg_restore", "-d", cluster.url, "--no-owner", "-1", dump]
    subprocess.run(restore, check=True)


def fill_with_made_up(asked: argparse.Namespace, cluster: Cluster, folder: Path, manage: Manage) -> None:
    manage("migrate", "--no-input", "--verbosity", "0")
    manage("start_clinic", "Bench clinic of backups", "--admin", "ada", "--password", "made-up-password-1")
    manage("shell", "-c", _FILL.format(patients=asked.patients, events=asked.patients * asked.events))
    for number in range(asked.photos):
        path = folder / "photos" / f"{number % 100:02}" / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(PHOTO_BYTES))


def measure(
    clusters: list[Cluster], folder: Path, fill: Callable[[Cluster, Path, Manage], None], figures: Figures
) -> None:
    """Fills the first, backs it up, restores it into the second, and verifies it in a third."""
    here, there = clusters
    environment = {**os.environ, "DEMO": "1", "DATABASE_URL": here.url, "MEDIA_ROOT": str(folder / "photos")}

    def manage(*words: str | Path, **more: str) -> None:
        command = [sys.executable, "manage.py", *words]
        subprocess.run(command, cwd=CHECKOUT, env=environment | more, check=True, stdout=subprocess.DEVNULL)

    identity = x25519.Identity.generate()
    key = folder / "identity.txt"
    key.touch(mode=0o600)
    key.write_text(f"{identity}\n")
    with figures.timed("filling it"):
        fill(here, folder, manage)
    figures.sizes["database"] = database_bytes(here)
    with figures.timed("backup, sealed"):
        manage("backup", "--to", folder / "backups", "--recipient", str(identity.to_public()))
    (made,) = (folder / "backups").iterdir()
    figures.sizes["backup"] = sum(path.stat().st_size for path in made.iterdir())
    with figures.timed("restore, every row compared"):
        again = str(folder / "photos-again")
        manage("restore", made, "--identity", key, DATABASE_URL=there.url, MEDIA_ROOT=again)
    with figures.timed("verify_backup: restored elsewhere, chain and sign-in too"):
        manage("verify_backup", made, "--identity", key, "--scratch", folder)


def database_bytes(cluster: Cluster) -> int:
    made = psycopg2.connect(cluster.url)
    try:
        with made.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    finally:
        made.close()


def table_lines(figures: Figures, what: str) -> list[str]:
    lines = [
        f"{what}: the database is {figures.sizes['database'] / 1e6:,.0f} MB, "
        f"the backup {figures.sizes['backup'] / 1e6:,.0f} MB.",
        "",
        "| what | seconds | of the processor |",
        "|---|---|---|",
    ]
    return lines + [
        f"| {name} | {seconds:.0f} | {figures.worked[name]:.0f} |"
        for name, seconds in figures.seconds.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
