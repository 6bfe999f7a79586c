"""What an import reads, whatever the file: people, what stands about them, and what is wrong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from mesoclinic.core.search_text import search_words
from patients.models import Patient
from patients.rules.people import check_birth_date_possible_and_adult
from patients.rules.phones import read_phone

#: As wide as the columns of Patient and PatientIdentifier.
MAX_NAME = 100
MAX_PHONE = 40
MAX_IDENTIFIER = 200

#: Only what can be nothing but a date or a number is ever repeated in a report.
_NO_NAME_IN_IT = re.compile(r"[\d\s./:,TZ+-]{1,30}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,6})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that cannot be imported: where it stands and why. Never a name."""

    file: str
    at: str
    reason: str
    column: str = ""
    value: str = ""

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.at, self.column) if part)
        said = f" “{self.value}”" if self.value else ""
        return f"{self.file}: {where}{said}: {self.reason}" if where else f"{self.file}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Standing:
    """An allergy, a condition or a medicine that stands. ``system`` and ``value`` are its number there."""

    at: str
    kind: str
    label: str
    started_on: date | None = None
    system: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to import. ``identifiers`` are (system, value): how a second import finds the first."""

    file: str
    at: str
    family_name: str
    birth_date: date
    given_names: str = ""
    preferred_name: str = ""
    sex_at_birth: str = Patient.Sex.UNKNOWN
    phone: str = ""
    email: str = ""
    address: str = ""
    language: str = "en"
    emergency_contact_name: str = ""
    emergency_contact_phone: str = ""
    died_on: date | None = None
    country: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()
    stands: tuple[Standing, ...] = ()

    @property
    def same_person_key(self) -> tuple[str, date]:
        """What two rows without a number have in common when they are one person."""
        return name_and_birth_date_key(f"{self.given_names} {self.family_name}", self.birth_date)


@dataclass
class Reading:
    """One file, read: nothing is written yet. ``notes`` say what was left out on purpose."""

    file: str
    people: list[Person] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def name_and_birth_date_key(full_name: str, birth_date: date) -> tuple[str, date]:
    return " ".join(search_words(full_name)), birth_date


def value_or_empty_if_maybe_name(value: str) -> str:
    """A bad value as a report may repeat it: empty where it could be somebody's name."""
    return value if _NO_NAME_IN_IT.fullmatch(value) else ""


def fields_and_reasons_not_to_import(person: Person, today: date) -> Iterator[tuple[str, str]]:
    """What keeps ``person`` from being registered: (field, reason)."""
    for name in ("given_names", "family_name", "preferred_name", "emergency_contact_name"):
        text = getattr(person, name)
        if len(text) > MAX_NAME:
            yield name, f"is longer than {MAX_NAME} characters. Shorten it."
        elif any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in text):
            yield name, "holds characters that cannot be printed. Correct it."
    if not search_words(person.family_name):
        yield "family_name", "holds no letter. A person needs a family name."
    for name in ("phone", "emergency_contact_phone"):
        if len(read_phone(getattr(person, name), person.country).kept) > MAX_PHONE:
            yield name, f"is longer than {MAX_PHONE} characters. Keep one number."
    if person.email and not _is_email(person.email):
        yield "email", "is no e-mail address. Correct it, or leave it empty."
    for finding in check_birth_date_possible_and_adult(person.birth_date, today):
        if finding.blocks:
            yield "birth_date", finding.message
    if person.died_on and not person.birth_date <= person.died_on <= today:
        yield "died_on", "lies before the birth date or in the future. Correct it."
    if any(len(part) > MAX_IDENTIFIER for pair in person.identifiers for part in pair):
        yield "identifier", f"is longer than {MAX_IDENTIFIER} characters."


def language_code_or_empty(text: str) -> str:
    """“es”, “en-US” as codes of a language, or nothing where it is none."""
    return text.lower() if len(text) <= 10 and _LANGUAGE.fullmatch(text) else ""


def split_into_given_and_family_name(full: str) -> tuple[str, str]:
    """Given names and family name of a name written whole: “Núñez, Ana” or “Ana Núñez”."""
    if "," in full:
        family, _, given = full.partition(",")
        return given.strip(), family.strip()
    given, _, family = full.rpartition(" ")
    return given.strip(), family.strip()


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254
