"""States, and what stands between a draft and its signature. What comes next: test_rules_next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesoclinic.core.moves import can_move, next_states
from treatments.sessions.rules.signing import (
    SECTIONS,
    ChecklistFact,
    DoseFact,
    ReactionFact,
    SigningFacts,
    SyringeFact,
    ZoneFact,
    check_syringe_unused_own_and_fresh,
    delivered_ml,
    drawn_ml,
    findings_before_signing,
    waste_ml,
)
from treatments.sessions.rules.states import SESSION_MOVES, SessionStatus

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)


def dose(ml="1", planned="1", product="Biotin", lots=None):
    made = [("BT-0086", D(ml))] if lots is None else [(n, D(m)) for n, m in lots]
    return DoseFact(product, D(planned), D(ml), made)


def zone(points=102, each="0.03", code="FRONTAL", name="Frontal"):
    return ZoneFact(code, points, D(each), D(2), name)


#: design/session.png: 102 points of 0.03 ml, 3.1 ml in the syringe.
COMPLETE = SigningFacts(
    number=3,
    sessions_planned=8,
    checklist=[
        ChecklistFact("gloves", "Single-use gloves", "before", True, True),
        ChecklistFact("vital", "Blood pressure", "before", False, False),
    ],
    doses=[dose("1", "1"), dose("2.1", "2", "Dexpanthenol")],
    zones=[zone()],
    pain_worst=4,
    reactions=[],
)


def seen(findings):
    return [(f.code, str(f.level), f.fixed, f.where) for f in findings]


def changed(**what):
    return seen(findings_before_signing(replace(COMPLETE, **what), AT))


def test_how_a_session_moves_on():
    assert {str(s): [str(to) for to in next_states(SESSION_MOVES, s)] for s in SessionStatus} == {
        "draft": ["signed"],
        "signed": ["amended", "void"],
        "amended": ["amended", "void"],
        "void": [],
    }
    assert can_move(SESSION_MOVES, "draft", "signed")
    assert not can_move(SESSION_MOVES, "signed", "draft")
    assert set(SESSION_MOVES) == set(SessionStatus)


def test_a_complete_draft_misses_nothing():
    assert findings_before_signing(COMPLETE) == []


def test_an_empty_draft_misses_every_section_but_the_checklist():
    findings = findings_before_signing(SigningFacts(1, 8))

    assert seen(findings) == [
        ("dose:none", "block", True, "syringe"),
        ("pain:none", "block", False, "pain"),
        ("reactions:none", "block", False, "reactions"),
        ("zone:none", "block", False, "map"),
    ]


@given(st.builds(SigningFacts, st.integers(1, 12), st.integers(1, 12)))
def test_every_finding_points_at_a_section(draft):
    assert {f.where for f in findings_before_signing(draft)} <= set(SECTIONS)


def test_a_mandatory_item_is_ticked():
    item = ChecklistFact("sharps", "Needles in the sharps bin", "after")

    (finding,) = findings_before_signing(replace(COMPLETE, checklist=[item]))

    assert (finding.code, finding.fixed, finding.where, finding.message) == (
        "checklist:sharps",
        False,
        "checklist",
        "Not ticked (after): Needles in the sharps bin. Do it and tick it, or say why not.",
    )


@pytest.mark.parametrize(
    ("doses", "found"),
    [
        pytest.param([dose("3.1", "3.1")], [], id="as planned"),
        pytest.param(
            [dose("0.5", "0.2"), dose("2.6", "2.6", "Zinc")],
            ["dose-differs:Biotin"],
            id="less than a millilitre",
        ),
        pytest.param([], ["dose:none", "volume:over-drawn"], id="none"),
        pytest.param([dose("0", "0", lots=[])], ["dose:none", "volume:over-drawn"], id="nothing in"),
        pytest.param([dose("3.1", "3.1", lots=[])], ["dose-lot:Biotin"], id="without a lot"),
        pytest.param([dose("3.1", "3.1", lots=[("A", "2"), ("B", "1.1")])], [], id="from two lots"),
        pytest.param(
            [dose("3.1", "3.1", lots=[("A", "2"), ("B", "1")])],
            ["dose-lots-differ:Biotin"],
            id="lots that do not add up",
        ),
        pytest.param([dose("4", "4"), dose("-1", "0", "Zinc")], ["dose-below-zero:Zinc"], id="below zero"),
        pytest.param([dose("3.6", "3")], [], id="20 % more"),
        pytest.param([dose("3.61", "3")], ["dose-differs:Biotin"], id="more than 20 %"),
        pytest.param([dose("3.2", "4")], [], id="20 % less"),
        pytest.param([dose("3.19", "4")], ["dose-differs:Biotin"], id="less than 20 %"),
        pytest.param(
            [dose("3.1", "3.1"), dose("0", "1", "Zinc", [])], ["dose-differs:Zinc"], id="one left out"
        ),
        pytest.param(
            [dose("3", "3"), dose("0.1", "0", "Zinc")], ["dose-differs:Zinc"], id="one that was not planned"
        ),
        pytest.param([dose("3.1", "3.1"), dose("0", "0", "Zinc", [])], [], id="neither nor"),
        pytest.param(
            [dose("3.1", "3.1"), dose("0", "0", "Zinc", [("A", "1")])],
            ["dose-lots-differ:Zinc"],
            id="a lot for nothing",
        ),
    ],
)
def test_doses_come_from_lots_and_keep_to_the_plan(doses, found):
    assert [code for code, *_ in changed(doses=doses)] == found


@pytest.mark.parametrize(
    ("doses", "message"),
    [
        ([dose("4.5", "3")], "Biotin: 4.5 ml given, 3 ml planned, +50 %. Correct it, or say why."),
        ([dose("9", "3")], "Biotin: 9 ml given, 3 ml planned, +200 %. Correct it, or say why."),
        ([dose("4", "0")], "Biotin: 4 ml given, not planned. Correct it, or say why."),
        ([dose("4", "4", lots=[])], "Biotin has no lot. Choose or scan the vial it came from."),
        ([dose("4", "4", lots=[("A", "3")])], "Biotin: 4 ml given, 3 ml from its lots. Correct one of them."),
    ],
)
def test_what_is_wrong_with_a_dose_is_said(doses, message):
    findings = findings_before_signing(replace(COMPLETE, doses=doses))

    assert [f.message for f in findings] == [message]


def test_only_a_deviation_is_a_warning():
    assert changed(doses=[dose("3.7", "3")]) == [("dose-differs:Biotin", "warn", False, "syringe")]
    assert changed(doses=[dose("3.7", "3.7", lots=[])])[0][1:3] == ("block", True)


@pytest.mark.parametrize(
    ("zones", "found"),
    [
        pytest.param([zone(325, "0.01")], [], id="more than drawn, but under 5 %"),
        pytest.param(
            [zone(326, "0.01")], [("volume:over-drawn", "block", True, "map")], id="more than 5 % more"
        ),
        pytest.param([zone(10)], [], id="little delivered: the rest is waste"),
        pytest.param([], [("zone:none", "block", False, "map")], id="no zone"),
        pytest.param([zone(0)], [("zone:none", "block", False, "map")], id="no points anywhere"),
        pytest.param([zone(100), zone(0, "0", "VERTEX")], [], id="no points in one"),
        pytest.param(
            [zone(100), zone(5, "0", "VERTEX")],
            [("zone-figures:VERTEX", "block", True, "map")],
            id="points of nothing",
        ),
        pytest.param(
            [zone(100), zone(-5, "0.03", "VERTEX")],
            [("zone-figures:VERTEX", "block", True, "map")],
            id="points below zero",
        ),
    ],
)
def test_the_map_agrees_with_the_syringe(zones, found):
    assert changed(zones=zones) == found


def test_five_percent_more_than_drawn_is_let_pass_of_a_small_dose_too():
    assert changed(doses=[dose("3", "3")], zones=[zone(315, "0.01")]) == []
    assert changed(doses=[dose("0.3", "0.3")], zones=[zone(10)]) == []


def test_what_is_wrong_on_the_map_is_said():
    zones = [zone(500), zone(5, "0", "VERTEX", "")]

    findings = findings_before_signing(replace(COMPLETE, zones=zones))

    assert [f.message for f in findings] == [
        "15 ml delivered, only 3.1 ml drawn up. Correct the points, the ml per point or the doses.",
        "VERTEX: points and ml per point are above 0. Correct them.",
    ]


def test_volumes():
    doses, zones = COMPLETE.doses, COMPLETE.zones

    assert (drawn_ml(doses), delivered_ml(zones), waste_ml(doses, zones)) == (D("3.1"), D("3.06"), D("0.04"))
    assert waste_ml(doses, [zone(104)]) == D(0)
    assert (drawn_ml([]), delivered_ml([])) == (D(0), D(0))


ml = st.decimals(min_value=0, max_value=10, places=2)


@given(
    st.lists(ml, max_size=5),
    st.lists(st.tuples(st.integers(0, 200), st.decimals(0, "0.1", places=3)), max_size=5),
)
def test_what_is_drawn_is_delivered_or_wasted(amounts, mapped):
    doses = [dose(str(amount)) for amount in amounts]
    zones = [zone(points, str(each)) for points, each in mapped]

    wasted = waste_ml(doses, zones)

    assert wasted >= 0
    assert wasted == 0 or wasted + delivered_ml(zones) == drawn_ml(doses)


@pytest.mark.parametrize(
    ("worst", "found"),
    [
        (None, [("pain:none", "block", False, "pain")]),
        (0, []),
        (10, []),
        (11, [("pain:scale", "block", True, "pain")]),
        (-1, [("pain:scale", "block", True, "pain")]),
    ],
)
def test_pain_is_zero_to_ten(worst, found):
    assert changed(pain_worst=worst) == found


def reaction(level="alert", action="lie flat, BP", response=""):
    return ReactionFact("syncope", "Vasovagal syncope", level, action, response)


@pytest.mark.parametrize(
    ("reactions", "found"),
    [
        pytest.param(None, [("reactions:none", "block")], id="not answered"),
        pytest.param([], [], id="none seen"),
        pytest.param([reaction("expected")], [], id="an expected one"),
        pytest.param([reaction()], [("reaction:syncope", "warn")], id="an alert"),
        pytest.param([reaction("emergency")], [("reaction:syncope", "block")], id="an emergency"),
        pytest.param(
            [reaction("emergency", response="adrenaline")],
            [("reaction:syncope", "note")],
            id="an emergency that was answered",
        ),
        pytest.param([reaction(response=" ")], [("reaction:syncope", "warn")], id="blank answer"),
    ],
)
def test_reactions_are_answered(reactions, found):
    assert [(code, level) for code, level, *_ in changed(reactions=reactions)] == found


@pytest.mark.parametrize(
    ("seen_", "message", "detail"),
    [
        (reaction(), "Vasovagal syncope, alert. Do now: lie flat, BP. Write what was done.", ""),
        (
            reaction("emergency", ""),
            "Vasovagal syncope, emergency. Do now: call a doctor. Write what was done.",
            "",
        ),
        (
            reaction(response="Lay flat 10 min"),
            "Vasovagal syncope, alert. Do now: lie flat, BP.",
            "Lay flat 10 min",
        ),
    ],
)
def test_an_alert_says_what_to_do_now(seen_, message, detail):
    (finding,) = findings_before_signing(replace(COMPLETE, reactions=[seen_]))

    assert (finding.message, finding.detail) == (message, detail)


@pytest.mark.parametrize(
    ("syringe", "codes"),
    [
        pytest.param(SyringeFact("S1"), [], id="new"),
        pytest.param(SyringeFact("S1", AT + timedelta(seconds=1)), [], id="good a little longer"),
        pytest.param(SyringeFact("S1", AT), ["syringe-too-old:S1"], id="over its time"),
        pytest.param(SyringeFact("S1", None, True), ["syringe-used:S1"], id="used before"),
        pytest.param(
            SyringeFact("S1", None, False, True), ["syringe-other-patient:S1"], id="somebody else's"
        ),
        pytest.param(
            SyringeFact("S1", AT, True, True),
            ["syringe-used:S1", "syringe-other-patient:S1", "syringe-too-old:S1"],
            id="everything at once",
        ),
    ],
)
def test_a_syringe_is_used_once_for_one_patient_in_time(syringe, codes):
    found = check_syringe_unused_own_and_fresh(syringe, AT)

    assert [f.code for f in found] == codes
    assert all(f.fixed and f.where == "syringe" for f in found)


def test_signing_checks_every_syringe():
    used = [SyringeFact("S1", used_before=True), SyringeFact("S2"), SyringeFact("S3", AT)]

    assert [code for code, *_ in changed(syringes=used)] == ["syringe-too-old:S3", "syringe-used:S1"]
    with pytest.raises(ValueError, match="say when"):
        findings_before_signing(replace(COMPLETE, syringes=used))
