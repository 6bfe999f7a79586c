"""What the database itself refuses about patients, whoever writes; and how it finds them."""

import csv
import json
import unicodedata
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from patients.models import Patient
from patients.queries import search_patients_and_tell_if_more
from tests import factories


def sql(statement: str, *values) -> None:
    """Go around the application, in a savepoint of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


# --- what is frozen, what is kept --------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "SET answers = '{}'",
        "SET note = 'other'",
        "SET weight_kg = 70",
        "SET acknowledged = '[]'",
        "SET version = 2",
        "SET patient_id = patient_id + 1",
    ],
)
def test_an_intake_never_changes(db, change):
    factories.IntakeFactory(answers={"infection": "no"}, note="n", acknowledged=[{"code": "x"}])

    with pytest.raises(IntegrityError, match="An intake is frozen"):
        sql(f"UPDATE patients_intake {change}")


def test_an_intake_is_never_deleted(db):
    factories.IntakeFactory()

    with pytest.raises(IntegrityError, match="An intake is kept"):
        sql("DELETE FROM patients_intake")


@pytest.mark.parametrize(
    "change",
    ["SET label = 'x'", "SET kind = 'disease'", "SET started_on = '2020-01-01'", "SET origin = 'import'"],
)
def test_a_risk_factor_is_ended_and_never_rewritten(db, change):
    row = factories.RiskFactorFactory()

    with pytest.raises(IntegrityError, match="A risk factor is frozen"):
        sql(f"UPDATE patients_riskfactor {change}")
    sql(
        "UPDATE patients_riskfactor SET ended_on = '2026-11-23', ended_by_id = %s, ended_words = 'Test negative.'",
        row.recorded_by_id,
    )

    row.refresh_from_db()
    assert str(row.ended_on) == "2026-11-23"


@pytest.mark.parametrize(
    "change",
    [
        "ended_on = '2026-11-23'",
        "ended_on = '2026-11-23', ended_by_id = recorded_by_id",
        "ended_on = '2026-11-23', ended_words = 'Test negative.'",
        "ended_on = '2026-11-23', ended_by_id = recorded_by_id, ended_words = '          .'",
        "ended_by_id = recorded_by_id, ended_words = 'Test negative.'",
    ],
    ids=["nobody", "no words", "words of nobody", "words of spaces", "no day"],
)
def test_raw_sql_ends_no_risk_factor_in_silence(db, change):
    factories.RiskFactorFactory()

    with pytest.raises(IntegrityError, match="ends in writing: who, from which day, and why"):
        sql(f"UPDATE patients_riskfactor SET {change}")


@pytest.mark.parametrize(
    "change", ["ended_on = NULL", "ended_words = 'Something else.'", "ended_by_id = NULL"]
)
def test_how_a_risk_factor_ended_is_written_once(db, change):
    row = factories.RiskFactorFactory()
    sql(
        "UPDATE patients_riskfactor SET ended_on = '2026-11-23', ended_by_id = %s, ended_words = 'Test negative.'",
        row.recorded_by_id,
    )

    with pytest.raises(IntegrityError, match="What was ended stays ended"):
        sql(f"UPDATE patients_riskfactor SET {change}")


def test_a_risk_factor_is_never_deleted(db):
    factories.RiskFactorFactory()

    with pytest.raises(IntegrityError, match="A risk factor is kept"):
        sql("DELETE FROM patients_riskfactor")


def test_a_signed_consent_is_withdrawn_once_and_never_rewritten(db):
    consent = factories.ConsentFactory()
    who = consent.taken_by_id

    with pytest.raises(IntegrityError, match="A signed consent is frozen"):
        sql("UPDATE patients_consent SET valid_until = '2099-01-01'")
    sql(
        "UPDATE patients_consent SET withdrawn_at = now(), withdrawn_by_id = %s, withdrawn_reason = 'asked'",
        who,
    )
    with pytest.raises(IntegrityError, match="A signed consent is frozen"):
        sql("UPDATE patients_consent SET withdrawn_at = NULL, withdrawn_by_id = NULL")
    with pytest.raises(IntegrityError, match="A signed consent is kept"):
        sql("DELETE FROM patients_consent")


def test_a_consent_is_withdrawn_by_somebody(db):
    factories.ConsentFactory()

    with pytest.raises(IntegrityError, match="consent_withdrawn_by_and_at_together"):
        sql("UPDATE patients_consent SET withdrawn_at = now()")


def test_a_consent_text_never_changes(db):
    factories.ConsentTextFactory()

    with pytest.raises(IntegrityError, match="A consent text is frozen"):
        sql("UPDATE patients_consenttext SET body = 'other'")
    with pytest.raises(IntegrityError, match="A consent text is kept"):
        sql("DELETE FROM patients_consenttext")


def test_a_patient_is_never_deleted(db):
    factories.PatientFactory()

    with pytest.raises(IntegrityError, match="A patient record is kept"):
        sql("DELETE FROM patients_patient")


@pytest.mark.parametrize("table", ["intake", "riskfactor", "consent", "consenttext", "safetyanswer"])
def test_no_table_of_signed_things_is_emptied(db, table):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL mesoclinic.tests_may_truncate = 'off'")

    with pytest.raises(IntegrityError, match="never emptied"):
        sql(f"TRUNCATE patients_{table} CASCADE")


# --- what cannot be ----------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("SET family_name = ''", "patient_has_a_name"),
        ("SET birth_date = '1850-01-01'", "patient_was_born_in_living_memory"),
        ("SET died_on = birth_date - 1", "patient_died_after_birth"),
        ("SET merged_into_id = id", "patient_is_not_merged_into_itself"),
    ],
)
def test_a_patient_is_a_person(db, change, constraint):
    factories.PatientFactory()

    with pytest.raises(IntegrityError, match=constraint):
        sql(f"UPDATE patients_patient {change}")


def test_a_record_number_is_one_patients(db):
    first, second = factories.PatientFactory(), factories.PatientFactory()

    with pytest.raises(IntegrityError, match="record_number"):
        sql("UPDATE patients_patient SET record_number = %s WHERE id = %s", first.record_number, second.pk)


@pytest.mark.parametrize(
    ("columns", "values", "constraint"),
    [
        ("version", "1", "intake_versions_follow_each_other"),
        ("version", "0", "intake_versions_start_at_one"),
        ("version, weight_kg", "2, 900", "weight_is_a_persons"),
    ],
)
def test_an_intake_is_a_sound_version(db, columns, values, constraint):
    intake = factories.IntakeFactory()

    with pytest.raises(IntegrityError, match=constraint):
        sql(
            f"INSERT INTO patients_intake (patient_id, taken_by_id, answers, likely_causes, note, acknowledged, {columns})"
            f" VALUES (%s, %s, '{{}}', '{{}}', '', '[]', {values})",
            intake.patient_id,
            intake.taken_by_id,
        )


@pytest.mark.parametrize(
    ("columns", "values", "constraint"),
    [
        ("label, value", "'', ''", "risk_factor_says_what"),
        ("label, value", "'x', 'twice'", "risk_factor_imported_once"),
        (
            "label, value, started_on, ended_on",
            "'x', '', '2026-02-02', '2026-02-01'",
            "risk_factor_ends_after_it_starts",
        ),
    ],
)
def test_a_risk_factor_is_sound(db, columns, values, constraint):
    row = factories.RiskFactorFactory(system="urn:test", value="twice")

    with pytest.raises(IntegrityError, match=constraint):
        sql(
            f"INSERT INTO patients_riskfactor (patient_id, recorded_by_id, kind, origin, system, {columns})"
            f" VALUES (%s, %s, 'allergy', 'import', 'urn:test', {values})",
            row.patient_id,
            row.recorded_by_id,
        )


def test_another_systems_number_names_one_patient(db):
    first, second = factories.PatientFactory(), factories.PatientFactory()
    insert = "INSERT INTO patients_patientidentifier (patient_id, system, value) VALUES (%s, 'urn:s', '7')"
    sql(insert, first.pk)

    with pytest.raises(IntegrityError, match="identifier_names_one_patient"):
        sql(insert, second.pk)


# --- finding -----------------------------------------------------------------


def found(text: str) -> list[Patient]:
    return list(Patient.objects.matching(text).order_by("pk"))


@pytest.mark.parametrize(
    "text",
    ["hadad", "amria haddad", "Amira Hadddad", "amira.h@", "AMIRA.H@example.com", "0117", "3 May 1992"],
)
def test_a_patient_is_found_by_a_typo_an_email_the_last_digits_and_the_written_day(db, text):
    patient = factories.PatientFactory(
        given_names="Amira", family_name="Haddad", email="Amira.H@example.com", phone="+1 212-555-0117",
        birth_date=date(1992, 5, 3),
    )  # fmt: skip
    factories.PatientFactory(given_names="Jonas", family_name="Weber", email="j@example.com")

    assert search_patients_and_tell_if_more(text, user_pk=0) == ([patient], False)


def test_a_search_with_a_typo_reads_an_index(db):
    patient = factories.PatientFactory()
    with connection.cursor() as cursor:
        # In an empty table one index is as good as the other.
        cursor.execute(
            "INSERT INTO patients_patientkey (patient_id, key) SELECT %s, 'k' || n FROM generate_series(1, 5000) n",
            [patient.pk],
        )
        cursor.execute("ANALYZE patients_patientkey")
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Patient.objects.nearly_matching("hadad").explain()
    assert "patient_key_prefix" in plan
    assert "Seq Scan on patients_patientkey" not in plan


def test_the_search_keys_follow_a_raw_update(db):
    patient = factories.PatientFactory(given_names="Lea", family_name="Moreau")

    sql(
        "UPDATE patients_patient SET family_name = 'Núñez', phone = '+33 6 12 34 56 78', preferred_name = 'Zoë'"
    )

    for text in ("nunez", "Núñez lea", "zoe", "0612345678", "+33612345678", "3456"):
        assert found(text) == ([] if text == "3456" else [patient]), text
    assert found("moreau") == []


@pytest.mark.fault("F55")
@pytest.mark.parametrize(
    ("given_names", "family_name", "typed"),
    [
        ("José", "Núñez", "nunez"),
        ("José", "Núñez", "NUÑEZ jo"),
        ("Łucja", "Łęcka", "lecka lucja"),
        ("Siobhán", "O’Brien", "obrien"),
        ("Siobhán", "O’Brien", "brien"),
        ("Ayşe", "Yıldız", "yildiz"),
        ("Jürgen", "Groß", "gross"),
        ("", "Սարգսյան", "սարգ"),
        ("", "李", "李"),
        ("", "นามสกุล", "นาม"),
        ("Anne-Marie", "D'Arcy", "annemarie darcy"),
    ],
)
def test_a_name_is_found_by_its_beginning_without_accents(db, given_names, family_name, typed):
    patient = factories.PatientFactory(given_names=given_names, family_name=family_name)
    factories.PatientFactory(given_names="Other", family_name="Person")

    assert found(typed) == [patient]


@pytest.mark.parametrize("apart", ["ʼ", "ʻ", "ʽ", "’", "'"])
def test_a_name_with_any_apostrophe_is_found_by_itself(db, apart):
    patient = factories.PatientFactory(family_name=f"O{apart}Brien")

    assert found(f"O{apart}Brien") == found("O'Brien") == [patient]


def test_a_name_with_any_latin_letter_is_found_by_itself(db):
    # Without ẚ, which stands in no name: Unicode takes it apart into two letters, the database into one.
    signs = map(chr, {*range(0xC0, 0x2B0), *range(0x1E00, 0x1F00)} - {0x1E9A})
    names = [f"{sign} Toit" for sign in signs if unicodedata.category(sign).startswith("L")]
    by = factories.UserFactory()
    Patient.objects.bulk_create(
        Patient(family_name=name, birth_date="1990-01-01", registered_by=by) for name in names
    )

    missed = [name for name in names if not Patient.objects.matching(name).filter(family_name=name).exists()]

    assert "ŉ Toit" in names
    assert "Ə Toit" in names
    assert missed == []


def test_a_patient_is_found_by_number_birth_date_and_phone(db):
    patient = factories.PatientFactory(family_name="Haddad", birth_date="1984-04-03", phone="+1 555-201-2837")
    factories.PatientFactory(family_name="Haddad", birth_date="1984-04-05")

    number = patient.record_number
    texts = [
        number,
        number.lower(),
        number.removeprefix("MC-").lstrip("0"),
        "3.4.1984",
        "1984-04-03",
        "haddad 03/04/1984",
        "(555) 201-2837",
        "5552012837",
        "2012837",
        "haddad 15552012837",
    ]
    assert [text for text in texts if found(text) != [patient]] == []


def test_a_merged_record_is_not_found(db):
    kept = factories.PatientFactory(family_name="Haddad")
    factories.PatientFactory(family_name="Haddad", merged_into=kept)

    assert found("haddad") == [kept]


@pytest.mark.fault("F42", "F55")
@pytest.mark.realdata
def test_hostile_strings_are_searched_and_kept_like_any_other(db, realdata):
    strings = json.loads((realdata / "hostile-strings" / "blns.json").read_text())
    bystander = factories.PatientFactory(family_name="Bystander")
    assert len(strings) > 500

    for text in strings:
        found(text)
        name = text.replace("\x00", "")[:100]
        if name:
            kept = factories.PatientFactory(family_name=name, registered_by=bystander.registered_by)
            assert kept.family_name == name

    assert found("bystander") == [bystander]


@pytest.mark.realdata
def test_every_surname_of_57_countries_is_found_by_itself(db, realdata):
    path = realdata / "names" / "common-surnames-by-country.csv"
    with path.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    names = sorted({row[c] for row in rows for c in ("Localized Name", "Romanized Name")} - {""})
    by = factories.UserFactory()
    Patient.objects.bulk_create(
        Patient(family_name=name, birth_date="1990-01-01", registered_by=by) for name in names
    )

    missed = [name for name in names if not Patient.objects.matching(name).filter(family_name=name).exists()]

    assert len(names) > 1000
    assert missed == []


def test_five_thousand_patients_are_searched_by_the_index(db):
    by = factories.UserFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO patients_patient (given_names, family_name, preferred_name, birth_date, sex_at_birth,"
            " pronoun, phone, email, address, language, emergency_contact_name, emergency_contact_phone,"
            " acknowledged, registered_by_id)"
            " SELECT 'Name' || n, 'Family' || md5(n::text), '', '1990-01-01'::date + n, 'female', '',"
            " '+33 6 ' || lpad(n::text, 8, '0'), '', '', 'en', '', '', '[]', %s FROM generate_series(1, 5000) n",
            [by.pk],
        )
        cursor.execute("ANALYZE patients_patient")
        cursor.execute("ANALYZE patients_patientkey")

    for text in ("name4321", "+33 6 00 00 43 21", "name43 familya"):
        plan = Patient.objects.matching(text).order_by("sort_key", "pk")[:26].explain()
        assert "patient_key_prefix" in plan, plan
        assert "Seq Scan on patients_patientkey" not in plan, plan
    plan = Patient.objects.matching("1999-01-01").explain()
    assert "patients_by_birth_date" in plan, plan
