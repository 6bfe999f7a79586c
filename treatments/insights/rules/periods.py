"""Which days are compared, and how a rate is said. No Django here."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

#: So many months stand in a plot.
MONTHS = 6


@dataclass(frozen=True, slots=True)
class Days:
    """From the first to the last day, both counted."""

    first: date
    last: date

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Days":
        """As many days, ending the day before."""
        last = self.first - timedelta(days=1)
        return Days(last - timedelta(days=self.count - 1), last)


PERIODS = {"month": "This month", "quarter": "This quarter", "year": "This year"}


def days_of_period(period: str, today: date) -> Days:
    """From the period's first day until today. An unknown word is the quarter."""
    if period == "month":
        return Days(today.replace(day=1), today)
    if period == "year":
        return Days(today.replace(month=1, day=1), today)
    return Days(today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1), today)


def months_until(day: date, count: int = MONTHS) -> list[date]:
    """The first days of the last months, the day's own last."""
    number = day.year * 12 + day.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(number - count + 1, number + 1)]


def rate_or_none(part: int, whole: int) -> Decimal | None:
    """In percent with one decimal; None of nothing."""
    if not whole:
        return None
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def month_of_day(month: date, last: date) -> Days:
    """The days of the month that begins then, until ``last`` where that is sooner."""
    following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    return Days(month, min(following - timedelta(days=1), last))
