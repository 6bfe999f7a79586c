"""What the rules of intervals are asked about: the patient's sessions at any clinic, and a plan. One query."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypedDict
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateField, F, Func, JSONField
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Cast

from mesoclinic.accounts.models import Clinic
from mesoclinic.core.compiled_queries import Blank
from mesoclinic.core.findings import Finding
from treatments.plans.models import TreatmentPlan
from treatments.schedule.rules.elsewhere import treatments_done_elsewhere
from treatments.schedule.rules.intervals import (
    GivenSession,
    IntervalRule,
    SessionToCome,
    check_intervals_since_given_sessions,
)

_SQL = (Path(__file__).parent / "sql" / "intervals.sql").read_text(encoding="utf-8")


#: A rule, in the order of the fields of IntervalRule.
IntervalRow = tuple[
    str, str, str, str, str, int | None, int | None, int | None, str, str, str, str, str, str, str
]


class IntervalsRead(TypedDict):
    """What the statement brings: rows as lists, in the order of its columns; ids of plans and versions as text."""

    rules: list[IntervalRow]
    given: list[tuple[int, int, str, int]]
    plans: dict[str, tuple[str, str, list[str], int, int | None]]
    held: dict[str, dict[str, str]]
    elsewhere: tuple[list[str], str] | None
    assessed_at: str | None


@dataclass(frozen=True, slots=True)
class IntervalsAsked:
    """The rules, the signed sessions, and the session of the plan that is to come."""

    rules: list[IntervalRule]
    given: list[GivenSession]
    ahead: SessionToCome

    #: Of each signed session, the plan it was of.
    plans: list[int]

    def findings(self, *, is_begun: bool, clinical: bool = True) -> list[Finding]:
        """What the days since the last signed session say to this one, which is begun or not."""
        return check_intervals_since_given_sessions(
            self.rules, self.ahead, self.given, is_begun=is_begun, clinical=clinical
        )

    def sessions_of_other_plans(self, plan: int) -> list[GivenSession]:
        """The signed sessions that were not of this plan."""
        return [each for each, of_plan in zip(self.given, self.plans, strict=True) if of_plan != plan]

    def booked_session_as_given(self, number: int, on: date) -> GivenSession:
        """A session of the same plan that is booked, as the rules take one that was given."""
        return GivenSession(number, on, self.ahead.protocol, self.ahead.ingredients, self.ahead.zones)


_OF_ONE_PLAN = _SQL % {"expressions": "%s::bigint, %s::date, %s::bigint"}


def _intervals_sql_parameters(plan: TreatmentPlan, on: date) -> list[int | date]:
    return [plan.patient_id, on, plan.pk]


def intervals_subquery_to_compile(on: date) -> RawSQL:
    """What :func:`intervals_from_json` reads, as a column of another query with the blanks ``plan`` and ``plan_patient``."""
    return RawSQL(_OF_ONE_PLAN, [Blank("plan_patient"), on, Blank("plan")], output_field=JSONField())


def intervals_of_visits_subquery() -> Combinable:
    """The same in a query of appointments, of each one's plan on its own day at its clinic."""
    day = Cast(Func(F("clinic__time_zone"), F("starts_at"), function="timezone"), DateField())
    return Func(F("patient"), day, F("plan"), template=f"({_SQL})", output_field=JSONField())


def read_interval_facts_before_session(plan: TreatmentPlan, clinic: Clinic, on: date) -> IntervalsAsked:
    """What the rules are asked about before a session of ``plan`` on ``on``, a day of ``clinic``. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_ONE_PLAN, _intervals_sql_parameters(plan, on))
        (found,) = cursor.fetchone()
    read: IntervalsRead = json.loads(found)
    return intervals_from_json(read, plan, clinic.zone, on)


def intervals_from_json(read: IntervalsRead, plan: TreatmentPlan, zone: ZoneInfo, on: date) -> IntervalsAsked:
    """The same, from what was read with something else. No query."""
    plans = {int(pk): row for pk, row in read["plans"].items()}
    held = {int(pk): row for pk, row in read["held"].items()}
    given = []
    for of_plan, number, day, version in read["given"]:
        protocol, _, zones, _, _ = plans[of_plan]
        ingredients = frozenset(held.get(version, ()))
        given.append(GivenSession(number, date.fromisoformat(day), protocol, ingredients, frozenset(zones)))
    protocol, name, zones, version, fewest_days = plans[plan.pk]
    names = held.get(version, {})
    assessed_at = read["assessed_at"]
    said, told_on = read["elsewhere"] or ([], on.isoformat())
    ahead = SessionToCome(
        on=on,
        protocol=protocol,
        ingredients=frozenset(names),
        zones=frozenset(zones),
        fewest_days=fewest_days,
        elsewhere=treatments_done_elsewhere(said, date.fromisoformat(told_on)),
        assessed_on=None
        if assessed_at is None
        else datetime.fromisoformat(assessed_at).astimezone(zone).date(),
        names={**names, protocol: name},
    )
    rules = [IntervalRule(*row) for row in read["rules"]]
    return IntervalsAsked(rules, given, ahead, [row[0] for row in read["given"]])
