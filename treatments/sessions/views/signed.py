"""TODO-DOC session_addendum, session_void, _later_moments, _signed_page"""

from datetime import datetime
from decimal import Decimal

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.quantities import ZERO
from treatments.sessions.actions.corrections import add_addendum, void_session
from treatments.sessions.forms.charting import GPA7
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.signing import relief_facts
from treatments.sessions.rules.late_reports import LATER_MOMENTS, check_in_name
from treatments.sessions.rules.signing import ZoneFact, delivered_ml
from treatments.sessions.views.autosave import session_or_404
from treatments.sessions.views.charting_page import date_of, drawn_on_map, frame, pain_rows


@allowed(Permission.SIGN_SESSION)
@require_POST
@once
def session_addendum(request, pk):
    """Add to a signed session, with the reason."""
    sheet = session_or_404(request, pk)
    text, reason = request.POST.get("text", ""), request.POST.get("reason", "")
    try:
        add_addendum(session=sheet, by=request.user, text=text, reason=reason)
    except Refused as refused:
        typed = {"text": text, "reason": reason}
        return signed_page(request, sheet, refused=refused.findings, typed=typed, status=422)
    messages.success(request, "Addendum added.")
    return redirect("sessions:session", pk)


@allowed(Permission.SIGN_SESSION)
@require_POST
@once
def session_void(request, pk):
    """Make a signed session void. Nothing goes back to stock."""
    sheet = session_or_404(request, pk)
    try:
        void_session(session=sheet, by=request.user, reason=request.POST.get("reason", ""))
    except Refused as refused:
        return signed_page(request, sheet, refused=refused.findings, status=422)
    messages.success(
        request, "The session is void. What was injected stays used: nothing was returned to stock."
    )
    return redirect("sessions:session", pk)


def _later_moments(sheet):
    """The moments whose pain can still be added, as (value, words)."""
    known = {row["moment"] for row in sheet.sheet_pain}
    words = dict(TreatmentSession.pain.rel.related_model.Moment.choices)
    return [(m, words[m]) for m in LATER_MOMENTS if m not in known]


def signed_page(request, sheet, *, refused=(), typed=None, status=200):
    draft_ml = sum((Decimal(row["ml"]) for row in sheet.sheet_doses), ZERO)
    points = sum(row["points"] for row in sheet.sheet_zones)
    delivered = delivered_ml(
        [ZoneFact(row["code"], row["points"], Decimal(row["ml"])) for row in sheet.sheet_zones]
    )
    page = {
        **frame(sheet),
        "refused": refused,
        "typed": typed or {},
        "drawn_ml": draft_ml,
        "delivered_ml": delivered,
        "points": points,
        "pain": pain_rows(sheet),
        "later_moments": _later_moments(sheet),
        "relief": relief_facts(sheet),
        "reactions": [
            {
                **row,
                "began": date_of(row["began"]),
                "ended": date_of(row["ended"]),
                "added": row["added"] and datetime.fromisoformat(row["added"]),
                "check_in": row["days"] and check_in_name(row["days"]),
            }
            for row in sheet.sheet_reactions
        ],
        "doses": [
            {**row, "expires_on": datetime.fromisoformat(row["expires"]).date()} for row in sheet.sheet_doses
        ],
        "zones": [
            {**row, "label": f"{row['code'].partition('_')[0].capitalize()} {row['points']}", "state": "done"}
            for row in sheet.sheet_zones
        ],
        "drawn": drawn_on_map(sheet.sheet_zones),
        "wasted_ml": sum((Decimal(row["wasted"]) for row in sheet.sheet_doses), ZERO),
        "addenda": [{**row, "at": datetime.fromisoformat(row["at"])} for row in sheet.sheet_addenda],
        "overrides": [{**row, "at": datetime.fromisoformat(row["at"])} for row in sheet.acknowledged],
        "change": dict(GPA7).get(str(sheet.review_change), ""),
        "next_words": date_format(sheet.next_on, "D j M Y") if sheet.next_on else "",
    }
    return render(request, "treatments/sessions/session_signed.html", page, status=status)
