"""What is offered for a condition, in which order, and why the rest is not."""

from decimal import Decimal

import pytest

from tests.treatments.cocktails.golden import RULEBOOK, SUBSTANCES, WOMAN, D, person
from treatments.cocktails.rules.mix import Person
from treatments.cocktails.rules.rulebook import Indicated, OtherTreatment, Rulebook
from treatments.cocktails.rules.suggestions import (
    Suggestion,
    other_treatment_evidence_text,
    other_treatments_for,
    suggest_ingredients,
    why_offered_or_not_text,
)

AGA = "androgenetic-alopecia"


def offered(
    *conditions: str,
    who: Person | None = WOMAN,
    stocked: dict[str, Decimal] | None = None,
    in_mix: tuple[str, ...] = (),
) -> dict[str, Suggestion]:
    found = suggest_ingredients(conditions, who, RULEBOOK, SUBSTANCES, stocked or {}, in_mix)
    assert len({each.substance.code for each in found}) == len(found)
    return {each.substance.code: each for each in found}


def test_support_first_then_the_seeds_order_of_work_then_the_name() -> None:
    assert [(s.substance.code, s.support, s.state) for s in offered(AGA).values()] == [
        ("dutasteride", 3, "can_add"),
        ("prp", 3, "can_add"),
        ("minoxidil", 2, "can_add"),
        ("biotin", 1, "can_add"),
        ("dexpanthenol", 1, "can_add"),
        ("pyridoxine", 1, "can_add"),
        ("vitamin-b-complex", 1, "can_add"),
        ("copper", 1, "can_add"),
        ("organic-silicium", 1, "can_add"),
        ("zinc", 1, "can_add"),
        ("hyaluronic-acid", 1, "can_add"),
        ("coenzyme-q10", 1, "can_add"),
        ("acetyl-tetrapeptide-3", 1, "can_add"),
        ("finasteride", 1, "can_add"),
        ("growth-factors", 1, "can_add"),
        ("pdrn", 1, "can_add"),
        ("pentoxifylline", 1, "can_add"),
        ("polynucleotides", 1, "can_add"),
        ("amino-acids", 0, "not_indicated"),
        ("mesoglycan", 0, "not_indicated"),
        ("premade-cocktail", 0, "not_indicated"),
        ("buflomedil", 0, "blocked"),
        ("exosomes", 0, "blocked"),
    ]


def test_stock_is_shown_and_never_moves_anything() -> None:
    with_stock = offered(AGA, stocked={"zinc": D("12.5")})

    assert list(with_stock) == list(offered(AGA))
    assert (with_stock["zinc"].stock_ml, with_stock["biotin"].stock_ml) == (D("12.5"), D(0))


def test_the_blocked_come_last_with_why() -> None:
    who = person("trying_to_conceive", "cardiac")

    found = offered(AGA, who=who)

    assert [(code, s.reason.code) for code, s in found.items() if s.reason] == [
        ("dutasteride", "contra:dutasteride:trying_to_conceive"),
        ("minoxidil", "contra:minoxidil:cardiac"),
        ("finasteride", "contra:finasteride:trying_to_conceive"),
        ("pentoxifylline", "contra:pentoxifylline:cardiac"),
        ("buflomedil", "blocked:buflomedil"),
        ("exosomes", "blocked:exosomes"),
    ]
    assert list(found)[-6:] == [code for code, s in found.items() if s.state == "blocked"]


def test_nothing_may_be_added_for_somebody_who_must_not_be_treated() -> None:
    found = offered("telogen-effluvium", who=person("active_scalp_infection"))

    assert {s.state for s in found.values()} == {"blocked"}
    assert found["biotin"].reason.code == "contra:*treatment:active_scalp_infection"


def test_an_allergy_nobody_named_leaves_the_list_open() -> None:
    assert offered("telogen-effluvium", who=person("allergy_component"))["biotin"].state == "can_add"


def test_what_is_in_the_syringe_says_so_and_keeps_its_reason() -> None:
    found = offered(AGA, who=person("cardiac"), in_mix=("biotin", "minoxidil"))

    assert (found["biotin"].state, found["biotin"].reason) == ("in_mix", None)
    assert (found["minoxidil"].state, found["minoxidil"].reason.code) == (
        "in_mix",
        "contra:minoxidil:cardiac",
    )


@pytest.mark.parametrize(
    ("condition", "code", "words", "contested"),
    [
        (AGA, "dutasteride", "controlled trials + 541-patient cohort", False),
        ("female-pattern", "minoxidil", "controlled trials: RCT", False),
        (AGA, "organic-silicium", "weak support: expert use", False),
        (
            "extreme-thinning",
            "prp",
            "extrapolated or partial trials: extrapolated: only if the underlying diagnosis is AGA",
            False,
        ),
        (AGA, "biotin", "contested: expert use; oral RCT negative", True),
        (AGA, "premade-cocktail", "contested: RCT negative vs topical minoxidil 5%", True),
        (
            "brittle-hair",
            "biotin",
            "contested: seed claim; editorial says not effective for shaft dystrophies",
            True,
        ),
        ("alopecia-areata", "prp", "contested: conflicting", True),
        ("alopecia-areata", "biotin", "contested: product page lists AA as contraindicated", True),
        ("dandruff-hair-loss", "zinc", "contested: expert/maker claim; no trial found", True),
        (AGA, "buflomedil", "contested: blocked", True),
        ("dry-scabbed-hair", "biotin", "weak support: seed/maker claim", False),
    ],
)
def test_evidence_is_said_in_words_and_contested_claims_as_contested(
    condition: str, code: str, words: str, contested: bool
) -> None:
    suggestion = offered(condition)[code]

    assert (suggestion.words, suggestion.contested) == (words, contested)


def test_the_best_supported_condition_speaks_and_the_remark_says_where_another_disagrees() -> None:
    found = offered("telogen-effluvium", AGA)

    assert (found["dutasteride"].condition, found["dutasteride"].support) == (AGA, 3)
    assert found["dutasteride"].remark.endswith("; for telogen effluvium: contested: not indicated")
    assert found["zinc"].condition == "telogen-effluvium"
    assert found["prp"].remark == "given alone, as a single preparation"


def test_no_condition_no_suggestion() -> None:
    assert offered() == {}
    assert offered("a-condition-nobody-wrote") == {}


def test_a_row_about_an_ingredient_outside_the_catalogue_is_passed_over() -> None:
    stray = Rulebook(indications=(Indicated(AGA, "unobtainium", 3, "RCT", "", "stated", ""),))

    assert suggest_ingredients([AGA], None, stray, SUBSTANCES, {}) == []


@pytest.mark.parametrize(
    ("code", "conditions", "who", "in_mix", "answer"),
    [
        ("unobtainium", [AGA], WOMAN, (), "It is not in this clinic's catalogue."),
        ("biotin", [AGA], WOMAN, ("biotin",), "Biotin is in the syringe."),
        (
            "buflomedil",
            [AGA],
            WOMAN,
            (),
            "Buflomedil is blocked: withdrawn in the EU for fatal cardiac and neurological effects.",
        ),
        (
            "minoxidil",
            [AGA],
            person("cardiac"),
            (),
            "Cardiac disease (recent MI, unstable angina, heart failure, arrhythmia): no Minoxidil (vasodilation, "
            "reflex tachycardia, fluid retention). Take it out of the syringe.",
        ),
        (
            "saline-09",
            [AGA],
            None,
            (),
            "Sodium chloride 0.9% is not an active: it is added as diluent or for pain relief, not suggested.",
        ),
        (
            "biotin",
            [AGA],
            WOMAN,
            (),
            "Biotin is suggested for androgenetic alopecia: contested: expert use; oral RCT negative.",
        ),
        (
            "amino-acids",
            [AGA],
            WOMAN,
            (),
            "Amino acids mix is not indicated for androgenetic alopecia: contested: part of the negative Gajjar 2019 "
            "solution.",
        ),
        (
            "l-cysteine",
            [AGA, "telogen-effluvium"],
            WOMAN,
            (),
            "No source on file supports L-cysteine for androgenetic alopecia and telogen effluvium. It is listed for "
            "brittle hair.",
        ),
        (
            "vitamin-c",
            [AGA],
            WOMAN,
            (),
            "No source on file supports Vitamin C for androgenetic alopecia. It is listed for no condition.",
        ),
        (
            "vitamin-c",
            [],
            WOMAN,
            (),
            "No condition is assessed yet, so nothing is suggested. It is listed for no condition.",
        ),
    ],
)
def test_why_not(
    code: str, conditions: list[str], who: Person | None, in_mix: tuple[str, ...], answer: str
) -> None:
    assert why_offered_or_not_text(code, conditions, who, RULEBOOK, SUBSTANCES, in_mix) == answer


OTHERS = Rulebook(
    others=(
        OtherTreatment(
            "female-pattern", "Lotion", 3, "trials", "pregnancy", False, "first line", 1, "stated", ""
        ),
        OtherTreatment("female-pattern", "Blood tests", None, "ferritin", "", False, "ask", 0, "stated", ""),
        OtherTreatment("alopecia-areata", "Wait", 2, "often regrows", "", False, "offer", 7, "stated", ""),
        OtherTreatment(
            "cause-stress",
            "Wait",
            None,
            "most recover",
            "",
            False,
            "first line",
            0,
            "stated",
            "",
            "stress",
            ("yes",),
        ),
        OtherTreatment(
            "cause-diet",
            "Iron",
            1,
            "only when low",
            "",
            True,
            "ask",
            0,
            "stated",
            "",
            "diet",
            ("restrictive",),
        ),
    )
)


@pytest.mark.parametrize(
    ("conditions", "answers", "names"),
    [
        pytest.param([], {}, [], id="nothing assessed, nothing answered"),
        pytest.param(["female-pattern"], {}, ["Blood tests", "Lotion"], id="in the order of the data"),
        pytest.param(
            ["alopecia-areata", "female-pattern"],
            {"stress": {"said": "yes", "date": "2026-08"}},
            ["Wait", "Blood tests", "Lotion", "Wait"],
            id="the first condition first, answers last",
        ),
        pytest.param([], {"diet": "restrictive", "stress": "no"}, ["Iron"], id="an answer alone"),
        pytest.param(["cause-stress"], {}, [], id="the cause assessed, and the answer not given"),
        pytest.param([], {"diet": ["balanced"]}, [], id="another answer"),
        pytest.param(
            ["cause-stress", "female-pattern"],
            {"stress": "yes"},
            ["Blood tests", "Lotion", "Wait"],
            id="an answer's row stays behind, its cause assessed first or not",
        ),
    ],
)
def test_what_helps_without_a_syringe(conditions, answers, names):
    assert [row.name for row in other_treatments_for(conditions, answers, OTHERS)] == names


def test_the_evidence_of_what_is_not_drawn_is_said_in_words():
    said = {row.name: other_treatment_evidence_text(row) for row in OTHERS.others[:2]}
    contested = other_treatment_evidence_text(OTHERS.others[4])

    assert said == {"Lotion": "controlled trials: trials; pregnancy", "Blood tests": "ferritin"}
    assert contested == "contested: only when low"


def test_the_order_of_the_data_counts_among_equals_and_how_it_is_put_is_a_remark():
    rows = (
        Indicated("female-pattern", "biotin", 1, "expert use", "", "inferred", "", order=10, contested=True),
        Indicated(
            "female-pattern",
            "zinc",
            1,
            "expert use",
            "no trial",
            "inferred",
            "",
            order=2,
            contested=False,
            show_as="suggest low, inherited from androgenetic-alopecia",
        ),
        Indicated("female-pattern", "copper", 0, "no indication", "", "inferred", "", contested=False),
    )

    found = suggest_ingredients(["female-pattern"], WOMAN, Rulebook(indications=rows), SUBSTANCES, {})

    assert [s.substance.code for s in found] == ["zinc", "biotin", "copper"]
    assert [s.contested for s in found] == [False, True, True]
    assert found[0].remark == "no trial; inherited from androgenetic-alopecia"
