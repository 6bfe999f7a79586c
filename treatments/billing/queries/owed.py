"""What patients owe, part by part: how long it is late, and whose payment is overdue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.db import connection
from django.db.models import IntegerField
from django.db.models.expressions import RawSQL

from mesoclinic.accounts.models import Clinic

_SQL = Path(__file__).parent / "sql"
_OPEN_PARTS = (_SQL / "open_parts.sql").read_text(encoding="utf-8")
_BY_AGE = _OPEN_PARTS + (_SQL / "owed_by_age.sql").read_text(encoding="utf-8")
_OVERDUE = _OPEN_PARTS + (_SQL / "overdue.sql").read_text(encoding="utf-8")

#: How long a part is late, as owed_by_age.sql numbers it.
AGES = ("Not due yet", "1 to 30 days late", "31 to 60 days late", "Over 60 days late")


@dataclass(frozen=True, slots=True)
class OwedOfAge:
    """What is owed at a clinic at the end of a day, of one age."""

    clinic_id: int
    day: date
    currency: str
    age: int
    patients: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Overdue:
    """A plan or an invoice of which something should have been paid: since when, and how much."""

    plan_id: int | None
    invoice_id: int | None
    name: str
    phone: str
    currency: str
    due_on: date
    amount: Decimal


def owed_by_age(clinics: Sequence[Clinic], days: Sequence[date]) -> list[OwedOfAge]:
    """As it stood at the end of each of these days. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_AGE, {"clinics": [clinic.pk for clinic in clinics], "days": list(days)})
        return [OwedOfAge(*row) for row in cursor.fetchall()]


def overdue_payments(clinic: Clinic, today: date, most: int) -> tuple[list[Overdue], int]:
    """The longest overdue first, at most so many, and how many there are. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, {"clinics": [clinic.pk], "days": [today], "most": most})
        rows = cursor.fetchall()
    return [Overdue(*row[:7]) for row in rows], rows[0][7] if rows else 0


def count_of_overdue_payments(clinic: Clinic, today: date, most: int) -> RawSQL:
    """How many :func:`overdue_payments` are, at most ``most``, within another query."""
    overdue = _OVERDUE
    for name in ("days", "clinics", "most"):  # in the order they stand in the statement
        overdue = overdue.replace(f"%({name})s", "%s")
    return RawSQL(
        f"(SELECT count(*) FROM ({overdue}) AS overdue)", [[today], [clinic.pk], most], IntegerField()
    )
