"""A list of products: the form that takes its file, and each of its rows checked by the product form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from django import forms

from treatments.catalogue.files import ProductList, ProductRow, TypedRow, WrongCell
from treatments.catalogue.forms.products import ProductForm
from treatments.catalogue.forms.versions import crispy_form_helper
from treatments.catalogue.models import Product
from treatments.catalogue.rules import PRODUCT_FIELDS, ProductFields


class ProductsFileForm(forms.Form):
    file = forms.FileField(
        label="File",
        allow_empty_file=True,  # said in words by the reader
        help_text="A list as this page exports it: CSV, one product a line.",
        error_messages={"required": "Choose a file."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = crispy_form_helper([("file", "col-12")])


@dataclass(frozen=True)
class CheckedList:
    """The rows that are right, and everything that is wrong with the rest and the file."""

    rows: Sequence[ProductRow]
    wrong: Sequence[WrongCell]


def product_rows_and_wrong_cells(found: ProductList) -> CheckedList:
    """Each row of a list that was read, as the product form takes it. No query."""
    rows: list[ProductRow] = []
    wrong = list(found.wrong)
    for typed in found.rows:
        form = ProductForm(dict(typed.fields), instance=Product())
        cells = [*typed.wrong, *_wrong_cells_of_form(form, typed)]
        wrong += cells
        if not cells:
            fields = {name: form.cleaned_data[name] for name in PRODUCT_FIELDS}
            rows.append(ProductRow(typed.line, cast(ProductFields, fields), typed.contents))
    return CheckedList(rows, wrong)


def _wrong_cells_of_form(form: ProductForm, typed: TypedRow) -> list[WrongCell]:
    """What the form finds wrong in columns whose cells could be read."""
    unread = {cell.column for cell in typed.wrong}
    return [
        WrongCell(typed.line, "" if name == "__all__" else name, " ".join(map(str, messages)))
        for name, messages in form.errors.items()
        if name not in unread
    ]
