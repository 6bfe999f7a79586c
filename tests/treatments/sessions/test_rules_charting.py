"""Safety asked again, what stays in the syringe, what differs from the plan, drawn zones, and how far a page is."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.sessions.rules.progress import Charted, State, section_states
from treatments.sessions.rules.safety_questions import (
    Changes,
    NewRisk,
    check_safety_questions_answered,
    risk_changes_from_answers,
)
from treatments.sessions.rules.zones import (
    Course,
    Density,
    Drawn,
    Treated,
    check_deviations_from_course,
    mg_per_ml_in_syringe,
    outline_area_cm2,
    outline_text,
    parse_outline,
    waste_ml_of_each_dose,
    zone_density,
)

D = Decimal
SAME = {"changed": False}


# --- safety ------------------------------------------------------------------


def codes(findings):
    return [(f.code, str(f.level), f.fixed) for f in findings]


@pytest.mark.parametrize(
    ("safety", "found"),
    [
        pytest.param(
            {},
            [
                ("safety:medicine", "block", False),
                ("safety:pregnancy", "block", False),
                ("safety:allergy", "block", False),
            ],
            id="nothing asked",
        ),
        pytest.param({"medicine": SAME, "pregnancy": SAME, "allergy": SAME}, [], id="no change"),
        pytest.param(
            {"medicine": SAME, "pregnancy": SAME}, [("safety:allergy", "block", False)], id="one left out"
        ),
        pytest.param(
            {"medicine": {"changed": True}, "pregnancy": SAME, "allergy": SAME},
            [("safety-what:medicine", "block", True)],
            id="changed, but how",
        ),
        pytest.param(
            {
                "medicine": {"changed": True, "ended": [3], "ended_words": "Stopped in May."},
                "pregnancy": SAME,
                "allergy": SAME,
            },
            [],
            id="something ended",
        ),
        pytest.param(
            {"medicine": {"changed": True, "ended": [3]}, "pregnancy": SAME, "allergy": SAME},
            [("safety-ended:medicine", "block", True)],
            id="ended, but nobody says how that is known",
        ),
        pytest.param(
            {
                "medicine": SAME,
                "pregnancy": SAME,
                "allergy": {"changed": True, "new": [{"factor": 1, "label": "Latex"}]},
            },
            [],
            id="something new",
        ),
    ],
)
def test_every_question_is_asked_and_a_change_says_what(safety, found):
    assert codes(check_safety_questions_answered(safety)) == found


def test_only_what_has_changed_changes_the_record():
    new = [{"factor": 7, "label": "Isotretinoin"}, {"factor": None, "label": "Arnica"}]
    safety = {
        "medicine": {"changed": True, "new": new, "ended": [3], "ended_words": "Stopped in May."},
        "pregnancy": {
            "changed": True,
            "ended": [4],
            "ended_words": "over",
        },  # as long as nobody writes more, it stands
        "allergy": {"changed": False, "new": [{"factor": 1, "label": "Latex"}]},
    }

    assert risk_changes_from_answers(safety) == Changes(
        new=(NewRisk("medicine", "Isotretinoin", 7), NewRisk("medicine", "Arnica", None)),
        ended=(3,),
        words={3: "Stopped in May."},
    )


# --- what stays in the syringe -----------------------------------------------


@pytest.mark.parametrize(
    ("drawn", "delivered", "wasted"),
    [
        pytest.param(["1.0", "1.0"], "1.96", ["0.02", "0.02"], id="of both the same"),
        pytest.param(
            ["1.0", "1.0", "0.6", "0.5"], "3.07", ["0.01", "0.01", "0.01", "0"], id="largest remainder"
        ),
        pytest.param(["1.0", "0.5"], "1.5", ["0", "0"], id="nothing stayed"),
        pytest.param(["1.0", "0.5"], "1.55", ["0", "0"], id="more than drawn, by a hair"),
        pytest.param(["1.0", "0.5"], "0", ["0", "0"], id="nobody says what went in"),
        pytest.param(["0.01", "0.01"], "0.01", ["0", "0"], id="a hundredth of each went in"),
        pytest.param(["2.0"], "0.5", ["1.5"], id="one alone"),
    ],
)
def test_what_stays_is_of_every_dose_in_proportion(drawn, delivered, wasted):
    assert waste_ml_of_each_dose([D(ml) for ml in drawn], D(delivered)) == [D(ml) for ml in wasted]


@given(st.lists(st.integers(1, 600), min_size=1, max_size=6), st.integers(0, 4000))
def test_waste_adds_up_and_something_of_every_dose_went_in(hundredths, delivered):
    drawn = [D(n) / 100 for n in hundredths]
    went_in = D(delivered) / 100

    wasted = waste_ml_of_each_dose(drawn, went_in)

    room = sum(drawn) - D("0.01") * len(drawn)
    wanted = max(sum(drawn) - went_in, D(0)) if went_in > 0 else D(0)
    assert sum(wasted) == min(wanted, room)
    assert all(0 <= left < ml for left, ml in zip(wasted, drawn, strict=True))


# --- per cm² -----------------------------------------------------------------


def test_a_zone_gets_so_many_ml_and_mg_for_each_cm2():
    """1 ml of 250 mg/ml in 3.1 ml are 80.6 mg/ml; 0.03 ml on each cm² bring 2.42 mg."""
    strengths = mg_per_ml_in_syringe(
        [
            Drawn(D(1), [("Dexpanthenol", D(250))]),
            Drawn(D(1), [("Biotin", D(5))]),
            Drawn(D("1.1"), [("Unknown", None)]),
        ]
    )

    found = zone_density(42, D("0.03"), D(42), strengths)

    assert found.ml == D("0.03")
    assert {name: round(mg, 3) for name, mg in found.mg.items()} == {
        "Dexpanthenol": D("2.419"),
        "Biotin": D("0.048"),
    }


def test_without_an_area_or_a_volume_there_is_no_dose_per_cm2():
    assert mg_per_ml_in_syringe([]) == {}
    assert zone_density(42, D("0.03"), D(0), {"Biotin": D(1)}) == Density(None, {})


# --- what differs from the plan ----------------------------------------------

COURSE = Course(
    assessed=frozenset({"FRONTAL"}),
    ml_per_point=(D("0.02"), D("0.05")),
    depth_mm=(D(2), D(4)),
    spacing_cm=D(1),
    technique="Nappage",
    needle="30G 4 mm",
    proposed_ml=D("0.015"),
    proposed_depth=D(2),
)
AS_PLANNED = Treated("FRONTAL", "Frontal", D("0.03"), D(2), D(1))


@pytest.mark.parametrize(
    ("change", "technique", "code"),
    [
        pytest.param({}, "nappage ", None, id="as planned"),
        pytest.param({"depth_mm": D(4)}, "nappage", None, id="deepest allowed"),
        pytest.param({"depth_mm": D(5)}, "nappage", "deviates:depth:FRONTAL:5", id="too deep"),
        pytest.param(
            {"ml_per_point": D("0.06")}, "nappage", "deviates:ml:FRONTAL:0.06", id="too much a point"
        ),
        pytest.param({"ml_per_point": D("0.015")}, "nappage", None, id="what the plan itself proposes"),
        pytest.param(
            {"ml_per_point": D("0.014")}, "nappage", "deviates:ml:FRONTAL:0.014", id="too little a point"
        ),
        pytest.param({"spacing_cm": D(2)}, "nappage", "deviates:spacing:FRONTAL:2", id="wider apart"),
        pytest.param({"spacing_cm": None}, "nappage", None, id="spacing not said"),
        pytest.param(
            {"code": "VERTEX", "name": "Vertex"},
            "nappage",
            "deviates:zone:VERTEX",
            id="a zone nobody assessed",
        ),
        pytest.param(
            {"code": "", "name": "Bald patch"}, "nappage", "deviates:zone:Bald patch", id="a drawn zone"
        ),
        pytest.param({}, "papule", "deviates:technique:papule", id="another technique"),
        pytest.param({}, "", None, id="technique not said"),
    ],
)
def test_only_a_deviation_asks_why(change, technique, code):
    found = check_deviations_from_course(COURSE, [replace(AS_PLANNED, **change)], technique, "30g  4 mm")

    assert [(f.code, str(f.level), f.where) for f in found] == ([(code, "warn", "map")] if code else [])


def test_a_protocol_that_says_nothing_asks_nothing():
    found = check_deviations_from_course(
        Course(assessed=frozenset({"FRONTAL"})),
        [Treated("FRONTAL", "Frontal", D(1), D(12), D(5))],
        "anything",
        "13 mm",
    )

    assert found == []


@pytest.mark.parametrize(
    ("limits", "words"), [((None, D(2)), "up to 2"), ((D(3), None), "from 3"), ((D(2), D(2)), "says 2 mm")]
)
def test_a_limit_is_said_as_people_say_it(limits, words):
    depth = D(1) if limits[1] is None else D(9)
    course = replace(COURSE, depth_mm=limits)

    [found] = check_deviations_from_course(course, [replace(AS_PLANNED, depth_mm=depth)], "", "")

    assert words in found.message


# --- drawn zones -------------------------------------------------------------


def test_an_outline_is_corners_in_percent():
    corners = parse_outline(" 10,10 30,10  20,30.456 ")

    assert corners == [[10, 10], [30, 10], [20, 30.46]]
    assert outline_text(corners) == "10,10 30,10 20,30.46"
    assert parse_outline("") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10,10 30,10", "3 to 60 corners"),
        ("1,1 " * 61, "3 to 60 corners"),
        ("10,10 30,10 20,130", "between 0 and 100"),
        ("10,10 30,10 20,nan", "between 0 and 100"),
        ("10,10 30,10 20", "between 0 and 100|pairs of percent"),
        ("10,10 30,10 a,b", "pairs of percent"),
    ],
)
def test_an_outline_that_is_none_says_why(text, said):
    with pytest.raises(ValueError, match=said):
        parse_outline(text)


def test_a_drawn_area_is_its_share_of_the_picture():
    """A fifth by a tenth of the picture of 1191 cm² is 23.8 cm², whichever way round it was drawn."""
    square = [[10, 10], [30, 10], [30, 20], [10, 20]]

    assert outline_area_cm2(square) == D("23.8")
    assert outline_area_cm2(square[::-1]) == D("23.8")
    assert outline_area_cm2([]) == 0


# --- how far the page is -----------------------------------------------------

FULL = Charted(
    measured=2,
    asked=3,
    ticked=17,
    must=17,
    doses=4,
    read=4,
    zones=2,
    points=78,
    delivered=D("2.5"),
    drawn=D("2.6"),
    pain=4,
    reactions=0,
    ticked_after=11,
    must_after=11,
    next_on="2027-01-01",
    note=True,
)


def states(charted):
    return {s.code: s.state for s in section_states(charted)}


def test_a_page_is_in_the_order_of_the_work():
    assert list(states(FULL)) == [
        "since",
        "safety",
        "checklist",
        "syringe",
        "map",
        "pain",
        "reactions",
        "photos",
        "aftercare",
        "note",
    ]


def test_a_full_page_misses_nothing_and_says_so_in_a_line():
    found = {s.code: (s.state, s.line) for s in section_states(FULL)}

    assert State.MISSING not in {state for state, _ in found.values()}
    assert found["map"] == (State.DONE, "78 points · 2.5 of 2.6 ml")
    assert found["aftercare"] == (State.DONE, "11 of 11 · 2027-01-01")
    assert found["photos"][0] is State.LATER


@pytest.mark.parametrize(
    ("change", "section"),
    [
        ({"asked": 2}, "safety"),
        ({"ticked": 16}, "checklist"),
        ({"read": 3}, "syringe"),
        ({"without_lot": 1}, "syringe"),
        ({"doses": 0, "read": 0}, "syringe"),
        ({"points": 0}, "map"),
        ({"wrong_zones": 1}, "map"),
        ({"pain": None}, "pain"),
        ({"reactions": None}, "reactions"),
        ({"ticked_after": 10}, "aftercare"),
    ],
)
def test_what_is_missing_has_its_cross(change, section):
    found = states(replace(FULL, **change))

    assert [code for code, state in found.items() if state is State.MISSING] == [section]


def test_pain_of_nought_is_an_answer_and_a_note_may_stay_away():
    found = states(replace(FULL, pain=0, note=False, measured=0))

    assert (found["pain"], found["note"], found["since"]) == (State.DONE, State.OPEN, State.OPEN)
