"""What was dropped by mistake comes back: a base backup, and the changes archived since, up to a moment."""

import os
import shutil
import tempfile
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from mesoclinic.database import Cluster
from tests.waiting import until


def asked(cluster, sql):
    made = psycopg2.connect(cluster.url)
    made.autocommit = True
    try:
        with made.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        made.close()


def settings_of_the_clinic(archive):
    """The lines of deploy/postgresql that archive, with this archive's folder."""
    text = (settings.BASE_DIR / "deploy/postgresql/mesoclinic.conf").read_text()
    lines = [line for line in text.splitlines() if line.startswith(("wal_level", "archive_"))]
    assert len(lines) == 4
    return "\n".join(lines).replace("/var/backups/mesoclinic-wal", str(archive)) + "\n"


@pytest.fixture
def folder():
    made = Path(tempfile.mkdtemp(prefix="clinic-wal-", dir="/var/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.mark.fault("F48")
@pytest.mark.faults
def test_f48_a_table_dropped_by_mistake_is_there_again_as_it_was_a_moment_before(folder):
    kept, recovered = Cluster(data=folder / "data"), Cluster(data=folder / "recovered")
    archive = folder / "archive"
    try:
        kept.start()
        archive.mkdir()
        os.chown(archive, kept.owner.pw_uid, kept.owner.pw_gid)
        with (kept.data / "postgresql.conf").open("a") as config:
            config.write(settings_of_the_clinic(archive))
        kept.stop()
        kept.start()
        os.chown(folder, kept.owner.pw_uid, kept.owner.pw_gid)
        kept._run_program(
            "pg_basebackup",
            "-h",
            kept.socket_dir,
            "-U",
            "postgres",
            "-D",
            recovered.data,
            "-c",
            "fast",
            "-X",
            "none",
        )
        kept._run_program("pg_verifybackup", "-n", recovered.data)
        asked(kept, "CREATE TABLE written AS SELECT 'after the base backup' AS words")
        moment = asked(kept, "SELECT clock_timestamp()")
        asked(kept, "DROP TABLE written")
        segment = asked(kept, "SELECT pg_walfile_name(pg_switch_wal())")
        until((archive / segment).exists, "the last changes are archived")
        kept.stop()

        (recovered.data / "recovery.signal").touch()
        os.chown(recovered.data / "recovery.signal", kept.owner.pw_uid, kept.owner.pw_gid)
        with (recovered.data / "postgresql.auto.conf").open("a") as config:
            config.write(
                f"restore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{moment.isoformat()}'\n"
                "recovery_target_action = 'promote'\narchive_mode = off\n"
            )
        recovered.start()

        assert asked(recovered, "SELECT words FROM written") == "after the base backup"
    finally:
        kept.stop()
        recovered.stop()
