"""What a patient told was done elsewhere, read from their words: what it was, and on which day. No Django here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Elsewhere(StrEnum):
    """What was done elsewhere, as far as the rules of intervals tell it apart."""

    INJECTION = "injection"
    MICRONEEDLING = "microneedling"


@dataclass(frozen=True, slots=True)
class DoneElsewhere:
    kind: Elsewhere
    on: date


_NOTHING = frozenset({"never", "none", "no"})

_MICRONEEDLING = re.compile(
    r"micro-?\s?needl|derma-?\s?(roller|pen)|micro-?aiguill|mikro-?i[gğ]ne|microaguj", re.IGNORECASE
)

_MONTHS = {
    name: place
    for place, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}

_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_DAY_FIRST = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
_NAMED = re.compile(r"\b(\d{1,2})\.? ([a-z]{3})[a-z]*\.? (\d{4})\b", re.IGNORECASE)


def days_named_in_text(text: str) -> list[date]:
    """The days that a text names: 2026-11-25, 25.11.2026, 25/11/2026, 25 Nov 2026."""
    found = [(year, month, day) for year, month, day in _ISO.findall(text)]
    found += [(year, month, day) for day, month, year in _DAY_FIRST.findall(text)]
    found += [(year, str(_MONTHS.get(month.casefold(), 0)), day) for day, month, year in _NAMED.findall(text)]
    days = []
    for year, month, day in found:
        try:
            days.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return days


def treatments_done_elsewhere(said: Iterable[str], told_on: date) -> list[DoneElsewhere]:
    """What the answer says was done elsewhere. A day that nobody can read is the latest it can be: when it was told."""
    return [
        DoneElsewhere(
            Elsewhere.MICRONEEDLING if _MICRONEEDLING.search(part) else Elsewhere.INJECTION,
            max((day for day in days_named_in_text(part) if day <= told_on), default=told_on),
        )
        for part in said
        if part.strip().casefold() not in _NOTHING
    ]
