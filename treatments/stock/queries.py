"""What the shelf holds now, what it held on a day, and which lots can be taken."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.utils import timezone

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.paging import FIRST, Page, Place, page_of
from mesoclinic.core.quantities import ZERO
from mesoclinic.core.search_text import search_words
from treatments.catalogue.models import Ingredient, Product, ProductContent
from treatments.catalogue.queries.ingredients import products_with_blocked_flag
from treatments.stock.models import Lot, LotHold, OpenedVial, StockMovement
from treatments.stock.rules.lots import SOON_DAYS, LotChoice, available_ml

PAGE = 40


@dataclass
class ShelfOnADay:
    """One product as it stood: its lots with ``ml_that_day``, and their sum."""

    product: Product
    lots: list[Lot] = field(default_factory=list)

    @property
    def ml(self) -> Decimal:
        return sum((lot.ml_that_day for lot in self.lots), ZERO)  # type: ignore[attr-defined]


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
    clinic: Clinic, at: datetime, *, text: str = "", as_written: bool = True, place: Place = FIRST
) -> Page[ShelfOnADay]:
    """Stock by product and lot as of ``at``, a page at a time by key. Two queries."""
    there = movements_until(at, as_written=as_written).filter(lot__clinic=clinic)
    lots = Lot.objects.of_clinic(clinic)
    for word in search_words(text):
        lots = lots.filter(Q(product__name_key__contains=word) | Q(number__istartswith=text.strip()))
    found = Product.objects.filter(
        Exists(lots.filter(product=OuterRef("pk")).filter(Exists(there.filter(lot=OuterRef("pk")))))
    )
    page = page_of(found, ["name_key", "pk"], place, size=PAGE)
    shown = {product.pk: ShelfOnADay(product) for product in page.rows}
    until = Q(movements__at__lte=at)
    if not as_written:
        until = Q(movements__occurred_on__lte=at.date())
    with_ml = (
        lots.filter(product__in=shown)
        .annotate(ml_that_day=Sum("movements__ml", filter=until))
        .filter(ml_that_day__isnull=False)
        .order_by("expires_on", "number", "pk")
    )
    for lot in with_ml:
        shown[lot.product_id].lots.append(lot)
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
    """One product on the shelf of a clinic, its lots first to expire first."""

    product: Product
    lots: list[Lot] = field(default_factory=list)

    @property
    def usable_ml(self) -> Decimal:
        today = timezone.localdate()
        now = timezone.now()
        usable = (
            available_ml(lot_as_choice(lot), now)
            for lot in self.lots
            if lot.status == Lot.Status.RELEASED and lot.expires_on >= today
        )
        return sum(usable, ZERO)


SHOWN = {"": "On hand", "attention": "Needs you", "all": "All, empty ones too"}


def page_of_shelves(clinic: Clinic, *, text: str = "", show: str = "", place: Place = FIRST) -> Page[Shelf]:
    """What a clinic holds, product by product, a page at a time by key. Two queries."""
    today = timezone.localdate()
    lots = Lot.objects.of_clinic(clinic)
    if show == "attention":
        soon = today + timedelta(days=SOON_DAYS)
        lots = lots.filter(on_hand_ml__gt=0).filter(~Q(status=Lot.Status.RELEASED) | Q(expires_on__lte=soon))
    elif show != "all":
        lots = lots.filter(on_hand_ml__gt=0)
    words = search_words(text)
    if words:
        by_name = Q()
        for word in words:
            by_name &= Q(product__name_key__contains=word)
        lots = lots.filter(by_name | Q(number__istartswith=text.strip()))
    found = Product.objects.filter(Exists(lots.filter(product=OuterRef("pk"))))
    page = page_of(found, ["name_key", "pk"], place, size=PAGE)
    shown = {product.pk: Shelf(product) for product in page.rows}
    for lot in lots.filter(product__in=shown).in_order_offered():
        shelf = shown[lot.product_id]
        lot.product = shelf.product
        shelf.lots.append(lot)
    return page.with_rows(shown.values())


def last_opened_vials_of_lot(lot: Lot) -> QuerySet[OpenedVial]:
    """The containers of a lot that were opened, the newest first. One query."""
    return lot.vials.select_related("opened_by").order_by("-pk")[:20]


def movements_of_lot(lot: Lot) -> QuerySet[StockMovement]:
    """A lot's movements, newest first, with who."""
    return lot.movements.select_related("by").order_by("-pk")
