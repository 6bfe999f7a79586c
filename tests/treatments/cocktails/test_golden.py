"""The shipped rules by example: what the rows of mesoclinic/data say to a mix, for a clinician to read.

Each case draws its ingredients from the products of ``STRENGTHS`` for one person, and tells every finding,
but for "unreviewed", "no-limit" and the off-label notes, which nearly every mix of these rows brings.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from mesoclinic import data
from mesoclinic.catalogue_files import read_all
from treatments.cocktails.rules import (
    Content,
    Contra,
    Indicated,
    Limit,
    Line,
    Mix,
    Pair,
    Person,
    Rulebook,
    Substance,
    check_mix,
    suggest,
)

D = Decimal
TODAY = date(2026, 11, 23)

SHIPPED = read_all(Path(data.__path__[0]))

SUBSTANCES = {
    row.code: Substance(
        code=row.code,
        name=row.name,
        family=row.family,
        is_active=row.is_active,
        status=row.default_status,
        status_reason=row.status_reason,
        status_source=SHIPPED.citation(row.status_sources),
        status_basis="",
        preparation=row.preparation,
        prescription_only=row.prescription == "yes",
        work_order=row.work_order,
    )
    for row in SHIPPED.ingredients
}  # fmt: skip

RULEBOOK = Rulebook(
    pairs=tuple(
        Pair(row.ingredient_a, row.ingredient_b or "*any", row.kind, row.severity, row.scope, row.why, row.basis,
             SHIPPED.citation(row.sources))
        for row in SHIPPED.pairs
    ),
    limits=tuple(
        Limit(row.ingredient, row.value, row.unit, row.period, row.per_kg, row.kind, row.basis_text,
              SHIPPED.citation(row.sources))
        for row in SHIPPED.limits
    ),
    contras=tuple(
        Contra(row.ingredient or "*treatment", row.factor_code or "*any", row.patient_factor, row.severity,
               row.severity_note, row.why, row.action, row.basis, SHIPPED.citation(row.sources))
        for row in SHIPPED.contraindications
    ),
    indications=tuple(
        Indicated(row.condition, row.ingredient, row.support, row.evidence_level, row.remark, row.basis,
                  SHIPPED.citation(row.sources))
        for row in SHIPPED.indications
    ),
)  # fmt: skip

#: mg/ml of the product that each ingredient is drawn from; the others do not say.
STRENGTHS = {
    "biotin": "5", "copper": "0.4", "cyanocobalamin": "1", "dexpanthenol": "250", "dutasteride": "0.1",
    "finasteride": "0.5", "folic-acid": "5", "hyaluronic-acid": "10", "hydroxocobalamin": "1", "l-cysteine": "50",
    "lidocaine": "10", "minoxidil": "5", "nicotinamide": "50", "organic-silicium": "5", "pentoxifylline": "20",
    "procaine": "10", "pyridoxine": "50", "riboflavin": "2", "saline-09": "9", "sodium-bicarbonate": "84",
    "thiamine": "100", "triamcinolone-acetonide": "5", "vitamin-c": "500", "zinc": "1",
}  # fmt: skip

WOMAN, MAN = Person(34, "female", D(60)), Person(41, "male", D(70))

#: A quiet cocktail: everything was asked, and all is well.
QUIET = "count ok, volume ok, pairs ok, person ok"


@dataclass(frozen=True)
class Case:
    name: str
    drawn: str  # ingredient and ml
    expected: str  # code and level, "fixed" for a block that nobody lifts
    factors: str = ""
    person: Person = WOMAN
    kind: str = "cocktail"
    area_cm2: str = "70"
    syringe_ml: str = "5"


def line(code: str, ml: str) -> Line:
    strength = STRENGTHS.get(code)
    content = Content(SUBSTANCES[code], D(strength) if strength else None)
    return Line(code, SUBSTANCES[code].name, (content,), D(ml))


def said_to(case: Case) -> dict[str, str]:
    mix = Mix(
        case.kind,  # type: ignore[arg-type]
        tuple(line(*part.split()) for part in case.drawn.split(",") if part.strip()),
        D(case.syringe_ml),
    )
    person = Person(
        case.person.age,
        case.person.sex,
        case.person.weight_kg,
        frozenset(case.factors.split()),
    )
    findings = check_mix(mix, person, RULEBOOK, area_cm2=D(case.area_cm2), today=TODAY)
    return {
        finding.code: "fixed" if finding.fixed else str(finding.level)
        for finding in findings
        if finding.code not in ("unreviewed", "no-limit")
    }


CASES = [
    # ── how many ──
    Case("two B vitamins", "biotin 1, pyridoxine 1", QUIET),
    Case("the four of the picture, made up with saline", "dexpanthenol 1, biotin 1, organic-silicium 0.6, zinc 0.5, saline-09 0.9",
         f"{QUIET}, doses ok"),
    Case("one active is no cocktail", "biotin 1, saline-09 1", "count fixed, volume ok, pairs ok, person ok"),
    Case("six actives", "biotin 0.5, pyridoxine 0.5, riboflavin 0.5, zinc 0.5, amino-acids 0.5, hyaluronic-acid 0.5",
         QUIET),
    Case("seven actives", "biotin 0.5, pyridoxine 0.5, riboflavin 0.5, zinc 0.5, amino-acids 0.5, hyaluronic-acid 0.5, nicotinamide 0.5",
         "count fixed, volume ok, pairs ok, person ok"),
    Case("more than the syringe holds", "biotin 3, zinc 2.01", "volume fixed, count ok, pairs ok, person ok"),
    # ── given alone ──
    Case("dutasteride alone for a man", "dutasteride 1",
         "handling:dutasteride note, doses ok, count ok, volume ok, person ok", person=MAN, kind="single"),
    Case("minoxidil alone", "minoxidil 1", "doses ok, count ok, volume ok, person ok", kind="single"),
    Case("PRP alone on 70 cm²", "prp 5", "doses ok, count ok, volume ok, person ok", kind="single"),
    Case("PRP over 0.1 ml/cm²", "prp 7.5",
         "dose:prp warn, count ok, volume ok, person ok", kind="single", syringe_ml="10"),
    Case("PRP mixed with biotin", "prp 2, biotin 1",
         "pair:biotin+prp block, preparation:prp block, doses ok, count ok, volume ok, person ok"),
    Case("polynucleotides mixed with zinc", "polynucleotides 1, zinc 1",
         f"{QUIET}, preparation:polynucleotides block, dose:polynucleotides warn"),
    Case("triamcinolone in a cocktail", "triamcinolone-acetonide 0.5, biotin 1",
         "pair:biotin+triamcinolone-acetonide block, preparation:triamcinolone-acetonide block, restricted:triamcinolone-acetonide block, count ok, volume ok, person ok"),
    # ── blocked and restricted ──
    Case("buflomedil, which the seed still lists", "buflomedil 1, biotin 1, zinc 1",
         f"{QUIET}, blocked:buflomedil fixed"),
    Case("exosomes", "exosomes 1, biotin 1, zinc 1", f"{QUIET}, blocked:exosomes fixed"),
    Case("homeopathic complex", "homeopathic-complex 1, biotin 1, zinc 1",
         f"{QUIET}, blocked:homeopathic-complex fixed"),
    Case("mesoglycan, after a case of scarring", "mesoglycan 1, biotin 1", f"{QUIET}, restricted:mesoglycan block"),
    Case("a cosmetic peptide", "acetyl-tetrapeptide-3 1, biotin 1",
         f"{QUIET}, restricted:acetyl-tetrapeptide-3 block"),
    # ── pairs ──
    Case("copper and vitamin C", "copper 1, vitamin-c 0.2",
         "pair:copper+vitamin-c block, doses ok, count ok, volume ok, person ok"),
    Case("copper and zinc", "copper 1, zinc 1", f"{QUIET}, pair:copper+zinc note"),
    Case("thiamine in bicarbonate", "thiamine 1, biotin 1, sodium-bicarbonate 0.1",
         "pair:sodium-bicarbonate+thiamine block, count ok, volume ok, person ok"),
    Case("two forms of vitamin B12", "cyanocobalamin 1, hydroxocobalamin 1",
         "pair:cyanocobalamin+hydroxocobalamin warn, count ok, volume ok, person ok"),
    Case("biotin twice: alone and in a complex", "biotin 1, vitamin-b-complex 1",
         "pair:biotin+vitamin-b-complex warn, count ok, volume ok, person ok"),
    Case("minoxidil and dutasteride for a man", "minoxidil 1, dutasteride 1",
         f"{QUIET}, handling:dutasteride note, pair:dutasteride+minoxidil note, doses ok", person=MAN),
    Case("two 5-alpha-reductase inhibitors for a man", "finasteride 1, dutasteride 1",
         "pair:dutasteride+finasteride warn, handling:dutasteride note, doses ok, count ok, volume ok, person ok", person=MAN),
    # ── doses ──
    Case("minoxidil at the highest studied dose", "minoxidil 2, biotin 1", f"{QUIET}, doses ok"),
    Case("minoxidil above it", "minoxidil 2.2, biotin 1", f"{QUIET}, dose:minoxidil block"),
    Case("vitamin C above the label of another route", "vitamin-c 0.5, biotin 1", f"{QUIET}, dose:vitamin-c warn"),
    Case("lidocaine at 4.5 mg/kg for 60 kg", "biotin 1, zinc 1, lidocaine 27", f"{QUIET}, doses ok", syringe_ml="50"),
    Case("lidocaine above it", "biotin 1, zinc 1, lidocaine 27.01",
         f"{QUIET}, dose:lidocaine fixed", syringe_ml="50"),
    # ── the person ──
    Case("pregnant", "minoxidil 1, biotin 1",
         "contra:*treatment:pregnancy fixed, contra:minoxidil:pregnancy fixed, doses ok, count ok, volume ok, pairs ok", "pregnancy"),
    Case("trying to conceive, with dutasteride", "dutasteride 1, biotin 1",
         "contra:dutasteride:trying_to_conceive fixed, contra:*treatment:trying_to_conceive warn, handling:dutasteride note, doses ok, count ok, volume ok, pairs ok", "trying_to_conceive"),
    Case("breastfeeding, with finasteride", "finasteride 1, biotin 1",
         "contra:*treatment:breastfeeding fixed, contra:finasteride:breastfeeding block, count ok, volume ok, pairs ok", "breastfeeding"),
    Case("allergy to amides, with lidocaine", "biotin 1, zinc 1, lidocaine 1",
         "contra:lidocaine:allergy_amide block, doses ok, count ok, volume ok, pairs ok", "allergy_amide"),
    Case("allergy to cobalt, with vitamin B12", "cyanocobalamin 1, biotin 1",
         "contra:cyanocobalamin:allergy_cobalt fixed, count ok, volume ok, pairs ok", "allergy_cobalt"),
    Case("allergy to salicylate, with organic silicium", "organic-silicium 1, biotin 1",
         "contra:organic-silicium:allergy_salicylate fixed, count ok, volume ok, pairs ok", "allergy_salicylate"),
    Case("anticoagulant, with pentoxifylline", "pentoxifylline 1, biotin 1",
         "contra:*treatment:anticoagulant warn, contra:pentoxifylline:anticoagulant warn, count ok, volume ok, pairs ok", "anticoagulant"),
    Case("heart disease, with minoxidil", "minoxidil 1, biotin 1",
         "contra:minoxidil:cardiac fixed, contra:*treatment:cardiac warn, doses ok, count ok, volume ok, pairs ok", "cardiac"),
    Case("blood test due, with biotin", "biotin 1, zinc 1",
         "contra:biotin:lab_tests warn, count ok, volume ok, pairs ok", "lab_tests"),
    Case("infection of the scalp", "biotin 1, zinc 1",
         "contra:*treatment:active_scalp_infection fixed, count ok, volume ok, pairs ok", "active_scalp_infection"),
    Case("Wilson disease, with copper", "copper 1, zinc 1",
         "contra:copper:wilson block, pair:copper+zinc note, count ok, volume ok, pairs ok", "wilson"),
    Case("seventeen years old", "biotin 1, zinc 1",
         "contra:*treatment:age_lt_18 block, count ok, volume ok, pairs ok", person=Person(17, "male", D(60))),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_shipped_rules_say(case: Case) -> None:
    expected = dict(part.split() for part in case.expected.split(", "))

    said = said_to(case)

    assert {
        code: level for code, level in said.items() if not code.startswith("off-label:")
    } == expected


def test_the_shipped_rules_suggest_for_pattern_loss_by_evidence() -> None:
    found = suggest(["androgenetic-alopecia"], MAN, RULEBOOK, SUBSTANCES, {})

    assert [each.substance.code for each in found if each.support == 3] == [
        "dutasteride",
        "prp",
    ]
    assert {each.substance.code for each in found if each.state == "blocked"} == {
        "buflomedil",
        "exosomes",
    }


def test_every_case_has_its_own_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 25
