"""Taking an intake: its versions, what its answers mean, and the questions as they are shipped."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from mesoclinic.core.findings import Refused
from mesoclinic.core.models import AuditEvent
from patients import queries
from patients.actions.intake import load_factor_terms, load_factors, load_questions, record_intake
from patients.actions.risk_factors import record_risk_factor
from patients.models import FactorTerm, Intake, RiskFactor
from tests import factories

TODAY = date(2026, 11, 23)


def log(did: str) -> AuditEvent:
    return AuditEvent.objects.get(did=did)


def take(patient, by, today=TODAY, reasons=None, **answers) -> Intake:
    given = {"infection": "no", "pregnant": ["none"]} | answers
    return record_intake(patient=patient, answers=given, by=by, today=today, reasons=reasons)


def standing(patient, on=TODAY) -> set[tuple[str, str | None, str]]:
    rows = RiskFactor.objects.filter(patient=patient).standing_on(on).select_related("factor")
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

    tested = {"ends:allergy": "Eats fish again; prick test negative, Dr Amsel."}
    second = take(patient, clinician, today=later, reasons=tested, meds=["Aspirin"])

    assert second.version == 2
    assert standing(patient, on=later) == {("medicine", "nsaid_48h", "Aspirin"), ("allergy", None, "Latex")}
    fish = RiskFactor.objects.get(factor__code="allergy_fish")
    assert (fish.ended_on, fish.ended_by) == (later, clinician)
    assert RiskFactor.objects.count() == 3


@pytest.mark.parametrize(
    ("before", "after", "question"),
    [
        ({"allergy": ["fish"]}, {}, "allergy"),
        ({"allergy": ["fish"]}, {"allergy": ["none"]}, "allergy"),
        ({"allergy": ["Pollen"]}, {"allergy": ["Grass"]}, "allergy"),
        ({"pregnant": ["pregnant"]}, {"pregnant": ["none"]}, "pregnant"),
    ],
    ids=["left away", "answered with no", "no rule reads it", "a pregnancy that is no more"],
)
@pytest.mark.parametrize("words", ["", "it is over"[:9]], ids=["no words", "too few"])
def test_what_stands_against_an_injection_is_not_dropped_by_another_intake_without_words(
    questions, patient, clinician, before, after, question, words
):
    take(patient, clinician, **before)
    stood = standing(patient)

    with pytest.raises(Refused) as caught:
        take(patient, clinician, reasons={f"ends:{question}": words}, **after)

    assert [f.code for f in caught.value.findings] == [f"ends:{question}"]
    assert standing(patient) == stood
    assert Intake.objects.count() == 1


def test_it_ends_in_the_words_that_were_written(questions, patient, clinician):
    take(patient, clinician, pregnant=["pregnant"])
    later = TODAY + timedelta(days=9)

    take(patient, clinician, later, {"ends:pregnant": "Born on 20 Nov; breastfeeding asked: no."})

    row = RiskFactor.objects.get(factor__code="pregnancy")
    assert (row.ended_on, row.ended_by, row.ended_words) == (
        later,
        clinician,
        "Born on 20 Nov; breastfeeding asked: no.",
    )


def test_a_medicine_that_is_no_alert_is_dropped_without_a_question(questions, patient, clinician):
    take(patient, clinician, meds=["Levothyroxine"])

    take(patient, clinician, TODAY + timedelta(days=1))

    assert RiskFactor.objects.get().ended_words == "Not said at the next intake."


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
    monkeypatch.setattr(
        queries,
        "last_intake_version_and_risk_factors",
        lambda patient, on: queries.Known(last_version=0, factors=[]),
    )

    with pytest.raises(Refused, match="a moment ago"):
        take(patient, clinician)


def test_numbers_and_days_are_kept_as_people_write_them(questions, patient, clinician):
    intake = take(patient, clinician, duration=date(2026, 1, 5), meds=["", None])

    assert intake.answers["duration"] == "2026-01-05"
    assert "meds" not in intake.answers


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
