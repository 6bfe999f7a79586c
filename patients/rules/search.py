"""What somebody typed into the search, as words, numbers and days. No Django here."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from mesoclinic.core.search_text import search_words

#: A search is a few words; more is a paste by mistake, and is cut.
MAX_SEARCH = 200

#: Fewer digits than this are a record number, not a telephone number.
MIN_PHONE_DIGITS = 5

_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")

_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")

_RECORD = re.compile(r"(?<!\w)MC[- ]?(\d{1,9})(?!\w)", re.IGNORECASE)

_PHONE = re.compile(r"(?<!\w)\+?\(?\d(?:[\d ().\-/]*\d)?(?!\w)")


def phone_digits(text: str) -> str:
    """The digits of a telephone number, in ASCII, without an international 00."""
    digits = "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())
    return digits.removeprefix("00")


def same_phone(left: str, right: str) -> bool:
    """Whether two numbers ring the same telephone: +33 6 12 34 56 78 is 06 12 34 56 78."""
    a, b = phone_digits(left), phone_digits(right)
    if min(len(a), len(b)) < MIN_PHONE_DIGITS:
        return False
    # Nine digits tell telephones apart in every numbering plan; before them stand only the
    # country's code and the 0 that callers from abroad leave out.
    return a == b or (min(len(a), len(b)) >= 9 and a[-9:] == b[-9:])


@dataclass(frozen=True, slots=True)
class Search:
    """One search, read. ``birth_dates`` holds every way to read the date: 03/04/1984 has two."""

    words: tuple[str, ...] = ()
    birth_dates: tuple[date, ...] = ()
    digits: str | None = None
    record_number: str | None = None

    @property
    def likeliest_birth_date_or_none(self) -> date | None:
        """The likeliest reading (day before month)."""
        return self.birth_dates[0] if self.birth_dates else None

    @property
    def keys_to_match(self) -> list[tuple[str, ...]]:
        """What to look for: one tuple for each thing typed, holding the keys it may begin.

        A patient is found by all of the tuples, and by any key of each:
        ``haddad 03/04/1984`` is ``[("1984-04-03", "1984-03-04"), ("haddad",)]``.
        """
        record = (self.record_number.lower(),) if self.record_number else ()
        # The last seven digits are the same with and without the country's code.
        phone = (self.digits, self.digits[-7:]) if self.digits else ()
        asked: list[tuple[str, ...]] = [tuple(str(day) for day in self.birth_dates)]
        if self.digits and self.record_number == _record_number_of_digits_or_none(self.digits):
            asked.append(record + phone)
        else:
            asked += [record, phone]
        asked += [(word,) for word in self.words]
        return [tuple(dict.fromkeys(keys)) for keys in asked if keys]

    @property
    def is_empty(self) -> bool:
        return self == Search()


def _date_or_none(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _dates_and_text_without_them(text: str) -> tuple[tuple[date, ...], str]:
    """The dates in ``text``, and the text without them."""
    if found := _YEAR_FIRST.search(text):
        year, _, month, day = found.groups()
        readings = [_date_or_none(year, month, day)]
    elif found := _YEAR_LAST.search(text):
        first, separator, second, year = found.groups()
        readings = [_date_or_none(year, second, first)]
        # Nobody writes the month first with full stops.
        if separator != ".":
            readings.append(_date_or_none(year, first, second))
    else:
        return (), text
    known = tuple(dict.fromkeys(r for r in readings if r is not None))
    if not known:
        return (), text
    return known, text[: found.start()] + " " + text[found.end() :]


def parse_search(text: str) -> Search:
    """Read a search: words, birth date, telephone digits and record number, in any order.

    ``417`` and ``MC-000417`` are the same record. A plain number of five digits or more may be
    either a record or part of a telephone number, so it is given as both.
    """
    text = unicodedata.normalize("NFKC", text[:MAX_SEARCH])
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    birth_dates, text = _dates_and_text_without_them(text)

    number: str | None = None
    if record := _RECORD.search(text):
        number = _record_number_of_digits_or_none(record[1])
        text = text[: record.start()] + " " + text[record.end() :]

    digits: str | None = None
    if phone := _PHONE.search(text):
        typed = phone[0]
        found = phone_digits(typed)
        if len(found) >= MIN_PHONE_DIGITS:
            digits = found
        if number is None and typed.isdecimal() and len(typed) <= 7:
            number = _record_number_of_digits_or_none(typed)
        if digits or number:
            text = text[: phone.start()] + " " + text[phone.end() :]
    return Search(tuple(search_words(text)), birth_dates, digits, number)


def _record_number_of_digits_or_none(digits: str) -> str | None:
    return f"MC-{int(digits):06d}" if len(digits) <= 9 and int(digits) else None
