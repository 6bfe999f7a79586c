"""Among what sessions are counted, and how the figures of one group are told. No Django here."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from treatments.outcomes.rules.shares import (
    Interval,
    Quartiles,
    may_be_shown,
    quartiles_of_counts,
    strong_pain_of_counts,
    wilson_interval,
)


class Moment(StrEnum):
    """When pain was told; or reactions, told by calls."""

    DURING = "during"
    END = "end"
    AFTER_1H = "1h"
    AFTER_24H = "24h"
    REACTION = "reaction"

    @property
    def label(self) -> str:
        return {
            "during": "Worst pain during treatment",
            "end": "Pain at the end",
            "1h": "Pain after 1 hour",
            "24h": "Pain after 24 hours",
            "reaction": "Reactions after day 2",
        }[self.value]

    @property
    def short(self) -> str:
        return {
            "during": "Pain during",
            "end": "At the end",
            "1h": "After 1 h",
            "24h": "After 24 h",
            "reaction": "Reactions",
        }[self.value]

    @property
    def is_pain(self) -> bool:
        return self is not Moment.REACTION


#: Asked after the patient has gone: where few answer, those who do are not like the others.
LATER = (Moment.AFTER_1H, Moment.AFTER_24H, Moment.REACTION)

#: Of a later moment nothing is told where fewer than this share answered.
LEAST_RESPONSE = 0.3


class Kind(StrEnum):
    """What a session is counted by. ``VIAL`` and ``ROOM`` are looked at for one set of reactions only."""

    TECHNIQUE = "technique"
    RELIEF = "relief"
    COCKTAIL = "cocktail"
    INGREDIENT = "ingredient"
    NEEDLE = "needle"
    ZONE = "zone"
    EXPERIENCE = "experience"
    LOT = "lot"
    VIAL = "vial"
    ROOM = "room"
    DAY = "day"

    @property
    def label(self) -> str:
        return {
            "relief": "Pain relief",
            "experience": "Sessions the performer had done before",
            "vial": "Opened vial",
        }.get(self.value, self.value.capitalize())


#: In this order on the page.
COUNTED = (
    Kind.TECHNIQUE,
    Kind.RELIEF,
    Kind.COCKTAIL,
    Kind.INGREDIENT,
    Kind.NEEDLE,
    Kind.ZONE,
    Kind.EXPERIENCE,
    Kind.LOT,
)

#: What may set apart the sessions with a reaction from those without.
SUSPECTED = (Kind.INGREDIENT, Kind.LOT, Kind.VIAL, Kind.ROOM, Kind.DAY)

#: Days until the count; 0 is all.
PERIODS = {182: "6 months", 365: "12 months", 0: "all"}


def kind_of_name(name: str) -> Kind | None:
    """Of “lot:17”; None where it is none of ours."""
    kind, colon, key = name.partition(":")
    return Kind(kind) if colon and key and kind in set(Kind) else None


def key_of_name(name: str) -> str:
    """“17” of “lot:17”."""
    return name.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted of one group."""

    name: str
    asked: int
    answered: int
    people: int
    scores: Sequence[int]
    performers: int = 0

    @property
    def sessions(self) -> int:
        """Those with a score."""
        return sum(self.scores)


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One row: shown, or only how many there are."""

    counts: Counts
    is_shown: bool
    quartiles: Quartiles | None = None
    part: int = 0
    share: float | None = None
    interval: Interval | None = None


def figures_of_group(counts: Counts, moment: Moment, *, may_show: bool = True) -> GroupFigures:
    """Median, quartiles and the share with strong pain or a reaction; nothing of fewer than ten people."""
    if not may_show or not may_be_shown(counts.people) or not counts.sessions:
        return GroupFigures(counts, is_shown=False)
    part = strong_pain_of_counts(counts.scores) if moment.is_pain else sum(counts.scores[1:])
    return GroupFigures(
        counts,
        is_shown=True,
        quartiles=quartiles_of_counts(counts.scores) if moment.is_pain else None,
        part=part,
        share=part / counts.sessions,
        interval=wilson_interval(part, counts.sessions),
    )


@dataclass(frozen=True, slots=True)
class Response:
    """How many sessions were asked about at a moment and how many answered."""

    asked: int
    answered: int

    @property
    def share(self) -> float:
        return self.answered / self.asked if self.asked else 0.0

    @property
    def is_enough(self) -> bool:
        return self.share >= LEAST_RESPONSE
