"""The clinical data files: what they hold, how they hang together, and what a broken one answers."""

import csv
import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from mesoclinic import data
from mesoclinic.data.files import read_catalogue
from tests.files import DATA as DATA_OF_TESTS
from tests.files import REALDATA

DATA = Path(data.__file__).parent


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue(DATA)


# --- what is there ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ("ingredients", 49),
        ("conditions", 26),
        ("scale_levels", 94),
        ("scales", 20),
        ("pairs", 111),
        ("contraindications", 109),
        ("indications", 78),
        ("protocols", 24),
        ("premades", 15),
        ("effects", 33),
        ("checklist", 40),
        ("questions", 42),
        ("sources", 268),
        ("limits", 8),
        ("factors", 65),
        ("zones", 11),
    ],
)
def test_every_row_of_the_clinical_data_is_read(catalogue, rows, count):
    assert len(getattr(catalogue, rows)) == count


def test_there_are_19_schedules_and_5_techniques(catalogue):
    assert Counter(row.is_technique for row in catalogue.protocols) == {False: 19, True: 5}


def test_every_ingredient_of_the_seed_is_there(catalogue):
    named = {
        "acetyl-tetrapeptide-3",
        "amino-acids",
        "biochanin-a",
        "biotin",
        "buflomedil",
        "coenzyme-a",
        "coenzyme-q10",
        "copper",
        "cyanocobalamin",
        "dexpanthenol",
        "dutasteride",
        "finasteride",
        "folic-acid",
        "hyaluronic-acid",
        "hydroxocobalamin",
        "l-arginine",
        "l-cysteine",
        "minoxidil",
        "nano-peptides",
        "nicotinamide",
        "organic-silicium",
        "premade-cocktail",
        "prp",
        "pyridoxine",
        "riboflavin",
        "thiamine",
        "trace-elements",
        "vitamin-b-complex",
        "vitamins-other",
        "zinc",
    }
    assert {row.code for row in catalogue.ingredients if row.from_seed} == named


def test_every_condition_and_cause_of_the_seed_is_there(catalogue):
    assert {row.code: row.role for row in catalogue.conditions if row.from_seed} == {
        "androgenetic-alopecia": "indication",
        "alopecia-areata": "indication",
        "telogen-effluvium": "indication",
        "dandruff-hair-loss": "indication",
        "extreme-thinning": "indication",
        "sebaceous-overproduction": "indication",
        "dry-scabbed-hair": "indication",
        "brittle-hair": "doubtful",
        "cause-diet": "cause",
        "cause-stress": "cause",
        "cause-despair": "cause",
        "cause-hormonal": "cause",
    }


def test_blocked_ingredients_say_why_and_who_says_so(catalogue):
    blocked = {row.code: row for row in catalogue.ingredients if row.default_status == "blocked"}

    assert blocked.keys() == {"buflomedil", "exosomes", "homeopathic-complex"}
    assert blocked["buflomedil"].status_reason == (
        "Suspended in the EU since 2011 for fatal cardiac and neurological effects (EMA)."
        " Choose another ingredient."
    )
    assert blocked["buflomedil"].status_sources == ("EMA11", "EMA12")
    assert blocked["exosomes"].status_reason.startswith("No exosome product is approved")
    assert blocked["exosomes"].status_sources == ("FDAEXO19", "KSAEXO")


def test_the_order_of_work_is_the_seeds(catalogue):
    order = {row.family: row.work_order for row in catalogue.ingredients}

    seed = ["b_vitamin", "mineral", "hyaluronic_acid", "amino_acid", "coenzyme", "drug"]
    assert sorted(seed, key=order.__getitem__) == seed
    # One order per family, so a family never splits.
    assert len({(row.family, row.work_order) for row in catalogue.ingredients}) == len(order)


def test_what_is_given_alone(catalogue):
    found = {
        kind: {row.code for row in catalogue.ingredients if row.is_active and row.preparation == kind}
        for kind in ("single_only", "either")
    }
    assert found == {
        "single_only": {"prp", "polynucleotides", "triamcinolone-acetonide", "pdrn"},
        "either": {"dutasteride", "minoxidil", "growth-factors", "nano-peptides", "premade-cocktail"},
    }


def test_the_published_dose_limits(catalogue):
    assert {
        row.ingredient: (row.value, row.unit, row.period, row.per_kg, row.kind) for row in catalogue.limits
    } == {
        "dutasteride": (Decimal("0.5"), "mg", "session", None, "studied_dose"),
        "minoxidil": (Decimal(10), "mg", "session", None, "studied_dose"),
        "dexpanthenol": (Decimal(1000), "mg", "dose", None, "label_other_route"),
        "prp": (Decimal("0.1"), "mL/cm2", "session", None, "protocol_digest"),
        "vitamin-c": (Decimal(200), "mg", "day", None, "label_other_route"),
        "lidocaine": (Decimal(300), "mg", "session", Decimal("4.5"), "label_same_route"),
        "pdrn": (Decimal(2), "mL", "session", None, "studied_dose"),
        "polynucleotides": (Decimal(15), "mg", "session", None, "studied_dose"),
    }


def test_the_zones_make_a_scalp_of_500_cm2_in_the_shares_of_salt(catalogue):
    shares = Counter()
    for zone in catalogue.zones:
        if zone.area_cm2 is not None:
            shares[zone.salt_zone] += zone.area_cm2

    assert shares == {"top": 200, "back": 120, "left": 90, "right": 90}
    assert [zone.code for zone in catalogue.zones if zone.optional] == ["HAIRLINE", "EYEBROW", "BEARD"]


def test_schedules_are_spelt_out_in_days(catalogue):
    intervals = {row.code: row.intervals for row in catalogue.protocols}

    assert intervals["generic-cocktail"] == (7, 7, 7, 14, 14, 14, 14, 30, 30)
    assert sum(intervals["generic-cocktail"]) == 137  # docs/pricing.md, example 10
    assert intervals["fphl-moftah"] == (7, 7, 7, 7, 7, 7, 7, 14, 14, 28)
    assert {code for code, days in intervals.items() if not days} == {
        row.code for row in catalogue.protocols if row.is_technique
    }


def test_a_schedule_that_contradicts_itself_says_what_was_chosen(catalogue):
    moftah = next(row for row in catalogue.protocols if row.code == "fphl-moftah")

    assert (moftah.sessions_min, moftah.sessions_default, moftah.sessions_max) == (11, 11, 12)
    assert moftah.note.startswith("The abstract says 12 sessions, its schedule adds to 11")


def test_the_published_harmful_mix_can_never_be_used(catalogue):
    assert {row.code: row.injectable for row in catalogue.premades if row.blocked} == {"abscess-mix": "no"}


def test_scales_are_for_whom_they_were_made(catalogue):
    assert {row.code: row.from_sex for row in catalogue.scales if row.from_sex} == {
        "HAMILTON_NORWOOD": "male",
        "LUDWIG": "female",
        "SINCLAIR": "female",
        "OLSEN": "female",
    }
    pattern = next(row for row in catalogue.conditions if row.code == "androgenetic-alopecia")
    assert [(scale.scale_code, scale.who) for scale in pattern.scales] == [
        ("HAMILTON_NORWOOD", "men"),
        ("LUDWIG", "women"),
        ("SINCLAIR", "women"),
        ("GPA7", "any"),
        ("HAIR_DENSITY", "any"),
        ("HAIR_DIAMETER", "any"),
    ]
    assert pattern.snomed_codes == ("87872006", "1108009")


def test_the_short_list_before_the_first_injection(catalogue):
    short = sorted((row for row in catalogue.checklist if row.short_list), key=lambda r: r.short_order)

    assert [row.short_label for row in short] == [
        "Single-use gloves",
        "New sterile syringe and needle",
        "Scalp antisepsis, left to dry",
        "Lots, origin and expiry read",
        "Consent still stands",
        "No new medicine, illness or pregnancy",
        "Sharps bin within reach",
    ]
    assert {row.code: row.asked_with for row in catalogue.checklist if row.asked_with} == {
        "origin-check": "vial-check",
        "pregnancy": "history",
    }


def test_reactions_named_in_the_seed_come_first(catalogue):
    first = sorted(catalogue.effects, key=lambda row: row.order)[:5]

    assert [row.short_label for row in first] == ["Swelling", "Soreness", "Irritation", "Scaly crust", "Pain"]
    assert all(row.in_seed for row in first)


def test_a_first_intake_must_answer_what_can_block(catalogue):
    assert {row.code: row.shown_when for row in catalogue.questions if row.required} == {
        "duration": "",
        "pattern": "",
        "scalp-disease": "",
        "infection": "",
        "bleeding": "",
        "heart": "",
        "epilepsy": "",
        "diabetes": "",
        "kidney": "",
        "autoimmune": "",
        "cancer": "",
        "keloid": "",
        "allergy": "",
        "anaesthetic": "",
        "anticoag": "",
        "pregnant": "sex=female",
        "contraception": "sex=female",
        "partner": "sex=male",
    }


# --- how it hangs together ----------------------------------------------------------------------


def test_the_stars_of_the_files_are_none_in_the_rows(catalogue):
    everyone = [row.ingredient for row in catalogue.contraindications if row.factor_code is None]
    assert everyone == ["buflomedil", "exosomes", "homeopathic-complex"]
    anything = [row.ingredient_a for row in catalogue.pairs if row.ingredient_b is None]
    assert sorted(anything) == sorted(everyone)
    assert sum(row.ingredient is None for row in catalogue.contraindications) == 32
    assert sum(row.condition is None for row in catalogue.protocols) == 11
    assert "*" not in repr([catalogue.contraindications, catalogue.pairs, catalogue.protocols])


def test_every_contraindication_asks_for_a_factor_and_every_factor_is_asked_for(catalogue):
    asked = {row.factor_code for row in catalogue.contraindications} - {None}
    assert asked == {row.code for row in catalogue.factors}


def test_allergies_are_open_to_the_front_desk_and_diagnoses_are_not(catalogue):
    assert {row.sensitive for row in catalogue.factors if row.kind == "allergy"} == {False}
    assert {row.sensitive for row in catalogue.factors if row.kind == "disease"} == {True}


def test_pregnancy_never_ends_by_the_calendar(catalogue):
    lasting = {row.usual_days for row in catalogue.factors if row.kind == "pregnancy"}
    assert lasting == {None}
    passing = {row.code: row.usual_days for row in catalogue.factors if row.usual_days}
    assert passing == {
        "isotretinoin": 365,
        "lab_tests": 7,
        "nsaid_48h": 2,
        "recent_infection": 14,
        "recent_surgery": 90,
        "steroid_1m": 30,
        "steroid_systemic_2w": 14,
        "succinylcholine": 1,
        "vaccine_1w": 7,
    }


@pytest.mark.parametrize(
    ("file", "column", "rows"),
    [
        ("ingredients.csv", "sources", "ingredients"),
        ("conditions.csv", "sources", "conditions"),
        ("interactions.csv", "source", "pairs"),
        ("contraindications.csv", "source", "contraindications"),
        ("indications.csv", "source", "indications"),
        ("protocols.csv", "source", "protocols"),
        ("premade.csv", "source", "premades"),
        ("adverse_effects.csv", "source", "effects"),
        ("checklist.csv", "source", "checklist"),
        ("intake_questions.csv", "source", "questions"),
        ("scales.csv", "sources", "scale_levels"),
    ],
)
def test_no_citation_is_lost(catalogue, file, column, rows):
    with (DATA / file).open(encoding="utf-8", newline="") as opened:
        written = [row[column] for row in csv.DictReader(opened)]

    assert [catalogue.full_citations_text(row.sources) for row in getattr(catalogue, rows)] == written


# Answers that carry no factor, and why: asked for the cause, for the record, or "no".
WITHOUT_A_FACTOR = {
    "alcohol": {"neither", "alcohol", "smoking", "both"},  # healing: no row asks for it
    "allergy": {"other", "none"},  # named in words, matched with term_factors.csv
    "anticoag": {"none"},
    "autoimmune": {"none"},
    "brittle": {"yes"},  # a cause to look for
    "cancer": {"none"},
    "contraception": {"reliable", "not applicable"},
    "diabetes": {"no"},
    "diet": {"balanced", "unbalanced", "recent weight loss", "restrictive"},  # cause-diet
    "dry": {"yes"},  # looked at, then recorded by the clinician
    "family": {"yes"},
    "heart": {"none"},
    "hormonal": {"PCOS", "menopause", "postpartum", "androgens", "none"},  # cause-hormonal
    "insurance": {"self", "insurance", "plan"},
    "kidney": {"none"},
    "pattern": {"frontal", "temples", "midscalp", "vertex", "occipital", "diffuse", "patches"},
    "pregnant": {"none"},
    "previous": {"mesotherapy", "PRP", "filler", "none"},  # intervals, from the date
    "scalp-disease": {"none"},
    "stress": {"no", "yes"},  # cause-stress
}


def test_every_answer_means_a_factor_or_is_known_to_mean_none(catalogue):
    mapped = {(row.question, row.answer) for row in catalogue.answer_factors}
    left = {}
    for question in catalogue.questions:
        answers = set(question.options)
        if question.answer_type.startswith("yes-no"):
            answers |= {"yes"}
        without = {answer for answer in answers if (question.code, answer) not in mapped}
        if without:
            left[question.code] = without

    assert left == WITHOUT_A_FACTOR
    assert sorted(pair for pair in mapped if pair[1][0] in "<>") == [
        ("age", "<18"),
        ("dandruff", ">=4"),
        ("despair", ">=3"),
        ("needle", ">=7"),
    ]


def named_in(catalogue, text: str, kinds: set[str]) -> set[str]:
    """The factors whose terms stand in the text as whole words."""
    return {
        row.factor_code
        for row in catalogue.term_factors
        if row.kind in kinds and re.search(rf"(?<!\w){re.escape(row.term)}(?!\w)", text.lower())
    }


ALLERGY, MEDICINE, CONDITION = ({"allergy"}, {"medicine"}, {"disease", "history", "pregnancy"})


@pytest.mark.parametrize(
    ("text", "kinds", "factors"),
    [
        ("Aspirin 81 MG", MEDICINE, {"nsaid_48h"}),
        ("Aspirin", ALLERGY, {"allergy_salicylate"}),
        ("Allergy to eggs", ALLERGY, {"allergy_egg_soy"}),
        ("Eggplant", ALLERGY, set()),
        ("Penicillin", ALLERGY, set()),
        ("Lidocaine", ALLERGY, {"allergy_amide"}),
        ("Local anaesthetic", ALLERGY, {"allergy_amide", "allergy_ester"}),
        ("Apixaban 5 MG", MEDICINE, {"anticoagulant"}),
        ("Ketorolac 10 MG", MEDICINE, {"ketorolac", "nsaid_48h"}),
        ("Prediabetes", CONDITION, set()),
        ("Normal pregnancy", CONDITION, {"pregnancy"}),
        ("Hashimoto thyroiditis", CONDITION, {"autoimmune", "thyroid"}),
        ("Carcinoma of prostate", CONDITION, {"cancer_active", "psa"}),
    ],
)
def test_words_that_other_software_writes_mean_factors(catalogue, text, kinds, factors):
    assert named_in(catalogue, text, kinds) == factors


def active_texts(folder: Path, kind: str, status: str) -> set[str]:
    """What the bundles of a folder name in their active resources of one kind."""
    found = set()
    for path in sorted(folder.glob("*_*.json")):
        for entry in json.loads(path.read_text(encoding="utf-8"))["entry"]:
            resource = entry["resource"]
            if resource["resourceType"] != kind:
                continue
            if kind == "Condition":
                now, code = (resource["clinicalStatus"]["coding"][0]["code"], resource["code"])
            else:
                now, code = resource["status"], resource["medicationCodeableConcept"]
            if now == status:
                found.add(code["text"])
    return found


#: No rule asks for an empty set; clonazepam and simvastatin: the condition list says what they are given for.
CONDITIONS = {
    "Coronary Heart Disease": {"cardiac"},
    "Epilepsy": {"epilepsy"},
    "Seizure disorder": {"epilepsy"},
    "History of single seizure (situation)": {"epilepsy"},
    "Body mass index 30+ - obesity (finding)": set(),
    "Chronic sinusitis (disorder)": set(),
}
MEDICINES = {
    "Clopidogrel 75 MG Oral Tablet": {"nsaid_48h"},
    "Amlodipine 5 MG Oral Tablet": {"hypotension"},
    "Nitroglycerin 0.4 MG/ACTUAT Mucosal Spray": {"cardiac", "hypotension"},
    "Carbamazepine[Tegretol]": {"epilepsy"},
    "Clonazepam [Klonopin]": set(),
    "Simvastatin 20 MG Oral Tablet": set(),
}
BUNDLES = pytest.mark.parametrize(
    "folder",
    [
        pytest.param(DATA_OF_TESTS / "fhir", id="ours"),
        pytest.param(REALDATA / "fhir-synthea-r4", id="Synthea's", marks=pytest.mark.realdata),
    ],
)


@BUNDLES
def test_the_active_conditions_of_the_fhir_bundles_mean_factors(catalogue, folder):
    texts = active_texts(folder, "Condition", "active")

    assert {text: named_in(catalogue, text, CONDITION) for text in texts} == CONDITIONS


@BUNDLES
def test_the_active_medicines_of_the_fhir_bundles_mean_factors(catalogue, folder):
    texts = active_texts(folder, "MedicationRequest", "active")

    assert {text: named_in(catalogue, text, MEDICINE) for text in texts} == MEDICINES
