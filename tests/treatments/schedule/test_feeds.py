"""A calendar feed: what it shows, to whom, and what a subscriber hears of."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from tests import factories
from tests.conftest import signed_in
from treatments.schedule.actions import feeds
from treatments.schedule.actions.visits import cancel_appointment
from treatments.schedule.models import Appointment, BookingSettings, CalendarFeed


@pytest.fixture
def visit(clinic, clinician):
    clinic.time_zone, clinic.name = "Europe/Paris", "Clinique; du, Parc"
    clinic.save()
    start = (timezone.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    return factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        patient=factories.PatientFactory(
            given_names="Zenobia-Maximiliana-Theodora", family_name="Quillfeather-Łukaszewska"
        ),
        starts_at=start,
        kind="review",
        note="itches",
    )


@pytest.fixture
def token(clinician):
    return feeds.create_feed_and_token(clinician=clinician, label="My phone", by=clinician)[1]


def fetched(token, **headers):
    return Client(headers=headers).get(reverse("schedule:feed", args=[token]))


def ics(*events, head="BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n"):
    body = "".join(f"BEGIN:VEVENT\r\n{e}\r\nEND:VEVENT\r\n" for e in events)
    return (head + body + "END:VCALENDAR\r\n").encode()


def event(uid="a", start="DTSTART:20300304T100000Z", end="DTEND:20300304T110000Z", *more):
    return "\r\n".join([f"UID:{uid}", "SUMMARY:Divorce lawyer", start, end, *more])


def test_a_feed_is_read_back_by_a_calendar_library(visit, token, clinician):
    answer = fetched(token)

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    (event,) = calendar.walk("VEVENT")
    assert event.errors == []
    assert event.start == visit.starts_at
    assert event.end == visit.ends_at
    assert event["STATUS"] == "TENTATIVE"
    assert event["SUMMARY"] == "Review (booked)"
    assert event["LOCATION"] == f"{visit.room.name}, Clinique; du, Parc"
    assert event["SEQUENCE"] == 0
    visit.refresh_from_db()
    assert event["UID"] == f"{visit.uid}@mesoclinic"
    assert calendar["X-WR-TIMEZONE"] == "Europe/Paris"
    assert calendar["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"


def test_who_reads_a_feed_leaves_a_row_that_says_which_and_whom_it_showed(visit, token, clinician):
    etag = fetched(token)["ETag"]

    row = AuditEvent.objects.get(did="patient.viewed")
    feed = CalendarFeed.objects.get(clinician=clinician)
    assert (row.by, row.patient_id, row.address) == (None, visit.patient_id, "127.0.0.1")
    assert row.data == {"page": "schedule:feed", "feed": feed.pk, "clinician": clinician.pk}
    # What has not changed is not shown again.
    assert fetched(token, if_none_match=etag).status_code == 304
    assert AuditEvent.objects.filter(did="patient.viewed").count() == 1


def test_a_feed_keeps_to_what_a_calendar_program_asks_of_it(visit, token, clinic):
    factories.BookingSettingsFactory(clinic=clinic, names_in_feeds=True)

    file = fetched(token).content

    # RFC 5545 §3.1: lines end in CRLF and are at most 75 octets, folded between characters.
    assert file.endswith(b"END:VCALENDAR\r\n")
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", file) is None
    lines = file.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert any(line.startswith(b" ") for line in lines)
    assert [line.decode() for line in lines]  # no character is cut in two
    unfolded = re.sub(rb"\r\n[ \t]", b"", file).decode()
    assert "Quillfeather-Łukaszewska" in unfolded
    assert "Clinique\\; du\\, Parc" in unfolded
    # §3.6: version and prodid first; §3.6.1: uid and dtstamp in each event; times in UTC need no VTIMEZONE.
    assert unfolded.startswith("BEGIN:VCALENDAR\r\nPRODID:-//Mesoclinic")
    assert "\r\nVERSION:2.0\r\n" in unfolded
    for name in ("UID", "DTSTAMP", "SEQUENCE", "STATUS", "LAST-MODIFIED"):
        assert unfolded.count(f"\r\n{name}:") == 1
    for name in ("DTSTAMP", "DTSTART", "DTEND", "LAST-MODIFIED"):
        assert re.search(rf"\r\n{name}:\d{{8}}T\d{{6}}Z\r\n", unfolded), name
    assert "VTIMEZONE" not in unfolded


def test_a_feed_names_no_patient_unless_the_clinic_allows_it(visit, token, clinic):
    booking = factories.BookingSettingsFactory(clinic=clinic)

    without = fetched(token).content.decode()
    booking.names_in_feeds = True
    booking.save()
    with_names = str(Calendar.from_ical(fetched(token).content).walk("VEVENT")[0]["SUMMARY"])

    for secret in ("Zenobia", "Quill", visit.patient.record_number, "itches"):
        assert secret not in without
    assert with_names == f"{visit.patient.full_name} · Review (booked)"


def test_a_moved_visit_keeps_its_id_and_a_cancelled_one_is_shown_as_such(visit, token, front_desk):
    first = Calendar.from_ical(fetched(token).content).walk("VEVENT")[0]
    Appointment.objects.filter(pk=visit.pk).update(
        starts_at=visit.starts_at + timedelta(hours=2), ends_at=visit.ends_at + timedelta(hours=2)
    )
    moved = Calendar.from_ical(fetched(token).content).walk("VEVENT")[0]
    cancel_appointment(appointment=visit, by=front_desk, reason="Is ill")
    cancelled = Calendar.from_ical(fetched(token).content).walk("VEVENT")[0]

    assert first["UID"] == moved["UID"] == cancelled["UID"]
    assert [e["SEQUENCE"] for e in (first, moved, cancelled)] == [0, 1, 2]
    assert moved.start == first.start + timedelta(hours=2)
    assert cancelled["STATUS"] == "CANCELLED"
    assert cancelled["TRANSP"] == "TRANSPARENT"
    assert cancelled["LAST-MODIFIED"].dt >= first["LAST-MODIFIED"].dt


def test_a_note_that_a_calendar_does_not_show_is_no_change_of_it(visit):
    Appointment.objects.filter(pk=visit.pk).update(note="other")

    visit.refresh_from_db()
    assert visit.revision == 0


def test_a_feed_that_has_not_changed_is_not_sent_again(visit, token, front_desk):
    first = fetched(token)

    same = fetched(token, if_none_match=first["ETag"])
    cancel_appointment(appointment=visit, by=front_desk, reason="Is ill")
    changed = fetched(token, if_none_match=first["ETag"])

    assert (same.status_code, same.content) == (304, b"")
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


@pytest.mark.fault("F19")
@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Pacific/Apia", "Asia/Kolkata"])
def test_a_visit_on_the_night_the_clock_changes_is_at_its_instant(zone, visit, token, clinic):
    clinic.time_zone = zone
    clinic.save()
    for start in (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)):
        Appointment.objects.filter(pk=visit.pk).update(starts_at=start, ends_at=start + timedelta(minutes=30))
        (event,) = Calendar.from_ical(fetched(token).content).walk("VEVENT")
        assert event.start == start


def test_a_feed_shows_only_ones_own(visit, clinic):
    other = factories.ClinicianFactory(clinic=clinic)
    token = feeds.create_feed_and_token(clinician=other, label="x", by=other)[1]

    assert Calendar.from_ical(fetched(token).content).walk("VEVENT") == []


def test_a_feed_costs_the_same_for_one_and_for_three(visit, token, clinician, clinic, count_queries):
    costs = []
    for n in range(2):
        with count_queries() as sent:
            fetched(token)
        costs.append(len(sent))
        for k in range(2):
            factories.AppointmentFactory(
                clinic=clinic, clinician=clinician, starts_at=visit.starts_at + timedelta(days=1 + n + 3 * k)
            )
    # The fifth reads where the clinician works (their membership).
    assert costs == [6, 6]


def test_only_a_hash_of_the_address_is_kept(token, clinician):
    feed = CalendarFeed.objects.get()

    assert feed.token_hash == feeds.hash_of_feed_token(token)
    assert len(token) >= 43
    with (
        pytest.raises(IntegrityError, match="feed_keeps_a_hash"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE schedule_calendarfeed SET token_hash = %s", [token])


def test_a_revoked_feed_and_that_of_somebody_who_left_answer_404(token, clinician, visit):
    clinician.is_active = False
    clinician.save()
    gone = fetched(token).status_code
    clinician.is_active = True
    clinician.save()
    feeds.revoke_feed(feed=CalendarFeed.objects.get(), by=clinician)

    assert (gone, fetched(token).status_code, fetched("guess").status_code) == (404, 404, 404)


def test_the_address_is_shown_once_and_revoked_on_the_page(visit, clinician, as_clinician, once):
    address = reverse("schedule:calendars")
    as_clinician.post(reverse("schedule:feed_open"), {"feed-label": "My phone", "once": once()})

    first = as_clinician.get(address).content.decode()
    second = as_clinician.get(address).content.decode()

    (shown,) = re.findall(r'value="(http[^"]+\.ics)"', first)
    assert fetched(shown.rsplit("/", 1)[1].removesuffix(".ics")).status_code == 200
    assert shown not in second
    feed = CalendarFeed.objects.get()
    assert str(feed.label) in second
    as_clinician.post(reverse("schedule:feed_revoke", args=[feed.pk]), {"once": once()})
    feed.refresh_from_db()
    assert feed.revoked_by == clinician


def test_nobody_revokes_a_colleagues_feed_but_an_admin(clinic, token, clinician, as_admin, once):
    feed = CalendarFeed.objects.get()
    colleague = signed_in(factories.ClinicianFactory(clinic=clinic))
    address = reverse("schedule:feed_revoke", args=[feed.pk])

    refused = colleague.post(address, {"once": once()}).status_code
    feed.refresh_from_db()
    assert (refused, feed.revoked_at) == (404, None)
    as_admin.post(address, {"once": once()})
    feed.refresh_from_db()
    assert feed.revoked_at is not None
    with pytest.raises(Refused):
        feeds.create_feed_and_token(clinician=clinician, label="x", by=factories.UserFactory(roles=["admin"]))


@pytest.mark.fault("F45")
def test_line_ends_in_a_name_make_no_lines_in_a_feed(clinic, clinician, token):
    BookingSettings.objects.update_or_create(clinic=clinic, defaults={"names_in_feeds": True})
    clinic.name = "Clinique\r\nATTACH:http://elsewhere.example/\nX: y"
    clinic.save()
    factories.AppointmentFactory(
        clinic=clinic,
        clinician=clinician,
        patient=factories.PatientFactory(family_name="Kaya\r\nEND:VEVENT\rATTENDEE:mailto:x@y.example"),
        starts_at=timezone.now() + timedelta(days=3),
    )

    text = fetched(token).content.decode()

    assert not re.search("^(ATTACH|X|ATTENDEE)[:;]", text, re.MULTILINE)
    assert len(re.findall("^END:VEVENT", text, re.MULTILINE)) == 1
    assert "\r" not in text.replace("\r\n", "")
