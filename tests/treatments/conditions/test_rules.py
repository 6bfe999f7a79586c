import csv
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.conditions.rules.assessments import (
    AssessmentFact,
    ConditionFact,
    Figure,
    ZoneArea,
    check_assessment_allows_cocktail,
    check_figures_within_scale,
    check_level_is_of_scale,
    check_zone_areas_within_scalp,
    ml_for_area,
    ml_for_points,
    parse_scale_codes_with_sex,
    points_for_area,
    salt_score,
    scale_codes_for_sex,
    total_area_cm2,
)

DATA = Path(__file__).parents[3] / "mesoclinic" / "data"

SCALP = [
    ZoneArea("FRONTAL", D(70)),
    ZoneArea("MIDSCALP", D(50)),
    ZoneArea("VERTEX", D(80)),
    ZoneArea("TEMPORAL_L", D(40)),
    ZoneArea("TEMPORAL_R", D(40)),
    ZoneArea("PARIETAL_L", D(50)),
    ZoneArea("PARIETAL_R", D(50)),
    ZoneArea("OCCIPITAL", D(120)),
]

AGA = ConditionFact("androgenetic-alopecia", "Androgenetic alopecia")


def seen(findings):
    return [(f.code, str(f.level), f.fixed) for f in findings]


def test_the_zones_of_the_domain_make_a_whole_scalp():
    # docs/clinical.md §6: 70+50+80 = 200, 2×(40+50) = 180, 120: total 500
    assert total_area_cm2(SCALP) == D(500)


def test_no_zones_have_no_area():
    assert total_area_cm2([]) == D(0)


@pytest.mark.parametrize(
    ("top", "back", "left", "right", "score"),
    [
        pytest.param(0, 0, 0, 0, "0.0", id="all hair"),
        pytest.param(100, 100, 100, 100, "100.0", id="no hair"),
        pytest.param(100, 0, 0, 0, "40.0", id="the top"),
        pytest.param(0, 100, 0, 0, "24.0", id="the back"),
        pytest.param(0, 0, 100, 0, "18.0", id="the left side"),
        pytest.param(0, 0, 0, 100, "18.0", id="the right side"),
        pytest.param(50, 25, 10, 5, "28.7", id="some of each"),
        pytest.param("0.125", 0, 0, 0, "0.1", id="half a tenth goes up"),
    ],
)
def test_salt(top, back, left, right, score):
    found = salt_score(top=D(top), back=D(back), left=D(left), right=D(right))

    assert str(found) == score


percent = st.decimals(min_value=0, max_value=100, places=1)


@given(percent, percent, percent, percent)
def test_salt_lies_between_its_worst_and_best_zone(top, back, left, right):
    score = salt_score(top=top, back=back, left=left, right=right)

    lost = [top, back, left, right]
    assert min(lost) - D("0.05") <= score <= max(lost) + D("0.05")


@pytest.mark.parametrize("lost", ["-1", "100.1"])
def test_salt_takes_percentages_only(lost):
    with pytest.raises(ValueError, match="back: the hair lost is between 0 and 100"):
        salt_score(top=D(0), back=D(lost), left=D(0), right=D(0))


@pytest.mark.parametrize(
    ("area", "spacing", "points"),
    [
        pytest.param("70", "1", 70, id="70 cm² at 1 cm"),
        pytest.param("70", "2", 18, id="70 cm² at 2 cm is 17.5"),
        pytest.param("69", "2", 17, id="17.25"),
        pytest.param("78", "0.8", 122, id="closer"),
        pytest.param("0", "1", 0, id="no area"),
    ],
)
def test_points(area, spacing, points):
    assert points_for_area(D(area), D(spacing)) == points


@pytest.mark.parametrize("spacing", ["0", "-1"])
def test_points_stand_apart(spacing):
    with pytest.raises(ValueError, match="apart"):
        points_for_area(D(70), D(spacing))


def test_volumes_are_read_to_a_hundredth():
    assert [
        str(ml_for_points(102, D("0.03"))),
        str(ml_for_points(5, D("0.001"))),
        str(ml_for_area(D(70), D("0.05"))),
        str(ml_for_area(D(70), D("0.1"))),
    ] == ["3.06", "0.01", "3.50", "7.00"]


@pytest.mark.parametrize(
    ("text", "scales"),
    [
        (
            "HAMILTON_NORWOOD (men); LUDWIG, SINCLAIR (women); GPA7",
            [("HAMILTON_NORWOOD", "men"), ("LUDWIG", "women"), ("SINCLAIR", "women"), ("GPA7", "")],
        ),
        ("SALT;SALT_BAND ; PULL_TEST", [("SALT", ""), ("SALT_BAND", ""), ("PULL_TEST", "")]),
        ("ASFS", [("ASFS", "")]),
        ("", []),
        (" ; , ", []),
    ],
)
def test_scales_are_read_from_the_catalogue(text, scales):
    assert parse_scale_codes_with_sex(text) == scales


@pytest.mark.parametrize("text", ["LUDWIG (children)", "LUDWIG (women", "A (men) B"])
def test_scales_that_cannot_be_read_are_said(text):
    with pytest.raises(ValueError, match="cannot read the scales"):
        parse_scale_codes_with_sex(text)


def test_every_condition_of_the_data_has_scales_that_can_be_read():
    with (DATA / "conditions.csv").open(encoding="utf-8", newline="") as file:
        texts = [row["severity_scales"] for row in csv.DictReader(file)]

    codes = {code for text in texts for code, _ in parse_scale_codes_with_sex(text)}
    assert len(texts) == 26
    assert {"HAMILTON_NORWOOD", "LUDWIG", "SINCLAIR", "OLSEN", "SALT"} <= codes


AGA_SCALES = "HAMILTON_NORWOOD (men); LUDWIG, SINCLAIR (women); GPA7"


@pytest.mark.parametrize(
    ("sex", "scales"),
    [
        ("male", ["HAMILTON_NORWOOD", "GPA7"]),
        ("M", ["HAMILTON_NORWOOD", "GPA7"]),
        ("female", ["LUDWIG", "SINCLAIR", "GPA7"]),
        ("F", ["LUDWIG", "SINCLAIR", "GPA7"]),
        ("unknown", ["HAMILTON_NORWOOD", "LUDWIG", "SINCLAIR", "GPA7"]),
        ("intersex", ["HAMILTON_NORWOOD", "LUDWIG", "SINCLAIR", "GPA7"]),
        ("", ["HAMILTON_NORWOOD", "LUDWIG", "SINCLAIR", "GPA7"]),
    ],
)
def test_scales_fit_the_patient(sex, scales):
    assert scale_codes_for_sex(AGA_SCALES, sex) == scales


@pytest.mark.parametrize(
    ("areas", "found"),
    [
        pytest.param([78], [], id="two zones' worth"),
        pytest.param([380, 120], [], id="a whole scalp"),
        pytest.param([500, "0.1"], [("area:large", "warn", False)], id="a little more"),
        pytest.param([500, 500], [("area:large", "warn", False)], id="two scalps"),
        pytest.param([500, 501], [("area:absurd", "block", True)], id="more than two"),
        pytest.param([], [("area:none", "block", True)], id="nothing marked"),
        pytest.param([70, 0], [("area:Z1", "block", True)], id="a zone without area"),
        pytest.param([70, -1], [("area:Z1", "block", True)], id="below zero"),
    ],
)
def test_the_area_makes_sense(areas, found):
    zones = [ZoneArea(f"Z{at}", D(area)) for at, area in enumerate(areas)]

    assert seen(check_assessment_allows_cocktail(AssessmentFact(AGA, zones, "III"))) == found


@pytest.mark.parametrize(("name", "said"), [("Vertex (crown)", "Vertex (crown)"), ("", "V")])
def test_a_zone_is_called_by_its_name(name, said):
    (finding,) = check_assessment_allows_cocktail(AssessmentFact(AGA, [ZoneArea("V", D(0), name)], "III"))

    assert finding.message == (f"{said} has no area. Type its cm², or take the zone off the map.")


def test_a_zone_is_marked_once():
    zones = [SCALP[0], SCALP[1], SCALP[0]]

    findings = check_assessment_allows_cocktail(AssessmentFact(AGA, zones, "III"))

    assert seen(findings) == [("zone-twice:FRONTAL", "block", True)]


@pytest.mark.parametrize(
    ("role", "found"),
    [
        ("indication", []),
        ("indication (doubtful)", [("doubtful:x", "warn", False)]),
        ("doubtful", [("doubtful:x", "warn", False)]),
        ("indication (after infection excluded)", [("examine:x", "warn", False)]),
        ("related / treat first", [("treat-first:x", "warn", False)]),
        ("related", [("related:x", "note", False)]),
        ("related/refer", [("refer:x", "block", False)]),
        ("exclusion", [("refer:x", "block", False)]),
        ("exclusion (temporary)", [("refer:x", "block", False)]),
        ("exclusion/refer", [("refer:x", "block", False)]),
        ("cause", [("cause:x", "warn", False)]),
    ],
)
def test_what_is_not_injected_for_is_said(role, found):
    condition = ConditionFact("x", "This", role)

    assert seen(check_assessment_allows_cocktail(AssessmentFact(condition, SCALP, "III"))) == found


def test_an_exclusion_says_what_to_do_and_why():
    condition = ConditionFact(
        "tinea-capitis", "Tinea capitis", "exclusion", "Contagious; treat first", "[GK]"
    )

    (finding,) = check_assessment_allows_cocktail(AssessmentFact(condition, SCALP, "-"))

    assert (finding.message, finding.detail, finding.source, finding.where) == (
        "Tinea capitis: not treated with mesotherapy. Refer, or wait until it has settled.",
        "Contagious; treat first",
        "[GK]",
        "condition",
    )


@pytest.mark.parametrize(
    ("fact", "found"),
    [
        pytest.param(
            AssessmentFact(None, SCALP, "III"), [("condition:none", "block", True)], id="no condition"
        ),
        pytest.param(AssessmentFact(AGA, SCALP), [("severity:none", "warn", False)], id="no level"),
        pytest.param(AssessmentFact(AGA, SCALP, "S2", D("49.9")), [], id="SALT below severe"),
        pytest.param(
            AssessmentFact(AGA, SCALP, "S3", D(50)), [("salt:severe", "warn", False)], id="SALT severe"
        ),
    ],
)
def test_condition_and_severity_are_given(fact, found):
    assert seen(check_assessment_allows_cocktail(fact)) == found


# --- figures, levels and areas -----------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (D(0), None),
        (D(100), None),
        (D(-1), "Pull is at least 0, not -1."),
        (D(101), "Pull is at most 100, not 101."),
    ],
)
def test_a_figure_lies_between_the_ends_of_its_scale(value, said):
    found = check_figures_within_scale([Figure("PULL", "Pull", value, D(0), D(100), zone="FRONTAL")])

    assert [f.message for f in found] == ([f"{said} Check the number."] if said else [])
    assert all((f.code, f.fixed, f.where) == ("figure:PULL:FRONTAL", True, "measurements") for f in found)


def test_a_scale_without_ends_takes_every_figure():
    assert check_figures_within_scale([Figure("PULL", "Pull", D(10_000))]) == []


def test_a_level_is_of_the_scale_that_is_shown():
    assert check_level_is_of_scale(is_of_scale=True) == []
    assert [f.code for f in check_level_is_of_scale(is_of_scale=False)] == ["severity:other-scale"]


@pytest.mark.parametrize(("area", "codes"), [(D(600), []), (D("600.1"), ["area:FRONTAL"])])
def test_no_zone_is_larger_than_a_scalp(area, codes):
    assert [f.code for f in check_zone_areas_within_scalp([ZoneArea("FRONTAL", area, "Frontal")])] == codes
