"""The marks that hold: which lines of the inbox somebody saw, or has open."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import QuerySet

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.inbox.models import InboxMark

#: More than anybody marks; what is beyond is shown again.
MOST_MARKS = 2000


@dataclass(frozen=True, slots=True)
class Marks:
    """By the key of the line, the last of each."""

    seen: dict[str, InboxMark]
    taken: dict[str, InboxMark]

    def taken_by_other_or_none(self, key: str, user: User) -> User | None:
        """The colleague who has a line open."""
        mark = self.taken.get(key)
        return mark.by if mark is not None and mark.by_id != user.pk else None


def marks_that_hold(clinic: Clinic, now: datetime) -> QuerySet[InboxMark]:
    return InboxMark.objects.filter(clinic=clinic, undone_at=None, until__gt=now)


def marks_of_clinic(clinic: Clinic, now: datetime) -> Marks:
    """One query."""
    marks = Marks({}, {})
    by_kind = {InboxMark.Kind.SEEN.value: marks.seen, InboxMark.Kind.TAKEN.value: marks.taken}
    for mark in marks_that_hold(clinic, now).select_related("by")[:MOST_MARKS]:
        by_kind[mark.kind].setdefault(mark.line, mark)
    return marks


def seen_lines_subquery(clinic: Clinic, now: datetime) -> ArraySubquery:
    """The keys of the lines that were seen, within another query."""
    seen = marks_that_hold(clinic, now).filter(kind=InboxMark.Kind.SEEN.value)
    return ArraySubquery(seen.values("line")[:MOST_MARKS])
