"""Busy times from another calendar: read, kept and forgotten."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from mesoclinic.core.findings import Refused
from tests import factories
from tests.conftest import signed_in
from tests.treatments.schedule.calendars import NOW, with_hours
from treatments.schedule.actions import busy_times
from treatments.schedule.actions.hours import add_time_off
from treatments.schedule.files import read_busy_file
from treatments.schedule.models import FreedTime, TimeOff

PARIS = ZoneInfo("Europe/Paris")


#: Every file of the folder: busy times from the day before its first event, or the word its refusal turns on.
FILES: dict[str, int | str] = {
    "alarms__example.ics": "no event in this file",
    "alarms__start_date.ics": "no event in this file",
    "availabilities__rfc_7953_2.ics": "no event in this file",
    "calendars__alarm_etar_notification.ics": 1,
    "calendars__alarm_etar_notification_clicked.ics": 1,
    "calendars__alarm_thunderbird_2_future.ics": 1,
    "calendars__alarm_thunderbird_2_notification_5_min_postponed.ics": 1,
    "calendars__alarm_thunderbird_2_notification_5_min_postponed_and_closed.ics": 1,
    "calendars__alarm_thunderbird_2_notification_5_min_postponed_and_popped_up.ics": 1,
    "calendars__alarm_thunderbird_future.ics": 1,
    "calendars__alarm_thunderbird_snoozed_until_1457.ics": 1,
    "calendars__america_new_york_forward_reference.ics": "says DTSTART twice",
    "calendars__big_bad_calendar.ics": "cut off",
    "calendars__broken_dtstart.ics": "Event 1 cannot be read: DTSTART",
    "calendars__calendar_with_unicode.ics": "no event in this file",
    "calendars__example.ics": 0,
    "calendars__fuzz_testcase_vtimezone_lone_cr.ics": "The file cannot be read",
    "calendars__invalid_duration.ics": "Event 1 cannot be read: DURATION",
    "calendars__issue_1050_forward_timezone_reference.ics": 0,
    "calendars__issue_1050_multiple_calendars.ics": "does not say when it starts",
    "calendars__issue_1050_simple_calendar.ics": 0,
    "calendars__issue_1081_invalid_rrule_freq.ics": "Event 1 cannot be read: RRULE",
    "calendars__issue_1238.ics": "no event in this file",
    "calendars__issue_1426_value_parameters.ics": 1,
    "calendars__issue_1549_binary_attachment.ics": "does not say when it starts",
    "calendars__issue_1561_image_value.ics": "does not say when it starts",
    "calendars__issue_156_RDATE_with_PERIOD_TZID_khal_2.ics": 1,
    "calendars__issue_1633_freebusy_with_dates.ics": 1,
    "calendars__issue_1633_rdate_with_dates.ics": 1,
    "calendars__issue_1633_rdate_with_dates_and_tzid.ics": 1,
    "calendars__issue_168_expected_output.ics": 1,
    "calendars__issue_178_component_with_invalid_name_represented.ics": "no event in this file",
    "calendars__issue_178_custom_component_inside_other.ics": "no event in this file",
    "calendars__issue_27_multiple_periods_in_freebusy_one_freebusy.ics": 8,
    "calendars__issue_322_expected_calendar.ics": "does not say when it starts",
    "calendars__issue_348_exception_parsing_value.ics": 0,
    "calendars__issue_466_convert_tzid_with_slash.ics": 52,
    "calendars__issue_526_calendar_with_event_subset.ics": "which the file does not describe",
    "calendars__issue_526_calendar_with_events.ics": "which the file does not describe",
    "calendars__issue_526_calendar_with_shuffeled_events.ics": "which the file does not describe",
    "calendars__issue_722_missing_VTIMEZONE_custom.ics": "which the file does not describe",
    "calendars__issue_722_missing_timezones.ics": "does not say when it starts",
    "calendars__issue_82_expected_output.ics": "does not say when it starts",
    "calendars__parsing_error.ics": "Event 2 cannot be read: EXDATE",
    "calendars__pr_480_summary_with_colon.ics": "cut off",
    "calendars__property_params.ics": 1,
    "calendars__rfc_7256_multi_value_parameters.ics": "does not say when it starts",
    "calendars__rfc_7265_example_1.ics": "no event in this file",
    "calendars__rfc_7529.ics": "cannot be worked out",
    "calendars__rfc_7953_3.ics": "no event in this file",
    "calendars__rfc_7986_properties.ics": "no event in this file",
    "calendars__rfc_9253_examples.ics": 0,
    "calendars__rfc_9253_related_to.ics": "does not say when it starts",
    "calendars__small_bad_calendar.ics": "cut off",
    "calendars__time.ics": "no event in this file",
    "calendars__timezone_rdate.ics": "Event 1 cannot be read: a line",
    "calendars__timezone_same_start_and_offset.ics": 1,
    "calendars__timezoned.ics": 1,
    "events__event_with_escaped_character3.ics": "does not say when it starts",
    "events__event_with_recurrence.ics": 97,
    "events__event_with_unicode_fields.ics": 1,
    "events__event_with_unicode_organizer.ics": "does not say when it starts",
    "events__issue_100_transformed_doctests_into_unittests.ics": "does not say when it starts",
    "events__issue_101_icalendar_chokes_on_umlauts_in_organizer.ics": 1,
    "events__issue_112_missing_tzinfo_on_exdate.ics": 11,
    "events__issue_156_RDATE_with_PERIOD.ics": 2,
    "events__issue_156_RDATE_with_PERIOD_list.ics": 3,
    "events__issue_157_removes_trailing_semicolon.ics": 0,
    "events__issue_184_broken_representation_of_period.ics": 1,
    "events__issue_355_url_escaping.ics": 0,
    "events__issue_355_url_escaping_2.ics": 0,
    "events__issue_464_invalid_rdate.ics": "Event 1 cannot be read: RDATE",
    "events__issue_64_event_with_non_ascii_summary.ics": "does not say when it starts",
    "events__issue_82_expected_output.ics": "does not say when it starts",
    "events__rfc_7265_example_4.ics": 1,
    "events__rfc_7265_request_status.ics": "does not say when it starts",
    "events__rfc_9074_example_1.ics": 1,
    "events__rfc_9074_example_2.ics": 1,
    "events__rfc_9074_example_3.ics": 1,
    "events__rfc_9074_example_proximity.ics": "does not say when it starts",
    "freebusy__example.ics": 3,
    "journals__example.ics": "no event in this file",
    "timezones__issue_53_tzid_parsed_properly.ics": "no event in this file",
    "timezones__issue_55_parse_error_on_utc_offset_with_seconds.ics": "no event in this file",
}


def first_day(content: bytes) -> datetime:
    """The day before the first time the file names, read without any calendar library."""
    content = re.sub(rb"(?s)BEGIN:VTIMEZONE.*?END:VTIMEZONE", b"", content)
    days = re.findall(rb"(?m)^(?:DTSTART|FREEBUSY)[^:\r\n]*:(\d{8})", content)
    day = datetime.strptime(min(days).decode() + "+0000", "%Y%m%d%z") if days else NOW
    return day - timedelta(days=1)


def files(realdata: Path) -> list[Path]:
    return sorted((realdata / "icalendar").glob("*.ics"))


@pytest.mark.realdata
def test_every_file_there_is_has_its_answer(realdata):
    assert {p.name for p in files(realdata)} == set(FILES)


@pytest.mark.realdata
@pytest.mark.parametrize("name", FILES)
def test_a_file_becomes_busy_times_or_is_refused_with_the_reason(name, realdata):
    content = (realdata / "icalendar" / name).read_bytes()
    expected = FILES[name]

    if isinstance(expected, str):
        with pytest.raises(Refused, match=expected) as refused:
            read_busy_file(content, zone=PARIS, now=first_day(content))
        assert [f.where for f in refused.value.findings] == ["file"]
    else:
        read = read_busy_file(content, zone=PARIS, now=first_day(content))
        assert len(read.times) == expected


@pytest.mark.realdata
@pytest.mark.django_db
def test_a_broken_file_writes_nothing_and_the_page_says_why(realdata, clinic, clinician, as_clinician, once):
    for name, expected in FILES.items():
        if not isinstance(expected, str):
            continue
        file = SimpleUploadedFile(name, (realdata / "icalendar" / name).read_bytes())
        answer = as_clinician.post(
            reverse("schedule:busy_import"),
            {"busy-clinician": clinician.pk, "busy-file": file, "once": once()},
        )
        assert answer.status_code == 422, name
        assert re.search(
            expected,
            str(answer.context["busy_form"].errors["file"]).replace("&quot;", '"').replace("&#x27;", "'"),
        ), name
    assert not TimeOff.objects.exists()


def ics(*events, head="BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n"):
    body = "".join(f"BEGIN:VEVENT\r\n{e}\r\nEND:VEVENT\r\n" for e in events)
    return (head + body + "END:VCALENDAR\r\n").encode()


def event(uid="a", start="DTSTART:20300304T100000Z", end="DTEND:20300304T110000Z", *more):
    return "\r\n".join([f"UID:{uid}", "SUMMARY:Divorce lawyer", start, end, *more])


def read(*events, zone=PARIS, now=NOW):
    return [t.period for t in read_busy_file(ics(*events), zone=zone, now=now).times]


def spans(periods, zone=PARIS):
    return [f"{p.start.astimezone(zone):%m-%d %H:%M}/{p.end.astimezone(zone):%m-%d %H:%M}" for p in periods]


def test_times_are_read_in_utc_in_their_zone_and_by_the_clinics_clock():
    found = read(
        event("utc"),
        event(
            "zone",
            "DTSTART;TZID=America/New_York:20300305T090000",
            "DTEND;TZID=America/New_York:20300305T093000",
        ),
        event("floating", "DTSTART:20300306T090000", "DTEND:20300306T093000"),
        event("day", "DTSTART;VALUE=DATE:20300307", "DTEND;VALUE=DATE:20300309"),
        event("one day", "DTSTART;VALUE=DATE:20300310", "CLASS:PRIVATE"),
        event("length", "DTSTART:20300311T090000", "DURATION:PT20M"),
    )

    assert spans(found) == [
        "03-04 11:00/03-04 12:00",
        "03-05 15:00/03-05 15:30",
        "03-06 09:00/03-06 09:30",
        "03-07 00:00/03-09 00:00",
        "03-10 00:00/03-11 00:00",
        "03-11 09:00/03-11 09:20",
    ]


def test_one_files_time_zone_is_not_anothers():
    def in_a_zone_of_its_own(offset):
        return (
            "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
            f"TZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        )

    def first(head):
        one = event("a", "DTSTART;TZID=Ours:20300304T100000", "DURATION:PT1H")
        return read_busy_file(ics(one, head=head), zone=PARIS, now=NOW).times[0].period.start

    assert first(in_a_zone_of_its_own("+0200")).hour == 8
    assert first(in_a_zone_of_its_own("-0500")).hour == 15
    with pytest.raises(Refused, match="“Ours”, which the file does not describe"):
        first("BEGIN:VCALENDAR\r\n")


def test_a_time_zone_that_is_described_after_its_use_is_read():
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
        "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    content = ics(
        event("a", "DTSTART;TZID=Ours:20300304T100000", "DURATION:PT1H"), head="BEGIN:VCALENDAR\r\n"
    )
    content = content.replace(b"END:VCALENDAR", zone.encode() + b"END:VCALENDAR")

    found = read_busy_file(content, zone=PARIS, now=NOW)

    assert [t.period.start.hour for t in found.times] == [8]


def test_what_repeats_is_spread_over_the_year_with_its_exceptions_and_the_clock():
    found = read(
        event(
            "weekly",
            "DTSTART;TZID=Europe/Paris:20300320T090000",
            "DTEND;TZID=Europe/Paris:20300320T100000",
            "RRULE:FREQ=WEEKLY;COUNT=4",
            "EXDATE;TZID=Europe/Paris:20300327T090000",
        ),
        event(
            "weekly",
            "DTSTART;TZID=Europe/Paris:20300403T140000",
            "DTEND;TZID=Europe/Paris:20300403T150000",
            "RECURRENCE-ID;TZID=Europe/Paris:20300403T090000",
        ),
    )

    # The clock goes forward on 31 March: nine stays nine.
    assert spans(found) == ["03-20 09:00/03-20 10:00", "04-03 14:00/04-03 15:00", "04-10 09:00/04-10 10:00"]


def test_what_repeats_for_ever_ends_after_a_year_and_what_is_over_is_left_out():
    found = read(
        event("ever", "DTSTART:20200101T100000Z", "DTEND:20200101T110000Z", "RRULE:FREQ=DAILY"),
        event("over", "DTSTART:20200101T120000Z", "DTEND:20200101T130000Z"),
    )

    assert len(found) in (365, 366)
    assert found[0].start == datetime(2030, 3, 1, 10, tzinfo=UTC)


def test_cancelled_and_transparent_events_make_nobody_busy():
    read_ = read_busy_file(
        ics(
            event("a", *event().split("\r\n")[2:4], "STATUS:CANCELLED"),
            event("b", *event().split("\r\n")[2:4], "TRANSP:TRANSPARENT"),
        ),
        zone=PARIS,
        now=NOW,
    )

    assert (read_.times, read_.free, read_.uids) == ([], 2, {"a", "b"})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no calendar file"),
        (b"hello", "no calendar file"),
        (b"BEGIN:VCALENDAR\r\n\0", "no calendar file"),
        (b"BEGIN:VCALENDAR\r\nX:\xff\xfe\r\n", "not UTF-8 at byte 20"),
        (ics(event())[:-20], "cut off"),
        (b"x" * (2 * 1024 * 1024 + 1), "larger than 2 MB"),
        (
            ics(event("a", "DTSTART:20300304T100000Z", "DTEND:20300304T090000Z")),
            "Event 1 ends before it starts",
        ),
        (
            ics(event(), event("b", "DTSTART:20300304T100000Z", "DTEND;VALUE=DATE:20300305")),
            "Event 2 starts at a time of day and ends on a whole day",
        ),
        (
            ics(event("a", "DTSTART:20300304T100000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY")),
            "repeats more than 24 times a day",
        ),
        (
            ics(
                *(
                    event(f"{n}", "DTSTART:20300304T100000Z", "DURATION:PT1M", "RRULE:FREQ=DAILY")
                    for n in range(15)
                )
            ),
            "more than 5,000 busy times",
        ),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_a_file_that_is_no_persons_calendar_is_refused(content, words):
    with pytest.raises(Refused, match=words):
        read_busy_file(content, zone=PARIS, now=NOW)


def brought_in(clinician, clinic, *events, by=None, now=NOW):
    found = read_busy_file(ics(*events), zone=clinic.zone, now=now)
    return busy_times.import_busy_times_and_remove_stale(
        clinician=clinician, clinic=clinic, times=found.times, uids=found.uids, by=by or clinician, now=now
    )


def test_busy_times_become_absences_that_do_not_say_what_they_are(clinic, clinician):
    done = brought_in(clinician, clinic, event())

    off = TimeOff.objects.get()
    assert (done.added, off.clinician, off.reason) == (1, clinician, "Busy in their own calendar")
    assert (off.starts_at, off.ends_at) == (
        datetime(2030, 3, 4, 10, tzinfo=UTC),
        datetime(2030, 3, 4, 11, tzinfo=UTC),
    )


def test_the_same_file_again_adds_nothing_twice(clinic, clinician):
    repeats = event("r", *event().split("\r\n")[2:4], "RRULE:FREQ=DAILY;COUNT=5")
    brought_in(clinician, clinic, event(), repeats)

    again = brought_in(clinician, clinic, event(), repeats)

    assert (again.added, again.removed, again.kept) == (0, 0, 6)
    assert TimeOff.objects.count() == 6
    off = TimeOff.objects.first()
    off.pk = None
    with pytest.raises(IntegrityError, match="imported_time_stands_once"), transaction.atomic():
        off.save(force_insert=True)


def test_an_event_that_moved_or_was_cancelled_leaves_its_old_time(clinic, clinician):
    with_hours(clinic, clinician)
    by_hand = add_time_off(
        clinic=clinic,
        clinician=clinician,
        starts_at=NOW + timedelta(days=9),
        ends_at=NOW + timedelta(days=10),
        by=clinician,
    )
    brought_in(clinician, clinic, event("a"), event("b"), event("c"))

    moved = event("a", "DTSTART:20300305T100000Z", "DTEND:20300305T110000Z")
    off = event("b", *event().split("\r\n")[2:4], "STATUS:CANCELLED")
    done = brought_in(clinician, clinic, moved, off)

    assert (done.added, done.removed) == (1, 2)
    assert list(TimeOff.objects.order_by("starts_at").values_list("imported_uid", "starts_at")) == [
        ("c", datetime(2030, 3, 4, 10, tzinfo=UTC)),
        ("a", datetime(2030, 3, 5, 10, tzinfo=UTC)),
        ("", by_hand.starts_at),
    ]
    assert {f.because for f in FreedTime.objects.all()} == {"back"}


def test_nobody_brings_in_somebody_elses_calendar_but_an_admin(clinic, clinician, admin):
    colleague = factories.ClinicianFactory(clinic=clinic)

    with pytest.raises(Refused, match="somebody else's"):
        brought_in(clinician, clinic, event(), by=colleague)
    assert brought_in(clinician, clinic, event(), by=admin).added == 1
    with pytest.raises(Refused, match="treats nobody"):
        brought_in(admin, clinic, event(), by=admin)


def test_the_page_brings_in_a_file_and_says_what_stands_in_the_way(clinic, clinician, as_clinician, once):
    start = (timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    factories.AppointmentFactory(clinic=clinic, clinician=clinician, starts_at=start)
    lines = f"DTSTART:{start:%Y%m%dT%H%M%SZ}", "DURATION:PT1H"
    file = SimpleUploadedFile("mine.ics", ics(event("a", *lines)))

    answer = as_clinician.post(
        reverse("schedule:busy_import"),
        {"busy-clinician": clinician.pk, "busy-file": file, "once": once()},
        follow=True,
    )

    page = answer.content.decode()
    assert "1 busy times added" in page
    assert "1 appointment stands in these times" in page
    assert TimeOff.objects.count() == 1
    empty = as_clinician.post(reverse("schedule:busy_import"), {"busy-clinician": clinician.pk})
    assert empty.status_code == 422


def test_the_page_of_calendars_costs_the_same_for_one_and_for_three(clinic, as_admin, count_queries):
    costs = []
    for rows in (1, 2):
        for _ in range(rows):
            factories.CalendarFeedFactory(clinician=factories.ClinicianFactory(clinic=clinic))
        with count_queries() as sent:
            page = as_admin.get(reverse("schedule:calendars"))
        costs.append((len(page.context["feeds"]), len(sent)))
    assert [n for n, _ in costs] == [1, 3]
    assert costs[0][1] == costs[1][1] <= 8


def test_a_colleague_is_not_among_those_whose_file_a_clinician_may_bring(clinic, as_clinician, once):
    colleague = factories.ClinicianFactory(clinic=clinic)
    file = SimpleUploadedFile("mine.ics", ics(event()))

    answer = as_clinician.post(
        reverse("schedule:busy_import"), {"busy-clinician": colleague.pk, "busy-file": file, "once": once()}
    )

    assert answer.status_code == 422
    assert not TimeOff.objects.exists()


def test_what_was_brought_in_is_counted_and_taken_out_again(clinic, clinician, as_clinician, once):
    now = timezone.now()
    by_hand = add_time_off(
        clinic=clinic,
        clinician=clinician,
        starts_at=now + timedelta(days=1),
        ends_at=now + timedelta(days=2),
        by=clinician,
    )
    lines = f"DTSTART:{now + timedelta(days=3):%Y%m%dT%H%M%SZ}", "DURATION:PT1H"
    brought_in(clinician, clinic, event("a", *lines, "RRULE:FREQ=DAILY;COUNT=3"), now=now)
    colleague = signed_in(factories.ClinicianFactory(clinic=clinic))
    address = reverse("schedule:busy_forget", args=[clinician.pk])

    page = as_clinician.get(reverse("schedule:calendars"))
    refused = colleague.post(address, {"once": once()})
    done = as_clinician.post(address, {"once": once()}, follow=True)

    assert [row["times"] for row in page.context["brought_in"]] == [3]
    assert refused.status_code == 404
    assert "3 busy times taken out" in done.content.decode()
    assert TimeOff.objects.get() == by_hand
