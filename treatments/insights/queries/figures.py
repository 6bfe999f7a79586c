"""A clinic's figures: money, visits, quotes and courses by month, against the period before."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, permissions_of
from mesoclinic.core.quantities import ZERO
from treatments.insights.rules.periods import Days, months_until, rate_or_none

_SQL = Path(__file__).parent / "sql"
EVENTS = (_SQL / "events.sql").read_text(encoding="utf-8")
_FIGURES = EVENTS + (_SQL / "figures.sql").read_text(encoding="utf-8")

#: Every kind of figure: its words, and whether it is money.
KINDS = {
    "billed": ("Billed", True),
    "collected": ("Collected", True),
    "visits": ("Visits booked", False),
    "missed": ("Missed", False),
    "late": ("Cancelled late", False),
    "quotes_issued": ("Quotes issued", False),
    "quotes_accepted": ("of these accepted", False),
    "quotes_paid": ("of these paid for, in part or whole", False),
    "begun": ("Courses begun", False),
    "finished": ("Courses finished", False),
    "wasted": ("Wasted from stock", True),
}


@dataclass(slots=True)
class Sums:
    """Amount and number by kind. Money in a currency that is not the clinic's stands under ``kind currency``."""

    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, kind: str, amount: Decimal, count: int) -> None:
        self.amounts[kind] += amount
        self.counts[kind] += count

    def value(self, kind: str) -> Decimal | int:
        return self.amounts[kind] if KINDS[kind][1] else self.counts[kind]

    @property
    def missed_rate(self) -> Decimal | None:
        return rate_or_none(self.counts["missed"], self.counts["visits"])

    @property
    def late_rate(self) -> Decimal | None:
        return rate_or_none(self.counts["late"], self.counts["visits"])

    @property
    def accepted_rate(self) -> Decimal | None:
        return rate_or_none(self.counts["quotes_accepted"], self.counts["quotes_issued"])


@dataclass(slots=True)
class ClinicFigures:
    """One clinic's figures: of the period, of the one before, and by month. Currencies are never added."""

    clinic: Clinic
    now: Sums = field(default_factory=Sums)
    before: Sums = field(default_factory=Sums)
    months: dict[date, Sums] = field(default_factory=dict)


def figures_of_clinics(
    clinics: Sequence[Clinic], days: Days, now: datetime, *, using: str = DEFAULT_DB_ALIAS
) -> list[ClinicFigures]:
    """For each clinic in the order given. One query. Money in another currency than the clinic's own is left out."""
    months = months_until(days.last)
    first_shown = min(months[0], days.before.first)
    found = {c.pk: ClinicFigures(c, months={month: Sums() for month in months}) for c in clinics}
    with connections[using].cursor() as cursor:
        cursor.execute(
            _FIGURES,
            {
                "clinics": list(found),
                **days_parameters(first_shown, days.last, now),
                "first": days.first,
                "last": days.last,
                "before_first": days.before.first,
                "before_last": days.before.last,
            },
        )
        rows = cursor.fetchall()
    for clinic_id, kind, currency, month, period, amount, count in rows:
        figures = found[clinic_id]
        if KINDS[kind][1] and currency != figures.clinic.currency:
            continue
        if month in figures.months:
            figures.months[month].add(kind, amount, count)
        if period == "now":
            figures.now.add(kind, amount, count)
        elif period == "before":
            figures.before.add(kind, amount, count)
    return list(found.values())


def days_parameters(first_shown: date, last: date, now: datetime) -> dict[str, date | datetime]:
    """What events.sql asks: somewhere on earth a day begins up to two days before or after it does by this clock."""
    since = datetime.combine(first_shown - timedelta(days=2), time(), now.tzinfo)
    until = datetime.combine(last + timedelta(days=3), time(), now.tzinfo)
    return {"since": since, "until": until, "first_shown": first_shown, "now": now}


def clinics_managed_by(user: User) -> list[Clinic]:
    """Where this person manages the clinic, by name. One query."""
    memberships = user.memberships.select_related("clinic").order_by("clinic__name")
    return [m.clinic for m in memberships if Permission.MANAGE_CLINIC in permissions_of(m.roles)]
