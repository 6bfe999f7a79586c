"""Load the shipped ingredients, products and safety rules."""

from typing import TypeVar

from mesoclinic.core.reference import (
    Loaded,
    Rows,
    code_in_row_or_none,
    merge_shipped_rows_keeping_edits,
    non_empty_codes_in_row,
    without_fields,
)
from patients.models import Factor
from treatments.catalogue.models import (
    Contraindication,
    DoseLimit,
    Ingredient,
    Interaction,
    Product,
    ProductContent,
)

#: A model whose rows are known by their ``code``.
Coded = TypeVar("Coded", Ingredient, Factor, Product)


def load_ingredients(*, rows: Rows) -> Loaded:
    """Field names to values, by ``code``."""
    return merge_shipped_rows_keeping_edits(Ingredient, rows, key=("code",))[1]


def load_dose_limits(*, rows: Rows) -> Loaded:
    """Field names to values; ``ingredient_code`` names the ingredient."""
    ingredients = _rows_by_code(Ingredient)
    limits = [
        {**without_fields(row, "ingredient_code"), "ingredient": ingredients[str(row["ingredient_code"])]}
        for row in rows
    ]
    return merge_shipped_rows_keeping_edits(DoseLimit, limits, key=("ingredient", "kind", "unit", "period"))[
        1
    ]


def load_interactions(*, rows: Rows) -> Loaded:
    """Field names to values; ``ingredient_codes`` is the pair, the second None for every other ingredient."""
    ingredients = _rows_by_code(Ingredient)
    pairs = []
    for row in rows:
        pair = sorted(
            (ingredients[code] for code in non_empty_codes_in_row(row, "ingredient_codes")),
            key=lambda i: i.pk,
        )
        pairs.append(
            {
                **without_fields(row, "ingredient_codes"),
                "first": pair[0],
                "second": pair[1] if len(pair) == 2 else None,
            }
        )
    return merge_shipped_rows_keeping_edits(Interaction, pairs, key=("first", "second", "kind", "scope"))[1]


def load_contraindications(*, rows: Rows) -> Loaded:
    """Field names to values; ``ingredient_code`` None is the whole treatment, ``factor_code`` None everyone."""
    ingredients, factors = _rows_by_code(Ingredient), _rows_by_code(Factor)
    found = [
        {
            **without_fields(row, "ingredient_code", "factor_code"),
            "ingredient": ingredients[code]
            if (code := code_in_row_or_none(row, "ingredient_code"))
            else None,
            "factor": factors[code] if (code := code_in_row_or_none(row, "factor_code")) else None,
        }
        for row in rows
    ]
    return merge_shipped_rows_keeping_edits(
        Contraindication, found, key=("ingredient", "factor", "factor_text")
    )[1]


def load_products(*, rows: Rows) -> Loaded:
    """Field names to values, by ``code``; ``contents`` is a list of ingredient codes, their strength unknown."""
    rows = list(rows)
    ingredients = _rows_by_code(Ingredient)
    before = {p.code: p.loaded.get("contents", []) for p in Product.objects.exclude(loaded={})}
    products, loaded = merge_shipped_rows_keeping_edits(
        Product, [without_fields(row, "contents") for row in rows], key=("code",)
    )
    for row in rows:
        _load_contents(
            products[(row["code"],)],
            ingredients,
            shipped=non_empty_codes_in_row(row, "contents"),
            before=before.get(str(row["code"]), []),
        )
    return loaded


def _load_contents(
    product: Product, ingredients: dict[str, Ingredient], *, shipped: list[str], before: list[str]
) -> None:
    """Bring what the data newly says is in a product; strengths and contents the clinic typed stay."""
    product.loaded["contents"] = shipped
    product.save(update_fields=["loaded"])
    gone = [code for code in before if code not in shipped]
    product.contents.filter(ingredient__code__in=gone, mg_per_ml=None).delete()
    for code in shipped:
        if code not in before:
            ProductContent.objects.get_or_create(product=product, ingredient=ingredients[code])


def _rows_by_code(model: type[Coded]) -> dict[str, Coded]:
    """All rows of a model, by their ``code``."""
    return {row.code: row for row in model._default_manager.all()}
