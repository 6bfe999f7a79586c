"""States that stand on the record as it is: a risk factor, an allergy, an answer, a laboratory result."""

from datetime import timedelta
from decimal import Decimal

from mesoclinic.demo.readings import LABORATORY
from mesoclinic.demo.states.courses import DUTASTERIDE, Making, create_assessment_and_cocktail_draft
from patients.actions.risk_factors import record_risk_factor, record_risk_factors_from_words
from patients.actions.safety_answers import record_safety_answers_and_risk_factors
from patients.models import Factor, SafetyAnswer
from treatments.conditions.actions.labs import order_lab_test, record_or_replace_lab_result
from treatments.conditions.models import LabTest
from treatments.conditions.rules.labs import LabReport


def record_factor(making: Making) -> None:
    factor = Factor.objects.get(code=making.shown.of)
    record_risk_factor(
        patient=making.patient, kind=factor.kind, factor=factor, by=making.by, today=making.demo.today
    )


def record_allergy(making: Making) -> None:
    record_risk_factors_from_words(
        patient=making.patient, kind=Factor.Kind.ALLERGY, label=making.shown.of, by=making.by
    )


def record_allergy_and_draft_cocktail(making: Making) -> None:
    record_allergy(making)
    create_assessment_and_cocktail_draft(making)


def record_answer_and_draft_dutasteride(making: Making) -> None:
    record_answer(making)
    create_assessment_and_cocktail_draft(making, DUTASTERIDE)


def draft_cocktail_for_suggestions(making: Making) -> None:
    create_assessment_and_cocktail_draft(making)


def record_answer(making: Making) -> None:
    question, answer = making.shown.of.split("=")
    record_safety_answers_and_risk_factors(
        patient=making.patient, answers={question: [answer]}, by=making.by, where=SafetyAnswer.Where.BENCH
    )


def record_answer_and_draft_cocktail(making: Making) -> None:
    record_answer(making)
    create_assessment_and_cocktail_draft(making)


def record_lab_result_from_row(making: Making) -> None:
    """``of``: "INR=3.6;{INR};0.9;1.2", or a word in place of the figure."""
    code, reported = making.shown.of.split("=")
    figure, unit, low, high = reported.split(";")
    taken_on = making.demo.today - timedelta(days=2)
    report = LabReport(taken_on=taken_on, text=figure, laboratory=LABORATORY)
    if unit:
        report = LabReport(
            taken_on=taken_on,
            value=Decimal(figure),
            unit=unit,
            low=Decimal(low),
            high=Decimal(high),
            laboratory=LABORATORY,
        )
    test = LabTest.objects.get(code=code)
    record_or_replace_lab_result(
        patient=making.patient, test=test, report=report, by=making.by, today=making.demo.today
    )


def order_test(making: Making) -> None:
    test = LabTest.objects.get(code=making.shown.of)
    ordered_on = making.demo.today - timedelta(days=6)
    order_lab_test(patient=making.patient, test=test, by=making.by, what_for="hair that sheds", on=ordered_on)


RECIPES = {
    "test-ordered": order_test,
    "factor": record_factor,
    "allergy": record_allergy,
    "allergy-to-syringe": record_allergy_and_draft_cocktail,
    "dutasteride-drawn": record_answer_and_draft_dutasteride,
    "answer": record_answer_and_draft_cocktail,
    "answer-only": record_answer,
    "laboratory": record_lab_result_from_row,
    "suggestions": draft_cocktail_for_suggestions,
}
