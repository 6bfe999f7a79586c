"""The models of this app, by topic."""

from treatments.conditions.models.assessments import (
    Assessment,
    AssessmentZone,
    Condition,
    ConditionScale,
    Measurement,
    ScaleLevel,
    SeverityScale,
    Zone,
)
from treatments.conditions.models.labs import LabResult, LabTest

__all__ = [
    "Assessment",
    "AssessmentZone",
    "Condition",
    "ConditionScale",
    "LabResult",
    "LabTest",
    "Measurement",
    "ScaleLevel",
    "SeverityScale",
    "Zone",
]
