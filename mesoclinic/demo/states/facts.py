"""States that stand on the record as it is: a risk factor, an allergy, an answer, a laboratory result."""

from datetime import timedelta
from decimal import Decimal

from mesoclinic.demo.readings import LABORATORY
from mesoclinic.demo.states.courses import DUTASTERIDE, Making, draw_syringe
from patients.actions.risk_factors import record_risk_factor, record_risk_factors_from_words
from patients.actions.safety_answers import record_safety_answers_and_risk_factors
from patients.models import Factor, SafetyAnswer
from treatments.conditions.actions.labs import record_or_replace_lab_result
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


def draw_what_patient_is_allergic_to(making: Making) -> None:
    record_allergy(making)
    draw_syringe(making)


def draw_dutasteride(making: Making) -> None:
    record_answer(making)
    draw_syringe(making, DUTASTERIDE)


def draw_for_suggestions(making: Making) -> None:
    draw_syringe(making)


def record_answer(making: Making) -> None:
    question, answer = making.shown.of.split("=")
    record_safety_answers_and_risk_factors(
        patient=making.patient, answers={question: [answer]}, by=making.by, where=SafetyAnswer.Where.BENCH
    )


def record_answer_and_draw(making: Making) -> None:
    record_answer(making)
    draw_syringe(making)


def enter_report(making: Making) -> None:
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


RECIPES = {
    "factor": record_factor,
    "allergy": record_allergy,
    "allergy-to-syringe": draw_what_patient_is_allergic_to,
    "dutasteride-drawn": draw_dutasteride,
    "answer": record_answer_and_draw,
    "answer-only": record_answer,
    "laboratory": enter_report,
    "suggestions": draw_for_suggestions,
}
