"""The states of a lot, what keeps one from use, and which lot goes first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from mesoclinic.core.findings import Finding, Refused, block, ordered
from mesoclinic.core.moves import can_move
from mesoclinic.core.quantities import ZERO, plain_number_text
from mesoclinic.core.wording import day_text
from treatments.stock.rules.ledger import ABSURD_ML


class LotStatus(StrEnum):
    QUARANTINED = "quarantined"  # just received, or put aside until somebody decides
    RELEASED = "released"  # may be used
    RECALLED = "recalled"  # called back by its maker or an authority: for good


LOT_MOVES: dict[LotStatus, frozenset[LotStatus]] = {
    LotStatus.QUARANTINED: frozenset({LotStatus.RELEASED, LotStatus.RECALLED}),
    LotStatus.RELEASED: frozenset({LotStatus.QUARANTINED, LotStatus.RECALLED}),
    LotStatus.RECALLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class LotChoice:
    """A lot as it stands on the shelf.

    ``expires_on`` is its last good day. ``opened_until`` is the instant its opened vial stops being
    good; None is sealed. ``opened_ml`` is what is left in that vial; None, not known: then all of the
    lot counts as opened.
    """

    lot_id: int
    number: str
    product: str
    expires_on: date
    on_hand_ml: Decimal
    status: str = LotStatus.RELEASED
    opened_until: datetime | None = None
    opened_ml: Decimal | None = None

    def is_opened_too_long(self, at: datetime) -> bool:
        """Whether what is open in it has been open too long."""
        return self.opened_until is not None and self.opened_until <= at


def available_ml(lot: LotChoice, at: datetime) -> Decimal:
    """What may still be drawn from a lot: without what has been open too long."""
    if not lot.is_opened_too_long(at):
        return lot.on_hand_ml
    return ZERO if lot.opened_ml is None else max(lot.on_hand_ml - lot.opened_ml, ZERO)


def check_lot_choice_usable(lot: LotChoice, on: date, at: datetime) -> Finding | None:
    """Why a lot may not enter a syringe, or None. Nobody may go past it (law 3, docs/laws.md).

    ``on`` is the clinic's day, ``at`` the instant.
    """
    named = f"Lot {lot.number} of {lot.product}"
    elsewhere = "Take another lot"
    if lot.status == LotStatus.RECALLED:
        code, said = "recalled", f"is recalled. {elsewhere} and put this one aside."
    elif lot.status == LotStatus.QUARANTINED:
        code, said = ("quarantined", f"is in quarantine. {elsewhere}, or have it released.")
    elif lot.status != LotStatus.RELEASED:
        code, said = ("not-released", f"is not released yet. Check its papers, or {elsewhere.lower()}.")
    elif lot.expires_on < on:
        said = f"expired on {day_text(lot.expires_on)}. {elsewhere}; record this one as waste."
        code = "expired"
    elif lot.is_opened_too_long(at) and lot.on_hand_ml > 0 and available_ml(lot, at) <= 0:
        said = f"has been open too long. {elsewhere}; record this one as waste."
        code = "open-too-long"
    elif lot.on_hand_ml <= 0:
        code, said = "empty", f"is empty. {elsewhere}, or count the shelf."
    else:
        return None
    return block(f"lot-{code}:{lot.number}", f"{named} {said}", fixed=True, where=f"lot:{lot.lot_id}")


def check_lot_usable_and_holds_enough(
    lot: LotChoice, ml: Decimal, on: date, at: datetime, *, blocked_because: str = ""
) -> list[Finding]:
    """Why ``ml`` of a lot cannot be taken for a session. Nobody may go past it (law 3, docs/laws.md)."""
    where = f"lot:{lot.lot_id}"
    if blocked_because:
        message = f"{lot.product} is blocked: {blocked_because}"
        return [block(f"lot-blocked:{lot.number}", message, fixed=True, where=where)]
    if found := check_lot_choice_usable(lot, on, at):
        return [found]
    good = available_ml(lot, at)
    if good >= ml:
        return []
    message = (
        f"Lot {lot.number} of {lot.product} holds {plain_number_text(good)} ml, "
        f"{plain_number_text(ml)} ml are needed. Take the rest from another lot."
    )
    return [block(f"lot-short:{lot.number}", message, fixed=True, where=where)]


def finding_lot_not_here(lot_id: int) -> Finding:
    """A lot was chosen that this clinic does not hold."""
    message = "A lot chosen here is not this clinic's. Choose the lot again."
    return block(f"lot-unknown:{lot_id}", message, fixed=True, where=f"lot:{lot_id}")


def check_dose_amounts_above_zero(needs: Iterable[tuple[int, Decimal]]) -> list[Finding]:
    """Every dose, as ``(lot_id, ml)``, that takes nothing or less."""
    message = "A dose is above 0 ml. Type the amount, or take the line out."
    return [
        block(f"dose:{lot_id}", message, fixed=True, where=f"lot:{lot_id}") for lot_id, ml in needs if ml <= 0
    ]


def why_product_barred_text(reason: str) -> str:
    """Why a product may never be used: as somebody wrote it, else by what it holds."""
    return reason or "It holds a blocked ingredient."


def check_lot_status_may_change(lot: LotChoice, to: LotStatus, *, reason: str) -> Finding | None:
    """Why a lot cannot go from its state to ``to``, or None."""
    if not can_move(LOT_MOVES, lot.status, to):
        message = f"Lot {lot.number} is {lot.status}: it cannot become {to}. Look at it again."
        return block(f"lot-move:{lot.number}", message, fixed=True)
    if to is not LotStatus.RELEASED and not reason:
        message = f"Say why lot {lot.number} is put aside."
        return block(f"lot-reason:{lot.number}", message, fixed=True, where="reason")
    return None


@dataclass(frozen=True, slots=True)
class Release:
    """Who releases a lot, and what is known against it. Accounts by their id; None is somebody not known."""

    released_by: int
    received_by: int | None
    needs_second_person: bool
    held_because: str = ""


def check_quarantined_lot_may_be_released(lot: LotChoice, release: Release, today: date) -> Finding | None:
    """Why a lot in quarantine is not released, or None."""
    code, message = "", ""
    if release.needs_second_person and release.received_by is None:
        code, message = (
            "second-person",
            f"Nobody knows who received lot {lot.number}: it stays in quarantine.",
        )
    elif release.needs_second_person and release.received_by == release.released_by:
        code = "second-person"
        message = "You received this lot: somebody else reads its papers and releases it."
    elif lot.expires_on < today:
        code, message = "expired", f"Lot {lot.number} has expired. Record it as waste."
    elif release.held_because:
        code = "held"
        message = (
            f"Lot {lot.number} is held: {release.held_because} What holds it ends first, then it is released."
        )
    return block(f"lot-{code}:{lot.number}", message, fixed=True) if code else None


def usable_lots_in_order(lots: Sequence[LotChoice], on: date, at: datetime) -> list[LotChoice]:
    """The usable lots, in the order they are offered.

    opened and still good  >  sealed, first to expire  >  by number
    """
    good = [lot for lot in lots if check_lot_choice_usable(lot, on, at) is None]

    def opened_until_if_good(lot: LotChoice) -> datetime | None:
        """Until when what is open is good; None where nothing is open, or too long."""
        return None if lot.is_opened_too_long(at) else lot.opened_until

    return sorted(
        good,
        key=lambda lot: (
            opened_until_if_good(lot) is None,
            until.timestamp() if (until := opened_until_if_good(lot)) else 0.0,
            lot.expires_on,
            lot.number,
            lot.lot_id,
        ),
    )


def check_usable_lots_hold_enough(
    lots: Sequence[LotChoice], needed_ml: Decimal, on: date, at: datetime
) -> Finding | None:
    """How much is missing for ``needed_ml``, or None where the usable lots hold it."""
    there = sum((available_ml(lot, at) for lot in usable_lots_in_order(lots, on, at)), ZERO)
    if there >= needed_ml:
        return None
    product = lots[0].product if lots else "this product"
    message = (
        f"{plain_number_text(needed_ml)} ml of {product} needed, {plain_number_text(there)} ml usable. "
        "Receive or release a lot, or lower the volume."
    )
    return block(f"lot-shortage:{product}", message, fixed=True, where="lots")


def split_ml_over_lots_or_refuse(
    lots: Sequence[LotChoice], needed_ml: Decimal, on: date, at: datetime
) -> list[tuple[int, Decimal]]:
    """``(lot_id, ml)`` to take ``needed_ml`` from, in the order of :func:`usable_lots_in_order`.

    All or nothing (law 4): raises :class:`Refused` with the shortage where the lots do not hold it.
    """
    if needed_ml < 0:
        raise ValueError("nobody takes less than nothing")
    if missing := check_usable_lots_hold_enough(lots, needed_ml, on, at):
        raise Refused(missing)
    takes, left = [], needed_ml
    for lot in usable_lots_in_order(lots, on, at):
        if left <= 0:
            break
        ml = min(left, available_ml(lot, at))
        takes.append((lot.lot_id, ml))
        left -= ml
    return takes


#: How long a presentation is good once opened, in hours (docs/clinical.md §4 F14, [CA1751][USP797]).
IN_USE_HOURS = {"ampoule": 0, "single_dose": 1, "multi_dose": 28 * 24}


def in_use_hours_or_usual(presentation: str, labelled: int | None = None) -> int:
    """Hours from opening to discarding: as the label says (0 too), else by the presentation.

    0, used at once, for a presentation not known.
    """
    return IN_USE_HOURS.get(presentation, 0) if labelled is None else labelled


def sessions_covered_or_none(on_hand_ml: Decimal, ml_per_session: Decimal) -> int | None:
    """How many whole sessions the stock lasts; None where a session takes none of it."""
    return int(on_hand_ml // ml_per_session) if ml_per_session > 0 else None


#: Below this many sessions, order more. A clinic's own figure goes in its place.
LOW_SESSIONS = 5

#: Unused stock is worth saying while something can still be done about it.
SOON_DAYS = 90


#: A lot that expires within so many days is used first.
URGENT_DAYS = 30


def expiry_level(expires_on: date, today: date) -> str:
    """How urgent the last day of a lot is: "stop" once it is past, "warn", "note", or "" while it is far off."""
    left = (expires_on - today).days
    if left < 0:
        return "stop"
    return "warn" if left <= URGENT_DAYS else "note" if left <= SOON_DAYS else ""


#: No vial keeps longer; a later year is a mistyped one.
LONGEST_LIFE_YEARS = 15

ABSURD_COST = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One line of a delivery: so much of one lot of one product."""

    product: str
    number: str
    maker: str
    country: str
    supplier: str
    received_on: date
    expires_on: date
    ml: Decimal
    certificate: str = ""
    unit_cost: Decimal | None = None
    serial: str = ""
    gtin: str = ""


def check_delivered_lot_origin_and_dates(
    receipt: Receipt, today: date, *, known: bool = False, blocked_because: str = "", gtin_of: str = ""
) -> list[Finding]:
    """What is wrong with a delivered lot; ``where`` is the field. None of it can be overridden.

    ``known``: this clinic already holds a lot of this number and product. ``blocked_because``: why the
    product may never be used, where it may not. ``gtin_of``: the other product that the scanned GTIN is.
    """
    findings = []

    def add_finding(where: str, message: str) -> None:
        findings.append(block(f"receipt-{where}:{receipt.number}", message, fixed=True, where=where))

    if blocked_because:
        add_finding("product", f"{receipt.product} is blocked: {blocked_because}")
    if gtin_of:
        add_finding("product", f"The scanned pack is {gtin_of}. Choose that, or scan the right pack.")
    for where in ("number", "maker", "country", "supplier"):
        if not getattr(receipt, where).strip():
            add_finding(where, f"Type the {where}: a lot needs an origin.")
    if known:
        add_finding(
            "number",
            f"Lot {receipt.number} of {receipt.product} is already here. "
            "Check the number, or correct its stock by a count.",
        )
    if receipt.received_on > today:
        add_finding("received_on", "This day is still to come. Type the day of delivery.")
    if receipt.expires_on < receipt.received_on:
        add_finding(
            "expires_on",
            f"It expired on {day_text(receipt.expires_on)}, before it came. Check the date, or send it back.",
        )
    elif receipt.expires_on.year - receipt.received_on.year > LONGEST_LIFE_YEARS:
        add_finding("expires_on", "No vial keeps that long. Check the year.")
    if receipt.ml <= 0:
        add_finding("ml", "Type how many ml came, above zero.")
    elif receipt.ml > ABSURD_ML:
        add_finding("ml", f"{plain_number_text(receipt.ml)} ml is too much for one lot. Check the ml.")
    if receipt.unit_cost is not None and not 0 <= receipt.unit_cost <= ABSURD_COST:
        add_finding("unit_cost", "This is not a price for one ml. Check it.")
    return ordered(findings)
