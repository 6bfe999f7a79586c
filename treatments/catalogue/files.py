"""A list of products as CSV: written as the clinic has them, read as what each cell says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from mesoclinic.core.csv_in import Table, read_table, row_width_error_text_or_empty
from mesoclinic.core.csv_out import cell_without_formula_guard
from mesoclinic.core.search_text import search_words
from mesoclinic.core.text_files import Unreadable, read_text
from treatments.catalogue.models import Ingredient, Product
from treatments.catalogue.rules import PRODUCT_FIELDS, ProductFields

#: What one request can write before a browser gives up.
MAX_PRODUCTS = 2_000

CONTENTS = "contents"

COLUMNS = (*PRODUCT_FIELDS, CONTENTS)

#: Without these a row is no product; the rest may be missing, and stays as it is.
NEEDED = ("code", "name", "presentation", CONTENTS)

_TRUTHS = ("premade", "additions_allowed", "blocked")

_NUMBERS = ("container_ml", "price_per_ml", "in_use_hours")

_YES = {"yes", "y", "true", "1", "x", "oui", "ja", "si"}

_NO = {"", "no", "n", "false", "0", "non", "nein"}

_CHOICES = {
    name: {word: value for value, label in choices for word in (value, str(label), value.replace("_", "-"))}
    for name, choices in (
        ("presentation", Product.Presentation.choices),
        ("injectable", Product.Injectable.choices),
    )
}

_HOLDS = re.compile(r"^(?P<code>[\w-]+)(?:\s+(?P<mg>[\d.,]+)(?:\s*mg(?:/ml)?)?)?$")


@dataclass(frozen=True)
class WrongCell:
    """What is wrong in a list: its line, 0 for the file itself; the column; why and what to do."""

    line: int
    column: str
    reason: str


#: What is in a product: the ingredient and its mg per ml, None where nobody says.
Contents = Sequence[tuple[Ingredient, Decimal | None]]


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One row of a list: its line in the file, the product's fields, and what is in it."""

    line: int
    fields: ProductFields
    contents: Contents


@dataclass(frozen=True, slots=True)
class TypedRow:
    """One row as its cells say it: not yet checked by the product form. ``wrong`` says what could not be read."""

    line: int
    fields: Mapping[str, object]
    contents: Contents
    wrong: Sequence[WrongCell]


@dataclass
class ProductList:
    """A file as it was read; ``wrong`` holds what is wrong with the file or the shape of a row."""

    file: str
    rows: list[TypedRow] = field(default_factory=list)
    wrong: list[WrongCell] = field(default_factory=list)
    written_as: str = ""
    ignored: Sequence[str] = ()


def product_as_csv_cells(product: Product) -> list[object]:
    """A product (with its contents at hand) as the cells of ``COLUMNS``."""
    held = "; ".join(
        one.ingredient.code
        if one.mg_per_ml is None
        else f"{one.ingredient.code} {format(one.mg_per_ml.normalize(), 'f')}"
        for one in product.contents.all()
    )
    return [*(getattr(product, name) for name in PRODUCT_FIELDS), held]


def read_products_file_and_note_wrong(file: str, data: bytes) -> ProductList:
    """The rows in ``data`` as they are typed. Two queries; never raises for what is in it."""
    try:
        table = read_table(file, read_text(data), names_columns=_is_header_line)
        columns, ignored = _match_columns_or_raise(table)
    except Unreadable as unreadable:
        return ProductList(file, wrong=[WrongCell(0, "", str(unreadable))])
    found = ProductList(file, written_as=table.encoding_and_delimiter_text, ignored=ignored)
    if len(table.rows) > MAX_PRODUCTS:
        reason = f"It has more than {MAX_PRODUCTS:,} rows. Split it and import the parts one by one."
        found.wrong.append(WrongCell(0, "", reason))
        return found
    ingredients = {one.code: one for one in Ingredient.objects.all()}
    codes = columns.index("code")
    known = {
        product.code: product
        for product in Product.objects.filter(code__in=[row[codes] for row in table.rows if codes < len(row)])
    }
    for line, cells in zip(table.lines, table.rows, strict=True):
        if reason := row_width_error_text_or_empty(cells, table):
            found.wrong.append(WrongCell(line, "", reason))
            continue
        said = {
            name: cell_without_formula_guard(cell) for name, cell in zip(columns, cells, strict=False) if name
        }
        found.rows.append(_read_product_row(line, said, known.get(said["code"]), ingredients))
    return found


def _is_header_line(header: Sequence[str]) -> bool:
    """Whether a line names at least one of our columns."""
    return bool({_column_key(cell) for cell in header} & set(COLUMNS))


def _column_key(header: str) -> str:
    """A heading as a field is written: ``Price per ml`` is ``price_per_ml``."""
    return "_".join(search_words(header.replace("_", " ")))


def _match_columns_or_raise(table: Table) -> tuple[list[str], list[str]]:
    """Which field each column is, "" for none; and the columns that are left out."""
    plain = [_column_key(cell) for cell in table.header]
    lacking = [name for name in NEEDED if name not in plain]
    if lacking:
        raise Unreadable(
            f"No column is called {' or '.join(lacking)}. A list of products names its columns "
            "as this page exports them: export one and fill it in."
        )
    twice = sorted({name for name in plain if name in COLUMNS and plain.count(name) > 1})
    if twice:
        raise Unreadable(f"The column {', '.join(twice)} stands twice. Keep the one that is right.")
    return (
        [name if name in COLUMNS else "" for name in plain],
        [table.column_name(at) for at, name in enumerate(plain) if name not in COLUMNS],
    )


def _read_product_row(
    line: int, said: dict[str, str], product: Product | None, ingredients: dict[str, Ingredient]
) -> TypedRow:
    """The row as it is typed; a column that the list does not have stays as it is here."""
    wrong: list[WrongCell] = []
    fields = {
        name: _read_cell_and_note_wrong(line, name, said[name], wrong)
        if name in said
        else _value_of_absent_column(product, name)
        for name in PRODUCT_FIELDS
    }
    contents = _read_contents_and_note_wrong(line, said[CONTENTS], ingredients, wrong)
    return TypedRow(line, fields, contents, wrong)


def _read_cell_and_note_wrong(line: int, name: str, cell: str, wrong: list[WrongCell]) -> object:
    """What a cell says, for the product form. A word that its column does not know is added to ``wrong``."""
    word = cell.casefold()
    if name in _TRUTHS:
        if word not in _YES | _NO:
            wrong.append(WrongCell(line, name, f"“{cell[:40]}” is neither yes nor no."))
        return word in _YES
    if name in _CHOICES:
        choices = _CHOICES[name]
        if word not in choices:
            known = ", ".join(dict.fromkeys(choices.values()))
            wrong.append(WrongCell(line, name, f"“{cell[:40]}” is none of {known}."))
        return choices.get(word, "yes")
    return _with_decimal_point(cell) if name in _NUMBERS else cell


def _value_of_absent_column(product: Product | None, name: str) -> object:
    """What a column that the list does not have says: as it is here, or as a new product begins."""
    return getattr(product or Product(), name)


def _with_decimal_point(cell: str) -> str:
    """A number as a form takes it: “2,5” of a continental list is 2.5; thousands are not parted."""
    return cell.replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell


def _read_contents_and_note_wrong(
    line: int, cell: str, ingredients: dict[str, Ingredient], wrong: list[WrongCell]
) -> list[tuple[Ingredient, Decimal | None]]:
    """``biotin 5; zinc`` as ingredients and mg per ml."""
    held: list[tuple[Ingredient, Decimal | None]] = []

    def add_wrong_cell(reason: str) -> None:
        """Note what is wrong in this cell."""
        wrong.append(WrongCell(line, CONTENTS, reason))

    parts = [part.strip() for part in cell.split(";") if part.strip()]
    if not parts:
        add_wrong_cell("is empty. Say what is in it: biotin 5; zinc 1.")
    for part in parts:
        match = _HOLDS.match(part)
        ingredient = ingredients.get(match["code"]) if match else None
        if match is None:
            add_wrong_cell(f"“{part[:60]}” is not a code and its mg per ml. Write: biotin 5; zinc 1.")
        elif ingredient is None:
            add_wrong_cell(
                f"“{match['code'][:40]}” is no ingredient here. Add it first, or correct its code."
            )
        else:
            try:
                mg = Decimal(_with_decimal_point(match["mg"])) if match["mg"] else None
            except InvalidOperation:
                add_wrong_cell(f"“{match['mg'][:40]}” is not a number of mg per ml.")
            else:
                if mg is not None and mg != round(mg, 4):
                    add_wrong_cell("A strength has at most four decimals.")
                held.append((ingredient, mg))
    return held
