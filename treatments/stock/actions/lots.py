"""Release, quarantine, recall and hold lots; open a container of a lot, and throw away what is left in it."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.core import audit
from mesoclinic.core.findings import gate, raise_if_found
from mesoclinic.core.quantities import ZERO
from treatments.stock import queries
from treatments.stock.actions import vials
from treatments.stock.actions.ledger import add_ledger_movement, check_lot_usable, lock_lot
from treatments.stock.models import Lot, LotHold, StockMovement
from treatments.stock.rules.ledger import MovementKind
from treatments.stock.rules.lots import (
    LotStatus,
    Release,
    check_lot_status_may_change,
    check_quarantined_lot_may_be_released,
)
from treatments.stock.rules.vials import check_container_is_open_to_discard


def release_lot(*, lot: Lot, by: User) -> Lot:
    """Its papers were read and it may be used from now on."""
    return _change_lot_status_or_refuse(lot=lot, to=LotStatus.RELEASED, reason="", by=by)


def quarantine_lot(*, lot: Lot, reason: str, by: User) -> Lot:
    """Put aside until somebody decides; nobody can use it meanwhile."""
    return _change_lot_status_or_refuse(lot=lot, to=LotStatus.QUARANTINED, reason=reason, by=by)


def recall_lot(*, lot: Lot, reason: str, by: User) -> Lot:
    """Called back by its maker or an authority: never used again."""
    return _change_lot_status_or_refuse(lot=lot, to=LotStatus.RECALLED, reason=reason, by=by)


@transaction.atomic
def _change_lot_status_or_refuse(*, lot: Lot, to: LotStatus, reason: str, by: User) -> Lot:
    """Move a lot to another status; refused where it may not go there."""
    lot = lock_lot(lot)
    reason = reason.strip()
    choice = queries.lot_as_choice(lot)
    raise_if_found(check_lot_status_may_change(choice, to, reason=reason))
    if to is LotStatus.RELEASED:
        release = Release(
            released_by=by.pk,
            received_by=lot.received_by_id,
            needs_second_person=lot.second_person or lot.clinic.second_person_release,
            held_because=queries.lot_hold_reason_or_empty(lot),
        )
        raise_if_found(check_quarantined_lot_may_be_released(choice, release, timezone.localdate()))
    lot.status, lot.status_reason = to.value, reason[:200]
    if to is LotStatus.RELEASED:
        lot.released_by = by
    lot.save(update_fields=["status", "status_reason", "released_by"])
    audit.record(by=by, did=f"lot.{to}", about=lot)
    return lot


@transaction.atomic
def hold_lots(*, lots: Sequence[Lot], reason: str, source: str, by: User) -> None:
    """Bar these lots from release until :func:`lift_holds_of_source`.

    A lot held for this source already stays so. Part of whoever holds them, under their row in the log.
    """
    LotHold.objects.bulk_create(
        [LotHold(lot=lot, reason=reason[:200], source=source, placed_by=by) for lot in lots],
        ignore_conflicts=True,
    )


@transaction.atomic
def lift_holds_of_source(*, source: str, by: User) -> None:
    """Lift every hold that stands for this source. The lots stay as they are: releasing one is a separate act."""
    LotHold.objects.filter(source=source, lifted_at=None).update(lifted_at=timezone.now(), lifted_by=by)


@transaction.atomic
def open_container_of_lot(*, lot: Lot, by: User) -> Lot:
    """A container of it was opened now: it is offered first until its opened life ends."""
    lot = lock_lot(lot)
    now = timezone.now()
    gate(check_lot_usable(lot, on=timezone.localdate(), at=now))
    vials.open_vial_and_waste_stale_one(lot=lot, by=by, at=now)
    lot.refresh_from_db()
    audit.record(by=by, did="lot.opened", about=lot)
    return lot


@transaction.atomic
def discard_opened_container(*, lot: Lot, reason: str, by: User) -> StockMovement:
    """What is left in the opened container of a lot is thrown away."""
    lot = lock_lot(lot)
    raise_if_found(check_container_is_open_to_discard(lot.number, lot.opened_ml))
    return add_ledger_movement(
        lot=lot, kind=MovementKind.WASTE, ml=-(lot.opened_ml or ZERO), reason=reason, by=by
    )
