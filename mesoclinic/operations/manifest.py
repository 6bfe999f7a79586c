"""What a backup says of itself: what is in it, how many rows each table has, and their sums."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings

NAME = "manifest.json"
#: Of this page's form; another number is another program's.
FORMAT = 1


class BackupRefused(Exception):
    """The backup is not to be used, or its place is not empty; nothing was touched."""


@dataclass(frozen=True)
class Part:
    """One file of the backup, as it is stored."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class TableSum:
    """How many rows, and the sum of their hashes: equal only where every row is."""

    rows: int
    hashes: str


@dataclass(frozen=True)
class Photos:
    """Of all photographs together: a hash over every path and every file's own hash."""

    files: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    made_at: str
    version: str
    migrations: list[str]
    tables: dict[str, TableSum]
    photos: Photos
    parts: list[Part]
    #: Fingerprints of the keys; without these very keys no second factor and no signed link works.
    keys: dict[str, str]
    #: Where the settings file and the keys are: "in this backup", or the place that the operator named.
    settings_file: str = ""
    format: int = FORMAT
    notes: list[str] = field(default_factory=list)

    @property
    def made(self) -> datetime:
        return datetime.fromisoformat(self.made_at)

    def text(self) -> str:
        """As it is written into the backup."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the backup in ``folder``. Raises BackupRefused where it is not whole."""
    try:
        said = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BackupRefused(
            f"{folder} has no {NAME}: it is no backup, or one that was not finished."
        ) from None
    except (OSError, ValueError) as error:
        raise BackupRefused(f"{folder / NAME} cannot be read: {error}") from None
    if not isinstance(said, Mapping) or said.get("format") != FORMAT:
        raise BackupRefused(f"{folder} is of another format than this program reads.")
    try:
        return Manifest(
            **{
                **said,
                "tables": {name: TableSum(**table) for name, table in said["tables"].items()},
                "photos": Photos(**said["photos"]),
                "parts": [Part(**part) for part in said["parts"]],
            }
        )
    except (KeyError, TypeError) as error:
        raise BackupRefused(f"{folder / NAME} is cut short or was edited: {error}") from None


def key_fingerprints() -> dict[str, str]:
    """Enough to tell whether two machines have the same keys, and too little to find them."""
    keys = {"SECRET_KEY": settings.SECRET_KEY, "MFA_SECRET_KEY": settings.MFA_SECRET_KEY}
    return {
        name: hashlib.sha256(f"mesoclinic {name} {key}".encode()).hexdigest()[:16]
        for name, key in keys.items()
    }


def photo_count_and_hash_in(folder: Path | None) -> Photos:
    """What stands in the photographs' folder now."""
    if folder is None or not folder.is_dir():
        return Photos(0, "")
    whole = hashlib.sha256()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        with path.open("rb") as handle:
            own = hashlib.file_digest(handle, "sha256").hexdigest()
        whole.update(f"{path.relative_to(folder).as_posix()} {own}\n".encode())
    return Photos(len(files), whole.hexdigest())


def photo_folder_or_none() -> Path | None:
    """Where photographs are kept; None where none are kept in files of this machine."""
    return Path(settings.MEDIA_ROOT) if settings.MEDIA_ROOT else None
