"""What may be told after the signature, and once only."""

import pytest

from treatments.sessions.rules.late_reports import (
    check_pain_not_on_record,
    check_reaction_not_ended,
    check_reactions_told_once,
)


@pytest.mark.parametrize(
    ("effects", "code"),
    [([], "reaction:none"), ([4, 9, 4], "reaction:twice"), ([4], None), ([4, 9], None)],
)
def test_at_least_one_reaction_is_told_and_none_twice(effects, code):
    found = check_reactions_told_once(effects)

    assert (found and found.code) == code


def test_the_end_of_a_reaction_is_said_once():
    assert check_reaction_not_ended(False) is None
    assert check_reaction_not_ended(True).code == "reaction:ended"


def test_a_pain_score_of_none_is_on_record_too():
    assert check_pain_not_on_record("after 1 hour", None) is None
    assert check_pain_not_on_record("after 1 hour", 0).message == (
        "Pain after 1 hour is on record: 0. Write an addendum to correct it."
    )
