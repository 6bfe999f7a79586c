"""What becomes of the files of pictures: prepared in the background, copied for a purpose, swept when nobody's."""

import hashlib
import logging
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_tasks import task

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.images import CleanImage, ImageRefused, clean_master_and_thumbnail
from mesoclinic.core.locking import lock_row
from treatments.conditions.models import Photograph, PhotoRelease
from treatments.conditions.models.photographs import photograph_storage
from treatments.conditions.queries.photographs import (
    has_record_consent,
    id_who_withdrew_record_consent_or_none,
    patient_ids_with_record_consent,
)
from treatments.conditions.rules.photographs import PURPOSES, PhotoStatus

logger = logging.getLogger(__name__)

#: A file without a row may belong to an upload that is still being written.
_SWEPT_AFTER = timedelta(hours=1)


@task
def prepare_photograph(photograph_id: int) -> str:
    """Make our own picture of what was sent. Running it twice, or twice at once, makes it once."""
    return prepare_received_photograph(photograph_id)


def prepare_received_photograph(photograph_id: int) -> str:
    """Its :class:`PhotoStatus` afterwards; "" where there is no such picture.

    What was sent is deleted once the row says ready or refused; a ready one stays where the organisation keeps originals.
    """
    storage = photograph_storage()
    picture = Photograph.objects.filter(pk=photograph_id).first()
    if picture is None:
        return ""
    if picture.status != PhotoStatus.RECEIVED:
        return picture.status
    with storage.open(str(picture.incoming)) as sent:
        content = sent.read()
    try:
        clean = clean_master_and_thumbnail(content)
    except ImageRefused as refused:
        return _mark_refused(picture.pk, str(refused))
    return _save_files_and_mark_ready(picture, clean, storage)


@transaction.atomic
def _mark_refused(pk: int, why: str) -> str:
    picture = Photograph.objects.select_for_update().get(pk=pk)
    if picture.status == PhotoStatus.RECEIVED:
        Photograph.objects.filter(pk=pk).update(
            status=PhotoStatus.REFUSED.value, refused_because=why[:200], incoming=""
        )
        _delete_after_commit(picture.incoming.name)
    return PhotoStatus.REFUSED.value


def _save_files_and_mark_ready(picture: Photograph, clean: CleanImage, storage: Storage) -> str:
    """Both files are there before the row names them; if the row is not written, they go."""
    run = uuid.uuid4().hex[:8]
    names: list[str] = []
    try:
        for kind, content in (("master", clean.master), ("thumbnail", clean.thumbnail)):
            # Named before it is written: a full disk keeps half a file.
            names.append(f"{picture.key.hex}/{kind}-{run}.jpg")
            names[-1] = storage.save(names[-1], ContentFile(content))
        with transaction.atomic():
            found = Photograph.objects.select_for_update().get(pk=picture.pk)
            is_mine = found.status == PhotoStatus.RECEIVED
            if is_mine:
                Photograph.objects.filter(pk=picture.pk).update(
                    status=PhotoStatus.READY.value,
                    master=names[0],
                    thumbnail=names[1],
                    incoming=found.incoming.name if settings.PHOTOGRAPHS_KEEP_ORIGINAL else "",
                    width=clean.width,
                    height=clean.height,
                    sha256=hashlib.sha256(clean.master).hexdigest(),
                    sharpness=clean.quality.sharpness,
                    is_soft=clean.quality.is_soft,
                    clipped=clean.quality.clipped,
                )
                if not settings.PHOTOGRAPHS_KEEP_ORIGINAL:
                    _delete_after_commit(found.incoming.name)
    except BaseException:
        _delete_files(names)
        raise
    if not is_mine:
        _delete_files(names)
        return found.status
    return PhotoStatus.READY.value


def _delete_after_commit(name: str | None) -> None:
    if name:
        transaction.on_commit(lambda: _delete_files([name]))


def _delete_files(names: list[str]) -> None:
    """A file that cannot be deleted now is nobody's: the sweeper takes it."""
    for name in names:
        try:
            photograph_storage().delete(name)
        except OSError:
            logger.exception("photographs: a file was not deleted")


def release_photograph(*, photograph: Photograph, purpose: str, agreed_by: str, by: User) -> PhotoRelease:
    """Give one picture out for one purpose, which the patient agreed to just now. Makes a copy of its own."""
    refuse_unless_allowed(by, Permission.TAKE_PHOTOGRAPHS)
    patient = photograph.photo_set.patient_id
    if purpose not in dict(PURPOSES):
        raise Refused.because("Choose what the picture is used for.", code="purpose", where="purpose")
    if not agreed_by.strip():
        raise Refused.because("Type the name of who agrees.", code="name", where="agreed_by")
    if photograph.status != PhotoStatus.READY or not has_record_consent(patient):
        raise Refused.because("This picture cannot be used.", code="not-ready")
    storage = photograph_storage()
    with storage.open(str(photograph.master)) as master:
        copy = storage.save(
            f"{photograph.key.hex}/copy-{uuid.uuid4().hex[:8]}.jpg", ContentFile(master.read())
        )
    try:
        with transaction.atomic():
            lock_row(Photograph, photograph.pk)
            if photograph.releases.filter(purpose=purpose, withdrawn_at=None).exists():
                raise Refused.because("It is already given out for this.", code="twice", where="purpose")
            release = PhotoRelease.objects.create(
                photograph=photograph,
                purpose=purpose,
                agreed_by=agreed_by.strip(),
                copy=copy,
                given_by=by,
            )
            audit.record(
                by=by, did="photograph.released", about=photograph, patient_id=patient, purpose=purpose
            )
    except BaseException:
        storage.delete(copy)
        raise
    return release


@transaction.atomic
def withdraw_release(*, release: PhotoRelease, by: User) -> None:
    """The consent is taken back: the copy is gone when this commits."""
    refuse_unless_allowed(by, Permission.TAKE_PHOTOGRAPHS)
    found = PhotoRelease.objects.select_for_update().get(pk=release.pk)
    if found.withdrawn_at is not None:
        raise Refused.because("This was already withdrawn.", code="withdrawn")
    PhotoRelease.objects.filter(pk=found.pk).update(withdrawn_at=timezone.now(), withdrawn_by=by, copy="")
    _delete_after_commit(found.copy.name)
    audit.record(
        by=by,
        did="photograph.release_withdrawn",
        about=release.photograph,
        patient_id=release.photograph.photo_set.patient_id,
        purpose=found.purpose,
    )


@dataclass(frozen=True, slots=True)
class Swept:
    """``missing``: rows whose file is gone, which nobody here can bring back; the log names them."""

    deleted: int
    missing: int
    again: int


def sweep_photograph_files() -> Swept:
    """Files that no row names are deleted, rows without their file are logged, pictures still waiting are prepared.

    Copies of patients who took the consent for the record back are withdrawn with it.
    """
    _withdraw_copies_without_record_consent()
    storage = photograph_storage()
    named = _file_names_in_all_rows()
    before = timezone.now() - _SWEPT_AFTER
    there, deleted = set(), 0
    for name in _files_in(storage, ""):
        there.add(name)
        if name not in named and storage.get_modified_time(name) < before and not _is_file_named_in_row(name):
            storage.delete(name)
            deleted += 1
    missing = sorted(
        name for name in named - there if not storage.exists(name) and _is_file_named_in_row(name)
    )
    for name in missing:
        logger.error("photographs: the file of a row is missing: %s", name)
    waiting = Photograph.objects.filter(status=PhotoStatus.RECEIVED.value, taken_at__lt=before)
    again = list(waiting.values_list("pk", flat=True))
    for pk in again:
        prepare_photograph.enqueue(pk)
    return Swept(deleted, len(missing), len(again))


def _withdraw_copies_without_record_consent() -> None:
    """In the name of who withdrew the consent for the record: with it they withdrew these."""
    patient_path = "photograph__photo_set__patient"
    person = Coalesce(f"{patient_path}__merged_into", patient_path)
    standing = (
        PhotoRelease.objects.filter(withdrawn_at=None)
        .annotate(person=person)
        .exclude(person__in=patient_ids_with_record_consent())
    )
    for release in standing.select_related("photograph__photo_set"):
        patient = release.photograph.photo_set.patient_id
        with transaction.atomic():
            withdrawn = PhotoRelease.objects.filter(pk=release.pk, withdrawn_at=None).update(
                withdrawn_at=timezone.now(),
                withdrawn_by=id_who_withdrew_record_consent_or_none(patient) or release.given_by_id,
                copy="",
            )
            if not withdrawn:
                continue
            _delete_after_commit(release.copy.name)
            audit.record(
                by=None,
                did="photograph.release_withdrawn",
                about=release.photograph,
                patient_id=patient,
                purpose=release.purpose,
                because="consent-for-the-record-withdrawn",
            )


def _file_names_in_all_rows() -> set[str]:
    names: set[str] = set()
    for row in Photograph.objects.values_list("incoming", "master", "thumbnail"):
        names.update(name for name in row if name)
    names.update(PhotoRelease.objects.exclude(copy="").values_list("copy", flat=True))
    return names


def _is_file_named_in_row(name: str) -> bool:
    """Asked again of one name: it may have been written while the folders were read."""
    named = Q(incoming=name) | Q(master=name) | Q(thumbnail=name)
    return Photograph.objects.filter(named).exists() or PhotoRelease.objects.filter(copy=name).exists()


def _files_in(storage: Storage, folder: str) -> list[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:  # before the first picture
        return []
    found = [f"{folder}/{file}" if folder else file for file in files]
    for inner in folders:
        found += _files_in(storage, f"{folder}/{inner}" if folder else inner)
    return found
