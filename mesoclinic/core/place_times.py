"""A time of another clinic: by that clinic's clock, with its name, and what time it is here then."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from django.utils import formats, timezone


class Place(Protocol):
    """A clinic, as far as its clock goes."""

    pk: int
    name: str

    @property
    def zone(self) -> ZoneInfo: ...


@dataclass(frozen=True, slots=True)
class PlaceTime:
    """“Tue 22 Dec 2026, 15:00” and “Lisbon · 10:00 here”; nothing beside it where it is the viewer's own clinic."""

    text: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.text} ({self.note})" if self.note else self.text


def time_at_place(at: datetime, place: Place, here: Place | None, how: str = "D j M Y, H:i") -> PlaceTime:
    """``how`` as Django's date filter takes it. The hour here is said where a time is shown and the clocks differ."""
    there = timezone.localtime(at, place.zone)
    text = formats.date_format(there, how)
    if here is None or place.pk == here.pk:
        return PlaceTime(text)
    own = timezone.localtime(at, here.zone)
    if "H:i" not in how or own.utcoffset() == there.utcoffset():
        return PlaceTime(text, place.name)
    day = "" if own.date() == there.date() else f"{formats.date_format(own, 'j M')}, "
    return PlaceTime(text, f"{place.name} · {day}{own:%H:%M} here")
