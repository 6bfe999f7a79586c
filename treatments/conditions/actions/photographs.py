"""Open a set, take a picture into it, leave a view out, pick between two, place landmarks."""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused, gate
from mesoclinic.core.images import upload_error_text
from mesoclinic.core.locking import lock_row
from patients.models import Patient
from treatments.conditions.actions.photograph_files import prepare_photograph
from treatments.conditions.models import (
    Assessment,
    Photograph,
    PhotoLandmarks,
    PhotoSet,
    PhotoView,
    SkippedView,
)
from treatments.conditions.models.photographs import photograph_storage
from treatments.conditions.queries.photographs import has_record_consent
from treatments.conditions.rules.photographs import (
    MISSING_REASONS,
    PhotoStatus,
    check_landmarks,
)


def refuse_without_record_consent(patient_pk: int) -> None:
    if not has_record_consent(patient_pk):
        raise Refused.because(
            "There is no consent to photographs for the record. Ask for it first; the session goes on without.",
            code="photo-consent",
        )


@transaction.atomic
def create_photo_set(
    *,
    patient: Patient,
    pattern: str,
    by: User,
    assessment: Assessment | None = None,
    session_number: int | None = None,
    is_last_session: bool = False,
    now: datetime | None = None,
) -> PhotoSet:
    """Begin the pictures of a visit."""
    refuse_unless_allowed(by, Permission.TAKE_PHOTOGRAPHS)
    opened = PhotoSet.objects.create(
        patient=patient,
        pattern=pattern,
        assessment=assessment,
        session_number=session_number,
        is_last_session=is_last_session,
        opened_by=by,
        **({} if now is None else {"opened_at": now}),
    )
    audit.record(by=by, did="photo_set.opened", about=opened, patient_id=patient.pk, pattern=pattern)
    return opened


def take_photograph(
    *,
    photo_set: PhotoSet,
    view: PhotoView,
    content: bytes,
    by: User,
    key: uuid.UUID | None = None,
    has_scale: bool = False,
    now: datetime | None = None,
) -> Photograph:
    """Keep what was sent and leave it to the background queue. Sent again with its ``key``, it is the same picture;
    another file from the same form (Back, and sent again) is another one.

    The file is written before its row: if the row cannot be, the file is deleted, and what a crash leaves behind
    the sweeper takes.
    """
    refuse_unless_allowed(by, Permission.TAKE_PHOTOGRAPHS)
    refuse_without_record_consent(photo_set.patient_id)
    if view.pattern != photo_set.pattern:
        raise Refused.because("This view belongs to another pattern.", code="view", where="view")
    if wrong := upload_error_text(content):
        raise Refused.because(wrong, code="image", where="file")
    key = uuid.uuid5(key or uuid.uuid4(), hashlib.sha256(content).hexdigest())
    known = Photograph.objects.filter(key=key, photo_set=photo_set, view=view).first()
    if known is not None:
        return known
    storage = photograph_storage()
    name = f"{key.hex}/incoming-{uuid.uuid4().hex[:8]}"
    try:
        name = storage.save(name, ContentFile(content))
        with transaction.atomic():
            picture, is_new = Photograph.objects.get_or_create(
                key=key,
                defaults={
                    "photo_set": photo_set,
                    "view": view,
                    "incoming": name,
                    "has_scale": has_scale,
                    "taken_by": by,
                    **({} if now is None else {"taken_at": now}),
                },
            )
            if is_new:
                audit.record(
                    by=by,
                    did="photograph.taken",
                    about=picture,
                    patient_id=photo_set.patient_id,
                    view=view.code,
                )
                prepare_photograph.enqueue(picture.pk)
    except BaseException:
        # Also what a full disk took half of.
        storage.delete(name)
        raise
    if not is_new:
        storage.delete(name)
        if picture.photo_set_id != photo_set.pk or picture.view_id != view.pk:
            raise Refused.because("This picture was sent for another view. Take it again.", code="key")
    return picture


@transaction.atomic
def skip_views(*, photo_set: PhotoSet, views: Sequence[PhotoView], reason: str, by: User) -> None:
    """Say why views are missing; the last reason counts."""
    refuse_unless_allowed(by, Permission.TAKE_PHOTOGRAPHS)
    if reason not in dict(MISSING_REASONS):
        raise Refused.because("Choose why it is missing.", code="reason", where="reason")
    if not views:
        raise Refused.because("No view is missing.", code="nothing")
    SkippedView.objects.bulk_create(
        [SkippedView(photo_set=photo_set, view=view, reason=reason, by=by) for view in views]
    )
    audit.record(
        by=by,
        did="photo_views.skipped",
        about=photo_set,
        patient_id=photo_set.patient_id,
        views=[view.code for view in views],
        reason=reason,
    )


@transaction.atomic
def save_how_taken(
    *,
    photo_set: PhotoSet,
    by: User,
    wetness: str,
    has_product: bool | None,
    washed_days: int | None,
    hair_length_cm: Decimal | None,
    hair_colour: str,
    light: str,
) -> None:
    """How hair and light were on the day, for the comparison."""
    refuse_unless_allowed(by, Permission.TAKE_PHOTOGRAPHS)
    PhotoSet.objects.filter(pk=photo_set.pk).update(
        wetness=wetness,
        has_product=has_product,
        washed_days=washed_days,
        hair_length_cm=hair_length_cm,
        hair_colour=hair_colour.strip(),
        light=light.strip(),
    )
    audit.record(by=by, did="photo_set.described", about=photo_set, patient_id=photo_set.patient_id)


@transaction.atomic
def pick_photograph(*, photograph: Photograph, by: User) -> None:
    """Of several pictures of one view in a set this one counts; the others are set aside and kept."""
    refuse_unless_allowed(by, Permission.TAKE_PHOTOGRAPHS)
    lock_row(PhotoSet, photograph.photo_set_id)
    if photograph.status != PhotoStatus.READY:
        raise Refused.because("This picture is not ready yet.", code="not-ready")
    same = Photograph.objects.filter(photo_set=photograph.photo_set_id, view=photograph.view_id)
    same.exclude(pk=photograph.pk).filter(set_aside_at=None, status=PhotoStatus.READY.value).update(
        set_aside_at=timezone.now(), set_aside_by=by
    )
    same.filter(pk=photograph.pk).update(set_aside_at=None, set_aside_by=None)
    audit.record(by=by, did="photograph.picked", about=photograph, patient_id=photograph.photo_set.patient_id)


@transaction.atomic
def place_landmarks(*, photograph: Photograph, points: Sequence[float], by: User) -> PhotoLandmarks:
    """Four points placed by hand; earlier ones stay on the record."""
    refuse_unless_allowed(by, Permission.TAKE_PHOTOGRAPHS)
    gate([finding for finding in [check_landmarks(points)] if finding])
    placed = PhotoLandmarks.objects.create(photograph=photograph, points=list(points), placed_by=by)
    audit.record(
        by=by, did="photograph.landmarks", about=photograph, patient_id=photograph.photo_set.patient_id
    )
    return placed
