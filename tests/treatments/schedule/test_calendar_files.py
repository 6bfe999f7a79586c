"""The calendars of tests/data/calendars: when each of them makes somebody busy, or why it is refused."""

from datetime import UTC, datetime
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mesoclinic.core.findings import Refused
from tests.files import DATA, data_files
from treatments.schedule.files import read_busy_file
from treatments.schedule.models import TimeOff

FOLDER = DATA / "calendars"
ONE = ["03-04 10:00/03-04 11:00"]

#: Busy times by the clock of UTC in a clinic in Paris, from 3 March 2030 on; for many, how many there are.
BUSY: dict[str, list[str] | int] = {
    "accents_and_folded_lines": ONE,
    "alarm": ONE,
    "alarm_snoozed": ONE,
    "attachment": ONE,
    "byte_order_mark": ONE,
    "event_alone": ONE,
    # Whole days run from midnight to midnight in Paris.
    "extra_dates": ["03-03 23:00/03-04 23:00", "03-05 23:00/03-06 23:00", "03-07 23:00/03-08 23:00"],
    "extra_periods": ["03-04 10:00/03-04 11:00", "03-05 18:00/03-06 07:00", "03-09 18:00/03-09 23:30"],
    "free_and_cancelled": [],
    "free_busy": ["03-04 10:00/03-04 11:00", "03-05 10:00/03-05 11:00", "03-06 10:00/03-06 12:00"],
    "free_busy_by_days": ["03-03 23:00/03-04 23:00"],
    "length_instead_of_end": ["03-04 10:00/03-04 10:45"],
    "moved_once": ["03-04 10:00/03-04 11:00", "03-05 15:00/03-05 16:00", "03-06 10:00/03-06 11:00"],
    "named_zone": ["03-04 15:00/03-04 16:00"],
    "no_length": [],
    "odd_parameters": ONE,
    "one_event": ONE,
    # Ten o'clock in Paris stays ten o'clock when the clock goes forward on 31 March.
    "repeats_over_the_clock_change": ["03-25 09:00/03-25 10:00", "04-01 08:00/04-01 09:00"],
    # Noon in New York, whose clock goes forward on 10 March.
    "repeats_with_exceptions": [
        "03-04 17:00/03-04 22:00",
        "03-12 16:00/03-12 21:00",
        "03-18 16:00/03-18 21:00",
        "03-19 16:00/03-19 21:00",
        "03-25 16:00/03-25 21:00",
        "03-26 16:00/03-26 21:00",
    ],
    "two_calendars": ["03-04 10:00/03-04 11:00", "03-05 10:00/03-05 11:00"],
    "unix_line_ends": ONE,
    "unknown_components": ONE,
    "whole_days": ["03-03 23:00/03-05 23:00"],
    "windows_zone": ["03-04 09:00/03-04 10:00"],
    "without_a_zone": ["03-04 09:00/03-04 10:00"],
    "zone_of_its_own": ["03-04 09:00/03-04 10:00"],
    "zone_with_a_slash": 52,
}

NO_EVENT = "There is no event in this file"
REFUSED = {
    "two_ids": "Event 1 says UID twice",
    "absurd_length": "Event 1 cannot be read: DURATION",
    "availability_only": NO_EVENT,
    "broken_exception": "Event 2 cannot be read: EXDATE",
    "broken_extra_period": "Event 1 cannot be read: RDATE",
    "cut_off": "The file is cut off",
    "day_and_time_mixed": "starts at a time of day and ends on a whole day, or the reverse",
    "empty": "This is no calendar file",
    "end_before_start": "Event 1 ends before it starts",
    "journal_only": NO_EVENT,
    "latin1": "The file is not UTF-8 at byte 172",
    "line_without_a_name": "Event 1 cannot be read: a line",
    "lone_returns_in_a_zone": "The file cannot be read",
    "no_events": NO_EVENT,
    "nul_byte": "This is no calendar file",
    "page": "It does not begin with BEGIN:VCALENDAR",
    "repeats_by_another_calendar": "When its events repeat cannot be worked out",
    "repeats_every_second": "Event 1 repeats more than 24 times a day",
    "start_is_no_date": "Event 1 cannot be read: DTSTART",
    "to_do_only": NO_EVENT,
    "two_starts": "Event 1 says DTSTART twice",
    "unknown_repetition": "Event 1 cannot be read: RRULE",
    "without_a_start": "Event 1 does not say when it starts",
    "zone_nobody_describes": "“Western/Central Nowhere”, which the file does not describe",
    "zone_only": NO_EVENT,
}


def read(name):
    content = (FOLDER / f"{name}.ics").read_bytes()
    return read_busy_file(content, zone=ZoneInfo("Europe/Paris"), now=datetime(2030, 3, 3, tzinfo=UTC))


def test_every_calendar_of_the_folder_has_its_answer():
    assert {path.stem for path in data_files("calendars")} == {*BUSY, *REFUSED}


@pytest.mark.parametrize(("name", "expected"), BUSY.items())
def test_a_calendar_becomes_busy_times(name, expected):
    times = [t.period for t in read(name).times]

    assert all(time.start.utcoffset() == time.end.utcoffset() for time in times)
    if isinstance(expected, int):
        assert len(times) == expected
    else:
        spans = [(p.start.astimezone(UTC), p.end.astimezone(UTC)) for p in times]
        assert [f"{start:%m-%d %H:%M}/{end:%m-%d %H:%M}" for start, end in spans] == expected


def test_events_that_are_free_or_cancelled_are_counted():
    assert (read("free_and_cancelled").free, read("free_busy").free, read("one_event").free) == (3, 1, 0)


@pytest.mark.parametrize(("name", "words"), REFUSED.items())
def test_a_calendar_that_cannot_be_trusted_is_refused_with_the_reason(name, words):
    with pytest.raises(Refused) as refused:
        read(name)

    (finding,) = refused.value.findings
    assert finding.where == "file"
    assert words.lower() in finding.message.lower()


@pytest.mark.django_db
def test_a_refused_calendar_writes_nothing_and_the_page_says_why(clinician, as_clinician, once):
    for name, words in REFUSED.items():
        if name == "empty":  # a browser sends no empty file
            continue
        file = SimpleUploadedFile(f"{name}.ics", (FOLDER / f"{name}.ics").read_bytes())
        answer = as_clinician.post(
            reverse("schedule:busy_import"),
            {"busy-clinician": clinician.pk, "busy-file": file, "once": once()},
        )

        said = unescape(str(answer.context["busy_form"].errors["file"]))
        assert answer.status_code == 422, name
        assert words.lower() in said.lower(), name
    assert not TimeOff.objects.exists()
