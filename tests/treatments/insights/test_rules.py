"""Which days are compared, and rates."""

from datetime import date
from decimal import Decimal as D

from treatments.insights.rules.periods import Days, days_of_period, months_until, rate_or_none


def test_a_period_runs_to_today_and_the_one_before_has_as_many_days():
    days = days_of_period("quarter", date(2026, 12, 21))

    assert days == Days(date(2026, 10, 1), date(2026, 12, 21))
    assert days.before == Days(date(2026, 7, 11), date(2026, 9, 30))
    assert days.count == days.before.count == 82


def test_month_and_year_begin_with_their_first_day():
    assert days_of_period("month", date(2026, 3, 9)).first == date(2026, 3, 1)
    assert days_of_period("year", date(2026, 3, 9)).first == date(2026, 1, 1)


def test_months_cross_the_year():
    assert months_until(date(2027, 2, 3), 3) == [date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]


def test_a_rate_of_nothing_is_unknown_and_halves_go_up():
    assert rate_or_none(0, 0) is None
    assert rate_or_none(1, 8) == D("12.5")
    assert rate_or_none(1, 16) == D("6.3")
