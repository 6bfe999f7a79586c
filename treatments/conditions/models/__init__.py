"""The models of this app, by topic."""

from treatments.conditions.models.assessments import (
    Assessment,
    AssessmentCondition,
    AssessmentZone,
    Condition,
    ConditionScale,
    ScaleLevel,
    SeverityScale,
    Zone,
)
from treatments.conditions.models.hair_counts import HairCount
from treatments.conditions.models.labs import LabOrder, LabOrderDropped, LabResult, LabTest
from treatments.conditions.models.measurements import (
    KeptAs,
    Measurement,
    MeasurementKind,
    MeasurementSite,
)
from treatments.conditions.models.phones import PhonePairing
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
    "AssessmentCondition",
    "AssessmentZone",
    "Condition",
    "ConditionScale",
    "HairCount",
    "LabOrder",
    "LabOrderDropped",
    "KeptAs",
    "LabResult",
    "LabTest",
    "Measurement",
    "MeasurementKind",
    "MeasurementSite",
    "PhonePairing",
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
