"""How much of the opening hours was booked, by clinician and by room."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from django.db import connection

from mesoclinic.accounts.models import Clinic
from treatments.insights.rules import Days, rate_or_none

_CHAIRS = (Path(__file__).parent / "sql" / "chairs.sql").read_text(encoding="utf-8")


@dataclass(slots=True)
class ChairUse:
    """Minutes open and minutes booked, by period: ``now`` and ``before``."""

    name: str
    is_clinician: bool
    opened: dict[str, int] = field(default_factory=dict)
    booked: dict[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> Decimal | None:
        return rate_or_none(self.booked.get("now", 0), self.opened.get("now", 0))

    @property
    def rate_before(self) -> Decimal | None:
        return rate_or_none(self.booked.get("before", 0), self.opened.get("before", 0))

    @property
    def share(self) -> int:
        """For a bar: a hundred where more was booked than was open."""
        return min(round(self.rate or 0), 100)


def chair_use_of_clinics(clinics: Sequence[Clinic], days: Days) -> dict[int, list[ChairUse]]:
    """By clinic: its clinicians, then its rooms. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _CHAIRS,
            {
                "clinics": [clinic.pk for clinic in clinics],
                "before_first": days.before.first,
                "before_last": days.before.last,
                "last": days.last,
            },
        )
        rows = cursor.fetchall()
    found: dict[int, dict[tuple[bool, int], ChairUse]] = {clinic.pk: {} for clinic in clinics}
    for clinic_id, is_clinician, pk, name, period, opened, booked in rows:
        use = found[clinic_id].setdefault((is_clinician, pk), ChairUse(name, is_clinician))
        use.opened[period], use.booked[period] = opened, booked
    return {clinic_id: list(uses.values()) for clinic_id, uses in found.items()}
