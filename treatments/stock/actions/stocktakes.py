"""Counting the shelf: begun, filled in, and signed once. Every correction goes into the ledger, or none."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import gate, raise_if_found
from mesoclinic.core.locking import lock_row
from treatments.stock.actions import vials
from treatments.stock.models import Lot, StockMovement, Stocktake, StocktakeLine
from treatments.stock.rules.ledger import MovementKind
from treatments.stock.rules.stocktakes import (
    CountedLot,
    StocktakeStatus,
    check_counted_figure_possible,
    check_counts_leave_no_lot_below_zero,
    check_stocktake_can_be_signed,
    check_stocktake_has_lots_to_count,
    check_stocktake_is_open,
)

#: One sheet holds no more lots: a page with more fields is not sent.
MOST_LINES = 600


@transaction.atomic
def begin_or_continue_stocktake(*, clinic: Clinic, by: User) -> Stocktake:
    """A sheet with every lot that has something on hand. One at a time: the one begun is returned."""
    # Two people who begin at once get one sheet: they wait for the clinic's row.
    lock_row(Clinic, clinic.pk)
    begun = Stocktake.objects.filter(clinic=clinic, status=StocktakeStatus.COUNTING).first()
    if begun is not None:
        return begun
    lots = list(
        Lot.objects.of_clinic(clinic)
        .filter(on_hand_ml__gt=0)
        .order_by("product__name_key", "product", "expires_on", "number", "pk")[:MOST_LINES]
    )
    raise_if_found(check_stocktake_has_lots_to_count(len(lots)))
    stocktake = Stocktake.objects.create(clinic=clinic, begun_by=by)
    StocktakeLine.objects.bulk_create(
        StocktakeLine(stocktake=stocktake, lot=lot, expected_ml=lot.on_hand_ml) for lot in lots
    )
    audit.record(by=by, did="stocktake.begun", about=stocktake, lots=len(lots))
    return stocktake


@transaction.atomic
def save_counts(
    *, stocktake: Stocktake, counts: Mapping[int, tuple[Decimal | None, str]], by: User
) -> Stocktake:
    """Keep what was counted: lot id to (ml or None, reason).

    A figure that is new or changed is held against the ledger as it is now, so what moves afterwards does no harm.
    """
    stocktake, lines = _lock_open_stocktake_or_refuse(stocktake)
    findings = [
        finding
        for line in lines
        if line.lot_id in counts
        for finding in check_counted_figure_possible(_counted_lot(line, *counts[line.lot_id]))
    ]
    gate(findings)
    now = dict(Lot.objects.filter(pk__in=[line.lot_id for line in lines]).values_list("pk", "on_hand_ml"))
    for line in lines:
        if line.lot_id not in counts:
            continue
        counted, reason = counts[line.lot_id]
        if counted != line.counted_ml:
            line.expected_ml = now[line.lot_id]
        line.counted_ml, line.reason = counted, reason.strip()[:200]
    StocktakeLine.objects.bulk_update(lines, ["expected_ml", "counted_ml", "reason"])
    audit.record(by=by, did="stocktake.counted", about=stocktake)
    return stocktake


@transaction.atomic
def sign_stocktake(*, stocktake: Stocktake, by: User, reasons: Mapping[str, str] | None = None) -> Stocktake:
    """Write every difference into the ledger and freeze the count: all of it, or nothing and a refusal."""
    stocktake, lines = _lock_open_stocktake_or_refuse(stocktake)
    lots = {
        lot.pk: lot
        for lot in Lot.objects.select_for_update(of=("self",))
        .select_related("product", "clinic")
        .filter(pk__in=[line.lot_id for line in lines])
        .order_by("pk")
    }
    counted = [_counted_lot(line, line.counted_ml, line.reason) for line in lines]
    passed = gate(check_stocktake_can_be_signed(counted), reasons)
    gate(check_counts_leave_no_lot_below_zero(counted, {lot.pk: lot.on_hand_ml for lot in lots.values()}))
    differing = [line for line in lines if _difference_ml(line)]
    movements = StockMovement.objects.bulk_create(
        StockMovement(
            lot_id=line.lot_id,
            kind=MovementKind.COUNT.value,
            ml=_difference_ml(line),
            occurred_on=timezone.localdate(),
            by=by,
            reason=line.reason,
        )
        for line in differing
    )
    vials.record_draws_of_written_movements(lots=lots, movements=movements)
    for line, movement in zip(differing, movements, strict=True):
        line.movement = movement
    StocktakeLine.objects.bulk_update(differing, ["movement"])
    stocktake.status = StocktakeStatus.SIGNED.value
    stocktake.signed_by, stocktake.signed_at = by, timezone.now()
    stocktake.note = "; ".join(each.reason for each in passed)[:200]
    stocktake.save(update_fields=["status", "signed_by", "signed_at", "note"])
    audit.record(
        by=by,
        did="stocktake.signed",
        about=stocktake,
        corrections={str(line.lot_id): str(_difference_ml(line)) for line in differing},
    )
    return stocktake


@transaction.atomic
def mark_stocktake_dropped(*, stocktake: Stocktake, by: User) -> Stocktake:
    """Begun by mistake: nothing is corrected, and another may begin."""
    stocktake, _ = _lock_open_stocktake_or_refuse(stocktake)
    stocktake.status = StocktakeStatus.DROPPED.value
    stocktake.save(update_fields=["status"])
    audit.record(by=by, did="stocktake.dropped", about=stocktake)
    return stocktake


def _lock_open_stocktake_or_refuse(stocktake: Stocktake) -> tuple[Stocktake, list[StocktakeLine]]:
    """The count and its lines as they stand; locked, and still open."""
    locked = lock_row(Stocktake, stocktake.pk)
    raise_if_found(check_stocktake_is_open(locked.status))
    lines = list(locked.lines.select_related("lot__product").order_by("pk"))
    return locked, lines


def _counted_lot(line: StocktakeLine, counted_ml: Decimal | None, reason: str) -> CountedLot:
    """A line of a stocktake with these figures, as the rules take it."""
    return CountedLot(
        line.lot_id, line.lot.number, line.lot.product.name, line.expected_ml, counted_ml, reason
    )


def _difference_ml(line: StocktakeLine) -> Decimal:
    """Counted less expected; 0 where it was not counted."""
    if line.counted_ml is None:
        return Decimal(0)
    return Decimal(line.counted_ml - line.expected_ml)
