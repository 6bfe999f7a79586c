"""Which reactions are named to a patient, and which are only offered."""

from collections.abc import Iterable
from dataclasses import dataclass

from treatments.sessions.queries.reference import Effect


@dataclass(frozen=True, slots=True)
class ReactionGroups:
    """What a call asks for: the reactions it names, in plain words, and the others."""

    named: list[Effect]
    others: list[Effect]


def reactions_to_name_first_and_others(effects: Iterable[Effect]) -> ReactionGroups:
    """The reactions in two groups: those in the seed that are not urgent, and those with a question, are named."""
    rows = list(effects)
    return ReactionGroups(
        named=[e for e in rows if e.asked_as or (e.from_seed and not e.is_urgent)],
        others=[e for e in rows if not e.asked_as and (not e.from_seed or e.is_urgent)],
    )
