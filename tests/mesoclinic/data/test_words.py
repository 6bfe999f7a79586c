"""What the words of other software, and of people, mean by the shipped files."""

import json
import re
from pathlib import Path

import pytest

from mesoclinic import data
from mesoclinic.data.files import read_catalogue
from tests.files import DATA as DATA_OF_TESTS
from tests.files import REALDATA


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue(Path(data.__file__).parent)


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
        ("Allergy to eggs", ALLERGY, {"allergy_egg"}),
        ("Eggplant", ALLERGY, set()),
        ("Penicillin", ALLERGY, {"allergy_other:penicillin"}),
        ("Doxycycline 100 MG", MEDICINE, {"antibiotic_now"}),
        ("Hypertension", CONDITION, {"hypertension"}),
        ("Kidney stone", CONDITION, {"kidney_stones"}),
        ("Erectile dysfunction", CONDITION, {"mood_or_sexual"}),
        ("Depression", CONDITION, {"depression"}),
        ("Tamoxifen 20 MG", MEDICINE, {"cancer_medicine"}),
        ("Chemotherapy", MEDICINE, {"cancer_active", "immunosuppression"}),
        ("Spironolactone 50 MG", MEDICINE, {"spironolactone"}),
        ("Finasteride 1 MG", MEDICINE, {"five_ari_oral"}),
        ("Minoxidil tablets", MEDICINE, {"minoxidil_other_route"}),
        ("Biotin 5000", MEDICINE, {"biotin_supplement"}),
        ("Sulfamethoxazole", ALLERGY, {"allergy_sulfonamide"}),
        ("Bepanthen", ALLERGY, {"allergy_component:dexpanthenol"}),
        ("Lidocaine", ALLERGY, {"allergy_amide"}),
        ("Local anaesthetic", ALLERGY, {"allergy_la_unknown"}),
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
    "Amlodipine 5 MG Oral Tablet": {"bp_lowering_medicine"},
    "Nitroglycerin 0.4 MG/ACTUAT Mucosal Spray": {"cardiac", "bp_lowering_medicine"},
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
