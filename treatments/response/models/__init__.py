"""The models of this app, by topic."""

from treatments.response.models.review import CohortCell, Review, ReviewedPlan, ReviewRule
from treatments.response.models.scoring import BlindScore

__all__ = ["BlindScore", "CohortCell", "Review", "ReviewRule", "ReviewedPlan"]
