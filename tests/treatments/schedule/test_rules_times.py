"""What stands against a time that somebody wants to book."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mesoclinic.core.findings import Level
from mesoclinic.core.periods import Period
from treatments.schedule.rules.times import (
    Busy,
    HoursThen,
    WantedTime,
    check_sessions_still_to_book,
    check_time_is_not_taken,
    check_times_do_not_overlap,
    check_within_working_hours,
    impossible_time_findings,
)

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 12, 1, 11, 0, tzinfo=UTC)
WANTED = WantedTime(
    clinician=1,
    clinician_name="Dr Kaya",
    treats_here=True,
    room=2,
    room_name="Room 2",
    room_in_use=True,
    starts_at=NOON,
    minutes=30,
)


def period(start: int, end: int) -> Period:
    """Minutes from noon."""
    return Period(NOON + timedelta(minutes=start), NOON + timedelta(minutes=end))


def busy(start: int, end: int, *, clinician=None, room=None, patient=None, away=False) -> Busy:
    return Busy(away, 7, clinician, room, patient, period(start, end))


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"minutes": 4}, "booking:length", "minutes"),
        ({"minutes": 481}, "booking:length", "minutes"),
        ({"starts_at": NOON - timedelta(minutes=16)}, "booking:past", "slot"),
        ({"room_in_use": False}, "booking:room", "slot"),
        ({"treats_here": False, "session_number": 3}, "booking:clinician", "slot-3"),
    ],
)
def test_a_time_that_cannot_be_is_refused_at_its_field(change, code, where):
    (found,) = impossible_time_findings(replace(WANTED, **change), NOON)
    assert (found.code, found.where, found.fixed) == (code, where, True)


@pytest.mark.parametrize(
    "change", [{}, {"minutes": 5}, {"minutes": 480}, {"starts_at": NOON - timedelta(minutes=15)}]
)
def test_a_time_at_the_edge_of_what_can_be_is_not_refused(change):
    assert impossible_time_findings(replace(WANTED, **change), NOON) == []


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        (HoursThen(open=[period(0, 29)]), "1 Dec 2026, 12:00 is outside Dr Kaya's hours in Room 2."),
        (HoursThen(breaks=[(period(20, 60), "Lunch")]), "meets Dr Kaya's break (lunch)."),
        (HoursThen(holiday=True, breaks=[(period(20, 60), "Lunch")]), "is on a holiday of the clinic."),
    ],
)
def test_a_time_outside_the_hours_is_warned_about_with_the_reason_by_the_clinics_clock(hours, says):
    (found,) = check_within_working_hours(WANTED, hours, PARIS)
    assert (found.code, found.level) == ("booking:closed", Level.WARN)
    assert says in found.message


def test_a_time_that_fills_the_open_hours_is_within_them():
    assert check_within_working_hours(WANTED, HoursThen(open=[period(0, 30)]), PARIS) == []


@pytest.mark.parametrize(
    ("taken", "codes"),
    [
        (busy(29, 60, clinician=1), ["taken:clinician_is_in_one_place"]),
        (busy(-30, 1, room=2), ["taken:room_is_in_one_place"]),
        (busy(0, 30, patient=9), ["taken:patient_is_in_one_place"]),
        (busy(0, 30, clinician=1, room=2), ["taken:clinician_is_in_one_place", "taken:room_is_in_one_place"]),
        (busy(0, 30, clinician=8, room=8, patient=8), []),
        (busy(0, 30, clinician=1, away=True), ["booking:away"]),
        (busy(0, 30, clinician=8, away=True), []),
        (busy(30, 60, clinician=1), ["booking:buffer"]),
        (busy(39, 60, room=2), ["booking:buffer"]),
        (busy(40, 60, room=2), []),
        (busy(30, 60, patient=9), []),
        (busy(30, 60, clinician=1, away=True), []),
    ],
)
def test_what_is_taken_refuses_and_what_is_near_or_away_warns(taken, codes):
    found = check_time_is_not_taken(WANTED, [taken], patient=9, buffer=timedelta(minutes=10))
    assert [f.code for f in found] == codes
    assert [f.fixed for f in found] == [code.startswith("taken:") for code in codes]


def test_two_wanted_times_that_overlap_are_refused_at_the_later_one():
    later = replace(WANTED, starts_at=NOON + timedelta(minutes=29), session_number=2)
    assert [f.where for f in check_times_do_not_overlap([later, WANTED])] == ["slot-2"]
    assert check_times_do_not_overlap([WANTED, replace(later, starts_at=NOON + timedelta(minutes=30))]) == []


def test_a_session_is_booked_once_and_only_if_the_plan_has_it():
    found = check_sessions_still_to_book(
        [1, 2, 3, 3, 9], booked={1: date(2026, 12, 1)}, session_numbers_to_book=[2, 3], planned=3
    )
    assert [f.code for f in found] == ["booking:again:1", "booking:again:3", "booking:number:9"]
