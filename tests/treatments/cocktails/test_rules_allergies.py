"""Allergies at the bench: the same drug, its relatives, and what nothing here contains."""

from dataclasses import replace

import pytest

from tests.treatments.cocktails.test_golden import MAN, RULEBOOK, SUBSTANCES, TODAY, WOMAN, D, levels, line
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.mix import Mix, Person
from treatments.cocktails.rules.rulebook import Rulebook


def findings(drawn: str, *factors: str, like: Person = WOMAN) -> dict[str, str]:
    parts = (part.split() for part in drawn.split(","))
    mix = Mix("cocktail", tuple(line(code, ml) for code, ml in parts), D(5))
    return levels(mix, replace(like, factors=frozenset(factors)))


@pytest.mark.parametrize("code", sorted(code for code in SUBSTANCES if SUBSTANCES[code].status == "allowed"))
def test_an_allergy_to_what_is_drawn_blocks_and_nobody_passes_it(code):
    found = findings(f"{code} 0.2, riboflavin 0.2", f"allergy_component:{code}")

    assert found[f"contra:{code}:allergy_component"] == "fixed"


@pytest.mark.parametrize(
    ("drawn", "factor", "code", "level"),
    [
        ("dutasteride", "allergy_component:finasteride", "dutasteride", "block"),
        ("polynucleotides", "allergy_component:pdrn", "polynucleotides", "block"),
        ("triamcinolone-acetonide", "allergy_other:corticosteroid", "triamcinolone-acetonide", "block"),
        ("l-cysteine", "allergy_other:acetylcysteine", "l-cysteine", "warn"),
        ("procaine", "allergy_other:ppd", "procaine", "warn"),
        ("lidocaine", "allergy_amide", "lidocaine", "fixed"),
        ("lidocaine", "allergy_la_unknown", "lidocaine", "block"),
        ("procaine", "allergy_la_unknown", "procaine", "block"),
        ("lidocaine", "anaesthetic_reaction", "lidocaine", "block"),
        ("procaine", "allergy_ester", "procaine", "fixed"),
        ("caffeine", "allergy_xanthine", "caffeine", "fixed"),
        ("biotin", "allergy_b_vitamin", "biotin", "block"),
        ("thiamine", "allergy_b_vitamin", "thiamine", "fixed"),
        ("prp", "cancer_medicine", "prp", "fixed"),
        ("growth-factors", "cancer_medicine", "growth-factors", "fixed"),
        ("finasteride", "five_ari_oral", "finasteride", "warn"),
        ("minoxidil", "minoxidil_other_route", "minoxidil", "warn"),
        ("minoxidil", "bp_lowering_medicine", "minoxidil", "warn"),
        ("vitamin-c", "kidney_stones", "vitamin-c", "warn"),
    ],
)
def test_its_relatives_block_or_warn(drawn, factor, code, level):
    assert findings(f"{drawn} 0.2, zinc 0.2", factor)[f"contra:{code}:{factor}"] == level


def test_an_excipient_asks_for_the_label_to_be_read():
    found = findings("biotin 1, zinc 1", "allergy_other:sulfite")

    assert found["contra:*treatment:allergy_other:sulfite"] == "warn"
    assert "allergy-other:sulfite" not in found


def test_a_known_allergen_without_a_bearing_is_said_and_stops_nobody():
    found = findings("biotin 1, zinc 1", "allergy_other:penicillin", "allergy_sulfonamide")

    assert found["allergy-other:penicillin"] == "note"
    assert found["allergy-other:sulfonamide"] == "note"
    assert "block" not in found.values()


def test_what_stands_in_the_syringe_is_not_said_to_be_absent():
    found = findings("biotin 1, zinc 1, saline-09 1", "allergy_other:saline-09")

    assert found["allergy-other:saline-09"] == "warn"


def test_a_warning_for_women_says_nothing_of_a_man_and_a_block_still_asks():
    woman = findings("finasteride 1, biotin 1", "childbearing_unprotected")
    man = findings("finasteride 1, biotin 1", "childbearing_unprotected", like=MAN)

    assert woman["contra:*treatment:childbearing_unprotected"] == "warn"
    assert woman["contra:finasteride:childbearing_unprotected"] == "fixed"
    assert "contra:*treatment:childbearing_unprotected" not in man
    assert man["contra:finasteride:childbearing_unprotected"] == "block"


@pytest.mark.parametrize(
    ("name", "others", "warns"),
    [
        ("Zinc chloride 1 mg/ml", "", True),
        ("Zinc chloride 1 mg/ml", "biotin 1", False),
        ("Zinc sulfate 1 mg/ml", "", False),
    ],
)
def test_zinc_chloride_is_not_drawn_undiluted(name, others, warns):
    zinc = replace(line("zinc", "1"), product_name=name)
    beside = [line(*part.split()) for part in others.split(",") if part.strip()]

    found = levels(Mix("cocktail", (zinc, *beside), D(5)), WOMAN)

    assert (found.get("contra:*treatment:zinc_undiluted") == "warn") is warns


def test_two_unread_allergies_are_both_in_the_message():
    who = replace(
        WOMAN,
        factors=frozenset({"allergy_unread"}),
        factor_labels={"allergy_unread": "Allergy: “the blue ampoule” (not read); Allergy: “x7” (not read)"},
    )
    mix = Mix("cocktail", (line("biotin", "1"), line("zinc", "1")), D(5))

    [found] = [
        f
        for f in check_mix_against_all_rules(mix, who, RULEBOOK, area_cm2=D(70), today=TODAY)
        if f.code == "alert:state:allergy-unread"
    ]

    assert "the blue ampoule" in found.message
    assert "x7" in found.message
    assert "judge it yourself" in found.message


def test_a_rulebook_without_the_treatments_row_still_hears_an_own_row():
    own = Rulebook(contras=tuple(c for c in RULEBOOK.contras if c.substance == "zinc"))
    mix = Mix("cocktail", (line("biotin", "1"), line("zinc", "1")), D(5))
    who = replace(WOMAN, factors=frozenset({"allergy_component:zinc"}))

    codes = {f.code for f in check_mix_against_all_rules(mix, who, own, area_cm2=D(70), today=TODAY)}

    assert "contra:zinc:allergy_component" in codes
