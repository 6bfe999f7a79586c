"""How much of each active a course has given to a square centimetre of each zone. No Django here."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mesoclinic.core.quantities import ZERO


@dataclass(frozen=True, slots=True)
class GivenActive:
    """So many mg of one active in one session."""

    session: int
    name: str
    mg: Decimal


@dataclass(frozen=True, slots=True)
class TreatedZone:
    """So many ml in one zone of one session."""

    session: int
    name: str
    ml: Decimal
    area_cm2: Decimal


@dataclass(frozen=True, slots=True)
class ZoneTotal:
    """What one zone has had of one active. ``sessions``: in how many."""

    zone: str
    mg_per_cm2: Decimal
    sessions: int


@dataclass(frozen=True, slots=True)
class ActiveTotal:
    """One active over the course. Milligrams of different actives are never added."""

    name: str
    mg: Decimal
    zones: Sequence[ZoneTotal]


def totals_per_active(given: Iterable[GivenActive], treated: Iterable[TreatedZone]) -> list[ActiveTotal]:
    """Each session's dose is shared over its zones by their ml. The active with most zones and mg first."""
    zones_of: dict[int, list[TreatedZone]] = defaultdict(list)
    for zone in treated:
        zones_of[zone.session].append(zone)
    mg: dict[str, Decimal] = defaultdict(Decimal)
    per_cm2: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    sessions: dict[tuple[str, str], set[int]] = defaultdict(set)
    for dose in given:
        mg[dose.name] += dose.mg
        zones = zones_of[dose.session]
        whole = sum((zone.ml for zone in zones), ZERO)
        for zone in zones:
            if whole > 0 and zone.area_cm2 > 0:
                per_cm2[dose.name, zone.name] += dose.mg * zone.ml / whole / zone.area_cm2
                sessions[dose.name, zone.name].add(dose.session)
    return [
        ActiveTotal(
            name,
            total,
            [
                ZoneTotal(zone, amount, len(sessions[name, zone]))
                for (active, zone), amount in per_cm2.items()
                if active == name
            ],
        )
        for name, total in sorted(mg.items(), key=lambda each: (-each[1], each[0]))
    ]
