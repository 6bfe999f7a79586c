"""When a patient is reminded of a visit, and when no longer."""

from datetime import UTC, datetime, timedelta

import pytest

from treatments.schedule.rules.reminders import (
    check_reminder_hours_count_and_range,
    reminder_hours_due_or_none,
    why_reminder_not_sent_or_empty,
)

VISIT = datetime(2030, 3, 4, 10, 0, tzinfo=UTC)
LONG_AGO = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "already", "due"),
    [
        (timedelta(hours=49), [], None),
        (timedelta(hours=48), [], 48),
        (timedelta(hours=20), [], 48),
        (timedelta(hours=20), [48], None),
        (timedelta(hours=3), [48], 3),
        (timedelta(hours=2), [], 3),
        (timedelta(minutes=31), [48], 3),
        (timedelta(minutes=30), [], None),
        (timedelta(minutes=-5), [], None),
    ],
    ids=str,
)
def test_the_time_nearest_to_the_visit_is_the_one_that_is_due(before, already, due):
    found = reminder_hours_due_or_none(VISIT, [48, 3], VISIT - before, booked_at=LONG_AGO, already=already)

    assert found == due


def test_somebody_who_has_just_booked_is_not_reminded_of_what_they_just_said():
    now = VISIT - timedelta(hours=5)
    just_now = VISIT - timedelta(hours=6)

    assert reminder_hours_due_or_none(VISIT, [48], now, booked_at=just_now) is None
    assert reminder_hours_due_or_none(VISIT, [48, 3], VISIT - timedelta(hours=3), booked_at=just_now) == 3
    # One that was moved is told of its new time.
    assert reminder_hours_due_or_none(VISIT, [48], now, booked_at=None) == 48


@pytest.mark.parametrize(
    ("change", "why_not"),
    [
        ({}, ""),
        ({"status": "confirmed"}, ""),
        ({"status": "late_cancelled"}, "visit late cancelled"),
        ({"starts_at": VISIT + timedelta(minutes=5)}, "visit moved"),
        ({"now": VISIT - timedelta(minutes=30)}, "too late"),
        ({"died": True}, "patient died"),
    ],
)
def test_a_reminder_is_wanted_while_its_visit_stands_as_it_did(change, why_not):
    asked = {
        "status": "booked",
        "starts_at": VISIT,
        "reminded_of": VISIT,
        "died": False,
        "now": VISIT - timedelta(hours=47),
    }

    assert why_reminder_not_sent_or_empty(**(asked | change)) == why_not


@pytest.mark.parametrize(("hours", "fine"), [([48], True), ([336, 1], True), ([], False), ([0], False)])
def test_a_visit_is_reminded_of_one_to_four_times_within_two_weeks(hours, fine):
    assert (check_reminder_hours_count_and_range(hours) == []) is fine
    assert [f.where for f in check_reminder_hours_count_and_range([1, 2, 3, 4, 5])] == ["hours_before"]
