"""Which containers are opened and drawn from, written beside the ledger. The lots are locked by who calls."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from django.db import connection

from mesoclinic.accounts.models import User
from mesoclinic.core.findings import raise_if_found
from treatments.stock.models import Lot, OpenedVial, StockMovement, VialDraw
from treatments.stock.queries import LotToTake
from treatments.stock.rules.ledger import MovementKind
from treatments.stock.rules.lots import in_use_hours_or_usual
from treatments.stock.rules.vials import (
    NOTHING_KEPT,
    OPEN_TOO_LONG,
    DrawPlan,
    OpenVial,
    beyond_use_at,
    check_container_may_be_opened,
    plan_draws,
)


def hours_good_once_opened(lot: Lot) -> int:
    """How long an opened container of it keeps."""
    return in_use_hours_or_usual(lot.product.presentation, lot.product.in_use_hours)


_WRITE = (Path(__file__).parent / "sql/draw.sql").read_text(encoding="utf-8")


def write_uses_and_draws(
    *,
    lots: Mapping[int, LotToTake],
    needs: Sequence[tuple[int, Decimal]],
    occurred_on: date,
    by: User,
    at: datetime,
    wasted: Sequence[tuple[int, Decimal]] = (),
    why_wasted: str = "",
    already_given: Collection[int] = (),
) -> list[StockMovement]:
    """Write the uses of ``needs`` and what they do to containers; the uses, in order. The lots hold what is taken.
    What was drawn up with them and ``wasted`` follows the uses. Uses of the lots ``already_given`` are marked, and
    come out of what is open however long it has been.

    One round trip: each lot brings the ids of its movements (``movement_ids``), and the database names the vial of
    each draw.
    """
    taken = [*needs, *wasted]
    places: dict[int, list[int]] = {lot_id: [] for lot_id in lots}
    for place, (lot_id, _) in enumerate(taken):
        places[lot_id].append(place)
    plans = {
        lot_id: _draw_plan(
            lots[lot_id].lot, [taken[n][1] for n in mine], at, is_given=lot_id in already_given
        )
        for lot_id, mine in places.items()
    }
    new = _NewMovements(
        ids={lot_id: iter(lot.movement_ids) for lot_id, lot in lots.items()},
        occurred_on=occurred_on,
        by=by,
        already_given=frozenset(already_given),
    )
    uses = [
        *(new.unsaved_movement_out(lot_id, MovementKind.USE, ml) for lot_id, ml in needs),
        *(new.unsaved_movement_out(lot_id, MovementKind.WASTE, ml, why_wasted) for lot_id, ml in wasted),
    ]
    stale = new.unsaved_waste_by_lot({lot_id: plan.stale_ml for lot_id, plan in plans.items()}, OPEN_TOO_LONG)
    kept_none = new.unsaved_waste_by_lot(
        {lot_id: plan.kept_none_ml for lot_id, plan in plans.items()}, NOTHING_KEPT
    )
    draws: list[_Draw] = []
    for lot_id, plan in plans.items():
        mine = [uses[place] for place in places[lot_id]]
        draws += _draws_of_plan(plan, mine, stale.get(lot_id), kept_none.get(lot_id))
    _write_movements_and_draws(
        [*stale.values(), *uses, *kept_none.values()],
        draws,
        occurred_on=occurred_on,
        by=by,
        at=at,
    )
    return uses


@dataclass(frozen=True, slots=True)
class _NewMovements:
    """Makes movements out of lots, each with the next id that its lot brings."""

    ids: Mapping[int, Iterator[int]]
    occurred_on: date
    by: User
    already_given: frozenset[int]

    def unsaved_movement_out(
        self, lot_id: int, kind: MovementKind, ml: Decimal, why: str = ""
    ) -> StockMovement:
        return StockMovement(
            pk=next(self.ids[lot_id]),
            lot_id=lot_id,
            kind=kind.value,
            ml=-ml,
            occurred_on=self.occurred_on,
            by=self.by,
            reason=why,
            already_given=kind is MovementKind.USE and lot_id in self.already_given,
        )

    def unsaved_waste_by_lot(self, ml_by_lot: Mapping[int, Decimal], why: str) -> dict[int, StockMovement]:
        return {
            lot_id: self.unsaved_movement_out(lot_id, MovementKind.WASTE, ml, why)
            for lot_id, ml in ml_by_lot.items()
            if ml
        }


@dataclass(frozen=True, slots=True)
class _Draw:
    """``ml`` of a movement out of one container; ``opens_ml`` is what it holds where this draw opens it."""

    movement_id: int
    ml: Decimal
    opens_ml: Decimal | None


def _draws_of_plan(
    plan: DrawPlan,
    uses: Sequence[StockMovement],
    stale: StockMovement | None,
    kept_none: StockMovement | None,
) -> list[_Draw]:
    """The draws of one lot's plan, each with the movement it belongs to."""
    draws = []
    place = -1
    for drawn in plan.draws:
        opens = drawn.vial > place
        place = drawn.vial
        movement = (stale if drawn.vial < 0 else kept_none) if drawn.take is None else uses[drawn.take]
        assert movement is not None  # a plan that draws waste says how much of it there is
        draws.append(_Draw(movement.pk, drawn.ml, plan.opened[place].ml if opens else None))
    return draws


def _write_movements_and_draws(
    movements: Sequence[StockMovement],
    draws: Sequence[_Draw],
    *,
    occurred_on: date,
    by: User,
    at: datetime,
) -> None:
    """Write both in one statement."""
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
                [each.already_given for each in movements],
                at,
                [draw.movement_id for draw in draws],
                [draw.ml for draw in draws],
                [draw.opens_ml for draw in draws],
            ],
        )


def _open_vial_or_none(lot: Lot) -> OpenVial | None:
    """What is open, from the lot's own row: it is locked, so this is as things stand."""
    if lot.opened_vial_id is None or lot.opened_ml is None or lot.opened_until is None:
        return None
    return OpenVial(lot.opened_ml, lot.opened_until)


def _draw_plan(lot: Lot, takes: Sequence[Decimal], at: datetime, *, is_given: bool) -> DrawPlan:
    """Which containers of the lot ``takes`` (ml) come out of. ``is_given``: whatever was open was used."""
    open_now = _open_vial_or_none(lot)
    if open_now is not None and is_given:
        open_now = replace(open_now, good_until=at + timedelta(minutes=1))
    return plan_draws(
        takes,
        on_hand_ml=lot.on_hand_ml,
        container_ml=lot.product.container_ml,
        hours=hours_good_once_opened(lot),
        open_now=open_now,
        at=at,
    )


def _unsaved_opened_vial(lot: Lot, ml: Decimal, by: User, at: datetime) -> OpenedVial:
    """Good for its hours, and not after the lot's last day at its clinic."""
    ends_at = datetime.combine(lot.expires_on + timedelta(days=1), time(), lot.clinic.zone)
    return OpenedVial(
        lot=lot,
        opened_at=at,
        opened_by=by,
        good_until=beyond_use_at(at, hours_good_once_opened(lot), ends_at),
        ml=ml,
        left_ml=ml,
    )


def open_vial_and_waste_stale_one(*, lot: Lot, by: User, at: datetime) -> OpenedVial:
    """Open a container now. What has been open too long is written off first; a good one is used up first."""
    now_open = _open_vial_or_none(lot)
    raise_if_found(
        check_container_may_be_opened(
            lot.number, on_hand_ml=lot.on_hand_ml, hours=hours_good_once_opened(lot), open_now=now_open, at=at
        )
    )
    sealed = lot.on_hand_ml
    if now_open is not None:
        sealed -= now_open.left_ml
        movement = StockMovement.objects.create(
            lot=lot,
            kind=MovementKind.WASTE.value,
            ml=-now_open.left_ml,
            occurred_on=at.astimezone(lot.clinic.zone).date(),
            by=by,
            reason=OPEN_TOO_LONG,
        )
        record_draw_of_written_movement(lot=lot, movement=movement)
    vial = _unsaved_opened_vial(lot, min(lot.product.container_ml or sealed, sealed), by, at)
    vial.save(force_insert=True)
    return vial


def record_draw_of_written_movement(*, lot: Lot, movement: StockMovement) -> None:
    """Waste and a shelf that holds less come out of what is open first."""
    record_draws_of_written_movements(lots={lot.pk: lot}, movements=[movement])


def record_draws_of_written_movements(*, lots: Mapping[int, Lot], movements: Sequence[StockMovement]) -> None:
    """:func:`record_draw_of_written_movement` for several lots, one movement each. One statement."""
    draws = []
    for movement in movements:
        lot = lots[movement.lot_id]
        open_now = _open_vial_or_none(lot)
        leaves = movement.ml < 0 and movement.kind != MovementKind.RETURN
        if open_now is not None and leaves:
            ml = min(open_now.left_ml, -movement.ml)
            draws.append(VialDraw(movement=movement, ml=ml))
    VialDraw.objects.bulk_create(draws)
