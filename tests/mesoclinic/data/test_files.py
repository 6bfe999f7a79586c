"""The clinical data files: what they hold, how they hang together, and what a broken one answers."""

import ast
import csv
import json
import re
import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from mesoclinic import data
from mesoclinic.data import files, rows, tables
from mesoclinic.data.files import read_all
from mesoclinic.data.tables import BadRow, CatalogueFilesError
from tests.files import DATA as DATA_OF_TESTS
from tests.files import REALDATA

DATA = Path(data.__file__).parent


@pytest.fixture(scope="module")
def catalogue():
    return read_all(DATA)


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
        ("sources", 189),
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

    assert [catalogue.citation(row.sources) for row in getattr(catalogue, rows)] == written


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


# --- what a broken file answers -----------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    for path in DATA.glob("*.csv"):
        shutil.copy(path, tmp_path)
    return tmp_path


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode("utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode("utf-8"))


BROKEN = {
    "unknown ingredient in a pair": (
        ("interactions.csv", "exosomes,*any", "exosome,*any"),
        ["interactions.csv line 110, ingredient_a: “exosome” is not a known ingredient"],
    ),
    "unknown condition in an indication": (
        ("indications.csv", "androgenetic-alopecia,dutasteride,3", "baldness,dutasteride,3"),
        ["indications.csv line 2, condition: “baldness” is not a known condition"],
    ),
    "support beyond three": (
        ("indications.csv", "androgenetic-alopecia,dutasteride,3", "androgenetic-alopecia,dutasteride,4"),
        ["indications.csv line 2, support_0_3: “4” is not one of: 0, 1, 2, 3"],
    ),
    "unknown factor": (
        ("contraindications.csv", "Latex allergy,allergy_latex", "Latex allergy,allergy_rubber"),
        ["contraindications.csv line 57, factor_code: “allergy_rubber” is not a known factor"],
    ),
    "unknown basis": (
        ("zones.csv", "Frontal third,inferred,", "Frontal third,guessed,"),
        [
            "zones.csv line 2, basis: “guessed” is not one of: stated, inferred, partly_sourced, general_knowledge"
        ],
    ),
    "unknown source": (
        ("zones.csv", "[YAKER]", "[YAKERS]"),
        ["zones.csv line 2, source: [YAKERS] is not in sources.csv"],
    ),
    "source without a key": (
        ("zones.csv", "[YAKER] ", "Yaker "),
        ["zones.csv line 2, source: “Yaker Yaker hair transplant guide (front” does not start with a [KEY]"],
    ),
    "area that is no number": (
        ("zones.csv", "hairline,70,", "hairline,7O,"),
        ["zones.csv line 2, area_cm2: “7O” is not a number"],
    ),
    "blocked without a reason": (
        (
            "ingredient_groups.csv",
            "Suspended in the EU since 2011 for fatal cardiac and neurological effects (EMA). Choose another ingredient.",
            "",
        ),
        ["ingredient_groups.csv line 30, status_reason: a blocked ingredient needs a reason for people"],
    ),
    "ingredient without its group": (
        ("ingredient_groups.csv", "\nbiotin,", "\nbiotine,"),
        [
            "ingredient_groups.csv line 2, code: “biotine” is not in ingredients.csv",
            "ingredients.csv line 5, code: “biotin” has no row in ingredient_groups.csv",
        ],
    ),
    "same code twice": (
        ("zones.csv", "\nMIDSCALP,", "\nFRONTAL,"),
        ["zones.csv line 3, code: “FRONTAL” is already on line 2"],
    ),
    "limit that is no number": (
        ("ingredients.csv", ",300,mg,session,", ",about 300,mg,session,"),
        ["ingredients.csv line 35, max_value: “about 300” is not a number"],
    ),
    "limit per kg in another unit": (
        ("ingredients.csv", "4.5 mg/kg,", "4.5 mL/kg,"),
        ["ingredients.csv line 35, max_per_kg: “4.5 mL/kg” is not a number of mg/kg"],
    ),
    "intervals that do not make the sessions": (
        ("protocol_numbers.csv", "aga-duta-3monthly,no,4,4,4,90;90;90,", "aga-duta-3monthly,no,4,4,4,90;90,"),
        ["protocol_numbers.csv line 2, intervals: 2 intervals do not make 4 sessions"],
    ),
    "interval that is no number of days": (
        ("protocol_numbers.csv", "90;90;90", "90;90;quarterly"),
        [
            "protocol_numbers.csv line 2, intervals: “quarterly” is not a number of days",
            "protocol_numbers.csv line 2, intervals: 2 intervals do not make 4 sessions",
        ],
    ),
    "range the wrong way round": (
        ("protocol_numbers.csv", ",0.05,0.1,", ",0.5,0.1,"),
        ["protocol_numbers.csv line 2, ml_per_point_max: “0.1” is below ml_per_point_min “0.5”"],
    ),
    "answer nobody can give": (
        ("answer_factors.csv", "heart,low BP,", "heart,low pressure,"),
        ["answer_factors.csv line 47, answer: “low pressure” is not an answer to “heart”"],
    ),
    "answer of another kind than its factor": (
        ("answer_factors.csv", "epilepsy,yes,epilepsy,disease", "epilepsy,yes,epilepsy,medicine"),
        ["answer_factors.csv line 41, kind: the factor “epilepsy” is a disease"],
    ),
    "term in capitals": (
        ("term_factors.csv", "\nwarfarin,", "\nWarfarin,"),
        ["term_factors.csv line 91, term: “Warfarin” is not lowercase"],
    ),
    "unknown scale of a condition": (
        ("conditions.csv", "HAMILTON_NORWOOD (men)", "NORWOOD (men)"),
        ["conditions.csv line 2, severity_scales: “NORWOOD” is not a known scale"],
    ),
    "scale without its ends": (
        ("scale_groups.csv", "PAIN_NRS,number,0,10,1,", "PAIN_NRS,number,0,,1,"),
        ["scale_groups.csv line 10, max: a number scale needs it"],
    ),
    "unknown ingredient in a ready-made product": (
        ("premade_groups.csv", "polynucleotides", "polynucleotide"),
        ["premade_groups.csv line 8, contents: “polynucleotide” is not a known ingredient"],
    ),
    "harmful mix without a reason": (
        ("premade_groups.csv", ",ampoule,yes,", ",ampoule,no,"),
        ["premade_groups.csv line 15, blocked_reason: a blocked product has a reason, and no other has one"],
    ),
    "level that the research file contradicts": (
        ("reaction_groups.csv", "Swelling,expected", "Swelling,alert"),
        ["reaction_groups.csv line 2, level: adverse_effects.csv says “expected”"],
    ),
    "short list without an order": (
        ("checklist_short.csv", "Single-use gloves,yes,10,", "Single-use gloves,yes,,"),
        ["checklist_short.csv line 12, short_order: stands on the rows of the short list, and on no other"],
    ),
    "seed mark in other words": (
        ("checklist.csv", "lot stock decremented,yes,,,no", "lot stock decremented,yes,,,perhaps"),
        ["checklist.csv line 39, in_seed: “perhaps” is neither yes nor no"],
    ),
    "too many cells": (
        ("zones.csv", "BEARD,Beard,", "BEARD,Beard,,"),
        ["zones.csv line 12: has 10 cells where the header has 9"],
    ),
    "label left out": (
        ("factors.csv", "Allergy: fish,Allergy: fish", "Allergy: fish,"),
        ["factors.csv line 8, short_label: is empty"],
    ),
    "no source": (
        ("factors.csv", '"[GK] general knowledge, to be verified by a clinician"', ""),
        ["factors.csv line 2, source: names no source"],
    ),
    "days that are no whole number": (
        ("factors.csv", ",no,2,", ",no,2.5,"),
        ["factors.csv line 23, usual_days: “2.5” is not a whole number"],
    ),
}


@pytest.mark.parametrize(("change", "told"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_row_gives_its_file_its_line_and_the_reason(folder, change, told):
    file, old, new = change
    spoil(folder / file, old, new)

    with pytest.raises(CatalogueFilesError) as refused:
        read_all(folder)

    assert str(refused.value).split("\n") == told


def test_a_bad_row_is_told_in_one_plain_line(folder):
    spoil(folder / "zones.csv", "Frontal third with hairline,70,", "Frontal third with hairline,7O,")

    with pytest.raises(CatalogueFilesError) as refused:
        read_all(folder)

    assert refused.value.bad_rows == (BadRow("zones.csv", 2, "area_cm2", "“7O” is not a number"),)
    assert str(refused.value) == "zones.csv line 2, area_cm2: “7O” is not a number"


def test_everything_wrong_is_told_at_once(folder):
    spoil(folder / "zones.csv", ",70,", ",7O,")
    spoil(folder / "zones.csv", ",120,", ",-120,")
    spoil(folder / "indications.csv", "androgenetic-alopecia,prp,3", "androgenetic-alopecia,ppp,3")

    with pytest.raises(CatalogueFilesError) as refused:
        read_all(folder)

    assert [(bad.file, bad.line, bad.column) for bad in refused.value.bad_rows] == [
        ("zones.csv", 2, "area_cm2"),
        ("zones.csv", 9, "area_cm2"),
        ("indications.csv", 4, "ingredient"),
    ]


def test_a_pair_written_both_ways_is_told(folder):
    path = folder / "interactions.csv"
    with path.open(encoding="utf-8", newline="") as opened:
        first = next(csv.DictReader(opened))
    a, b = first["ingredient_a"], first["ingredient_b"]
    with path.open("a", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerow([b, a, "ok", "none", "any", "why", "stated", "[SEED] seed"])

    with pytest.raises(CatalogueFilesError) as refused:
        read_all(folder)

    assert refused.value.bad_rows == (
        BadRow("interactions.csv", 113, "ingredient_b", "this pair is already on line 2"),
    )


def test_a_missing_file_is_told(folder):
    (folder / "zones.csv").unlink()

    with pytest.raises(CatalogueFilesError) as refused:
        read_all(folder)

    assert refused.value.bad_rows == (BadRow("zones.csv", 0, "", "the file is missing or cannot be read"),)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", BadRow("zones.csv", 1, "", "the file is empty")),
        (b"code,name\nX,Caf\xe9\n", BadRow("zones.csv", 2, "", "is not written in UTF-8")),
        (b'code,"name\n', BadRow("zones.csv", 1, "", "is not CSV: unexpected end of data")),
        (
            b"code,name,area_cm2,salt_zone,optional,order,why,basis\n",
            BadRow("zones.csv", 1, "source", "this column is missing"),
        ),
    ],
    ids=["empty", "not UTF-8", "open quote", "missing column"],
)
def test_a_file_that_is_no_table_is_told(folder, content, reason):
    (folder / "zones.csv").write_bytes(content)

    with pytest.raises(CatalogueFilesError) as refused:
        read_all(folder)

    assert refused.value.bad_rows == (reason,)


def test_a_byte_order_mark_and_quoted_line_breaks_are_read(folder):
    path = folder / "zones.csv"
    text = path.read_text(encoding="utf-8").replace("Mid-scalp", '"Mid-\nscalp"').replace("120,", "12O,")
    path.write_text(text, encoding="utf-8-sig")

    with pytest.raises(CatalogueFilesError) as refused:
        read_all(folder)

    # The quoted break moves the last zone one line down.
    assert [(bad.line, bad.column) for bad in refused.value.bad_rows] == [(10, "area_cm2")]


@pytest.mark.parametrize("module", [files, rows, tables])
def test_the_reader_needs_no_django(module):
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= {"collections", "csv", "dataclasses", "decimal", "mesoclinic", "pathlib", "re"}
