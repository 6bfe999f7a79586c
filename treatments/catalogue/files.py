"""A list of products as CSV: out as the clinic has them, in as rows that are right or say why not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from mesoclinic.core.csv_in import Table, ragged, read_table
from mesoclinic.core.csv_out import as_typed
from mesoclinic.core.search_text import search_words
from mesoclinic.core.text_files import Unreadable, read_text
from treatments.catalogue.forms.products import ROUTES, ProductForm
from treatments.catalogue.models import Ingredient, Product
from treatments.catalogue.rules import PRODUCT_FIELDS

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
    for name, choices in (("presentation", Product.Presentation.choices), ("injectable", ROUTES[1:]))
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
    fields: Mapping[str, Any]
    contents: Contents


@dataclass
class ProductList:
    """A file as it was read."""

    file: str
    rows: list[ProductRow] = field(default_factory=list)
    wrong: list[WrongCell] = field(default_factory=list)
    written_as: str = ""
    ignored: Sequence[str] = ()


def row_of(product: Product) -> list[Any]:
    """A product (with its contents at hand) as the cells of ``COLUMNS``."""
    held = "; ".join(
        one.ingredient.code
        if one.mg_per_ml is None
        else f"{one.ingredient.code} {format(one.mg_per_ml.normalize(), 'f')}"
        for one in product.contents.all()
    )
    return [*(getattr(product, name) for name in PRODUCT_FIELDS), held]


def read_products(file: str, data: bytes) -> ProductList:
    """The products in ``data``, and everything that is wrong with it. Three queries; never raises for what is in it."""
    try:
        table = read_table(file, read_text(data), names_columns=_names_columns)
        columns, ignored = _columns(table)
    except Unreadable as unreadable:
        return ProductList(file, wrong=[WrongCell(0, "", str(unreadable))])
    found = ProductList(file, written_as=table.written_as, ignored=ignored)
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
        if reason := ragged(cells, table):
            found.wrong.append(WrongCell(line, "", reason))
            continue
        said = {name: as_typed(cell) for name, cell in zip(columns, cells, strict=False) if name}
        row = _row(line, said, known.get(said["code"]), ingredients, found.wrong)
        if row is not None:
            found.rows.append(row)
    return found


def _names_columns(header: Sequence[str]) -> bool:
    return bool({_plain(cell) for cell in header} & set(COLUMNS))


def _plain(header: str) -> str:
    return "_".join(search_words(header.replace("_", " ")))


def _columns(table: Table) -> tuple[list[str], list[str]]:
    """Which field each column is, "" for none; and the columns that are left out."""
    plain = [_plain(cell) for cell in table.header]
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


def _row(
    line: int,
    said: dict[str, str],
    product: Product | None,
    ingredients: dict[str, Ingredient],
    wrong: list[WrongCell],
) -> ProductRow | None:
    """The row as the action takes it; None where something is wrong, which is added to ``wrong``."""
    before = len(wrong)
    data: dict[str, Any] = {}
    for name in PRODUCT_FIELDS:
        if name not in said:
            data[name] = _stands(product, name)
            continue
        cell = said[name]
        if name in _TRUTHS:
            word = cell.casefold()
            if word not in _YES | _NO:
                wrong.append(WrongCell(line, name, f"“{cell[:40]}” is neither yes nor no."))
            data[name] = word in _YES
        elif name in _CHOICES:
            choices = _CHOICES[name]
            if cell.casefold() not in choices:
                wrong.append(
                    WrongCell(
                        line, name, f"“{cell[:40]}” is none of {', '.join(dict.fromkeys(choices.values()))}."
                    )
                )
            data[name] = choices.get(cell.casefold(), "yes")
        elif name in _NUMBERS:
            data[name] = _number_text(cell)
        else:
            data[name] = cell
    form = ProductForm(data, instance=Product())
    if not form.is_valid():
        wrong += [
            WrongCell(line, name if name != "__all__" else "", " ".join(map(str, messages)))
            for name, messages in form.errors.items()
            if name not in {w.column for w in wrong[before:]}
        ]
    contents = _contents(line, said[CONTENTS], ingredients, wrong)
    if len(wrong) > before:
        return None
    return ProductRow(line, {name: form.cleaned_data[name] for name in PRODUCT_FIELDS}, contents)


def _stands(product: Product | None, name: str) -> Any:
    """What a column that the list does not have says: as it is here, or as a new product begins."""
    if product is not None:
        return getattr(product, name)
    fresh = Product()
    return getattr(fresh, name)


def _number_text(cell: str) -> str:
    """A number as a form takes it: “2,5” of a continental list is 2.5; thousands are not parted."""
    return cell.replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell


def _contents(
    line: int, cell: str, ingredients: dict[str, Ingredient], wrong: list[WrongCell]
) -> list[tuple[Ingredient, Decimal | None]]:
    """``biotin 5; zinc`` as ingredients and mg per ml."""
    held: list[tuple[Ingredient, Decimal | None]] = []

    def refuse(reason: str) -> None:
        wrong.append(WrongCell(line, CONTENTS, reason))

    parts = [part.strip() for part in cell.split(";") if part.strip()]
    if not parts:
        refuse("is empty. Say what is in it: biotin 5; zinc 1.")
    for part in parts:
        match = _HOLDS.match(part)
        ingredient = ingredients.get(match["code"]) if match else None
        if match is None:
            refuse(f"“{part[:60]}” is not a code and its mg per ml. Write: biotin 5; zinc 1.")
        elif ingredient is None:
            refuse(f"“{match['code'][:40]}” is no ingredient here. Add it first, or correct its code.")
        else:
            try:
                mg = Decimal(_number_text(match["mg"])) if match["mg"] else None
            except InvalidOperation:
                refuse(f"“{match['mg'][:40]}” is not a number of mg per ml.")
            else:
                if mg is not None and mg != round(mg, 4):
                    refuse("A strength has at most four decimals.")
                held.append((ingredient, mg))
    return held
