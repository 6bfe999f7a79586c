"""TODO-DOC Asked, asked"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks for: the reactions it names, in plain words, and the others."""

    named: list[Any]
    others: list[Any]


def asked(effects: Iterable[Any]) -> Asked:
    rows = list(effects)
    return Asked(
        named=[e for e in rows if e.asked_as or (e.from_seed and not e.is_urgent)],
        others=[e for e in rows if not e.asked_as and (not e.from_seed or e.is_urgent)],
    )
