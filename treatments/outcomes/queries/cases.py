"""A set of reactions: the sessions that had one, those that had none, and what each was given."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.db import connection

from mesoclinic.accounts.models import Clinic
from treatments.outcomes.rules.groups import key_of_name, kind_of_name
from treatments.outcomes.rules.tables import Suspect, Table, exact_odds_ratio, suspects_in_order
from treatments.sessions.models import AdverseEffect, Reaction
from treatments.sessions.rules.alerts import IN_WORDS

_TABLES = (Path(__file__).parent / "sql" / "case_tables.sql").read_text(encoding="utf-8")

#: Looked back so far at most: further back, other lots were in use.
MOST_DAYS = 365

#: Rows of the table.
SHOWN = 25


@dataclass(frozen=True, slots=True)
class CasesAsked:
    """Reactions of these kinds in sessions of a clinic, over so many days until a day."""

    clinic: Clinic
    effects: Sequence[int]
    days: int
    until: date

    @property
    def since(self) -> date:
        return self.until - timedelta(days=min(self.days, MOST_DAYS))


@dataclass(frozen=True, slots=True)
class Separation:
    """What was looked at, and what separates the sessions most surely; labels are not read yet."""

    cases: int
    people: int
    controls: int
    looked_at: int
    suspects: Sequence[Suspect]

    @property
    def names(self) -> list[str]:
        return [f"{each.kind}:{each.key}" for each in self.suspects]


def effects_seen(clinic: Clinic, since: date) -> list[tuple[int, str]]:
    """The coded reactions that were recorded here since a day, by their words. One query."""
    seen = Reaction.objects.filter(
        treatment_session__clinic=clinic,
        treatment_session__performed_on__gt=since,
        treatment_session__status__in=("signed", "amended"),
    ).values("effect")
    return list(
        AdverseEffect.objects.filter(pk__in=seen)
        .exclude(code=IN_WORDS)
        .order_by("short_label")
        .values_list("pk", "short_label")
    )


def what_separates(asked: CasesAsked) -> Separation:
    """Every ingredient, lot, vial, room and day that a case had, as a table of its own. One query over at most a year."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TABLES,
            {
                "clinic": asked.clinic.pk,
                "effects": list(asked.effects),
                "since": asked.since,
                "until": asked.until,
            },
        )
        rows = cursor.fetchall()
    if not rows:
        return Separation(0, 0, 0, 0, [])
    cases, people, controls = rows[0][3:]
    found = []
    for name, exposed_cases, exposed_controls, *_ in rows:
        kind = kind_of_name(name)
        table = Table(exposed_cases, cases, exposed_controls, controls)
        if kind is not None and controls:
            key = key_of_name(name)
            found.append(Suspect(kind.value, key, key, table, exact_odds_ratio(table)))
    return Separation(cases, people, controls, len(rows), suspects_in_order(found)[:SHOWN])
