"""Offer a pair of photographs without its dates, and keep what is said of it."""

import random
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from mesoclinic.accounts.models import Clinic, User
from mesoclinic.accounts.permissions import Permission, refuse_unless_allowed
from mesoclinic.core import audit
from mesoclinic.core.findings import Refused
from mesoclinic.core.locking import lock_row
from treatments.response.models import BlindScore
from treatments.response.queries.scoring import open_pair_or_none, pairs_to_score, progress_of_rater
from treatments.response.rules.scoring import (
    LEAST_SCORE,
    MOST_SCORE,
    Answer,
    PhotoPair,
    choose_offer_or_none,
    score_of_later,
)

#: Order and sides cannot be foreseen by whoever scores.
_RANDOM = random.SystemRandom()


@transaction.atomic
def offer_pair_or_none(*, rater: User, clinic: Clinic, now: datetime | None = None) -> BlindScore | None:
    """The pair that lies open before this person, or another in random order; None where all are scored.

    One that may not be shown any more is closed without an answer.
    """
    refuse_unless_allowed(rater, Permission.SEE_PHOTOGRAPHS)
    at = now or timezone.now()
    # Two windows get one pair.
    lock_row(User, rater.pk)
    pairs = pairs_to_score(rater=rater, clinic_pk=clinic.pk, now=at)
    lying = open_pair_or_none(rater)
    if lying is not None:
        if PhotoPair(lying.earlier_id, lying.later_id) in pairs:
            return lying
        _save_answer(lying, Answer.GONE, None, at)
    progress = progress_of_rater(rater)
    offer = choose_offer_or_none(
        [pair for pair in pairs if pair not in progress.seen],
        [pair for pair in progress.repeatable if pair in pairs],
        offered=progress.offered,
        rater=rater.pk,
        rng=_RANDOM,
    )
    if offer is None:
        return None
    return BlindScore.objects.create(
        rater=rater,
        earlier_id=offer.pair.earlier,
        later_id=offer.pair.later,
        is_later_right=offer.is_later_right,
        is_repeat=offer.is_repeat,
    )


@transaction.atomic
def answer_pair(*, scored: BlindScore, pressed: int | None, by: User, now: datetime | None = None) -> None:
    """Keep the score (of the right picture, compared with the left), or that it cannot be told (None). It stays."""
    refuse_unless_allowed(by, Permission.SEE_PHOTOGRAPHS)
    lock_row(BlindScore, scored.pk)
    found = BlindScore.objects.select_related("later__photo_set").get(pk=scored.pk)
    if found.rater_id != by.pk:
        raise Refused.because("This pair lies before somebody else.", code="rater")
    if found.answer:
        raise Refused.because("This pair is answered. A score is not changed afterwards.", code="answered")
    if pressed is not None and not LEAST_SCORE <= pressed <= MOST_SCORE:
        raise Refused.because("Choose −3 to +3, or “Cannot tell”.", code="score", where="score")
    score = None if pressed is None else score_of_later(pressed, is_later_right=found.is_later_right)
    _save_answer(found, Answer.CANNOT if score is None else Answer.SCORE, score, now or timezone.now())
    audit.record(by=by, did="photographs.scored", about=found, patient_id=found.later.photo_set.patient_id)


def _save_answer(scored: BlindScore, answer: Answer, score: int | None, at: datetime) -> None:
    BlindScore.objects.filter(pk=scored.pk).update(answer=answer.value, score=score, answered_at=at)
