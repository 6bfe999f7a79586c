"""The phone that is paired with a set of photographs, and the views it may send."""

from datetime import datetime

from treatments.conditions.models import PhonePairing, PhotoView


def open_pairing_or_none(pk: str, *, photo_set_pk: int, now: datetime) -> PhonePairing | None:
    """The pairing that a page names, if it is of this set and still takes pictures."""
    if not pk.isdecimal():
        return None
    found = PhonePairing.objects.filter(pk=int(pk[:18]), photo_set=photo_set_pk)
    return found.filter(ended_at=None, expires_at__gt=now).first()


def views_of_pattern(pattern: str) -> list[PhotoView]:
    """In the order in which they are taken. One query."""
    return list(PhotoView.objects.filter(pattern=pattern, retired_at=None).order_by("order", "code"))
