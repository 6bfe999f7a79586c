"""What answers and names mean, which answers are missing, and whether a consent stands."""

from datetime import date, timedelta

import pytest

from mesoclinic.core.findings import Level
from patients.rules.consent import ConsentFact, consent_validity_finding
from patients.rules.intake import (
    AnswerFactor,
    DerivedFactor,
    Question,
    TermFactor,
    check_intake_questions_answered,
    factors_from_answers,
    factors_from_terms,
)

TODAY = date(2026, 11, 23)

MAPPING = [
    AnswerFactor("pregnant", "pregnant", "pregnancy", "pregnancy"),
    AnswerFactor("pregnant", "trying", "trying_to_conceive", "pregnancy"),
    AnswerFactor("despair", ">=3", "depression", "disease"),
    AnswerFactor("age", "<18", "age_lt_18", "history"),
    AnswerFactor("needle", ">7", "needle_phobia", "history"),
    AnswerFactor("score", "<=2", "low", "history"),
    AnswerFactor("epilepsy", "yes", "epilepsy", "disease"),
    AnswerFactor("allergy", "aspirin/salicylate", "allergy_salicylate", "allergy"),
    AnswerFactor("autoimmune", "*", "autoimmune", "disease"),
]


@pytest.mark.parametrize(
    ("answers", "factors"),
    [
        pytest.param({}, [], id="nothing answered"),
        pytest.param({"pregnant": None}, [], id="null"),
        pytest.param({"pregnant": ["none"]}, [], id="none of them"),
        pytest.param(
            {"pregnant": ["trying", "pregnant"]},
            ["pregnancy", "trying_to_conceive"],
            id="several, in mapping order",
        ),
        pytest.param({"despair": 3}, ["depression"], id="at the threshold"),
        pytest.param({"despair": "2"}, [], id="below it, as text"),
        pytest.param({"despair": "often"}, [], id="no number"),
        pytest.param({"despair": "NaN"}, [], id="not a number"),
        pytest.param({"age": 18}, [], id="eighteen"),
        pytest.param({"age": 17.5}, ["age_lt_18"], id="seventeen and a half"),
        pytest.param({"needle": 7}, [], id="seven is not above seven"),
        pytest.param({"needle": 8}, ["needle_phobia"], id="eight is"),
        pytest.param({"score": 2}, ["low"], id="two is at most two"),
        pytest.param({"score": "2.1"}, [], id="a little more is not"),
        pytest.param({"epilepsy": True}, ["epilepsy"], id="true is yes"),
        pytest.param({"epilepsy": False}, [], id="false is no"),
        pytest.param({"epilepsy": " YES "}, ["epilepsy"], id="case and blanks"),
        pytest.param({"epilepsy": ""}, [], id="empty"),
        pytest.param({"allergy": ["Aspirin/Salicylate", "dust"]}, ["allergy_salicylate"], id="punctuation"),
        pytest.param(
            {"autoimmune": {"choice": "Hashimoto", "since": None}}, ["autoimmune"], id="anything, nested"
        ),
        pytest.param({"autoimmune": ["None"]}, [], id="anything but none"),
        pytest.param({"autoimmune": "not applicable"}, [], id="nor not applicable"),
    ],
)
def test_what_answers_mean(answers, factors):
    assert [f.factor for f in factors_from_answers(answers, MAPPING)] == factors


def test_a_factor_is_derived_once_and_says_from_what():
    answers = {"autoimmune": ["lupus", "Hashimoto"]}

    assert factors_from_answers(answers, MAPPING) == [
        DerivedFactor("autoimmune", "disease", "autoimmune: lupus")
    ]


TERMS = [
    TermFactor("clopidogrel", "nsaid_48h", "medicine"),
    TermFactor("ASA", "nsaid_48h", "medicine"),
    TermFactor("epilepsy", "epilepsy", "disease"),
    TermFactor("amide anaesthetic", "allergy_amide", "allergy"),
    TermFactor("!", "never", "disease"),
]


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("Clopidogrel 75 MG Oral Tablet", ["nsaid_48h"]),
        ("Epilepsy", ["epilepsy"]),
        ("Épilepsy (disorder)", ["epilepsy"]),
        ("NASACORT 55 mcg", []),
        ("ASA 100", ["nsaid_48h"]),
        ("Allergy to amide-anaesthetic", ["allergy_amide"]),
        ("anaesthetic amide", []),
        ("ASA + clopidogrel, epilepsy", ["nsaid_48h", "epilepsy"]),
        ("!", []),
        ("", []),
    ],
)
def test_what_medicine_and_disease_names_mean(name, factors):
    assert [f.factor for f in factors_from_terms(name, TERMS)] == factors


QUESTIONS = [
    Question("family", "Family history?", required=False),
    Question("meds", "All drugs?"),
    Question("contraception", "Contraception?", asked_of="women"),
]


@pytest.mark.parametrize(
    ("answers", "sex", "found"),
    [
        pytest.param(
            {},
            "female",
            ["unanswered:contraception", "unanswered:meds", "unanswered:family"],
            id="nothing answered: required first",
        ),
        pytest.param({"meds": ["none"], "family": False}, "male", [], id="not asked of men"),
        pytest.param(
            {"meds": ["none"], "family": "no"},
            "unknown",
            ["unanswered:contraception"],
            id="asked where the sex is not known",
        ),
        pytest.param(
            {"meds": [], "family": 0, "contraception": " "},
            "F",
            ["unanswered:contraception", "unanswered:meds"],
            id="an empty list and a blank are no answers; zero is one",
        ),
    ],
)
def test_which_questions_wait_for_an_answer(answers, sex, found):
    assert [f.code for f in check_intake_questions_answered(QUESTIONS, answers, sex=sex)] == found


def test_only_required_questions_block():
    levels = {f.where: f.level for f in check_intake_questions_answered(QUESTIONS, {}, sex="male")}

    assert levels == {"meds": Level.BLOCK, "family": Level.NOTE}


def consent(signed, until=None, withdrawn=None, kind="treatment"):
    return ConsentFact(kind, signed, until, withdrawn)


@pytest.mark.parametrize(
    ("consents", "level", "fixed", "message"),
    [
        pytest.param(
            [consent(date(2026, 3, 3), TODAY)],
            "ok",
            False,
            "Treatment consent valid to 23 Nov 2026.",
            id="valid on its last day",
        ),
        pytest.param(
            [consent(date(2026, 3, 3))], "ok", False, "Treatment consent valid.", id="valid without end"
        ),
        pytest.param(
            [consent(date(2025, 3, 3), TODAY - timedelta(days=1))],
            "block",
            True,
            "Treatment consent expired on 22 Nov 2026. Sign it before the injection.",
            id="expired yesterday",
        ),
        pytest.param(
            [consent(date(2026, 3, 3), date(2027, 3, 3), TODAY)],
            "block",
            True,
            "Treatment consent was withdrawn on 23 Nov 2026. Sign it before the injection.",
            id="withdrawn today",
        ),
        pytest.param(
            [
                consent(date(2026, 1, 1), date(2027, 1, 1)),
                consent(date(2026, 3, 3), date(2027, 3, 3), date(2026, 6, 1)),
            ],
            "block",
            True,
            "Treatment consent was withdrawn on 1 Jun 2026. Sign it before the injection.",
            id="an earlier consent goes with the one taken back",
        ),
        pytest.param(
            [consent(date(2026, 3, 3), date(2027, 3, 3), TODAY), consent(TODAY, date(2027, 11, 23))],
            "ok",
            False,
            "Treatment consent valid to 23 Nov 2027.",
            id="signed anew after withdrawing",
        ),
        pytest.param(
            [
                consent(date(2024, 1, 1), date(2028, 1, 1), date(2024, 6, 1)),
                consent(date(2024, 7, 1), date(2025, 7, 1)),
            ],
            "block",
            True,
            "Treatment consent expired on 1 Jul 2025. Sign it before the injection.",
            id="signed anew, and expired since",
        ),
        pytest.param(
            [consent(date(2026, 3, 3), date(2027, 3, 3), TODAY + timedelta(days=1))],
            "ok",
            False,
            "Treatment consent valid to 3 Mar 2027.",
            id="withdrawn from tomorrow",
        ),
        pytest.param(
            [
                consent(TODAY + timedelta(days=1), date(2027, 3, 3)),
                consent(date(2026, 3, 3), date(2027, 3, 3), kind="photo"),
            ],
            "block",
            True,
            "Treatment consent is not on file. Sign it before the injection.",
            id="only one of tomorrow and one for photos",
        ),
        pytest.param(
            [consent(date(2025, 1, 1), date(2026, 1, 1)), consent(date(2025, 12, 1), date(2026, 12, 1))],
            "ok",
            False,
            "Treatment consent valid to 1 Dec 2026.",
            id="the longest counts",
        ),
    ],
)
def test_whether_a_treatment_consent_stands(consents, level, fixed, message):
    finding = consent_validity_finding(consents, "treatment", TODAY)

    assert (str(finding.level), finding.fixed, finding.message) == (level, fixed, message)


@pytest.mark.parametrize(
    "consents",
    [
        [],
        [consent(date(2025, 3, 3), TODAY - timedelta(days=1))],
        [consent(date(2026, 3, 3), None, TODAY)],
    ],
    ids=["missing", "expired", "withdrawn"],
)
def test_nobody_goes_past_a_consent_before_the_needle_and_what_was_given_is_recorded_with_a_reason(consents):
    before = consent_validity_finding(consents, "treatment", TODAY)
    after = consent_validity_finding(consents, "treatment", TODAY, is_begun=True)

    assert (before.code, before.blocks, before.fixed) == ("alert:consent:expired", True, True)
    assert (after.code, after.blocks, after.fixed) == ("alert:consent:expired", True, False)
    assert "what was given is recorded" in after.message


def test_a_missing_photo_consent_is_a_note():
    finding = consent_validity_finding([], "photo", TODAY)

    assert (finding.code, finding.level, finding.message) == (
        "consent:photo",
        Level.NOTE,
        "Photo consent is not on file. Ask for one first.",
    )
