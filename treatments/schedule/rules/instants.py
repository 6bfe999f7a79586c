"""Instants as forms and addresses carry them: to the minute, in UTC. No Django here."""

from datetime import UTC, datetime

_FORMAT = "%Y-%m-%dT%H:%MZ"


def instant_form_value(at: datetime) -> str:
    """``2026-03-27T09:30Z``."""
    return f"{at.astimezone(UTC):{_FORMAT}}"


def parse_instant(value: str) -> datetime:
    """What :func:`instant_form_value` wrote; ValueError where it is nothing of ours."""
    return datetime.strptime(value, _FORMAT).replace(tzinfo=UTC)


def slot_value(start: datetime, clinician_id: int, room_id: int) -> str:
    """The choice of one slot: ``2026-03-27T09:30Z/7/2``."""
    return f"{instant_form_value(start)}/{clinician_id}/{room_id}"
