"""How much waits behind a place of the menu."""

from datetime import datetime
from typing import TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission
from mesoclinic.core.paging import MOST_COUNTED
from mesoclinic.inbox.queries import seen_lines_subquery
from mesoclinic.inbox.rules import LineKind, line_key
from mesoclinic.pages.inbox import (
    agreed_and_not_booked,
    changes_by_patients,
    messages_to_see_to,
    works_the_inbox,
)
from mesoclinic.pages.inbox_money import visits_with_fee_to_decide
from treatments.billing.queries.owed import overdue_keys_subquery
from treatments.followup.queries import follow_ups as follow_up
from treatments.recalls.queries import people_to_tell_keys_subquery
from treatments.schedule.queries.going_ahead import visits_that_cannot_go_ahead

Row = TypeVar("Row", bound=Model)


def has_badges(user: User) -> bool:
    """Those who work the inbox, and those who sign."""
    return works_the_inbox(user) or user.may(Permission.SIGN_SESSION)


def badges_of_menu(user: User, clinic: Clinic, now: datetime) -> dict[str, int]:
    """For those who work the inbox or sign, what nobody has seen yet. One query, or none."""
    today = timezone.localdate(now, clinic.zone)
    counted: dict[str, ArraySubquery | RawSQL] = {}
    if works_the_inbox(user):
        counted = {
            LineKind.CHECK_IN: _ids_of(follow_up.reachable_check_ins_due(clinic, today)),
            LineKind.STOPPED_VISIT: _ids_of(visits_that_cannot_go_ahead(clinic, now)),
            LineKind.CHANGE: _ids_of(changes_by_patients(clinic, now)),
            LineKind.TO_BOOK: _ids_of(agreed_and_not_booked(clinic, now)),
            LineKind.FEE: _ids_of(visits_with_fee_to_decide(clinic, now)),
            LineKind.MESSAGE: _ids_of(messages_to_see_to(clinic)),
            LineKind.OVERDUE: overdue_keys_subquery(clinic, today, MOST_COUNTED),
            LineKind.RECALL: people_to_tell_keys_subquery(clinic, MOST_COUNTED),
        }
    if user.may(Permission.SIGN_SESSION):
        counted["reactions"] = _ids_of(follow_up.open_follow_ups(clinic, of=user))
    if not counted:
        return {}
    columns = {f"badge_today_{place}": value for place, value in enumerate(counted.values())}
    columns["badge_seen"] = seen_lines_subquery(clinic, now)
    row = Clinic.objects.filter(pk=clinic.pk).annotate(**columns).values_list(*columns).get()
    seen = set(row[-1])
    found = {
        kind: sum(kind == "reactions" or line_key(LineKind(kind), each) not in seen for each in parts)
        for kind, parts in zip(counted, row, strict=False)
    }
    return {
        "today": sum(found.values()),
        "follow_up": found.get(LineKind.CHECK_IN, 0) + found.get("reactions", 0),
        "recalls": found.get(LineKind.RECALL, 0),
        "message_list": found.get(LineKind.MESSAGE, 0),
    }


def _ids_of(rows: QuerySet[Row]) -> ArraySubquery:
    return ArraySubquery(rows.values("pk")[:MOST_COUNTED])
