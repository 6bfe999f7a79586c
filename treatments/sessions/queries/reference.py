"""The rows a session is charted with: checklist, reactions, zones, scales, risk factors and who may inject."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypedDict

from django.db import connection

from mesoclinic.accounts.permissions import Role
from treatments.sessions.rules.measurements import MEASURED
from treatments.sessions.rules.safety_questions import TOPICS


@dataclass(frozen=True, slots=True)
class Item:
    id: int
    code: str
    phase: str
    item: str
    label: str
    mandatory: bool
    required_when: str
    short: bool
    asked_with: str
    by_software: bool
    in_one_tap: bool = True


@dataclass(frozen=True, slots=True)
class Effect:
    id: int
    code: str
    effect: str
    label: str
    level: str
    action: str
    escalate_if: str
    from_seed: bool
    lot_days: int | None = None
    asked_as: str = ""

    @property
    def is_urgent(self) -> bool:
        return self.level in ("alert", "emergency")


@dataclass(frozen=True, slots=True)
class ZoneRow:
    id: int
    code: str
    name: str
    area_cm2: Decimal | None
    optional: bool


@dataclass(frozen=True, slots=True)
class Risk:
    """A coded risk factor that the rules ask for."""

    id: int
    code: str
    label: str
    kind: str

    @property
    def label_without_kind(self) -> str:
        """Among others of its kind: “lidocaine”."""
        return self.label.removeprefix("Allergy: ")


@dataclass(frozen=True, slots=True)
class Scale:
    id: int
    code: str
    name: str
    unit: str
    higher_is_better: bool
    conditions: Sequence[str] | None = None  # None: any
    method: str = ""
    smallest_change: Decimal | None = None
    smallest_change_percent: Decimal | None = None

    def is_for_condition(self, code: str) -> bool:
        """Whether it is measured in this condition."""
        return self.conditions is None or code in self.conditions


@dataclass(frozen=True, slots=True)
class Performer:
    """Somebody who may inject: a clinician of the clinic."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The rows a session is charted with; retired ones are not offered."""

    items: Sequence[Item]
    effects: Sequence[Effect]
    zones: Sequence[ZoneRow]
    scales: Mapping[str, Scale]
    risks: Sequence[Risk] = ()
    performers: Sequence[Performer] = ()

    def item_ids_with_jointly_ticked(self, ticked: Iterable[int]) -> frozenset[int]:
        """These ticks, and those that the same tick answers."""
        ticked = frozenset(ticked)
        codes = {item.code for item in self.items if item.id in ticked}
        return ticked | {item.id for item in self.items if item.asked_with in codes}


_REFERENCE = (Path(__file__).parent / "sql" / "reference.sql").read_text()


class _ReferenceRead(TypedDict):
    """The rows of that statement, in the order of its columns."""

    items: list[tuple[int, str, str, str, str, bool, str, bool, str, bool, bool]]
    effects: list[tuple[int, str, str, str, str, str, str, bool, int | None, str]]
    zones: list[tuple[int, str, str, str | None, bool]]
    scales: list[tuple[int, str, str, str, bool, list[str] | None, str | None, str | None, str | None]]
    risks: list[tuple[int, str, str, str]]
    performers: list[tuple[int, str]]


def charting_reference(clinic_id: int) -> Reference:
    """Checklist, reactions, zones, scales and who may inject at this clinic, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _REFERENCE,
            {
                "clinic": clinic_id,
                "measured": list(MEASURED),
                "performer": Role.CLINICIAN.value,
                "topics": list(TOPICS),
            },
        )
        return _parse_reference(cursor.fetchone()[0])


def _parse_reference(text: str) -> Reference:
    found: _ReferenceRead = json.loads(text)
    return Reference(
        items=[Item(*row) for row in found["items"]],
        effects=[Effect(*row) for row in found["effects"]],
        zones=[
            ZoneRow(pk, code, name, None if area is None else Decimal(area), optional)
            for pk, code, name, area, optional in found["zones"]
        ],
        scales={
            code: Scale(
                pk,
                code,
                name,
                unit,
                higher,
                conditions,
                method or "",
                _decimal_or_none(least),
                _decimal_or_none(share),
            )
            for pk, code, name, unit, higher, conditions, method, least, share in found["scales"]
        },
        risks=[Risk(*row) for row in found["risks"]],
        performers=[Performer(*row) for row in found["performers"]],
    )


def _decimal_or_none(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
