"""Lists of ingredients, and one ingredient for its page."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from mesoclinic.core.models import Source
from mesoclinic.core.paging import FIRST, Page, Place, page_of
from mesoclinic.core.search_text import search_words
from treatments.catalogue.models import (
    Contraindication,
    DoseLimit,
    Indication,
    Ingredient,
    Interaction,
    Product,
    ProductContent,
)


def products_with_blocked_flag() -> QuerySet[Product]:
    """Products that know whether something blocked is in them (``holds_blocked``)."""
    return Product.objects.annotate(
        holds_blocked=Exists(
            ProductContent.objects.filter(
                product=OuterRef("pk"), ingredient__status=Ingredient.Status.BLOCKED
            )
        )
    )


PAGE = 60


@dataclass(frozen=True)
class IngredientFilter:
    text: str = ""
    family: str = ""
    status: str = ""
    kind: str = ""  # active or other
    prescription: str = ""
    route: str = ""  # of a product that holds it


def page_of_ingredients(chosen: IngredientFilter, place: Place = FIRST) -> Page[Ingredient]:
    """The ingredients that a filter leaves, in the order a cocktail is thought through in. One query."""
    found = Ingredient.objects.filter(retired_at__isnull=chosen.status != "retired")
    for word in search_words(chosen.text):
        found = found.filter(
            Q(name_key__contains=word) | Q(synonyms__icontains=word) | Q(ingredient_class__icontains=word)
        )
    if chosen.family:
        found = found.filter(family=chosen.family)
    if chosen.status and chosen.status != "retired":
        found = found.filter(status=chosen.status)
    if chosen.kind:
        found = found.filter(is_active=chosen.kind == "active")
    if chosen.prescription:
        found = found.filter(prescription__startswith=chosen.prescription)
    if chosen.route:
        found = found.filter(
            Exists(
                ProductContent.objects.filter(
                    ingredient=OuterRef("pk"), product__injectable=chosen.route, product__retired_at=None
                )
            )
        )
    return page_of(found, ["work_order", "name_key", "pk"], place, size=PAGE)


@dataclass
class Sheet:
    """All that the catalogue says about an ingredient, or about those of a product, with the sources it cites.

    A pair is ``(which of them, the other or None for every other, what they do)``.
    """

    ingredients: list[Ingredient]
    limits: list[DoseLimit]
    pairs: list[tuple[Ingredient, Ingredient | None, Interaction]]
    contraindications: list[Contraindication]
    indications: list[Indication]
    sources: list[Source]
    contents: list[ProductContent]

    @property
    def has_several_ingredients(self) -> bool:
        """Whether a rule has to say which ingredient it is about."""
        return len(self.ingredients) > 1


def catalogue_sheet_of_ingredients(
    ingredients: Iterable[Ingredient], contents: Iterable[ProductContent]
) -> Sheet:
    """Five queries, however many ingredients."""
    about = {ingredient.pk: ingredient for ingredient in ingredients}
    limits = list(
        DoseLimit.objects.filter(ingredient__in=about, retired_at=None)
        .select_related("ingredient", "reviewed_by")
        .order_by("ingredient__name_key", "kind", "pk")
    )
    pairs = []
    for row in Interaction.objects.filter(
        Q(first__in=about) | Q(second__in=about) | Q(second=None), retired_at=None
    ).select_related("first", "second", "reviewed_by"):
        if row.first_id in about:
            pairs.append((about[row.first_id], row.second, row))
        elif row.second_id in about:
            pairs.append((about[row.second_id], row.first, row))
        elif about:  # the other one meets everything, these too
            pairs.append((next(iter(about.values())), row.first, row))
    order = [kind.value for kind in Interaction.Kind]
    pairs.sort(key=lambda pair: (order.index(pair[2].kind), pair[1].name_key if pair[1] else "", pair[2].pk))
    contraindications = list(
        Contraindication.objects.filter(ingredient__in=about, retired_at=None)
        .select_related("ingredient", "reviewed_by")
        .order_by("severity", "factor_text", "pk")
    )
    indications = list(
        Indication.objects.filter(ingredient__in=about, retired_at=None)
        .select_related("ingredient", "condition", "reviewed_by")
        .order_by("-support", "condition__name", "ingredient__name")
    )
    rules = [*limits, *(row for *_, row in pairs), *contraindications, *indications]
    cited = {key for row in [*about.values(), *rules] for key in row.source_keys}
    return Sheet(
        list(about.values()),
        limits,
        pairs,
        contraindications,
        indications,
        sources=list(Source.objects.filter(key__in=cited).order_by("key")),
        contents=list(contents),
    )


def catalogue_sheet_of_ingredient(ingredient: Ingredient) -> Sheet:
    """What one ingredient's page shows. Six queries."""
    contents = (
        ProductContent.objects.filter(ingredient=ingredient)
        .select_related("product")
        .order_by("product__name_key")
    )
    return catalogue_sheet_of_ingredients([ingredient], contents)
