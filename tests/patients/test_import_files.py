"""The made-up files of tests/data/patient-lists, fhir and odd-lists: what each of them brings, or why it is refused.

The same kinds as other people's software writes them stand in ../shared/realdata, where that folder is.
"""

import csv
import io
import json
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from mesoclinic.core.models import AuditEvent
from patients.models import Patient, PatientIdentifier, RiskFactor
from tests import factories
from tests.files import DATA, data_files

SYNTHEA = DATA / "patient-lists" / "synthea_layout.csv"
#: As another system exports people; the others of the folder are one fault or one way of writing each.
BUNDLES = [*data_files("fhir", "[A-ZÉ]*_*.json"), DATA / "fhir" / "practitioners.json"]


def run(command, *files, by, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command(command, *map(str, files), by=by.username, stdout=out, stderr=err, **options)
    return out.getvalue() + err.getvalue()


def written():
    return [model.objects.count() for model in (Patient, PatientIdentifier, RiskFactor, AuditEvent)]


def stands(patient):
    return sorted(patient.risk_factors.values_list("kind", "label"))


# --- a long list -------------------------------------------------------------


def test_a_whole_list_in_the_layout_of_synthea_comes_in_with_every_name_as_written(admin):
    said = run("import_patients", SYNTHEA, by=admin)

    rows = list(csv.DictReader(SYNTHEA.read_text(encoding="utf-8").splitlines()))
    known = PatientIdentifier.objects.filter(system="csv:synthea").select_related("patient")
    assert len(rows) == 120
    assert {
        one.value: (
            one.patient.given_names,
            one.patient.family_name,
            str(one.patient.birth_date),
            str(one.patient.died_on or ""),
            one.patient.sex_at_birth,
        )
        for one in known
    } == {
        row["Id"]: (
            row["FIRST"],
            row["LAST"],
            row["BIRTHDATE"],
            row["DEATHDATE"],
            {"F": "female", "M": "male"}[row["GENDER"]],
        )
        for row in rows
    }
    assert Patient.objects.filter(family_name="Dvořáček109").count() == 1
    assert "BIRTHDATE → Birth date" in said
    assert "SSN → not imported" in said
    assert "100…" in said
    assert "120 patients registered; 0 here already." in said


@pytest.mark.fault("F33")
def test_a_second_run_of_a_long_list_registers_nobody_again(admin):
    run("import_patients", SYNTHEA, by=admin)
    before = written()

    said = run("import_patients", SYNTHEA, by=admin)

    assert written() == before
    assert "0 patients registered; 120 here already." in said


# --- the ways a list is written ----------------------------------------------

#: Family name, given names, birth date, and what else the file tells.
LISTS = {
    "other_systems/openemr.csv": [
        ("Lindqvist", "Oona Mary", "1979-06-05", "female", "+46 70 174 06 05", "oona@example.org"),
        ("al-Khatib", "Tariq", "1966-11-30", "male", "", ""),
    ],
    "other_systems/cliniko.csv": [
        ("D’Aubigné", "Chloé", "1988-02-29", "female", "", "chloe@example.org"),
    ],
    "other_systems/jeyla.csv": [
        ("Peñalver", "Rafael", "1971-03-17", "unknown", "+34 600 12 34 56", "rafa@example.org"),
    ],
    "other_systems/reservation_studio.csv": [
        ("Wróbel", "Jadwiga", "1955-12-31", "unknown", "+48 601 100 200", ""),
    ],
    "french_semicolon_cp1252.csv": [
        ("D’Aubigné", "Noël", "1990-12-25", "female", "", ""),
        ("Lefèvre", "Émile", "1984-04-03", "male", "+33 6 12 34 56 78", "emile@example.org"),
    ],
    "french_semicolon_bom.csv": [
        ("Csvaa", "Semi", "1984-04-03", "unknown", "+33 6 12 34 56 78", ""),
        ("Csvab", "Semi", "1984-12-25", "unknown", "", ""),
    ],
    "german_semicolon_latin1.csv": [
        ("Müller", "Jörg", "1984-03-03", "male", "", ""),
        ("Weiß", "Änne", "1990-12-24", "female", "", ""),
    ],
    # M is for mujer where H is for hombre.
    "spanish_tab_utf16.tsv": [
        ("Ibáñez Zúñiga", "Inés", "1984-04-03", "female", "", ""),
        ("Núñez", "Óscar", "1990-12-31", "male", "", ""),
    ],
    "utf16_tab.csv": [("Csvba", "Wide", "1984-02-03", "unknown", "", "")],
    "utf16_without_mark.csv": [("Tanabe", "Yuki", "1984-04-03", "unknown", "", "")],
    "cp1252.csv": [("Müller-Csv", "Zoë", "1984-02-03", "unknown", "", "")],
    "turkish_cp1254.csv": [
        ("Çelik", "Ayşe", "1984-04-03", "unknown", "", ""),
        ("Şimşek", "Işıl", "1990-12-25", "unknown", "", ""),
    ],
    "polish_cp1250.csv": [
        ("Dąbrowski", "Sławomir", "1984-04-04", "unknown", "", ""),
        ("Gołębiowska", "Stanisława", "1984-04-06", "unknown", "", ""),
        ("Pająk", "Bożena", "1984-04-05", "unknown", "", ""),
        ("Wróbel", "Łukasz", "1984-04-01", "unknown", "", ""),
        ("Świątek", "Małgorzata", "1984-04-03", "unknown", "", ""),
        ("Żółkiewska", "Elżbieta", "1984-04-02", "unknown", "", ""),
    ],
    "old_mac.csv": [
        ("Csvia", "Mac", "1984-02-03", "unknown", "", ""),
        ("Csvib", "Mac", "1985-02-03", "unknown", "", ""),
    ],
    "month_first.csv": [
        ("Mensah", "Ama", "1984-04-03", "unknown", "", ""),
        ("Pryce-Jones", "Owen", "1990-12-25", "unknown", "", ""),
    ],
    "quoted_cells.csv": [("O'Hanlon, Jr.", 'Bríd "Bee"', "1984-04-03", "unknown", "", "")],
    "blank_rows_and_columns.csv": [
        ("Kovač", "Dušan", "1984-04-03", "unknown", "", ""),
        ("Živković", "Đurđa", "1990-12-25", "unknown", "", ""),
    ],
    "null_words.csv": [
        ("Csvpa", "Null", "1984-02-03", "unknown", "", ""),
        ("Csvpb", "Nought", "1991-11-30", "unknown", "", ""),
    ],
    "one_name_column.csv": [
        ("Csvqa", "One Two", "1984-02-03", "unknown", "", ""),
        ("Jan", "van der Csv", "1984-02-05", "unknown", "", ""),
        ("Mononymcsv", "", "1984-02-04", "unknown", "", ""),
    ],
    "telephone_as_number.csv": [
        ("Csvsa", "Sci", "1984-02-03", "unknown", "1.2025550168E+10", ""),
        ("Csvsb", "Float", "1991-11-30", "unknown", "12025550169.0", ""),
    ],
    "formula.csv": [('=HYPERLINK(""http://x"")', "Form", "1984-02-03", "unknown", "", "")],
    "same_person_twice.csv": [("Csvoa", "Same", "1984-02-03", "unknown", "+1 202-555-0167", "")],
}


@pytest.mark.fault("F34")
@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_read_as_its_system_wrote_it(name, admin, clinic):
    # A telephone number without its country is one of the clinic's.
    clinic.country = "FR" if name.startswith("french") else "US"
    clinic.save()

    run("import_patients", DATA / "patient-lists" / name, by=admin)

    people = Patient.objects.values_list(
        "family_name", "given_names", "birth_date", "sex_at_birth", "phone", "email"
    )
    assert sorted((family, given, str(born), *rest) for family, given, born, *rest in people) == LISTS[name]


def test_every_list_of_the_folder_has_its_answer():
    there = {str(path.relative_to(DATA / "patient-lists")) for path in data_files("patient-lists", "**/*.*")}

    assert there == {*LISTS, "synthea_layout.csv", "one_bad_row.csv"}


@pytest.mark.fault("F33")
def test_one_bad_row_among_others_is_named_and_nobody_is_registered(admin):
    with pytest.raises(CommandError) as refused:
        run("import_patients", DATA / "patient-lists" / "one_bad_row.csv", by=admin)

    assert str(refused.value).splitlines()[0] == (
        "one_bad_row.csv: line 3, dob “1990-02-30”: is no date. Write it as 1984-12-31."
    )
    assert Patient.objects.count() == 0


# --- bundles -----------------------------------------------------------------


def test_bundles_come_in_together_and_the_one_of_practitioners_says_it_holds_no_patient(admin):
    said = run("import_fhir", *BUNDLES, by=admin)

    assert len(BUNDLES) == 5
    assert sorted(Patient.objects.values_list("given_names", "family_name", "died_on")) == [
        ("Joaquín", "Ibáñez", None),
        ("Léonie", "Åkesson", None),
        ("Owen", "Pryce-Jones", date(2019, 5, 6)),
        ("Soledad Inés", "Garmendia", None),
    ]
    assert "practitioners.json: 0 patients; holds no patient" in said
    assert "4 patients registered" in said


def test_a_second_run_of_the_bundles_registers_nobody_again(admin):
    run("import_fhir", *BUNDLES, by=admin)
    before = written()

    said = run("import_fhir", *BUNDLES, by=admin)

    assert written() == before
    assert "0 patients registered; 4 here already; 0 risk factors recorded" in said


def test_a_bundle_brings_what_stands_now_and_counts_what_is_over(admin):
    for code, kind, term in (
        ("nsaid_48h", "medicine", "clopidogrel"),
        ("cardiac", "disease", "coronary heart disease"),
        ("pregnancy", "pregnancy", "normal pregnancy"),
    ):
        factor = factories.FactorFactory(code=code, kind=kind)
        factories.FactorTermFactory(term=term, kind=kind, factor=factor)

    said = run("import_fhir", DATA / "fhir" / "Soledad_Garmendia.json", by=admin)

    patient = Patient.objects.get()
    assert (patient.birth_date, patient.sex_at_birth, patient.phone, patient.language, patient.address) == (
        date(1971, 9, 14),
        "female",
        "+1 555-010-7788",
        "es",
        "12 Made-up Skyway\nLakeville Massachusetts 02347\nUS",
    )
    rows = patient.risk_factors.values_list("kind", "label", "factor__code", "started_on", "origin")
    assert sorted(rows, key=str) == [
        ("disease", "Body mass index 30+ - obesity (finding)", None, date(2015, 6, 21), "import"),
        ("disease", "Coronary Heart Disease", "cardiac", date(2013, 5, 20), "import"),
        ("medicine", "Amlodipine 5 MG Oral Tablet", None, date(2013, 5, 20), "import"),
        ("medicine", "Clopidogrel 75 MG Oral Tablet", "nsaid_48h", date(2013, 5, 20), "import"),
        ("medicine", "Nitroglycerin 0.4 MG/ACTUAT Mucosal Spray", None, date(2014, 1, 3), "import"),
    ]
    assert "2 × disease that no longer stands" in said
    assert "1 × medicine that no longer stands" in said


#: Family name, given names, preferred name, sex, phone, e-mail; and what stands about the person.
WAYS_TO_WRITE_A_PATIENT = {
    "alive": (("Eta", "Alive", "", "female", "", ""), []),
    "bom": (("Xi", "Other", "", "unknown", "", ""), []),
    "condref": (("Gamma", "Refcond", "", "female", "", ""), [("disease", "Keloid scar")]),
    "contained": (("Tau", "Cont", "", "female", "", ""), [("medicine", "Warfarin 5 mg")]),
    "gender": (("Xi", "Other", "", "unknown", "", ""), []),
    "multiid": (("Rho", "Ids", "", "female", "", ""), []),
    "names": (("Kappa", "Right Middle", "Ricky", "female", "", ""), []),
    "nogender": (("Omicron", "None", "", "unknown", "", ""), []),
    "noknown": (("Alpha", "Nka", "", "female", "", ""), []),
    "notgiven": (("Delta", "Donot", "", "female", "", ""), []),
    "refuted": (("Beta", "Refuted", "", "female", "", ""), []),
    "telecom": (("Sigma", "Tel", "", "female", "+1 202-555-0188", "a@example.org"), []),
    "textname": (("Mononym", "", "", "female", "", ""), []),
    "urn": (("Upsilon", "Urn", "", "unknown", "", ""), [("allergy", "Latex")]),
    "utf16": (("Xi", "Other", "", "unknown", "", ""), []),
}


@pytest.mark.parametrize("name", WAYS_TO_WRITE_A_PATIENT)
def test_a_patient_is_what_the_bundle_means(name, admin):
    run("import_fhir", DATA / "fhir" / f"{name}.json", by=admin)

    (patient,) = Patient.objects.all()
    person = (
        patient.family_name,
        patient.given_names,
        patient.preferred_name,
        patient.sex_at_birth,
        patient.phone,
        patient.email,
    )
    assert (person, stands(patient)) == WAYS_TO_WRITE_A_PATIENT[name]


def test_only_numbers_with_their_system_name_a_patient(admin):
    run("import_fhir", DATA / "fhir" / "multiid.json", by=admin)

    assert sorted(PatientIdentifier.objects.values_list("system", "value")) == [
        ("urn:a", "1"),
        ("urn:b", "2"),
    ]


REFUSED_BUNDLES = {
    "absurl": "entry 2: is about a patient who is not in this file",
    "dead": "entry 1, deceased: The patient has died, but the day is not given",
    "orphan": "entry 2: is about a patient who is not in this file",
    "yearmonth": "entry 1, birthDate “1984-06”: is not a whole date",
    "yearonly": "entry 1, birthDate “1984”: is not a whole date",
}


@pytest.mark.fault("F57")
@pytest.mark.parametrize(("name", "said"), REFUSED_BUNDLES.items())
def test_a_bundle_that_leaves_something_open_is_refused_with_the_entry(name, said, admin):
    with pytest.raises(CommandError, match=said):
        run("import_fhir", DATA / "fhir" / f"{name}.json", by=admin)

    assert Patient.objects.count() == 0


@pytest.mark.fault("F57")
def test_every_bundle_of_the_folder_has_its_answer():
    there = {path.stem for path in data_files("fhir")} - {path.stem for path in BUNDLES}

    assert there == {*WAYS_TO_WRITE_A_PATIENT, *REFUSED_BUNDLES}


def test_a_list_and_bundles_are_uploaded_together_and_imported(as_admin, admin):
    page = reverse("patients:import")
    files = [DATA / "patient-lists" / "old_mac.csv", *BUNDLES]

    as_admin.post(page, {"chosen": [SimpleUploadedFile(f.name, f.read_bytes()) for f in files]})
    shown = as_admin.get(page).context
    posted = {"stamp": shown["stamp"]}
    for one in shown["files"]:
        for column in one.get("columns", ()):
            posted[f"column-{one['number']}-{column['number']}"] = column["holds"]
        posted[f"name-{one['number']}"] = one.get("list_name", "")
    done = as_admin.post(reverse("patients:import_write"), posted, follow=True)

    assert (shown["new"], shown["known"], shown["wrong_count"]) == (6, 0, 0)
    assert [m.message for m in done.context["messages"]] == [
        "6 patients registered; 0 here already; 13 risk factors recorded, 0 here already."
    ]
    assert RiskFactor.objects.values_list("recorded_by", flat=True).distinct().get() == admin.pk


# --- files that are no list --------------------------------------------------

NO_NAMES = "No column holds names or birth dates"
SPREADSHEET = "spreadsheet or an archive"
#: Every file of the folder, and the words its refusal turns on.
ODD_LISTS = {
    "bad_emails.csv": "line 2, Email: is no e-mail address",
    "born_in_the_future.csv": "is in the future",
    "closed_too_early.csv": "Line 2 cannot be taken apart",
    "cut_off.json": "It is not whole JSON",
    "day_and_month_first.csv": "Some dates begin with the day and some with the month",
    "day_or_month_first.csv": "Nothing tells whether 03/04/1984 is",
    "double_column.csv": "No column holds names:",
    "empty.csv": "It is empty.",
    "entries_no_list.json": "Its entries are no list",
    "excel_day_numbers.csv": "line 2, dob “30750”: is no date",
    "header_only.csv": "no row below",
    "list.csv.gz": "It is not text",
    "list.csv.zip": SPREADSHEET,
    "long_row.csv": "line 2: has 5 cells where the first line names 3",
    "no_birth_date.csv": "No column holds birth dates:",
    "no_bundle.json": "It is JSON, but no FHIR bundle",
    "no_such_day.csv": "“2023-02-29”: is no date",
    "nul_byte.csv": "Line 2 holds a NUL byte",
    "one_name_only.csv": "No column holds birth dates:",
    "only_line_ends.csv": "It is empty.",
    "only_separators.csv": "separators and nothing between them",
    "open_quote.csv": "cannot be taken apart",
    "other_columns.csv": NO_NAMES,
    "other_columns.tsv": NO_NAMES,
    "other_columns_bom.csv": NO_NAMES,
    "other_columns_greek.csv": NO_NAMES,
    "other_columns_latin1.csv": NO_NAMES,
    "other_columns_old_mac.csv": NO_NAMES,
    "other_columns_utf16.csv": NO_NAMES,
    "other_columns_utf16_without_mark.csv": NO_NAMES,
    "page.html": NO_NAMES,
    "picture.csv": "It is not text",
    "printed.pdf": "It is not text",
    "prose_arabic.txt": NO_NAMES,
    "prose_polish.txt": NO_NAMES,
    "prose_russian.txt": NO_NAMES,
    "prose_turkish.txt": NO_NAMES,
    "records.xml": "",  # what it should say is asked for elsewhere
    "short_row.csv": "line 3: has 1 cell where the first line names 3",
    "short_years.csv": "has a year of two digits",
    "spreadsheet.ods": SPREADSHEET,
    "spreadsheet.xls": SPREADSHEET,
    "spreadsheet.xlsx": SPREADSHEET,
    "title_above_the_header.csv": NO_NAMES,
    "too_many_columns.csv": "more than 300 columns",
    "total_below.csv": "line 4, DOB: is empty",
    "utf8_and_then_not.csv": "It begins as utf-8-sig and goes on otherwise",
    "without_header.csv": "does not name the columns",
    "Список.csv": NO_NAMES,
}


def test_every_odd_list_of_the_folder_has_its_answer():
    assert {path.name for path in data_files("odd-lists")} == set(ODD_LISTS)


@pytest.mark.fault("F34")
@pytest.mark.parametrize(("name", "words"), ODD_LISTS.items())
def test_an_odd_list_is_refused_with_the_reason_and_writes_nothing(name, words, admin):
    before = written()
    said = []

    for command in ("import_patients", "import_fhir"):
        with pytest.raises(CommandError) as refused:
            run(command, DATA / "odd-lists" / name, by=admin)
        said.append(str(refused.value))

    assert all(each.startswith(f"{name}: ") and len(each) > len(name) + 30 for each in said)
    assert any(words in each for each in said)
    assert written() == before


# --- names -------------------------------------------------------------------


@pytest.mark.fault("F55")
def test_every_surname_of_the_list_is_found_by_itself(admin):
    names = (DATA / "names" / "surnames.txt").read_text(encoding="utf-8").splitlines()
    Patient.objects.bulk_create(
        Patient(family_name=name, birth_date="1990-01-01", registered_by=admin) for name in names
    )

    missed = [name for name in names if not Patient.objects.matching(name).filter(family_name=name).exists()]

    assert len(names) > 100
    assert missed == []


@pytest.mark.fault("F42", "F43")
def test_hostile_strings_are_kept_as_names_and_searched(admin):
    strings = json.loads((DATA / "names" / "hostile_strings.json").read_text(encoding="utf-8"))
    bystander = factories.PatientFactory(family_name="Bystander", registered_by=admin)
    assert len(strings) > 100

    for text in strings:
        list(Patient.objects.matching(text))
        if name := text.replace("\x00", "")[:100]:
            kept = factories.PatientFactory(family_name=name, registered_by=admin)
            kept.refresh_from_db()
            assert kept.family_name == name

    assert list(Patient.objects.matching("bystander").exclude(family_name__contains="\u200b")) == [bystander]
