"""How a plan and a quote may move on. No Django here."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from mesoclinic.core.findings import Finding, block


class PlanStatus(StrEnum):
    DRAFT = "draft"
    QUOTED = "quoted"
    ACCEPTED = "accepted"
    ACTIVE = "active"  # a session has been signed
    DONE = "done"
    STOPPED = "stopped"
    DECLINED = "declined"
    EXPIRED = "expired"


PLAN_MOVES: dict[PlanStatus, frozenset[PlanStatus]] = {
    # A clinic may treat without a quote: then a draft is accepted as it is.
    PlanStatus.DRAFT: frozenset({PlanStatus.QUOTED, PlanStatus.ACCEPTED, PlanStatus.STOPPED}),
    PlanStatus.QUOTED: frozenset({PlanStatus.ACCEPTED, PlanStatus.DECLINED, PlanStatus.EXPIRED}),
    PlanStatus.ACCEPTED: frozenset({PlanStatus.ACTIVE, PlanStatus.STOPPED}),
    PlanStatus.ACTIVE: frozenset({PlanStatus.DONE, PlanStatus.STOPPED}),
    PlanStatus.DONE: frozenset(),
    PlanStatus.STOPPED: frozenset(),
    # People change their minds: a new quote opens the plan again.
    PlanStatus.DECLINED: frozenset({PlanStatus.QUOTED, PlanStatus.STOPPED}),
    PlanStatus.EXPIRED: frozenset({PlanStatus.QUOTED, PlanStatus.STOPPED}),
}


class QuoteStatus(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"  # frozen from here on
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"  # a newer quote took its place


QUOTE_MOVES: dict[QuoteStatus, frozenset[QuoteStatus]] = {
    QuoteStatus.DRAFT: frozenset({QuoteStatus.ISSUED}),
    QuoteStatus.ISSUED: frozenset(
        {QuoteStatus.ACCEPTED, QuoteStatus.DECLINED, QuoteStatus.EXPIRED, QuoteStatus.SUPERSEDED}
    ),
    QuoteStatus.ACCEPTED: frozenset(),
    QuoteStatus.DECLINED: frozenset({QuoteStatus.SUPERSEDED}),
    QuoteStatus.EXPIRED: frozenset({QuoteStatus.SUPERSEDED}),
    QuoteStatus.SUPERSEDED: frozenset(),
}

State = TypeVar("State", bound=StrEnum)
Moves = Mapping[State, frozenset[State]]


def can_move(moves: Moves[State], state: str, to: str) -> bool:
    """Whether the table lets ``state`` become ``to``; either may be the bare text of a column."""
    return to in next_states(moves, state)


def next_states(moves: Moves[State], state: str) -> list[State]:
    """Where ``state`` may go, in the order of the table. An unknown state is a ValueError."""
    for known, ways in moves.items():
        if known == state:
            return [to for to in moves if to in ways]
    raise ValueError(f"{state!r} is not a state of this table")


def check_move(moves: Moves[State], state: str, to: str, *, what: str) -> Finding | None:
    """Why ``what`` ("quote") may not move, and where it may go instead; None where it may."""
    ways = next_states(moves, state)
    if to in ways:
        return None
    named = " or ".join(str(way).replace("_", " ") for way in ways)
    instead = f"It can still become {named}." if ways else "Nothing follows: make a new one."
    message = f"This {what} is {state.replace('_', ' ')} and cannot become {to.replace('_', ' ')}. {instead}"
    return block(f"move:{what}:{to}", message, fixed=True, where="status")
