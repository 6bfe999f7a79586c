"""How a link to a patient's page stands, and what is typed at its gate. No database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from patients.rules.links import (
    GATES,
    MOST_TRIES,
    LinkPurpose,
    LinkState,
    link_state,
    typed_birth_date_or_none,
    typed_digits,
)

NOW = datetime(2026, 12, 21, 10, tzinfo=UTC)


def state(attempts=0, days=1, *, opened=False, used=False, ended=False):
    return link_state(
        attempts=attempts,
        expires_at=NOW + timedelta(days=days),
        opened_at=NOW if opened else None,
        used_at=NOW if used else None,
        ended_at=NOW if ended else None,
        now=NOW,
    )


def test_a_link_has_one_state_and_what_ended_it_goes_first():
    assert state() == LinkState.NOT_OPENED
    assert state(opened=True) == LinkState.OPENED
    assert state(MOST_TRIES - 1) == LinkState.NOT_OPENED
    assert state(MOST_TRIES, opened=True) == LinkState.LOCKED
    assert state(days=0) == LinkState.EXPIRED
    assert state(days=-1, ended=True) == LinkState.ENDED
    assert state(used=True, ended=True) == LinkState.USED


def test_every_purpose_has_a_gate():
    assert set(GATES) == set(LinkPurpose)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (("3", "02", "1984"), date(1984, 2, 3)),
        (("٣", "٢", "١٩٨٤"), date(1984, 2, 3)),
        ((" 31 ", "12", "1984"), date(1984, 12, 31)),
        (("31", "2", "1984"), None),
        (("3", "2", ""), None),
        (("x", "2", "1984"), None),
        (("3", "2", "99999999999"), None),
    ],
)
def test_a_birth_date_is_read_in_whatever_digits_it_was_typed(typed, read):
    assert typed_birth_date_or_none(*typed) == read


def test_a_year_of_two_digits_is_not_guessed():
    assert typed_birth_date_or_none("3", "2", "84") != date(1984, 2, 3)


def test_a_code_is_read_with_spaces_and_in_other_digits():
    assert typed_digits("123 456") == "123456"
    assert typed_digits("١٢٣٤٥٦") == "123456"
    assert typed_digits("²x") == ""
