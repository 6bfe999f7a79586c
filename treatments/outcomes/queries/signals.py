"""What is watched of each lot and opened vial, and what the tick found."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.db import connection
from django.db.models import Max

from mesoclinic.accounts.models import Clinic
from treatments.outcomes.models import LotAlarm, LotSignal
from treatments.sessions.rules.alerts import IN_WORDS

_REACTIONS = (Path(__file__).parent / "sql" / "lot_reactions.sql").read_text(encoding="utf-8")

#: Signals on the page: those nearest their line.
SHOWN = 3


@dataclass(slots=True)
class GivenAndTold:
    """The days a lot (or one vial of it) was given on, the days reactions began and were told, and after how many days."""

    lot_id: int
    vial_id: int | None
    given_on: Sequence[date] = ()
    began_on: Sequence[date] = ()
    told_on: Sequence[date] = ()
    delays: Sequence[int] = ()


@dataclass(slots=True)
class WatchedOfClinic:
    lots: list[GivenAndTold] = field(default_factory=list)
    vials: list[GivenAndTold] = field(default_factory=list)


def watched_lots_and_vials(since: date) -> dict[int, WatchedOfClinic]:
    """By clinic, all that was given after a day. One query, for the tick: it reads every session since."""
    with connection.cursor() as cursor:
        cursor.execute(_REACTIONS, {"since": since, "in_words": IN_WORDS})
        rows = cursor.fetchall()
    found: dict[tuple[int, int, int | None], GivenAndTold] = {}
    for clinic_id, lot_id, vial_id, given_on, began_on, told_on, delays in rows:
        each = found.setdefault((clinic_id, lot_id, vial_id), GivenAndTold(lot_id, vial_id))
        if given_on:
            each.given_on = given_on
        if began_on:
            each.began_on, each.told_on, each.delays = began_on, told_on, delays
    by_clinic: dict[int, WatchedOfClinic] = defaultdict(WatchedOfClinic)
    for (clinic_id, _, vial_id), each in found.items():
        (by_clinic[clinic_id].lots if vial_id is None else by_clinic[clinic_id].vials).append(each)
    return dict(by_clinic)


def decided_on(clinic_ids: Sequence[int]) -> dict[tuple[int, int | None], date]:
    """By lot and vial, the day of the last decision about an alarm. One query."""
    rows = (
        LotAlarm.objects.filter(clinic__in=clinic_ids, decided_at__isnull=False)
        .order_by()
        .values_list("lot", "vial")
        .annotate(at=Max("decided_at"))
    )
    return {(lot, vial): at.date() for lot, vial, at in rows}


def open_alarms(clinic: Clinic) -> Sequence[LotAlarm]:
    """Those nobody has decided about, the oldest first. One query."""
    return list(
        LotAlarm.objects.filter(clinic=clinic, decided_at=None)
        .select_related("lot__product", "vial")
        .order_by("pk")
    )


def decided_alarms(clinic: Clinic) -> Sequence[LotAlarm]:
    """The last that somebody decided about. One query."""
    return list(
        LotAlarm.objects.filter(clinic=clinic, decided_at__isnull=False)
        .select_related("lot__product", "vial", "decided_by")
        .order_by("-pk")[:5]
    )


def signals_to_show(clinic: Clinic, shown: int = SHOWN) -> Sequence[LotSignal]:
    """The lots and vials whose sum is highest. One query."""
    return list(
        LotSignal.objects.filter(clinic=clinic)
        .select_related("lot__product", "vial")
        .order_by("-sum_now", "pk")[:shown]
    )
