"""Ten time zones through both changes of the clock: what is booked is what is read, and the day is drawn right."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.conftest import signed_in
from tests.treatments.schedule.calendars import at, pressed, value, with_hours
from treatments.schedule.models import Appointment, TimeOff
from treatments.schedule.rules.availability import (
    check_time_exists_once_on_clock,
    day_period,
    instant_of_clock,
    texts_of_repeated_clock_time,
)

#: Zone, the day the clock goes forward, the day it goes back. Half an hour in Lord Howe; in the south the year is turned round.
CHANGES = [
    ("Europe/Paris", date(2030, 3, 31), date(2030, 10, 27)),
    ("Europe/London", date(2030, 3, 31), date(2030, 10, 27)),
    ("America/New_York", date(2030, 3, 10), date(2030, 11, 3)),
    ("America/Los_Angeles", date(2030, 3, 10), date(2030, 11, 3)),
    # These two go back at midnight: the longer day is the one before.
    ("America/Santiago", date(2030, 9, 8), date(2030, 4, 6)),
    ("Australia/Sydney", date(2030, 10, 6), date(2030, 4, 7)),
    ("Australia/Lord_Howe", date(2030, 10, 6), date(2030, 4, 7)),
    ("Pacific/Auckland", date(2030, 9, 29), date(2030, 4, 7)),
    # Samoa changed its clock from 2010 to 2021, and left out a whole day in between.
    ("Pacific/Apia", date(2020, 9, 27), date(2021, 4, 4)),
    ("Asia/Beirut", date(2030, 3, 31), date(2030, 10, 26)),
]
IDS = [zone for zone, _, _ in CHANGES]
BOTH = [
    (zone, day, name) for zone, *days in CHANGES for day, name in zip(days, ("forward", "back"), strict=True)
]
BOTH_IDS = [f"{zone}-{name}" for zone, _, name in BOTH]


def all_minutes(day, tz):
    """Every five minutes that the clock of ``tz`` shows on ``day``, as instants, with the clock beside each."""
    whole = day_period(day, tz)
    moment = whole.start
    while moment < whole.end:
        yield moment, moment.astimezone(tz)
        moment += timedelta(minutes=5)


@pytest.mark.fault("F19")
@pytest.mark.parametrize(("zone", "day", "name"), BOTH, ids=BOTH_IDS)
def test_every_time_of_the_day_comes_back_as_the_same_instant(zone, day, name):
    tz = ZoneInfo(zone)
    seen = list(all_minutes(day, tz))

    hours = len(seen) / 12
    change = 0.5 if zone == "Australia/Lord_Howe" else 1
    assert hours == (24 - change if name == "forward" else 24 + change)
    for moment, local in seen:
        assert local.date() == day
        assert instant_of_clock(day, local.time(), tz, last=bool(local.fold)) == moment


@pytest.mark.parametrize(("zone", "forward", "back"), CHANGES, ids=IDS)
def test_a_time_that_is_skipped_is_explained_and_one_that_comes_twice_is_told_apart(zone, forward, back):
    tz = ZoneInfo(zone)
    clocks = [time(h, m) for h in range(24) for m in (0, 15, 30, 45)]

    skipped = [c for c in clocks if (f := check_time_exists_once_on_clock(forward, c, tz)) and f.blocks]
    twice = [c for c in clocks if (f := check_time_exists_once_on_clock(back, c, tz)) and not f.blocks]

    quarters = 2 if zone == "Australia/Lord_Howe" else 4
    assert len(skipped) == quarters
    assert len(twice) == quarters
    for clock in skipped:
        message = check_time_exists_once_on_clock(forward, clock, tz).message
        assert "does not exist: the clocks are put forward over it" in message
    for clock in twice:
        first, second = texts_of_repeated_clock_time(back, clock, tz)
        assert first != second
        apart = instant_of_clock(back, clock, tz, last=True) - instant_of_clock(back, clock, tz)
        assert apart == timedelta(minutes=30 if quarters == 2 else 60)


@pytest.fixture
def place(db):
    def made(zone, **hours):
        clinic = factories.ClinicFactory(time_zone=zone)
        clinician = factories.ClinicianFactory(clinic=clinic)
        room = with_hours(clinic, clinician, **hours)
        return clinic, clinician, room

    return made


@pytest.mark.fault("F19")
@pytest.mark.parametrize(("zone", "day", "name"), BOTH, ids=BOTH_IDS)
def test_a_day_of_23_or_25_hours_is_drawn_whole(place, zone, day, name):
    clinic, clinician, room = place(zone, opens=time(0), closes=time(23, 59))
    tz, whole = ZoneInfo(zone), day_period(day, ZoneInfo(zone))
    visits = [whole.start, whole.start + timedelta(hours=2), whole.end - timedelta(hours=1)]
    for start in visits:
        factories.AppointmentFactory(
            clinic=clinic,
            clinician=clinician,
            room=room,
            starts_at=start,
            ends_at=start + timedelta(minutes=30),
            kind="intake",
        )

    page = signed_in(clinician).get(reverse("schedule:day"), {"day": day.isoformat()})

    drawn = page.context["day"]
    hours = whole.length.total_seconds() / 3600
    cards = drawn.columns[0].cards
    assert [c.t for c in cards] == [0, 24, int(hours * 12) - 12]
    assert [c.time.partition("–")[0] for c in cards] == [f"{v.astimezone(tz):%H:%M}" for v in visits]
    labels = [label for _, label in drawn.hours]
    assert len(labels) == -(-hours // 1)
    if zone != "Australia/Lord_Howe":
        assert len(labels) - len(set(labels)) == (0 if name == "forward" else 1)
    assert drawn.columns[0].start == f"{whole.start:%Y-%m-%dT%H:%MZ}"
    # The style sheet has a step for each.
    assert max(c.t + c.len for c in cards) <= 300


@pytest.fixture
def ahead(place):
    """A night in New York in which the clock will be changed, always still to come."""

    def made(name):
        tz = ZoneInfo("America/New_York")
        day = timezone.localdate() + timedelta(days=2)
        while True:
            length = day_period(day, tz).length
            if length == timedelta(hours=23 if name == "forward" else 25):
                return (*place("America/New_York", opens=time(0), closes=time(9)), day)
            day += timedelta(days=1)

    return made


def book_page(clinician, patient, day, around, **more):
    url = reverse("schedule:book", args=[patient.pk])
    typed = {"kind": "intake", "day": day.isoformat(), "around": around, "show": "yes"}
    return signed_in(clinician).post(url, typed | more)


@pytest.mark.fault("F19")
def test_half_past_two_that_does_not_exist_is_explained_at_the_field(ahead):
    _, clinician, _, day = ahead("forward")
    patient = factories.PatientFactory()

    page = book_page(clinician, patient, day, "02:30")

    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["around"]
    assert "does not exist: the clocks are put forward over it. Choose 03:30" in page.content.decode()


@pytest.mark.fault("F19")
def test_of_a_time_that_comes_twice_we_ask_which_is_meant(ahead):
    clinic, clinician, room, day = ahead("back")
    patient = factories.PatientFactory()

    asked = book_page(clinician, patient, day, "01:30")
    first = book_page(clinician, patient, day, "01:30", which="first")
    second = book_page(clinician, patient, day, "01:30", which="second")

    assert (asked.status_code, list(asked.context["form"].errors)) == (422, ["which"])
    text = asked.content.decode()
    assert "The first, 01:30 EDT (UTC-0400)" in text
    assert "The second, 01:30 EST (UTC-0500)" in text
    starts = [page.context["offer"].nearest[0].start for page in (first, second)]
    assert starts[1] - starts[0] == timedelta(hours=1)
    assert {f"{s.astimezone(clinic.zone):%H:%M}" for s in starts} == {"01:30"}
    booked = pressed(
        signed_in(clinician),
        reverse("schedule:book", args=[patient.pk]),
        {
            "kind": "intake",
            "day": day.isoformat(),
            "around": "01:30",
            "which": "second",
            "slot": value(starts[1], clinician, room),
        },
    )
    assert booked.status_code == 302
    assert Appointment.objects.get().starts_at == starts[1]


def test_an_absence_from_a_time_that_does_not_exist_is_explained(ahead):
    clinic, clinician, _, day = ahead("forward")
    admin = factories.UserFactory(roles=["admin"], clinic=clinic)

    page = signed_in(admin).post(
        reverse("schedule:time_off_add"),
        {
            "off-who": f"clinician-{clinician.pk}",
            "off-first_day": day,
            "off-last_day": day,
            "off-starts": "02:30",
            "off-ends": "04:00",
        },
    )

    assert (page.status_code, list(page.context["off_form"].errors)) == (422, ["starts"])
    assert not TimeOff.objects.exists()


@pytest.mark.fault("F20")
@pytest.mark.parametrize("zone", [*IDS, "Asia/Kathmandu"])
def test_changing_a_clinics_zone_keeps_the_instants(place, zone):
    clinic, clinician, room = place("UTC")
    day = date(2030, 6, 3)
    visit = factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        room=room,
        starts_at=at(12, day=day),
        ends_at=at(13, day=day),
        kind="intake",
    )
    off = TimeOff.objects.create(
        clinic=clinic, clinician=clinician, starts_at=at(14, day=day), ends_at=at(15, day=day)
    )

    clinic.time_zone = zone
    clinic.save()

    visit.refresh_from_db()
    off.refresh_from_db()
    assert visit.starts_at == datetime(2030, 6, 3, 12, tzinfo=UTC)
    assert off.starts_at == datetime(2030, 6, 3, 14, tzinfo=UTC)
    local = visit.starts_at.astimezone(ZoneInfo(zone))
    page = signed_in(factories.ClinicianFactory(clinic=clinic)).get(
        reverse("schedule:day"), {"day": local.date().isoformat()}
    )
    cards = [c for column in page.context["day"].columns for c in column.cards]
    assert f"{local:%H:%M}" in [c.time.partition("–")[0] for c in cards if c.pk == visit.pk]
