"""Count by the minute how often something is done: public pages asked for, passwords and codes tried.

Neither accounts nor addresses stand in the table, but a keyed hash: they are few enough to try them all against a plain one.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from mesoclinic.core.models import MinuteCount

#: Public pages that one network address may ask for in a minute. A clinic's calendars share one address.
MOST_A_MINUTE = 60
#: Nobody asks for a count older than this.
KEPT = timedelta(minutes=30)


@dataclass(frozen=True)
class Counter:
    """One thing that is counted, and how often it may happen in the time that is asked for."""

    name: str
    most: int

    @property
    def who(self) -> str:
        key = settings.SECRET_KEY.encode()
        return hmac.new(key, f"count {self.name}".encode(), hashlib.sha256).hexdigest()


def add_to_counts(counters: Iterable[Counter], number: int, now: datetime) -> list[int]:
    """What each count of this minute is then, never below nothing. One statement each, in one order, so that no two wait
    for each other.
    """
    minute, counts = now.replace(second=0, microsecond=0), []
    with connection.cursor() as cursor:
        for one in sorted(counters, key=lambda one: one.who):
            cursor.execute(
                """
                INSERT INTO core_minutecount (who, minute, count) VALUES (%s, %s, greatest(%s, 0))
                ON CONFLICT (who, minute) DO UPDATE SET count = greatest(core_minutecount.count + %s, 0)
                RETURNING count
                """,
                [one.who, minute, number, number],
            )
            counts.append(int(cursor.fetchone()[0]))
    return counts


def counts_since(counters: Sequence[Counter], since: datetime) -> dict[str, int]:
    """By the hash of each counter that was counted: how often, all minutes together."""
    rows = MinuteCount.objects.filter(who__in=[one.who for one in counters], minute__gt=since)
    return dict(rows.order_by().values("who").annotate(times=Sum("count")).values_list("who", "times"))


def counts_by_minute(counters: Iterable[Counter], since: datetime) -> dict[str, list[tuple[datetime, int]]]:
    """By the hash of each counter: its minutes, the oldest first, and the count of each. One query."""
    found: dict[str, list[tuple[datetime, int]]] = {}
    rows = MinuteCount.objects.filter(who__in=[one.who for one in counters], minute__gt=since)
    for who, minute, count in rows.order_by("minute").values_list("who", "minute", "count"):
        found.setdefault(who, []).append((minute, count))
    return found


def forget_counts(counters: Iterable[Counter]) -> None:
    MinuteCount.objects.filter(who__in=[one.who for one in counters]).delete()


def record_call_and_count(*, address: str, now: datetime | None = None) -> int:
    """How often this network address has asked for public pages in this minute, this time included. One statement."""
    (calls,) = add_to_counts(
        [Counter(f"public page from {address}", MOST_A_MINUTE)], 1, now or timezone.now()
    )
    return calls


def delete_old_counts(*, now: datetime | None = None) -> int:
    """Remove the counts of minutes that nobody asks for any more."""
    gone, _ = MinuteCount.objects.filter(minute__lt=(now or timezone.now()) - KEPT).delete()
    return gone
