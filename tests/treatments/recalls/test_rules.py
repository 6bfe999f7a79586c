"""Which lots a notice names: whole numbers only, whatever stands around them."""

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.moves import can_move
from tests.files import DATA
from treatments.recalls.rules import (
    RECALL_MOVES,
    Attempt,
    CaseStatus,
    Tally,
    check_attempt_outcome_and_channel,
    check_recall_can_close,
    check_recall_can_start,
    check_recall_is_open,
    check_recall_status_may_change,
    find_lot_in_notice_or_none,
    notice_names_product,
    read_notice,
)

RANGE = "Expiration dates from 01/19/2012 through 05/02/2012 and lot number from 00112 through 10412"
LISTS = "Lot #'s: a) 90A024, 90A026, Exp 09/13; b) 90A028, Exp 09/13"
SPACED = "a) Lot TFRS 130B 1503 KT34, Best By 5-25-2012; Lot TFRS 130B 1803 KT34, Best By 5-25-2012"
VIALS = "Eloxatin 50mg vial AE41 02/ 2012\nEloxatin 50mg vial CA02B 02/ 2012\n"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("A1", "Lots A1, A2"),
        ("A1-2", "lot A1-2."),
        ("a1", "lot A1"),
        ("00500", RANGE),
        ("00112", RANGE),
        ("10412", RANGE),
        ("90A026", LISTS),
        ("90A028", LISTS),
        ("TFRS 130B 1803 KT34", SPACED),
        ("AE41", VIALS),
        ("CA02B", VIALS),
        ("228117", "Lot # 214117, 216117, 227118, and 228117"),
        ("16KS02281", "Unit:16KS02281"),
        ("A10", "lots A1 to A12"),
        ("LF2", "Lots LF1 LF2 LF3"),
        ("D2–2100", "Product X, lot D2-2100"),
        ("100", "100 count bottle, lot 100"),
    ],
)
def test_a_lot_is_found_where_it_is_named(number, text):
    match = find_lot_in_notice_or_none(number, read_notice(text))

    assert match is not None
    assert match.is_sure, match.doubt


@pytest.mark.fault("F28")
@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("A1", "Lot A10, A11"),
        ("A1", "XA1, A1-2, A1.5, BA1"),
        ("A10", "Lot A1"),
        ("500", RANGE),
        ("10413", RANGE),
        ("00111", RANGE),
        ("A10", "lots A1-A9"),
        ("B5", "lots A1-A9"),
        ("A01", "lots A1 to A12"),
        ("LF00478", "Lot #: LF00478C"),
        ("", "Lot A1"),
        ("A1", ""),
    ],
)
def test_a_part_of_a_number_is_no_lot(number, text):
    assert find_lot_in_notice_or_none(number, read_notice(text)) is None


@pytest.mark.parametrize(
    ("number", "text", "why"),
    [
        ("09/13", LISTS, "a date"),
        ("0093-0787", "Atenolol, NDC 0093-0787, lot 5", "ndc"),
        ("25", "tablets, 25 mg, lot B7", "an amount"),
        ("1", "1) Units: 003LX34086", "the number of a list"),
        ("TFRS 130B", SPACED, "longer number"),
        ("TFRS130B1803KT34", SPACED, "other dashes or blanks"),
        ("2105", "lots 2100-2110", "joined by a dash"),
        ("A1", "A1 was seen", "no word for lots"),
        ("A12", "Lots A12/B34", "strokes join"),
        ("B34", "Lots A12/B34", "strokes join"),
        ("A12/B34", "Lot A12 / B34", "other dashes or blanks"),
    ],
)
def test_what_may_be_something_else_is_for_a_person_to_look_at(number, text, why):
    match = find_lot_in_notice_or_none(number, read_notice(text))

    assert match is not None
    assert why in match.doubt.lower()


number = st.from_regex(r"[A-Z]{1,3}[0-9]{2,6}[A-Z]?", fullmatch=True)


@pytest.mark.fault("F28")
@given(
    number,
    st.text("ABC0123456789", min_size=1, max_size=2),
    st.sampled_from([", ", "; ", "\n", " and ", "/ "]),
)
def test_a_listed_number_is_found_and_what_is_longer_or_shorter_is_not(listed, more, between):
    notice = read_notice(f"Lots {listed}{between}ZZ999999")

    assert find_lot_in_notice_or_none(listed, notice) is not None
    assert find_lot_in_notice_or_none(listed + more, notice) is None
    assert find_lot_in_notice_or_none(more + listed, notice) is None
    assert find_lot_in_notice_or_none(listed[:-1], notice) is None


@given(st.text(max_size=300), st.text(min_size=1, max_size=12))
def test_no_text_breaks_the_reading(text, wanted):
    find_lot_in_notice_or_none(wanted, read_notice(text))


@pytest.mark.fault("F28")
@pytest.mark.realdata
def test_every_listed_lot_of_the_fda_reports_is_found_and_no_beginning_of_one(realdata):
    reports = realdata / "recalls" / "fda_enforcement_2012-07.jsonl"
    texts = [
        json.loads(line).get("code-info", "") for line in reports.read_text(encoding="utf-8").splitlines()
    ]
    notices = {text: read_notice(text) for text in texts}
    listed = [(text, one) for text in texts for one in re.findall(r"\b[A-Z0-9]*\d[A-Z0-9]{5,}\b", text)]
    missed = [one for text, one in listed if find_lot_in_notice_or_none(one, notices[text]) is None]
    wholes = {one for _, one in listed}
    parts = [
        (one[:-1], text)
        for text, one in listed
        if one[:-1] not in wholes and not re.search(r"\bthrough\b|\bto\b", text)
    ]
    taken = [part for part, text in parts if find_lot_in_notice_or_none(part, notices[text])]

    assert len(listed) > 250
    assert missed == []
    assert len(parts) > 200
    assert taken == []


@pytest.mark.realdata
def test_the_lots_of_the_fda_records_are_found(realdata):
    text = (realdata / "recalls" / "ndc-4-4-2.xml").read_text(encoding="utf-8")
    notice = read_notice(text)

    for lot in ("AE41", "CA02B", "CE39B", "L072B11A", "L151J11A"):
        if lot in text:
            assert find_lot_in_notice_or_none(lot, notice) is not None
    assert find_lot_in_notice_or_none("AE4", notice) is None
    assert find_lot_in_notice_or_none("CA02", notice) is None


NOTICES = {
    "lots_in_sentences.txt": (
        ["RA1201", "RA1202", "RA1203", "QX-4410B", "QX-4411B", "QX-4412B", "7Z90121A", "7Z90122A", "000451"],
        ["RA120", "A1201", "QX-4410", "4410B", "7Z90121", "00045"],
    ),
    "lots_in_a_table.txt": (["KE41", "LA02B", "LE39B", "M072B11A"], ["KE4", "LA02", "M072B11", "E39B"]),
    "records.xml": (["KE41", "LA02B", "N151J11A"], ["KE4", "LA02", "N151J11"]),
}


@pytest.mark.fault("F28")
@pytest.mark.parametrize(("name", "lots"), NOTICES.items())
def test_the_lots_of_a_notice_are_found_and_no_part_of_one(name, lots):
    notice = read_notice((DATA / "recalls" / name).read_text(encoding="utf-8"))
    listed, parts = lots

    assert [lot for lot in listed if find_lot_in_notice_or_none(lot, notice) is None] == []
    assert [part for part in parts if find_lot_in_notice_or_none(part, notice)] == []


def test_a_notice_names_a_product_by_a_telling_word():
    notice = read_notice("BIOTIN injection 5 mg/ml, all lots")

    assert notice_names_product(["Biotin 5 mg/ml"], notice)
    assert not notice_names_product(["Zinc"], notice)
    assert notice.all_lots


def test_a_recall_is_opened_again_but_a_withdrawn_one_is_not():
    assert can_move(RECALL_MOVES, "closed", "open")
    assert not can_move(RECALL_MOVES, "withdrawn", "open")
    assert set(RECALL_MOVES) == set(CaseStatus)


@pytest.mark.parametrize(
    ("tally", "codes"),
    [
        (Tally(patients=3, reached=3), []),
        (Tally(drafts=1), ["recall:drafts"]),
        (Tally(untried=2), ["recall:untried"]),
        (Tally(tried=1, on_hand_ml=Decimal(5)), ["recall:not-reached", "recall:on-hand"]),
        (Tally(deceased=1), ["recall:deceased"]),
    ],
)
def test_what_stands_before_the_end(tally, codes):
    found = check_recall_can_close(tally)

    assert [finding.code for finding in found] == codes
    fixed = [f.code for f in found if f.fixed]
    assert fixed == [c for c in codes if c in ("recall:drafts", "recall:untried")]


def test_an_attempt_says_how_and_what():
    assert check_attempt_outcome_and_channel(Attempt("reached", "phone")) == []
    assert [f.where for f in check_attempt_outcome_and_channel(Attempt("maybe", "pigeon"))] == [
        "channel",
        "outcome",
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"reason": "  "}, "recall:reason"),
        ({"lots": 0}, "recall:lots"),
        ({"measure": "sell"}, "recall:measure"),
        ({"measure": "quarantine"}, None),
    ],
)
def test_a_recall_starts_with_a_reason_lots_and_what_is_done_with_them(changed, expected):
    found = check_recall_can_start(**{"reason": "Particles", "lots": 2, "measure": "recall"} | changed)

    assert (found.code if found else None) == expected


@pytest.mark.parametrize(
    ("status", "to", "reason", "expected"),
    [
        ("open", CaseStatus.CLOSED, "", None),
        ("open", CaseStatus.WITHDRAWN, "By mistake", None),
        ("open", CaseStatus.WITHDRAWN, " ", "recall:reason"),
        ("closed", CaseStatus.OPEN, "Another patient", None),
        ("closed", CaseStatus.OPEN, "", "recall:reason"),
        ("withdrawn", CaseStatus.OPEN, "Again", "recall:move"),
        ("closed", CaseStatus.WITHDRAWN, "", "recall:move"),
    ],
)
def test_a_recall_moves_along_its_table_and_says_why(status, to, reason, expected):
    found = check_recall_status_may_change(status, to, reason=reason)

    assert (found.code if found else None) == expected


def test_patients_are_called_while_the_recall_is_open():
    assert check_recall_is_open("open") is None
    assert [check_recall_is_open(status).code for status in ("closed", "withdrawn")] == ["recall:ended"] * 2
