"""The models of this app, by topic."""

from treatments.sessions.models.blood import BloodIdentityCheck, BloodPreparation, SessionWithBlood
from treatments.sessions.models.course import CourseOfSession
from treatments.sessions.models.doses import Dose, Syringe, SyringeCheck, UseOfStock
from treatments.sessions.models.observations import (
    SESSION,
    ChecklistAnswer,
    Pain,
    PainRelief,
    Reaction,
    ReactionEnd,
    ZoneTreatment,
)
from treatments.sessions.models.reference import AdverseEffect, ChecklistItem
from treatments.sessions.models.sessions import (
    Addendum,
    DiscardedSession,
    SessionMeasurement,
    SessionPhotoSet,
    TreatmentSession,
)

__all__ = [
    "Addendum",
    "AdverseEffect",
    "BloodIdentityCheck",
    "BloodPreparation",
    "ChecklistAnswer",
    "ChecklistItem",
    "CourseOfSession",
    "DiscardedSession",
    "Dose",
    "Pain",
    "PainRelief",
    "Reaction",
    "ReactionEnd",
    "SESSION",
    "SessionMeasurement",
    "SessionPhotoSet",
    "SessionWithBlood",
    "Syringe",
    "SyringeCheck",
    "TreatmentSession",
    "UseOfStock",
    "ZoneTreatment",
]
