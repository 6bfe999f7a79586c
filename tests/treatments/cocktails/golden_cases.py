"""Named cases that a clinician can read: what is drawn, for whom, and what the rules say to it.

The expected findings are all of them, but for the notes in ``ALWAYS`` that every mix of these unreviewed rows brings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from tests.treatments.cocktails.golden import MAN, SUBSTANCES, WOMAN, D, line, lot, mix, person, premade
from treatments.cocktails.rules.mix import Content, Mix, Person

#: What a quiet cocktail of two says: everything was checked, and all is well.
QUIET = {"count": "ok", "volume": "ok", "pairs": "ok", "person": "ok"}

#: The rules of the seed catalogue are reviewed by nobody yet, and most ingredients have no limit.
ALWAYS = {"unreviewed", "no-limit"}


@dataclass(frozen=True)
class Case:
    name: str
    mix: Mix
    expected: Mapping[str, str]  # code → level, "fixed" for a block that nobody lifts
    person: Person | None = WOMAN
    area_cm2: str | None = None
    beside: tuple[Mix, ...] = field(default=())


def said(*without: str) -> dict[str, str]:
    """The quiet findings, less those that something louder replaces."""
    return {code: level for code, level in QUIET.items() if code not in without}


CASES = [
    # ── how many ─────────────────────────────────────────────────────────────────────────────────
    Case("two B vitamins and nothing else", mix("biotin 1, pyridoxine 1"), QUIET),
    Case(
        "the syringe of the picture: four actives and saline",
        mix("dexpanthenol 1, biotin 1, organic-silicium 0.6, zinc 0.5, saline-09 0.9"),
        QUIET | {"doses": "ok"},
        area_cm2="78",
    ),
    Case("one active is no cocktail", mix("biotin 1, saline-09 1"), QUIET | {"count": "fixed"}),
    Case(
        "diluent and anaesthetic alone hold no active",
        mix("saline-09 1, lidocaine 1"),
        QUIET | {"count": "fixed", "doses": "ok"},
    ),
    Case(
        "six actives are the most",
        mix("biotin 0.5, pyridoxine 0.5, riboflavin 0.5, zinc 0.5, amino-acids 0.5, hyaluronic-acid 0.5"),
        QUIET,
    ),
    Case(
        "seven actives are one too many",
        mix(
            "biotin 0.5, pyridoxine 0.5, riboflavin 0.5, zinc 0.5, amino-acids 0.5, hyaluronic-acid 0.5, nicotinamide 0.5"
        ),
        QUIET | {"count": "fixed"},
    ),
    Case(
        "a clinic that allows three refuses four",
        mix("biotin 0.5, pyridoxine 0.5, zinc 0.5, amino-acids 0.5", max_actives=3),
        QUIET | {"count": "fixed"},
    ),
    Case(
        "a clinic cannot allow more than six",
        mix(
            "biotin 0.5, pyridoxine 0.5, riboflavin 0.5, zinc 0.5, amino-acids 0.5, hyaluronic-acid 0.5, nicotinamide 0.5",
            max_actives=9,
        ),
        QUIET | {"count": "fixed"},
    ),
    Case(
        "biotin from two products is one active",
        mix("biotin 1", line("biotin", "1", product_code="biotin-10", product_name="Biotin 10 mg/ml")),
        said("pairs") | {"count": "fixed", "duplicate:biotin": "warn"},
    ),
    Case("nothing drawn yet", mix(""), {"empty": "fixed"}),
    # ── given alone ──────────────────────────────────────────────────────────────────────────────
    Case(
        "dutasteride given alone",
        mix("dutasteride 1", kind="single"),
        said("pairs") | {"doses": "ok", "off-label:dutasteride": "note", "handling:dutasteride": "note"},
        MAN,
    ),
    Case("PRP alone on 70 cm²", mix("prp 5", kind="single"), said("pairs") | {"doses": "ok"}, area_cm2="70"),
    Case("PRP alone, no area assessed", mix("prp 5", kind="single"), said("pairs") | {"area:prp": "warn"}),
    Case(
        "PRP over 0.1 ml/cm²",
        mix("prp 7.5", kind="single", syringe_ml=D(10)),
        said("pairs") | {"dose:prp": "warn"},
        area_cm2="70",
    ),
    Case(
        "PRP in a cocktail with biotin",
        mix("prp 2, biotin 1"),
        said("pairs") | {"pair:biotin+prp": "block", "preparation:prp": "block", "doses": "ok"},
        area_cm2="70",
    ),
    Case(
        "PRP with lidocaine in its syringe",
        mix("prp 2, lidocaine 1", kind="single"),
        said("pairs") | {"pair:lidocaine+prp": "block", "doses": "ok"},
        area_cm2="70",
    ),
    Case(
        "two actives are no single preparation",
        mix("minoxidil 1, dutasteride 1", kind="single"),
        said("pairs")
        | {
            "count": "fixed",
            "doses": "ok",
            "pair:dutasteride+minoxidil": "note",
            "pairs": "ok",
            "off-label:minoxidil": "note",
            "off-label:dutasteride": "note",
            "handling:dutasteride": "note",
        },
        MAN,
    ),
    Case(
        "biotin is not given alone",
        mix("biotin 1", kind="single"),
        said("pairs") | {"preparation:biotin": "block"},
    ),
    Case(
        "triamcinolone has no place in a cocktail",
        mix("triamcinolone-acetonide 1, biotin 1"),
        said("pairs")
        | {
            "pair:biotin+triamcinolone-acetonide": "block",
            "preparation:triamcinolone-acetonide": "block",
            "restricted:triamcinolone-acetonide": "block",
        },
    ),
    # ── blocked and restricted ───────────────────────────────────────────────────────────────────
    Case(
        "buflomedil, which the seed still lists",
        mix("buflomedil 1, biotin 1, zinc 1"),
        QUIET | {"blocked:buflomedil": "fixed"},
    ),
    Case(
        "buflomedil in epilepsy says both",
        mix("buflomedil 1, biotin 1, zinc 1"),
        said("person")
        | {
            "blocked:buflomedil": "fixed",
            "contra:buflomedil:epilepsy": "fixed",
            "contra:*treatment:epilepsy": "warn",
        },
        person("epilepsy"),
    ),
    Case("exosomes", mix("exosomes 1, biotin 1, zinc 1"), QUIET | {"blocked:exosomes": "fixed"}),
    Case(
        "a restricted peptide asks for a written reason",
        mix("acetyl-tetrapeptide-3 1, biotin 1"),
        QUIET | {"restricted:acetyl-tetrapeptide-3": "block"},
    ),
    # ── pairs ────────────────────────────────────────────────────────────────────────────────────
    Case(
        "copper and vitamin C",
        mix("copper 1, vitamin-c 0.2"),
        said("pairs") | {"pair:copper+vitamin-c": "block", "doses": "ok"},
    ),
    Case(
        "thiamine in bicarbonate",
        mix("thiamine 1, biotin 1, sodium-bicarbonate 0.1"),
        said("pairs") | {"pair:sodium-bicarbonate+thiamine": "block"},
    ),
    Case(
        "B12 with vitamin C and thiamine",
        mix("cyanocobalamin 1, vitamin-c 0.2, thiamine 0.5"),
        said("pairs")
        | {
            "pair:cyanocobalamin+vitamin-c": "block",
            "pair:cyanocobalamin+thiamine": "warn",
            "pair:thiamine+vitamin-c": "warn",
            "doses": "ok",
        },
    ),
    Case(
        "two forms of B12",
        mix("cyanocobalamin 1, hydroxocobalamin 1"),
        said("pairs") | {"count": "fixed", "pair:cyanocobalamin+hydroxocobalamin": "warn"},
    ),
    Case(
        "copper and zinc, as the seed pairs them",
        mix("copper 1, zinc 1"),
        QUIET | {"pair:copper+zinc": "note"},
    ),
    Case(
        "dutasteride in hyaluronic acid for a man",
        mix("dutasteride 1, hyaluronic-acid 1"),
        said("pairs")
        | {
            "pair:dutasteride+hyaluronic-acid": "block",
            "doses": "ok",
            "off-label:dutasteride": "note",
            "handling:dutasteride": "note",
        },
        MAN,
    ),
    Case(
        "growth factors in a second syringe beside PRP",
        mix("growth-factors 1, biotin 1"),
        said("pairs") | {"pair:growth-factors+prp": "warn", "restricted:growth-factors": "block"},
        beside=(mix("prp 5", kind="single"),),
    ),
    Case(
        "copper here and vitamin C in the other syringe may be",
        mix("copper 1, zinc 1"),
        QUIET | {"pair:copper+zinc": "note"},
        beside=(mix("vitamin-c 0.2, biotin 1"),),
    ),
    # ── doses ────────────────────────────────────────────────────────────────────────────────────
    Case(
        "minoxidil at the highest studied dose",
        mix("minoxidil 2, biotin 1"),
        QUIET | {"doses": "ok", "off-label:minoxidil": "note"},
    ),
    Case(
        "minoxidil above it",
        mix("minoxidil 2.2, biotin 1"),
        QUIET | {"dose:minoxidil": "block", "off-label:minoxidil": "note"},
    ),
    Case(
        "minoxidil above it only with the second syringe",
        mix("minoxidil 1.5, biotin 1"),
        QUIET | {"dose:minoxidil": "block", "off-label:minoxidil": "note"},
        beside=(mix("minoxidil 1, biotin 1"),),
    ),
    Case(
        "vitamin C above the label of another route",
        mix("vitamin-c 0.5, biotin 1"),
        QUIET | {"dose:vitamin-c": "warn"},
    ),
    Case(
        "lidocaine at 225 mg for 50 kg",
        mix("biotin 1, zinc 1, lidocaine 22.5", syringe_ml=D(50)),
        QUIET | {"doses": "ok"},
        person(weight_kg=D(50)),
    ),
    Case(
        "lidocaine above 225 mg for 50 kg",
        mix("biotin 1, zinc 1, lidocaine 22.51", syringe_ml=D(50)),
        QUIET | {"dose:lidocaine": "fixed"},
        person(weight_kg=D(50)),
    ),
    Case(
        "lidocaine, nobody weighed",
        mix("biotin 1, zinc 1, lidocaine 1"),
        QUIET | {"weight:lidocaine": "warn"},
        person(weight_kg=None),
    ),
    Case(
        "lidocaine above 300 mg, nobody weighed",
        mix("biotin 1, zinc 1, lidocaine 31", syringe_ml=D(50)),
        QUIET | {"weight:lidocaine": "warn", "dose:lidocaine": "fixed"},
        person(weight_kg=None),
    ),
    Case(
        "minoxidil of unknown strength",
        mix("biotin 1", line("minoxidil", "1", contents=(Content(SUBSTANCES["minoxidil"], None),))),
        QUIET | {"dose:minoxidil": "warn", "off-label:minoxidil": "note"},
    ),
    # ── the person ───────────────────────────────────────────────────────────────────────────────
    Case(
        "pregnant: no treatment, and the ingredient says so too",
        mix("minoxidil 1, biotin 1"),
        said("person")
        | {
            "contra:*treatment:pregnancy": "fixed",
            "contra:minoxidil:pregnancy": "fixed",
            "doses": "ok",
            "off-label:minoxidil": "note",
        },
        person("pregnancy"),
    ),
    Case(
        "trying to conceive without a 5-alpha-reductase inhibitor",
        mix("biotin 1, zinc 1"),
        said("person") | {"contra:*treatment:trying_to_conceive": "warn"},
        person("trying_to_conceive"),
    ),
    Case(
        "trying to conceive with dutasteride",
        mix("dutasteride 1, biotin 1"),
        said("person")
        | {
            "contra:*treatment:trying_to_conceive": "warn",
            "contra:dutasteride:trying_to_conceive": "fixed",
            "doses": "ok",
            "off-label:dutasteride": "note",
            "handling:dutasteride": "note",
        },
        person("trying_to_conceive"),
    ),
    Case(
        "a man trying to conceive with finasteride: the label speaks of women",
        mix("finasteride 1, biotin 1"),
        said("person")
        | {"contra:*treatment:trying_to_conceive": "warn", "contra:finasteride:trying_to_conceive": "block"},
        person("trying_to_conceive", like=MAN),
    ),
    Case(
        "amide allergy and lidocaine",
        mix("biotin 1, zinc 1, lidocaine 1"),
        said("person") | {"contra:lidocaine:allergy_amide": "block", "doses": "ok"},
        person("allergy_amide"),
    ),
    Case("amide allergy without lidocaine", mix("biotin 1, zinc 1"), QUIET, person("allergy_amide")),
    Case(
        "allergy to thiamine, stated by its label",
        mix("thiamine 1, biotin 1"),
        said("person") | {"contra:thiamine:allergy_thiamine": "fixed"},
        person("allergy_thiamine"),
    ),
    Case(
        "allergy to biotin by name",
        mix("zinc 1, biotin 1"),
        said("person") | {"contra:biotin:allergy_component": "fixed"},
        person("allergy_component:biotin"),
    ),
    Case(
        "allergy to a component nobody named",
        mix("zinc 1, biotin 1"),
        said("person") | {"contra:*treatment:allergy_component": "block"},
        person("allergy_component"),
    ),
    Case(
        "seventeen years old",
        mix("minoxidil 1, biotin 1"),
        said("person")
        | {
            "contra:*treatment:age_lt_18": "block",
            "contra:minoxidil:age_lt_18": "fixed",
            "doses": "ok",
            "off-label:minoxidil": "note",
        },
        person(age=17),
    ),
    Case(
        "eighteen years old, with the flag of last year",
        mix("biotin 1, zinc 1"),
        QUIET,
        person("age_lt_18", age=18),
    ),
    Case(
        "anticoagulant and pentoxifylline",
        mix("pentoxifylline 1, biotin 1"),
        said("person")
        | {"contra:*treatment:anticoagulant": "warn", "contra:pentoxifylline:anticoagulant": "warn"},
        person("anticoagulant"),
    ),
    Case(
        "heart disease and minoxidil",
        mix("minoxidil 1, biotin 1"),
        said("person")
        | {
            "contra:*treatment:cardiac": "warn",
            "contra:minoxidil:cardiac": "fixed",
            "doses": "ok",
            "off-label:minoxidil": "note",
        },
        person("cardiac"),
    ),
    Case(
        "biotin before a thyroid test",
        mix("biotin 1, zinc 1"),
        said("person") | {"contra:biotin:lab_tests": "warn"},
        person("lab_tests"),
    ),
    Case(
        "active scalp infection",
        mix("biotin 1, zinc 1"),
        said("person") | {"contra:*treatment:active_scalp_infection": "fixed"},
        person("active_scalp_infection"),
    ),
    Case("a saved formulation belongs to nobody", mix("biotin 1, zinc 1"), QUIET | {"person": "note"}, None),
    # ── the syringe and the shelf ────────────────────────────────────────────────────────────────
    Case(
        "five millilitres and a hundredth in a syringe of five",
        mix("biotin 3, zinc 2.01"),
        QUIET | {"volume": "fixed"},
    ),
    Case(
        "no volume typed for zinc",
        mix("biotin 1, zinc 1", line("pyridoxine", None)),
        QUIET | {"ml:pyridoxine": "fixed"},
    ),
    Case(
        "a product that left the catalogue",
        mix("biotin 1", line("zinc", "1", retired=True)),
        QUIET | {"retired:zinc": "block"},
    ),
    Case(
        "a cosmetic ampoule",
        mix("biotin 1", line("zinc", "1", legal_route_note="Labelled as a cosmetic")),
        QUIET | {"legal-route:zinc": "warn"},
    ),
    Case(
        "a product that is never to be used",
        mix("biotin 1", line("zinc", "1", blocked_reason="it did harm")),
        QUIET | {"blocked:zinc": "fixed"},
    ),
    Case("no lot of zinc", mix("biotin 1", line("zinc", "1", stock=())), QUIET | {"stock:zinc": "warn"}),
    Case(
        "zinc for four sessions, stock for two",
        mix("biotin 1", line("zinc", "1", stock=(lot("Z1", "2"),)), sessions=4),
        QUIET | {"stock:zinc": "warn"},
    ),
    Case(
        "the biotin lot expires in twelve days",
        mix(
            "zinc 1", line("biotin", "1", stock=(lot("BT-0086", "5", date(2026, 12, 5)), lot("BT-0001", "5")))
        ),
        QUIET | {"expiry:biotin:BT-0086": "warn"},
    ),
    # ── ready-made products ──────────────────────────────────────────────────────────────────────
    Case(
        "a ready-made product alone is a single preparation",
        mix("", premade("bcn", "biotin", "thiamine"), kind="single"),
        QUIET,
    ),
    Case(
        "biotin added to a ready-made product",
        mix("biotin 1", premade("bcn", "dexpanthenol", "zinc")),
        QUIET | {"premade:bcn": "block", "dose:dexpanthenol": "warn"},
    ),
    Case(
        "biotin added where the maker allows it",
        mix("biotin 1", premade("bcn", "pyridoxine", "zinc", additions_allowed=True)),
        QUIET,
    ),
    Case(
        "a ready-made product counted by what is in it",
        mix("", premade("bcn", "biotin", "thiamine", "pyridoxine", counts_as_one=False)),
        QUIET,
    ),
    Case(
        "how a maker's own vitamin C and copper keep is the maker's answer",
        mix("", premade("duo", "vitamin-c", "copper", counts_as_one=False)),
        QUIET | {"dose:vitamin-c": "warn"},
    ),
]
