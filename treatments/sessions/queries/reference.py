"""TODO-DOC Item, Effect, ZoneRow, Risk, Scale, Performer, Reference, _R"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Role
from treatments.cocktails.queries.catalogue import Catalogue, catalogue_beside
from treatments.sessions.queries.sessions import MEASURED
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
    def word(self) -> str:
        """Among others of its kind: “lidocaine”."""
        return self.label.removeprefix("Allergy: ")


@dataclass(frozen=True, slots=True)
class Scale:
    id: int
    code: str
    name: str
    unit: str
    higher_is_better: bool


@dataclass(frozen=True, slots=True)
class Performer:
    """Somebody who may inject."""

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

    def ticked_with(self, ticked: Iterable[int]) -> frozenset[int]:
        """These ticks, and those that the same tick answers."""
        ticked = frozenset(ticked)
        codes = {item.code for item in self.items if item.id in ticked}
        return ticked | {item.id for item in self.items if item.asked_with in codes}


_REFERENCE = """
SELECT json_build_object(
  'items', (SELECT coalesce(json_agg(json_build_array(id, code, phase, item, short_label, mandatory, required_when,
              short_list, asked_with, answered_by = 'software')
              ORDER BY short_order NULLS LAST, "order", code), '[]')
            FROM treatment_sessions_checklistitem WHERE retired_at IS NULL),
  'effects', (SELECT coalesce(json_agg(json_build_array(id, code, effect, short_label, level, action, escalate_if,
              from_seed, lot_days, asked_as) ORDER BY from_seed DESC, "order", code), '[]')
            FROM treatment_sessions_adverseeffect WHERE retired_at IS NULL),
  'zones', (SELECT coalesce(json_agg(json_build_array(id, code, name, area_cm2::text, optional)
              ORDER BY "order", code), '[]')
            FROM conditions_zone WHERE retired_at IS NULL),
  'scales', (SELECT coalesce(json_agg(json_build_array(id, code, short_name, unit, higher_is_better)), '[]')
            FROM conditions_severityscale WHERE code = ANY(%(measured)s)),
  'performers', (SELECT coalesce(json_agg(json_build_array(id, concat_ws(' ', nullif(title, ''),
              nullif(first_name, ''), nullif(last_name, ''))) ORDER BY last_name, first_name, id), '[]')
            FROM accounts_user u WHERE is_active AND EXISTS (SELECT 1 FROM accounts_membership m
              WHERE m.user_id = u.id AND %(performer)s = ANY(m.roles))),
  'risks', (SELECT coalesce(json_agg(json_build_array(id, code, coalesce(nullif(short_label, ''), label), kind)
              ORDER BY label), '[]')
            FROM patients_factor WHERE retired_at IS NULL AND kind = ANY(%(topics)s))
)::text
"""

_PARAMS: dict[str, Any] = {
    "measured": list(MEASURED),
    "performer": Role.CLINICIAN.value,
    "topics": list(TOPICS),
}


def reference() -> Reference:
    """Checklist, reactions, zones, scales and who may inject, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_REFERENCE, _PARAMS)
        return _reference(cursor.fetchone()[0])


def reference_and_catalogue(clinic: Clinic) -> tuple[Reference, Catalogue]:
    """Both in one statement, for the signature."""
    catalogue, found = catalogue_beside(clinic, _REFERENCE, _PARAMS)
    return _reference(found), catalogue


def _reference(text: str) -> Reference:
    found = json.loads(text)
    return Reference(
        items=[Item(*row) for row in found["items"]],
        effects=[Effect(*row) for row in found["effects"]],
        zones=[
            ZoneRow(pk, code, name, None if area is None else Decimal(area), optional)
            for pk, code, name, area, optional in found["zones"]
        ],
        scales={row[1]: Scale(*row) for row in found["scales"]},
        risks=[Risk(*row) for row in found["risks"]],
        performers=[Performer(*row) for row in found["performers"]],
    )
