"""Pairs of photographs scored without their dates, to see whether two people see the same."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from mesoclinic.core import triggers as core_triggers
from treatments.conditions.models import Photograph
from treatments.response.rules.scoring import LEAST_SCORE, MOST_SCORE, Answer


class BlindScore(models.Model):
    """One pair as it was offered to one person, and what they said of it. Answered, it is never changed.

    Its number is all that the page and the pictures' addresses hold: numbers of photographs would tell which is later.
    """

    Answer = Answer

    rater = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    earlier = models.ForeignKey(Photograph, models.PROTECT, related_name="+", db_index=False)
    later = models.ForeignKey(Photograph, models.PROTECT, related_name="+")
    is_later_right = models.BooleanField(help_text="On which side the later picture stood.")
    is_repeat = models.BooleanField(default=False, help_text="This person had scored it before.")
    offered_at = models.DateTimeField(db_default=Now(), editable=False)
    answer = models.CharField(max_length=6, choices=[(a.value, a.label) for a in Answer], blank=True)
    score = models.SmallIntegerField(
        null=True, blank=True, help_text="Of the later picture against the earlier one, −3 to +3."
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["rater", "pk"]
        indexes = [models.Index(fields=["earlier", "later"], name="blind_scores_of_pair")]
        constraints = [
            models.UniqueConstraint(
                fields=["rater", "earlier", "later", "is_repeat"], name="pair_scored_once_and_repeated_once"
            ),
            models.UniqueConstraint(
                fields=["rater"], condition=Q(answer=""), name="one_open_pair_for_a_rater"
            ),
            models.CheckConstraint(
                condition=Q(answer="", score=None, answered_at=None)
                | Q(
                    answer="score",
                    score__gte=LEAST_SCORE,
                    score__lte=MOST_SCORE,
                    score__isnull=False,
                    answered_at__isnull=False,
                )
                | Q(answer__in=["cannot", "gone"], score=None, answered_at__isnull=False),
                name="blind_score_is_of_its_answer",
            ),
            models.CheckConstraint(condition=~Q(earlier=F("later")), name="blind_pair_is_two_pictures"),
        ]
        triggers = core_triggers.frozen_triggers("A blind score", once="OLD.answer <> ''")

    def __str__(self) -> str:
        return f"blind score {self.pk}"
