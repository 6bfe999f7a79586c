"""The protocol by example: each golden case says all its findings, and what a message must tell."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from mesoclinic.core.findings import Finding, Level, Refused, gate
from tests.treatments.cocktails.checking import check, level
from tests.treatments.cocktails.golden import (
    MAN,
    RULEBOOK,
    SUBSTANCES,
    TODAY,
    WOMAN,
    D,
    line,
    lot,
    mix,
    person,
    premade,
)
from tests.treatments.cocktails.golden_cases import ALWAYS, CASES, Case
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.contraindications import (
    blocks_for_person_by_substance,
    blocks_per_risk_factor,
    findings_against_any_treatment,
)
from treatments.cocktails.rules.mix import Mix, Person
from treatments.cocktails.rules.wording import gravity_text, severity_and_scope_text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden(case: Case) -> None:
    findings = check(case.mix, case.person, area=case.area_cm2, beside=case.beside)

    said = {code: level(finding) for code, finding in findings.items() if code not in ALWAYS}
    assert said == dict(case.expected)


def test_golden_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


# ── docs/clinical.md §5, the worked checks ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("weight_kg", "most_ml"),
    [("70", "30"), ("50", "22.5"), ("66.67", "30"), ("40", "18")],
    ids=["70 kg: capped at 300 mg", "50 kg: 225 mg", "66.67 kg: just capped", "40 kg: 180 mg"],
)
def test_lidocaine_keeps_to_the_lower_of_weight_and_absolute(weight_kg: str, most_ml: str) -> None:
    def lidocaine(ml: Decimal) -> dict[str, Finding]:
        return check(
            mix("biotin 1, zinc 1", line("lidocaine", ml), syringe_ml=D(50)), person(weight_kg=D(weight_kg))
        )

    assert "dose:lidocaine" not in lidocaine(D(most_ml))
    assert f"Draw at most {most_ml} ml." in lidocaine(D(most_ml) + D("0.01"))["dose:lidocaine"].message


# ── what a message tells ─────────────────────────────────────────────────────────────────────────

MESSAGES = [
    (
        "count",
        mix("biotin 1, zinc 1, pyridoxine 1, riboflavin 1", max_actives=3),
        WOMAN,
        "4 actives in one syringe; this clinic allows at most 3. Take out 1.",
    ),
    (
        "count",
        mix("biotin 1"),
        WOMAN,
        "1 active in the syringe; a cocktail holds 2 to 6. Add 1. Or make it a single preparation.",
    ),
    ("count", mix("biotin 1, zinc 1"), WOMAN, "2 actives, 2–6 allowed"),
    (
        "count",
        mix("saline-09 1", kind="single"),
        WOMAN,
        "No active in the syringe. Add the one that is given alone.",
    ),
    (
        "volume",
        mix("biotin 3, zinc 3"),
        WOMAN,
        "6 ml does not fit a syringe of 5 ml. Take out 1 ml, or choose a larger syringe.",
    ),
    (
        "dose:minoxidil",
        mix("minoxidil 2.4, biotin 1"),
        WOMAN,
        "Minoxidil 12 mg is above the highest studied dose, 10 mg per session. Draw at most 2 ml. "
        "Or a clinician writes why.",
    ),
    (
        "dose:vitamin-c",
        mix("vitamin-c 0.5, biotin 1"),
        WOMAN,
        "Vitamin C 250 mg is above the label maximum by another route, 200 mg per day. Draw at most 0.4 ml. "
        "Or give a short reason.",
    ),
    (
        "dose:lidocaine",
        mix("biotin 1, zinc 1, lidocaine 23", syringe_ml=D(30)),
        person(weight_kg=D(50)),
        "Lidocaine 230 mg is above the label maximum, 225 mg per session (4.5 mg/kg × 50 kg). Draw at most 22.5 ml.",
    ),
    (
        "dose:pdrn",
        mix("pdrn 3", kind="single"),
        WOMAN,
        "PDRN 3 ml is above the highest studied dose, 2 ml per session. Draw at most 2 ml. Or a clinician writes why.",
    ),
    (
        "weight:lidocaine",
        mix("biotin 1, zinc 1, lidocaine 1"),
        person(weight_kg=None),
        "Lidocaine is limited by body weight (4.5 mg/kg) and no weight is on file. Weigh the patient; until then "
        "300 mg per session is used, or give a short reason.",
    ),
    (
        "pair:copper+vitamin-c",
        mix("vitamin-c 0.2, copper 1"),
        WOMAN,
        "Copper and Vitamin C must not share a syringe: copper catalyses oxidation of ascorbic acid. Take one out, "
        "or a clinician writes why both stay.",
    ),
    (
        "contra:dutasteride:pregnancy",
        mix("dutasteride 1, biotin 1"),
        person("pregnancy"),
        "Pregnancy: no Dutasteride (male fetal genital abnormality; category X). Take it out of the syringe.",
    ),
    (
        "contra:lidocaine:allergy_amide",
        mix("biotin 1, zinc 1, lidocaine 1"),
        person("allergy_amide", factor_labels={"allergy_amide": "Recorded allergy: lidocaine"}),
        "Recorded allergy: lidocaine: no Lidocaine (cross-reaction within amides). Take it out, or a clinician "
        "writes why it stays.",
    ),
    (
        "contra:*treatment:age_lt_18",
        mix("biotin 1, zinc 1"),
        person(age=17),
        "Age under 18: no treatment (no safety data; consent). Do not treat now, or a clinician writes why. "
        "Advice on file: unlock only by senior clinician.",
    ),
    (
        "blocked:buflomedil",
        mix("buflomedil 1, biotin 1, zinc 1"),
        WOMAN,
        "Buflomedil is blocked: withdrawn in the EU for fatal cardiac and neurological effects. Take it out.",
    ),
    (
        "stock:zinc",
        mix("biotin 1", line("zinc", "1", stock=(lot("Z1", "3"),)), sessions=4),
        WOMAN,
        "Zinc: 3 ml in stock, 4 ml planned over 4 sessions. Order more, or plan less.",
    ),
    (
        "expiry:zinc:Z1",
        mix("biotin 1", line("zinc", "1", stock=(lot("Z1", "3", date(2026, 12, 5)),))),
        WOMAN,
        "Zinc lot Z1 expires in 12 days. Use it first, or discard it.",
    ),
    (
        "expiry:zinc:Z1",
        mix("biotin 1", line("zinc", "1", stock=(lot("Z1", "3", TODAY),))),
        WOMAN,
        "Zinc lot Z1 expires today. Use it first, or discard it.",
    ),
    (
        "premade:bcn",
        mix("biotin 1, saline-09 1", premade("bcn", "zinc")),
        WOMAN,
        "BCN is ready-made and its maker does not allow additions. Take out Biotin and Sodium chloride 0.9%, "
        "or a clinician writes why it is added.",
    ),
    (
        "ml:zinc",
        mix("biotin 1", line("zinc", "0")),
        WOMAN,
        "Zinc: enter a volume between 0.01 and 1000 ml, or take the line out.",
    ),
    (
        "no-limit",
        mix("minoxidil 1, biotin 1, zinc 1, procaine 1, saline-09 1"),
        WOMAN,
        "2 of 3 actives have no studied maximum on file: Biotin and Zinc. Nor has Procaine. Their dose is not checked; "
        "a clinic may set a limit of its own.",
    ),
    (
        "unreviewed",
        mix("copper 1, zinc 1"),
        WOMAN,
        "1 rule used here is not yet reviewed by a clinician of this clinic. Read the basis before relying on them.",
    ),
]


@pytest.mark.parametrize(("code", "of", "who", "message"), MESSAGES, ids=[row[3][:50] for row in MESSAGES])
def test_a_message_says_what_is_wrong_and_what_to_do(code: str, of: Mix, who: Person, message: str) -> None:
    assert check(of, who)[code].message == message


@pytest.mark.parametrize(
    ("lots", "reason"),
    [
        ((), "no usable lot. "),
        ((lot("Z1", "3", date(2026, 11, 22)),), "(what is there has expired)"),
        ((lot("Z1", "0"), lot("Z2", "5", usable=False)), "(what is there is empty or set aside)"),
    ],
    ids=["none", "expired yesterday", "empty or quarantined"],
)
def test_no_usable_lot_says_why(lots: tuple, reason: str) -> None:
    assert reason in check(mix("biotin 1", line("zinc", "1", stock=lots)))["stock:zinc"].message


def test_the_doses_finding_names_the_one_nearest_its_limit() -> None:
    finding = check(mix("minoxidil 1.6, dexpanthenol 1"))["doses"]

    assert (finding.message, finding.detail) == (
        "All doses under their limit",
        "highest: Minoxidil, 80 % of the highest studied dose",
    )


def test_every_dose_word_is_honest() -> None:
    words = " ".join(f.message + f.detail for case in CASES for f in check(case.mix, case.person).values())

    assert "safe maximum" not in words


def test_two_products_of_a_substance_say_it_once_at_the_first() -> None:
    of = mix("biotin 1", line("prp", "1", product_code="prp-b"), line("prp", "1"))

    assert (
        check(of)["preparation:prp"].where
        == check(replace(of, lines=of.lines[::-1]))["preparation:prp"].where
    )
    assert check(of)["preparation:prp"].where == "line:prp"


def test_findings_come_worst_first() -> None:
    findings = list(check(mix("buflomedil 1, copper 1, vitamin-c 0.5, zinc 1"), WOMAN).values())

    assert [level(f) for f in findings] == sorted(
        (level(f) for f in findings), key=["fixed", "block", "warn", "note", "ok"].index
    )


def test_a_finding_carries_its_sources_whole_and_says_who_reviewed_its_rule() -> None:
    found = check(mix("copper 1, vitamin-c 0.2"))["pair:copper+vitamin-c"]
    reviewed = replace(
        RULEBOOK,
        pairs=tuple(replace(pair, reviewed=True, review="Dr E, 3 Mar 2026") for pair in RULEBOOK.pairs),
    )
    again = check(mix("copper 1, vitamin-c 0.2"), rulebook=reviewed)["pair:copper+vitamin-c"]

    assert found.source == "[GK] general knowledge, to be verified by a clinician"
    assert (found.reviewed, again.reviewed) == ("not reviewed here", "reviewed by Dr E, 3 Mar 2026")


def test_how_grave_a_rule_is_stands_in_words() -> None:
    assert gravity_text("relative", "clinic-dependent: some absolute") == (
        "Relative contraindication: some clinics hold it absolute; yours decides"
    )
    assert gravity_text("absolute", "") == "Absolute contraindication"
    assert severity_and_scope_text("high", "same syringe") == "Of high severity, in one syringe"
    assert severity_and_scope_text("none", "any") == "Whenever both are given"


def test_a_reviewed_rulebook_brings_no_note() -> None:
    reviewed = replace(RULEBOOK, pairs=tuple(replace(pair, reviewed=True) for pair in RULEBOOK.pairs))

    assert "unreviewed" not in check(mix("copper 1, zinc 1"), rulebook=reviewed)


# ── a volume no syringe measures ──────────────────────────────────────────────────

BAD_ML = ["0", "-1", "0.001", "1e9", "NaN", "Infinity", "-Infinity", "1E+400"]


@pytest.mark.parametrize("ml", [*BAD_ML, None])
def test_a_volume_no_syringe_measures_is_refused_at_its_line(ml: str | None) -> None:
    finding = check(mix("biotin 1, pyridoxine 1", line("zinc", ml)))["ml:zinc"]

    assert (level(finding), finding.where) == ("fixed", "line:zinc")


# ── a person without a syringe ───────────────────────────────────────────────────────────────────


def test_treatment_wide_findings_need_no_mix() -> None:
    findings = findings_against_any_treatment(person("pregnancy", "diabetes", "allergy_amide"), RULEBOOK)

    assert [(f.code, level(f)) for f in findings] == [
        ("contra:*treatment:pregnancy", "fixed"),
        ("contra:*treatment:diabetes", "warn"),
    ]


def test_blocked_for_names_each_substance_with_its_gravest_reason() -> None:
    blocked = blocks_for_person_by_substance(
        person("pregnancy", "cardiac", "allergy_component:zinc"), RULEBOOK, SUBSTANCES
    )

    assert {code: finding.code for code, finding in blocked.items()} == {
        "buflomedil": "contra:buflomedil:*any",
        "dutasteride": "contra:dutasteride:pregnancy",
        "exosomes": "contra:exosomes:*any",
        "finasteride": "contra:finasteride:pregnancy",
        "growth-factors": "contra:growth-factors:pregnancy",
        "minoxidil": "contra:minoxidil:cardiac",
        "pentoxifylline": "contra:pentoxifylline:cardiac",
        "zinc": "contra:zinc:allergy_component",
    }


def test_blocked_for_needs_no_catalogue() -> None:
    blocked = blocks_for_person_by_substance(person("cancer_past"), RULEBOOK)

    assert blocked["growth-factors"].message.startswith("Cancer or pre-cancer history: no growth factors")


def test_not_for_groups_the_blocked_by_factor() -> None:
    who = person(
        "trying_to_conceive", "allergy_amide", factor_labels={"trying_to_conceive": "Trying to conceive"}
    )

    findings = blocks_per_risk_factor(who, RULEBOOK, SUBSTANCES)

    assert [(f.code, f.message, level(f)) for f in findings] == [
        ("not-for:trying_to_conceive", "No Dutasteride and Finasteride", "fixed"),
        ("not-for:allergy_amide", "No Lidocaine", "block"),
    ]
    assert findings[0].detail.startswith("Trying to conceive: at least 6 months contraception")


# ── through the gate ─────────────────────────────────────────────────────────────────────────────


def test_a_clinician_may_lift_a_pair_but_not_buflomedil() -> None:
    pair = check_mix_against_all_rules(
        mix("copper 1, vitamin-c 0.2"), MAN, RULEBOOK, area_cm2=None, today=TODAY
    )
    blocked = check_mix_against_all_rules(
        mix("buflomedil 1, biotin 1, zinc 1"), MAN, RULEBOOK, area_cm2=None, today=TODAY
    )
    reasons = {
        "pair:copper+vitamin-c": "drawn apart, given at once",
        "blocked:buflomedil": "the patient wants it",
    }

    passed = gate(pair, reasons, may_override=True)

    assert [(a.code, a.level) for a in passed] == [("pair:copper+vitamin-c", Level.BLOCK)]
    with pytest.raises(Refused):
        gate(blocked, reasons, may_override=True)
