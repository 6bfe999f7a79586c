"""Other people's files come in whole, once, with accents right; what is wrong is said and writes nothing."""

import csv
import io
import json
import time
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from mesoclinic.core.models import AuditEvent
from patients.actions.imports import NothingWritten, import_people
from patients.files.upload import open_file
from patients.models import Patient, PatientIdentifier, RiskFactor
from tests import factories
from tests.files import realdata_files

TODAY = date(2026, 11, 23)


def run(command, *files, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command(command, *map(str, files), stdout=out, stderr=err, **options)
    return out.getvalue() + err.getvalue()


def written():
    return (
        Patient.objects.count(),
        PatientIdentifier.objects.count(),
        RiskFactor.objects.count(),
        AuditEvent.objects.count(),
    )


def read(name, data):
    """What ``data`` (text or bytes) holds; the wrong ones as text."""
    data = data.encode() if isinstance(data, str) else data
    reading = open_file(name, data).read(TODAY)
    return reading.people, [str(wrong) for wrong in reading.wrong], reading.notes


def bring(admin, *files, **options):
    """Import files given as (name, text)."""
    readings = [open_file(name, text.encode()).read(TODAY) for name, text in files]
    return import_people(
        people=[person for one in readings for person in one.people],
        wrong=[wrong for one in readings for wrong in one.wrong],
        by=admin,
        **options,
    )


@pytest.fixture
def factors(db):
    """The words that the sample's medicines and allergies are known by."""
    for code, kind, term, listed in (
        ("nsaid_48h", "medicine", "clopidogrel", "medicine"),
        ("cardiac", "disease", "coronary heart disease", "disease"),
        ("pregnancy", "pregnancy", "normal pregnancy", "pregnancy"),
        ("allergy_amide", "allergy", "local anaesthetic", "allergy"),
        ("allergy_ester", "allergy", "local anaesthetic", "allergy"),
        ("allergy_latex", "allergy", "latex", "allergy"),
    ):
        factor = factories.FactorFactory(code=code, kind=kind)
        factories.FactorTermFactory(term=term, kind=listed, factor=factor)


# --- the Synthea list --------------------------------------------------------


@pytest.fixture
def synthea_csv(realdata):
    return realdata / "patient-lists" / "synthea_patients_a.csv"


@pytest.mark.realdata
def test_the_whole_synthea_list_comes_in_with_every_name_as_written(synthea_csv, admin):
    began = time.monotonic()
    said = run("import_patients", synthea_csv, by=admin.username)
    took = time.monotonic() - began

    with synthea_csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = {
        row["Id"]: (
            row["FIRST"],
            row["LAST"],
            row["BIRTHDATE"],
            row["DEATHDATE"] or "None",
            {"F": "female", "M": "male"}[row["GENDER"]],
        )
        for row in rows
    }
    known = PatientIdentifier.objects.filter(system="csv:synthea").select_related("patient")
    assert len(rows) == 574
    assert {
        one.value: (
            one.patient.given_names,
            one.patient.family_name,
            str(one.patient.birth_date),
            str(one.patient.died_on),
            one.patient.sex_at_birth,
        )
        for one in known
    } == expected
    assert Patient.objects.filter(family_name="Narváez57").count() == 1
    assert "BIRTHDATE → Birth date" in said
    assert "SSN → not imported" in said
    assert "500…" in said
    assert "574 patients registered; 0 here already." in said
    assert took < 20


@pytest.mark.realdata
def test_a_second_run_of_the_list_creates_no_doubles(synthea_csv, admin):
    run("import_patients", synthea_csv, by=admin.username)
    before = written()

    said = run("import_patients", synthea_csv, by=admin.username)

    assert written() == before
    assert "0 patients registered; 574 here already." in said


def test_one_event_for_each_patient_and_one_for_the_run_hold_no_name(admin):
    bring(
        admin, ("desk.csv", "id,first name,last name,dob\n1,Ana,Núñez,1990-05-17\n2,Léa,Moreau,1991-05-17\n")
    )

    events = list(AuditEvent.objects.order_by("pk").values_list("did", "data"))
    assert [did for did, _ in events] == ["patient.registered"] * 2 + ["patients.imported"]
    assert events[-1][1] == {"registered": 2, "known": 0, "factors": 0, "skipped": 0, "systems": ["csv:desk"]}
    assert "Moreau" not in str(events)


# --- the Synthea bundles -----------------------------------------------------


@pytest.fixture
def bundles(realdata):
    return sorted((realdata / "fhir-synthea-r4").glob("*.json"))


@pytest.mark.realdata
def test_all_eight_bundles_come_in_and_the_one_of_practitioners_says_it_holds_no_patient(
    bundles, admin, factors
):
    said = run("import_fhir", *bundles, by=admin.username)

    assert len(bundles) == 9
    assert sorted(Patient.objects.values_list("given_names", "family_name")) == [
        ("Alberto", "Atencio"),
        ("Clemente", "Kreiger"),
        ("Gustavo", "Mejía"),
        ("Jesús", "Alvarez"),
        ("Luigi", "Wiegand"),
        ("María Luisa", "Razo"),
        ("Ned", "Hintz"),
        ("Stanley", "Balistreri"),
    ]
    assert "practitionerInformation1559319163815.json: 0 patients; holds no patient" in said
    assert "8 patients registered" in said


@pytest.mark.realdata
def test_a_bundle_brings_what_stands_and_leaves_out_what_is_over(bundles, admin, factors):
    [bundle] = [path for path in bundles if path.name.startswith("Mar")]

    said = run("import_fhir", bundle, by=admin.username)

    patient = Patient.objects.get()
    assert (patient.birth_date, patient.sex_at_birth, patient.phone, patient.language) == (
        date(1973, 8, 1),
        "female",
        "+1 555-533-1316",
        "es",
    )
    assert patient.address == "430 Emmerich Skyway\nLexington Massachusetts 02420\nUS"
    stands = patient.risk_factors.values_list("kind", "label", "factor__code", "started_on", "origin")
    assert list(stands) == [
        ("disease", "Body mass index 30+ - obesity (finding)", None, date(2014, 7, 16), "import"),
        ("disease", "Coronary Heart Disease", "cardiac", date(2012, 7, 11), "import"),
        *(
            ("medicine", label, factor, date(2012, 7, 11), "import")
            for label, factor in (
                ("Amlodipine 5 MG Oral Tablet", None),
                ("Clopidogrel 75 MG Oral Tablet", "nsaid_48h"),
                ("Nitroglycerin 0.4 MG/ACTUAT Mucosal Spray", None),
                ("Simvastatin 20 MG Oral Tablet", None),
            )
        ),
    ]
    assert "3 × disease that no longer stands" in said


@pytest.mark.realdata
def test_a_second_run_of_the_bundles_creates_no_doubles(bundles, admin, factors):
    run("import_fhir", *bundles, by=admin.username)
    before = written()

    said = run("import_fhir", *bundles, by=admin.username)

    assert written() == before
    assert "0 patients registered; 8 here already; 0 risk factors recorded" in said


# --- made-up bundles: what the sample has not --------------------------------


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


def test_a_claim_that_is_not_valid_does_not_stop_a_patient():
    people, wrong, _ = read("a.json", bundle({"resourceType": "Claim", "nonsense": 1}))

    assert ([p.family_name for p in people], people[0].given_names, wrong) == (["Núñez"], "Ana Lucía", [])


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


# --- CSV: how it is written --------------------------------------------------

LIST = "id;nom;prénom;né le;sexe\n1;Lefèvre;Gérard;25/12/1980;H\n2;Muñoz;Françoise;01/02/1990;F\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_list_is_read_in_any_encoding_with_any_separator_and_line_end(encoding, delimiter, end):
    text = LIST.replace(";", delimiter).replace("\n", end)

    people, wrong, _ = read("patients.csv", text.encode(encoding))

    assert wrong == []
    assert [(p.at, p.given_names, p.family_name, p.birth_date, p.sex_at_birth) for p in people] == [
        ("line 2", "Gérard", "Lefèvre", date(1980, 12, 25), "male"),
        ("line 3", "Françoise", "Muñoz", date(1990, 2, 1), "female"),
    ]


@pytest.mark.parametrize(
    ("text", "encoding", "names"),
    [
        (
            "vorname;nachname;geburtsdatum\nAyşe;Yıldız Şahin;1980-01-02\nÖzgür;Ağaoğlu;1981-01-02\n",
            "cp1254",
            ["Yıldız Şahin", "Ağaoğlu"],
        ),
        (
            "first name;last name;dob\nГеоргий;Иванов;1980-01-02\nАнна;Петрова;1981-01-02\n",
            "cp1251",
            ["Иванов", "Петрова"],
        ),
    ],
)
def test_a_list_that_is_not_western_is_not_read_as_if_it_were(text, encoding, names):
    people, _, _ = read("p.csv", text.encode(encoding))

    assert [p.family_name for p in people] == names


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (
            "pid,pubpid,fname,mname,lname,DOB,sex,street,city,state,postal_code,country_code,phone_cell,email,status,language,race,ethnicity,preferred_name,deceased_date",
            {
                "identifier": "pid",
                "given_names": "fname",
                "middle_name": "mname",
                "family_name": "lname",
                "birth_date": "DOB",
                "sex_at_birth": "sex",
                "street": "street",
                "city": "city",
                "state": "state",
                "postcode": "postal_code",
                "country": "country_code",
                "phone": "phone_cell",
                "email": "email",
                "language": "language",
                "preferred_name": "preferred_name",
                "died_on": "deceased_date",
            },
        ),
        (
            "first_name,last_name,title,date_of_birth,gender,email,address_1,address_2,address_3,city,state,post_code,country,occupation,emergency_contact,notes",
            {
                "given_names": "first_name",
                "family_name": "last_name",
                "birth_date": "date_of_birth",
                "sex_at_birth": "gender",
                "email": "email",
                "street": "address_1",
                "street_2": "address_2",
                "street_3": "address_3",
                "city": "city",
                "state": "state",
                "postcode": "post_code",
                "country": "country",
                "emergency_contact_name": "emergency_contact",
            },
        ),
        (
            "Title,First-Name,Last-Name,Street-Address,City,State,Zip-Code,Date-Of-Birth,Gender,Cell-Phone,Other-Phone,Email,Occupation",
            {
                "given_names": "First-Name",
                "family_name": "Last-Name",
                "street": "Street-Address",
                "city": "City",
                "state": "State",
                "postcode": "Zip-Code",
                "birth_date": "Date-Of-Birth",
                "sex_at_birth": "Gender",
                "phone": "Cell-Phone",
                "other_phone": "Other-Phone",
                "email": "Email",
            },
        ),
        (
            "First Name,Last Name,Phone number,Email,Birthdate,Gender,City,Address,Note",
            {
                "given_names": "First Name",
                "family_name": "Last Name",
                "phone": "Phone number",
                "email": "Email",
                "birth_date": "Birthdate",
                "sex_at_birth": "Gender",
                "city": "City",
                "street": "Address",
            },
        ),
        (
            "Vorname,Name,Geburtsdatum,Geschlecht,PLZ,Ort",
            {
                "given_names": "Vorname",
                "family_name": "Name",
                "birth_date": "Geburtsdatum",
                "sex_at_birth": "Geschlecht",
                "postcode": "PLZ",
                "city": "Ort",
            },
        ),
        (
            "Nombre,Apellidos,Fecha de nacimiento,Sexo,Teléfono móvil",
            {
                "given_names": "Nombre",
                "family_name": "Apellidos",
                "birth_date": "Fecha de nacimiento",
                "sex_at_birth": "Sexo",
                "phone": "Teléfono móvil",
            },
        ),
        (
            "Prénom,Nom de famille,Née le,Courriel",
            {
                "given_names": "Prénom",
                "family_name": "Nom de famille",
                "birth_date": "Née le",
                "email": "Courriel",
            },
        ),
    ],
    ids=["OpenEMR", "Cliniko", "Jeyla", "reservation.studio", "German", "Spanish", "French"],
)
def test_the_columns_other_systems_export_are_guessed(header, fields):
    table = open_file("p.csv", f"{header}\n{',' * header.count(',')}x\n".encode())

    named = {name: table.table.header[column] for name, column in table.choices.mapping.items()}
    assert named == fields


def people_of(*rows, header="first name,last name,dob,sex"):
    return read("p.csv", "\n".join((header, *rows)))


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1984-04-03", date(1984, 4, 3)),
        ("1984-04-03T00:00:00Z", date(1984, 4, 3)),
        ("1984/4/3", date(1984, 4, 3)),
        ("19840403", date(1984, 4, 3)),
        ("03.04.1984", date(1984, 4, 3)),
        ("3 Apr 1984", date(1984, 4, 3)),
        ("03-MÄRZ-1984", date(1984, 3, 3)),
        ("3 de marzo de 1984", date(1984, 3, 3)),
        ("5/5/1984", date(1984, 5, 5)),
    ],
)
def test_a_date_is_read_as_it_is_written(written, day):
    people, wrong, _ = people_of(f"Ana,Núñez,{written},F")

    assert ([p.birth_date for p in people], wrong) == ([day], [])


@pytest.mark.parametrize(
    ("other", "day"), [("25/12/1990", date(1984, 4, 3)), ("12/25/1990", date(1984, 3, 4))]
)
def test_one_date_tells_how_the_whole_column_is_written(other, day):
    people, _, _ = people_of("Ana,Núñez,03/04/1984,F", f"Léa,Moreau,{other},F")

    assert people[0].birth_date == day


def test_a_column_that_does_not_tell_days_from_months_is_asked_about(admin, tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("first name,last name,dob\nAna,Núñez,03/04/1984\n")

    with pytest.raises(CommandError, match="Nothing tells whether 03/04/1984"):
        run("import_patients", file, by=admin.username)
    run("import_patients", file, by=admin.username, dates="month-first")

    assert Patient.objects.get().birth_date == date(1984, 3, 4)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Ana,Núñez,31/02/1984,F", "line 2, dob “31/02/1984”: is no date. Write it as 1984-12-31."),
        ("Ana,Núñez,Haddad,F", "line 2, dob: is no date. Write it as 1984-12-31."),
        ("Ana,Núñez,31/12/84,F", "line 2, dob “31/12/84”: has a year of two digits. Write it with four."),
        ("Ana,Núñez,,F", "line 2, dob: is empty. A patient needs a birth date."),
        ("Ana,,1984-04-03,F", "line 2, last name: is empty. A patient needs a family name."),
        ("Ana,--,1984-04-03,F", "line 2, last name: holds no letter. A person needs a family name."),
        (
            "Ana,Núñez,2084-04-03,F",
            "line 2, dob “2084-04-03”: 3 Apr 2084 is in the future. Correct the birth date.",
        ),
        (
            "Ana,Núñez,1884-04-03,F",
            "line 2, dob “1884-04-03”: Born 3 Apr 1884 would be 142 years old. Correct the year.",
        ),
        (
            "Ana,Núñez,1984-04-03",
            "line 2: has 3 cells where the first line names 4 columns. Look for a missing or an extra separator, or a quotation mark.",
        ),
        (
            "Ana,Núñez,1984-04-03,F,x",
            "line 2: has 5 cells where the first line names 4 columns. Look for a missing or an extra separator, or a quotation mark.",
        ),
        (f"Ana,{'N' * 101},1984-04-03,F", "line 2, last name: is longer than 100 characters. Shorten it."),
    ],
)
def test_a_wrong_row_is_said_by_line_column_and_reason_and_never_by_name(row, said):
    people, wrong, _ = people_of(row, "Léa,Moreau,1990-05-17,F")

    assert wrong == [f"p.csv: {said}"]
    assert [p.family_name for p in people] == ["Moreau"]


def test_empty_cells_at_the_end_of_a_row_are_no_mistake():
    people, wrong, _ = people_of("Ana,Núñez,1984-04-03,F,,,", "", ",,,", "Léa,Null,1990-05-17,F")

    assert ([(p.at, p.family_name) for p in people], wrong) == ([("line 2", "Núñez"), ("line 5", "Null")], [])


@pytest.mark.parametrize(
    ("words", "sexes"),
    [
        ("M F", "male female"),
        ("H M", "male female"),
        ("H F", "male female"),
        ("m w", "male female"),
        ("Hombre Mujer", "male female"),
        ("männlich weiblich", "male female"),
        ("Homme Femme", "male female"),
        ("intersex divers", "intersex unknown"),
    ],
)
def test_a_word_for_the_sex_is_read_with_the_others_of_its_column(words, sexes):
    first, second = words.split()
    people, _, _ = people_of(f"Ana,Núñez,1984-04-03,{first}", f"Léa,Moreau,1990-05-17,{second}")

    assert [p.sex_at_birth for p in people] == sexes.split()


def test_a_full_name_is_parted_at_its_comma_or_before_its_last_word():
    people, _, _ = people_of('"García Núñez, Ana",1984-04-03', "Léa Moreau,1990-05-17", header="name,dob")

    assert [(p.given_names, p.family_name) for p in people] == [("Ana", "García Núñez"), ("Léa", "Moreau")]


def test_a_header_that_stands_twice_has_to_be_chosen(admin, tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("id,name,name,dob\n1,Ana,Núñez,1984-04-03\n")

    with pytest.raises(CommandError, match="No column holds names"):
        run("import_patients", file, by=admin.username)
    with pytest.raises(CommandError, match="More than one column is called “name”. Give its number, 1 to 4"):
        run("import_patients", file, by=admin.username, map=["family_name=name"])
    said = run("import_patients", file, by=admin.username, map=["given_names=2", "family_name=3"])

    assert Patient.objects.get().full_name == "Ana Núñez"
    assert "name → Given names" in said


# --- who is here already -----------------------------------------------------


def test_without_a_number_the_same_name_and_birth_date_are_one_person(admin):
    text = "first name,last name,dob\nAna,Núñez,1984-04-03\nana,NUNEZ,1984-04-03\n"

    first = bring(admin, ("p.csv", text))
    second = bring(admin, ("p.csv", text))

    assert (first.registered, first.known, second.registered, second.known) == (1, 1, 0, 2)
    assert Patient.objects.count() == 1


def test_somebody_who_may_be_here_already_is_said_and_not_doubled(admin):
    known = factories.PatientFactory(
        given_names="Ana María", family_name="Núñez", birth_date=date(1984, 4, 3)
    )
    before = written()

    with pytest.raises(NothingWritten) as nothing:
        bring(
            admin, ("p.csv", "id,first name,last name,dob\n1,Léa,Moreau,1990-05-17\n2,Ana,Nunez,1984-04-03\n")
        )

    assert [str(wrong) for wrong in nothing.value.wrong] == [
        f"p.csv: line 3: This may be {known.record_number}: a similar name, and the same birth date or phone. "
        "Ask the front desk to compare; if it is somebody else, register them by hand."
    ]
    assert written() == before


def test_two_numbers_of_one_list_are_two_people_however_alike(admin):
    done = bring(
        admin, ("p.csv", "id,first name,last name,dob\n1,Ana,Núñez,1984-04-03\n2,Ana,Nunez,1984-04-03\n")
    )

    assert done.registered == 2
    assert (
        Patient.objects.order_by("pk")
        .last()
        .acknowledged[0]["reason"]
        .startswith("Imported: has another number")
    )


def test_a_number_that_belongs_to_somebody_else_is_said(admin):
    bring(admin, ("p.csv", "id,first name,last name,dob\n1,Ana,Núñez,1984-04-03\n"))

    with pytest.raises(NothingWritten) as nothing:
        bring(admin, ("p.csv", "id,first name,last name,dob\n1,Omar,Haddad,1970-01-31\n"))

    assert "who has another name and another birth date" in str(nothing.value.wrong[0])
    assert Patient.objects.count() == 1


def test_a_number_of_a_merged_record_finds_the_one_it_was_merged_into(admin):
    bring(admin, ("p.csv", "id,first name,last name,dob\n1,Ana,Núñez,1984-04-03\n"))
    kept = factories.PatientFactory(given_names="Ana", family_name="Núñez", birth_date=date(1984, 4, 3))
    Patient.objects.exclude(pk=kept.pk).update(merged_into=kept)

    done = bring(admin, ("p.csv", "id,first name,last name,dob\n1,Ana,Núñez,1984-04-03\n"))

    assert (done.registered, done.known) == (0, 1)


def test_the_details_of_somebody_known_stay_as_the_clinic_has_them(admin):
    bring(admin, ("p.csv", "id,first name,last name,dob,email\n1,Ana,Núñez,1984-04-03,old@example.org\n"))
    Patient.objects.update(email="new@example.org")

    bring(admin, ("p.csv", "id,first name,last name,dob,email\n1,Ana,Núñez,1984-04-03,old@example.org\n"))

    assert Patient.objects.get().email == "new@example.org"


def test_what_is_wrong_can_be_left_out_when_asked(admin, tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("first name,last name,dob\nAna,Núñez,1984-04-03\nLéa,Moreau,soon\n")

    with pytest.raises(CommandError, match="Nothing was imported"):
        run("import_patients", file, by=admin.username)
    assert Patient.objects.count() == 0
    said = run("import_patients", file, by=admin.username, skip_bad=True)

    assert [p.family_name for p in Patient.objects.all()] == ["Núñez"]
    assert "left out: p.csv: line 3, dob: is no date." in said
    assert "1 patient registered; 0 here already; 1 wrong and left out." in said


def test_the_database_itself_refuses_a_number_twice(admin):
    patient = factories.PatientFactory()
    PatientIdentifier.objects.create(patient=patient, system="csv:p", value="1")

    with pytest.raises(IntegrityError, match="identifier_names_one_patient"), transaction.atomic():
        PatientIdentifier.objects.create(patient=factories.PatientFactory(), system="csv:p", value="1")


# --- files that are none -----------------------------------------------------


@pytest.mark.realdata
def test_the_list_without_names_is_refused_with_the_reason(realdata, admin):
    with pytest.raises(CommandError, match="No column holds names or birth dates"):
        run("import_patients", realdata / "patient-lists" / "seedcase_patients_bom.csv", by=admin.username)


ODD_FILES = realdata_files("csv-malformed", "encodings")


@pytest.mark.realdata
def test_there_are_odd_files_to_read():
    assert len(ODD_FILES) == 116


@pytest.mark.realdata
@pytest.mark.parametrize("path", ODD_FILES, ids=lambda path: path.name)
def test_an_odd_file_is_answered_with_a_reason_and_writes_nothing(path, admin):
    before = written()

    for command in ("import_patients", "import_fhir"):
        with pytest.raises(CommandError) as refused:
            run(command, path, by=admin.username)
        assert str(refused.value).startswith(f"{path.name}: ")
        assert len(str(refused.value)) > len(path.name) + 30

    assert written() == before


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("csvkit__dummy.xls", "spreadsheet"),
        ("csvkit__test.xlsx", "spreadsheet"),
        ("frictionless__table-output.ods", "spreadsheet"),
        ("frictionless__table.csv.zip", "spreadsheet or an archive"),
        ("csvkit__empty.csv", "It is empty."),
        ("csvkit__null_byte.csv", "Line 2 holds a NUL byte"),
        ("frictionless__without-rows.csv", "no row below"),
        ("frictionless__without-headers.csv", "does not name the columns"),
        ("frictionless__escaping.csv", "Line 4 cannot be taken apart"),
    ],
)
def test_an_odd_file_is_told_what_it_is(realdata, name, said):
    _, wrong, _ = read(name, (realdata / "csv-malformed" / name).read_bytes())

    assert len(wrong) == 1
    assert said in wrong[0]


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path, admin):
    file = tmp_path / "p.csv"
    with file.open("wb") as out:
        out.truncate(20 * 1024 * 1024 + 1)

    with pytest.raises(CommandError, match="larger than 20 MB"):
        run("import_patients", file, by=admin.username)


def test_a_list_of_too_many_rows_is_refused():
    _, wrong, _ = read("p.csv", "a,b\n" + "1,2\n" * 100_001)

    assert "more than 100,000 rows" in wrong[0]


@pytest.mark.parametrize("by", ["nobody", "clinician"])
def test_only_an_admin_imports(by, clinician, tmp_path):
    name = clinician.username if by == "clinician" else by

    with pytest.raises(CommandError, match="for an admin|Nobody here"):
        run("import_patients", tmp_path / "p.csv", by=name)


def test_who_imports_is_said_unless_there_is_one_admin(admin, tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("first name,last name,dob\nAna,Núñez,1984-04-03\n")

    run("import_patients", file)
    assert Patient.objects.get().registered_by == admin

    factories.UserFactory(roles=["admin"])
    with pytest.raises(CommandError, match="Say who imports"):
        run("import_patients", file)
