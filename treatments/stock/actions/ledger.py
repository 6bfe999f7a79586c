"""Move stock, count a lot, and take stock out of several lots."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Finding, gate, raise_if_found
from mesoclinic.core.locking import lock_row
from mesoclinic.core.quantities import ZERO
from treatments.stock import queries
from treatments.stock.actions import vials
from treatments.stock.models import Lot, StockMovement
from treatments.stock.rules.ledger import (
    Movement,
    MovementKind,
    check_counted_ml_not_negative,
    check_movement_sign_amount_and_reason,
    ml_with_sign_of_kind,
)
from treatments.stock.rules.lots import (
    check_dose_amounts_above_zero,
    check_lot_choice_usable,
    check_lot_usable_and_holds_enough,
    finding_lot_not_here,
    why_product_barred_text,
)

#: Why the shelf is counted up before a dose that it did not hold any more.
GIVEN_ALL_THE_SAME = "Injected although the shelf held less"


@transaction.atomic
def record_waste_return_or_correction(
    *, lot: Lot, kind: str, ml: Decimal, reason: str, by: User, occurred_on: date | None = None
) -> StockMovement:
    """Waste, return or correct: ``ml`` as people say it ("waste 2"); for a count, the difference.

    Never a use: medicine leaves only in a session (:func:`take_from_lots_for_session`).
    """
    lot = lock_lot(lot)
    kind = MovementKind(kind)
    return add_ledger_movement(
        lot=lot, kind=kind, ml=ml_with_sign_of_kind(kind, ml), reason=reason, by=by, occurred_on=occurred_on
    )


@transaction.atomic
def record_counted_difference_or_none(
    *, lot: Lot, counted_ml: Decimal, reason: str, by: User
) -> StockMovement | None:
    """Somebody counted ``counted_ml`` on the shelf: the ledger takes the difference. None where it agrees."""
    lot = lock_lot(lot)
    raise_if_found(check_counted_ml_not_negative(counted_ml))
    difference = counted_ml - lot.on_hand_ml
    if difference == 0:
        return None
    return add_ledger_movement(lot=lot, kind=MovementKind.COUNT, ml=difference, reason=reason, by=by)


def add_ledger_movement(
    *, lot: Lot, kind: MovementKind, ml: Decimal, reason: str, by: User, occurred_on: date | None = None
) -> StockMovement:
    """Add one line to the ledger of a lot that is locked."""
    reason = reason.strip()
    gate(
        check_movement_sign_amount_and_reason(
            Movement(kind, ml, reason), lot.on_hand_ml, opened_ml=lot.opened_ml
        )
    )
    movement = StockMovement.objects.create(
        lot=lot,
        kind=kind.value,
        ml=ml,
        occurred_on=occurred_on or timezone.localdate(),
        by=by,
        reason=reason[:200],
    )
    if lot.opened_ml is not None and ml < 0:
        vials.record_draw_of_written_movement(lot=lot, movement=movement)
    elif kind is MovementKind.WASTE and lot.opened_until is not None:
        # What was open is thrown away: the next container is a sealed one.
        Lot.objects.filter(pk=lot.pk).update(opened_until=None)
    audit.record(by=by, did=f"stock.{kind}", about=lot, movement=movement.pk)
    return movement


@transaction.atomic
def take_from_lots_for_session(
    *,
    needs: Sequence[tuple[int, Decimal]],
    occurred_on: date,
    by: User,
    clinic: Clinic | None = None,
    at: datetime | None = None,
    wasted: Sequence[tuple[int, Decimal]] = (),
    why_wasted: str = "",
    already_given: Collection[int] = (),
) -> list[StockMovement]:
    """Take ``(lot_id, ml)`` for a session: all of it or nothing (law 4). The movements, in the order of ``needs``, then of ``wasted``.

    Containers are opened as they are needed (``at``, now unless history is written), the open one first; what
    cannot be kept is written off in the same breath. ``wasted`` was drawn up with them and thrown away: its
    movements follow, with ``why_wasted`` as their reason.

    The lots ``already_given`` (ids) were in the patient when it became known that they may not be used: what was
    taken of them is written all the same, marked, and the shelf is corrected where it holds less (law 3 and 16).

    Locks the lots in the order of their ids, so two sessions wait for each other and never deadlock. Raises
    :class:`Refused` naming every lot that is expired, put aside, recalled, blocked, short or, where ``clinic``
    is given, another clinic's. The caller ties the movements to what they are for, and writes the audit row: signing
    says what was taken.
    """
    at = at or timezone.now()
    taken = _ml_by_lot_or_refuse(needs, wasted)
    # Three more for each lot: a count, what was open too long, and what is not kept.
    lots = queries.lock_lots_to_take(taken, movements=len(needs) + len(wasted) + 3)
    findings: list[Finding] = []
    given: list[int] = []
    for lot_id, ml in taken.items():
        found = lots.get(lot_id)
        if found is None or (clinic is not None and found.lot.clinic_id != clinic.pk):
            findings.append(finding_lot_not_here(lot_id))
            continue
        lot = found.lot
        is_barred = lot.product.blocked or found.holds_blocked
        blocked_because = why_product_barred_text(lot.product.blocked_reason) if is_barred else ""
        refused = check_lot_usable_and_holds_enough(
            queries.lot_as_choice(lot), ml, occurred_on, at, blocked_because=blocked_because
        )
        if refused and lot_id in already_given:
            given.append(lot_id)
        else:
            findings += refused
    gate(findings)
    for lot_id in given:
        _correct_shelf_if_short(lots[lot_id], taken[lot_id], by, occurred_on)
    return vials.write_uses_and_draws(
        lots=lots,
        needs=needs,
        wasted=wasted,
        why_wasted=why_wasted,
        occurred_on=occurred_on,
        by=by,
        at=at,
        already_given=given,
    )


def _correct_shelf_if_short(found: queries.LotToTake, ml: Decimal, by: User, occurred_on: date) -> None:
    """A count that brings the shelf to what was given, where it holds less. The lot is locked, and says so too."""
    lot = found.lot
    missing = ml - lot.on_hand_ml
    if missing <= 0:
        return
    StockMovement.objects.create(
        pk=found.movement_ids.pop(0),
        lot=lot,
        kind=MovementKind.COUNT.value,
        ml=missing,
        occurred_on=occurred_on,
        by=by,
        reason=GIVEN_ALL_THE_SAME,
    )
    lot.on_hand_ml += missing


def _ml_by_lot_or_refuse(
    needs: Sequence[tuple[int, Decimal]], wasted: Sequence[tuple[int, Decimal]]
) -> dict[int, Decimal]:
    """How many ml leave each lot. Raises :class:`Refused` at a dose of nothing."""
    gate(check_dose_amounts_above_zero(needs))
    taken: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for lot_id, ml in (*needs, *wasted):
        taken[lot_id] += ml
    return taken


def check_lot_usable(lot: Lot, *, on: date, at: datetime) -> list[Finding]:
    """Why the lot may not be used on this day: one finding, or none."""
    found = check_lot_choice_usable(queries.lot_as_choice(lot), on, at)
    return [found] if found else []


def lock_lot(lot: Lot) -> Lot:
    """The lot as it stands now; nobody else changes it until this transaction ends."""
    return lock_row(Lot, lot.pk, "product", "clinic")
