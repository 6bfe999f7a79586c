"""How long what was opened and mixed may wait (F14)."""

from datetime import UTC, datetime, timedelta

import pytest

from treatments.cocktails.rules.beyond_use import beyond_use_time, opened_container_rest_text

AT = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("label_hours", "hours"),
    [
        ([], 1),
        ([None, None], 1),  # ampoules and vials that say nothing of their own
        ([0, None], 1),  # 0 speaks of the rest in the ampoule
        ([672, 6], 1),  # no label makes a mixture last longer
    ],
)
def test_a_mixture_waits_an_hour_at_most(label_hours, hours):
    assert beyond_use_time(AT, label_hours) == AT + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("presentation", "label_hours", "words"),
    [
        ("ampoule", None, "discard the rest at once"),
        ("single_dose", None, "1 hour once opened"),
        ("multi_dose", None, "28 days once opened"),
        ("multi_dose", 24, "1 day once opened"),
        ("ampoule", 6, "6 hours once opened"),
        ("prefilled", None, "discard the rest at once"),
    ],
)
def test_the_rest_in_the_container(presentation, label_hours, words):
    assert opened_container_rest_text(presentation, label_hours) == words
