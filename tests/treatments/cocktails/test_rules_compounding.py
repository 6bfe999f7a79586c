"""Where only a pharmacy may mix, a mixture says so before anything is drawn."""

from dataclasses import replace

import pytest

from mesoclinic.core.findings import Refused, gate
from tests.treatments.cocktails.golden import RULEBOOK, TODAY, WOMAN, mix
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.compounding import check_only_pharmacy_may_mix


def at_a_pharmacy(lines, **more):
    return replace(mix(lines, **more), compounding="pharmacy")


@pytest.mark.parametrize(
    "lines", ["biotin 1, zinc 1", "biotin 1, lidocaine 1", "biotin 1, zinc 1, saline-09 1"]
)
def test_several_products_are_a_mixture(lines):
    (finding,) = check_only_pharmacy_may_mix(at_a_pharmacy(lines))

    assert (finding.code, finding.blocks, finding.basis) == ("compounding", True, "stated")
    assert "only a pharmacy may mix" in finding.message
    assert "HAS14" in finding.source


@pytest.mark.parametrize("lines", ["minoxidil 2", "minoxidil 2, saline-09 1", "saline-09 1"])
def test_one_product_diluted_or_not_is_no_mixture(lines):
    assert list(check_only_pharmacy_may_mix(at_a_pharmacy(lines))) == []


def test_a_clinic_that_may_mix_is_not_asked():
    assert list(check_only_pharmacy_may_mix(mix("biotin 1, zinc 1"))) == []


def test_a_clinician_goes_past_it_by_writing_which_pharmacy_made_it():
    findings = [
        finding
        for finding in check_mix_against_all_rules(
            at_a_pharmacy("biotin 1, zinc 1"), WOMAN, RULEBOOK, area_cm2=None, today=TODAY
        )
        if finding.code == "compounding"
    ]
    reasons = {"compounding": "Made by the made-up pharmacy, order 12."}

    with pytest.raises(Refused):
        gate(findings, {}, may_override=True)
    with pytest.raises(Refused):
        gate(findings, reasons, may_override=False)
    (passed,) = gate(findings, reasons, may_override=True)
    assert passed.code == "compounding"
