import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.findings import (
    Acknowledgement,
    Finding,
    Level,
    Refused,
    block,
    gate,
    lower_findings_to,
    note,
    ok,
    ordered,
    warn,
    worst_level,
)

FIXED = block("buflomedil", "Buflomedil is withdrawn. Choose another.", fixed=True)
BLOCK = block("pair:a+b", "A and B must not share a syringe. Use two.")
WARN = warn("few", "Four planned. Plan five, or say why.")
NOTE = note("lab", "Biotin disturbs lab tests.")
OK = ok("count", "2 to 6 actives.")

findings = st.builds(
    Finding,
    code=st.text(min_size=1, max_size=5),
    level=st.sampled_from(Level),
    message=st.just("What is wrong. What to do."),
    fixed=st.booleans(),
)


@pytest.mark.parametrize(
    ("finding", "blocks", "warns", "asks"),
    [
        pytest.param(FIXED, True, False, False, id="a fixed block asks for nothing"),
        pytest.param(BLOCK, True, False, True, id="a block asks for a reason"),
        pytest.param(WARN, False, True, True, id="a warning asks for a reason"),
        pytest.param(NOTE, False, False, False, id="a note is only shown"),
        pytest.param(OK, False, False, False, id="ok is only shown"),
    ],
)
def test_what_a_finding_asks_of_the_reader(finding, blocks, warns, asks):
    assert (finding.blocks, finding.warns, finding.needs_reason) == (blocks, warns, asks)


def test_a_finding_is_stored_as_plain_values():
    finding = block(
        "pair:a+b", "Not together.", fixed=True, source="[EMA12]", where="pairs", detail="pH", basis="stated"
    )

    assert finding.as_dict() == {
        "code": "pair:a+b",
        "level": "block",
        "message": "Not together.",
        "source": "[EMA12]",
        "where": "pairs",
        "detail": "pH",
        "basis": "stated",
        "fixed": True,
        "reviewed": "",
    }


def test_worst_comes_first_and_fixed_before_other_blocks():
    assert ordered([OK, NOTE, WARN, BLOCK, FIXED]) == [FIXED, BLOCK, WARN, NOTE, OK]


@given(st.lists(findings, unique_by=lambda f: (f.code, f.level, f.fixed)))
def test_the_order_of_the_input_never_shows(found):
    assert ordered(found) == ordered(reversed(found))


@pytest.mark.parametrize(
    ("found", "level"),
    [
        pytest.param([], Level.OK, id="nothing found is ok"),
        pytest.param([OK, NOTE], Level.NOTE, id="note over ok"),
        pytest.param([NOTE, WARN, OK], Level.WARN, id="warn over note"),
        pytest.param([WARN, BLOCK], Level.BLOCK, id="block over warn"),
    ],
)
def test_worst_is_the_worst_level(found, level):
    assert worst_level(found) == level


def refused(found, reasons=None, *, may_override=False):
    """The codes that stand in the way."""
    with pytest.raises(Refused) as caught:
        gate(found, reasons, may_override=may_override)
    return [finding.code for finding in caught.value.findings]


@pytest.mark.parametrize(
    ("reasons", "may_override", "standing"),
    [
        pytest.param({}, True, ["buflomedil", "pair:a+b", "few"], id="no reasons"),
        pytest.param(
            {"buflomedil": "I know better than that", "pair:a+b": "Seen, and accepted"},
            True,
            ["buflomedil", "few"],
            id="a fixed block is not lifted by any reason",
        ),
        pytest.param(
            {"pair:a+b": "Seen, and accepted", "few": "His wish"},
            False,
            ["buflomedil", "pair:a+b"],
            id="only who may override lifts a block",
        ),
        pytest.param(
            {"pair:a+b": "too short", "few": "ok"},
            True,
            ["buflomedil", "pair:a+b", "few"],
            id="nine and two letters are no reasons",
        ),
        pytest.param(
            {"pair:a+b": "          ", "few": "   "},
            True,
            ["buflomedil", "pair:a+b", "few"],
            id="blanks are no reasons",
        ),
    ],
)
def test_the_gate_refuses_with_everything_still_in_the_way(reasons, may_override, standing):
    found = [OK, WARN, BLOCK, FIXED, NOTE]

    assert refused(found, reasons, may_override=may_override) == standing


def test_the_gate_returns_what_was_gone_past():
    reasons = {"pair:a+b": " ten letter", "few": "why"}

    passed = gate([WARN, BLOCK, NOTE, OK], reasons, may_override=True)

    assert passed == [
        Acknowledgement("pair:a+b", Level.BLOCK, BLOCK.message, "ten letter"),
        Acknowledgement("few", Level.WARN, WARN.message, "why"),
    ]


def test_a_reason_for_one_finding_is_not_taken_for_another():
    assert refused([WARN], {"pair:a+b": "A good long reason"}) == ["few"]


@given(st.lists(findings))
def test_without_a_reason_the_gate_passes_only_notes_and_oks(found):
    shown_only = all(f.level in (Level.NOTE, Level.OK) for f in found)

    try:
        passed = gate(found, may_override=True)
    except Refused:
        assert not shown_only
    else:
        assert shown_only
        assert passed == []


def test_a_refusal_speaks_in_its_findings_words():
    refusal = Refused(WARN, FIXED)

    assert str(refusal) == f"{FIXED.message} {WARN.message}"


def test_a_refusal_for_one_plain_reason():
    refusal = Refused.because("The slot is taken.", code="taken", where="starts_at")

    assert refusal.findings == [block("taken", "The slot is taken.", fixed=True, where="starts_at")]


def test_a_page_that_only_informs_lowers_what_is_worse():
    assert [f.level for f in lower_findings_to(Level.NOTE, [BLOCK, WARN, NOTE, OK])] == [
        Level.NOTE,
        Level.NOTE,
        Level.NOTE,
        Level.OK,
    ]


def test_a_block_takes_a_sentence_and_a_warning_a_word():
    assert (BLOCK.least_reason_length, WARN.least_reason_length) == (10, 3)


@pytest.mark.parametrize(
    "filler",
    [
        "as discussed",
        "OK, ok, ok, ok.",
        "fine, all fine",
        "aaaaaaaaaaaa",
        "..............",
        "1234567890",
        "same as before",
    ],
)
def test_ten_characters_that_say_nothing_go_past_no_block(filler):
    with pytest.raises(Refused):
        gate([BLOCK], {BLOCK.code: filler}, may_override=True)


@pytest.mark.parametrize(
    "reason",
    [
        "Crust 4 mm, dry.",
        "test negative today",
        "Discussed with cardiology",
        "مناقشة مع الطبيب",
        "已与主治医师讨论过并同意",
    ],
)
def test_a_sentence_in_any_script_goes_past_a_block(reason):
    (passed,) = gate([BLOCK], {BLOCK.code: reason}, may_override=True)

    assert passed.reason == reason


def test_a_warning_takes_a_word_that_would_be_filler_for_a_block():
    assert [each.code for each in gate([WARN], {WARN.code: "fine"})] == [WARN.code]
