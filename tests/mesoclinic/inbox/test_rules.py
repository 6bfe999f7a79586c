"""The names of the inbox's lines, and how long a mark holds."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mesoclinic.inbox.rules import LineKind, kind_of_line_or_none, line_key, seen_until

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize("kind", LineKind)
def test_every_kind_of_line_has_a_name_that_is_read_back(kind):
    assert kind_of_line_or_none(line_key(kind, "plan-7", "2026-12-15")) is kind


@pytest.mark.parametrize(
    "key", ["", "fee", "fee:", "Lea Moreau:1", "tea:1", "fee:1:2:3:4", "fee:" + "1" * 21]
)
def test_what_names_no_line_is_none(key):
    assert kind_of_line_or_none(key) is None


def test_work_that_still_waits_is_back_the_next_morning_by_the_clinics_clock():
    late = datetime(2026, 12, 22, 3, 30, tzinfo=UTC)  # the evening of the 21st in New York

    assert seen_until(LineKind.RECALL, late, NEW_YORK) == datetime(2026, 12, 22, tzinfo=NEW_YORK)


def test_the_next_morning_comes_on_the_day_the_clocks_change():
    before = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK)

    assert seen_until(LineKind.FEE, before, NEW_YORK) == datetime(2026, 11, 2, tzinfo=NEW_YORK)


def test_news_is_seen_for_good():
    now = datetime(2026, 12, 21, 15, 0, tzinfo=UTC)

    assert seen_until(LineKind.CHANGE, now, NEW_YORK) - now > timedelta(days=366)
