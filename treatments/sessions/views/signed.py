"""A signed session: read, added to, made void."""

from datetime import datetime

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.quantities import ZERO
from treatments.plans.rules import review_waited_for_or_none
from treatments.sessions.actions.corrections import mark_session_void, save_addendum_and_mark_session_amended
from treatments.sessions.models import Pain
from treatments.sessions.queries.sessions import reaction_end_day_or_none
from treatments.sessions.queries.signing import pain_relief_facts, zone_facts
from treatments.sessions.rules.late_reports import LATER_MOMENTS, days_as_hours_or_weeks_text
from treatments.sessions.rules.signing import delivered_ml
from treatments.sessions.views.autosave import session_detail_or_404
from treatments.sessions.views.charting_page import (
    context_of_every_session_page,
    drawn_zones_for_map,
    pain_moments_and_scores,
)


@requires_permission(Permission.SIGN_SESSION)
@require_POST
@once
def add_posted_addendum(request, pk):
    """Add to a signed session, with the reason."""
    detail = session_detail_or_404(request, pk)
    text, reason = request.POST.get("text", ""), request.POST.get("reason", "")
    try:
        save_addendum_and_mark_session_amended(
            session=detail.session, by=request.user, text=text, reason=reason
        )
    except Refused as refused:
        typed = {"text": text, "reason": reason}
        return render_signed_page(request, detail, refused=refused.findings, typed=typed, status=422)
    messages.success(request, "Addendum added.")
    return redirect("sessions:session", pk)


@requires_permission(Permission.SIGN_SESSION)
@require_POST
@once
def void_posted_session(request, pk):
    """Make a signed session void. Nothing goes back to stock."""
    detail = session_detail_or_404(request, pk)
    try:
        mark_session_void(session=detail.session, by=request.user, reason=request.POST.get("reason", ""))
    except Refused as refused:
        return render_signed_page(request, detail, refused=refused.findings, status=422)
    messages.success(
        request, "The session is void. What was injected stays used: nothing was returned to stock."
    )
    return redirect("sessions:session", pk)


def _pain_moments_still_to_add(detail):
    """The moments whose pain can still be added, as (value, words)."""
    known = {row.moment for row in detail.pain}
    return [(moment, Pain.Moment(moment).label) for moment in LATER_MOMENTS if moment not in known]


def _reaction_context(reaction):
    return {
        "row": reaction,
        "ended": reaction_end_day_or_none(reaction),
        "check_in": reaction.told_on_day and days_as_hours_or_weeks_text(reaction.told_on_day),
    }


def render_signed_page(request, detail, *, refused=(), typed=None, status=200):
    session = detail.session
    page = {
        **context_of_every_session_page(session),
        "refused": refused,
        "typed": typed or {},
        "delivered_ml": delivered_ml(zone_facts(detail)),
        "points": sum(row.points for row in detail.zones),
        "pain": pain_moments_and_scores(detail),
        "later_moments": _pain_moments_still_to_add(detail),
        "relief": pain_relief_facts(detail),
        "reactions": [_reaction_context(row) for row in detail.reactions],
        "doses": detail.doses,
        "treated": detail.zones,
        "zones": [
            {
                "zone": row.zone_id,
                "code": row.code,
                "name": row.label,
                "label": f"{row.code.partition('_')[0].capitalize()} {row.points}",
                "state": "done",
            }
            for row in detail.zones
        ],
        "drawn": drawn_zones_for_map(detail.zones),
        "wasted_ml": sum((row.wasted_ml for row in detail.doses), ZERO),
        "measured": detail.measured,
        "addenda": detail.addenda,
        "overrides": [{**row, "at": datetime.fromisoformat(row["at"])} for row in session.acknowledged],
        "is_review_open": review_waited_for_or_none(
            session.number + 1,
            sessions_planned=session.plan.sessions_planned,
            review_at=session.clinic.review_at_session,
            reviewed_to=session.plan.reviewed_to,
        )
        == session.number,
        "next_text": date_format(session.next_on, "D j M Y") if session.next_on else "",
    }
    return render(request, "treatments/sessions/session_signed.html", page, status=status)
