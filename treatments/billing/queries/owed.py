"""What patients owe, part by part: how long it is late, and whose payment is overdue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import TextField
from django.db.models.expressions import RawSQL

from mesoclinic.accounts.models import Clinic

_SQL = Path(__file__).parent / "sql"
_OPEN_PARTS = (_SQL / "open_parts.sql").read_text(encoding="utf-8")
_BY_AGE = _OPEN_PARTS + (_SQL / "owed_by_age.sql").read_text(encoding="utf-8")
_OVERDUE = _OPEN_PARTS + (_SQL / "overdue.sql").read_text(encoding="utf-8")
_OF_AGE = _OPEN_PARTS + (_SQL / "parts_of_age.sql").read_text(encoding="utf-8")
_PAYABLE = _OPEN_PARTS + (_SQL / "payable.sql").read_text(encoding="utf-8")

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

    @property
    def key(self) -> str:
        """As :func:`overdue_keys_subquery` writes it."""
        return (
            f"plan-{self.plan_id}:{self.due_on}"
            if self.plan_id
            else f"invoice-{self.invoice_id}:{self.due_on}"
        )


@dataclass(frozen=True, slots=True)
class Payable:
    """What a patient has to pay by a day for a plan or an invoice."""

    patient_id: int
    plan_id: int | None
    invoice_id: int | None
    currency: str
    amount: Decimal
    is_overdue: bool


def owed_by_age(
    clinics: Sequence[Clinic], days: Sequence[date], *, using: str = DEFAULT_DB_ALIAS
) -> list[OwedOfAge]:
    """As it stood at the end of each of these days. One query."""
    with connections[using].cursor() as cursor:
        cursor.execute(_BY_AGE, {"clinics": [clinic.pk for clinic in clinics], "days": list(days)})
        return [OwedOfAge(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class OpenPart:
    """A part of a plan or an invoice that is not paid. ``count`` and ``total``: of all of them."""

    due_on: date
    plan_id: int | None
    invoice_id: int | None
    record_number: str
    amount: Decimal
    currency: str
    count: int
    total: Decimal


def open_parts_of_ages(clinic: Clinic, day: date, ages: Sequence[int], most: int) -> list[OpenPart]:
    """What :func:`owed_by_age` sums, part by part, in the clinic's currency. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_AGE, {"clinics": [clinic.pk], "days": [day], "ages": list(ages), "most": most})
        return [OpenPart(*row) for row in cursor.fetchall()]


def overdue_payments(clinic: Clinic, today: date, most: int) -> tuple[list[Overdue], int]:
    """The longest overdue first, at most so many, and how many there are. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, {"clinics": [clinic.pk], "days": [today], "most": most})
        rows = cursor.fetchall()
    return [Overdue(*row[:7]) for row in rows], rows[0][7] if rows else 0


def overdue_keys_subquery(clinic: Clinic, today: date, most: int) -> RawSQL:
    """What :func:`overdue_payments` names, as texts ("plan-7:2026-12-15"), within another query."""
    overdue = _OVERDUE
    for name in ("days", "clinics", "most"):  # in the order they stand in the statement
        overdue = overdue.replace(f"%({name})s", "%s")
    return RawSQL(
        "ARRAY(SELECT coalesce('plan-' || plan_id, 'invoice-' || invoice_id) || ':' || due_on"
        f" FROM ({overdue}) AS overdue)",
        [[today], [clinic.pk], most],
        ArrayField(TextField()),
    )


def payable_by_patients(clinic: Clinic, day: date, patients: Collection[int]) -> list[Payable]:
    """What these patients have to pay on that day or had to before it, a row for each plan or invoice. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_PAYABLE, {"clinics": [clinic.pk], "days": [day], "patients": list(patients)})
        return [Payable(*row) for row in cursor.fetchall()]
