"""What a calendar feed says of a visit, how far it reaches, and which repeating entries are too many."""

from datetime import date

import pytest

from treatments.schedule.rules.feeds import first_and_last_day_of_feed, ical_status, repeats_too_often_a_day


def test_a_feed_says_tentative_confirmed_or_cancelled():
    assert {
        s: ical_status(s)
        for s in ("booked", "confirmed", "arrived", "done", "cancelled", "late_cancelled", "no_show")
    } == {
        "booked": "TENTATIVE",
        "confirmed": "CONFIRMED",
        "arrived": "CONFIRMED",
        "done": "CONFIRMED",
        "cancelled": "CANCELLED",
        "late_cancelled": "CANCELLED",
        "no_show": "CANCELLED",
    }


def test_a_feed_shows_two_months_back_and_a_year_ahead():
    assert first_and_last_day_of_feed(date(2030, 3, 4)) == (date(2030, 1, 3), date(2031, 3, 4))


@pytest.mark.parametrize(
    ("rule", "often"),
    [
        ({"FREQ": ["DAILY"]}, False),
        ({"FREQ": ["WEEKLY"], "BYHOUR": [9, 17]}, False),
        ({"FREQ": ["SECONDLY"]}, True),
        ({"FREQ": ["HOURLY"]}, True),
        ({"freq": ["minutely"]}, True),
        ({"FREQ": ["DAILY"], "BYHOUR": [8, 9], "BYMINUTE": list(range(13))}, True),
    ],
)
def test_a_rule_that_repeats_more_than_hourly_is_no_appointment(rule, often):
    assert repeats_too_often_a_day(rule) is often
