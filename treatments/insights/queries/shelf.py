"""What lies on the shelf in money, and what of it has expired or soon will."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections

from mesoclinic.accounts.models import Clinic

_STOCK = (Path(__file__).parent / "sql" / "stock.sql").read_text(encoding="utf-8")

#: A lot that expires within so many days is named.
SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Shelf:
    """In the clinic's currency; ``unpriced`` lots have no price per ml and are left out of the sums."""

    value: Decimal
    value_before: Decimal
    expired: Decimal
    expiring: Decimal
    unpriced: int


def shelf_of_clinics(
    clinics: Sequence[Clinic], today: date, before: date, *, using: str = DEFAULT_DB_ALIAS
) -> dict[int, Shelf]:
    """By clinic: today, and the value at the end of the day ``before``. One query."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            _STOCK,
            {
                "clinics": [clinic.pk for clinic in clinics],
                "today": today,
                "soon": today + timedelta(days=SOON_DAYS),
                "before_last": before,
            },
        )
        return {row[0]: Shelf(*row[1:]) for row in cursor.fetchall()}
