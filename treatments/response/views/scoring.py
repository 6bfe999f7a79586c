"""Pairs of photographs scored without name and date: one after the other, and how far people agree."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from treatments.conditions.views.photographs import audited_picture_response, photograph_with_consent_or_404
from treatments.response.actions.scoring import answer_pair, offer_pair_or_none
from treatments.response.models import BlindScore
from treatments.response.queries.scoring import agreements_at_clinic, progress_of_rater, shown_pair_or_none
from treatments.response.rules.scoring import LEAST_PAIRS, LEAST_SCORE, MOST_SCORE, score_text


@requires_permission(Permission.SEE_PHOTOGRAPHS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_score_pair(request):
    """The pair that lies open, and its seven scores. What it was, and whose, is not said afterwards either."""
    if request.method == "POST":
        try:
            if "pair" in request.POST:
                _answer_posted_pair(request)
            if offer_pair_or_none(rater=request.user, clinic=request.clinic) is None:
                messages.info(request, "You have scored every pair there is.")
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("response:scoring")
    pair = shown_pair_or_none(rater=request.user, clinic_pk=request.clinic.pk, now=timezone.now())
    progress = progress_of_rater(request.user)
    context = {
        "title": "Blind scoring",
        "nav_on": "patients",
        "pair": pair,
        "number": progress.offered + 1,
        "scored": progress.scored,
        "least": LEAST_PAIRS,
        "scores": [(score, score_text(score)) for score in range(LEAST_SCORE, MOST_SCORE + 1)],
        "agreements": agreements_at_clinic(request.clinic.pk),
    }
    return render(request, "treatments/response/scoring.html", context)


def _answer_posted_pair(request):
    number = request.POST["pair"]
    scored = get_object_or_404(BlindScore, pk=int(number) if number.isdecimal() and len(number) < 19 else 0)
    said = None if "cannot" in request.POST else _score_of_text(request.POST.get("score", ""))
    answer_pair(scored=scored, pressed=said, by=request.user)


def _score_of_text(text):
    """Out of range where nothing was chosen: the action says so."""
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 4 else MOST_SCORE + 1


@requires_permission(Permission.SEE_PHOTOGRAPHS)
@require_safe
def scored_picture(request, pk, side):
    """The left or the right picture of the pair that lies open before this person; its address tells nothing of it."""
    pair = get_object_or_404(BlindScore, pk=pk, rater=request.user, answer="")
    if side not in ("left", "right"):
        raise Http404
    is_later = (side == "right") == pair.is_later_right
    picture = photograph_with_consent_or_404(pair.later_id if is_later else pair.earlier_id)
    return audited_picture_response(request, picture, picture.master.name, did="photograph.viewed")
