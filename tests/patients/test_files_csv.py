"""Lists of patients as CSV: how they are written, and what their columns and cells say."""

from datetime import date

import pytest
from django.core.management import CommandError

from patients.files.upload import parse_file
from patients.models import Patient
from tests.patients.importing import read, run

LIST = "id;nom;prénom;né le;sexe\n1;Lefèvre;Gérard;25/12/1980;H\n2;Muñoz;Françoise;01/02/1990;F\n"


@pytest.mark.fault("F34")
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
    table = parse_file("p.csv", f"{header}\n{',' * header.count(',')}x\n".encode())

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


@pytest.mark.fault("F34")
def test_a_column_that_does_not_tell_days_from_months_is_asked_about(admin, tmp_path):
    file = tmp_path / "p.csv"
    file.write_text("first name,last name,dob\nAna,Núñez,03/04/1984\n")

    with pytest.raises(CommandError, match="Nothing tells whether 03/04/1984"):
        run("import_patients", file, by=admin.username)
    run("import_patients", file, by=admin.username, dates="month-first")

    assert Patient.objects.get().birth_date == date(1984, 3, 4)


@pytest.mark.fault("F33")
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


@pytest.mark.fault("F34")
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


@pytest.mark.parametrize("first", ["[First name]", "{First name}", "  [first name]", "[ first name ]"])
def test_a_list_whose_first_column_stands_in_brackets_is_no_json(first):
    opened = parse_file("a.csv", f"{first},Last name\nAda,Byron\n".encode())

    assert (opened.reason, opened.table.header) == ("", [first.strip(), "Last name"])


@pytest.mark.parametrize("data", ["{}", " [ ]", '{\n "a": 1', "[{", '["a"]', "[", "[[1]]"])
def test_what_begins_as_json_is_not_read_as_a_list(data):
    assert "JSON" in parse_file("a.json", data.encode()).reason
