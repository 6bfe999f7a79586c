"""When the tick last ran, whether that is too long ago, and whether the clock has jumped since."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mesoclinic.core.models import TickRun

#: The tick runs every five minutes; after this time without one, somebody has to look.
LATE_AFTER = timedelta(minutes=15)
#: A clock that is kept right moves by less from tick to tick.
JUMP_FROM = timedelta(minutes=1)
#: For so long it is said that the clock has jumped.
JUMP_SAID_FOR = timedelta(days=1)

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def last_tick_at_or_none() -> datetime | None:
    """When the tick last ran to its end; None where it never did. One query."""
    return TickRun.objects.values_list("ended_at", flat=True).first()


def record_tick(now: datetime, *, jumped_by: timedelta | None = None) -> None:
    """Say that the tick has run to its end, and what it noticed of the clock."""
    ago = (datetime.now(UTC) - now).total_seconds()
    values: dict[str, object] = {
        "ended_at": now,
        "boot": boot_of_machine(),
        "uptime": uptime_seconds() - ago,
    }
    if jumped_by is not None:
        values |= {"jumped_at": now, "jumped_by": jumped_by.total_seconds()}
    TickRun.objects.update_or_create(pk=1, defaults=values)


def is_tick_late(last: datetime | None, now: datetime) -> bool:
    """Whether the tick has not run for too long, or never. One from the time to come tells nothing: the clock went back."""
    return last is None or not -JUMP_FROM <= now - last <= LATE_AFTER


def clock_jump_or_none(last: TickRun | None, now: datetime) -> timedelta | None:
    """By how much the clock was set since the last tick, on whatever machine that ran; None where it was not.

    Within one start of a machine its uptime says how much time has passed. Elsewhere only a clock that went back is seen.
    """
    if last is None:
        return None
    passed = now - last.ended_at
    if last.boot and last.boot == boot_of_machine():
        jump = passed - timedelta(seconds=uptime_seconds() - last.uptime)
    else:
        jump = min(passed, timedelta())
    return jump if abs(jump) >= JUMP_FROM else None


def jump_said_or_none(last: TickRun | None, now: datetime) -> timedelta | None:
    """The jump that a tick has noticed in the last day."""
    if last is None or last.jumped_at is None or abs(now - last.jumped_at) > JUMP_SAID_FOR:
        return None
    return timedelta(seconds=last.jumped_by)


def boot_of_machine() -> str:
    """A name of this start of the machine; "" where the system has none."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def uptime_seconds() -> float:
    """Since the machine started, sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
