"""Lots as a CSV list: out as the shelf has them, in as lines of a delivery that are right or say why not."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from mesoclinic.core.csv_in import Table, read_table, row_width_error_text_or_empty
from mesoclinic.core.csv_out import cell_without_formula_guard
from mesoclinic.core.text_files import Unreadable, read_text
from treatments.catalogue.barcodes import gtin_14_or_empty
from treatments.catalogue.models import Product
from treatments.stock.models import Lot
from treatments.stock.rules.lots import Receipt

#: What one request can write before a browser gives up.
MAX_LOTS = 2_000

COLUMNS = (
    "product",
    "number",
    "maker",
    "country",
    "supplier",
    "certificate",
    "received_on",
    "expires_on",
    "ml",
    "unit_cost",
    "serial",
    "gtin",
    "status",
)
#: Without these a row is no lot.
NEEDED = ("product", "number", "maker", "country", "supplier", "received_on", "expires_on", "ml")
_LENGTHS = {"number": 40, "maker": 100, "country": 60, "supplier": 100, "certificate": 100, "serial": 20}


#: Says that a column of the row is wrong, and why.
AddWrongCell = Callable[[str, str], None]


@dataclass(frozen=True)
class WrongCell:
    """What is wrong in a list: its line, 0 for the file itself; the column; why and what to do."""

    line: int
    column: str
    reason: str


@dataclass
class LotList:
    """A file as it was read: (line, product, receipt) for each row that is a lot."""

    file: str
    rows: list[tuple[int, Product, Receipt]] = field(default_factory=list)
    wrong: list[WrongCell] = field(default_factory=list)
    written_as: str = ""
    ignored: Sequence[str] = ()


def lot_as_csv_cells(lot: Lot) -> list[object]:
    """A lot (with its product) as the cells of ``COLUMNS``."""
    return [
        lot.product.code,
        lot.number,
        lot.maker,
        lot.country,
        lot.supplier,
        lot.certificate,
        lot.received_on,
        lot.expires_on,
        lot.on_hand_ml,
        lot.unit_cost,
        lot.serial,
        "",
        lot.status,
    ]


def read_lots_file_and_note_wrong(file: str, data: bytes) -> LotList:
    """The lots in ``data``, and everything that is wrong with it. One query; never raises for what is in it."""
    try:
        table = read_table(file, read_text(data), names_columns=_is_header_line)
        columns, ignored = _match_columns_or_raise(table)
    except Unreadable as unreadable:
        return LotList(file, wrong=[WrongCell(0, "", str(unreadable))])
    found = LotList(file, written_as=table.encoding_and_delimiter_text, ignored=ignored)
    if len(table.rows) > MAX_LOTS:
        reason = f"It has more than {MAX_LOTS:,} rows. Split it and import the parts one by one."
        found.wrong.append(WrongCell(0, "", reason))
        return found
    products = {product.code: product for product in Product.objects.filter(retired_at=None)}
    for line, cells in zip(table.lines, table.rows, strict=True):
        if reason := row_width_error_text_or_empty(cells, table):
            found.wrong.append(WrongCell(line, "", reason))
            continue
        said = {
            name: cell_without_formula_guard(cell) for name, cell in zip(columns, cells, strict=False) if name
        }
        row = _read_lot_row_or_none(line, said, products, found.wrong)
        if row is not None:
            found.rows.append((line, *row))
    return found


def _column_name_from_heading(cell: str) -> str:
    """A heading as a column is written: ``Expires on`` is ``expires_on``."""
    return re.sub(r"[\s-]+", "_", cell.strip().lower())


def _is_header_line(header: Sequence[str]) -> bool:
    """Whether a line names at least one of our columns."""
    return bool({_column_name_from_heading(cell) for cell in header} & set(COLUMNS))


def _match_columns_or_raise(table: Table) -> tuple[list[str], list[str]]:
    """Our name for each column of the file ("" where it is none of ours), and what is left out."""
    names = [_column_name_from_heading(cell) for cell in table.header]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise Unreadable(f"The columns {', '.join(missing)} are missing. A lot needs {', '.join(NEEDED)}.")
    twice = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    if twice:
        raise Unreadable(f"The column {', '.join(twice)} stands twice. Keep one of them.")
    ignored = [
        table.column_name(place)
        for place, name in enumerate(names)
        if name not in COLUMNS or name == "status"
    ]
    return [name if name in COLUMNS else "" for name in names], ignored


def _read_lot_row_or_none(
    line: int, said: dict[str, str], products: dict[str, Product], wrong: list[WrongCell]
) -> tuple[Product, Receipt] | None:
    """The product and the receipt of a row; None where something in it is wrong."""
    before = len(wrong)

    def add_wrong_cell(column: str, reason: str) -> None:
        """Note what is wrong in a cell of this row."""
        wrong.append(WrongCell(line, column, reason))

    product = products.get(said["product"])
    if product is None:
        add_wrong_cell(
            "product", f"No product has the code “{said['product'][:60]}”. Add it first, or correct the code."
        )
    for name, most in _LENGTHS.items():
        if len(said.get(name, "")) > most:
            add_wrong_cell(name, f"It is longer than {most} signs. Shorten it.")
    received_on = _read_day_or_none("received_on", said, add_wrong_cell)
    expires_on = _read_day_or_none("expires_on", said, add_wrong_cell)
    ml = _read_number_or_none("ml", said, add_wrong_cell)
    unit_cost = _read_number_or_none("unit_cost", said, add_wrong_cell) if said.get("unit_cost") else None
    gtin = gtin_14_or_empty(said["gtin"]) if said.get("gtin") else ""
    if said.get("gtin") and not gtin:
        add_wrong_cell("gtin", "It is no GTIN: its check digit is wrong. Scan the pack.")
    if len(wrong) > before or product is None:
        return None
    if received_on is None or expires_on is None or ml is None:
        return None
    return product, Receipt(
        product=product.name,
        number=said["number"],
        maker=said["maker"],
        country=said["country"],
        supplier=said["supplier"],
        certificate=said.get("certificate", ""),
        received_on=received_on,
        expires_on=expires_on,
        ml=ml,
        unit_cost=unit_cost,
        serial=said.get("serial", ""),
        gtin=gtin,
    )


def _read_day_or_none(column: str, said: dict[str, str], add_wrong_cell: AddWrongCell) -> date | None:
    """A cell as a day; None, with a word why, where it is none."""
    try:
        return date.fromisoformat(said[column])
    except ValueError:
        add_wrong_cell(column, "It is no day. Write it like 2027-12-31.")
        return None


def _read_number_or_none(column: str, said: dict[str, str], add_wrong_cell: AddWrongCell) -> Decimal | None:
    """A cell as a number of up to three decimals; None, with a word why, where it is none."""
    text = said[column].replace(" ", "").replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number != round(number, 3) or abs(number) >= 10**6:
        add_wrong_cell(column, "It is no number. Write it like 12.5.")
        return None
    return number
