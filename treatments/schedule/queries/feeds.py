"""A clinician's appointments as an iCalendar file (RFC 5545), for a calendar that subscribes to it."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Prefetch, QuerySet
from django.urls import reverse
from icalendar import Calendar, Event

from mesoclinic.accounts.models import Clinic, User
from treatments.schedule.models import Appointment, CalendarFeed, TimeOff, booking_settings_or_usual
from treatments.schedule.rules.feeds import first_and_last_day_of_feed, ical_status

#: How soon a calendar is asked to look again.
REFRESH = timedelta(minutes=15)

#: What would begin a new line of the file, or is no character of a text.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def live_feed_with_hash_or_none(token_hash: str) -> CalendarFeed | None:
    """The feed at an address, unless it was revoked or its clinician has left."""
    return (
        CalendarFeed.objects.prefetch_related(Prefetch("clinician", queryset=User.objects.all()))
        .filter(token_hash=token_hash, revoked_at=None, clinician__is_active=True)
        .first()
    )


def feeds_in_use_of_clinician(clinician: User) -> QuerySet[CalendarFeed]:
    return CalendarFeed.objects.filter(clinician=clinician, revoked_at=None).order_by("-pk")


def feeds_in_use_of_clinic(clinic: Clinic) -> QuerySet[CalendarFeed]:
    """Everybody's, for an administrator."""
    return (
        CalendarFeed.objects.filter(clinician__memberships__clinic=clinic, revoked_at=None)
        .select_related("clinician")
        .order_by("clinician__last_name", "clinician__first_name", "-pk")
    )


def appointments_in_feed(clinician: User, now: datetime) -> list[Appointment]:
    """What a feed shows, of the clinics where they work: cancelled ones too, so that a calendar takes them out. One query."""
    zone = clinician.clinic.zone if clinician.clinic else UTC
    first, last = first_and_last_day_of_feed(now.astimezone(zone).date())
    start = datetime.combine(first, datetime.min.time(), UTC)
    end = datetime.combine(last, datetime.min.time(), UTC)
    return list(
        Appointment.objects.filter(
            clinician=clinician,
            clinic__memberships__user=clinician,
            starts_at__gte=start,
            starts_at__lt=end,
        )
        .select_related("patient", "room", "clinic__booking", "plan")
        .order_by("starts_at", "pk")
    )


def feed_as_calendar_file(clinician: User, appointments: Iterable[Appointment]) -> bytes:
    """The file. The same appointments give the same bytes, so that a calendar need not fetch it twice.

    Times are in UTC: right in every zone and over every change of the clock, and no VTIMEZONE to misread.
    Kinds and numbers of visits, never a treatment; a patient's name only where the clinic allows it.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Mesoclinic//Calendar feed//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    clinic = clinician.clinic
    name = f"{clinician.short_name}, {clinic.name}" if clinic else clinician.short_name
    calendar.add("x-wr-calname", _in_one_line(name))
    if clinic:
        calendar.add("x-wr-timezone", clinic.time_zone)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for appointment in appointments:
        calendar.add_component(_calendar_event(appointment))
    file: bytes = calendar.to_ical(sorted=False)
    return file


def _calendar_event(a: Appointment) -> Event:
    status = ical_status(a.status)
    what = str(Appointment.Kind(a.kind).label)
    if a.session_number and a.plan:
        what = f"Session {a.session_number} of {a.plan.sessions_planned}"
    words = a.status.replace("_", " ")
    named = booking_settings_or_usual(a.clinic).names_in_feeds
    event = Event()
    event.add("uid", f"{a.uid}@mesoclinic")
    event.add("dtstamp", a.changed_at.astimezone(UTC))
    event.add("last-modified", a.changed_at.astimezone(UTC))
    event.add("sequence", a.revision)
    event.add("dtstart", a.starts_at.astimezone(UTC))
    event.add("dtend", a.ends_at.astimezone(UTC))
    title = f"{a.patient.full_name} · {what}" if named else what
    event.add("summary", _in_one_line(f"{title} ({words})"))
    event.add("location", _in_one_line(f"{a.room.name}, {a.clinic.name}"))
    event.add("status", status)
    event.add("transp", "TRANSPARENT" if status == "CANCELLED" else "OPAQUE")
    event.add("class", "PRIVATE")
    address = reverse("schedule:appointment", args=[a.pk])
    event.add("url", f"{settings.SITE_URL.rstrip('/')}{address}")
    return event


def visit_as_calendar_file(a: Appointment, title: str) -> bytes:
    """One visit, for its patient's own calendar: its time under ``title``, and nothing of why, with whom or where."""
    calendar = Calendar()
    calendar.add("prodid", "-//Mesoclinic//Visit//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    event = Event()
    event.add("uid", f"{a.uid}@mesoclinic")
    event.add("dtstamp", a.changed_at.astimezone(UTC))
    event.add("sequence", a.revision)
    event.add("dtstart", a.starts_at.astimezone(UTC))
    event.add("dtend", a.ends_at.astimezone(UTC))
    event.add("summary", _in_one_line(title))
    event.add("status", ical_status(a.status))
    event.add("class", "PRIVATE")
    calendar.add_component(event)
    file: bytes = calendar.to_ical(sorted=False)
    return file


def _in_one_line(text: str) -> str:
    return _CONTROLS.sub(" ", text)


def etag_of(file: bytes) -> str:
    return f'"{hashlib.sha256(file).hexdigest()[:32]}"'


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """How many busy times of a clinician are ahead that came from another calendar."""

    clinician: int
    times: int


def imported_busy_counts_of_clinicians(clinicians: Iterable[int], now: datetime) -> list[BroughtIn]:
    """Each of these clinicians who has some. One query."""
    rows = (
        TimeOff.objects.filter(clinician__in=clinicians, ends_at__gt=now)
        .exclude(imported_uid="")
        .values("clinician")
        .annotate(times=Count("pk"))
        .order_by("clinician__last_name", "clinician")
        .values_list("clinician", "times")
    )
    return [BroughtIn(clinician, times) for clinician, times in rows if clinician is not None]


def count_appointments_during_absences(absences: Sequence[TimeOff]) -> int:
    """How many booked visits stand in these absences of one clinician. One query."""
    rows = absences
    clinician = rows[0].clinician_id
    first, last = min(r.starts_at for r in rows), max(r.ends_at for r in rows)
    visits = (
        Appointment.objects.holding_time()
        .overlapping(first, last)
        .filter(clinician=clinician)
        .values_list("starts_at", "ends_at")
    )
    return sum(1 for start, end in visits if any(r.starts_at < end and r.ends_at > start for r in rows))
