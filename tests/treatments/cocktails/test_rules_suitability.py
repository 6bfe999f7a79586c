"""Whether a formulation that stands ready fits: asked of every rule, and of what it is supported for."""

from dataclasses import replace
from datetime import date

import pytest

from tests.treatments.cocktails.golden import MAN, RULEBOOK, TODAY, WOMAN, D, line, lot, mix, person, premade
from treatments.cocktails.rules.suitability import Suitability, suitability_of_mix

AGA = ["androgenetic-alopecia"]


def suitability(of, who=WOMAN, conditions=AGA, **more) -> Suitability:
    return suitability_of_mix(of, conditions, who, RULEBOOK, area_cm2=D(70), today=TODAY, **more)


def test_supported_and_nothing_against_it_fits():
    found = suitability(mix("dexpanthenol 1, zinc 0.5"))

    assert (found.state, found.support, found.finding) == ("suitable", 1, None)
    assert found.why == "Dexpanthenol for androgenetic alopecia: weak support: expert use."


def test_a_fixed_block_is_told_first_and_it_is_not_offered():
    found = suitability(mix("minoxidil 1, dexpanthenol 1"), person("cardiac"))

    assert (found.state, found.finding.code) == ("blocked", "contra:minoxidil:cardiac")
    assert found.why == found.finding.message


@pytest.mark.parametrize(
    ("drawn", "code"),
    [
        ("copper 1, vitamin-c 0.2", "pair:copper+vitamin-c"),  # a block that a clinician may lift
        ("zinc 1, cyanocobalamin 1, nicotinamide 1", "pair:cyanocobalamin+nicotinamide"),  # a warning
    ],
)
def test_what_waits_for_a_reason_says_for_which(drawn, code):
    found = suitability(mix(drawn))

    assert (found.state, found.finding.code) == ("asks", code)


def test_what_no_source_supports_is_said_to_be_so():
    assert suitability(mix("riboflavin 1, nicotinamide 1")).state == "unsupported"
    assert suitability(mix("dexpanthenol 1, zinc 1"), conditions=[]) == Suitability(
        "unsupported", 0, "No condition is assessed yet."
    )


def test_what_was_tried_and_found_of_no_use_is_not_offered():
    found = suitability(mix("biotin 1, dexpanthenol 1"), conditions=["alopecia-areata"])

    assert (found.state, found.support) == ("unsupported", 0)
    assert "contested" in found.why


def test_the_shelf_decides_nothing():
    empty = mix("dexpanthenol 1", line("zinc", "0.5", stock=()))
    expiring = mix("dexpanthenol 1", line("zinc", "0.5", stock=(lot("Z", "5", date(2026, 12, 1)),)))

    assert suitability(empty) == suitability(expiring) == suitability(mix("dexpanthenol 1, zinc 0.5"))


def test_a_ready_made_product_is_supported_as_any_ready_made_is():
    bought = premade("house", "riboflavin")

    alone = suitability(replace(mix("", bought), kind="single"), MAN, ["telogen-effluvium"], is_premade=True)

    assert alone.why.startswith("A ready-made cocktail for telogen effluvium: weak support")
    assert suitability(replace(mix("", bought), kind="single"), MAN, ["telogen-effluvium"]).support == 0
