"""Open and revoke a clinician's calendar feed. Its address is shown once and kept as a hash."""

import hashlib
import secrets
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from mesoclinic.accounts.models import User
from mesoclinic.accounts.permissions import Permission, Role
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.locking import lock_row
from treatments.schedule.models import CalendarFeed

#: One for each device is enough; more are addresses nobody remembers having given away.
MOST_FEEDS = 10


def hash_of_feed_token(token: str) -> str:
    """What is kept of an address. It holds 256 random bits: a plain hash cannot be tried through."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_feed_and_token(*, clinician: User, label: str, by: User) -> tuple[CalendarFeed, str]:
    """A new feed and its secret, which is never to be had again."""
    if by.pk != clinician.pk:
        raise Refused.because("A feed is opened by the clinician whose calendar it is.", code="feed:who")
    if not clinician.has_role(Role.CLINICIAN):
        raise Refused.because("Only clinicians have visits to show in a calendar.", code="feed:role")
    label = label.strip()[:60]
    if not label:
        raise Refused.because(
            "Say where it is read, so that you know which one to revoke.", code="feed:label", where="label"
        )
    lock_row(User, clinician.pk)
    if CalendarFeed.objects.filter(clinician=clinician, revoked_at=None).count() >= MOST_FEEDS:
        raise Refused.because(
            f"You have {MOST_FEEDS} feeds. Revoke one you no longer use first.",
            code="feed:many",
            where="label",
        )
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        clinician=clinician, label=label, token_hash=hash_of_feed_token(token), made_by=by
    )
    audit.record(by=by, did="feed.opened", about=feed)
    return feed, token


def may_manage_calendar_of(clinician: User, *, by: User) -> bool:
    """One's own calendar, or that of somebody who works at the clinic that one manages."""
    if clinician.pk == by.pk:
        return True
    clinic = by.clinic
    return (
        clinic is not None
        and by.may(Permission.MANAGE_CLINIC)
        and clinician.membership_at_or_none(clinic) is not None
    )


@transaction.atomic
def revoke_feed(*, feed: CalendarFeed, by: User, now: datetime | None = None) -> CalendarFeed:
    """The address stops answering at once. One's own, or as an administrator anybody's."""
    if not may_manage_calendar_of(feed.clinician, by=by):
        raise Refused.because("This feed is somebody else's.", code="feed:who")
    feed = lock_row(CalendarFeed, feed.pk)
    if feed.revoked_at is None:
        feed.revoked_at, feed.revoked_by = now or timezone.now(), by
        feed.save(update_fields=["revoked_at", "revoked_by"])
        audit.record(by=by, did="feed.revoked", about=feed)
    return feed


def record_day_feed_was_read(*, feed: CalendarFeed, today: date) -> None:
    """Remember the day it was last read: written once a day, though a calendar asks every quarter of an hour."""
    CalendarFeed.objects.filter(Q(last_read_on=None) | Q(last_read_on__lt=today)).filter(pk=feed.pk).update(
        last_read_on=today
    )
