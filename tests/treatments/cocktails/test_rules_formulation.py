"""What can be drawn into a syringe, and what a cocktail may be called."""

from datetime import date
from decimal import Decimal

import pytest

from treatments.cocktails.rules.formulation import (
    LineToDraw,
    check_cocktail_change_has_reason,
    check_cocktail_name_length,
    check_formulation_name_free_and_filled,
    check_lines_can_be_drawn,
    check_patient_record_is_open,
)

D = Decimal


def line(ml="1", **more):
    return LineToDraw(**{"code": "biotin", "label": "Biotin 5 mg/ml", "ml": D(ml), **more})


@pytest.mark.parametrize("ml", ["0.01", "1.25", "60"])
def test_what_can_be_measured_in_a_syringe_is_drawn(ml):
    assert check_lines_can_be_drawn([line(ml), line(ml, code="zinc", label="Zinc")]) == []


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        pytest.param([line("0")], ["ml:biotin"], id="nothing"),
        pytest.param([line("60.01")], ["ml:biotin"], id="more than a syringe holds"),
        pytest.param([line("1.255")], ["ml:biotin"], id="finer than a hundredth"),
        pytest.param([line(is_blocked=True)], ["blocked:biotin"], id="blocked"),
        pytest.param([line(), line("2")], ["twice:biotin"], id="twice"),
        pytest.param(
            [line("0", is_blocked=True), line()], ["blocked:biotin", "ml:biotin", "twice:biotin"], id="all"
        ),
    ],
)
def test_nobody_goes_past_what_cannot_be_drawn(lines, codes):
    found = check_lines_can_be_drawn(lines)

    assert [each.code for each in found] == codes
    assert all(each.fixed and each.where == "line:biotin" for each in found)


@pytest.mark.parametrize(("name", "ok"), [("M", True), ("x" * 80, True), ("  ", False), ("x" * 81, False)])
def test_a_cocktail_has_a_name_that_fits(name, ok):
    assert (check_cocktail_name_length(name) is None) == ok


@pytest.mark.parametrize(
    ("name", "is_taken", "is_empty", "code"),
    [
        ("Mix A", False, False, None),
        (" ", False, False, "name"),
        ("Mix A", True, False, "name-taken"),
        ("Mix A", False, True, "empty"),
        ("x" * 81, True, True, "name"),
    ],
)
def test_a_formulation_has_a_name_of_its_own_and_holds_something(name, is_taken, is_empty, code):
    found = check_formulation_name_free_and_filled(name, is_taken=is_taken, is_empty=is_empty)

    assert (found and found.code) == code
    assert found is None or found.where == "formulation_name"


@pytest.mark.parametrize(
    ("reason", "ok"), [("Itchy", True), ("abc", True), (" ab ", False), ("x" * 201, False)]
)
def test_a_signed_cocktail_changes_for_a_reason(reason, ok):
    assert (check_cocktail_change_has_reason(reason) is None) == ok


def test_no_cocktail_is_made_for_a_closed_record():
    assert check_patient_record_is_open(None, is_merged=False) is None
    assert check_patient_record_is_open(date(2026, 1, 1), is_merged=False).code == "closed-record"
    assert check_patient_record_is_open(None, is_merged=True).code == "closed-record"
