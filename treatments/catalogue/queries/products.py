"""Lists of products, one product for its page, and products by bar code."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from mesoclinic.core.paging import FIRST, Page, Place, page_of
from mesoclinic.core.search_text import search_words
from treatments.catalogue.models import Gtin, Product, ProductContent
from treatments.catalogue.queries.ingredients import (
    PAGE,
    Sheet,
    catalogue_sheet_of_ingredients,
    products_with_blocked_flag,
)


def products_by_gtin(gtins: Iterable[str]) -> dict[str, Product]:
    """The products that these GTINs (14 digits) are known to be. Two queries."""
    wanted = {gtin for gtin in gtins if gtin}
    if not wanted:
        return {}
    known = {row.gtin: row.product for row in Gtin.objects.filter(gtin__in=wanted).select_related("product")}
    # A GTIN typed on the product itself may be written with fewer digits.
    short = {gtin.lstrip("0"): gtin for gtin in wanted}
    for product in Product.objects.exclude(gtin="").filter(
        gtin__in=[digits.rjust(n, "0") for digits in short for n in (8, 12, 13, 14)]
    ):
        known.setdefault(product.gtin.rjust(14, "0"), product)
    return known


#: In this order products are listed, and exported.
PRODUCT_ORDER = ("premade", "name_key", "pk")


@dataclass(frozen=True)
class ProductFilter:
    text: str = ""
    family: str = ""
    kind: str = ""  # active or other
    prescription: str = ""
    blocked: str = ""  # yes or no
    route: str = ""
    show: str = ""  # retired


def filtered_products(chosen: ProductFilter | None = None) -> QuerySet[Product]:
    """The products that a filter leaves, each with what is in it: two queries."""
    chosen = chosen or ProductFilter()
    found = products_with_blocked_flag().filter(retired_at__isnull=chosen.show != "retired")
    for word in search_words(chosen.text):
        found = found.filter(
            Q(name_key__contains=word)
            | Q(maker__icontains=word)
            | Q(code__icontains=word)
            | Q(gtin__contains=word)
        )
    if chosen.family:
        found = found.filter(_holds_ingredient_exists(ingredient__family=chosen.family))
    if chosen.kind:
        holds = _holds_ingredient_exists(ingredient__is_active=True)
        found = found.filter(holds if chosen.kind == "active" else ~holds)
    if chosen.prescription:
        found = found.filter(
            _holds_ingredient_exists(ingredient__prescription__startswith=chosen.prescription)
        )
    if chosen.blocked:
        barred = Q(blocked=True) | Q(holds_blocked=True)
        found = found.filter(barred if chosen.blocked == "yes" else ~barred)
    if chosen.route:
        found = found.filter(injectable=chosen.route)
    return found.order_by(*PRODUCT_ORDER).prefetch_related(
        Prefetch("contents", ProductContent.objects.select_related("ingredient"))
    )


def page_of_products(chosen: ProductFilter, place: Place = FIRST) -> Page[Product]:
    """A page of :func:`filtered_products` by key. Two queries."""
    return page_of(filtered_products(chosen), PRODUCT_ORDER, place, size=PAGE)


def _holds_ingredient_exists(**what: object) -> Exists:
    """Whether a product has an ingredient of this kind in it; a condition of a query."""
    return Exists(ProductContent.objects.filter(product=OuterRef("pk"), **what))


def catalogue_sheet_of_product(product: Product) -> Sheet:
    """What a product's page shows of the rules of what is in it. Six queries."""
    contents = list(product.contents.select_related("ingredient").order_by("ingredient__work_order", "pk"))
    return catalogue_sheet_of_ingredients([content.ingredient for content in contents], contents)
