"""A day as people remember it: a year, a month, or the day itself."""

from datetime import date

import pytest

from patients.rules.months import (
    last_day_of_partial_date_or_none,
    month_or_year_text_or_none,
    read_partial_date_or_none,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2025", "2025"),
        ("2025-03", "2025-03"),
        ("2025-3", "2025-03"),
        ("03/2025", "2025-03"),
        ("3.2025", "2025-03"),
        (" 2025-03-09 ", "2025-03-09"),
        ("2025-02-30", None),
        ("2025-13", None),
        ("25", None),
        ("1025", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_month_is_enough(typed, kept):
    assert read_partial_date_or_none(typed) == kept


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2025", date(2025, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2025-03-09", date(2025, 3, 9)),
        ("soon", None),
    ],
)
def test_the_last_day_that_was_meant_counts(said, day):
    assert last_day_of_partial_date_or_none(said) == day


@pytest.mark.parametrize(
    ("said", "text"), [("2025", "2025"), ("2025-03", "Mar 2025"), ("2025-03-09", None), ("soon", None)]
)
def test_a_month_is_shown_as_people_write_it(said, text):
    assert month_or_year_text_or_none(said) == text
