"""What is charted in a session, as plain values that compare. No Django here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import attrgetter

from mesoclinic.core.quantities import ZERO
from treatments.sessions.rules.safety_questions import SafetyAnswer


@dataclass(frozen=True, slots=True)
class PlannedDose:
    """One product that the cocktail plans. ``actives``: name and mg per ml of each, None where no label says."""

    product_id: int
    code: str
    name: str
    strength: str
    ml: Decimal
    actives: Sequence[tuple[str, Decimal | None]] = ()
    is_kit: bool = False  # made of the patient's own blood

    @property
    def has_actives(self) -> bool:
        """Whether it counts toward the actives of the syringe."""
        return bool(self.actives)


@dataclass(frozen=True, slots=True)
class DoseEntry:
    """So many ml from one lot. ``planned_ml`` is the product's, on the first of its lots; 0 on the others.

    ``is_given``: it was in the patient before it became known that the lot may not be used.
    """

    product_id: int
    lot_id: int
    ml: Decimal
    planned_ml: Decimal = ZERO
    lot_read: bool = False
    is_given: bool = False


@dataclass(frozen=True, slots=True)
class ZoneEntry:
    """A zone of the map, or a drawn one: then ``zone_id`` is None, ``name`` and ``outline`` (percent) say which."""

    zone_id: int | None
    points: int
    ml_per_point: Decimal
    depth_mm: Decimal
    area_cm2: Decimal
    spacing_cm: Decimal | None = None
    name: str = ""
    outline: tuple[tuple[float, float], ...] = ()

    @property
    def zone_id_and_name(self) -> tuple[int, str]:
        return self.zone_id or 0, self.name


@dataclass(frozen=True, slots=True)
class ReactionEntry:
    """``note`` is what was done about it: an alert asks for it."""

    effect_id: int
    grade: str = "mild"
    note: str = ""
    zone_id: int | None = None
    began_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class ReliefEntry:
    """What was done against the pain; ``lidocaine_mg`` is None where nobody has said.

    ``is_given``: it was given before the record spoke against it.
    """

    method: str
    lidocaine_mg: Decimal | None = None
    label: str = ""
    is_given: bool = False


@dataclass(frozen=True, slots=True)
class MeasurementEntry:
    """A figure of a scale, which is named by its code; of density without ``zone_id``, where it is counted usually."""

    scale: str
    value: Decimal
    zone_id: int | None = None
    preparation: str = ""


@dataclass(frozen=True)
class SessionChart:
    """Everything that is charted in a draft, by the ids of the reference rows. Two charts compare by value.

    Measurements are not in here: they cannot be changed once written, so they wait for the signature.
    """

    ticked: frozenset[int] = frozenset()
    doses: tuple[DoseEntry, ...] = ()
    zones: tuple[ZoneEntry, ...] = ()
    pain: Mapping[str, int] = field(default_factory=dict)
    relief: tuple[ReliefEntry, ...] = ()
    performed_by_id: int | None = None
    reactions: tuple[ReactionEntry, ...] = ()
    no_reactions: bool = False
    technique: str = ""
    needle: str = ""
    since_last: str = ""
    safety: Mapping[str, SafetyAnswer] = field(default_factory=dict)
    note: str = ""
    next_on: date | None = None

    def __post_init__(self) -> None:
        """In one order, so that the same chart compares as the same however it was read."""
        for name, key in _KEYS.items():
            rows = sorted(getattr(self, name), key=attrgetter(key))
            object.__setattr__(self, name, tuple(rows))


#: What is unique among the rows of each part.
_KEYS = {"doses": "lot_id", "zones": "zone_id_and_name", "reactions": "effect_id", "relief": "method"}

#: The parts of a chart that are columns of the session.
COLUMNS = (
    "performed_by_id",
    "no_reactions",
    "technique",
    "needle",
    "since_last",
    "safety",
    "note",
    "next_on",
)
