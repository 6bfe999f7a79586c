"""Count the comparable patients anew. The tick runs it; views only read what it left."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from treatments.response.models import CohortCell
from treatments.response.queries.cohort import CELLS
from treatments.response.rules.cohort import LEAST_PATIENTS

#: Counted anew after so long: a course takes months, and the count reads every measurement.
EVERY = timedelta(hours=6)

#: Two ticks at once count once.
_LOCK = 7_130_013


@transaction.atomic
def refresh_cohort(*, now: datetime | None = None) -> int:
    """The cells that there are afterwards; 0 where the last count is recent, or another tick is at it."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        counted_at = CohortCell.objects.aggregate(at=Max("counted_at"))["at"]
        if counted_at is not None and now - counted_at < EVERY:
            return 0
        CohortCell.objects.all().delete()
        cursor.execute(CELLS, {"least": LEAST_PATIENTS, "now": now})
        return int(cursor.rowcount)
