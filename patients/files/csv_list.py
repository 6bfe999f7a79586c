"""A list of patients as CSV: which column is what, and the people in its rows. Writes nothing."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from django.utils.text import slugify

from mesoclinic.core import csv_in
from mesoclinic.core.csv_in import Table
from mesoclinic.core.search_text import search_words
from mesoclinic.core.text_files import Text, Unreadable
from patients.files import columns
from patients.files.days import Order, Undecided, date_order_or_none, read_day
from patients.files.people import (
    Person,
    Reading,
    Wrong,
    fields_and_reasons_not_to_import,
    language_code_or_empty,
    split_into_given_and_family_name,
    value_or_empty_if_maybe_name,
)
from patients.models import Patient

_DATES = ("birth_date", "died_on")
_ADDRESS = ("street", "street_2", "street_3")
#: As they are written where nobody knows.
_NOTHING = {"", "-", "null", "n/a", "na", "none", "\\n"}
_DATED = re.compile(r"[-_ .]*\d[\d\-_ .]*$")

_SEX = {
    Patient.Sex.FEMALE: "f female w weiblich frau femme feminin feminine mujer femenino woman girl fille hembra",
    Patient.Sex.MALE: "m male man homme masculin mann mannlich maennlich hombre masculino varon boy garcon h",
    Patient.Sex.INTERSEX: "i intersex intersexe intersexual intergeschlechtlich",
    Patient.Sex.UNKNOWN: "u unknown x o other inconnu autre unbekannt andere divers d desconocido otro "
    "nonbinary nichtangegeben notspecified notstated ns",
}
_SEX_OF = {word: sex for sex, words in _SEX.items() for word in words.split()}
_LANGUAGES = {
    "english": "en",
    "anglais": "en",
    "englisch": "en",
    "ingles": "en",
    "french": "fr",
    "francais": "fr",
    "franzosisch": "fr",
    "frances": "fr",
    "german": "de",
    "deutsch": "de",
    "allemand": "de",
    "aleman": "de",
    "spanish": "es",
    "espanol": "es",
    "espagnol": "es",
    "spanisch": "es",
    "italian": "it",
    "portuguese": "pt",
    "arabic": "ar",
    "turkish": "tr",
    "dutch": "nl",
    "polish": "pl",
    "russian": "ru",
    "chinese": "zh",
}


def read_table(file: str, text: Text) -> Table:
    """Take the cells apart. Raises Unreadable where the file is no list of people."""
    return csv_in.read_table(file, text, names_columns=_is_header_row)


def _is_header_row(header: Sequence[str]) -> bool:
    """Not where a cell of it is a day or an address: without a header the first line is a patient."""
    return bool(columns.guess_column_by_field(header)) or not any(
        value_or_empty_if_maybe_name(cell) or "@" in cell for cell in header
    )


def system_name_of_list(table: Table) -> str:
    """What the numbers of this list are known by: its system's name, or the file's without its date."""
    stem = _DATED.sub("", PurePath(table.file).stem)
    return columns.guess_system_or_empty(table.header) or slugify(stem, allow_unicode=True) or "list"


@dataclass(frozen=True, slots=True)
class Choices:
    """How a list is to be read: which column is what, how its dates are written, whose numbers it has."""

    mapping: Mapping[str, int]
    order: Order | None = None
    name: str = "list"


def guess_reading_choices(table: Table) -> Choices:
    return Choices(columns.guess_column_by_field(table.header), None, system_name_of_list(table))


def override_guessed_columns(
    table: Table, mapping: Mapping[str, int], given: Iterable[str]
) -> dict[str, int]:
    """``mapping`` with ``birth_date=DOB`` put in: a field and a column's name or number; ``email=`` leaves it out."""
    chosen = dict(mapping)
    plain = [columns.normalised_header(cell) for cell in table.header]
    for pair in given:
        name, _, column = pair.partition("=")
        if name not in columns.FIELDS:
            raise Unreadable(f"“{name}” is no field. The fields are: {', '.join(columns.FIELDS)}.")
        chosen.pop(name, None)
        if not column:
            continue
        word = columns.normalised_header(column)
        if plain.count(word) == 1:
            number = plain.index(word)
        elif column.isascii() and column.isdecimal() and 1 <= int(column) <= len(table.header):
            number = int(column) - 1
        else:
            raise Unreadable(
                f"{'More than one' if word in plain else 'No'} column is called “{column}”. "
                f"Give its number, 1 to {len(table.header)}."
            )
        chosen = {field: at for field, at in chosen.items() if at != number} | {name: number}
    return chosen


def rows_unreadable_reason_or_empty(table: Table, choices: Choices) -> str:
    """Why the rows cannot be read with these columns; nothing where they can."""
    mapping = choices.mapping
    wants = []
    if not {"family_name", "full_name"} & mapping.keys():
        wants.append("names")
    if "birth_date" not in mapping:
        wants.append("birth dates")
    if wants:
        return (
            f"No column holds {' or '.join(wants)}: a patient has both a name and a birth date. "
            "If a column does hold them, say which one."
        )
    if choices.order is None:
        try:
            _date_order_of_list_or_none(table, mapping)
        except Undecided as undecided:
            return f"{undecided} Say which comes first."
    return ""


def must_ask_date_order(table: Table, choices: Choices) -> bool:
    """Whether somebody has to say if the day or the month comes first."""
    try:
        _date_order_of_list_or_none(table, choices.mapping)
    except Undecided:
        return True
    return False


def _date_order_of_list_or_none(table: Table, mapping: Mapping[str, int]) -> Order | None:
    at = [mapping[name] for name in _DATES if name in mapping]
    return date_order_or_none(row[column] for row in table.rows for column in at if column < len(row))


def read_people(table: Table, choices: Choices, today: date) -> Reading:
    """The people in the rows, and the rows that are wrong. Raises Unreadable where :func:`rows_unreadable_reason_or_empty` says why."""
    if reason := rows_unreadable_reason_or_empty(table, choices):
        raise Unreadable(reason)
    order = choices.order or _date_order_of_list_or_none(table, choices.mapping)
    reading = Reading(table.file)
    unread: Counter[str] = Counter()
    rows = _Rows(table, choices, order, unread)
    seen: dict[tuple[str, str], str] = {}
    for line, cells in zip(table.lines, table.rows, strict=True):
        at = f"line {line}"
        found = rows.read_person_or_wrongs(at, cells)
        if isinstance(found, Person):
            wrong = [
                rows.wrong_cell_entry(at, name, reason, cells)
                for name, reason in fields_and_reasons_not_to_import(found, today)
            ]
            for number in found.identifiers:
                if number in seen:
                    wrong.append(
                        rows.wrong_cell_entry(at, "identifier", f"is that of {seen[number]} too.", cells)
                    )
                seen.setdefault(number, at)
            if not wrong:
                reading.people.append(found)
        else:
            wrong = found
        reading.wrong += wrong
    for what, count in sorted(unread.items()):
        reading.notes.append(f"{count} × {what}")
    return reading


class _Rows:
    """One way to read the rows of a table."""

    def __init__(self, table: Table, choices: Choices, order: Order | None, unread: Counter[str]):
        self.table, self.mapping, self.order, self.unread = (table, choices.mapping, order, unread)
        self.system = f"csv:{choices.name}"[:200]
        # Spanish lists write H and M for hombre and mujer, where M alone is male.
        column = self.mapping.get("sex_at_birth")
        words = {
            columns.normalised_header(row[column])
            for row in table.rows
            if column is not None and column < len(row)
        }
        self.m_is_female = {"h", "m"} <= words and "f" not in words

    def wrong_cell_entry(self, at: str, name: str, reason: str, cells: Sequence[str]) -> Wrong:
        column = self.mapping.get(name)
        if column is None and name in ("family_name", "given_names"):
            column = self.mapping.get("full_name")
        if column is None:
            return Wrong(self.table.file, at, reason)
        value = value_or_empty_if_maybe_name(cells[column]) if name in _DATES else ""
        return Wrong(self.table.file, at, reason, self.table.column_name(column), value)

    def read_person_or_wrongs(self, at: str, cells: Sequence[str]) -> Person | list[Wrong]:
        if reason := csv_in.row_width_error_text_or_empty(cells, self.table):
            return [Wrong(self.table.file, at, reason)]
        said = {
            name: _cell_text_without_null_words(name, cells[column]) for name, column in self.mapping.items()
        }
        wrong = []
        days: dict[str, date | None] = {}
        for name in _DATES:
            try:
                days[name] = read_day(said[name], self.order) if said.get(name) else None
            except ValueError as error:
                wrong.append(self.wrong_cell_entry(at, name, str(error), cells))
        given, family = self._given_and_family_names(said)
        if not family:
            wrong.append(
                self.wrong_cell_entry(at, "family_name", "is empty. A patient needs a family name.", cells)
            )
        if not said.get("birth_date"):
            wrong.append(
                self.wrong_cell_entry(at, "birth_date", "is empty. A patient needs a birth date.", cells)
            )
        if wrong:
            return wrong
        country = said.get("country", "")
        number = said.get("identifier", "")
        return Person(
            file=self.table.file,
            at=at,
            given_names=given,
            family_name=family,
            preferred_name=said.get("preferred_name", ""),
            birth_date=days["birth_date"],  # type: ignore[arg-type]  # not empty: asked above
            died_on=days["died_on"],
            sex_at_birth=self._read_sex(said.get("sex_at_birth", "")),
            phone=said.get("phone") or said.get("other_phone", ""),
            email=said.get("email", ""),
            address=_address_text(said),
            language=self._read_language(said.get("language", "")),
            emergency_contact_name=said.get("emergency_contact_name", ""),
            emergency_contact_phone=said.get("emergency_contact_phone", ""),
            country=country.upper() if len(country) == 2 and country.isascii() else "",
            identifiers=((self.system, number),) if number else (),
        )

    def _given_and_family_names(self, said: Mapping[str, str]) -> tuple[str, str]:
        if "family_name" not in self.mapping:
            given, family = split_into_given_and_family_name(said.get("full_name", ""))
            return said.get("given_names") or given, family
        both = (said.get("given_names", ""), said.get("middle_name", ""))
        return " ".join(part for part in both if part), said["family_name"]

    def _read_sex(self, text: str) -> str:
        word = columns.normalised_header(text)
        if not word:
            return Patient.Sex.UNKNOWN
        if self.m_is_female and word == "m":
            return Patient.Sex.FEMALE
        if word not in _SEX_OF:
            self.unread["a word for the sex that is not known here: left as not known"] += 1
        return _SEX_OF.get(word, Patient.Sex.UNKNOWN)

    def _read_language(self, text: str) -> str:
        if not text:
            return "en"
        code = _LANGUAGES.get("".join(search_words(text))) or language_code_or_empty(text)
        if not code:
            self.unread["a language that is not known here: letters will be in English"] += 1
        return code or "en"


def _cell_text_without_null_words(name: str, cell: str) -> str:
    """The cell, or nothing where it says so; but somebody may well be called Null."""
    is_nothing = "name" not in name and cell.casefold() in _NOTHING
    return "" if is_nothing else cell


def _address_text(said: Mapping[str, str]) -> str:
    town = " ".join(said[name] for name in ("city", "state", "postcode") if said.get(name))
    lines = [*(said.get(name, "") for name in _ADDRESS), town, said.get("country", "")]
    return "\n".join(line for line in lines if line)
