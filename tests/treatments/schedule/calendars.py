"""A clinic with hours to book in, for this folder's tests."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone

from tests import factories
from treatments.schedule.actions.booking import book_appointment
from treatments.schedule.actions.checks import Wanted
from treatments.schedule.rules.availability import instant_of_clock

#: A Monday far ahead, so that no test meets the past.
MONDAY = date(2030, 3, 4)
NOW = datetime(2030, 3, 1, 8, 0, tzinfo=UTC)


def with_hours(clinic, clinician, *, room=None, opens=time(9), closes=time(17), weekdays=range(7)):
    """``clinician`` works here every day, in a room of their own."""
    room = room or factories.RoomFactory(clinic=clinic)
    for weekday in weekdays:
        factories.WorkingHoursFactory(
            clinic=clinic, clinician=clinician, room=room, weekday=weekday, opens=opens, closes=closes
        )
    return room


def at(hour, minute=0, *, day=MONDAY, zone="UTC"):
    """The instant when the clinic's clock shows this."""
    return instant_of_clock(day, time(hour, minute), ZoneInfo(zone))


def value(start, clinician, room):
    """A time as the form carries it."""
    return f"{start.astimezone(UTC):%Y-%m-%dT%H:%MZ}/{clinician.pk}/{room.pk}"


def ready(client, url, typed):
    """What a page carries when its button is pressed: what its times were shown for, and what the button says."""
    shown = client.post(url, typed | {"show": "yes"}, headers={"HX-Target": "booking-foot"})
    typed = typed | {"shown_for": shown.context["chosen"].shown_for}
    picked = client.post(url, typed | {"show": "yes"}, headers={"HX-Target": "booking-foot"})
    return typed | {"said": picked.context["chosen"].said}


def pressed(client, url, typed):
    """A time is picked for what is asked, and the button that says so is pressed."""
    return client.post(url, ready(client, url, typed))


def accepted_plan(clinic, clinician, patient=None, **fields):
    fields = {"status": "accepted"} | fields
    return factories.make_plan(clinic=clinic, by=clinician, patient=patient, **fields)


def intake(clinic, clinician, room, patient, by, start, *, minutes=30, now=NOW, **more):
    return book_appointment(
        patient=patient,
        wanted=Wanted(clinician, room, start, minutes),
        kind="intake",
        by=by,
        clinic=clinic,
        now=now,
        **more,
    )


def sign(session):
    """As signed, without its doses: law 4 is another test's subject."""
    type(session).objects.filter(pk=session.pk).update(
        status="amended", signed_at=timezone.now(), signed_by=session.clinician
    )
    session.refresh_from_db()
    factories.tell_the_plan(session)
    return session
