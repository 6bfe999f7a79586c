"""TODO-DOC session_sign, UNSAVED, SAVE_FIRST, _save_first, _has_unsaved"""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.autosave import as_posted
from mesoclinic.core.findings import MIN_BLOCK_REASON, MIN_WARN_REASON, Refused, ordered
from mesoclinic.core.idempotency import once
from mesoclinic.core.models import Draft
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.forms.charting import Paper
from treatments.sessions.forms.doses import fields_of
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries import signing
from treatments.sessions.queries.reference import reference
from treatments.sessions.rules.charting import chart_of
from treatments.sessions.rules.signing import delivered_ml, drawn_ml, waste_ml
from treatments.sessions.views.autosave import WAITING, lots_of, session_or_404, typed
from treatments.sessions.views.charting_page import frame, pain_rows, posted_reasons
from treatments.sessions.views.measurements import density_zone


@allowed(Permission.SIGN_SESSION)
@require_http_methods(["GET", "POST"])
@once(to="sessions:session")
def session_sign(request, pk):
    """Read the session over with all that the rules say, and sign it."""
    if request.method != "POST":
        sheet = session_or_404(request, pk)
        if not sheet.is_draft:
            return redirect("sessions:session", pk)
        if _has_unsaved(sheet):
            return _save_first(request, pk)
        return _review_page(request, sheet)
    reasons = posted_reasons(request.POST)
    try:
        sign_session(
            session=TreatmentSession(pk=pk), by=request.user, reasons=reasons, measurements=_measurements
        )
    except TreatmentSession.DoesNotExist as nothing:
        raise Http404 from nothing
    except Refused as refused:
        if any(finding.code == UNSAVED for finding in refused.findings):
            return _save_first(request, pk)
        sheet = session_or_404(request, pk)
        return _review_page(request, sheet, refused=refused.findings, reasons=reasons, status=422)
    messages.success(request, "Session signed.")
    return redirect("sessions:session", pk)


#: Refuses a signature while something typed is not in what would be signed.
UNSAVED = "session:unsaved"

SAVE_FIRST = "Something typed here is not in the session yet. Look it over, then press “Review & sign”."


def _save_first(request, pk):
    messages.error(request, SAVE_FIRST)
    return redirect("sessions:session", pk)


def _has_unsaved(sheet):
    """Whether this person typed something that is not in the stored chart."""
    draft = sheet.sheet_draft
    if draft is None or "revision" not in draft["fields"]:
        return False
    paper = Paper.posted(typed(sheet), sheet, reference(), lots_of(sheet))
    return not paper.is_valid() or paper.chart() != chart_of(sheet)


def _measurements(sheet, ref):
    """The figures that waited, of a session that is held: those of who signs, else of who began."""
    if _has_unsaved(sheet):
        raise Refused.because(SAVE_FIRST, code=UNSAVED)
    kept = sheet.sheet_draft["fields"] if sheet.sheet_draft else sheet.sheet_first_draft
    if kept is None:
        return []
    kept, fields = as_posted(Draft(fields=kept)), fields_of(sheet)
    fields.update({name: kept.get(name, "") for name in WAITING})
    paper = Paper.posted(fields, sheet, ref, {})
    if not paper.main.is_valid():
        return []
    zone = density_zone(sheet, ref)
    return paper.measurements(ref, zone.id if zone else None)


def findings_context(findings, reasons, request, *, refused=()):
    """What parts/_findings.html takes. ``refused`` are those still in the way after a try."""
    missing = {
        f.code
        for f in refused
        if f.asks
        and len(reasons.get(f.code, "").strip()) < (MIN_BLOCK_REASON if f.blocks else MIN_WARN_REASON)
    }
    return {
        "findings": ordered(f for f in findings if f.blocks or f.warns),
        "passed": ordered(f for f in findings if not (f.blocks or f.warns)),
        "reasons": reasons,
        "missing": missing,
        "may_override": request.user.may(Permission.OVERRIDE),
    }


def _review_page(request, sheet, *, refused=(), reasons=None, status=200):
    ref = reference()
    standing = signing.standing(sheet, ref, by=request.user, at=timezone.now())
    known = {finding.code for finding in standing.findings}
    findings = [*standing.findings, *(f for f in refused if f.code not in known)]
    draft = signing.as_draft(sheet, ref)
    shown = findings_context(findings, {**standing.answered, **(reasons or {})}, request, refused=refused)
    unticked = [f for f in shown["findings"] if f.where == "checklist"]
    left = {finding.code.removeprefix("checklist:") for finding in unticked}
    labels = [item.label for item in ref.items if item.code in left]
    page = {
        **frame(sheet),
        **shown,
        "findings": [f for f in shown["findings"] if f.where != "checklist"],
        "unticked": unticked,
        "unticked_labels": ", ".join(labels[:4]) + ("…" if len(labels) > 4 else ""),
        "unticked_open": any(shown["reasons"].get(f.code) for f in unticked),
        "can_sign": not any(finding.fixed for finding in findings),
        "draft": draft,
        "drawn_ml": drawn_ml(draft.doses),
        "delivered_ml": delivered_ml(draft.zones),
        "waste_ml": waste_ml(draft.doses, draft.zones),
        "pain": pain_rows(sheet),
        "refused": refused,
    }
    return render(request, "treatments/sessions/session_sign.html", page, status=status)
