"""Ages, record numbers, and whether two people may be the same one. No Django here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import partial

from mesoclinic.core.findings import Finding, block, note, ordered, warn
from mesoclinic.core.search_text import search_words
from mesoclinic.core.wording import day_text
from patients.rules.search import same_phone

#: The oldest person on record lived 122 years; above this a birth date is a typing error.
OLDEST = 125

ADULT = 18

#: How much two words, and two whole names, must share to be called alike; 1 is the same.
ALIKE_WORD = 0.8

ALIKE_WHOLE = 0.9

_RECORD_NUMBER = re.compile(r"MC-(?!0+$)[0-9]{6,}")

_TYPED_NUMBER = re.compile(r"(?:MC)?[- ]?0*([1-9][0-9]*)", re.IGNORECASE)


def age_on(birth_date: date, day: date) -> int:
    """Whole years lived on ``day``. Somebody born on 29 February ages on 1 March in other years."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (not had_birthday)


def check_birth_date_possible_and_adult(birth_date: date, today: date) -> list[Finding]:
    """What is odd about a birth date. The age limit itself is a contraindication, in the data."""
    where = "birth_date"
    if birth_date > today:
        message = f"{day_text(birth_date)} is in the future. Correct the birth date."
        return [block("birth-date:future", message, fixed=True, where=where)]
    age = age_on(birth_date, today)
    if age > OLDEST:
        message = f"Born {day_text(birth_date)} would be {age} years old. Correct the year."
        return [block("birth-date:too-old", message, fixed=True, where=where)]
    if age < ADULT:
        message = (
            f"This patient is {age}, under {ADULT}. Minors are not treated by default: "
            "check the birth date, or say who consents and why."
        )
        return [warn("birth-date:minor", message, where=where)]
    return []


def check_death_between_birth_and_today(
    died_on: date | None, *, birth_date: date, today: date
) -> list[Finding]:
    """What is wrong with the day somebody died; None is not known, or alive."""
    if died_on is None or birth_date <= died_on <= today:
        return []
    message = "The day of death lies between the birth date and today. Correct it."
    return [block("died-on", message, fixed=True, where="died_on")]


def record_number_text(count: int) -> str:
    """The record number of the ``count``-th patient: MC-000417. Grows a digit after a million."""
    if count < 1:
        raise ValueError("record numbers start at one")
    return f"MC-{count:06d}"


def is_record_number(text: str) -> bool:
    return _RECORD_NUMBER.fullmatch(text) is not None


def parse_record_number_or_none(text: str) -> str | None:
    """A record number from the ways people type it (417, mc417, MC-000417), or None."""
    typed = _TYPED_NUMBER.fullmatch(text.strip())
    return record_number_text(int(typed[1])) if typed and len(typed[1]) <= 9 else None


@dataclass(frozen=True, slots=True)
class Registration:
    """What likeness is judged by."""

    given_names: str
    family_name: str
    birth_date: date | None = None
    phone: str = ""
    record_number: str = ""
    email: str = ""

    @property
    def sorted_name_words(self) -> list[str]:
        return sorted(search_words(f"{self.given_names} {self.family_name}"))


def _similarity_ratio_of_words(left: str, right: str) -> float:
    return SequenceMatcher(None, left, right, autojunk=False).ratio()


def names_alike(left: Registration, right: Registration) -> bool:
    """Whether the names may be one person's: swapped, shortened, misspelt or without accents."""
    fewer, more = sorted((left.sorted_name_words, right.sorted_name_words), key=len)
    if not fewer or (len(fewer) == 1 and len(more) > 1):
        return False  # one word alone is too little to go by
    # Written together or apart: Annamaria is Anna Maria.
    if _similarity_ratio_of_words("".join(fewer), "".join(more)) >= ALIKE_WHOLE:
        return True
    # "María Razo" is María Luisa Razo; but Lea and Luc Moreau share no more than a family name.
    left_over = list(more)
    for word in fewer:
        nearest = max(left_over, key=partial(_similarity_ratio_of_words, word))
        if _similarity_ratio_of_words(word, nearest) < ALIKE_WORD:
            return False
        left_over.remove(nearest)
    return True


def is_one_edit_apart(left: str, right: str) -> bool:
    """Whether one letter is wrong, missing or too many, or two neighbours are swapped; the same counts too."""
    if abs(len(left) - len(right)) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), None)
    if start is None:
        return True
    a, b = left[start:], right[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[1::-1] == b[:2] and a[2:] == b[2:])


def _name_as_one_word(person: Registration) -> str:
    return " ".join(person.sorted_name_words)


def is_day_and_month_swapped(left: date | None, right: date | None) -> bool:
    """3 May and 5 March of one year: one of them was typed the other way round."""
    if left is None or right is None or left == right:
        return False
    return (left.year, left.month, left.day) == (right.year, right.day, right.month)


def _what_is_shared(new: Registration, other: Registration) -> list[str]:
    """What speaks for one person beside the name, in words."""
    same_email = bool(new.email) and new.email.casefold() == other.email.casefold()
    said = {
        "the same birth date": new.birth_date is not None and new.birth_date == other.birth_date,
        "a birth date with day and month swapped": is_day_and_month_swapped(new.birth_date, other.birth_date),
        "the same phone": same_phone(new.phone, other.phone),
        "the same e-mail": same_email,
    }
    return [words for words, is_so in said.items() if is_so]


def likeness_text(new: Registration, other: Registration) -> str:
    """Why two records may be one person's; empty where nothing says so. No name in it.

    birth date, swapped birth date, phone or e-mail + names alike or one letter apart
    the same name alone
    e-mail alone: people share telephones in a family, an e-mail seldom
    """
    shared = _what_is_shared(new, other)
    mine, theirs = _name_as_one_word(new), _name_as_one_word(other)
    same_name = bool(mine) and mine == theirs
    near = bool(mine and theirs) and is_one_edit_apart(mine.replace(" ", ""), theirs.replace(" ", ""))
    names = (
        "the same name"
        if same_name
        else "a name one letter apart"
        if near
        else "a similar name"
        if names_alike(new, other)
        else ""
    )
    if same_name or (shared and names) or "the same e-mail" in shared:
        parts = [*shared, *([names] if names else [])]
        return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    return ""


def check_possible_duplicates(new: Registration, known: Iterable[Registration]) -> list[Finding]:
    """Which registered patients may be the one being registered; no name in any message.

    likeness_text says why       warn
    same phone, other name       note: families share telephones
    """
    findings = []
    for other in known:
        number = other.record_number
        if why := likeness_text(new, other):
            message = f"{number} has {why}. Open that record; register again only if this is somebody else."
            findings.append(warn(f"duplicate:{number}", message, where="family_name"))
        elif same_phone(new.phone, other.phone):
            message = f"{number} has the same phone. Check that it is another person."
            findings.append(note(f"same-phone:{number}", message, where="phone"))
    return ordered(findings)
