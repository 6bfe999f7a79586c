"""Registering and amending people: what is written, refused and said in the log."""

from datetime import date, timedelta

import pytest

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients.actions.people import MaybeKnown, amend_patient, record_viewing, register_patient
from patients.models import Patient

TODAY = date(2026, 11, 23)


def register(by, **fields) -> Patient:
    values = {
        "given_names": "Amira",
        "family_name": "Haddad",
        "birth_date": date(1992, 3, 27),
        "today": TODAY,
    }
    return register_patient(by=by, **(values | fields))


def log(did: str) -> AuditEvent:
    return AuditEvent.objects.get(did=did)


def test_a_patient_is_registered_with_a_number_and_the_log_holds_no_name(clinician):
    patient = register(clinician, phone="06 12 34 56 78", country="FR")

    stored = Patient.objects.get()
    assert stored == patient
    assert stored.record_number == patient.record_number
    assert stored.record_number.startswith("MC-")
    assert stored.phone == "+33 6 12 34 56 78"
    assert stored.registered_by == clinician
    event = log("patient.registered")
    assert (event.patient_id, event.data) == (patient.pk, {"went_past": []})


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        pytest.param("(212) 555-0123", "US", "+1 212-555-0123", id="national"),
        pytest.param("+90 532 111 22 33", "US", "+90 532 111 22 33", id="abroad"),
        pytest.param("ask for  Ana", "US", "ask for Ana", id="words"),
        pytest.param("0612 345 678 (sister)", "FR", "0612 345 678 (sister)", id="both"),
        pytest.param("12", "FR", "12", id="too short"),
        pytest.param("0612345678", "", "0612345678", id="no country"),
    ],
)
def test_a_phone_is_kept_international_or_else_as_typed(clinician, typed, country, kept):
    patient = register(clinician, phone=typed, country=country)

    assert patient.phone == kept


@pytest.mark.parametrize("typed", ["06 12 34 56 78", "0612345678", "(555) 201-2837"])
@pytest.mark.parametrize("field", ["phone", "emergency_contact_phone"])
def test_a_number_that_the_clinics_country_does_not_have_is_asked_back(clinician, typed, field):
    with pytest.raises(Refused) as refused:
        register(clinician, country="US", **{field: typed})

    (finding,) = refused.value.findings
    assert finding.where == field
    assert "starts with +" in finding.message
    assert not Patient.objects.exists()


def test_a_number_that_the_clinics_country_does_not_have_is_not_amended_in(clinician):
    patient = register(clinician, country="US")

    with pytest.raises(Refused):
        amend_patient(patient=patient, by=clinician, country="US", phone="06 12 34 56 78")

    patient.refresh_from_db()
    assert patient.phone == ""


def test_a_number_from_a_list_stays_as_it_stood_there_and_does_not_stop_an_amendment(clinician):
    patient = register(clinician, phone="06 12 34 56 78", country="US", from_a_list=True)
    amended = amend_patient(
        patient=patient, by=clinician, country="US", phone=patient.phone, email="amira@example.org"
    )

    assert (amended.phone, amended.email) == ("06 12 34 56 78", "amira@example.org")


def test_a_likely_duplicate_is_sent_back_with_its_record(clinician):
    known = register(clinician, phone="+33612345678")
    register(clinician, given_names="Lea", family_name="Moreau", birth_date=TODAY - timedelta(days=10000))

    with pytest.raises(MaybeKnown) as refused:
        register(clinician, family_name="Hadad")

    assert refused.value.candidates == [known]
    [finding] = refused.value.findings
    assert finding.code == f"duplicate:{known.record_number}"
    assert "Haddad" not in finding.message
    assert Patient.objects.count() == 2


def test_a_duplicate_is_registered_anyway_for_a_reason_that_is_kept(clinician):
    known = register(clinician)
    code = f"duplicate:{known.record_number}"

    twin = register(clinician, given_names="Amira B", reasons={code: "her twin sister"})

    [kept] = Patient.objects.get(pk=twin.pk).acknowledged
    assert (kept["code"], kept["reason"], kept["by"]) == (code, "her twin sister", clinician.pk)
    assert AuditEvent.objects.latest("pk").data == {"went_past": [code]}


@pytest.mark.parametrize(
    ("known", "new"),
    [
        pytest.param("06 12 34 56 78", "+33612345678", id="country"),
        pytest.param("+33 6 12 34 56 78", "0612345678", id="trunk"),
        pytest.param("+1 555 201 2837", "(555) 201-2837", id="long code"),
    ],
)
def test_the_same_telephone_finds_a_duplicate_however_it_is_written(clinician, known, new):
    register(clinician, phone=known)

    with pytest.raises(MaybeKnown):
        register(clinician, phone=new, birth_date=date(1991, 1, 1))


def test_a_family_may_share_its_telephone(clinician):
    register(clinician, phone="+33612345678")

    child = register(
        clinician, given_names="Yusuf", family_name="Karim", birth_date=date(1970, 1, 1), phone="+33612345678"
    )

    assert child.acknowledged == []


def test_a_future_birth_date_is_refused_whatever_the_reason(clinician):
    with pytest.raises(Refused) as refused:
        register(
            clinician,
            birth_date=TODAY + timedelta(days=1),
            reasons={"birth-date:future": "I am quite sure of this"},
        )

    assert [f.where for f in refused.value.findings] == ["birth_date"]
    assert Patient.objects.count() == 0


def test_a_minor_is_registered_for_a_reason(clinician):
    young = date(2015, 1, 1)
    with pytest.raises(Refused):
        register(clinician, birth_date=young)

    patient = register(clinician, birth_date=young, reasons={"birth-date:minor": "with her mother"})

    assert [a["code"] for a in patient.acknowledged] == ["birth-date:minor"]


def test_nobody_dies_before_birth_or_in_the_future(clinician):
    for day in (date(1990, 1, 1), TODAY + timedelta(days=1)):
        with pytest.raises(Refused) as refused:
            register(clinician, died_on=day)
        assert refused.value.findings[0].where == "died_on"


def test_an_amendment_names_the_fields_and_not_what_they_say(clinician):
    patient = register(clinician)

    amended = amend_patient(
        patient=patient,
        by=clinician,
        email="amira@example.org",
        phone="06 98 76 54 32",
        country="FR",
        family_name="Haddad",
    )

    assert (amended.email, amended.phone) == ("amira@example.org", "+33 6 98 76 54 32")
    assert log("patient.amended").data == {"fields": ["email", "phone"], "went_past": []}


def test_an_amendment_that_changes_nothing_says_nothing(clinician):
    patient = register(clinician)

    amend_patient(patient=patient, by=clinician, family_name="Haddad")

    assert not AuditEvent.objects.filter(did="patient.amended").exists()


def test_an_amendment_into_somebody_else_asks_why(clinician):
    known = register(clinician)
    other = register(clinician, given_names="Lea", birth_date=date(1980, 1, 1))

    with pytest.raises(MaybeKnown) as refused:
        amend_patient(patient=other, by=clinician, given_names="Amira", birth_date=known.birth_date)

    assert refused.value.candidates == [known]


def test_a_patient_is_no_duplicate_of_their_own_record(clinician):
    patient = register(clinician)

    amended = amend_patient(patient=patient, by=clinician, family_name="Hadad")

    assert amended.family_name == "Hadad"


def test_only_the_fields_of_a_person_are_amended(clinician):
    patient = register(clinician)

    with pytest.raises(TypeError, match="record_number"):
        amend_patient(patient=patient, by=clinician, record_number="MC-000009")


def test_looking_at_a_record_is_a_row(patient, clinician):
    record_viewing(patient=patient, by=clinician, page="intake")

    event = log("patient.viewed")
    assert (event.by, event.patient_id, event.data) == (clinician, patient.pk, {"page": "intake"})
