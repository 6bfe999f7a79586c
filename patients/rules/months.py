"""A day as people remember it: a year, a month of it, or the day itself. No Django here."""

import calendar
import re
from datetime import date

_YEAR = re.compile(r"(\d{4})")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_MONTH_FIRST = re.compile(r"(\d{1,2})[./ ](\d{4})")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def read_partial_date_or_none(text: str) -> str | None:
    """“2025”, “2025-03” or “2025-03-09” as it is kept, from what was typed; None where it is no day."""
    text = text.strip()
    if year := _YEAR.fullmatch(text):
        return year[1] if 1900 <= int(year[1]) <= 2200 else None
    if month := _MONTH.fullmatch(text):
        return _month_or_none(int(month[1]), int(month[2]))
    if month := _MONTH_FIRST.fullmatch(text):
        return _month_or_none(int(month[2]), int(month[1]))
    if day := _DAY.fullmatch(text):
        try:
            return date(int(day[1]), int(day[2]), int(day[3])).isoformat()
        except ValueError:
            return None
    return None


def _month_or_none(year: int, month: int) -> str | None:
    return f"{year:04}-{month:02}" if 1900 <= year <= 2200 and 1 <= month <= 12 else None


def last_day_of_partial_date_or_none(said: str) -> date | None:
    """The last day that ``said`` may mean: what happened “in March” may have happened on its last day."""
    kept = read_partial_date_or_none(said)
    if kept is None:
        return None
    parts = [int(part) for part in kept.split("-")]
    if len(parts) == 3:
        return date(*parts)
    year, month = parts[0], parts[1] if len(parts) == 2 else 12
    return date(year, month, calendar.monthrange(year, month)[1])


def month_or_year_text_or_none(said: str) -> str | None:
    """“Mar 2025”, “2025”; None for a whole day, which has its own form."""
    kept = read_partial_date_or_none(said)
    if kept is None or kept.count("-") == 2:
        return None
    year, _, month = kept.partition("-")
    return f"{calendar.month_abbr[int(month)]} {year}" if month else year
