"""The models of this app, by topic."""

from patients.models.alerts import (
    Alert,
    AlertAgreement,
    AlertClearing,
    AlertClearingAnswer,
    AlertType,
    AlertTypeFactor,
    AlertTypeField,
)
from patients.models.clinics import BreakGlass, PatientClinic, is_open_exists
from patients.models.consents import Consent, ConsentText
from patients.models.intake import Factor, FactorTerm, Intake, IntakeQuestion
from patients.models.people import Patient, PatientIdentifier, PatientKey, PatientQuerySet
from patients.models.risk_factors import RiskFactor, RiskFactorQuerySet
from patients.models.safety_answers import SafetyAnswer, SafetyAnswerRow, latest_answers_subquery

__all__ = [
    "Alert",
    "AlertAgreement",
    "AlertClearing",
    "AlertClearingAnswer",
    "AlertType",
    "AlertTypeFactor",
    "AlertTypeField",
    "BreakGlass",
    "Consent",
    "ConsentText",
    "Factor",
    "FactorTerm",
    "Intake",
    "IntakeQuestion",
    "Patient",
    "PatientClinic",
    "PatientIdentifier",
    "PatientKey",
    "PatientQuerySet",
    "RiskFactor",
    "RiskFactorQuerySet",
    "SafetyAnswer",
    "SafetyAnswerRow",
    "is_open_exists",
    "latest_answers_subquery",
]
