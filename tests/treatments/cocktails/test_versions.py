"""How one version differs from another, said in words."""

from decimal import Decimal

import pytest

from treatments.cocktails.rules.versions import (
    Drawn,
    Formula,
    changed_meanwhile_finding,
    formula_difference_texts,
)


def formula(drawn="", kind="cocktail", syringe_ml="5"):
    lines = tuple(
        Drawn(name.lower(), name, Decimal(ml))
        for name, ml in (part.split() for part in drawn.split(",") if part.strip())
    )
    return Formula(lines, kind, Decimal(syringe_ml))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (formula("Biotin 1"), formula("Biotin 1.00"), []),
        (formula("Biotin 1"), formula("Biotin 0.5"), ["Biotin 1 ml became 0.5 ml"]),
        (formula("Biotin 1"), formula("Biotin 1, Zinc 2"), ["Zinc 2 ml added"]),
        (formula("Biotin 1, Zinc 2"), formula("Zinc 2"), ["Biotin 1 ml taken out"]),
        (formula("Biotin 1, Zinc 2"), formula("Zinc 2, Biotin 1"), ["Drawn in another order"]),
        (formula(), formula(syringe_ml="10"), ["Syringe of 5 ml became 10 ml"]),
        (formula(), formula(kind="single"), ["Cocktail became single"]),
    ],
    ids=["nothing", "volume", "added", "taken out", "order", "syringe", "kind"],
)
def test_a_difference_is_a_sentence(before, after, said):
    assert formula_difference_texts(before, after, {"cocktail": "Cocktail"}) == said


def test_two_editors_are_told_both():
    finding = changed_meanwhile_finding(formula("Biotin 1"), formula())

    assert finding.fixed
    assert "now holds Biotin 1 ml; here it holds empty" in finding.message
