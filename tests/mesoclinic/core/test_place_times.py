"""A time of another clinic: by its clock, with its name, and the hour here."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mesoclinic.core.place_times import time_at_place


@dataclass(frozen=True)
class Clinic:
    pk: int
    name: str
    zone: ZoneInfo


NEW_YORK = Clinic(1, "New York", ZoneInfo("America/New_York"))
LISBON = Clinic(2, "Lisbon", ZoneInfo("Europe/Lisbon"))
BOSTON = Clinic(3, "Boston", ZoneInfo("America/New_York"))
TOKYO = Clinic(4, "Tokyo", ZoneInfo("Asia/Tokyo"))

AT = datetime(2026, 12, 22, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "here", "how", "said"),
    [
        (LISBON, NEW_YORK, "D j M, H:i", "Tue 22 Dec, 15:00 (Lisbon · 10:00 here)"),
        (LISBON, LISBON, "D j M, H:i", "Tue 22 Dec, 15:00"),
        (LISBON, None, "D j M, H:i", "Tue 22 Dec, 15:00"),
        (BOSTON, NEW_YORK, "D j M, H:i", "Tue 22 Dec, 10:00 (Boston)"),
        (LISBON, NEW_YORK, "j M Y", "22 Dec 2026 (Lisbon)"),
        (TOKYO, NEW_YORK, "D j M, H:i", "Wed 23 Dec, 00:00 (Tokyo · 22 Dec, 10:00 here)"),
    ],
)
def test_a_time_is_by_the_clock_of_its_place(place, here, how, said):
    assert str(time_at_place(AT, place, here, how)) == said
