"""The files of deploy/cluster/ are whole and understood by the programs they are for; what a pooler forbids is not used."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from mesoclinic import cluster
from mesoclinic.cluster import LocalCluster, must_have_programs, program_path_or_none
from mesoclinic.cluster_files import (
    NODES,
    Ports,
    haproxy_configuration,
    patroni_configuration,
    pgbouncer_configuration,
)
from mesoclinic.database import DatabaseError
from mesoclinic.operations.start import _SAFE

PORTS = Ports(21000)


@pytest.fixture
def local(tmp_path):
    return LocalCluster(folder=tmp_path, ports=PORTS)


def patroni(local, node="one"):
    text = patroni_configuration(node, PORTS, local.folder, local.postgresql, local.passwords)
    return yaml.safe_load(text)


def test_patroni_keeps_what_was_acknowledged_and_what_the_application_asks_for_before_it_starts(local):
    dcs = patroni(local)["bootstrap"]["dcs"]
    parameters = dcs["postgresql"]["parameters"]

    assert dcs["synchronous_mode"] is True
    assert {name: parameters[name] for name in _SAFE if name != "data_checksums"} == {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
    }
    assert "data-checksums" in patroni(local)["bootstrap"]["initdb"]
    # Patroni asks ttl >= loop_wait + 2 * retry_timeout, and half a minute has to be enough for a new primary.
    assert 20 <= dcs["ttl"] <= 25
    assert dcs["ttl"] >= dcs["loop_wait"] + 2 * dcs["retry_timeout"]


def test_no_node_logs_what_a_statement_holds(local):
    parameters = patroni(local)["bootstrap"]["dcs"]["postgresql"]["parameters"]
    alone = (settings.BASE_DIR / "deploy" / "postgresql" / "mesoclinic.conf").read_text()

    for name in re.findall(r"^(log_min_error\w+|log_error\w+|log_parameter\w+) = ", alone, re.M):
        assert f"{name} = {parameters[name]}\n" in alone


def test_three_nodes_are_three(local):
    nodes = [patroni(local, node) for node in NODES]

    assert len({node["postgresql"]["data_dir"] for node in nodes}) == 3
    assert (
        len({node["postgresql"]["listen"] for node in nodes} | {n["restapi"]["listen"] for n in nodes}) == 6
    )
    assert len(set(PORTS.every())) == len(PORTS.every())


@pytest.mark.skipif(program_path_or_none("haproxy") is None, reason="this machine has no haproxy")
def test_haproxy_understands_its_file(tmp_path):
    (tmp_path / "haproxy.cfg").write_text(haproxy_configuration(PORTS))

    done = subprocess.run(
        [program_path_or_none("haproxy"), "-c", "-f", tmp_path / "haproxy.cfg"],
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_haproxy_asks_patroni_who_the_primary_is_and_falls_back_to_it_for_figures():
    text = haproxy_configuration(PORTS)
    primary, replica = text.split("listen primary")[1].split("listen replica")

    assert "OPTIONS /primary" in primary
    assert primary.count(" check port ") == 3
    assert "backup" not in primary
    assert "OPTIONS /replica?lag=" in replica
    assert f"server primary 127.0.0.1:{PORTS.primary} backup" in replica


def test_pgbouncer_lends_a_connection_for_one_transaction_and_has_room_in_postgresql(local):
    text = pgbouncer_configuration(PORTS, local.folder)
    sizes = [
        int(size) for size in re.findall(r"pool_size = ?(\d+)|pool_size=(\d+)", text) for size in size if size
    ]
    most = patroni(local)["bootstrap"]["dcs"]["postgresql"]["parameters"]["max_connections"]

    assert "\npool_mode = transaction\n" in text
    # Two machines with a pooler each, and a third of all connections for everything else.
    assert 2 * sum(sizes) <= most * 2 / 3
    assert re.search(r"^ignore_startup_parameters =$", text, re.M)


def test_a_machine_without_the_programs_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(
        cluster, "program_path_or_none", lambda name: None if name == "etcd" else "/usr/bin/x"
    )

    with pytest.raises(DatabaseError, match="A cluster needs etcd, .* apt-get install etcd-server"):
        must_have_programs()


def test_behind_a_pooler_nothing_is_sent_at_the_start_and_no_cursor_outlives_its_transaction():
    said = (
        "from mesoclinic.settings import DATABASES as d; default = d['default'];"
        "print('options' in default['OPTIONS'], default['DISABLE_SERVER_SIDE_CURSORS'], d['replica']['PORT'])"
    )
    environment = {
        "PATH": "/usr/bin",
        "DEMO": "1",
        "DATABASE_URL": "postgres://a@127.0.0.1:6432/mesoclinic",
        "DATABASE_REPLICA_URL": "postgres://a@127.0.0.1:6433/mesoclinic_figures",
    }

    def run(limits):
        done = subprocess.run(
            [sys.executable, "-c", said],
            cwd=settings.BASE_DIR,
            env=environment | {"DATABASE_LIMITS": limits},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    assert run("none") == "False True 6433"
    assert run("page") == "True False 6433"


#: What lives longer than a transaction, and so would meet another's connection: by the words that make it.
_OUTLIVES = re.compile(
    r"pg_(try_)?advisory_lock|pg_advisory_unlock|\bPREPARE\b|\bLISTEN\b|CREATE TEMP|WITH HOLD"
    r"|\bSET (SESSION )?(?!LOCAL\b)[a-z_]+ ?(=|TO)\s*['0-9%{]|set_config\([^)]*false\)",
)
#: Commands of one's own session, which go straight to the primary (docs/scaling.md).
_OWN_SESSION = {
    "mesoclinic/core/concurrent_operations.py",
    "mesoclinic/management/commands/migrate.py",
    "mesoclinic/operations/postgres.py",
}


def test_nothing_the_application_says_to_the_database_outlives_its_transaction():
    found = set()
    for folder in ("mesoclinic", "patients", "treatments"):
        for path in Path(settings.BASE_DIR / folder).rglob("*"):
            if path.suffix in (".py", ".sql") and "migrations" not in path.parts:
                text = re.sub(r"UPDATE\s+\S+(\s+\w+)?\s+SET\b", "", path.read_text(encoding="utf-8"))
                if _OUTLIVES.search(re.sub(r"DO UPDATE\s+SET\b", "", text)):
                    found.add(path.relative_to(settings.BASE_DIR).as_posix())

    assert found == _OWN_SESSION
    assert _OUTLIVES.search("SET statement_timeout = 0")
    assert not _OUTLIVES.search("SET LOCAL statement_timeout = 0")


def test_make_and_the_page_name_the_packages():
    page = (settings.BASE_DIR / "docs" / "scaling.md").read_text()

    assert all(package in page for package in cluster.PROGRAMS.values())
