"""Kinds of stock movement, their sign, and what a movement needs."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mesoclinic.core.findings import Finding, block, ordered
from mesoclinic.core.quantities import ZERO, plain_number_text


class MovementKind(StrEnum):
    RECEIVE = "receive"
    USE = "use"
    WASTE = "waste"
    RETURN = "return"
    COUNT = "count"


#: +1 comes in, -1 goes out, 0 either way.
SIGN = {
    MovementKind.RECEIVE: 1,
    MovementKind.USE: -1,
    MovementKind.WASTE: -1,
    MovementKind.RETURN: -1,
    MovementKind.COUNT: 0,
}

NEEDS_REASON = frozenset({MovementKind.WASTE, MovementKind.RETURN, MovementKind.COUNT})


@dataclass(frozen=True, slots=True)
class Movement:
    """A row to be added to the ledger. ``ml`` is signed: what goes out is negative."""

    kind: MovementKind
    ml: Decimal
    reason: str = ""
    in_session: bool = False


def ml_with_sign_of_kind(kind: MovementKind, ml: Decimal) -> Decimal:
    """An amount as people say it ("waste 2 ml"), signed by its kind. A count keeps its own."""
    return abs(ml) * SIGN[kind] if SIGN[kind] else ml


def check_movement_sign_amount_and_reason(
    movement: Movement, on_hand_ml: Decimal, *, opened_ml: Decimal | None = None
) -> list[Finding]:
    """What is wrong with a ledger row. None of it can be overridden: the ledger only adds up.

    ``opened_ml`` is what of ``on_hand_ml`` is in an opened container: no supplier takes that back.
    """
    kind, ml = movement.kind, movement.ml
    findings = []

    def add_finding(code: str, message: str, where: str) -> None:
        findings.append(block(f"stock-{code}", message, fixed=True, where=where))

    if ml == 0:
        add_finding("nothing", "Nothing moves with 0 ml. Type the amount.", "ml")
    elif SIGN[kind] and (ml > 0) != (SIGN[kind] > 0):
        way = "adds to" if SIGN[kind] > 0 else "takes from"
        add_finding("sign", f"A {kind} {way} stock. Correct the sign.", "ml")
    elif on_hand_ml + ml < 0:
        message = f"Only {plain_number_text(on_hand_ml)} ml on hand. Count the shelf, or take less."
        add_finding("below-zero", message, "ml")
    elif kind is MovementKind.RETURN and on_hand_ml + ml < (opened_ml or ZERO):
        sealed = plain_number_text(on_hand_ml - (opened_ml or ZERO))
        message = f"Only {sealed} ml is sealed. Return that; record the opened vial as waste."
        add_finding("opened", message, "ml")
    if kind in NEEDS_REASON and not movement.reason.strip():
        add_finding("reason", f"Say why: a {kind} needs a reason.", "reason")
    if kind is MovementKind.USE and not movement.in_session:
        message = "Medicine leaves stock only into a patient in a session. Open the session."
        add_finding("never-sold", message, "kind")
    return ordered(findings)


def check_counted_ml_not_negative(ml: Decimal) -> Finding | None:
    """Why a figure cannot be what is on the shelf."""
    if ml >= 0:
        return None
    return block("stock-count", "A shelf holds no less than 0 ml.", fixed=True, where="ml")


#: More than this in one delivery of one lot is a mistyped number: 1,000 vials of 20 ml.
ABSURD_ML = Decimal(20_000)
