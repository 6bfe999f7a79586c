"""Count anew what sessions led to. The tick runs it; pages only read what it left."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from treatments.outcomes.models import ChangeCell, OutcomeCell, SessionOutcome
from treatments.outcomes.queries.changes import measured_changes
from treatments.outcomes.queries.figures import CELLS, OUTCOMES
from treatments.outcomes.rules.changes import groups_by_cocktail, groups_by_dose
from treatments.outcomes.rules.experience import BANDS
from treatments.outcomes.rules.groups import PERIODS
from treatments.sessions.rules.alerts import IN_WORDS

#: Counted anew after so long: it reads every session.
EVERY = timedelta(hours=20)

#: Two ticks at once count once.
_LOCK = 7_130_021


@transaction.atomic
def refresh_outcomes(*, now: datetime | None = None) -> int:
    """The groups that there are afterwards; 0 where the last count is recent, or another tick is at it."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        counted_at = OutcomeCell.objects.aggregate(at=Max("counted_at"))["at"]
        if counted_at is not None and now - counted_at < EVERY:
            return 0
        cursor.execute("SET LOCAL work_mem = '256MB'")
        SessionOutcome.objects.all().delete()
        OutcomeCell.objects.all().delete()
        cursor.execute(OUTCOMES, {"bands": [first for first, _ in BANDS], "in_words": IN_WORDS})
        cursor.execute(CELLS, {"periods": list(PERIODS), "today": timezone.localdate(now), "now": now})
        counted = int(cursor.rowcount)
    _refresh_changes(now)
    return counted


def _refresh_changes(now: datetime) -> None:
    """How much measures changed, beside cocktail, condition and dose."""
    ChangeCell.objects.all().delete()
    rows = measured_changes()
    ChangeCell.objects.bulk_create(
        ChangeCell(
            clinic_id=group.clinic,
            scale_id=group.scale,
            condition_id=group.condition,
            zone_id=group.zone,
            name=group.name,
            third=group.third,
            dose_low=group.dose_low,
            dose_high=group.dose_high,
            people=group.people,
            low=group.quartiles.low if group.quartiles else None,
            median=group.quartiles.median if group.quartiles else None,
            high=group.quartiles.high if group.quartiles else None,
            counted_at=now,
        )
        for group in [*groups_by_cocktail(rows), *groups_by_dose(rows)]
    )
