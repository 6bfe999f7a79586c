"""FHIR bundles, made up: what the sample files do not hold."""

import json
from datetime import date

import pytest

from patients.models import RiskFactor
from tests.patients.importing import bring, read, written


def bundle(*resources, **patient):
    person = {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"system": "urn:made-up", "value": "7"}],
        "name": [
            {"use": "maiden", "family": "Old", "given": ["Ana"]},
            {"use": "official", "family": "Núñez", "given": ["Ana", "Lucía"]},
        ],
        "gender": "female",
        "birthDate": "1984-04-03",
    } | patient
    person = {name: value for name, value in person.items() if value is not None}
    entries = [{"resource": one} for one in (person, *resources)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def allergy(text, number="a1", **more):
    return {
        "resourceType": "AllergyIntolerance",
        "id": number,
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "patient": {"reference": "Patient/p1"},
        "code": {"text": text},
    } | more


def test_an_allergy_becomes_a_risk_factor_for_each_thing_its_words_name(admin, factors):
    done = bring(admin, ("a.json", bundle(allergy("Local anaesthetic", onsetDateTime="2019"))))

    rows = RiskFactor.objects.order_by("factor__code").values_list(
        "kind", "label", "factor__code", "started_on", "origin"
    )
    assert list(rows) == [
        ("allergy", "Local anaesthetic", code, date(2019, 1, 1), "import")
        for code in ("allergy_amide", "allergy_ester")
    ]
    assert (done.registered, done.factors) == (1, 2)


def test_an_allergy_of_two_factors_is_not_doubled_by_a_second_run(admin, factors):
    files = [("a.json", bundle(allergy("Local anaesthetic")))]
    bring(admin, *files)
    before = written()

    done = bring(admin, *files)

    assert written() == before
    assert (done.factors, done.factors_known) == (0, 1)


@pytest.mark.parametrize(
    "over",
    [
        {"clinicalStatus": {"coding": [{"code": "resolved"}]}},
        {"verificationStatus": {"coding": [{"code": "refuted"}]}},
        {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}},
        {"code": {"text": "No known allergies"}},
        {"code": {"coding": [{"system": "http://snomed.info/sct", "code": "716186003", "display": "NKA"}]}},
    ],
)
def test_an_allergy_that_is_none_is_left_out_and_counted(over, admin, factors):
    people, wrong, notes = read("a.json", bundle(allergy("Latex") | over))

    assert (people[0].stands, wrong, len(notes)) == ((), [], 1)
    assert notes[0].startswith("1 × ")


def medicine(kind="MedicationRequest", **more):
    stated = {"resourceType": kind, "id": "m1", "status": "active", "subject": {"reference": "Patient/p1"}}
    if kind == "MedicationRequest":
        stated["intent"] = "order"
    return stated | more


@pytest.mark.parametrize(
    ("resources", "labels"),
    [
        ([medicine(medicationCodeableConcept={"text": "Clopidogrel 75 mg"})], ["Clopidogrel 75 mg"]),
        (
            [medicine("MedicationStatement", medicationCodeableConcept={"coding": [{"display": "Aspirin"}]})],
            ["Aspirin"],
        ),
        (
            [
                {"resourceType": "Medication", "id": "x", "code": {"text": "Warfarin"}},
                medicine(medicationReference={"reference": "Medication/x"}),
            ],
            ["Warfarin"],
        ),
        ([medicine(medicationCodeableConcept={"text": "Warfarin"}, doNotPerform=True)], []),
        ([medicine(medicationCodeableConcept={"text": "Warfarin"}, intent="proposal")], []),
        ([medicine(medicationCodeableConcept={"text": "Warfarin"}, status="stopped")], []),
    ],
    ids=["request", "statement", "reference", "do not", "proposal", "stopped"],
)
def test_a_medicine_stands_where_it_is_taken_now(resources, labels):
    people, wrong, _ = read("m.json", bundle(*resources))

    assert ([one.label for one in people[0].stands], wrong) == (labels, [])


@pytest.mark.fault("F57")
def test_a_claim_that_is_not_valid_does_not_stop_a_patient():
    people, wrong, _ = read("a.json", bundle({"resourceType": "Claim", "nonsense": 1}))

    assert ([p.family_name for p in people], people[0].given_names, wrong) == (["Núñez"], "Ana Lucía", [])


@pytest.mark.fault("F57")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            bundle(birthDate="1984-13-03"),
            "a.json: entry 1, birthDate “1984-13-03”: is not as FHIR R4 says a Patient is written.",
        ),
        (
            bundle(birthDate="1984"),
            "a.json: entry 1, birthDate “1984”: is not a whole date. Write it as 1984-12-31.",
        ),
        (bundle(birthDate=None), "a.json: entry 1, birthDate: is missing. A patient needs a birth date."),
        (bundle(name=None), "a.json: entry 1, name: is missing. A patient needs a family name."),
        (
            bundle(deceasedBoolean=True),
            "a.json: entry 1, deceased: The patient has died, but the day is not given. Write it, or leave the entry out.",
        ),
        (
            bundle(name=[{"family": "Nú\x00ñez"}]),
            "a.json: entry 1: holds characters that cannot be printed. Correct it.",
        ),
        (
            bundle(name=[{"family": "\ud800"}]),
            "a.json: entry 1: holds characters that cannot be printed. Correct it.",
        ),
        (
            bundle(allergy("Latex", patient={"reference": "Patient/p9"})),
            "a.json: entry 2: is about a patient who is not in this file. Export both together.",
        ),
        (
            bundle(allergy("Latex", onsetDateTime="2031-01-01")),
            "a.json: entry 2, onset “2031-01-01”: starts in the future. Correct the day.",
        ),
        (
            bundle(allergy("", code=None)),
            "a.json: entry 2: does not say what it is: neither a text nor the words of its code.",
        ),
        ("{", "a.json: It is not whole JSON (line 1). Export it again."),
        ("[" * 100_000, "a.json: It is not whole JSON. Export it again."),
        ('{"patients": []}', "a.json: It is JSON, but no FHIR bundle. Export the records as FHIR R4."),
        (
            '{"resourceType": "Bundle", "entry": 3}',
            "a.json: Its entries are no list: it is no FHIR bundle. Export it again.",
        ),
    ],
)
def test_what_is_wrong_in_a_bundle_is_said_by_entry(text, said):
    people, wrong, _ = read("a.json", text)

    assert wrong == [said]
    assert "Núñez" not in str(wrong)
