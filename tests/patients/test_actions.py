"""What the actions of patients write, what they refuse, and what they say in the log."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients import queries
from patients.actions.consents import give_consent, load_consent_texts, withdraw_consent
from patients.actions.intake import load_factor_terms, load_factors, load_questions, record_intake
from patients.actions.people import MaybeKnown, amend_patient, note_viewing, register_patient
from patients.actions.risk_factors import end_risk_factor, record_risk_factor, record_said
from patients.models import (
    Consent,
    ConsentText,
    Factor,
    FactorTerm,
    Intake,
    IntakeQuestion,
    Patient,
    RiskFactor,
)
from tests import factories

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


# --- registering -------------------------------------------------------------


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
        pytest.param("(555) 201-2837", "US", "+1 555-201-2837", id="national"),
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


# --- amending ----------------------------------------------------------------


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


# --- the intake --------------------------------------------------------------


@pytest.fixture
def questions(db):
    """A few questions with what their answers mean, as the shipped data has them."""
    for code, kind, days in (
        ("allergy_fish", "allergy", None),
        ("allergy_amide", "allergy", None),
        ("allergy_ester", "allergy", None),
        ("pregnancy", "pregnancy", None),
        ("recent_infection", "history", 14),
        ("recent_surgery", "history", 90),
        ("anticoagulant", "medicine", None),
        ("nsaid_48h", "medicine", 2),
        ("autoimmune", "disease", None),
        ("keloid", "history", None),
        ("age_lt_18", "history", None),
    ):
        factories.FactorFactory(code=code, kind=kind, usual_days=days)
    for order, (code, answer_type, more) in enumerate(
        (
            ("duration", "date", {}),
            ("previous", "list+date", {"options": ["hair transplant", "none"]}),
            ("infection", "yes-no", {"required": True}),
            ("autoimmune", "list", {"options": ["lupus"], "match_terms": "disease"}),
            ("age", "date", {"shown_when": "birth_date=missing"}),
            ("allergy", "list", {"options": ["fish"], "match_terms": "allergy"}),
            ("meds", "list", {"match_terms": "medicine"}),
            (
                "pregnant",
                "multi",
                {"options": ["pregnant", "none"], "required": True, "shown_when": "sex=female"},
            ),
            ("partner", "yes-no", {"required": True, "shown_when": "sex=male"}),
        )
    ):
        IntakeQuestion.objects.create(
            code=code,
            question=f"About {code}?",
            answer_type=answer_type,
            order=order,
            section="Health",
            **more,
        )
    for question, answer, code, kind in (
        ("age", "<18", "age_lt_18", "history"),
        ("allergy", "fish", "allergy_fish", "allergy"),
        ("autoimmune", "lupus", "autoimmune", "disease"),
        ("infection", "yes", "recent_infection", "history"),
        ("previous", "hair transplant", "recent_surgery", "history"),
        ("pregnant", "pregnant", "pregnancy", "pregnancy"),
    ):
        FactorTerm.objects.create(
            where="answer", question=question, term=answer, kind=kind, factor=Factor.objects.get(code=code)
        )
    for term, code, kind in (
        ("lidocaine", "allergy_amide", "allergy"),
        ("local anaesthetic", "allergy_amide", "allergy"),
        ("local anaesthetic", "allergy_ester", "allergy"),
        ("warfarin", "anticoagulant", "medicine"),
        ("aspirin", "nsaid_48h", "medicine"),
        ("keloid", "keloid", "history"),
    ):
        FactorTerm.objects.create(where="term", term=term, kind=kind, factor=Factor.objects.get(code=code))


@pytest.fixture
def patient(clinician):
    return factories.PatientFactory(registered_by=clinician)


def take(patient, by, today=TODAY, **answers) -> Intake:
    given = {"infection": "no", "pregnant": ["none"]} | answers
    return record_intake(patient=patient, answers=given, by=by, today=today)


def standing(patient, on=TODAY) -> set[tuple[str, str | None, str]]:
    rows = RiskFactor.objects.filter(patient=patient).on(on).select_related("factor")
    return {(r.kind, r.factor and r.factor.code, r.label) for r in rows}


def test_an_intake_is_a_version_with_the_factors_it_means(questions, patient, clinician):
    intake = record_intake(
        patient=patient,
        answers={
            "infection": "no",
            "pregnant": ["pregnant"],
            "allergy": ["fish", "Penicillin", "lidocaine spray"],
            "meds": ["Warfarin 5 mg", "Levothyroxine", "none"],
        },
        weight_kg=Decimal("61.5"),
        likely_causes=["Stress", "low ferritin"],
        note="Anxious.",
        by=clinician,
        today=TODAY,
    )

    stored = Intake.objects.get()
    assert stored == intake
    assert (stored.version, stored.weight_kg) == (1, Decimal("61.5"))
    assert stored.likely_causes == ["Stress", "low ferritin"]
    assert stored.answers["allergy"] == ["fish", "Penicillin", "lidocaine spray"]
    assert standing(patient) == {
        ("pregnancy", "pregnancy", "Pregnancy"),
        ("allergy", "allergy_fish", "Allergy fish"),
        ("allergy", None, "Penicillin"),
        ("allergy", "allergy_amide", "lidocaine spray"),
        ("medicine", "anticoagulant", "Warfarin 5 mg"),
        ("medicine", None, "Levothyroxine"),
    }
    assert log("intake.recorded").data == {
        "version": 1,
        "answered": 4,
        "factors_added": 6,
        "factors_ended": 0,
        "left_out": [],
    }


def test_what_is_no_longer_answered_is_ended_and_what_a_clinician_said_stays(questions, patient, clinician):
    take(patient, clinician, allergy=["fish"], meds=["Aspirin"])
    record_risk_factor(patient=patient, kind="allergy", label="Latex", by=clinician, today=TODAY)
    later = TODAY + timedelta(days=30)

    second = take(patient, clinician, today=later, meds=["Aspirin"])

    assert second.version == 2
    assert standing(patient, on=later) == {("medicine", "nsaid_48h", "Aspirin"), ("allergy", None, "Latex")}
    fish = RiskFactor.objects.get(factor__code="allergy_fish")
    assert (fish.ended_on, fish.ended_by) == (later, clinician)
    assert RiskFactor.objects.count() == 3


def test_the_same_answers_again_add_nothing(questions, patient, clinician):
    said = {"allergy": ["fish", "Pollen"], "meds": ["warfarin"], "infection": "yes"}
    take(patient, clinician, **said)

    take(patient, clinician, **said)

    assert RiskFactor.objects.count() == 4
    assert Intake.objects.count() == 2


def test_what_passes_by_itself_ends_by_itself_and_counts_anew_when_said_again(questions, patient, clinician):
    take(patient, clinician, infection="yes")
    later = TODAY + timedelta(days=5)

    take(patient, clinician, today=later, infection="yes")

    assert [(r.started_on, r.ended_on) for r in RiskFactor.objects.order_by("pk")] == [
        (TODAY, later),
        (later, later + timedelta(days=14)),
    ]
    assert standing(patient, on=later + timedelta(days=14)) == set()


@pytest.mark.parametrize(
    ("when", "stands"),
    [
        pytest.param("2026-10-01", True, id="within 90 days"),
        pytest.param("2026-01-01", False, id="long past"),
        pytest.param(None, True, id="no day given"),
    ],
)
def test_the_day_given_with_an_answer_counts(questions, patient, clinician, when, stands):
    said = {"said": ["hair transplant"]} | ({"date": when} if when else {})

    take(patient, clinician, previous=said)

    assert (("history", "recent_surgery", "Recent surgery") in standing(patient)) is stands
    assert RiskFactor.objects.count() == int(stands)


def test_a_medicine_that_is_taken_stands_until_it_is_no_longer_named(questions, patient, clinician):
    take(patient, clinician, meds=["Aspirin 100 mg"])

    assert standing(patient, on=TODAY + timedelta(days=300)) == {("medicine", "nsaid_48h", "Aspirin 100 mg")}


def test_a_name_of_two_classes_means_both(questions, patient, clinician):
    take(patient, clinician, allergy=["local anaesthetic"])

    assert standing(patient) == {
        ("allergy", "allergy_amide", "local anaesthetic"),
        ("allergy", "allergy_ester", "local anaesthetic"),
    }


def test_a_list_of_diseases_is_also_read_for_histories(questions, patient, clinician):
    take(patient, clinician, autoimmune=["lupus", "keloid scars"])

    assert standing(patient) == {
        ("disease", "autoimmune", "Autoimmune"),
        ("disease", "keloid", "keloid scars"),
    }


def test_a_minors_age_is_a_factor_without_a_question(questions, clinician):
    young = factories.PatientFactory(birth_date=date(2012, 1, 1))

    take(young, clinician)

    assert standing(young) == {("history", "age_lt_18", "Age lt 18")}


def test_a_required_question_is_answered_or_left_out_for_a_reason(questions, patient, clinician):
    with pytest.raises(Refused) as refused:
        record_intake(patient=patient, answers={"infection": "no"}, by=clinician)
    assert [f.where for f in refused.value.findings] == ["pregnant"]
    assert Intake.objects.count() == 0

    intake = record_intake(
        patient=patient,
        answers={"infection": "no"},
        by=clinician,
        reasons={"unanswered:pregnant": "hysterectomy in 2019"},
    )

    [kept] = intake.acknowledged
    assert (kept["code"], kept["reason"]) == ("unanswered:pregnant", "hysterectomy in 2019")
    assert log("intake.recorded").data["left_out"] == ["unanswered:pregnant"]


def test_men_are_not_asked_about_pregnancy(questions, clinician):
    man = factories.PatientFactory(sex_at_birth="male")

    intake = record_intake(patient=man, answers={"infection": "no", "partner": "no"}, by=clinician)

    assert intake.answers == {"infection": "no", "partner": "no"}
    with pytest.raises(Refused, match="pregnant"):
        take(man, clinician)


def test_the_front_desk_leaves_no_question_out(questions, patient, front_desk):
    with pytest.raises(Refused):
        record_intake(
            patient=patient,
            answers={"infection": "no"},
            by=front_desk,
            reasons={"unanswered:pregnant": "she would not say to us"},
        )


def test_two_intakes_at_the_same_moment_are_two_versions_or_one_is_told(
    questions, patient, clinician, monkeypatch
):
    take(patient, clinician)
    monkeypatch.setattr(queries, "known_about", lambda patient, on: queries.Known(last_version=0, factors=[]))

    with pytest.raises(Refused, match="a moment ago"):
        take(patient, clinician)


def test_numbers_and_days_are_kept_as_people_write_them(questions, patient, clinician):
    intake = take(patient, clinician, duration=date(2026, 1, 5), meds=["", None])

    assert intake.answers["duration"] == "2026-01-05"
    assert "meds" not in intake.answers


# --- risk factors ------------------------------------------------------------


def test_a_factor_is_recorded_and_ended(patient, clinician):
    fish = factories.FactorFactory(code="allergy_fish", kind="allergy")

    row = record_risk_factor(patient=patient, kind="allergy", factor=fish, by=clinician, today=TODAY)
    ended = end_risk_factor(risk_factor=row, by=clinician, on=TODAY)

    assert (row.label, row.origin) == ("Allergy fish", "clinician")
    assert (ended.ended_on, ended.ended_by) == (TODAY, clinician)
    assert log("risk_factor.recorded").data["factors"] == ["allergy_fish"]
    assert log("risk_factor.ended").data == {"on": "2026-11-23"}
    with pytest.raises(Refused, match="already ended"):
        end_risk_factor(risk_factor=row, by=clinician, on=TODAY)


def test_words_are_looked_up_in_the_list_of_their_kind(questions, patient, clinician):
    rows = record_said(patient=patient, kind="allergy", label="local anaesthetic", by=clinician)

    assert {row.factor.code for row in rows} == {"allergy_amide", "allergy_ester"}
    [unknown] = record_said(patient=patient, kind="medicine", label="Levothyroxine", by=clinician)
    assert unknown.factor is None


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        pytest.param({"label": "  "}, "label", id="nothing said"),
        pytest.param({"started_on": TODAY + timedelta(days=1)}, "started_on", id="future"),
        pytest.param(
            {"started_on": TODAY, "ended_on": TODAY - timedelta(days=1)},
            "ended_on",
            id="ends before it starts",
        ),
    ],
)
def test_a_factor_that_makes_no_sense_is_refused(patient, clinician, fields, where):
    values = {"kind": "allergy", "label": "Latex", "today": TODAY} | fields

    with pytest.raises(Refused) as refused:
        record_risk_factor(patient=patient, by=clinician, **values)

    assert [f.where for f in refused.value.findings] == [where]


def test_what_stands_is_not_recorded_again(patient, clinician):
    values = {"patient": patient, "kind": "allergy", "by": clinician}
    record_risk_factor(label="Latex", **values)

    with pytest.raises(Refused, match="already stands"):
        record_risk_factor(label="latex ", **values)


def test_another_systems_rows_are_told_apart_by_their_ids(patient, clinician):
    values = {"patient": patient, "kind": "medicine", "label": "Aspirin", "by": clinician}
    for value in ("a", "b"):
        record_risk_factor(origin="import", system="urn:test", value=value, **values)

    assert RiskFactor.objects.count() == 2


def test_a_factor_does_not_end_before_it_starts(patient, clinician):
    row = record_risk_factor(
        patient=patient, kind="history", label="Vaccine", by=clinician, started_on=TODAY, today=TODAY
    )

    with pytest.raises(Refused, match="before it starts"):
        end_risk_factor(risk_factor=row, by=clinician, on=TODAY - timedelta(days=1))


# --- consent -----------------------------------------------------------------


def give(patient, by, text=None, **fields) -> Consent:
    values = {
        "text": text or factories.ConsentTextFactory(),
        "method": "typed",
        "signed_name": "Noor  Example",
        "clinic": by.clinic,
    } | fields
    return give_consent(patient=patient, by=by, **values)


def test_a_consent_is_valid_for_as_long_as_the_clinic_says(patient, clinician):
    clinician.clinic.consent_valid_days = 100
    signed_at = datetime(2026, 3, 1, 12, tzinfo=timezone.get_current_timezone())

    consent = give(patient, clinician, signed_at=signed_at)

    assert consent.valid_until == date(2026, 6, 9)
    assert (consent.kind, consent.signed_name) == ("treatment", "Noor Example")
    assert log("consent.given").data == {
        "kind": "treatment",
        "language": "en",
        "version": 1,
        "method": "typed",
    }


def test_a_wording_that_was_replaced_is_not_signed(patient, clinician):
    old = factories.ConsentTextFactory(version=1)
    factories.ConsentTextFactory(version=2)

    with pytest.raises(Refused, match="wording has changed"):
        give(patient, clinician, text=old)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        pytest.param({"signed_name": " . "}, "signed_name", id="no name"),
        pytest.param({"signed_at": timezone.now() + timedelta(days=400)}, "signed_on", id="future"),
    ],
)
def test_a_consent_that_nobody_signed_is_refused(patient, clinician, fields, where):
    with pytest.raises(Refused) as refused:
        give(patient, clinician, **fields)

    assert [f.where for f in refused.value.findings] == [where]


def test_a_consent_is_withdrawn_once_with_a_reason(patient, clinician):
    consent = give(patient, clinician)
    with pytest.raises(Refused, match="why"):
        withdraw_consent(consent=consent, reason=" ", by=clinician)

    withdrawn = withdraw_consent(consent=consent, reason="Has changed her mind", by=clinician)

    assert withdrawn.withdrawn_by == clinician
    assert withdrawn.withdrawn_reason == "Has changed her mind"
    assert log("consent.withdrawn").data == {"kind": "treatment"}
    with pytest.raises(Refused, match="already"):
        withdraw_consent(consent=consent, reason="Again", by=clinician)


def test_looking_at_a_record_is_a_row(patient, clinician):
    note_viewing(patient=patient, by=clinician, page="intake")

    event = log("patient.viewed")
    assert (event.by, event.patient_id, event.data) == (clinician, patient.pk, {"page": "intake"})


# --- reference data ----------------------------------------------------------


def test_reference_rows_load_twice_without_doubles(db):
    factor = {"code": "leber", "label": "Leber", "short_label": "Leber", "kind": "disease"}
    term = {
        "where": "term",
        "question": "",
        "kind": "disease",
        "term": "leber",
        "factor_code": "leber",
        "source_keys": ["GK"],
        "source_text": "why",
    }
    question = {"code": "eye", "question": "Leber?", "answer_type": "yes-no"}

    first = [
        load_factors([factor]),
        load_factor_terms([term]),
        load_questions([question]),
    ]
    again = [
        load_factors([factor]),
        load_factor_terms([term]),
        load_questions([question]),
    ]

    assert [loaded.created for loaded in first] == [1, 1, 1]
    assert [(loaded.created, loaded.unchanged) for loaded in again] == [(0, 1)] * 3
    assert FactorTerm.objects.get().factor.code == "leber"


def test_a_wording_in_use_is_never_changed_only_followed(db):
    text = {"kind": "photo", "language": "en", "version": "1", "title": "T", "body": "B"}

    assert load_consent_texts([text]).created == 1
    assert load_consent_texts([text]).unchanged == 1
    assert load_consent_texts([text | {"version": "2", "body": "C"}]).created == 1
    with pytest.raises(ValueError, match="next version"):
        load_consent_texts([text | {"body": "Other"}])
    assert ConsentText.objects.count() == 2
