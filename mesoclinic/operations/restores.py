"""A backup is read through before anything is touched, put into an empty place, and compared row by row."""

import hashlib
import secrets
import subprocess
import tarfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from mesoclinic.accounts.models import User
from mesoclinic.core.audit_heads import check_chain
from mesoclinic.operations import postgres
from mesoclinic.operations.backups import DATABASE, PHOTOS, Say
from mesoclinic.operations.encryption import copy_unsealed, readable_pipe
from mesoclinic.operations.health import migrations_of_the_code
from mesoclinic.operations.manifest import (
    BackupRefused,
    Manifest,
    key_fingerprints,
    photo_count_and_hash_in,
    photo_folder_or_none,
    read_manifest,
)

#: An older one is restored only by somebody who says so: what came after it would be lost without a word.
OLD_AFTER = timedelta(days=7)


def read_verified_manifest_or_refuse(folder: Path, *, now: datetime, may_be_old: bool, say: Say) -> Manifest:
    """Read every byte of the backup. Raises BackupRefused; touches nothing."""
    manifest = read_manifest(folder)
    for part in manifest.parts:
        path = folder / part.name
        if not path.is_file():
            raise BackupRefused(f"{part.name} is missing.")
        if (size := path.stat().st_size) != part.size:
            raise BackupRefused(f"{part.name} is cut short: {size} of {part.size} bytes.")
        say(f"Reading {part.name}")
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != part.sha256:
                raise BackupRefused(f"{part.name} is not as it was written.")
    if not any(part.name.startswith(DATABASE) for part in manifest.parts):
        raise BackupRefused("There is no database in this backup.")
    age = now - manifest.made
    if age > OLD_AFTER and not may_be_old:
        raise BackupRefused(
            f"This backup is {age.days} days old, of {manifest.made:%d %b %Y}. Take a newer one, or say --old."
        )
    code = {f"{app}.{name}" for app, name in migrations_of_the_code()}
    apps = {name.split(".")[0] for name in code}
    if unknown := [name for name in manifest.migrations if name not in code and name.split(".")[0] in apps]:
        raise BackupRefused(
            f"The backup is of a newer version ({manifest.version}): {unknown[0]} is not in this one."
        )
    return manifest


def refuse_unless_empty() -> None:
    """Only into an empty database and an empty folder of photographs."""
    with connection.cursor() as cursor:
        if names := postgres.table_names(cursor):
            raise BackupRefused(
                f"The database {connection.settings_dict['NAME']} has {len(names)} tables: restore only into an empty one."
            )
    folder = photo_folder_or_none()
    if folder is not None and folder.is_dir() and any(folder.iterdir()):
        raise BackupRefused(f"{folder} holds photographs: restore only into an empty folder.")


def restore_backup(folder: Path, manifest: Manifest, *, identity_file: Path | None, say: Say) -> None:
    """Put it into the empty place, all of the database or nothing, and compare what is there with the manifest."""
    for part in manifest.parts:
        path = folder / part.name
        if part.name.startswith(DATABASE):
            say("Restoring the database")
            _stream_unsealed_part(path, identity_file, _restore_database)
        elif part.name.startswith(PHOTOS):
            say("Restoring the photographs")
            _stream_unsealed_part(path, identity_file, _extract_photos)
    refuse_unless_as_in_manifest(manifest, say=say)


def _stream_unsealed_part(path: Path, identity_file: Path | None, take: Callable[[IO[bytes]], None]) -> None:
    with readable_pipe(lambda out: copy_unsealed(path, out, identity_file=identity_file)) as source:
        take(source)


def _restore_database(source: IO[bytes]) -> None:
    environment = postgres.environment()
    done = subprocess.run(
        [
            *(postgres.postgres_program_path("pg_restore"), "--dbname", environment["PGDATABASE"]),
            *("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"),
        ],
        env=environment,
        stdin=source,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if done.returncode:
        raise BackupRefused(
            f"Nothing was restored. pg_restore: {done.stderr.decode(errors='replace').strip()[-300:]}"
        )
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _extract_photos(source: IO[bytes]) -> None:
    folder = photo_folder_or_none()
    if folder is None:
        raise BackupRefused("The backup holds photographs: name their folder in MEDIA_ROOT.")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=source, mode="r|") as tar:
        tar.extractall(folder, filter="data")


def refuse_unless_as_in_manifest(manifest: Manifest, *, say: Say) -> None:
    """Every table has the rows that the manifest counted, every photograph is whole. Raises BackupRefused."""
    with postgres.cursor_of_one_snapshot() as (cursor, _):
        found = postgres.count_and_hash_by_table(cursor)
    differ = sorted(
        name for name in manifest.tables.keys() | found.keys() if manifest.tables.get(name) != found.get(name)
    )
    if differ:
        raise BackupRefused(f"What was restored is not what was saved, in {', '.join(differ[:5])}.")
    say(f"{len(found)} tables with {sum(table.rows for table in found.values())} rows are as they were.")
    if photo_count_and_hash_in(photo_folder_or_none()) != manifest.photos:
        raise BackupRefused("The photographs are not as they were.")
    say(f"{manifest.photos.files} photographs are as they were.")


def settings_keys_unlike_backup(manifest: Manifest) -> list[str]:
    """The keys of the settings that are not those of the backup."""
    here = key_fingerprints()
    return [name for name, print_ in manifest.keys.items() if here.get(name) != print_]


def refuse_unless_restored_is_usable(say: Say) -> None:
    """The audit log is one chain, and somebody can sign in and open Today. Leaves nothing behind."""
    if broken := check_chain(since=None).broken:
        raise BackupRefused(f"The audit log is broken: {broken[0]}.")
    say("The audit log is one chain.")
    with transaction.atomic():
        _refuse_unless_sign_in_works()
        transaction.set_rollback(True)
    say("Somebody can sign in.")


def _refuse_unless_sign_in_works() -> None:
    user = User.objects.filter(is_active=True, memberships__isnull=False).order_by("pk").first()
    if user is None:
        raise BackupRefused("There is nobody who could sign in.")
    password = secrets.token_urlsafe(24)
    user.set_password(password)
    user.save(update_fields=["password"])
    host = settings.ALLOWED_HOSTS[0].lstrip(".")
    client = Client(SERVER_NAME="localhost" if host == "*" else host)
    answer = client.post(
        reverse("account_login"), {"login": user.username, "password": password}, secure=True
    )
    if answer.status_code != 302:
        raise BackupRefused(f"Signing in answers {answer.status_code}.")
    if "2fa" in answer["Location"]:
        return  # the password was taken; the second step is somebody's own
    if (status := client.get(reverse("today"), secure=True).status_code) != 200:
        raise BackupRefused(f"Today answers {status}.")
