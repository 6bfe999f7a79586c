"""Small files of other systems, each with what is right to make of it (tests/data/faults)."""

from datetime import date
from pathlib import Path

import pytest

from patients.files.upload import parse_file
from patients.models import Patient, PatientIdentifier, RiskFactor
from tests.patients.importing import bring, read

FAULTS = Path(__file__).parents[1] / "data" / "faults"


def read_fault(name):
    return read(name, (FAULTS / name).read_bytes())


def test_of_two_official_names_the_one_that_has_not_ended_is_taken():
    (person,), wrong, _ = read_fault("fhir_period.json")

    assert (person.given_names, person.family_name, wrong) == ("Now", "Current", [])


def test_a_telephone_that_has_ended_is_not_rung():
    text = (FAULTS / "fhir_period.json").read_text()
    telecom = (
        '"telecom": [{"system": "phone", "use": "mobile", "value": "+12125550100", "period": {"end": "2020"}},'
        ' {"system": "phone", "use": "home", "value": "+12125550117"}], "gender"'
    )
    (person,), _, _ = read("a.json", text.replace('"gender"', telecom))

    assert person.phone == "+12125550117"


def test_an_unknown_modifier_extension_is_refused():
    people, (wrong,), _ = read_fault("fhir_modext.json")

    assert people == []
    assert "may change what the whole of it means" in wrong


def test_a_modifier_extension_deeper_in_or_on_the_bundle_is_refused_too():
    text = (FAULTS / "fhir_period.json").read_text()
    extension = '"modifierExtension": [{"url": "http://example.org/x", "valueBoolean": true}]'

    assert read("a.json", text.replace('"use": "official"', f'"use": "official", {extension}', 1))[0] == []
    assert len(read("a.json", text.replace('"entry"', f'{extension}, "entry"', 1))[1]) == 1
    assert (
        read("a.json", text.replace('"id": "p14"', '"id": "p14", "implicitRules": "http://example.org/r"'))[0]
        == []
    )


def test_a_deletion_registers_nobody_and_is_said():
    people, wrong, notes = read_fault("fhir_delete.json")

    assert (people, wrong) == ([], [])
    assert any("DELETE asked for" in note for note in notes)


def test_a_record_that_was_replaced_and_the_one_that_replaces_it_are_one_patient(admin, factors):
    text = (FAULTS / "fhir_replaced.json").read_text()

    done = bring(admin, ("fhir_replaced.json", text))

    patient = Patient.objects.get()
    assert (patient.given_names, patient.birth_date) == ("New", date(1981, 1, 1))
    assert RiskFactor.objects.get().patient == patient
    values = PatientIdentifier.objects.values_list("value", flat=True)
    assert sorted(values) == ["urn:uuid:p10", "urn:uuid:p9"]
    assert done.registered == 1


def test_a_replaced_record_without_the_one_that_replaces_it_is_wrong():
    text = (FAULTS / "fhir_replaced.json").read_text().replace("Patient/p10", "Patient/elsewhere")

    people, wrong, _ = read("a.json", text)

    assert len(people) == 1
    assert "replaced by a record that is not in this file" in wrong[0]


def test_records_that_replace_each_other_in_a_ring_are_wrong_and_end():
    text = (FAULTS / "fhir_replaced.json").read_text().replace('"replaces"', '"replaced-by"')

    people, wrong, _ = read("a.json", text)

    assert people == []
    assert sum("not in this file" in one for one in wrong) >= 2


def test_one_page_of_several_is_asked_about():
    (person,), (wrong,), _ = read_fault("fhir_nextpage.json")

    assert person.family_name == "Eta"
    assert "one page of several" in wrong


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ('"status": "final"', "pregnancy in an observation without a date"),
        ('"status": "final", "effectiveDateTime": "2026-05-01"', "pregnancy in an observation of 2026-05-01"),
    ],
)
def test_a_pregnancy_in_an_observation_is_named_with_its_day(said, note):
    text = (FAULTS / "fhir_pregobs.json").read_text().replace('"status": "final"', said)

    people, wrong, notes = read("a.json", text)

    assert (len(people), wrong) == (1, [])
    assert any(note in one for one in notes)


def test_fhir_as_xml_or_one_resource_a_line_is_named():
    xml = '<?xml version="1.0"?>\n<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/></Bundle>'
    lines = '{"resourceType": "Patient", "id": "1"}\n{"resourceType": "Patient", "id": "2"}\n'

    assert "This is FHIR as XML; send JSON" in parse_file("a.xml", xml.encode()).reason
    assert "This is FHIR as XML" in parse_file("a.xml", xml.partition("\n")[2].encode()).reason
    assert "one resource a line" in parse_file("a.ndjson", lines.encode()).reason


def test_excels_first_line_names_the_separator():
    (person,), wrong, _ = read_fault("csv_excelsep.csv")

    assert (person.family_name, person.birth_date, wrong) == ("Csvla", date(1984, 2, 3), [])


@pytest.mark.parametrize("first", ["sep=,", '"sep=;"', "SEP=\t", "sep=|"])
def test_excels_first_line_is_read_with_every_separator_and_lines_keep_their_numbers(first):
    mark = first.strip('"')[-1]
    text = f"{first}\n" + "Last name;First name;DOB\nOne;Ana;1984-02-03\nTwo;Ana;never\n".replace(";", mark)

    people, wrong, _ = read("a.csv", text)

    assert len(people) == 1
    assert "line 4" in wrong[0]


def test_a_day_of_excel_is_refused_clearly():
    people, (wrong,), _ = read_fault("csv_serial.csv")

    assert people == []
    assert "is no date" in wrong


def test_lists_whose_days_and_months_cannot_be_told_apart_are_asked_about():
    for name in ("csv_mixed.csv", "csv_ambig.csv"):
        people, (wrong,), _ = read_fault(name)
        assert people == []
        assert "April" in wrong or "begin with the day" in wrong


@pytest.mark.parametrize("path", sorted(FAULTS.glob("*.[cj]s[vo]*")), ids=lambda path: path.name)
def test_every_small_file_is_read_or_says_why_not(path):
    people, wrong, _ = read(path.name, path.read_bytes())

    assert people or wrong or path.name == "fhir_delete.json"
