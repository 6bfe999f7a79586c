"""Which reasons stand, and what is said of a dose that was given already."""

from mesoclinic.core.findings import Level, block, warn
from treatments.sessions.rules.already_given import findings_lowered_as_already_given
from treatments.sessions.rules.reasons import reasons_merged_with_new, reasons_not_asked_again


def kept(code, level="warn", message="Said.", reason="because"):
    return {
        "code": code,
        "level": level,
        "message": message,
        "reason": reason,
        "by": "Dr Test",
        "by_id": 1,
        "at": "2026-11-30T09:00:00+00:00",
    }


def test_a_reason_of_the_start_stands_for_the_same_words_only():
    rows = [kept("a"), kept("b"), kept("c"), kept("d")]
    asked = [
        warn("a", "Said."),
        warn("b", "Said otherwise."),
        block("c", "Said."),
        block("d", "Said.", fixed=True),
    ]

    assert [row["code"] for row in reasons_not_asked_again(rows, asked)] == ["a"]


def test_a_new_reason_takes_the_place_of_an_older_one_and_the_rest_keeps_its_time():
    rows = reasons_merged_with_new([kept("a"), kept("b")], [kept("b", reason="today"), kept("c")])

    assert [(row["code"], row["reason"]) for row in rows] == [
        ("a", "because"),
        ("b", "today"),
        ("c", "because"),
    ]


def test_a_dose_that_was_given_already_refuses_nothing():
    (said,) = findings_lowered_as_already_given(
        [block("lot-recalled:L1", "Lot L1 of Biotin is recalled. Take another lot.", fixed=True)]
    )

    assert (said.level, said.fixed, said.code) == (Level.NOTE, False, "lot-recalled:L1")
    assert said.message.startswith("Lot L1 of Biotin is recalled. It was already injected:")
