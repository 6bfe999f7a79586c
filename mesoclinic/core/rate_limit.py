"""Count how often public pages are asked for, so that nobody tries addresses one after the other."""

import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from mesoclinic.core.models import PublicPageCalls

#: Public pages that one network address may ask for in a minute. A clinic's calendars share one address.
MOST_A_MINUTE = 60


def record_call_and_count(*, address: str, now: datetime | None = None) -> int:
    """How often this network address has asked in this minute, this time included. One statement."""
    minute = (now or timezone.now()).replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_publicpagecalls (who, minute, count) VALUES (%s, %s, 1)
            ON CONFLICT (who, minute) DO UPDATE SET count = core_publicpagecalls.count + 1
            RETURNING count
            """,
            [_hashed_address(address), minute],
        )
        return int(cursor.fetchone()[0])


def _hashed_address(address: str) -> str:
    """A keyed hash: the addresses of a network are few enough to try them all against a plain one."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"caller {address}".encode(), hashlib.sha256).hexdigest()


def delete_old_call_counts(*, now: datetime | None = None) -> int:
    """Remove the counts of minutes that have passed."""
    before = (now or timezone.now()) - timedelta(minutes=5)
    gone, _ = PublicPageCalls.objects.filter(minute__lt=before).delete()
    return gone
