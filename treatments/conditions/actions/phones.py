"""Pair a phone with a set of photographs for some minutes, take what it sends, end it."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.links import BadLink
from treatments.conditions.actions.photographs import refuse_without_record_consent, take_photograph
from treatments.conditions.models import PhonePairing, Photograph, PhotoSet, PhotoView

#: So long a phone may send.
LASTS = timedelta(minutes=15)
#: More than any set needs: an address that got about fills no disk.
MOST_PICTURES = 60
_SALT = "conditions.phone"


@transaction.atomic
def open_phone_pairing(
    *, photo_set: PhotoSet, clinic: Clinic, by: User, now: datetime | None = None
) -> PhonePairing:
    """A phone becomes the camera of this set; one that was paired with it before sends no more."""
    refuse_unless_allowed(by, Permission.TAKE_PHOTOGRAPHS)
    refuse_without_record_consent(photo_set.patient_id)
    at = now or timezone.now()
    _end_open_pairings(photo_set, at)
    pairing = PhonePairing.objects.create(
        photo_set=photo_set, clinic=clinic, opened_at=at, opened_by=by, expires_at=at + LASTS
    )
    audit.record(by=by, did="photo_phone.paired", about=photo_set, patient_id=photo_set.patient_id)
    return pairing


@transaction.atomic
def end_phone_pairings(*, photo_set: PhotoSet, by: User) -> None:
    """No phone sends into this set any more."""
    refuse_unless_allowed(by, Permission.TAKE_PHOTOGRAPHS)
    if _end_open_pairings(photo_set, timezone.now()):
        audit.record(by=by, did="photo_phone.ended", about=photo_set, patient_id=photo_set.patient_id)


def _end_open_pairings(photo_set: PhotoSet, at: datetime) -> int:
    return PhonePairing.objects.filter(photo_set=photo_set, ended_at=None, expires_at__gt=at).update(
        ended_at=at
    )


def phone_address(pairing: PhonePairing) -> str:
    """The whole address. It holds a signed key, and nothing of anybody."""
    token = signing.dumps(str(pairing.key), salt=_SALT)
    return f"{settings.SITE_URL.rstrip('/')}{reverse('conditions:phone', args=[token])}"


def pairing_of_token_or_raise(token: str, *, now: datetime | None = None) -> PhonePairing:
    """The pairing that still takes pictures; :class:`BadLink` where the address is not ours, or its time is over.

    It ends too when who paired it may take no photographs there any more.
    """
    try:
        key = uuid.UUID(signing.loads(token, salt=_SALT))
    except (signing.BadSignature, ValueError, TypeError, AttributeError) as error:
        raise BadLink("unreadable") from error
    pairing = PhonePairing.objects.select_related("photo_set", "opened_by", "clinic").filter(key=key).first()
    if pairing is None:
        raise BadLink("unreadable")
    membership = pairing.opened_by.membership_at_or_none(pairing.clinic)
    if membership is not None:
        pairing.opened_by.set_current_membership_in_memory(membership)
    is_over = pairing.ended_at is not None or pairing.expires_at <= (now or timezone.now())
    if is_over or membership is None or not pairing.opened_by.may(Permission.TAKE_PHOTOGRAPHS):
        raise BadLink("expired")
    return pairing


def take_photograph_by_phone(
    *, pairing: PhonePairing, view: PhotoView, content: bytes, key: uuid.UUID | None
) -> Photograph:
    """Keep what the phone sent, in the name of who paired it. The same file sent again is the same picture."""
    if pairing.sent >= MOST_PICTURES:
        raise BadLink("expired")
    picture = take_photograph(
        photo_set=pairing.photo_set, view=view, content=content, key=key, by=pairing.opened_by
    )
    PhonePairing.objects.filter(pk=pairing.pk).update(sent=F("sent") + 1)
    return picture
