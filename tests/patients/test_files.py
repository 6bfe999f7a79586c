"""Other people's files come in whole, once, with accents right; what is wrong is said and writes nothing."""

import csv
from datetime import date

import pytest
from django.core.management import CommandError
from django.db import IntegrityError, transaction

from mesoclinic.core.models import AuditEvent
from patients.actions.imports import NothingWritten
from patients.models import Patient, PatientIdentifier
from tests import factories
from tests.files import realdata_files
from tests.patients.importing import bring, read, run, written

# --- the Synthea list ----------------------------------------------------------


@pytest.fixture
def synthea_csv(realdata):
    return realdata / "patient-lists" / "synthea_patients_a.csv"


@pytest.mark.realdata
def test_the_whole_synthea_list_comes_in_with_every_name_as_written(synthea_csv, admin):
    said = run("import_patients", synthea_csv, by=admin.username)

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


# --- the Synthea bundles -------------------------------------------------------


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


# --- who is here already -------------------------------------------------------


def test_without_a_number_the_same_name_and_birth_date_are_one_person(admin):
    text = "first name,last name,dob\nAna,Núñez,1984-04-03\nana,NUNEZ,1984-04-03\n"

    first = bring(admin, ("p.csv", text))
    second = bring(admin, ("p.csv", text))

    assert (first.registered, first.known, second.registered, second.known) == (1, 1, 0, 2)
    assert Patient.objects.count() == 1


@pytest.mark.fault("F36")
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


@pytest.mark.fault("F36")
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
    factories.merge_records(Patient.objects.exclude(pk=kept.pk).get(), kept)

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


# --- files that are none -------------------------------------------------------


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


@pytest.mark.fault("F29")
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
