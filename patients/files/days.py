"""Dates as lists write them; whether the day or the month comes first is decided by the whole column."""

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from mesoclinic.core.search_text import search_words


class Order(StrEnum):
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class Undecided(Exception):
    """Nothing in the column tells days from months; or it says both."""


_TIME = r"(?:[T ]\d{1,2}:\d{2}.*)?"
_YEAR_FIRST = re.compile(r"(\d{4})([-/.]?)(\d{2}|\d(?=\D))\2(\d{1,2})" + _TIME)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4})" + _TIME)
_SHORT_YEAR = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{2}")
_MONTHS = {
    word: month
    for month, words in enumerate(
        (
            "jan january janvier janv januar enero ene",
            "feb february fevrier fevr fev februar febrero",
            "mar march mars marz maerz mrz marzo",
            "apr april avril avr abril abr",
            "may mai mayo",
            "jun june juin juni junio",
            "jul july juillet juil juli julio",
            "aug august aout agosto ago",
            "sep sept september septembre septiembre setiembre",
            "oct october octobre okt oktober octubre",
            "nov november novembre noviembre",
            "dec december decembre dez dezember diciembre dic",
        ),
        start=1,
    )
    for word in words.split()
}


def date_order_or_none(values: Iterable[str]) -> Order | None:
    """What a column of dates says about itself; None where every reading is the same.

    03/04/1984 alone raises :class:`Undecided`; with 25/12/1990 below it, the day comes first.
    """
    says: set[Order] = set()
    is_open = False
    for value in values:
        if not (parts := _YEAR_LAST.fullmatch(value.strip())):
            continue
        first, second = int(parts[1]), int(parts[3])
        if first > 12 or (parts[2] == "." and second <= 12):
            says.add(Order.DAY_FIRST)
        elif second > 12:
            says.add(Order.MONTH_FIRST)
        elif first != second:
            is_open = True
    if len(says) == 2:
        raise Undecided("Some dates begin with the day and some with the month. Write them as 1984-12-31.")
    if is_open and not says:
        raise Undecided("Nothing tells whether 03/04/1984 is the 3rd of April or the 4th of March.")
    return says.pop() if says else None


def read_day(text: str, order: Order | None = None) -> date:
    """The date that ``text`` writes. Raises ValueError with what to do."""
    text = text.strip()
    if parts := _YEAR_FIRST.fullmatch(text):
        year, month, day = parts[1], parts[3], parts[4]
    elif parts := _YEAR_LAST.fullmatch(text):
        day, month, year = parts[1], parts[3], parts[4]
        if order is Order.MONTH_FIRST:
            day, month = month, day
    elif _SHORT_YEAR.fullmatch(text):
        raise ValueError("has a year of two digits. Write it with four.")
    else:
        year, month, day = _date_parts_from_words(text)
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise ValueError("is no date. Write it as 1984-12-31.") from error


def _date_parts_from_words(text: str) -> tuple[str, str, str]:
    """3 Mar 1984, 03-MÄRZ-1984, March 3, 1984, 3 de marzo de 1984."""
    words = [word for word in search_words(text) if word not in ("de", "del", "of", "the")]
    months = [word for word in words if word in _MONTHS]
    numbers = [word for word in words if word.isascii() and word.isdecimal()]
    years = [word for word in numbers if len(word) == 4]
    days = [word for word in numbers if len(word) < 3]
    if len(words) == 3 and len(months) == len(years) == len(days) == 1:
        return years[0], str(_MONTHS[months[0]]), days[0]
    raise ValueError("is no date. Write it as 1984-12-31.")
