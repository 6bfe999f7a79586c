"""When a record may go, by the longer of two times. No database."""

from datetime import date

import pytest

from mesoclinic.privacy.rules import (
    CLASS_RULES,
    DataClass,
    LastDays,
    Retention,
    check_no_visit_ahead,
    check_record_may_go,
    record_may_go_on_or_none,
)


@pytest.mark.parametrize(
    ("seen", "money", "clinical_years", "money_years", "goes_on"),
    [
        pytest.param(date(2010, 5, 1), None, 10, 0, date(2020, 5, 1), id="never paid"),
        pytest.param(
            date(2010, 5, 1), date(2012, 1, 1), 10, 7, date(2020, 5, 1), id="treatment counts longer"
        ),
        pytest.param(date(2010, 5, 1), date(2018, 1, 1), 10, 7, date(2025, 1, 1), id="money counts longer"),
        pytest.param(date(2012, 2, 29), None, 1, 0, date(2013, 3, 1), id="a leap day"),
        pytest.param(date(2010, 5, 1), None, 0, 7, None, id="no retention is set"),
        pytest.param(date(2010, 5, 1), date(2012, 1, 1), 10, 0, None, id="books are kept for ever"),
    ],
)
def test_a_record_goes_after_the_longer_of_its_times(seen, money, clinical_years, money_years, goes_on):
    retention = Retention(clinical_years, money_years)

    assert record_may_go_on_or_none(LastDays(seen, money), retention) == goes_on


def test_a_record_is_refused_until_its_day_and_not_on_it():
    last, retention = LastDays(date(2010, 5, 1), None), Retention(10, 10)

    assert [f.code for f in check_record_may_go(last, retention, date(2020, 4, 30))] == ["erasure:early"]
    assert check_record_may_go(last, retention, date(2020, 5, 1)) == []
    assert [f.code for f in check_record_may_go(last, Retention(0, 0), date(2099, 1, 1))] == ["erasure:kept"]


def test_visits_to_come_stand_against_erasing_how_to_reach_somebody():
    assert check_no_visit_ahead([]) == []
    assert (
        "2 visits are booked, the next on 3 May 2027"
        in check_no_visit_ahead([date(2027, 6, 1), date(2027, 5, 3)])[0].message
    )


def test_every_class_says_when_it_is_erased_and_why():
    assert set(CLASS_RULES) == set(DataClass)
    assert all(rule.why and rule.purpose for rule in CLASS_RULES.values())
