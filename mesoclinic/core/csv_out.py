"""Lists that people open in a spreadsheet: written so that no cell is taken for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

#: What a spreadsheet takes for a formula (OWASP, CSV injection), the wide forms of Asian keyboards included.
_FORMULA = re.compile(r"[\s\x00-\x1f\ufeff\u200b]*[=+\-@＝＋－＠]")
_STARTS_A_CELL = ("\t", "\r", "\n")
_HELD = "'"
CSV_TYPE = "text/csv; charset=utf-8"

Answer = TypeVar("Answer", bound=HttpResponseBase)


def csv_cell(value: object) -> str:
    """``value`` as a cell: text that a spreadsheet would calculate gets an apostrophe before it.

    Numbers stay numbers (``Decimal("-2.5")`` is ``-2.5``), days and instants are ISO in the clinic's time zone,
    nothing is empty. NUL, which no CSV holds, is left out.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).replace("\x00", "")
    if _FORMULA.match(text) or text.startswith(_STARTS_A_CELL):
        return _HELD + text
    return text


def cell_without_formula_guard(text: str) -> str:
    """The cell as it was before :func:`csv_cell`: what was exported comes back as it went."""
    bare = text.removeprefix(_HELD)
    return bare if bare != text and csv_cell(bare) == text else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The list as text: a header, a line for each row, every cell quoted and none of them a formula."""
    return csv_head(header) + csv_lines(rows)


def csv_head(header: Sequence[str]) -> str:
    """The first line. Begins with a byte order mark, so that a spreadsheet reads accents as they are."""
    return "\ufeff" + csv_lines([header])


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """A line for each row."""
    out = io.StringIO(newline="")
    # Quoted throughout: a spreadsheet that parts cells at semicolons finds none of its own inside a cell.
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([csv_cell(value) for value in row] for row in rows)
    return out.getvalue()


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A short list as a download called ``name``.csv. ``name`` is ours, never a person's."""
    return as_download(HttpResponse(csv_text(header, rows), content_type=CSV_TYPE), name)


def as_download(response: Answer, name: str) -> Answer:
    """The same answer, kept in a file by the browser and nowhere on the way."""
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store"
    return response
