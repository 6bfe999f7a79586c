"""State tables: which state may follow which, and the finding where one may not."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from mesoclinic.core.findings import Finding, block

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


def check_state_move_is_allowed(moves: Moves[State], state: str, to: str, *, what: str) -> Finding | None:
    """Why ``what`` ("quote") may not move, and where it may go instead; None where it may."""
    ways = next_states(moves, state)
    if to in ways:
        return None
    named = " or ".join(str(way).replace("_", " ") for way in ways)
    instead = f"It can still become {named}." if ways else "Nothing follows: make a new one."
    message = f"This {what} is {state.replace('_', ' ')} and cannot become {to.replace('_', ' ')}. {instead}"
    return block(f"move:{what}:{to}", message, fixed=True)
