"""What is drawn from which container, and what of it is thrown away. No Django here.

take 3.0 of a 2 ml ampoule:   open 2.0, draw 2.0 · open 2.0, draw 1.0 · waste 1.0 (nothing is kept)
take 3.0 of a 10 ml vial:     open 10.0, draw 3.0, and 7.0 stay good for 28 days
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from mesoclinic.core.findings import Finding, block
from mesoclinic.core.quantities import ZERO

#: Why the ledger writes something off by itself.
NOTHING_KEPT = "Opened and used at once: nothing is kept."
OPEN_TOO_LONG = "Opened and past its time: thrown away."


@dataclass(frozen=True, slots=True)
class OpenVial:
    """The container of a lot that is open now, with what is left in it."""

    left_ml: Decimal
    good_until: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A container to be opened, holding ``ml``."""

    ml: Decimal


@dataclass(frozen=True, slots=True)
class Drawn:
    """``ml`` out of a container for the take ``take``; None is waste. ``vial`` -1 is the one open before,
    else a place in ``DrawPlan.opened``."""

    take: int | None
    vial: int
    ml: Decimal


@dataclass(frozen=True, slots=True)
class DrawPlan:
    """What taking does to the containers of one lot.

    ``stale_ml`` is written off first, ``kept_none_ml`` last: both leave stock as waste.
    """

    opened: tuple[Opened, ...]
    draws: tuple[Drawn, ...]
    stale_ml: Decimal = ZERO
    kept_none_ml: Decimal = ZERO


def plan_draws(
    takes: Sequence[Decimal],
    *,
    on_hand_ml: Decimal,
    container_ml: Decimal | None,
    hours: int,
    open_now: OpenVial | None,
    at: datetime,
) -> DrawPlan:
    """Which containers ``takes`` (ml, each above zero, of one lot) come out of, in order.

    The open one first while it is good, then new ones, one at a time. ``container_ml`` None: nobody says how
    much a container holds, so none is recorded as opened. Where it keeps for 0 ``hours`` the rest of the last
    one is waste. Raises ValueError where the lot does not hold it: the caller has asked
    :func:`check_lot_choice_usable`.
    """
    opened: list[Opened] = []
    draws: list[Drawn] = []
    left, place, stale = ZERO, -1, ZERO
    sealed = on_hand_ml
    if open_now is not None:
        sealed -= open_now.left_ml
        if open_now.good_until <= at:
            stale = open_now.left_ml
            draws.append(Drawn(None, -1, stale))
        else:
            left = open_now.left_ml
    for number, ml in enumerate(takes):
        wanted = ml
        while wanted > 0:
            if left <= 0:
                if container_ml is None:
                    sealed -= wanted
                    break
                size = min(container_ml, sealed)
                if size <= 0:
                    raise ValueError("the lot does not hold what is taken")
                opened.append(Opened(size))
                sealed -= size
                left, place = size, len(opened) - 1
            part = min(wanted, left)
            draws.append(Drawn(number, place, part))
            left -= part
            wanted -= part
    if sealed < 0:
        raise ValueError("the lot does not hold what is taken")
    kept_none = ZERO
    if hours == 0 and left > 0 and opened:
        kept_none = left
        draws.append(Drawn(None, place, left))
    return DrawPlan(tuple(opened), tuple(draws), stale, kept_none)


def check_container_may_be_opened(
    number: str, *, on_hand_ml: Decimal, hours: int, open_now: OpenVial | None, at: datetime
) -> Finding | None:
    """Why no container of lot ``number`` is opened by hand, or None. ``hours`` is how long an opened one keeps.

    What has been open too long is written off first, so only what is sealed counts.
    """
    sealed_ml = on_hand_ml - (open_now.left_ml if open_now else ZERO)
    if hours == 0:
        code, message = "lot-open", f"Lot {number} is used at once: an opened one keeps nothing."
    elif open_now is not None and open_now.good_until > at:
        code = "lot-open-already"
        message = f"A vial of lot {number} is open and good. Use it up, or throw it away first."
    elif sealed_ml <= 0:
        code, message = "lot-nothing-sealed", f"No sealed vial of lot {number} is left. Count the shelf."
    else:
        return None
    return block(f"{code}:{number}", message, fixed=True)


def check_container_is_open_to_discard(number: str, opened_ml: Decimal | None) -> Finding | None:
    """Why what is left in the opened container of lot ``number`` cannot be thrown away, or None."""
    if opened_ml is not None:
        return None
    return block(f"lot-not-open:{number}", f"No vial of lot {number} is open.", fixed=True)


def beyond_use_at(opened_at: datetime, hours: int, lot_ends_at: datetime) -> datetime:
    """An opened container is good for its hours, and never longer than its lot (``lot_ends_at``, the end of
    its last day)."""
    return max(min(opened_at + timedelta(hours=hours), lot_ends_at), opened_at)
