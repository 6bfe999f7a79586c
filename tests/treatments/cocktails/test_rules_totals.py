"""The figures beside the syringe: totals, dilution, and a dose for each line."""

from decimal import Decimal

import pytest

from tests.treatments.cocktails.golden import (
    RULEBOOK,
    SUBSTANCES,
    TODAY,
    WOMAN,
    D,
    line,
    mix,
    person,
    premade,
)
from treatments.cocktails.rules.arithmetic import (
    counted_active_codes,
    most_sessions_in_period,
    round_to_four_figures,
    usage_of_each_limit,
)
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.mix import NOBODY, Content
from treatments.cocktails.rules.rulebook import Limit, Rulebook
from treatments.cocktails.rules.totals import SubstanceTotal, dose_lines, syringe_totals


def test_the_syringe_of_the_picture() -> None:
    drawn = mix("dexpanthenol 1, biotin 1, organic-silicium 0.6, copper 0.5, saline-09 0.9")

    figures = syringe_totals(drawn, D(78))

    assert (figures.total_ml, figures.room_ml, figures.actives_count) == (D(4), D(1), 4)
    assert figures.ml_per_cm2 == D("0.05128")
    assert [(row.substance.code, row.ml, row.mg) for row in figures.substances] == [
        ("dexpanthenol", D(1), D(250)),
        ("biotin", D(1), D(5)),
        ("organic-silicium", D("0.6"), D(3)),
        ("copper", D("0.5"), D("0.2")),
        ("saline-09", D("0.9"), D("8.1")),
    ]


def test_dilution_shows_mg_and_percent() -> None:
    """C2 = C1 × V1 / Vtotal (F12): 2 ml of 0.5 % minoxidil made up to 4 ml is 0.25 %."""
    [minoxidil, _] = syringe_totals(
        mix("minoxidil 2, saline-09 2", sessions=10), D(40), RULEBOOK, WOMAN
    ).substances

    assert minoxidil == SubstanceTotal(
        substance=SUBSTANCES["minoxidil"],
        ml=D(2),
        mg=D(10),
        mg_per_ml=D("2.5"),
        percent=D("0.25"),
        mg_per_cm2=D("0.25"),
        ml_per_cm2=D("0.05"),
        session_mg=D(10),
        month_mg=D(30),  # every 14 days: day 1, 15 and 29
        course_mg=D(100),
        mg_per_kg=None,  # its limit is not told per kg
        fraction=D(1),
        word="highest studied dose",
        products=(("Minoxidil", D(5), D("0.5")),),
        uses=minoxidil.uses,
    )
    assert [(use.used, use.allowed) for use in minoxidil.uses] == [(D(10), D(10))]


def test_one_substance_from_two_products_is_summed() -> None:
    stronger = line(
        "biotin", "0.5", product_code="biotin-10", contents=(Content(SUBSTANCES["biotin"], D(10)),)
    )

    [biotin, _] = syringe_totals(mix("biotin 1, zinc 1", stronger), None).substances[:1] + (None,)

    assert (biotin.ml, biotin.mg, biotin.ml_per_cm2) == (D("1.5"), D(10), None)


def test_what_is_not_known_is_none_and_not_zero() -> None:
    [prp] = syringe_totals(mix("prp 5", kind="single"), None, RULEBOOK, None).substances

    assert (prp.mg, prp.mg_per_ml, prp.percent, prp.mg_per_cm2, prp.course_mg, prp.fraction) == (None,) * 6


def test_half_a_known_dose_shows_no_part_of_its_limit() -> None:
    unknown = line("minoxidil", "1", product_code="other", contents=(Content(SUBSTANCES["minoxidil"], None),))
    half, too_much = (mix("minoxidil 1, biotin 1", unknown), mix("minoxidil 3, biotin 1", unknown))

    assert [row.fraction for row in dose_lines(half, RULEBOOK, WOMAN, None)] == [None] * 3
    assert dose_lines(too_much, RULEBOOK, WOMAN, None)[0].fraction == D("1.5")


def test_a_limit_says_nothing_until_the_weight_tells() -> None:
    per_kg = Limit("biotin", None, "mg", "session", D(1), "clinic", "", "")
    [use] = usage_of_each_limit(mix("biotin 1, zinc 1"), NOBODY, Rulebook(limits=(per_kg,)), None)

    assert (use.allowed_text_or_empty, use.used_fraction_or_none, use.missing) == ("", None, {"weight"})


def test_a_line_without_a_volume_adds_nothing() -> None:
    figures = syringe_totals(mix("biotin 1", line("zinc", None)), D(70))

    assert (figures.total_ml, figures.course_ml) == (D(1), D(1))
    assert (figures.substances[1].mg, figures.substances[1].mg_per_ml) == (D(0), None)


def test_an_empty_syringe_has_figures_too() -> None:
    figures = syringe_totals(mix(""), D(0))

    assert (figures.total_ml, figures.room_ml, figures.ml_per_cm2, figures.substances) == (
        D(0),
        D(5),
        None,
        (),
    )


@pytest.mark.parametrize(
    ("period", "sessions", "every_days", "times"),
    [
        ("session", 8, 14, 1),
        ("dose", 8, 1, 1),
        ("day", 8, 1, 1),
        ("week", 8, 7, 1),
        ("week", 8, 5, 2),
        ("week", 8, 1, 7),
        ("month", 8, 14, 3),  # day 1, 15 and 29 of thirty
        ("month", 2, 14, 2),  # no more than the course has
        ("month", 8, 30, 1),
        ("course", 8, 14, 8),
        ("course", 1, 14, 1),
    ],
)
def test_a_period_holds_as_many_sessions_as_fall_into_it(period, sessions, every_days, times) -> None:
    assert most_sessions_in_period(period, sessions, every_days) == times


@pytest.mark.parametrize(
    ("period", "most", "says"),
    [
        (
            "course",
            "40",
            "Minoxidil 60 mg over 6 sessions is above this clinic's limit, 40 mg per course. Draw at most 1.33 ml.",
        ),
        (
            "month",
            "25",
            "Minoxidil 30 mg over 3 sessions is above this clinic's limit, 25 mg per month. Draw at most 1.66 ml.",
        ),
        ("course", "60", ""),
    ],
)
def test_a_limit_per_period_counts_its_sessions(period, most, says) -> None:
    limit = Limit("minoxidil", D(most), "mg", period, None, "clinic", "", "")
    of = mix("minoxidil 2, biotin 1", sessions=6, every_days=14)

    found = check_mix_against_all_rules(of, WOMAN, Rulebook(limits=(limit,)), area_cm2=None, today=TODAY)

    said = [each.message for each in found if each.code == "dose:minoxidil"]
    assert said == ([f"{says} Or a clinician writes why."] if says else [])


def test_the_session_adds_its_other_syringe_and_the_course_multiplies_both() -> None:
    other = mix("minoxidil 1, zinc 1")
    figures = syringe_totals(
        mix("minoxidil 1, biotin 1", sessions=4, every_days=7), D(50), RULEBOOK, WOMAN, [other]
    )

    minoxidil = figures.substances[0]
    assert (minoxidil.mg, minoxidil.session_mg, minoxidil.month_mg, minoxidil.course_mg) == (
        D(5),
        D(10),
        D(40),
        D(40),
    )
    assert (figures.total_ml, figures.session_ml, figures.month_ml, figures.course_ml) == (
        D(2),
        D(4),
        D(16),
        D(16),
    )
    assert (figures.sessions, figures.month_sessions) == (4, 4)


def test_per_kg_is_said_where_a_limit_is_told_per_kg() -> None:
    figures = syringe_totals(mix("lidocaine 3, biotin 1, zinc 1"), None, RULEBOOK, WOMAN)
    unweighed = syringe_totals(mix("lidocaine 3, biotin 1"), None, RULEBOOK, person(weight_kg=None))

    assert [row.mg_per_kg for row in figures.substances] == [D("0.5"), None, None]
    assert unweighed.substances[0].mg_per_kg is None


def test_a_third_is_rounded_once_and_not_before_it_is_multiplied() -> None:
    """0.33 ml of 1.001 mg/ml is 0.33033 mg: 0.330 in a syringe, 3.303 over ten, not ten times 0.330."""
    odd = line("zinc", "0.33", contents=(Content(SUBSTANCES["zinc"], D("1.001")),))

    [zinc] = syringe_totals(mix("", odd, sessions=10), None).substances

    assert (zinc.mg, zinc.course_mg) == (D("0.330"), D("3.303"))


def test_the_course_multiplies() -> None:
    assert syringe_totals(mix("biotin 1, zinc 1", sessions=8), None).course_ml == D(16)


@pytest.mark.parametrize(
    ("drawn", "counted"),
    [
        (mix("biotin 1, saline-09 1, lidocaine 1, procaine 1, sodium-bicarbonate 1"), {"biotin"}),
        (mix("biotin 1", premade("bcn", "biotin", "zinc")), {"biotin", "product:bcn"}),
        (mix("biotin 1", premade("bcn", "biotin", "zinc", counts_as_one=False)), {"biotin", "zinc"}),
        (mix("biotin 1, buflomedil 1"), {"biotin"}),
        (mix("", premade("bcn", "zinc"), premade("bcn", "zinc")), {"product:bcn"}),
    ],
    ids=[
        "adjuvants are not",
        "a premade is one",
        "a premade by its actives",
        "blocked never",
        "twice is once",
    ],
)
def test_what_is_counted(drawn, counted) -> None:
    assert counted_active_codes(drawn) == counted


def test_dose_lines_say_limit_and_word() -> None:
    rows = dose_lines(mix("minoxidil 2.5, biotin 1, prp 1", line("zinc", None)), RULEBOOK, WOMAN, D(70))

    assert [(row.ml, row.mg, row.fraction, row.word, row.limit_text, row.exceeded) for row in rows] == [
        (D("2.5"), D("12.5"), D("1.25"), "highest studied dose", "10 mg per session", True),
        (D(1), D(5), None, "", "", False),
        (D(1), None, D("0.1429"), "highest volume in the protocols read", "7 ml per session", False),
        (None, None, None, "", "", False),
    ]


def test_a_line_of_several_substances_says_each_dose() -> None:
    both = (Content(SUBSTANCES["copper"], D("0.4")), Content(SUBSTANCES["zinc"], None))

    [row] = dose_lines(mix("", line("zinc", "0.5", contents=both)), RULEBOOK, None, None)

    assert (row.mg, [(each.code, mg) for each, mg in row.doses]) == (
        None,
        [("copper", D("0.2")), ("zinc", None)],
    )


@pytest.mark.parametrize(
    ("value", "read"),
    [("0", "0"), ("0.0014285", "0.001429"), ("12345.6", "12350"), ("9.99999", "10"), ("0.5000", "0.5")],
)
def test_ratios_are_read_to_four_figures(value: str, read: str) -> None:
    assert f"{round_to_four_figures(Decimal(value)):f}" == read
