"""G61 to G68: what a patient said is what the bar and the bench say, and what is suggested to whom."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from mesoclinic.core.findings import Finding
from mesoclinic.data.loading import load_catalogue_table_by_table
from patients.actions.intake import record_intake
from patients.actions.risk_factors import record_risk_factors_from_words
from patients.models import Factor, RiskFactor
from patients.rules.allergies import factors_from_allergy_words
from patients.rules.intake import TermFactor
from tests import factories, snapshots
from tests.golden_safety.cases import SafetyCase, missing_findings, safety_cases
from tests.treatments.cocktails.test_golden import RULEBOOK, SHIPPED, SUBSTANCES, line
from treatments.cocktails.rules.checks import check_mix_against_all_rules
from treatments.cocktails.rules.mix import Mix, Person
from treatments.cocktails.rules.suggestions import other_treatments_for, suggest_ingredients

IDS = ("G61", "G62", "G63", "G64", "G65", "G66", "G67", "G68")

TODAY = date(2026, 11, 23)

CASES = {code: safety_cases()[code] for code in IDS}

ALLERGY_TERMS = [
    TermFactor(row.term, row.factor_code, row.kind) for row in SHIPPED.term_factors if row.kind == "allergy"
]

#: What each case has its patient say of an allergy, in words.
SAID = {
    "G61": "local anaesthetic: lidocaine",
    "G62": "sulfamethoxazole",
    "G64": "glutathione",
    "G65": "the blue ampoule from the other clinic",
}


def factors_of(case: SafetyCase) -> frozenset[str]:
    """What stands on record, with what the words of the case are read as."""
    read = {found.factor for found in factors_from_allergy_words(SAID.get(case.id, ""), ALLERGY_TERMS)}
    return frozenset(case.on_record) | read


def findings_at_the_bench(case: SafetyCase) -> list[Finding]:
    _, age, *weight = case.for_whom.split()
    mix = Mix(
        "single" if case.preparation == "single" else "cocktail",
        tuple(line(code, str(ml)) for code, ml in case.drawn_ml),
        case.syringe_ml,
        max_actives=case.clinic_allows,
    )
    person = Person(int(age), "female", Decimal(weight[0]), factors_of(case))
    return check_mix_against_all_rules(mix, person, RULEBOOK, area_cm2=case.area_cm2, today=TODAY)


@pytest.mark.parametrize("code", ["G61", "G62", "G63", "G64", "G65", "G66", "G67"])
def test_the_bench_says_what_the_case_names(code):
    assert missing_findings(CASES[code], findings_at_the_bench(CASES[code])) == []


@pytest.mark.parametrize("code", ["G61", "G62"])
def test_the_bench_says_nothing_against_procaine(code):
    findings = findings_at_the_bench(CASES[code])

    assert "contra:procaine" in CASES[code].must_not_contain
    assert [f.code for f in findings if f.code.startswith("contra:procaine")] == []
    assert "Allergy: procaine" not in " ".join(f.message for f in findings)


def test_words_that_no_rule_reads_block_until_a_clinician_judges_them():
    case = CASES["G65"]

    [found] = [f for f in findings_at_the_bench(case) if f.code == "alert:state:allergy-unread"]

    assert factors_of(case) == {"allergy_unread"}
    assert (found.blocks, found.fixed) == (True, False)
    assert "no rule reads this, judge it yourself" in found.message


def test_female_pattern_loss_is_offered_what_pattern_loss_is():
    woman = Person(45, "female", Decimal(60))

    drawn = suggest_ingredients(["female-pattern"], woman, RULEBOOK, SUBSTANCES, {})
    others = other_treatments_for(["female-pattern"], {}, RULEBOOK)

    assert len(drawn) >= 15
    assert drawn[0].substance.code == "minoxidil"
    assert [row.name for row in others][:2] == [
        "Blood tests when there are signs",
        "Topical minoxidil 2% or 5%",
    ]
    assert len(drawn) + len(others) == 21  # of the file's 22 rows two are of one ingredient


@pytest.fixture
def shipped(db):
    """The shipped factors and words, in the database."""
    snapshots.load_or_copy(load_factors_and_words)


def load_factors_and_words():
    for _ in load_catalogue_table_by_table(
        replace(SHIPPED, protocols=[], checklist=[], effects=[], consent_texts=[])
    ):
        pass


@pytest.mark.parametrize(
    ("words", "says", "never"),
    [
        pytest.param(SAID["G61"], "lidocaine class (lidocaine)", "procaine", id="G61"),
        pytest.param(SAID["G62"], "sulfamethoxazole (sulfa antibiotic)", "procaine", id="G62"),
        pytest.param(SAID["G64"], "glutathione", "not read", id="G64"),
        pytest.param(
            SAID["G65"], "“the blue ampoule from the other clinic” (not read)", "component", id="G65"
        ),
        pytest.param("articaine", "articaine (lidocaine class)", "Allergy: lidocaine<", id="M5"),
    ],
)
def test_the_bar_says_what_was_said(shipped, as_clinician, clinician, words, says, never):
    patient = factories.PatientFactory(sex_at_birth="female")
    record_risk_factors_from_words(patient=patient, kind="allergy", label=words, by=clinician)

    bar = as_clinician.get(reverse("patient", args=[patient.pk])).context["bar"]

    shown = " ".join([*bar.allergies, *(text for text, _ in bar.alerts)])
    assert says in shown
    assert never not in shown


def test_no_contraception_is_no_wish_for_a_child(shipped, as_clinician, clinician):
    patient = factories.PatientFactory(sex_at_birth="female")
    record_intake(
        patient=patient,
        answers={"contraception": {"said": "none"}, "pregnant": ["none"], "diabetes": "diet"},
        by=clinician,
        reasons={
            f"unanswered:{row.code}": "asked in another test" for row in SHIPPED.questions if row.required
        },
    )

    bar = as_clinician.get(reverse("patient", args=[patient.pk])).context["bar"]

    shown = [text for text, _ in bar.alerts]
    assert "Can become pregnant (no contraception)" in shown
    assert "Diabetes, diet" in shown
    assert "Trying to conceive" not in shown
    assert set(RiskFactor.objects.values_list("factor__code", flat=True)) == {
        "childbearing_unprotected",
        "diabetes",
    }
    assert Factor.objects.get(code="trying_to_conceive").short_label == "Trying to conceive"
