"""Which picture a course is compared with."""

from datetime import date

import pytest

from treatments.conditions.rules.photographs import baseline_day

MARCH, JUNE, JULY, AUGUST = (date(2026, month, 1) for month in (3, 6, 7, 8))


@pytest.mark.parametrize(
    ("started_on", "expected"),
    [(JUNE, JUNE), (JULY, JUNE), (MARCH, MARCH), (date(2026, 1, 1), MARCH), (None, MARCH)],
)
def test_a_course_is_compared_with_the_last_picture_before_it_else_with_the_first(started_on, expected):
    assert baseline_day([MARCH, JUNE, AUGUST], started_on) == expected
