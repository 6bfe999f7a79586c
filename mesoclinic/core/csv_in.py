"""Lists that other people's software wrote, as rows of cells. Writes nothing."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mesoclinic.core.text_files import Text, Unreadable

MAX_ROWS = 100_000
MAX_COLUMNS = 300

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Table:
    """The file as rows of cells. ``lines`` are the lines on which the rows begin."""

    file: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    encoding: str
    delimiter: str

    @property
    def encoding_and_delimiter_text(self) -> str:
        return f"{self.encoding}, {_DELIMITERS[self.delimiter]}"

    def column_name(self, column: int) -> str:
        """As a person would say it; a header without a word has its number only."""
        return self.header[column] or f"column {column + 1}"

    def as_dict(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in Table.__slots__}


def read_table(file: str, text: Text, *, names_columns: Callable[[Sequence[str]], bool]) -> Table:
    """Take the cells apart. Raises Unreadable where the file is no list.

    ``names_columns`` says whether a first line is the names of columns.
    """
    written, delimiter, begins = _without_separator_line(text.text)
    delimiter = delimiter or _guess_delimiter(written)
    first_line = begins
    records = csv.reader(
        io.StringIO(written, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for cells in records:
            if any(cell.strip() for cell in cells):
                rows.append([cell.strip() for cell in cells])
                lines.append(begins)
            begins = records.line_num + first_line
            if len(rows) > MAX_ROWS + 1:
                raise Unreadable(
                    f"It has more than {MAX_ROWS:,} rows. Split it and import the parts one by one."
                )
    except csv.Error as error:
        raise Unreadable(
            f"Line {begins} cannot be taken apart: {error}. Look for a quotation mark that is not closed."
        ) from error
    if not rows:
        raise Unreadable("It holds separators and nothing between them. Export it again.")
    header = rows.pop(0)
    lines.pop(0)
    while header and not header[-1]:
        header.pop()
    if len(header) > MAX_COLUMNS:
        raise Unreadable(f"It has more than {MAX_COLUMNS} columns. Export the columns that are needed only.")
    if not names_columns(header):
        # Not repeated: without a header the first line may be somebody.
        raise Unreadable("Its first line does not name the columns. Put a line of column names above it.")
    if not rows:
        raise Unreadable("It has a line of column names and no row below it.")
    return Table(file, header, rows, lines, text.encoding, delimiter)


#: Excel's first line that names the separator: sep=;
_SEPARATOR_LINE = re.compile(r"\s*\"?sep=(\\t|[,;|\t])\"?[ \t]*(?:\r\n|\r|\n)", re.IGNORECASE)


def _without_separator_line(text: str) -> tuple[str, str, int]:
    """The text without Excel's ``sep=;``, the separator it names, and the number of the first line that is left."""
    if named := _SEPARATOR_LINE.match(text):
        return text[named.end() :], named[1].replace("\\t", "\t"), 2 + text[: named.start(1)].count("\n")
    return text, "", 1


def _guess_delimiter(text: str) -> str:
    """What parts the first line into the most cells, and its neighbours into as many."""
    sample = [line for line in text[:20_000].splitlines() if line.strip()][:20]

    def cells_of_first_line_and_like_lines(delimiter: str) -> tuple[int, int]:
        """How many cells the first line has, and how many lines have as many."""
        cells = [len(_QUOTED.sub("", line).split(delimiter)) for line in sample]
        return cells[0], cells.count(cells[0])

    return max(_DELIMITERS, key=cells_of_first_line_and_like_lines)


def row_width_error_text_or_empty(cells: Sequence[str], table: Table) -> str:
    """What is wrong with the width of a row; nothing where it fits its header."""
    width = len(table.header)
    if len(cells) >= width and not any(cells[width:]):
        return ""
    many = "cell" if len(cells) == 1 else "cells"
    return (
        f"has {len(cells)} {many} where the first line names {width} columns. "
        "Look for a missing or an extra separator, or a quotation mark."
    )
