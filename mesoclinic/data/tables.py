"""Reads CSV tables cell by cell and notes what is wrong with each. No Django, no clinic words.

A :class:`Row` answers one cell at a time: ``row.read_whole_number_or_none("days")``,
``row.read_code_and_note_unknown("condition", known)``.
A cell that cannot be read is noted as a :class:`BadRow` and the reading goes on, so that one run
reports everything.
"""

import csv
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from mesoclinic.data.rows import Judged
from mesoclinic.data.words import abbreviations_written_out

YES_NO = ("yes", "no")

BASES = ("stated", "inferred", "partly_sourced", "general_knowledge", "clinic-default")


@dataclass(frozen=True, slots=True)
class BadRow:
    """One thing wrong in one file: the line as an editor counts it, the column, and the reason."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        column = f", {self.column}" if self.column else ""
        return f"{self.file} line {self.line}{column}: {self.reason}"


class CatalogueFilesError(Exception):
    """The files cannot be used. Carries every bad row, in the order of the files."""

    def __init__(self, bad_rows: Iterable[BadRow]):
        self.bad_rows = tuple(bad_rows)
        super().__init__("\n".join(str(bad) for bad in self.bad_rows))


class Row:
    """One line of one file. Each reading of a cell that fails is noted, and the reading goes on."""

    def __init__(self, file: str, line: int, cells: dict[str, str], bad: list[BadRow]):
        self.file, self.line, self.cells, self._bad = file, line, cells, bad

    def note_bad_row(self, column: str, reason: str) -> None:
        self._bad.append(BadRow(self.file, self.line, column, reason))

    def read_text(self, column: str, *, required: bool = False) -> str:
        value = self.cells.get(column, "").strip()
        if required and not value:
            self.note_bad_row(column, "is empty")
        return value

    def read_text_in_full_words(self, column: str, *, required: bool = False) -> str:
        """A text that people read: its short forms said in full."""
        return abbreviations_written_out(self.read_text(column, required=required))

    def read_value_and_note_unlisted(
        self, column: str, allowed: Collection[str], *, optional: bool = False
    ) -> str:
        value = self.read_text(column, required=not optional)
        if value and value not in allowed:
            self.note_bad_row(column, f"“{value}” is not one of: {', '.join(allowed)}")
        return value

    def read_yes_no(self, column: str) -> bool:
        return self.read_value_and_note_unlisted(column, YES_NO) == "yes"

    def read_decimal_or_none(self, column: str, *, negative: bool = False) -> Decimal | None:
        value = self.read_text(column)
        if not value:
            return None
        try:
            number = Decimal(value)
        except InvalidOperation:
            self.note_bad_row(column, f"“{value}” is not a number")
            return None
        if not number.is_finite() or (number < 0 and not negative):
            self.note_bad_row(column, f"“{value}” is not a number that can be used here")
            return None
        return number

    def read_whole_number_or_none(self, column: str) -> int | None:
        value = self.read_text(column)
        if not value:
            return None
        if not re.fullmatch(r"[0-9]{1,6}", value):
            self.note_bad_row(column, f"“{value}” is not a whole number")
            return None
        return int(value)

    def read_sort_number_or_zero(self, column: str = "order") -> int:
        if not self.read_text(column):
            self.note_bad_row(column, "is empty")
        return self.read_whole_number_or_none(column) or 0

    def read_numbers_of_days(self, column: str) -> tuple[int, ...]:
        found = []
        for part in self.split_cell(column):
            if re.fullmatch(r"[1-9][0-9]{0,3}", part):
                found.append(int(part))
            else:
                self.note_bad_row(column, f"“{part}” is not a number of days")
        return tuple(found)

    def split_cell(self, column: str, sign: str = ";") -> tuple[str, ...]:
        return tuple(part.strip() for part in self.read_text(column).split(sign) if part.strip())

    def read_code_and_note_unknown(
        self, column: str, known: Collection[str], what: str, *, required: bool = True
    ) -> str:
        value = self.read_text(column, required=required)
        if value and value not in known:
            self.note_bad_row(column, f"“{value}” is not a known {what}")
        return value

    def read_code_or_none_if_any(
        self, column: str, known: Collection[str], what: str, *, anything: str = "*any"
    ) -> str | None:
        if self.read_text(column) == anything:
            return None
        return self.read_code_and_note_unknown(column, known, what) or None

    def read_codes_and_note_unknown(
        self, column: str, known: Collection[str], what: str, *, sign: str = "+"
    ) -> tuple[str, ...]:
        found = self.split_cell(column, sign)
        for value in found:
            if value not in known:
                self.note_bad_row(column, f"“{value}” is not a known {what}")
        return found

    def note_reversed_range(self, low: str, high: str) -> None:
        """Refuse a range written the wrong way round."""
        smallest, largest = self.cells.get(low, ""), self.cells.get(high, "")
        try:
            wrong = bool(smallest and largest) and Decimal(smallest) > Decimal(largest)
        except InvalidOperation:
            return  # already refused where it was read
        if wrong:
            self.note_bad_row(high, f"“{largest}” is below {low} “{smallest}”")


class Files:
    """Reads the files of one folder and gathers what is wrong with any of them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.bad: list[BadRow] = []
        self.source_keys: Collection[str] = frozenset()

    def read_rows_and_note_bad(self, file: str, columns: str, *, key: str = "") -> list[Row]:
        """The rows of one file, if it has these columns; ``key`` names columns unique together."""
        wanted = columns.split()
        rows: list[Row] = []
        for line, cells in self._read_lines_and_note_bad(file, wanted):
            row = Row(file, line, cells, self.bad)
            rows.append(row)
        self.note_duplicate_keys(rows, key.split())
        return rows

    def _read_lines_and_note_bad(self, file: str, wanted: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
        try:
            text = (self.folder / file).read_bytes().decode("utf-8-sig")
        except OSError:
            self.bad.append(BadRow(file, 0, "", "the file is missing or cannot be read"))
            return
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            self.bad.append(BadRow(file, line, "", "is not written in UTF-8"))
            return
        reader = csv.reader(text.splitlines(keepends=True), strict=True)
        header: list[str] | None = None
        end = 0
        while True:
            start = end + 1
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                self.bad.append(BadRow(file, start, "", f"is not CSV: {error}"))
                return
            end = reader.line_num
            if not cells:
                continue
            if header is None:
                header = cells
                missing = [column for column in wanted if column not in header]
                for column in missing:
                    self.bad.append(BadRow(file, start, column, "this column is missing"))
                if missing:
                    return
            elif len(cells) != len(header):
                reason = f"has {len(cells)} cells where the header has {len(header)}"
                self.bad.append(BadRow(file, start, "", reason))
            else:
                yield start, dict(zip(header, cells, strict=True))
        if header is None:
            self.bad.append(BadRow(file, 1, "", "the file is empty"))

    def note_duplicate_keys(self, rows: list[Row], key: list[str]) -> None:
        first: dict[tuple[str, ...], int] = {}
        for row in rows if key else ():
            value = tuple(row.read_text(column) for column in key)
            if not value[0]:
                row.note_bad_row(key[0], "is empty")
            elif value in first:
                row.note_bad_row(key[0], f"“{' + '.join(value)}” is already on line {first[value]}")
            else:
                first[value] = row.line

    def read_derived_rows_by_key(
        self, rows: list[Row], file: str, columns: str, *, key: str
    ) -> dict[str, Row]:
        """The derived rows of ``file`` by ``key``: one for each of ``rows``, and no others."""
        derived = {
            row.read_text(key): row
            for row in self.read_rows_and_note_bad(file, f"{key} {columns} why basis source", key=key)
        }
        known = {row.read_text(key) for row in rows}
        for value, row in derived.items():
            if value not in known:
                row.note_bad_row(key, f"“{value}” is not in {rows[0].file if rows else 'the other file'}")
        for value in sorted(known - derived.keys()):
            origin = next(row for row in rows if row.read_text(key) == value)
            origin.note_bad_row(key, f"“{value}” has no row in {file}")
        return derived

    def read_source_keys_and_note_unknown(
        self, row: Row, column: str = "source", *, required: bool = True
    ) -> tuple[str, ...]:
        """The keys of “[KEY] citation <address> | [KEY2] …”, each known to sources.csv."""
        cell = row.read_text(column)
        if not cell:
            if required:
                row.note_bad_row(column, "names no source")
            return ()
        keys = []
        for part in cell.split(" | "):
            found = re.match(r"\[([A-Za-z0-9]+)\]\s", part.strip() + " ")
            if found is None:
                row.note_bad_row(column, f"“{part[:40]}” does not start with a [KEY]")
            elif found[1] not in self.source_keys:
                row.note_bad_row(column, f"[{found[1]}] is not in sources.csv")
            else:
                keys.append(found[1])
        return tuple(dict.fromkeys(keys))

    def read_why_basis_and_sources(self, row: Row) -> Judged:
        return Judged(
            why=row.read_text("why", required=True),
            basis=row.read_value_and_note_unlisted("basis", BASES),
            sources=self.read_source_keys_and_note_unknown(row),
        )


def codes_in_column(rows: Iterable[Row], column: str = "code") -> frozenset[str]:
    return frozenset(row.read_text(column) for row in rows)


def read_yes_no_with_remark(row: Row, column: str) -> bool:
    """Seed marks read “yes”, “no” or “yes (with a remark)”."""
    value = row.read_text(column)
    if value not in YES_NO and not re.fullmatch(r"yes \(.+\)", value):
        row.note_bad_row(column, f"“{value}” is neither yes nor no")
    return value.startswith("yes")


@dataclass(frozen=True, slots=True)
class Known:
    """The codes that other rows may name."""

    factors: dict[str, str]  # code -> kind
    conditions: frozenset[str]
    ingredients: frozenset[str]
    scales: frozenset[str]
