"""Whether a length is the clinic's own rule, and whether such a rule makes sense. No Django here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from mesoclinic.core.findings import Finding, block, warn


def check_session_length_follows_rule(
    minutes: int, by_rule: int, *, code: str = "booking:length", where: str = "minutes"
) -> Finding | None:
    """Asks why a session is booked for longer or shorter than the clinic's rule says; None where it is not."""
    if minutes == by_rule:
        return None
    more = "longer" if minutes > by_rule else "shorter"
    message = (
        f"{minutes} minutes: the clinic's rule gives this session {by_rule}. "
        f"Take {by_rule}, or say why it is {more}."
    )
    return warn(code, message, where=where)


def check_length_rule_rows_consistent(
    areas: Sequence[tuple[Decimal, int]], techniques: Sequence[tuple[str, int]]
) -> list[Finding]:
    """What is wrong with a clinic's rule: areas rise, minutes do not fall, a technique is named once.

    ``where`` names the row by its place, and its field: "area-1-minutes".
    """
    findings = []

    def add_finding(code: str, message: str, where: str) -> None:
        findings.append(block(code, message, fixed=True, where=where))

    if not areas:
        add_finding("lengths:none", "Type at least one area with its minutes.", "area-0-up_to")
    for n, (limit, minutes) in enumerate(areas):
        if limit <= 0:
            add_finding(
                "lengths:area", "An area is above 0 cm². Type one, or empty the row.", f"area-{n}-up_to"
            )
        if not 5 <= minutes <= 480:
            message = "A session takes 5 to 480 minutes. Type its minutes, or empty the row."
            add_finding("lengths:minutes", message, f"area-{n}-minutes")
        if n and limit <= areas[n - 1][0]:
            message = f"Each row goes further than the one above: type more than {areas[n - 1][0]:f} cm²."
            add_finding("lengths:order", message, f"area-{n}-up_to")
        if n and minutes < areas[n - 1][1]:
            message = f"A larger area does not take less time: type {areas[n - 1][1]} minutes or more."
            add_finding("lengths:falls", message, f"area-{n}-minutes")
    seen: set[str] = set()
    for n, (name, minutes) in enumerate(techniques):
        if _technique_words(name) in seen:
            message = f"“{name}” stands twice. Empty one of the rows."
            add_finding("lengths:twice", message, f"technique-{n}-name")
        if not 0 <= minutes <= 240:
            message = "A technique adds 0 to 240 minutes."
            add_finding("lengths:technique", message, f"technique-{n}-minutes")
        seen.add(_technique_words(name))
    return findings


def _technique_words(text: str) -> str:
    """A technique as it is compared: a code, a name or a sentence, in small letters and with spaces only."""
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())


def _is_technique_named(name: str, technique: str) -> bool:
    """Whether ``technique``, a code or a sentence, names the technique that the clinic calls ``name``."""
    words = _technique_words(name)
    return bool(words) and words in _technique_words(technique)


def equipment_of_technique(technique: str, needs: Mapping[str, str]) -> frozenset[str]:
    """What a room must have for this technique, lower case; the technique is a code or a sentence."""
    return frozenset(
        equipment.strip().lower()
        for name, equipment in needs.items()
        if equipment.strip() and _is_technique_named(name, technique)
    )


def check_room_has_equipment(missing: frozenset[str], room: str, *, code: str, where: str) -> Finding | None:
    """A warning where the room lacks what the technique needs."""
    if not missing:
        return None
    message = (
        f"{room} has no {' and no '.join(sorted(missing))}, which this course needs. "
        "Choose a room that has it, or say why."
    )
    return warn(code, message, where=where)


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long a session takes: minutes by area, and what is added. A clinic may set its own."""

    #: (up to this many cm², minutes). Published durations run from 10 to 40 minutes without saying
    #: for which area (docs/clinical.md §6: 10-15 [FITEST][APARICIO], 15-20 [DRECE], 10-30 [NADIA],
    #: 20-40 [MEDJOUR], about 40 [LAKERS]); spread over small to whole scalp they are these [GK].
    steps: Sequence[tuple[Decimal, int]] = (
        (Decimal(50), 15),
        (Decimal(100), 20),
        (Decimal(200), 30),
        (Decimal(500), 40),
    )
    #: Above the last step, for each further 100 cm² begun.
    per_100_cm2: int = 10
    #: Added for a technique: epidermic product is taken up in 3-7 min, PRP takes 30-60 in all
    #: (protocols.csv); single deep points are slower than nappage [GK].
    technique: Mapping[str, int] = field(
        default_factory=lambda: {"epidermic": 5, "papule": 5, "point by point": 5, "prp": 20}
    )
    #: Consent, photographs and questions of a first session [GK].
    first: int = 15


USUAL_LENGTHS = Lengths()


def session_minutes(
    area_cm2: Decimal, technique: str = "", first: bool = False, lengths: Lengths = USUAL_LENGTHS
) -> int:
    """Minutes to book for a session, rounded up to five.

    ``technique`` is a code or a sentence ("nappage (+ point by point in bald zones)"); the slowest
    technique it names counts.
    """
    if area_cm2 < 0:
        raise ValueError("an area is not below zero")
    for limit, step in lengths.steps:
        minutes = step
        if area_cm2 <= limit:
            break
    else:
        hundreds = ((area_cm2 - limit) / 100).to_integral_value(rounding=ROUND_CEILING)
        minutes += int(hundreds) * lengths.per_100_cm2
    minutes += max(
        (m for name, m in lengths.technique.items() if _is_technique_named(name, technique)), default=0
    )
    minutes += lengths.first if first else 0
    return -(-minutes // 5) * 5
