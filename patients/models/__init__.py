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
from patients.models.exposures import Exposure
from patients.models.intake import Factor, FactorTerm, Intake, IntakeQuestion
from patients.models.intake_by_link import ToldIntake, ToldPart
from patients.models.links import PatientLink, PatientLinkQuerySet
from patients.models.merges import (
    DifferentPeople,
    MergedField,
    MovedRow,
    PatientMerge,
    open_record_trigger,
)
from patients.models.people import (
    Patient,
    PatientIdentifier,
    PatientKey,
    PatientQuerySet,
    records_of,
    records_of_patients,
    records_of_person,
)
from patients.models.privacy import Erasure, Restriction
from patients.models.risk_factors import RiskFactor, RiskFactorQuerySet
from patients.models.safety_answers import SafetyAnswer, SafetyAnswerRow, latest_answers_subquery
from patients.models.safety_texts import SafetyTextReading

__all__ = [
    "SafetyTextReading",
    "Erasure",
    "Restriction",
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
    "DifferentPeople",
    "Exposure",
    "Factor",
    "FactorTerm",
    "Intake",
    "IntakeQuestion",
    "MergedField",
    "MovedRow",
    "Patient",
    "PatientClinic",
    "PatientIdentifier",
    "PatientKey",
    "PatientLink",
    "PatientLinkQuerySet",
    "PatientMerge",
    "PatientQuerySet",
    "RiskFactor",
    "RiskFactorQuerySet",
    "SafetyAnswer",
    "SafetyAnswerRow",
    "ToldIntake",
    "ToldPart",
    "is_open_exists",
    "latest_answers_subquery",
    "open_record_trigger",
    "records_of",
    "records_of_patients",
    "records_of_person",
]
