"""How much measures changed in groups of people, and beside what dose. Association: nobody was left untreated. No Django here."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from treatments.outcomes.rules.shares import Quartiles, may_be_shown, quartiles_of_figures

#: The doses of one active in one zone are parted in three.
THIRDS = ("lowest third", "middle third", "highest third")

#: Said beside every table of changes.
ASSOCIATION = "Association, no control group."


@dataclass(frozen=True, slots=True)
class Changed:
    """One measure of one patient in one zone, and what one active had added up to there. Without dose: none is known."""

    clinic: int
    patient: int
    condition: int
    cocktail: str
    scale: int
    zone: int
    change: float
    ingredient: int | None = None
    mg_per_cm2: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """People alike, and the middle half of their changes; no figures of fewer than ten."""

    clinic: int
    scale: int
    name: str
    people: int
    quartiles: Quartiles | None
    condition: int | None = None
    zone: int | None = None
    third: int | None = None
    dose_low: Decimal | None = None
    dose_high: Decimal | None = None


def groups_by_cocktail(rows: Iterable[Changed]) -> list[ChangeGroup]:
    """By cocktail and condition. A person counts once: by the mean over the zones that were measured."""
    changes: dict[tuple[int, int, str, int, int], dict[int, float]] = defaultdict(dict)
    for row in rows:
        person = (row.clinic, row.scale, row.cocktail, row.condition, row.patient)
        changes[person][row.zone] = row.change
    means: dict[tuple[int, int, str, int], list[float]] = defaultdict(list)
    for (clinic, scale, cocktail, condition, _), zones in changes.items():
        means[clinic, scale, cocktail, condition].append(sum(zones.values()) / len(zones))
    return [
        ChangeGroup(clinic, scale, cocktail, len(figures), _quartiles_of(figures), condition=condition)
        for (clinic, scale, cocktail, condition), figures in sorted(means.items())
        if cocktail
    ]


def groups_by_dose(rows: Iterable[Changed]) -> list[ChangeGroup]:
    """By zone and active, the people in thirds of what had added up there."""
    found: dict[tuple[int, int, int, int], list[tuple[Decimal, int, float]]] = defaultdict(list)
    for row in rows:
        if row.ingredient is not None and row.mg_per_cm2 is not None:
            found[row.clinic, row.scale, row.zone, row.ingredient].append(
                (row.mg_per_cm2, row.patient, row.change)
            )
    groups = []
    for (clinic, scale, zone, ingredient), people in sorted(found.items()):
        for third, part in enumerate(thirds_of(sorted(people))):
            if not part:
                continue
            groups.append(
                ChangeGroup(
                    clinic,
                    scale,
                    f"ingredient:{ingredient}",
                    len(part),
                    _quartiles_of([change for _, _, change in part]),
                    zone=zone,
                    third=third,
                    dose_low=part[0][0],
                    dose_high=part[-1][0],
                )
            )
    return groups


def thirds_of(
    people: Sequence[tuple[Decimal, int, float]],
) -> list[Sequence[tuple[Decimal, int, float]]]:
    """In the order of their dose, three parts as even as can be; people of one dose stay together."""
    parts: list[list[tuple[Decimal, int, float]]] = [[], [], []]
    place_of_dose: dict[Decimal, int] = {}
    for place, person in enumerate(people):
        part = place_of_dose.setdefault(person[0], min(place * 3 // len(people), 2))
        parts[part].append(person)
    return list(parts)


def _quartiles_of(figures: Sequence[float]) -> Quartiles | None:
    return quartiles_of_figures(figures) if may_be_shown(len(figures)) else None
