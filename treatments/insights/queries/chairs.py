"""How much of the opening hours was booked, by clinician and by room."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections

from mesoclinic.accounts.models import Clinic
from treatments.insights.rules.periods import Days, rate_or_none

_SQL = Path(__file__).parent / "sql"
MINUTES = (_SQL / "minutes.sql").read_text(encoding="utf-8")
_CHAIRS = MINUTES + (_SQL / "chairs.sql").read_text(encoding="utf-8")


@dataclass(slots=True)
class ChairUse:
    """Minutes open and minutes booked, by period: ``now`` and ``before``."""

    name: str
    is_clinician: bool
    pk: int
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


def minutes_parameters(clinics: Sequence[Clinic], days: Days) -> dict[str, list[int] | date]:
    """What minutes.sql asks."""
    before = days.before
    return {
        "clinics": [clinic.pk for clinic in clinics],
        "before_first": before.first,
        "before_last": before.last,
        "last": days.last,
    }


def use_of_all(uses: Iterable[ChairUse]) -> ChairUse:
    """Of all clinicians together."""
    total = ChairUse("", is_clinician=True, pk=0)
    for use in uses:
        if use.is_clinician:
            for period in ("now", "before"):
                total.opened[period] = total.opened.get(period, 0) + use.opened.get(period, 0)
                total.booked[period] = total.booked.get(period, 0) + use.booked.get(period, 0)
    return total


def chair_use_of_clinics(
    clinics: Sequence[Clinic], days: Days, *, using: str = DEFAULT_DB_ALIAS
) -> dict[int, list[ChairUse]]:
    """By clinic: its clinicians, then its rooms. One query."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            _CHAIRS,
            minutes_parameters(clinics, days),
        )
        rows = cursor.fetchall()
    found: dict[int, dict[tuple[bool, int], ChairUse]] = {clinic.pk: {} for clinic in clinics}
    for clinic_id, is_clinician, pk, name, period, opened, booked in rows:
        use = found[clinic_id].setdefault((is_clinician, pk), ChairUse(name, is_clinician, pk))
        use.opened[period], use.booked[period] = opened, booked
    return {clinic_id: list(uses.values()) for clinic_id, uses in found.items()}
