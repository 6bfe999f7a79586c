"""What a laboratory result says, by the laboratory's own interval and by the file of tests."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from treatments.conditions.rules.lab_plots import lab_range_plot_or_none
from treatments.conditions.rules.labs import (
    LabFact,
    LabReport,
    Position,
    alert_code_of_result_or_empty,
    alerts_of_lab_results,
    check_fresh_or_alerting_lab_results,
    check_lab_report_fields,
    check_result_may_be_replaced,
    findings_of_result,
)

DAY = date(2026, 11, 20)

FERRITIN = LabFact(
    code="FERRITIN",
    name="Ferritin",
    taken_on=DAY,
    value=D(41),
    unit="ug/L",
    standard=D(41),
    low=D(15),
    high=D(150),
    max_age_days=180,
    finding_low="alert:lab:ferritin-low",
    action="treat iron, find the bleeding; not an injection",
)
PLATELETS = LabFact(
    code="PLT",
    name="Platelets",
    taken_on=DAY,
    value=D(180),
    unit="10*3/uL",
    standard=D(180),
    low=D(150),
    high=D(400),
    max_age_days=90,
    finding_low="alert:lab:platelets under 100",
)
HAEMOGLOBIN = LabFact(
    code="HB",
    name="Haemoglobin",
    taken_on=DAY,
    value=D(131),
    unit="g/L",
    standard=D("13.1"),
    low=D(120),
    high=D(155),
    max_age_days=90,
    finding_low="alert:lab:hb-low under 10 for PRP",
)
PREGNANCY = LabFact(
    code="HCG-U",
    name="Pregnancy test, urine",
    taken_on=DAY,
    text="negative",
    usual_text="negative",
    max_age_days=7,
    finding_high="alert:lab:hcg-positive",
    action="stop",
)


@pytest.mark.parametrize(
    ("value", "position"),
    [("14.9", Position.LOW), ("15", Position.IN_RANGE), ("150", Position.IN_RANGE), ("150.1", Position.HIGH)],
)
def test_the_laboratorys_own_interval_decides_with_its_ends_inside(value, position):
    assert replace(FERRITIN, value=D(value)).position is position


def test_one_end_is_enough_and_none_says_nothing():
    assert replace(FERRITIN, low=None, value=D(3)).position is Position.IN_RANGE
    assert replace(FERRITIN, high=None, value=D(3)).position is Position.LOW
    assert replace(FERRITIN, low=None, high=None).position is Position.NO_INTERVAL


def test_words_that_are_not_the_usual_ones_stand_out():
    assert PREGNANCY.position is Position.IN_RANGE
    assert replace(PREGNANCY, text="Positive").position is Position.HIGH
    assert replace(PREGNANCY, text="Negative ").position is Position.IN_RANGE
    assert replace(PREGNANCY, usual_text="").position is Position.NO_INTERVAL


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (FERRITIN, ""),
        (replace(FERRITIN, value=D(14), standard=D(14)), "alert:lab:ferritin-low"),
        (replace(FERRITIN, value=D(200), standard=D(200)), ""),
        (replace(PLATELETS, value=D(140), standard=D(140)), ""),
        (replace(PLATELETS, value=D(100), standard=D(100)), ""),
        (replace(PLATELETS, value=D(99), standard=D(99)), "alert:lab:platelets"),
        (replace(HAEMOGLOBIN, value=D(100), standard=D(10)), ""),
        (replace(HAEMOGLOBIN, value=D(99), standard=D("9.9")), "alert:lab:hb-low"),
        (PREGNANCY, ""),
        (replace(PREGNANCY, text="positive"), "alert:lab:hcg-positive"),
    ],
    ids=lambda each: each if isinstance(each, str) else f"{each.code} {each.result_text}",
)
def test_which_results_mean_an_alert(fact, code):
    assert alert_code_of_result_or_empty(fact) == code


def test_a_figure_that_cannot_be_compared_is_judged_by_the_interval():
    unknown = replace(PLATELETS, standard=None)

    assert alert_code_of_result_or_empty(unknown) == ""
    assert alert_code_of_result_or_empty(replace(unknown, value=D(140))) == "alert:lab:platelets"


def test_within_the_interval_there_is_nothing_to_say():
    assert findings_of_result(FERRITIN) == []


def test_a_low_result_says_the_figure_the_day_and_what_to_do():
    [finding] = findings_of_result(replace(FERRITIN, value=D(14), standard=D(14)))

    assert (finding.code, finding.warns) == ("alert:lab:ferritin-low", True)
    assert finding.message == (
        "Ferritin 14 ug/L, 20 Nov 2026: low. Treat iron, find the bleeding; not an injection."
    )


def test_a_result_outside_that_no_alert_reads_is_a_note():
    [finding] = findings_of_result(replace(PLATELETS, value=D(140), standard=D(140)))

    assert (finding.code, finding.warns, finding.blocks) == ("lab:PLT:low", False, False)


def test_a_result_that_is_too_old_asks_for_nothing():
    high = replace(FERRITIN, value=D(200), standard=D(200))

    assert check_fresh_or_alerting_lab_results([high], date(2027, 5, 19)) != []
    assert check_fresh_or_alerting_lab_results([high], date(2027, 5, 20)) == []
    assert replace(high, max_age_days=None).is_fresh_on(date(2040, 1, 1))


def test_time_alone_ends_no_alert():
    low = replace(PLATELETS, value=D(80), standard=D(80))

    assert [finding.code for finding in check_fresh_or_alerting_lab_results([low], date(2029, 1, 1))] == [
        "alert:lab:platelets"
    ]


def test_an_alert_says_the_figure_with_its_unit_and_its_day():
    low = replace(PLATELETS, value=D(80), standard=D(80))

    [alert] = alerts_of_lab_results([low, FERRITIN, PREGNANCY])

    assert (alert.code, alert.since) == ("alert:lab:platelets", DAY)
    assert alert.slots == {"value": "80 10*3/uL", "date": "20 Nov 2026", "ceiling": "400"}


# ── to enter one ─────────────────────────────────────────────────────────────────────────────────

TODAY = date(2026, 11, 30)
BORN = date(1980, 5, 9)
UNITS = ("ng/mL", "ug/L")
FIGURE = LabReport(taken_on=DAY, value=D(41), unit="ug/L", low=D(15), high=D(150))
WORDS = LabReport(taken_on=DAY, text="negative")


def wrong(report, units):
    return check_lab_report_fields(report, units=units, born_on=BORN, today=TODAY)


@pytest.mark.parametrize("report", [FIGURE, replace(FIGURE, low=None), replace(FIGURE, high=None)])
def test_a_result_as_it_stands_on_the_report_is_taken(report):
    assert wrong(report, UNITS) == []


def test_a_result_in_words_is_taken_as_it_stands():
    assert wrong(WORDS, ()) == []


@pytest.mark.parametrize(
    ("report", "units", "where"),
    [
        (replace(FIGURE, value=None), UNITS, "value"),
        (replace(FIGURE, value=D(-1)), UNITS, "value"),
        (replace(FIGURE, unit=""), UNITS, "unit"),
        (replace(FIGURE, unit="g/dL"), UNITS, "unit"),
        (replace(FIGURE, low=None, high=None), UNITS, "low"),
        (replace(FIGURE, low=D(200)), UNITS, "high"),
        (replace(FIGURE, text="low"), UNITS, "text"),
        (replace(FIGURE, taken_on=date(2026, 12, 1)), UNITS, "taken_on"),
        (replace(FIGURE, taken_on=date(1980, 5, 8)), UNITS, "taken_on"),
        (replace(WORDS, text=" "), (), "text"),
        (replace(WORDS, value=D(1)), (), "value"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(report, units, where):
    [finding] = wrong(report, units)

    assert (finding.where, finding.blocks, finding.fixed) == (where, True, True)


def test_a_correction_has_a_reason_and_is_made_once():
    assert check_result_may_be_replaced("Typed in the wrong line", is_replaced_already=False) == []
    assert [f.code for f in check_result_may_be_replaced("  ", is_replaced_already=False)] == ["lab:reason"]
    assert [f.code for f in check_result_may_be_replaced("Wrong line", is_replaced_already=True)] == [
        "lab:replaced"
    ]


# ── the drawing ──────────────────────────────────────────────────────────────────────────────────


def test_the_interval_lies_in_the_line_and_the_result_in_the_interval():
    plot = lab_range_plot_or_none(FERRITIN, replace(FERRITIN, value=D(10)))

    band = float(plot.band_x), float(plot.band_x) + float(plot.band_width)
    assert 0 < band[0] < float(plot.now_x) < band[1] < 100
    assert float(plot.before_x) < band[0]


@pytest.mark.parametrize("fact", [PREGNANCY, replace(FERRITIN, low=None), replace(FERRITIN, low=D(150))])
def test_without_a_whole_interval_nothing_is_drawn(fact):
    assert lab_range_plot_or_none(fact) is None


def test_a_result_in_another_unit_is_not_drawn_on_the_same_line():
    assert lab_range_plot_or_none(FERRITIN, replace(FERRITIN, unit="nmol/L")).before_x == ""


def test_a_result_far_outside_stays_in_the_drawing():
    assert 0 <= float(lab_range_plot_or_none(replace(FERRITIN, value=D(9000))).now_x) <= 100
