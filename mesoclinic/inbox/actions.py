"""Marking a line of Today's inbox: seen, seen after all not, or open at somebody's desk."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.inbox.models import InboxMark
from mesoclinic.inbox.queries import marks_that_hold
from mesoclinic.inbox.rules import TAKEN_FOR, LineKind, kind_of_line_or_none, seen_until


def _kind_of_line_or_refuse(line: str) -> LineKind:
    kind = kind_of_line_or_none(line)
    if kind is None:
        raise Refused.because("There is no such line. Load the page again.", code="inbox:line")
    return kind


@transaction.atomic
def mark_line_seen(*, line: str, clinic: Clinic, by: User, now: datetime | None = None) -> InboxMark:
    """Take a line away for the whole desk. A repeat answers with the mark there is."""
    now = now or timezone.now()
    until = seen_until(_kind_of_line_or_refuse(line), now, clinic.zone)
    seen = marks_that_hold(clinic, now).filter(line=line, kind=InboxMark.Kind.SEEN.value).first()
    if seen is not None:
        return seen
    mark = InboxMark.objects.create(
        clinic=clinic, line=line, kind=InboxMark.Kind.SEEN, by=by, at=now, until=until
    )
    audit.record(by=by, did="inbox.seen", about=mark, line=line)
    return mark


@transaction.atomic
def undo_line_seen(*, line: str, clinic: Clinic, by: User, now: datetime | None = None) -> int:
    """Bring a line back. Returns how many marks were undone: none where somebody was faster."""
    now = now or timezone.now()
    _kind_of_line_or_refuse(line)
    seen = marks_that_hold(clinic, now).filter(line=line, kind=InboxMark.Kind.SEEN.value)
    marks = list(seen.select_for_update())
    InboxMark.objects.filter(pk__in=[mark.pk for mark in marks]).update(undone_at=now, undone_by=by)
    audit.record_events(
        [audit.unsaved_event(by=by, did="inbox.seen_undone", about=mark, line=line) for mark in marks]
    )
    return len(marks)


@transaction.atomic
def mark_line_taken(*, line: str, clinic: Clinic, by: User, now: datetime | None = None) -> InboxMark | None:
    """Tell the others that ``by`` has opened a line. None where a colleague has it: they keep it."""
    now = now or timezone.now()
    _kind_of_line_or_refuse(line)
    taken = (
        marks_that_hold(clinic, now)
        .filter(line=line, kind=InboxMark.Kind.TAKEN.value)
        .select_related("by")
        .first()
    )
    if taken is not None:
        return taken if taken.by_id == by.pk else None
    return InboxMark.objects.create(
        clinic=clinic, line=line, kind=InboxMark.Kind.TAKEN, by=by, at=now, until=now + TAKEN_FOR
    )
