"""Add and change products, one by one or from a list."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Unpack

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, Refused, gate
from mesoclinic.core.locking import lock_row
from treatments.catalogue.actions.versions import (
    CONTENTS,
    change_row_now_or_plan,
    recording_versions_of_changes,
    save_row_or_refuse,
    strengths_from_contents,
    strengths_in_product,
)
from treatments.catalogue.files import Contents, ProductRow
from treatments.catalogue.models import PlannedChange, Product, ProductContent
from treatments.catalogue.rules import (
    PRODUCT_FIELDS,
    KnownProduct,
    ProductFact,
    ProductFields,
    check_imported_product_duplicates_and_conflicts,
    check_product_code_and_contents,
    check_product_fields,
    check_something_changed_day_and_reason,
    finding_on_import_line,
)


@transaction.atomic
def add_product(
    *, contents: Contents, by: User, reason: str = "New product", **fields: Unpack[ProductFields]
) -> Product:
    """A product of the clinic's own, with what is in it. ``fields`` are those of ``PRODUCT_FIELDS``."""
    gate(_check_product_fields_code_and_contents(None, contents, fields))
    product = Product(**fields)
    today = timezone.localdate()
    with recording_versions_of_changes(by=by, reason=reason, valid_from=today):
        save_row_or_refuse(product)
        _add_contents(product, contents)
    audit.record(by=by, did="product.added", about=product, code=product.code)
    return product


@transaction.atomic
def edit_product_now_or_plan(
    *,
    product: Product,
    contents: Contents,
    by: User,
    reason: str,
    valid_from: date | None = None,
    version: int | None = None,
    **fields: Unpack[ProductFields],
) -> PlannedChange | None:
    """A new version of a product from ``valid_from`` (today where that is None); a later one is returned as a plan.

    Its code stays: lists and lots know it by that. What is in it stays once a lot of it came: a different
    strength is a new product.
    """
    product = lock_row(Product, product.pk)
    gate(_check_product_fields_code_and_contents(product, contents, fields))
    return change_row_now_or_plan(
        row=product,
        changes={**fields, CONTENTS: strengths_from_contents(contents)},
        valid_from=valid_from or timezone.localdate(),
        reason=reason,
        version=version,
        by=by,
    )


def _check_product_fields_code_and_contents(
    product: Product | None, contents: Contents, fields: ProductFields
) -> list[Finding]:
    """What is wrong with a product to be added (``product`` None) or changed."""
    return [
        *check_product_fields(_product_fact_for_rules(contents, fields)),
        *check_product_code_and_contents(
            code=fields["code"],
            ingredients=[ingredient.code for ingredient, _ in contents],
            known=None if product is None else _known_product_fact(product),
            code_is_taken=product is None and Product.objects.filter(code=fields["code"]).exists(),
            contents_change=product is not None
            and strengths_in_product(product) != strengths_from_contents(contents),
        ),
    ]


def _known_product_fact(product: Product) -> KnownProduct:
    return KnownProduct(
        code=product.code,
        is_received=product.received_since is not None,
        is_retired=product.retired_at is not None,
        shipped=product.loaded,
    )


def _product_fact_for_rules(contents: Contents, fields: ProductFields) -> ProductFact:
    """The figures of a product as the rules take them."""
    return ProductFact(
        contents={ingredient.code: mg for ingredient, mg in contents},
        container_ml=fields.get("container_ml"),
        price_per_ml=fields.get("price_per_ml"),
        in_use_hours=fields.get("in_use_hours"),
        gtin=fields.get("gtin", ""),
        blocked=fields.get("blocked", False),
        blocked_reason=fields.get("blocked_reason", ""),
        injectable=fields.get("injectable", "yes"),
        legal_route=fields.get("legal_route", ""),
        presentation=fields.get("presentation", ""),
    )


def _add_contents(product: Product, contents: Contents) -> None:
    """Write what is in a new product."""
    ProductContent.objects.bulk_create(
        ProductContent(product=product, ingredient=ingredient, mg_per_ml=mg_per_ml)
        for ingredient, mg_per_ml in contents
    )


@dataclass
class ProductsImported:
    """What an import did, or would do."""

    new: list[ProductRow] = field(default_factory=list)
    changed: list[tuple[Product, ProductRow, list[str]]] = field(default_factory=list)
    unchanged: int = 0
    #: ``(line, field, message)`` for every row that is wrong.
    wrong: list[tuple[int, str, str]] = field(default_factory=list)


def preview_product_import(*, rows: Iterable[ProductRow]) -> ProductsImported:
    """What importing ``rows`` would do: what is new, what changes, what is wrong. Three queries, nothing written."""
    rows = list(rows)
    products = {
        product.code: product
        for product in Product.objects.filter(
            code__in=[_text_of_field(row, "code") for row in rows]
        ).prefetch_related("contents__ingredient")
    }
    gtins = [gtin for row in rows if (gtin := _text_of_field(row, "gtin"))]
    by_gtin = dict(Product.objects.filter(gtin__in=gtins).values_list("gtin", "code"))
    found = ProductsImported()
    lines: dict[tuple[str, str], int] = {}
    for row in rows:
        code, gtin = _text_of_field(row, "code"), _text_of_field(row, "gtin")
        said = {name: value for name, value in (("code", code), ("gtin", gtin)) if value}
        earlier = {
            name: (value, lines[name, value]) for name, value in said.items() if (name, value) in lines
        }
        for name, value in said.items():
            lines.setdefault((name, value), row.line)
        product = products.get(code)
        changed = [] if product is None else _fields_that_differ(product, row)
        findings = [
            *check_product_fields(_product_fact_for_rules(row.contents, row.fields)),
            *check_imported_product_duplicates_and_conflicts(
                ingredients=[ingredient.code for ingredient, _ in row.contents],
                code=code,
                earlier_lines=earlier,
                gtin_of=by_gtin.get(gtin, ""),
                known=None if product is None else _known_product_fact(product),
                changes=row.fields,
                contents_change="contents" in changed,
            ),
        ]
        found.wrong += [(row.line, finding.where, finding.message) for finding in findings]
        if product is not None and not changed:
            found.unchanged += 1
        elif product is not None and not findings:
            found.changed.append((product, row, changed))
        elif product is None and not findings:
            found.new.append(row)
    return found


def _text_of_field(row: ProductRow, name: str) -> str:
    """A field of the row as text; empty where it says nothing."""
    return str(row.fields.get(name) or "")


def _fields_that_differ(product: Product, row: ProductRow) -> list[str]:
    """The fields, ``contents`` too, in which the row differs from the product."""
    fields = [name for name, value in row.fields.items() if getattr(product, name) != value]
    stands = {one.ingredient.code: one.mg_per_ml for one in product.contents.all()}
    if stands != {one.code: mg for one, mg in row.contents}:
        fields.append("contents")
    return fields


@transaction.atomic
def import_products(*, rows: Iterable[ProductRow], reason: str, by: User) -> ProductsImported:
    """Add what is new and change what differs, from today; all of it or nothing.

    Raises :class:`Refused` with a finding for each wrong row (``where`` is ``<line>-<field>``). The same few
    statements however many rows there are.
    """
    rows, today = list(rows), timezone.localdate()
    gate(
        check_something_changed_day_and_reason(changed=["list"], valid_from=today, reason=reason, today=today)
    )
    # Two imports of one list at the same moment: the second finds what the first wrote.
    list(
        Product.objects.select_for_update()
        .order_by("pk")
        .filter(code__in=[row.fields["code"] for row in rows])
        .values_list("pk")
    )
    found = preview_product_import(rows=rows)
    if found.wrong:
        raise Refused(*(finding_on_import_line(*wrong) for wrong in found.wrong))
    with recording_versions_of_changes(by=by, reason=reason, valid_from=today):
        new = Product.objects.bulk_create(Product(**row.fields) for row in found.new)
        recontained = [(product, row) for product, row, names in found.changed if "contents" in names]
        for product, row, _ in found.changed:
            for name, value in row.fields.items():
                setattr(product, name, value)
        if found.changed:
            Product.objects.bulk_update(
                [product for product, _, _ in found.changed],
                [name for name in PRODUCT_FIELDS if name != "code"],
            )
        if recontained:
            ProductContent.objects.filter(product__in=[product for product, _ in recontained]).delete()
        ProductContent.objects.bulk_create(
            ProductContent(product=product, ingredient=ingredient, mg_per_ml=mg)
            for product, row in [*zip(new, found.new, strict=True), *recontained]
            for ingredient, mg in row.contents
        )
    if first := [*new, *(product for product, _, _ in found.changed)]:
        audit.record(by=by, did="products.imported", about=first[0], new=len(new), changed=len(found.changed))
    return found
