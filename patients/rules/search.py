"""What somebody typed into the search, as words, numbers and days. No Django here."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mesoclinic.core.search_text import search_words

#: Of more words the longest are searched.
MOST_WORDS = 8
#: A search is a few words; more is a paste by mistake, and is cut.
MAX_SEARCH = 200

#: Fewer digits than this are a record number, not a telephone number.
MIN_PHONE_DIGITS = 5

_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")

_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")

_EMAIL = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]*")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

#: As the product writes a day: 3 May 1992, with or without a weekday and the comma of other people.
_MONTH_IN_WORDS = re.compile(
    r"(?<!\w)(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?(\d{1,2})\.? +("
    + "|".join(_MONTHS)
    + r")[a-z]*\.?,? +(\d{4})(?!\d)",
    re.IGNORECASE,
)

#: Shorter words are too alike to allow for a typo, longer ones are not kept for it (models.people).
TYPO_LENGTHS = range(4, 15)

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
    email: str = ""
    #: Four digits: a short record number, or the end of a telephone number.
    last_four: str = ""

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
        if self.last_four and not self.digits:
            asked = [keys for keys in asked if keys != record]
            asked.append((*record, "*" + self.last_four))
        if self.email:
            asked.append((self.email,))
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
    readings: list[date | None]
    if found := _MONTH_IN_WORDS.search(text):
        day, month_name, year = found.groups()
        readings = [_date_or_none(year, str(_MONTHS.index(month_name.lower()) + 1), day)]
    elif found := _YEAR_FIRST.search(text):
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
    email = ""
    if typed_email := _EMAIL.search(text):
        email = typed_email[0].lower()
        text = text[: typed_email.start()] + " " + text[typed_email.end() :]
    birth_dates, text = _dates_and_text_without_them(text)

    last_four = ""
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
        if typed.isdecimal() and len(typed) == 4:
            last_four = typed
        if digits or number or last_four:
            text = text[: phone.start()] + " " + text[phone.end() :]
    return Search(_telling_words(search_words(text)), birth_dates, digits, number, email, last_four)


def _telling_words(words: Iterable[str]) -> tuple[str, ...]:
    """The words as they come, each once; of more than a name has, the longest. Each word searched is a join."""
    known = list(dict.fromkeys(words))
    kept = sorted(known, key=len, reverse=True)[:MOST_WORDS]
    return tuple(word for word in known if word in kept)


def person_typed(text: str) -> dict[str, str | date]:
    """What somebody typed into a search, as the fields of a new patient: the name, and what else can be told apart."""
    text = " ".join(unicodedata.normalize("NFKC", text[:MAX_SEARCH]).split())
    person: dict[str, str | date] = {}
    if email := _EMAIL.search(text):
        person["email"] = email[0]
        text = text.replace(email[0], " ")
    days, text = _dates_and_text_without_them(text)
    if len(days) == 1:
        person["birth_date"] = days[0]
    phone = _PHONE.search(text)
    if phone and len(phone_digits(phone[0])) >= MIN_PHONE_DIGITS:
        person["phone"] = phone[0]
        text = text.replace(phone[0], " ")
    given, _, family = " ".join(text.split()).rpartition(" ")
    if search_words(family) and not family.isdecimal():
        # Typed without capitals, as a search is.
        person["given_names"], person["family_name"] = (
            name.title() if name.islower() else name for name in (given, family)
        )
    return {name: value for name, value in person.items() if value}


def keys_one_typo_away(word: str) -> list[str]:
    """The keys by which a word meets names that differ from it by one letter, or by two that are swapped.

    A name is kept once more without each of its letters, behind a ~ (PatientKey): two words with one typo between
    them are the same, once a letter is left out of one or of both.
    """
    shorter = {word[:n] + word[n + 1 :] for n in range(len(word))}
    known = [each for each in shorter if len(each) + 1 in TYPO_LENGTHS and len(each) >= 3]
    longer = ["~" + word] if len(word) + 1 in TYPO_LENGTHS else []
    same = [*known, *("~" + each for each in known)] if len(word) in TYPO_LENGTHS else []
    return sorted({*same, *longer})


def _record_number_of_digits_or_none(digits: str) -> str | None:
    return f"MC-{int(digits):06d}" if len(digits) <= 9 and int(digits) else None
