"""Relief by what it holds, whatever the amount; and an amount that nobody knows beside what is known."""

from decimal import Decimal

import pytest

from treatments.cocktails.rules.mix import Person
from treatments.cocktails.rules.rulebook import Contra, Limit, Rulebook
from treatments.sessions.rules.pain_relief import ReliefFact, check_relief_says_lidocaine_mg
from treatments.sessions.rules.relief_substances import (
    check_relief_contraindications,
    lidocaine_limit_mg_or_none,
)

D = Decimal

CREAM = "topical-anaesthetic-cream"


def contra(substance, factor, basis="stated", severity="absolute"):
    return Contra(
        substance, factor, f"Allergy: {factor}", severity, "", "why", "block", basis, "[LABEL] A label"
    )


BOOK = Rulebook(
    contras=(
        contra(CREAM, "allergy_amide"),
        contra("lidocaine", "allergy_amide"),
        contra("lidocaine", "allergy_la_unknown", "inferred"),
        contra("lidocaine", "allergy_paraben"),
        contra("lidocaine", "cardiac", severity="relative"),
        contra(CREAM, "allergy_ester", "inferred"),
        contra("*treatment", "allergy_component"),
    ),
    limits=(
        Limit("lidocaine", D(300), "mg", "session", D("4.5"), "label_same_route", "", "[LIDO] Label"),
        Limit("lidocaine", D(100), "mg", "session", None, "clinic", "", "own"),
    ),
)


def said(*relief, factors=()):
    """Code to whether nobody passes it."""
    person = Person(34, "female", D(60), frozenset(factors))
    return {each.code: each.fixed for each in check_relief_contraindications(relief, person, BOOK, {})}


@pytest.mark.parametrize("mg", [None, D(0), D(20)], ids=["not said", "none", "20 mg"])
@pytest.mark.parametrize(
    ("method", "code"),
    [("cream", f"contra:{CREAM}:allergy_amide"), ("nerve_block", "contra:lidocaine:allergy_amide")],
)
def test_an_allergy_refuses_whatever_the_amount(method, code, mg):
    assert said(ReliefFact(method, mg), factors=["allergy_amide"]) == {code: True}


def test_ice_holds_nothing():
    assert said(ReliefFact("ice"), factors=["allergy_amide", "allergy_ester"]) == {}


def test_an_allergy_that_no_rule_of_the_cream_names_speaks_of_the_lidocaine_in_it():
    assert said(ReliefFact("cream"), factors=["allergy_la_unknown"]) == {
        "contra:lidocaine:allergy_la_unknown": False
    }
    assert said(ReliefFact("cream"), factors=["allergy_component:lidocaine"]) == {
        "contra:lidocaine:allergy_component": True
    }


def test_what_is_said_of_an_injection_alone_is_not_said_of_a_cream():
    assert said(ReliefFact("cream"), factors=["allergy_paraben", "cardiac"]) == {}
    assert set(said(ReliefFact("nerve_block"), factors=["allergy_paraben", "cardiac"])) == {
        "contra:lidocaine:allergy_paraben",
        "contra:lidocaine:cardiac",
    }


@pytest.mark.parametrize(("label", "found"), [("", True), ("other", True), ("lidocaine_prilocaine", False)])
def test_an_ester_allergy_speaks_of_a_cream_until_its_label_was_read(label, found):
    assert bool(said(ReliefFact("cream", label=label), factors=["allergy_ester"])) is found


def test_what_was_given_already_is_refused_no_more_and_says_so():
    person = Person(34, "female", D(60), frozenset({"allergy_amide"}))
    (found,) = check_relief_contraindications([ReliefFact("cream", is_given=True)], person, BOOK, {})

    assert (found.blocks, found.fixed) == (True, False)
    assert "It was given already: a clinician writes what was done about it." in found.message


def test_the_words_say_what_to_do_at_the_field():
    person = Person(34, "female", D(60), frozenset({"allergy_amide"}))
    (found,) = check_relief_contraindications([ReliefFact("nerve_block")], person, BOOK, {})

    assert found.message == "Allergy: allergy_amide: no lidocaine in the nerve block (why). Do not give it."
    assert found.where == "relief"


@pytest.mark.parametrize(
    ("syringe", "block_mg", "level"),
    [
        ("0", "135", "warn"),  # exactly half of 270
        ("0", "136", "block"),
        ("100", "35", "warn"),
        ("100", "35.1", "block"),
        ("0", None, "warn"),
    ],
)
def test_an_unknown_amount_blocks_once_more_than_half_of_the_limit_is_known(syringe, block_mg, level):
    block = ReliefFact("nerve_block", None if block_mg is None else D(block_mg))
    found = {
        each.code: each
        for each in check_relief_says_lidocaine_mg(
            [ReliefFact("cream"), block], syringe_mg=D(syringe), limit_mg=D(270)
        )
    }

    assert (found["relief-mg:cream"].level, found["relief-mg:cream"].fixed) == (level, False)


def test_without_a_limit_on_file_an_unknown_amount_only_asks():
    (found,) = check_relief_says_lidocaine_mg([ReliefFact("cream")], syringe_mg=D(500))

    assert found.level == "warn"


@pytest.mark.parametrize(
    ("weight", "limit"), [("60", "270.0"), ("50", "225.0"), ("70", "300"), (None, "300")]
)
def test_the_limit_of_lidocaine_is_its_labels_by_weight(weight, limit):
    person = Person(34, "female", None if weight is None else D(weight))

    assert lidocaine_limit_mg_or_none(BOOK, person) == D(limit)
    assert lidocaine_limit_mg_or_none(Rulebook(), person) is None
