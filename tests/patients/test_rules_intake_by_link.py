"""The intake by link: what an answered part is, and what it says of each question. No database."""

import pytest

from patients.forms.intake_by_link import ITEM_WORDS, PART_NAMES, told_text
from patients.rules.intake_by_link import (
    PART_BY_CODE,
    PARTS,
    Answered,
    PartTold,
    Ticked,
    check_part_is_answered,
    missing_parts,
    told_by_question,
)

SKIN = PART_BY_CODE["skin"]


@pytest.mark.parametrize(
    ("ticked", "is_none", "is_unsure", "found"),
    [
        ([], False, False, ["nothing"]),
        (["scars"], False, False, []),
        ([], True, False, []),
        ([], False, True, []),
        (["scars"], True, False, ["none-and-ticked"]),
        ([], True, True, ["none-and-ticked"]),
        (["heart"], False, False, ["unknown-item"]),
    ],
)
def test_a_part_wants_one_kind_of_answer_and_one_alone(ticked, is_none, is_unsure, found):
    findings = check_part_is_answered(SKIN, ticked, is_none=is_none, is_unsure=is_unsure)

    assert [each.code for each in findings] == found


def test_a_question_without_a_tick_beside_another_one_is_no_no():
    told = told_by_question([PartTold("skin", Answered.TICKED, (Ticked("eczema"),))])

    assert told["scalp-disease"].says_something
    assert (told["infection"].answered, told["infection"].says_something) == (None, False)
    assert "ask" in told_text(told["infection"])


def test_none_of_these_answers_each_question_of_its_part_and_not_sure_answers_none():
    told = told_by_question([PartTold("skin", Answered.NONE), PartTold("health", Answered.UNSURE)])

    assert {code for code, each in told.items() if each.says_something} == set(SKIN.questions)
    assert told["heart"].answered == Answered.UNSURE


def test_every_part_is_missing_until_it_is_answered_and_a_question_stands_in_one_part():
    questions = [code for part in PARTS for code in part.questions]

    assert [part.code for part in missing_parts({"hair", "skin"})] == [
        part.code for part in PARTS if part.code not in ("hair", "skin")
    ]
    assert len(questions) == len(set(questions))
    assert set(PART_NAMES) == set(PART_BY_CODE)
    assert set(ITEM_WORDS) == {item.code for part in PARTS for item in part.items}
