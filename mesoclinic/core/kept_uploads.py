"""An upload that waits between the page that shows what it would do and the press that does it.

Private to its author, one of a kind at a time: another upload in another tab takes its place, and its ``stamp``
tells the two apart.
"""

import base64
import binascii
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from mesoclinic.core.models import Autosave

#: A longer file name keeps its end.
_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class KeptUpload:
    """``content`` is what JSON keeps of it."""

    stamp: str
    content: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file kept as it was sent."""

    stamp: str
    name: str
    data: bytes


def keep_upload(*, owner: AbstractBaseUser, kind: str, url: str, content: Mapping[str, object]) -> None:
    """Keep ``content`` until it is written or given up; ``url`` is the page that shows it."""
    upload = {**content, "stamp": uuid.uuid4().hex}
    Autosave.objects.update_or_create(
        owner_id=owner.pk,
        kind=kind,
        subject=kind,
        defaults={"fields": {"upload": upload}, "url": url, "saved_at": timezone.now()},
    )


def kept_upload_or_none(*, owner: AbstractBaseUser, kind: str) -> KeptUpload | None:
    """What waits; None where nothing does."""
    autosave = Autosave.objects.of(user=owner, kind=kind, subject=kind).first()
    upload = autosave.fields.get("upload") if autosave else None
    # What a form's autosave keeps is lists of strings; that is none of ours.
    return KeptUpload(upload["stamp"], upload) if isinstance(upload, dict) else None


def delete_kept_upload(*, owner: AbstractBaseUser, kind: str) -> None:
    """It is written, or given up."""
    Autosave.objects.of(user=owner, kind=kind, subject=kind).delete()


def keep_file(*, owner: AbstractBaseUser, kind: str, url: str, name: str, data: bytes) -> None:
    content = {"file": name[-_NAME_LENGTH:], "data": base64.b64encode(data).decode()}
    keep_upload(owner=owner, kind=kind, url=url, content=content)


def kept_file_or_none(*, owner: AbstractBaseUser, kind: str) -> KeptFile | None:
    upload = kept_upload_or_none(owner=owner, kind=kind)
    if upload is None:
        return None
    try:
        data = base64.b64decode(str(upload.content["data"]))
    except (binascii.Error, ValueError):
        data = b""  # read like an empty file, and said so
    return KeptFile(upload.stamp, str(upload.content["file"]), data)
