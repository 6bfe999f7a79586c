"""When the tick last ran, and whether that is too long ago."""

from datetime import datetime, timedelta

from mesoclinic.core.models import TickRun

#: The tick runs every five minutes; after this time without one, somebody has to look.
LATE_AFTER = timedelta(minutes=15)


def last_tick_at_or_none() -> datetime | None:
    """When the tick last ran to its end; None where it never did. One query."""
    return TickRun.objects.values_list("ended_at", flat=True).first()


def record_tick(now: datetime) -> None:
    """Say that the tick has run to its end."""
    TickRun.objects.update_or_create(pk=1, defaults={"ended_at": now})


def is_tick_late(last: datetime | None, now: datetime) -> bool:
    """Whether the tick has not run for too long, or never."""
    return last is None or now - last > LATE_AFTER
