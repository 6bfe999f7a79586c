"""What must be written to correct a session, to make it void and to discard it; and who looks at a syringe."""

import pytest

from treatments.sessions.rules.corrections import (
    check_addendum_text_and_reason,
    check_discard_reason_length,
    check_void_reason_length,
)
from treatments.sessions.rules.preparation import check_second_checker_and_unchanged_syringe

LONG = "x" * 201


@pytest.mark.parametrize(
    ("text", "reason", "codes"),
    [
        ("The depth was 3 mm.", "Typing error", []),
        ("The depth was 3 mm.", "Typ", []),
        ("The depth was 3 mm.", "x" * 200, []),
        ("  ", "Typing error", ["addendum:text"]),
        ("The depth was 3 mm.", " no ", ["addendum:reason"]),
        ("The depth was 3 mm.", LONG, ["addendum:reason"]),
        ("", "", ["addendum:text", "addendum:reason"]),
    ],
)
def test_an_addendum_says_what_and_why(text, reason, codes):
    found = check_addendum_text_and_reason(text, reason)

    assert [each.code for each in found] == codes
    assert all(each.fixed and each.where for each in found)


@pytest.mark.parametrize(
    ("check", "code"),
    [(check_void_reason_length, "void:reason"), (check_discard_reason_length, "discard:reason")],
)
def test_void_and_discard_take_a_sentence(check, code):
    assert check("Ten letters") is None
    assert check("x" * 200) is None
    for reason in ("", "too short", "  nine let  ", LONG):
        found = check(reason)
        assert (found.code, found.where, found.fixed) == (code, "reason", True)


LOTS = [["L-1", "1.00"], ["L-2", "0.50"]]


def test_a_second_person_who_saw_what_is_in_it_checks_a_syringe():
    assert (
        check_second_checker_and_unchanged_syringe(
            prepared_by=1, by=2, seen=LOTS, contents=LOTS, where="syringe-9"
        )
        is None
    )


def test_nobody_drew_it_yet_and_anybody_may_look():
    assert (
        check_second_checker_and_unchanged_syringe(
            prepared_by=None, by=2, seen=LOTS, contents=LOTS, where="syringe-9"
        )
        is None
    )


def test_whoever_drew_it_does_not_check_it():
    found = check_second_checker_and_unchanged_syringe(
        prepared_by=1, by=1, seen=LOTS, contents=LOTS, where="syringe-9"
    )

    assert (found.code, found.where, found.fixed) == ("same-eyes", "syringe-9", True)


@pytest.mark.parametrize("seen", [[], LOTS[:1], LOTS[::-1], [["L-1", "1.00"], ["L-2", "0.60"]]])
def test_what_is_checked_is_what_is_in_it(seen):
    found = check_second_checker_and_unchanged_syringe(
        prepared_by=1, by=2, seen=seen, contents=LOTS, where="syringe-9"
    )

    assert (found.code, found.fixed) == ("changed-meanwhile", True)
