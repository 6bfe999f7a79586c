"""Three PostgreSQL nodes under Patroni, HAProxy, pgbouncer, two web processes and two workers on this machine. No Django here.

    python -m mesoclinic.cluster run|check|remove [--data DIR] [--port BASE]

It runs the files of deploy/cluster/ as machines of one's own would (docs/scaling.md), to try them and to test what they promise.
One machine that dies takes all of it with it: a clinic's cluster stands on several.
"""

import argparse
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg2
import psycopg2.errors

from mesoclinic.cluster_files import (
    ADDRESS,
    NODES,
    Ports,
    haproxy_configuration,
    patroni_configuration,
    pgbouncer_configuration,
)
from mesoclinic.database import (
    CHECKOUT,
    Cluster,
    DatabaseError,
    clusters_dir,
    is_root,
    make_own_folder_or_raise,
)

ROLES = CHECKOUT / "deploy" / "postgresql" / "roles.sql"
#: Debian's programs, and the packages that bring them.
PROGRAMS = {"patroni": "patroni", "etcd": "etcd-server", "haproxy": "haproxy", "pgbouncer": "pgbouncer"}
WORKERS = ("worker1", "worker2")
ROLE_NAMES = ("postgres", "replicator", "mesoclinic", "mesoclinic_owner")
#: Three nodes are made and copied in so many seconds, also on a slow machine.
STARTS_IN_SECONDS = 180


def program_path_or_none(name: str) -> str | None:
    """Debian keeps servers where an ordinary user's PATH does not look."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def missing_programs() -> list[str]:
    """The programs of a cluster that this machine has not."""
    return [name for name in PROGRAMS if program_path_or_none(name) is None]


def must_have_programs() -> None:
    """Raises DatabaseError, which says what to install."""
    if missing := missing_programs():
        packages = " ".join(PROGRAMS[name] for name in missing)
        raise DatabaseError(
            f"A cluster needs {', '.join(missing)}, and this machine has not: on Debian apt-get install {packages}. "
            "Everything else works without."
        )


@dataclass
class LocalCluster:
    """All of it on this machine, in one folder. Whoever starts it has to stop it."""

    folder: Path
    ports: Ports
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @cached_property
    def postgresql(self) -> Cluster:
        """Where PostgreSQL's programs are, and who may run them."""
        return Cluster(data=self.folder / "programs")

    @cached_property
    def passwords(self) -> dict[str, str]:
        """Made once; kept with the data."""
        kept = self.folder / "passwords.json"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(json.dumps({role: secrets.token_hex(16) for role in ROLE_NAMES}))
        found: dict[str, str] = json.loads(kept.read_text())
        return found

    def url(self, role: str, *, port: int, database: str = "mesoclinic") -> str:
        return f"postgresql://{role}:{self.passwords[role]}@{ADDRESS}:{port}/{database}"

    @property
    def owner_environment(self) -> dict[str, str]:
        """For migrate and everything that keeps a session: straight to the primary."""
        return self._environment(DATABASE_URL=self.url("mesoclinic_owner", port=self.ports.primary))

    @property
    def worker_environment(self) -> dict[str, str]:
        """For workers and the tick: straight to the primary, with the limits of a command."""
        return self._environment(DATABASE_URL=self.url("mesoclinic", port=self.ports.primary))

    @property
    def web_environment(self) -> dict[str, str]:
        """For web processes: through pgbouncer, figures from a standby."""
        figures = self.url("mesoclinic", port=self.ports.pgbouncer, database="mesoclinic_figures")
        return self._environment(
            DATABASE_URL=self.url("mesoclinic", port=self.ports.pgbouncer),
            DATABASE_LIMITS="none",
            DATABASE_REPLICA_URL=figures,
        )

    @staticmethod
    def _environment(**values: str) -> dict[str, str]:
        return {**os.environ, "DEMO": "1", "LOG_FORMAT": "json", **values}

    # Starting and stopping.

    def start_database(self) -> None:
        """etcd, three nodes, HAProxy and pgbouncer; the roles and an empty database where they are missing."""
        must_have_programs()
        self.end_leftovers()
        if (port := self.ports.first_taken_or_none()) is not None:
            raise DatabaseError(f"Port {port} is taken: name another base with --port, such as {port + 100}.")
        self._make_folder()
        self._start_etcd()
        for node in NODES:
            self.start_node(node)
        self.wait(lambda: self.primary_or_none() and len(self.synchronous_standbys()) > 0, "a primary")
        self._start_haproxy_and_pgbouncer()
        self.wait(self._make_database, "the database")

    def start_site(self) -> None:
        """Two web processes and two workers; the schema has to be there."""
        for number in (1, 2):
            bind = f"{ADDRESS}:{self.ports.web(number)}"
            self._start(
                f"web{number}",
                [
                    *(sys.executable, "-m", "gunicorn", "mesoclinic.wsgi", "--bind", bind),
                    *("--workers", "1", "--threads", "6", "--log-level", "warning", "--no-control-socket"),
                    *("--pid", str(self.folder / f"web{number}.pid")),
                ],
                environment=self.web_environment,
            )
        for worker in WORKERS:
            self._start_worker(worker)
        self.wait(lambda: self.answers("/healthz"), "the web processes")

    def _start_worker(self, name: str) -> None:
        # The command names the folder, so that a run that was killed is found and ended by the next.
        command = [sys.executable, "manage.py", "db_worker", "--worker-id", str(self.folder / name)]
        self._start(name, command, environment=self.worker_environment)

    def restart_ended_workers(self) -> None:
        """As systemd does: a worker ends where its database goes away."""
        for name in WORKERS:
            if name in self.processes and self.processes[name].poll() is not None:
                self._start_worker(name)

    def manage(self, *args: str, environment: dict[str, str]) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *args], cwd=CHECKOUT, env=environment, check=True, timeout=900
        )

    def stop(self) -> None:
        """Everything that was started here, what asks before what is asked."""
        for name in reversed(self.processes):
            process = self.processes[name]
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(20)
        self.end_leftovers()
        self.processes.clear()

    def end_leftovers(self) -> None:
        """Processes of this folder that nobody waits for any more: a killed run's, or a killed node's."""
        for pid in self._pids_that_name(str(self.folder)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def remove(self) -> None:
        """Stop it and throw its data away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # One node.

    def start_node(self, node: str) -> None:
        configuration = patroni_configuration(node, self.ports, self.folder, self.postgresql, self.passwords)
        path = self._write(f"{node}.yml", configuration)
        self._start(node, [self._program("patroni"), path], as_owner=True)

    def kill_node(self, node: str) -> None:
        """As if its machine lost power: Patroni and PostgreSQL at once, without a word."""
        pids = self._pids_that_name(str(self.folder / node))
        # Stopped first: none of them notices that the others end.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
        self.processes[node].wait()

    def kill_postgresql(self, node: str) -> None:
        """PostgreSQL's first process alone; Patroni is left and sees it."""
        pid = int((self.folder / node / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGKILL)

    def primary_or_none(self) -> str | None:
        return next((m["name"] for m in self.members() if m["role"] in ("leader", "master")), None)

    def streaming_standbys(self) -> int:
        """How many standbys run and are told what happens."""
        return sum(m["role"] != "leader" and m["state"] in ("running", "streaming") for m in self.members())

    def synchronous_standbys(self) -> list[str]:
        return [m["name"] for m in self.members() if m["role"] == "sync_standby"]

    def members(self) -> list[dict[str, str]]:
        """What Patroni says of the nodes, asked at the first that answers and knows."""
        for node in NODES:
            with contextlib.suppress(OSError, ValueError):
                address = f"http://{ADDRESS}:{self.ports.rest(node)}/cluster"
                with urllib.request.urlopen(address, timeout=3) as answer:
                    members: list[dict[str, str]] = json.load(answer)["members"]
                    return members
        return []

    def answers(self, path: str) -> bool:
        """Whether a web process answers through HAProxy."""
        try:
            with urllib.request.urlopen(f"http://{ADDRESS}:{self.ports.site}{path}", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    # How it is done.

    def wait(
        self,
        condition: Callable[[], object],
        what: str,
        *,
        seconds: float = STARTS_IN_SECONDS,
        may_end: Set[str] = frozenset(),
    ) -> None:
        """Until it is so; DatabaseError where it does not become so, or a process has ended that should run."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.restart_ended_workers()
            ended = [
                n for n, process in self.processes.items() if n not in may_end and process.poll() is not None
            ]
            if ended or time.monotonic() > deadline:
                raise DatabaseError(
                    f"Waited in vain for {what}{': ' + ', '.join(ended) + ' ended' if ended else ''} "
                    f"(see the logs in {self.folder})."
                )
            time.sleep(0.2)

    @staticmethod
    def _program(name: str) -> str:
        path = program_path_or_none(name)
        if path is None:
            raise DatabaseError(f"There is no {name} here.")
        return path

    def _make_folder(self) -> None:
        if self.folder.parent == clusters_dir() and is_root():
            make_own_folder_or_raise(clusters_dir(), owner=0, group=0, mode=0o755)
        owner = self.postgresql.owner
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        make_own_folder_or_raise(self.folder, owner=owner.pw_uid, group=owner.pw_gid, mode=0o700)

    def _write(self, name: str, text: str) -> Path:
        path, owner = self.folder / name, self.postgresql.owner
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        os.chown(path, owner.pw_uid, owner.pw_gid)
        return path

    def _start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        environment: dict[str, str] | None = None,
        as_owner: bool = False,
    ) -> None:
        options = self.postgresql.subprocess_options_as_owner() if as_owner else {"cwd": CHECKOUT}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **(options | ({"env": environment} if environment else {})),
            )

    def _start_etcd(self) -> None:
        client, peer = (f"http://{ADDRESS}:{port}" for port in (self.ports.etcd, self.ports.etcd_peer))
        self._start(
            "etcd",
            [
                *(self._program("etcd"), "--name", "etcd", "--data-dir", self.folder / "etcd"),
                *("--listen-client-urls", client, "--advertise-client-urls", client),
                *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
                *("--initial-cluster", f"etcd={peer}", "--logger", "zap", "--log-level", "warn"),
            ],
            as_owner=True,
        )

        def is_healthy() -> bool:
            try:
                with urllib.request.urlopen(f"{client}/health", timeout=2) as answer:
                    return b'"true"' in answer.read()
            except OSError:
                return False

        self.wait(is_healthy, "etcd")

    def _start_haproxy_and_pgbouncer(self) -> None:
        haproxy = self._write("haproxy.cfg", haproxy_configuration(self.ports))
        self._start("haproxy", [self._program("haproxy"), "-db", "-f", haproxy], as_owner=True)
        self._write("pgbouncer-users.txt", f'"mesoclinic" "{self.passwords["mesoclinic"]}"\n')
        pgbouncer = self._write("pgbouncer.ini", pgbouncer_configuration(self.ports, self.folder))
        self._start("pgbouncer", [self._program("pgbouncer"), pgbouncer], as_owner=True)

    def sql(self, statement: str, *, port: int, database: str = "mesoclinic") -> list[tuple[object, ...]]:
        """As the superuser, in a transaction of its own."""
        connection = psycopg2.connect(self.url("postgres", port=port, database=database), connect_timeout=5)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def _make_database(self) -> bool:
        """The database and its two roles; False where the primary does not answer yet."""
        port = self.ports.primary
        try:
            known = self.sql("SELECT datname FROM pg_database", port=port, database="postgres")
            if ("mesoclinic",) not in known:
                self.sql("CREATE DATABASE mesoclinic", port=port, database="postgres")
            self.sql(ROLES.read_text(encoding="utf-8"), port=port)
            for role in ("mesoclinic", "mesoclinic_owner"):
                self.sql(f"ALTER ROLE {role} PASSWORD '{self.passwords[role]}'", port=port)
        except (psycopg2.OperationalError, psycopg2.errors.ReadOnlySqlTransaction):
            # HAProxy takes every node for the primary until it has asked once.
            return False
        return True

    @staticmethod
    def _pids_that_name(path: str) -> list[int]:
        """Processes that have this path, or one within it, as an argument or as their working folder, as PostgreSQL has."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                arguments = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                named = [*arguments, os.readlink(entry / "cwd")]
                if any(word in (path, f"{path}.yml") or word.startswith(f"{path}/") for word in named):
                    found.append(int(entry.name))
        return [pid for pid in found if pid != os.getpid()]


def run_until_interrupted(cluster: LocalCluster) -> None:
    """Everything with the demo's made-up people in it, until Ctrl-C."""
    try:
        print("Starting etcd, three PostgreSQL nodes under Patroni, HAProxy and pgbouncer.")
        cluster.start_database()
        print("Making the schema, then the demo (through pgbouncer).")
        cluster.manage("migrate", "--no-input", "--verbosity", "0", environment=cluster.owner_environment)
        cluster.manage("demo", environment=cluster.web_environment)
        cluster.start_site()
        ports = cluster.ports
        print(
            f"\nMesoclinic is at http://{ADDRESS}:{ports.site}/ - Ctrl-C stops all of it; the data stays.\n"
            f"primary {ADDRESS}:{ports.primary}, replica {ADDRESS}:{ports.replica}, pgbouncer {ADDRESS}:{ports.pgbouncer}; "
            f"who is what: patronictl -c {cluster.folder}/one.yml list\nlogs: {cluster.folder}\n",
            flush=True,
        )
        while True:
            time.sleep(5)
            cluster.restart_ended_workers()
    except KeyboardInterrupt:
        print("Stopping.")
    finally:
        cluster.stop()


def interrupt(*_: object) -> None:
    """A polite end is the same as Ctrl-C."""
    raise KeyboardInterrupt


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m mesoclinic.cluster", description=__doc__.split("\n", 1)[0]
    )
    parser.add_argument("command", choices=["run", "check", "remove"])
    parser.add_argument("--data", type=Path, help="the folder (default: where the embedded PostgreSQL is)")
    parser.add_argument("--port", type=int, default=8100, help="the site's; the others are counted from it")
    asked = parser.parse_args(argv)
    folder = (asked.data or clusters_dir() / "cluster").resolve()
    cluster = LocalCluster(folder=folder, ports=Ports(asked.port))
    signal.signal(signal.SIGTERM, interrupt)
    try:
        if asked.command == "remove":
            cluster.remove()
        elif asked.command == "check":
            must_have_programs()
        else:
            run_until_interrupted(cluster)
    except (DatabaseError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
