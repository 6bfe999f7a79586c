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
from treatments.conditions.models.photographs import (
    Photograph,
    PhotoLandmarks,
    PhotoRelease,
    PhotoSet,
    PhotoView,
    SkippedView,
)

__all__ = [
    "Assessment",
    "AssessmentZone",
    "Condition",
    "ConditionScale",
    "LabResult",
    "LabTest",
    "Measurement",
    "PhotoLandmarks",
    "PhotoRelease",
    "PhotoSet",
    "PhotoView",
    "Photograph",
    "ScaleLevel",
    "SeverityScale",
    "SkippedView",
    "Zone",
]
