"""Which picked time a form keeps, and what its button says."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from treatments.schedule.rules.chosen_times import (
    AskedFor,
    PickedTime,
    StatedBooking,
    asked_for_form_value,
    bookings_form_value,
    check_button_said_what_is_saved,
    choose_a_time_text,
    choose_course_time_text,
    course_button_text,
    is_picked_time_still_valid,
    one_visit_button_text,
)
from treatments.schedule.rules.day_parts import (
    first_of_each_day_part,
    first_open_days,
    word_for_day_without_times,
)
from treatments.schedule.rules.times import is_move_within_a_day

NEW_YORK = ZoneInfo("America/New_York")
TODAY = date(2026, 12, 21)
TUESDAY = date(2026, 12, 22)
TEN = datetime(2026, 12, 22, 10, tzinfo=NEW_YORK)
PICKED = PickedTime(TEN, 1, 2)


def kept(asked, *, shown_for="a", asks_for="a"):
    return is_picked_time_still_valid(PICKED, asked, shown_for=shown_for, asks_for=asks_for)


@pytest.mark.parametrize("asked", [AskedFor(TUESDAY), AskedFor(TUESDAY, 1), AskedFor(TUESDAY, 1, 2)])
def test_a_time_picked_for_what_is_asked_is_kept(asked):
    assert kept(asked)


@pytest.mark.parametrize(
    "asked",
    [AskedFor(None), AskedFor(TUESDAY + timedelta(days=1)), AskedFor(TUESDAY, 9), AskedFor(TUESDAY, 1, 9)],
)
def test_a_time_of_another_day_clinician_or_room_is_not_kept(asked):
    assert not kept(asked)


def test_nothing_is_kept_of_a_page_that_showed_something_else():
    assert not kept(AskedFor(TUESDAY), asks_for="b")
    assert asked_for_form_value(["intake", None, 3]) == "intake||3"
    assert asked_for_form_value(["intake", 3, None]) != asked_for_form_value(["intake", None, 3])


def test_the_day_is_the_clinics_own():
    late = PickedTime(datetime(2026, 12, 22, 23, 30, tzinfo=NEW_YORK), 1, 2)

    assert is_picked_time_still_valid(late, AskedFor(TUESDAY), shown_for="", asks_for="")


def test_the_button_says_the_whole_thing():
    assert one_visit_button_text("Book", TEN, "Dr Rinaldi", TODAY) == "Book Tue 22 Dec, 10:00 with Dr Rinaldi"
    next_year = TEN + timedelta(days=14)
    assert "Tue 5 Jan 2027, 10:00" in one_visit_button_text("Move to", next_year, "Dr Rinaldi", TODAY)
    assert choose_a_time_text(TUESDAY, TODAY) == "Choose a time on Tue 22 Dec"
    assert choose_a_time_text(None, TODAY) == "Choose a day first"
    assert choose_course_time_text(2, TUESDAY, TODAY) == "Choose a time for session 2 on Tue 22 Dec"


def test_the_button_of_a_course_says_the_first_and_the_last():
    later = TEN + timedelta(days=14)

    said = course_button_text("Book", [(2, later), (1, TEN)], TODAY)

    assert said == "Book 2 sessions, Tue 22 Dec, 10:00 to Tue 5 Jan 2027, 10:00"
    assert course_button_text("Move", [(4, TEN)], TODAY) == "Move session 4, Tue 22 Dec, 10:00"


def test_a_time_that_the_clock_shows_twice_is_named_with_its_zone():
    first = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK)

    said = [one_visit_button_text("Book", at, "Dr Rinaldi", TODAY) for at in (first, first.replace(fold=1))]

    assert said == [
        "Book Sun 1 Nov, 01:30 EDT with Dr Rinaldi",
        "Book Sun 1 Nov, 01:30 EST with Dr Rinaldi",
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"start": TEN + timedelta(minutes=10)},
        {"minutes": 60},
        {"clinician": 9},
        {"room": 9},
        {"what": "review"},
    ],
)
def test_what_would_be_saved_is_compared_with_what_the_button_said(other):
    stated = {"what": "intake", "start": TEN, "minutes": 45, "clinician": 1, "room": 2}
    said = bookings_form_value([StatedBooking(**stated)])
    would = bookings_form_value([StatedBooking(**stated | other)])

    assert check_button_said_what_is_saved(said, said) is None
    assert check_button_said_what_is_saved(said, would).code == "booking:said"
    assert check_button_said_what_is_saved("", said).blocks


def test_a_move_within_a_day_is_by_the_clinics_clock():
    midnight = datetime(2026, 12, 22, 23, 50, tzinfo=NEW_YORK)

    assert is_move_within_a_day(TEN, midnight, NEW_YORK)
    assert not is_move_within_a_day(TEN, midnight + timedelta(minutes=20), NEW_YORK)


def test_of_a_day_the_first_morning_and_the_first_afternoon_are_offered():
    starts = [TEN.replace(hour=h, minute=m) for h in (9, 11, 12, 15) for m in (0, 10)]

    found = first_of_each_day_part(reversed(starts))

    assert [found[part].hour for part in ("morning", "afternoon")] == [9, 12]
    assert list(first_of_each_day_part(starts[4:])) == ["afternoon"]


def test_a_day_without_times_says_why():
    assert word_for_day_without_times(is_closed=True, works=True) == "closed"
    assert word_for_day_without_times(is_closed=False, works=False) == "not working"
    assert word_for_day_without_times(is_closed=False, works=True) == "full"
    assert word_for_day_without_times(is_closed=False, works=True, is_short=True) == "no stock"
    week = [TUESDAY + timedelta(days=n) for n in range(14)]
    assert first_open_days(week, week[::2], 3) == [week[0], week[2], week[4]]
