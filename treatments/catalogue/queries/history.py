"""What the shelf held at any moment that has passed."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.quantities import ZERO
from patients.rules import search_words
from treatments.catalogue.models import Lot, Product, StockMovement

PAGE = 40


@dataclass
class ShelfThen:
    """One product as it stood: its lots with ``then_ml``, and their sum."""

    product: Product
    lots: list[Lot] = field(default_factory=list)

    @property
    def ml(self) -> Decimal:
        return sum((lot.then_ml for lot in self.lots), ZERO)  # type: ignore[attr-defined]


@dataclass
class PageThen:
    shelves: list[ShelfThen]
    next_after: int | None


def movements_until(at: datetime, *, as_written: bool = True) -> QuerySet[StockMovement]:
    """The ledger up to a moment.

    ``as_written``: what it said then; the same for ever, because nobody writes into the past. Otherwise what had
    happened by that day, with what was only entered later.
    """
    if as_written:
        return StockMovement.objects.filter(at__lte=at)
    return StockMovement.objects.filter(occurred_on__lte=at.date())


def balance_at(lot: Lot, at: datetime) -> Decimal:
    """What the ledger said a lot held at ``at``. One query."""
    found = movements_until(at).filter(lot=lot).aggregate(ml=Sum("ml"))["ml"]
    return found or ZERO


def shelf_then(
    clinic: Clinic, at: datetime, *, text: str = "", as_written: bool = True, after: int | None = None
) -> PageThen:
    """Stock by product and lot as of ``at``, a page at a time by key. Two queries, three after the first page."""
    there = movements_until(at, as_written=as_written).filter(lot__clinic=clinic)
    lots = Lot.objects.at(clinic)
    for word in search_words(text):
        lots = lots.filter(Q(product__name_key__contains=word) | Q(number__istartswith=text.strip()))
    found = Product.objects.filter(
        Exists(lots.filter(product=OuterRef("pk")).filter(Exists(there.filter(lot=OuterRef("pk")))))
    )
    if after is not None:
        key = Product.objects.filter(pk=after).values_list("name_key", flat=True)
        last = key.first() or ""
        found = found.filter(Q(name_key__gt=last) | Q(name_key=last, pk__gt=after))
    page = list(found.order_by("name_key", "pk")[: PAGE + 1])
    shown = {product.pk: ShelfThen(product) for product in page[:PAGE]}
    until = Q(movements__at__lte=at)
    if not as_written:
        until = Q(movements__occurred_on__lte=at.date())
    with_then = (
        lots.filter(product__in=shown)
        .annotate(then_ml=Sum("movements__ml", filter=until))
        .filter(then_ml__isnull=False)
        .order_by("expires_on", "number", "pk")
    )
    for lot in with_then:
        shown[lot.product_id].lots.append(lot)
    return PageThen(list(shown.values()), page[PAGE - 1].pk if len(page) > PAGE else None)
