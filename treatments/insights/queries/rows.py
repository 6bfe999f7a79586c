"""The rows behind a figure: the same reading as the figure's, one by one. Patients by record number only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import connection

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.quantities import ZERO
from treatments.billing.queries.owed import open_parts_of_ages
from treatments.insights.queries.chairs import MINUTES, minutes_parameters
from treatments.insights.queries.figures import EVENTS, days_parameters
from treatments.insights.queries.shelf import SOON_DAYS
from treatments.insights.rules.periods import Days

_SQL = Path(__file__).parent / "sql"
_EVENT_ROWS = EVENTS + (_SQL / "event_rows.sql").read_text(encoding="utf-8")
_CHAIR_DAYS = MINUTES + (_SQL / "chair_days.sql").read_text(encoding="utf-8")
_SHELF_ROWS = (_SQL / "shelf_rows.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One row: when, which (``what`` is the kind of row, ``pk`` its id), of whom, how much."""

    day: date
    what: str
    pk: int
    label: str
    record_number: str = ""
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FigureRows:
    """The first of them, how many there are, and what all come to."""

    rows: Sequence[FigureRow]
    count: int
    total: Decimal | None


@dataclass(frozen=True, slots=True)
class ChairDay:
    day: date
    opened: int
    booked: int


def event_rows(
    clinic: Clinic, kind: str, days: Days, now: datetime, *, is_money: bool, most: int
) -> FigureRows:
    """Of a kind in ``figures.KINDS``. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _EVENT_ROWS,
            {
                "clinics": [clinic.pk],
                **days_parameters(days.first, days.last, now),
                "kind": kind,
                "first": days.first,
                "last": days.last,
                "most": most,
            },
        )
        found = cursor.fetchall()
    rows = [
        FigureRow(day, what, pk, label, number, amount if is_money else None)
        for day, what, pk, label, number, amount, *_ in found
    ]
    total = (found[0][8] if found else ZERO) if is_money else None
    return FigureRows(rows, found[0][7] if found else 0, total)


def owed_rows(clinic: Clinic, day: date, ages: Sequence[int], most: int) -> FigureRows:
    """The open parts of these ages at the end of a day. One query."""
    parts = open_parts_of_ages(clinic, day, ages, most)
    rows = [
        FigureRow(
            part.due_on,
            "plan" if part.plan_id else "invoice",
            part.plan_id or part.invoice_id or 0,
            "",
            part.record_number,
            part.amount,
        )
        for part in parts
    ]
    return FigureRows(rows, parts[0].count if parts else 0, parts[0].total if parts else ZERO)


def shelf_rows(clinic: Clinic, which: str, today: date, most: int) -> FigureRows:
    """The lots behind a figure of the shelf: "value", "expired", "expiring" or "unpriced". One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SHELF_ROWS,
            {
                "clinic": clinic.pk,
                "which": which,
                "today": today,
                "soon": today + timedelta(days=SOON_DAYS),
                "most": most,
            },
        )
        found = cursor.fetchall()
    rows = [
        FigureRow(expires_on, "lot", pk, number, amount=amount)
        for expires_on, pk, number, _, amount, *_ in found
    ]
    total = (found[0][6] if found else ZERO) if which != "unpriced" else None
    return FigureRows(rows, found[0][5] if found else 0, total)


def chair_days(clinic: Clinic, days: Days, *, clinician: int | None, room: int | None) -> list[ChairDay]:
    """The minutes open and booked, day by day, of one clinician or one room. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _CHAIR_DAYS, {**minutes_parameters([clinic], days), "clinician": clinician, "room": room}
        )
        return [ChairDay(*row) for row in cursor.fetchall()]
