"""A backup: the database, the photographs and the settings, sealed, in one folder that is whole or not there."""

import hashlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from mesoclinic.core.version import version
from mesoclinic.operations import postgres
from mesoclinic.operations.encryption import Sealing, readable_pipe
from mesoclinic.operations.manifest import (
    NAME,
    BackupRefused,
    Manifest,
    Part,
    key_fingerprints,
    photo_count_and_hash_in,
    photo_folder_or_none,
    read_manifest,
)
from mesoclinic.operations.models import BackupRun

PREFIX = "mesoclinic-"
DATABASE, PHOTOS, SETTINGS = "database.dump", "photos.tar", "settings.env"
#: One that was not finished is left by a run that was killed.
UNFINISHED_IS_REMOVED_AFTER = timedelta(days=1)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    folder: Path
    manifest: Manifest

    @property
    def size(self) -> int:
        return sum(part.size for part in self.manifest.parts)


class _Counted:
    """A file that counts and hashes what is written into it, and says how far it is."""

    def __init__(self, file: IO[bytes], name: str, say: Say) -> None:
        self.file, self.name, self.say = file, name, say
        self.size, self.said = 0, 0
        self.hash = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Called by whoever copies into it."""
        self.hash.update(data)
        self.size += len(data)
        if self.size - self.said > 64 * 1024 * 1024:
            self.said = self.size
            self.say(f"  {self.name}: {self.size // 2**20} MB")
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()


def make_backup(
    to: Path, *, sealing: Sealing, now: datetime, say: Say, settings_file: Path | None = None
) -> Made:
    """Write a backup into a new folder of ``to``. Whatever fails leaves no folder that looks whole."""
    if settings_file is not None and not sealing.suffix:
        raise BackupRefused("The settings file holds the keys: it is put only into a sealed backup.")
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = to / f"{PREFIX}{now:%Y%m%dT%H%M%SZ}"
    partial = folder.with_name(f"{folder.name}.partial")
    partial.mkdir(mode=0o700)
    parts = []
    with postgres.cursor_of_one_snapshot() as (cursor, moment):
        say("Counting the rows of every table")
        tables, migrations = postgres.count_and_hash_by_table(cursor), postgres.migrations_applied(cursor)
        say(f"Writing the database: {len(tables)} tables, {sum(t.rows for t in tables.values())} rows")
        parts.append(_write_part(partial, DATABASE, sealing, say, lambda out: _dump(moment, out)))
    photo_folder = photo_folder_or_none()
    photos = photo_count_and_hash_in(photo_folder)
    if photo_folder is not None and photos.files:
        # After the database: every photograph that it knows of is in its folder by now.
        say(f"Writing {photos.files} photographs")
        parts.append(_write_part(partial, PHOTOS, sealing, say, lambda out: _tar(photo_folder, out)))
    if settings_file is not None:
        parts.append(
            _write_part(partial, SETTINGS, sealing, say, lambda out: out.write(settings_file.read_bytes()))
        )
    manifest = Manifest(
        made_at=now.isoformat(),
        version=version(),
        migrations=migrations,
        tables=tables,
        photos=photos,
        parts=parts,
        keys=key_fingerprints(),
        settings_file="in this backup" if settings_file else "",
    )
    _write_and_sync(partial / NAME, manifest.text().encode())
    partial.rename(folder)
    _sync_folder(to)
    return Made(folder, manifest)


def _write_part(folder: Path, name: str, sealing: Sealing, say: Say, write) -> Part:  # type: ignore[no-untyped-def]
    stored = name + sealing.suffix
    with (folder / stored).open("wb") as file:
        counted = _Counted(file, name, say)
        with readable_pipe(write) as source:
            sealing.copy_sealed(source, counted)  # type: ignore[arg-type]  # it writes and flushes: no more is asked
        file.flush()
        os.fsync(file.fileno())
    return Part(stored, counted.size, counted.hash.hexdigest())


def _dump(moment: str, out: IO[bytes]) -> None:
    done = subprocess.run(
        [
            postgres.postgres_program_path("pg_dump"),
            "--format=custom",
            "--compress=1",
            f"--snapshot={moment}",
        ],
        env=postgres.environment(),
        stdout=out,
        stderr=subprocess.PIPE,
    )
    if done.returncode:
        raise BackupRefused(f"pg_dump: {done.stderr.decode(errors='replace').strip()}")


def _tar(folder: Path, out: IO[bytes]) -> None:
    with tarfile.open(fileobj=out, mode="w|") as tar:
        tar.add(folder, arcname=".")


def _write_and_sync(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# Rotation.


def whole_backups_in(folder: Path) -> list[Path]:
    """The whole backups there, oldest first."""
    found = [path for path in folder.glob(f"{PREFIX}*") if path.is_dir() and (path / NAME).exists()]
    return sorted(path for path in found if not path.name.endswith(".partial"))


def delete_old_backups(folder: Path, *, keep: int, now: datetime) -> list[str]:
    """Keep the newest ``keep`` and the one that was last verified; the names of what went."""
    if keep < 1:
        raise BackupRefused("Keep at least one backup.")
    verified = last_good_verification_or_none()
    gone = [
        path for path in whole_backups_in(folder)[:-keep] if verified is None or path.name != verified.name
    ]
    for path in folder.glob(f"{PREFIX}*.partial"):
        if now.timestamp() - path.stat().st_mtime > UNFINISHED_IS_REMOVED_AFTER.total_seconds():
            gone.append(path)
    for path in gone:
        shutil.rmtree(path)
    return [path.name for path in gone]


def newest_backup(folder: Path) -> Path:
    """The newest whole one. Raises BackupRefused where there is none."""
    found = whole_backups_in(folder)
    if not found:
        raise BackupRefused(f"{folder} holds no whole backup.")
    return found[-1]


# What is remembered of them.


def last_good_backup_or_none() -> BackupRun | None:
    return BackupRun.objects.filter(kind=BackupRun.Kind.BACKUP, is_good=True).first()


def last_good_verification_or_none() -> BackupRun | None:
    return BackupRun.objects.filter(kind=BackupRun.Kind.VERIFICATION, is_good=True).first()


def read_size(folder: Path) -> int:
    """How large the backup is as it is stored."""
    return sum(part.size for part in read_manifest(folder).parts)
