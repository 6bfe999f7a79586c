"""The ceilings of a numbing cream: 60 g, on 600 cm²."""

from decimal import Decimal as D

import pytest

from treatments.cocktails.rules.rulebook import VolumeCeiling
from treatments.sessions.rules.cream_amounts import check_cream_ceilings
from treatments.sessions.rules.pain_relief import FIELD, ReliefFact


def ceiling(
    what: str, maximum: str, unit: str, finding: str, level: str = "block_overridable"
) -> VolumeCeiling:
    return VolumeCeiling(
        what=what,
        technique="",
        scope="ingredient",
        ingredient="topical-anaesthetic-cream",
        zone="",
        maximum=D(maximum),
        unit=unit,
        level=level,
        finding=finding,
        note="",
        basis="stated",
        source="EMLA",
    )


CEILINGS = [
    ceiling("cream amount", "60", "g", "cream-grams"),
    ceiling("cream area", "600", "cm2", "cream-area"),
    ceiling("volume per session", "5", "mL", "volume-session"),
]


@pytest.mark.parametrize(
    ("mg", "area", "codes"),
    [
        ("1500", "600", []),  # 60 g on 600 cm²
        ("1500.1", "600", ["cream-grams"]),
        ("1500", "600.1", ["cream-area"]),
        ("1600", "700", ["cream-area", "cream-grams"]),
        (None, None, []),
        ("1600", None, ["cream-grams"]),
    ],
)
def test_more_cream_or_more_skin_than_its_label_says_asks_a_clinician(mg, area, codes):
    relief = [ReliefFact("cream", None if mg is None else D(mg))]

    found = check_cream_ceilings(relief, CEILINGS, None if area is None else D(area))

    assert [(each.code, each.fixed, each.where) for each in found] == [(code, False, FIELD) for code in codes]


def test_a_nerve_block_is_no_cream_and_the_clinics_own_ceiling_is_the_strictest():
    own = ceiling("cream amount", "30", "g", "cream-grams", "block_fixed")

    assert check_cream_ceilings([ReliefFact("nerve_block", D(1600))], CEILINGS, D(900)) == []
    [found] = check_cream_ceilings([ReliefFact("cream", D(1600))], [own, *CEILINGS], None)

    assert found.fixed
    assert found.message.startswith("64 g of cream: the highest on file is 30 g.")
