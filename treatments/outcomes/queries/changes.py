"""How much measures changed, person by person for the tick, and group by group for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from django.db import connection

from mesoclinic.accounts.models import Clinic
from treatments.conditions.models import MeasurementKind
from treatments.conditions.rules.measurements import unit_text
from treatments.outcomes.models import ChangeCell
from treatments.outcomes.rules.changes import THIRDS, Changed
from treatments.outcomes.rules.shares import may_be_shown

_CHANGES = (Path(__file__).parent / "sql" / "measured_changes.sql").read_text(encoding="utf-8")

#: Tables of doses on the page: the zone and active of most people first.
MOST_DOSE_TABLES = 6


def measured_changes() -> list[Changed]:
    """Of every patient's first course. For the tick, in its transaction: it reads every measurement."""
    with connection.cursor() as cursor:
        # The parts of the query have no statistics: looped over each other they take minutes, hashed seconds.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(_CHANGES, {})
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
    return [Changed(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class ChangeFigure:
    """One cell of a table."""

    people: int
    low: float | None = None
    median: float | None = None
    high: float | None = None
    dose_low: Decimal | None = None
    dose_high: Decimal | None = None

    @property
    def is_shown(self) -> bool:
        return self.median is not None and may_be_shown(self.people)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What a row is called, and a figure under each head; none where nobody was measured."""

    name: str
    label: str
    figures: Sequence[ChangeFigure | None]


@dataclass(frozen=True, slots=True)
class ChangeTable:
    """A measure: its rows by what was given, its columns by condition or third of the dose."""

    title: str
    unit: str
    smallest: str
    heads: Sequence[str]
    rows: Sequence[ChangeRow]
    zone: str = ""

    def with_labels(self, labels: Mapping[str, str]) -> "ChangeTable":
        return replace(self, rows=[replace(row, label=labels.get(row.name, row.label)) for row in self.rows])


@dataclass(slots=True)
class ChangeTables:
    by_cocktail: list[ChangeTable] = field(default_factory=list)
    by_dose: list[ChangeTable] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """The groups whose labels are wanted."""
        return {row.name for table in [*self.by_cocktail, *self.by_dose] for row in table.rows}


def change_tables_of_clinic(clinic: Clinic) -> ChangeTables:
    """The measure of most people, by cocktail and condition, and by dose. Two queries."""
    cells = list(
        ChangeCell.objects.filter(clinic=clinic)
        .select_related("condition", "zone", "scale")
        .order_by("name", "third")
    )
    people: dict[int, int] = {}
    for cell in cells:
        if cell.third is None:
            people[cell.scale_id] = people.get(cell.scale_id, 0) + cell.people
    if not people:
        return ChangeTables()
    scale_id = max(people, key=lambda pk: (people[pk], -pk))
    mine = [cell for cell in cells if cell.scale_id == scale_id]
    kind = MeasurementKind.objects.select_related("scale").get(scale=scale_id)
    return ChangeTables([_by_cocktail(mine, kind)], _by_dose(mine, kind))


def _by_cocktail(cells: Sequence[ChangeCell], kind: MeasurementKind) -> ChangeTable:
    given = [cell for cell in cells if cell.third is None]
    conditions = sorted({(cell.condition.name, cell.condition_id) for cell in given if cell.condition})
    by_place = {(cell.name, cell.condition_id): _figure(cell) for cell in given}
    whole: dict[str, int] = {}
    for cell in given:
        whole[cell.name] = whole.get(cell.name, 0) + cell.people
    names = sorted(whole, key=lambda name: (-whole[name], name))
    return ChangeTable(
        title=kind.short_name,
        unit=unit_text(kind.scale.unit),
        smallest=_smallest_text(kind),
        heads=[name for name, _ in conditions],
        rows=[
            ChangeRow(name, name, [by_place.get((name, pk)) for _, pk in conditions]) for name in names[:12]
        ],
    )


def _by_dose(cells: Sequence[ChangeCell], kind: MeasurementKind) -> list[ChangeTable]:
    """One table a zone; actives in rows. Those without any third that may be shown are left out."""
    by_zone: dict[tuple[int, str], dict[str, dict[int, ChangeFigure]]] = {}
    for cell in cells:
        if cell.third is not None and cell.zone is not None:
            zone = (cell.zone.order, cell.zone.name)
            by_zone.setdefault(zone, {}).setdefault(cell.name, {})[cell.third] = _figure(cell)
    tables = []
    for (_, zone_name), actives in sorted(by_zone.items()):
        shown = {
            name: thirds for name, thirds in actives.items() if any(each.is_shown for each in thirds.values())
        }
        if shown:
            tables.append(
                ChangeTable(
                    title=kind.short_name,
                    unit=unit_text(kind.scale.unit),
                    smallest=_smallest_text(kind),
                    heads=[third.capitalize() for third in THIRDS],
                    rows=[
                        ChangeRow(name, name, [thirds.get(third) for third in range(len(THIRDS))])
                        for name, thirds in sorted(shown.items())
                    ],
                    zone=zone_name,
                )
            )
    return tables[:MOST_DOSE_TABLES]


def _figure(cell: ChangeCell) -> ChangeFigure:
    return ChangeFigure(cell.people, cell.low, cell.median, cell.high, cell.dose_low, cell.dose_high)


def _smallest_text(kind: MeasurementKind) -> str:
    """“±14”, “±15 %”; empty where nobody knows."""
    if kind.smallest_change is not None:
        return f"±{kind.smallest_change.normalize():f}"
    if kind.smallest_change_percent is not None:
        return f"±{kind.smallest_change_percent.normalize():f} %"
    return ""
