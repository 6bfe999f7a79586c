"""When a row of the catalogue may change, and which figures are mistyped."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.catalogue.rules import (
    ProductFact,
    check_dose_limit_figures_and_unit,
    check_ingredient_status_has_reason,
    check_official_block_stays,
    check_planned_change_not_in_force,
    check_product_fields,
    check_row_is_not_retired,
    check_rule_source_and_distinct_pair,
    check_something_changed_day_and_reason,
    finding_on_import_line,
    is_gtin,
)

TODAY = date(2026, 11, 25)


def where(findings):
    assert all(finding.fixed for finding in findings)
    return [finding.where for finding in findings]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, []),
        ({"valid_from": TODAY + timedelta(days=30)}, []),
        ({"valid_from": TODAY - timedelta(days=1)}, ["valid_from"]),
        ({"valid_from": TODAY + timedelta(days=733)}, ["valid_from"]),
        ({"reason": " a "}, ["reason"]),
        ({"reason": "x" * 201}, ["reason"]),
        ({"changed": []}, ["nothing"]),
    ],
)
def test_a_change_begins_today_or_later_and_says_why(said, found):
    change = {"changed": ["name"], "valid_from": TODAY, "reason": "New label.", "today": TODAY}

    assert where(check_something_changed_day_and_reason(**change | said)) == found


@pytest.mark.parametrize(
    ("figures", "found"),
    [
        ({}, []),
        ({"container_ml": D(0)}, ["container_ml"]),
        ({"container_ml": D("-0.01")}, ["container_ml"]),
        ({"container_ml": D(1000)}, []),
        ({"container_ml": D("1000.01")}, ["container_ml"]),
        ({"price_per_ml": D(0)}, []),
        ({"price_per_ml": D("-0.001")}, ["price_per_ml"]),
        ({"price_per_ml": D("10000.001")}, ["price_per_ml"]),
        ({"in_use_hours": 8760}, []),
        ({"in_use_hours": 8761}, ["in_use_hours"]),
        ({"gtin": "4006381333931"}, []),
        ({"gtin": "4006381333932"}, ["gtin"]),
        ({"blocked": True}, ["blocked_reason"]),
        ({"blocked": True, "blocked_reason": "Recalled by its maker."}, []),
        ({"injectable": "check"}, ["legal_route"]),
        ({"injectable": "no", "legal_route": "A cosmetic."}, []),
        ({"contents": {}}, ["contents"]),
        ({"contents": {"zinc": D(0)}}, ["contents"]),
        ({"contents": {"zinc": D(-1)}}, ["contents"]),
        ({"contents": {"zinc": D("2000.0001")}}, ["contents"]),
        ({"contents": {"zinc": None}}, []),
    ],
)
def test_a_figure_that_no_product_has_is_refused_at_its_field(figures, found):
    product = ProductFact(**{"contents": {"zinc": D(1)}} | figures)

    assert where(check_product_fields(product)) == found


@given(st.integers(0, 9999999999999))
def test_a_gtin_has_one_right_last_figure(number):
    body = f"{number:013d}"

    assert sum(is_gtin(body + str(figure)) for figure in range(10)) == 1


@pytest.mark.parametrize("text", ["", "123", "4006381333931 ", "400638133393١", "abcdefgh"])
def test_what_is_no_figures_is_no_gtin(text):
    assert not is_gtin(text)


@pytest.mark.parametrize(
    ("figures", "found"),
    [
        ({}, []),
        ({"value": None, "mg_per_kg": D("4.5")}, []),
        ({"value": None}, ["value"]),
        ({"value": D(0)}, ["value"]),
        ({"value": D(-5)}, ["value"]),
        ({"value": D(100_001)}, ["value"]),
        ({"mg_per_kg": D(0)}, ["mg_per_kg"]),
        ({"mg_per_kg": D(1001)}, ["mg_per_kg"]),
        ({"unit": "mL", "mg_per_kg": D(1)}, ["unit"]),
        ({"unit": "drops"}, ["unit"]),
        ({"period": "moon"}, ["period"]),
    ],
)
def test_a_limit_that_is_none_is_refused_at_its_field(figures, found):
    limit = {"value": D(10), "mg_per_kg": None, "unit": "mg", "period": "session"}

    assert where(check_dose_limit_figures_and_unit(**limit | figures)) == found


@pytest.mark.parametrize(
    ("status", "reason", "found"),
    [
        ("allowed", "", []),
        ("blocked", "Suspended in the EU.", []),
        ("blocked", " ", ["status_reason"]),
        ("restricted", "", ["status_reason"]),
    ],
)
def test_what_is_not_simply_allowed_says_why(status, reason, found):
    assert where(check_ingredient_status_has_reason(status=status, status_reason=reason)) == found


@pytest.mark.parametrize(
    ("shipped", "changes", "found"),
    [
        ({"status": "blocked"}, {"status": "allowed"}, ["status"]),
        ({"status": "blocked"}, {"status": "restricted"}, ["status"]),
        ({"status": "blocked"}, {"name": "Buflomedil"}, []),
        ({"status": "blocked"}, {"status": "blocked"}, []),
        ({"status": "allowed"}, {"status": "blocked"}, []),
        ({"blocked": True}, {"blocked": False}, ["blocked"]),
        ({"blocked": True}, {"blocked": True}, []),
        ({"severity": "absolute", "basis": "stated"}, {"severity": "relative"}, ["severity"]),
        ({"severity": "absolute", "basis": "stated"}, {"retired_at": True}, ["severity"]),
        ({"severity": "absolute", "basis": "stated"}, {"why": "In words."}, []),
        ({"severity": "absolute", "basis": "inferred"}, {"severity": "relative"}, []),
        ({"severity": "relative", "basis": "stated"}, {"retired_at": True}, []),
        ({}, {"status": "allowed", "severity": "relative", "blocked": False}, []),
    ],
)
def test_what_a_regulator_or_a_label_forbids_is_not_lifted_here(shipped, changes, found):
    assert where(check_official_block_stays(shipped, changes)) == found


def test_a_safety_rule_says_where_it_comes_from():
    assert check_rule_source_and_distinct_pair(has_source=True, source_text="") == []
    assert check_rule_source_and_distinct_pair(has_source=False, source_text="A leaflet") == []
    assert [f.where for f in check_rule_source_and_distinct_pair(has_source=False, source_text=" ")] == [
        "source_text"
    ]


def test_a_pair_is_of_two_ingredients_and_may_be_of_one_with_every_other():
    said = {"has_source": True, "source_text": ""}

    assert check_rule_source_and_distinct_pair(**said, first=1, second=2) == []
    assert check_rule_source_and_distinct_pair(**said, first=1, second=None) == []
    assert [f.code for f in check_rule_source_and_distinct_pair(**said, first=1, second=1)] == ["rule-second"]


def test_what_is_retired_is_not_changed_and_what_is_in_force_not_withdrawn():
    assert check_row_is_not_retired(is_retired=False) is None
    assert check_row_is_not_retired(is_retired=True).code == "change-retired"
    assert check_planned_change_not_in_force(is_applied=False) is None
    assert check_planned_change_not_in_force(is_applied=True).code == "change-applied"


def test_a_wrong_line_of_a_list_is_named_by_its_number_and_field():
    found = finding_on_import_line(12, "gtin", "It is that of another.")

    assert (found.code, found.where, found.fixed) == ("row-12-gtin", "12-gtin", True)
