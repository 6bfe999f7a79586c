"""Which containers are opened and drawn from, written beside the ledger. The lots are locked by who calls."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import Refused
from mesoclinic.core.quantities import ZERO
from treatments.stock.models import Lot, OpenedVial, StockMovement, VialDraw
from treatments.stock.rules.ledger import MovementKind
from treatments.stock.rules.lots import in_use_hours
from treatments.stock.rules.vials import (
    NOTHING_KEPT,
    OPEN_TOO_LONG,
    DrawPlan,
    OpenVial,
    good_until,
    plan_draws,
)


def hours_of(lot: Lot) -> int:
    """How long an opened container of it keeps."""
    return in_use_hours(lot.product.presentation, lot.product.in_use_hours)


_WRITE = """
INSERT INTO stock_stockmovement (id, lot_id, kind, ml, occurred_on, by_id, reason)
SELECT n.id, n.lot_id, n.kind, n.ml, %s, %s, n.reason
  FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::numeric[], %s::text[])
       WITH ORDINALITY AS n(id, lot_id, kind, ml, reason, place) ORDER BY n.place;
INSERT INTO stock_vialdraw (movement_id, ml, opens_ml, at)
SELECT n.movement_id, n.ml, n.opens_ml, %s
  FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[])
       WITH ORDINALITY AS n(movement_id, ml, opens_ml, place) ORDER BY n.place;
"""


def draw(
    *,
    lots: Mapping[int, Any],
    needs: Sequence[tuple[int, Decimal]],
    occurred_on: date,
    by: User,
    at: datetime,
    wasted: Sequence[tuple[int, Decimal]] = (),
    why_wasted: str = "",
) -> list[StockMovement]:
    """Write the uses of ``needs`` and what they do to containers; the uses, in order. The lots hold what is taken.
    What was drawn up with them and ``wasted`` follows the uses.

    One round trip: each lot brings the ids of its movements (``movement_ids``), and the database names the vial of each
    draw.
    """
    taken = [*needs, *wasted]
    places: dict[int, list[int]] = {lot_id: [] for lot_id in lots}
    for place, (lot_id, _) in enumerate(taken):
        places[lot_id].append(place)
    plans = {lot_id: _plan(lots[lot_id], [taken[n][1] for n in mine], at) for lot_id, mine in places.items()}
    ids = {lot_id: iter(lot.movement_ids) for lot_id, lot in lots.items()}

    def moved(lot_id: int, kind: MovementKind, ml: Decimal, why: str = "") -> StockMovement:
        return StockMovement(
            pk=next(ids[lot_id]),
            lot_id=lot_id,
            kind=kind.value,
            ml=-ml,
            occurred_on=occurred_on,
            by=by,
            reason=why,
        )

    uses = [
        *(moved(lot_id, MovementKind.USE, ml) for lot_id, ml in needs),
        *(moved(lot_id, MovementKind.WASTE, ml, why_wasted) for lot_id, ml in wasted),
    ]
    stale = {
        lot_id: moved(lot_id, MovementKind.WASTE, plan.stale_ml, OPEN_TOO_LONG)
        for lot_id, plan in plans.items()
        if plan.stale_ml
    }
    kept_none = {
        lot_id: moved(lot_id, MovementKind.WASTE, plan.kept_none_ml, NOTHING_KEPT)
        for lot_id, plan in plans.items()
        if plan.kept_none_ml
    }
    draws: list[tuple[int, Decimal, Decimal | None]] = []
    for lot_id, plan in plans.items():
        place = -1
        for drawn in plan.draws:
            opens = drawn.vial > place
            place = drawn.vial
            if drawn.take is not None:
                movement = uses[places[lot_id][drawn.take]]
            else:
                movement = (stale if drawn.vial < 0 else kept_none)[lot_id]
            opens_ml = plan.opened[place].ml if opens else None
            draws.append((movement.pk, drawn.ml, opens_ml))
    movements = [*stale.values(), *uses, *kept_none.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                occurred_on,
                by.pk,
                [each.pk for each in movements],
                [each.lot_id for each in movements],
                [each.kind for each in movements],
                [each.ml for each in movements],
                [each.reason for each in movements],
                at,
                [movement_id for movement_id, _, _ in draws],
                [ml for _, ml, _ in draws],
                [opens_ml for _, _, opens_ml in draws],
            ],
        )
    return uses


def _open_now(lot: Lot) -> OpenVial | None:
    """What is open, from the lot's own row: it is locked, so this is as things stand."""
    if lot.opened_vial_id is None or lot.opened_ml is None or lot.opened_until is None:
        return None
    return OpenVial(lot.opened_ml, lot.opened_until)


def _plan(lot: Lot, takes: Sequence[Decimal], at: datetime) -> DrawPlan:
    return plan_draws(
        takes,
        on_hand_ml=lot.on_hand_ml,
        container_ml=lot.product.container_ml,
        hours=hours_of(lot),
        open_now=_open_now(lot),
        at=at,
    )


def _vial(lot: Lot, ml: Decimal, by: User, at: datetime) -> OpenedVial:
    """Good for its hours, and not after the lot's last day at its clinic."""
    ends_at = datetime.combine(lot.expires_on + timedelta(days=1), time(), lot.clinic.zone)
    return OpenedVial(
        lot=lot,
        opened_at=at,
        opened_by=by,
        good_until=good_until(at, hours_of(lot), ends_at),
        ml=ml,
        left_ml=ml,
    )


def open_by_hand(*, lot: Lot, by: User, at: datetime) -> OpenedVial:
    """Open a container now. What has been open too long is written off first; a good one is used up first."""
    now_open = _open_now(lot)
    sealed = lot.on_hand_ml
    if now_open is not None:
        if now_open.good_until > at:
            raise Refused.because(
                f"A vial of lot {lot.number} is open and good. Use it up, or throw it away first.",
                code=f"lot-open-already:{lot.number}",
            )
        sealed -= now_open.left_ml
        movement = StockMovement.objects.create(
            lot=lot,
            kind=MovementKind.WASTE.value,
            ml=-now_open.left_ml,
            occurred_on=at.astimezone(lot.clinic.zone).date(),
            by=by,
            reason=OPEN_TOO_LONG,
        )
        draw_first(lot=lot, movement=movement)
    size = min(lot.product.container_ml or sealed, sealed)
    if size <= ZERO:
        raise Refused.because(
            f"No sealed vial of lot {lot.number} is left. Count the shelf.",
            code=f"lot-nothing-sealed:{lot.number}",
        )
    vial = _vial(lot, size, by, at)
    vial.save(force_insert=True)
    return vial


def draw_first(*, lot: Lot, movement: StockMovement) -> None:
    """Waste and a shelf that holds less come out of what is open first."""
    draw_all_first(lots={lot.pk: lot}, movements=[movement])


def draw_all_first(*, lots: Mapping[int, Lot], movements: Sequence[StockMovement]) -> None:
    """:func:`draw_first` for several lots, one movement each. One statement."""
    draws = []
    for movement in movements:
        lot = lots[movement.lot_id]
        open_now = _open_now(lot)
        leaves = movement.ml < 0 and movement.kind != MovementKind.RETURN
        if open_now is not None and leaves:
            ml = min(open_now.left_ml, -movement.ml)
            draws.append(VialDraw(movement=movement, ml=ml))
    VialDraw.objects.bulk_create(draws)
