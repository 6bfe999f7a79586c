"""A backup is sealed, comes back row by row, and stops before anything is touched where it is not whole."""

import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pyrage
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from mesoclinic.operations import postgres, restores
from mesoclinic.operations.backups import PREFIX, delete_old_backups, whole_backups_in
from mesoclinic.operations.encryption import SealError, Sealing, copy_unsealed
from mesoclinic.operations.manifest import BackupRefused, Photos, photo_count_and_hash_in, read_manifest
from mesoclinic.operations.models import BackupRun
from tests.mesoclinic.operations.own_server import PASSWORD

pytestmark = pytest.mark.django_db


def ignore(line):
    pass


@pytest.fixture(scope="session")
def identity(own_folder):
    made = pyrage.x25519.Identity.generate()
    path = own_folder / "identity.txt"
    path.write_text(f"# created: today\n# public key: {made.to_public()}\n{made}\n")
    return path


@pytest.fixture(scope="session")
def own_backup(own_server_running, own_folder, identity):
    """A sealed backup of the own server, with two photographs and the settings file."""
    photos = own_folder / "photos"
    (photos / "ab").mkdir(parents=True)
    (photos / "ab" / "one.jpg").write_bytes(b"made up" * 1000)
    (photos / "two.jpg").write_bytes(b"also made up")
    settings_file = own_folder / "mesoclinic.env"
    settings_file.write_text("SECRET_KEY=canary-of-the-key\n")
    recipient = re.search(r"age1\w+", identity.read_text())[0]
    done = own_server_running.manage(
        *("backup", "--to", str(own_folder / "backups"), "--recipient", recipient),
        *("--settings-file", str(settings_file)),
        MEDIA_ROOT=str(photos),
    )
    assert "Writing 2 photographs" in done.stdout
    [folder] = whole_backups_in(own_folder / "backups")
    return folder


@pytest.fixture
def copied(own_backup, tmp_path):
    return Path(shutil.copytree(own_backup, tmp_path / own_backup.name))


def checked(folder, **more):
    return restores.read_verified_manifest_or_refuse(
        folder, now=more.pop("now", timezone.now()), may_be_old=more.pop("may_be_old", False), say=ignore
    )


# --- made --------------------------------------------------------------------


def test_a_sealed_backup_shows_nothing_but_counts(own_backup):
    names = sorted(path.name for path in own_backup.iterdir())
    everything = b"".join(path.read_bytes() for path in own_backup.iterdir())

    assert names == ["database.dump.age", "manifest.json", "photos.tar.age", "settings.env.age"]
    assert b"canary-of-the-key" not in everything
    assert b"made up" not in everything
    assert b"made-up clinic" not in everything
    manifest = read_manifest(own_backup)
    assert manifest.tables["accounts_user"].rows == 1
    assert manifest.photos.files == 2
    assert own_backup.stat().st_mode & 0o077 == 0


@pytest.mark.fault("F48")
def test_f48_a_backup_is_verified_by_restoring_it_and_the_server_remembers(
    own_server_running, own_backup, identity
):
    done = own_server_running.manage("verify_backup", str(own_backup.parent), "--identity", str(identity))

    said = done.stdout
    assert re.search(r"\d+ tables with \d+ rows are as they were", said)
    for sentence in (
        "2 photographs are as they were",
        "audit log is one chain",
        "Somebody can sign in",
        "is good",
    ):
        assert sentence in said
    rows = own_server_running.sql("SELECT kind, name, is_good FROM operations_backuprun ORDER BY id")
    assert ("verification", own_backup.name, True) in rows
    assert ("backup", own_backup.name, True) in rows


def test_the_keys_are_put_only_into_a_sealed_backup_and_an_unsealed_one_is_asked_for(tmp_path):
    with pytest.raises(CommandError, match="Say who may open it"):
        call_command("backup", to=tmp_path, stdout=io.StringIO())
    with pytest.raises(CommandError, match="only into a sealed backup"):
        call_command(
            "backup", to=tmp_path, plain=True, settings_file=Path("/etc/hostname"), stdout=io.StringIO()
        )

    assert list(tmp_path.iterdir()) == []
    assert BackupRun.objects.get().is_good is False


# --- not whole ---------------------------------------------------------------


def test_f49_a_whole_backup_passes_the_check(copied):
    assert checked(copied).version


@pytest.mark.fault("F49")
def test_f49_a_backup_that_is_cut_short_is_refused(copied):
    part = copied / "database.dump.age"
    part.write_bytes(part.read_bytes()[:-100])

    with pytest.raises(BackupRefused, match=r"cut short: \d+ of \d+ bytes"):
        checked(copied)


@pytest.mark.fault("F49")
def test_f49_a_backup_with_one_changed_byte_is_refused(copied):
    part = copied / "database.dump.age"
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data)

    with pytest.raises(BackupRefused, match="not as it was written"):
        checked(copied)


@pytest.mark.fault("F49")
def test_f49_a_backup_that_was_not_finished_is_refused(copied):
    (copied / "manifest.json").unlink()
    with pytest.raises(BackupRefused, match="not finished"):
        checked(copied)
    (copied / "manifest.json").write_text('{"format": 1, "made_at"')
    with pytest.raises(BackupRefused, match="cannot be read"):
        checked(copied)


@pytest.mark.fault("F49")
def test_f49_an_old_backup_is_refused_unless_it_is_asked_for(copied):
    later = timezone.now() + timedelta(days=8)

    with pytest.raises(BackupRefused, match="8 days old"):
        checked(copied, now=later)
    assert checked(copied, now=later, may_be_old=True)


@pytest.mark.fault("F51")
def test_f51_a_backup_of_a_newer_version_is_refused(copied):
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["migrations"].append("core.9999_of_tomorrow")
    (copied / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(BackupRefused, match="newer version"):
        checked(copied)


@pytest.mark.fault("F49")
def test_a_part_that_is_missing_is_named(copied):
    (copied / "photos.tar.age").unlink()

    with pytest.raises(BackupRefused, match="photos.tar.age is missing"):
        checked(copied)


# --- restored ----------------------------------------------------------------


@pytest.mark.fault("F48")
def test_nothing_is_restored_over_something(own_backup, identity):
    with pytest.raises(CommandError, match="restore only into an empty one"):
        call_command("restore", str(own_backup), identity=identity, stdout=io.StringIO())


def test_photographs_are_not_restored_over_others(tmp_path, settings, monkeypatch):
    (tmp_path / "one.jpg").write_bytes(b"there already")
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr(postgres, "table_names", lambda cursor: [])

    with pytest.raises(BackupRefused, match="holds photographs"):
        restores.refuse_unless_empty()


@pytest.mark.faults
def test_with_another_key_nothing_is_restored(own_server_running, own_backup, own_folder):
    other = own_folder / "other.txt"
    other.write_text(str(pyrage.x25519.Identity.generate()))
    own_server_running.sql("CREATE DATABASE empty_place", database="postgres")
    url = own_server_running.cluster.url.replace("/mesoclinic?", "/empty_place?")

    done = own_server_running.manage(
        *("restore", str(own_backup), "--identity", str(other)), check=False, DATABASE_URL=url
    )

    assert done.returncode == 1
    assert "does not open" in done.stderr or "Nothing was restored" in done.stderr
    tables = own_server_running.sql(
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database="empty_place"
    )
    assert tables == [(0,)]


def test_a_row_that_differs_is_seen(own_backup, clinic):
    with postgres.cursor_of_one_snapshot() as (cursor, _):
        here = postgres.count_and_hash_by_table(cursor)
    manifest = replace(read_manifest(own_backup), tables=here, photos=Photos(0, ""))
    restores.refuse_unless_as_in_manifest(manifest, say=ignore)

    other = here | {"accounts_user": replace(here["accounts_user"], hashes="1")}
    with pytest.raises(BackupRefused, match="accounts_user"):
        restores.refuse_unless_as_in_manifest(replace(manifest, tables=other), say=ignore)


def test_the_sum_of_a_table_sees_one_letter_and_not_the_order():
    with postgres.cursor_of_one_snapshot() as (cursor, _):
        cursor.execute("SELECT DISTINCT setting FROM pg_settings WHERE name = 'TimeZone'")
        assert cursor.fetchone() == ("UTC",)
    made = psycopg2.connect(
        **{
            k: v
            for k, v in connection.get_connection_params().items()
            if k not in ("cursor_factory", "context")
        }
    )
    with made, made.cursor() as cursor:
        sums = []
        for rows in ("('a', 1), ('b', 2)", "('b', 2), ('a', 1)", "('b', 2), ('A', 1)"):
            cursor.execute(f"SELECT sum(hashtextextended(t::text, 0)::numeric) FROM (VALUES {rows}) AS t")
            sums.append(cursor.fetchone()[0])
    made.close()

    assert sums[0] == sums[1] != sums[2]


@pytest.mark.fault("F48")
def test_proving_signs_somebody_in_and_leaves_nothing_behind(admin):
    admin.set_password(PASSWORD)
    admin.save()
    said = []

    restores.refuse_unless_restored_is_usable(said.append)

    admin.refresh_from_db()
    assert admin.check_password(PASSWORD)
    assert said == ["The audit log is one chain.", "Somebody can sign in."]


def test_proving_says_when_nobody_could_sign_in(db):
    with pytest.raises(BackupRefused, match="nobody who could sign in"):
        restores.refuse_unless_restored_is_usable(ignore)


# --- rotation and sealing ----------------------------------------------------


def made_up_backup(folder, day):
    path = folder / f"{PREFIX}202611{day:02}T020000Z"
    path.mkdir()
    (path / "manifest.json").write_text("{}")
    return path


def test_old_backups_go_and_the_last_verified_one_stays(tmp_path):
    made = [made_up_backup(tmp_path, day) for day in range(1, 8)]
    now = timezone.now()
    BackupRun.objects.create(kind="verification", name=made[1].name, began_at=now, ended_at=now, is_good=True)
    (tmp_path / f"{PREFIX}20261101T010000Z.partial").mkdir()

    gone = delete_old_backups(tmp_path, keep=3, now=datetime.now(UTC) + timedelta(days=2))

    assert [path.name for path in whole_backups_in(tmp_path)] == [
        made[1].name,
        *(path.name for path in made[4:]),
    ]
    assert len(gone) == 4
    with pytest.raises(BackupRefused):
        delete_old_backups(tmp_path, keep=0, now=now)


def test_what_age_seals_opens_with_its_key_and_with_no_other(tmp_path, identity):
    recipient = re.search(r"age1\w+", identity.read_text())[0]
    path = tmp_path / "part.age"
    with path.open("wb") as out:
        Sealing(age_recipients=(recipient,)).copy_sealed(io.BytesIO(b"words " * 50_000), out)
    other = tmp_path / "other.txt"
    other.write_text(str(pyrage.x25519.Identity.generate()))

    opened = io.BytesIO()
    copy_unsealed(path, opened, identity_file=identity)

    assert opened.getvalue() == b"words " * 50_000
    with pytest.raises(SealError, match="does not open"):
        copy_unsealed(path, io.BytesIO(), identity_file=other)
    with pytest.raises(SealError, match="--identity"):
        copy_unsealed(path, io.BytesIO(), identity_file=None)
    with pytest.raises(SealError, match="cannot seal"):
        Sealing(age_recipients=("age1nobody",)).copy_sealed(io.BytesIO(b""), io.BytesIO())


@pytest.mark.faults
@pytest.mark.skipif(shutil.which("gpg") is None, reason="no gpg here")
def test_what_gpg_seals_opens_again(tmp_path, monkeypatch):
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    subprocess.run(
        ["gpg", "--batch", "--passphrase", "", "--quick-gen-key", "backup@clinic.example", "rsa2048", "encr"],
        check=True,
        capture_output=True,
    )
    path = tmp_path / "part.gpg"
    with path.open("wb") as out:
        Sealing(gpg_recipients=("backup@clinic.example",)).copy_sealed(io.BytesIO(b"words " * 50_000), out)
    opened = io.BytesIO()
    copy_unsealed(path, opened, identity_file=None)
    subprocess.run(["gpgconf", "--kill", "all"], check=True)

    assert opened.getvalue() == b"words " * 50_000


def test_photographs_are_summed_by_path_and_content(tmp_path):
    (tmp_path / "one.jpg").write_bytes(b"one")
    first = photo_count_and_hash_in(tmp_path)
    (tmp_path / "one.jpg").write_bytes(b"two")

    assert first.files == 1
    assert photo_count_and_hash_in(tmp_path) != first
    assert photo_count_and_hash_in(None) == photo_count_and_hash_in(tmp_path / "nowhere") == Photos(0, "")
