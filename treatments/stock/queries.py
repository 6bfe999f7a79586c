"""What the shelf holds now, what it held on a day, and which lots can be taken."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import OrderBy, RawSQL
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.paging import FIRST, Page, Place, page_of
from mesoclinic.core.quantities import ZERO
from mesoclinic.core.search_text import search_words
from treatments.catalogue.models import Ingredient, Product, ProductContent
from treatments.catalogue.queries.ingredients import products_with_blocked_flag
from treatments.stock.models import Lot, LotHold, OpenedVial, StockMovement
from treatments.stock.models.lots import LotQuerySet, available_ml_expression, offered_order
from treatments.stock.rules.lots import SOON_DAYS, LotChoice

#: Products on a page, lots of each that stand there, and lots on a page of one product's own.
PAGE = 40
LOTS_OF_PRODUCT = 12
LOTS_ON_PAGE = 60

AnyShelf = TypeVar("AnyShelf", "Shelf", "ShelfOnADay")


@dataclass
class ShelfOnADay:
    """One product as it stood: ``ml`` in all, and the first of its lots with ``ml_that_day``."""

    product: Product
    ml: Decimal
    lots: list[Lot] = field(default_factory=list)
    has_more: bool = False


def movements_until(at: datetime, *, as_written: bool = True) -> QuerySet[StockMovement]:
    """The ledger up to a moment.

    ``as_written``: what it said then; the same for ever, because nobody writes into the past. Otherwise what had
    happened by that day, with what was only entered later.
    """
    if as_written:
        return StockMovement.objects.filter(at__lte=at)
    return StockMovement.objects.filter(occurred_on__lte=at.date())


def lot_balance_ml_at(lot: Lot, at: datetime) -> Decimal:
    """What the ledger said a lot held at ``at``. One query."""
    found = movements_until(at).filter(lot=lot).aggregate(ml=Sum("ml"))["ml"]
    return found or ZERO


def page_of_stock_on_a_day(
    clinic: Clinic,
    at: datetime,
    *,
    text: str = "",
    as_written: bool = True,
    product: int | None = None,
    place: Place = FIRST,
) -> Page[ShelfOnADay]:
    """Stock as of ``at``: a page of products with the first lots of each, or of all lots of one. Two queries."""
    there = movements_until(at, as_written=as_written).filter(lot__clinic=clinic)
    lots = _lots_that_answer(Lot.objects.of_clinic(clinic), text).filter(
        Exists(there.filter(lot=OuterRef("pk")))
    )
    of_lot = there.filter(lot=OuterRef("pk")).order_by().values("lot").annotate(sum=Sum("ml"))
    lots_with_ml = lots.annotate(ml_that_day=Subquery(of_lot.values("sum")))
    of_product = (
        there.filter(lot__product=OuterRef("pk")).order_by().values("lot__product").annotate(sum=Sum("ml"))
    )
    products = Product.objects.annotate(ml=Subquery(of_product.values("sum")))
    if product is not None:
        return _page_of_one_shelf(
            products.filter(pk=product),
            lots_with_ml,
            place,
            lambda found: ShelfOnADay(found, found.ml or ZERO),  # type: ignore[attr-defined]
        )
    page = _page_of_products_with_first_lots(products, lots, ["expires_on", "number", "pk"], place)
    shown = {each.pk: ShelfOnADay(each, each.ml or ZERO) for each in page.rows}  # type: ignore[attr-defined]
    _put_first_lots_on_shelves(shown, page.rows, lots_with_ml.order_by("expires_on", "number", "pk"))
    return page.with_rows(shown.values())


def lot_as_choice(lot: Lot) -> LotChoice:
    """A lot (with its product) as the rules take it."""
    return LotChoice(
        lot_id=lot.pk,
        number=lot.number,
        product=lot.product.name,
        expires_on=lot.expires_on,
        on_hand_ml=lot.on_hand_ml,
        status=lot.status,
        opened_until=lot.opened_until,
        opened_ml=lot.opened_ml,
    )


def usable_lots(clinic: Clinic, products: Iterable[Product | int], on: date) -> QuerySet[Lot]:
    """The lots that may be used on ``on``, in the order they are offered: opened first, then first to expire.

    One query, the product with each.
    """
    return (
        Lot.objects.of_clinic(clinic)
        .filter(product__in=products)
        .with_ml_still_good(instant_to_judge_opened_vials(on, clinic))
        .usable_on(on)
        .select_related("product")
        .in_order_offered(instant_to_judge_opened_vials(on, clinic))
    )


def instant_to_judge_opened_vials(on: date, clinic: Clinic) -> datetime:
    """Now, or for a day that has passed its first instant there: what an opened vial is held against."""
    now = timezone.now()
    if on >= timezone.localtime(now, clinic.zone).date():
        return now
    return datetime.combine(on, time(), clinic.zone)


@dataclass(frozen=True, slots=True)
class LotToTake:
    """A locked lot (with its product and clinic) that something is taken from.

    ``holds_blocked``: something blocked is in it. ``movement_ids`` are the ids of its next movements: what
    follows needs no answer from the database first.
    """

    lot: Lot
    holds_blocked: bool
    movement_ids: list[int]


def lock_lots_to_take(lot_ids: Iterable[int], *, movements: int) -> dict[int, LotToTake]:
    """These lots by their id, locked in the order of their ids, each with ids for ``movements`` movements."""
    holds_blocked = ProductContent.objects.filter(
        product=OuterRef("product"), ingredient__status=Ingredient.Status.BLOCKED
    )
    next_ids = (
        "ARRAY(SELECT nextval(pg_get_serial_sequence('stock_stockmovement', 'id'))"
        ' FROM generate_series(1, %s + 0 * "stock_lot"."id"))'  # of its own for each lot
    )
    found = (
        Lot.objects.select_for_update(of=("self",))
        .annotate(
            holds_blocked=Exists(holds_blocked),
            movement_ids=RawSQL(next_ids, [movements], ArrayField(BigIntegerField())),
        )
        .select_related("product", "clinic")
        .filter(pk__in=lot_ids)
        .order_by("pk")
    )
    return {lot.pk: LotToTake(lot, lot.holds_blocked, lot.movement_ids) for lot in found}


def lot_hold_reason_or_empty(lot: Lot) -> str:
    """The reason of the first hold that stands on a lot; empty where none does. One query."""
    held = LotHold.objects.filter(lot=lot, lifted_at=None).order_by("pk").first()
    return held.reason if held is not None else ""


def barred_products(products: Iterable[int]) -> QuerySet[Product]:
    """Those of ``products`` that may never be used: blocked themselves, or by what is in them."""
    return products_with_blocked_flag().filter(Q(blocked=True) | Q(holds_blocked=True), pk__in=set(products))


@dataclass
class Shelf:
    """One product on the shelf of a clinic: what of it may be used, and its lots, first to expire first.

    ``has_more``: only the first of its lots stand here.
    """

    product: Product
    usable_ml: Decimal
    lots: list[Lot] = field(default_factory=list)
    has_more: bool = False


SHOWN = {"": "On hand", "attention": "Needs you", "all": "All, empty ones too"}


def page_of_shelves(
    clinic: Clinic, *, text: str = "", show: str = "", product: int | None = None, place: Place = FIRST
) -> Page[Shelf]:
    """What a clinic holds: a page of products with the first lots of each, or of all lots of one. Two queries."""
    today, now = timezone.localdate(), timezone.now()
    lots = Lot.objects.of_clinic(clinic)
    if show == "attention":
        soon = today + timedelta(days=SOON_DAYS)
        lots = lots.filter(on_hand_ml__gt=0).filter(~Q(status=Lot.Status.RELEASED) | Q(expires_on__lte=soon))
    elif show != "all":
        lots = lots.filter(on_hand_ml__gt=0)
    lots = _lots_that_answer(lots, text)
    usable = (
        Lot.objects.of_clinic(clinic)
        .usable_on(today)
        .filter(product=OuterRef("pk"))
        .order_by()
        .values("product")
        .annotate(sum=Sum(available_ml_expression(now)))
    )
    products = Product.objects.annotate(usable_ml=Subquery(usable.values("sum")))
    if product is not None:
        return _page_of_one_shelf(
            products.filter(pk=product),
            lots,
            place,
            lambda found: Shelf(found, found.usable_ml or ZERO),  # type: ignore[attr-defined]
        )
    page = _page_of_products_with_first_lots(products, lots, offered_order(now), place)
    shown = {each.pk: Shelf(each, each.usable_ml or ZERO) for each in page.rows}  # type: ignore[attr-defined]
    _put_first_lots_on_shelves(shown, page.rows, lots.in_order_offered(now))
    return page.with_rows(shown.values())


def _lots_that_answer(lots: LotQuerySet, text: str) -> LotQuerySet:
    """Those whose product has these words, or whose number begins so."""
    words = search_words(text)
    if not words:
        return lots
    by_name = Q()
    for word in words:
        by_name &= Q(product__name_key__contains=word)
    return lots.filter(by_name | Q(number__istartswith=text.strip()))


def _page_of_products_with_first_lots(
    products: QuerySet[Product], lots: LotQuerySet, order: Sequence[str | OrderBy], place: Place
) -> Page[Product]:
    """Products that have such a lot, a page of them by key, each with the ids of the first lots as ``first_lots``. One query."""
    of_product = lots.filter(product=OuterRef("pk"))
    found = products.filter(Exists(of_product)).annotate(
        first_lots=ArraySubquery(of_product.order_by(*order).values("pk")[: LOTS_OF_PRODUCT + 1])
    )
    return page_of(found, ["name_key", "pk"], place, size=PAGE)


def _put_first_lots_on_shelves(
    shelves: "Mapping[int, Shelf] | Mapping[int, ShelfOnADay]",
    products: Iterable[Product],
    lots: QuerySet[Lot],
) -> None:
    """One query."""
    ids: list[int] = []
    for product in products:
        first: list[int] = product.first_lots  # type: ignore[attr-defined]
        shelves[product.pk].has_more = len(first) > LOTS_OF_PRODUCT
        ids += first[:LOTS_OF_PRODUCT]
    for lot in lots.filter(pk__in=ids):
        shelf = shelves[lot.product_id]
        lot.product = shelf.product
        shelf.lots.append(lot)


def _page_of_one_shelf(
    product: QuerySet[Product], lots: LotQuerySet, place: Place, as_shelf: Callable[[Product], AnyShelf]
) -> Page[AnyShelf]:
    """One product with a page of its lots by key; no product: an empty page. Two queries."""
    found = product.first()
    if found is None:
        return Page([])
    shelf = as_shelf(found)
    page = page_of(lots.filter(product=found), ["expires_on", "number", "pk"], place, size=LOTS_ON_PAGE)
    for lot in page.rows:
        lot.product = found
    shelf.lots = list(page.rows)
    return Page([shelf] if shelf.lots else [], page.before, page.after)


def last_opened_vials_of_lot(lot: Lot) -> QuerySet[OpenedVial]:
    """The containers of a lot that were opened, the newest first. One query."""
    return lot.vials.select_related("opened_by").order_by("-pk")[:20]


def movements_of_lot(lot: Lot) -> QuerySet[StockMovement]:
    """A lot's movements, newest first, with who."""
    return lot.movements.select_related("by").order_by("-pk")
