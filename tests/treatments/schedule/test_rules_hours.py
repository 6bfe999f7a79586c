"""What stands against rooms, hours, breaks, holidays and time off."""

from datetime import UTC, datetime, time

import pytest

from treatments.schedule.rules.hours import (
    Clash,
    check_break_times_days_and_overlap,
    check_day_is_not_holiday_already,
    check_room_name_given_and_free,
    check_time_off_who_and_times,
    check_working_hours_possible_and_free,
)

GOOD = {
    "opens": time(9),
    "closes": time(12),
    "weekdays": [0],
    "room_in_use": True,
    "clinician_name": "Dr Kaya",
    "treats_here": True,
    "clash": None,
}
MONDAY = Clash(0, time(8), time(10), same_clinician=True)


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"closes": time(9)}, "hours:times", "closes before"),
        ({"room_in_use": False}, "hours:room", "not in use here"),
        ({"treats_here": False}, "hours:clinician", "Dr Kaya treats nobody here"),
        ({"clash": MONDAY}, "hours:clinician", "Monday 08:00–10:00"),
        (
            {"clash": Clash(6, time(8), time(10), same_clinician=False)},
            "hours:room",
            "then, Sunday 08:00–10:00",
        ),
        ({"weekdays": []}, "hours:days", "at least one day"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_the_reason(change, code, says):
    found = check_working_hours_possible_and_free(**GOOD | change)
    assert found is not None
    assert (found.code, found.fixed) == (code, True)
    assert says in found.message


def test_hours_that_can_be_are_not_refused():
    assert check_working_hours_possible_and_free(**GOOD) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ends": time(12)}, "break:times"),
        ({"weekdays": []}, "break:days"),
        ({"clash": MONDAY}, "break:overlap"),
    ],
)
def test_a_break_that_cannot_be_is_refused(change, code):
    good = {"starts": time(12), "ends": time(13), "weekdays": [0], "clash": None}
    assert check_break_times_days_and_overlap(**good) is None
    found = check_break_times_days_and_overlap(**good | change)
    assert found is not None
    assert found.code == code


def test_time_off_is_of_one_clinician_or_one_room_and_ends_after_it_starts():
    first, later = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
    assert check_time_off_who_and_times(is_of_one=True, starts_at=first, ends_at=later) is None
    who = check_time_off_who_and_times(is_of_one=False, starts_at=first, ends_at=later)
    when = check_time_off_who_and_times(is_of_one=True, starts_at=first, ends_at=first)
    assert who is not None
    assert when is not None
    assert (who.code, when.code) == ("off:who", "off:times")


@pytest.mark.parametrize(
    ("name", "is_used", "refused"), [("", False, True), ("Room 1", True, True), ("Room 1", False, False)]
)
def test_a_room_has_a_name_of_its_own(name, is_used, refused):
    assert (check_room_name_given_and_free(name, is_used=is_used) is not None) is refused


def test_a_day_is_a_holiday_once():
    assert check_day_is_not_holiday_already(is_one_already=False) is None
    assert check_day_is_not_holiday_already(is_one_already=True) is not None
