"""Read a session over with all that the rules say, and sign it."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.confirming import password_typed_again
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.autosave import autosave_as_posted
from mesoclinic.core.findings import (
    ALERT_CODE,
    PASSWORD_CODE,
    Refused,
    ordered,
)
from mesoclinic.core.idempotency import once
from mesoclinic.core.models import Autosave
from mesoclinic.core.reasons import posted_reason_by_code
from patients.rules.consent import CONSENT_ALERT
from treatments.plans.rules import is_review_due
from treatments.sessions.actions.signing import sign_session
from treatments.sessions.forms.charting import MeasurementForm, SessionForms
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.reference import charting_reference
from treatments.sessions.queries.sessions import (
    chart_of_session,
    session_detail_for_signing_review,
    session_with_typed_fields,
)
from treatments.sessions.queries.signing import signing_facts, signing_review
from treatments.sessions.rules.signing import delivered_ml, drawn_ml, waste_ml
from treatments.sessions.views.autosave import (
    autosaved_or_stored_fields,
    session_detail_or_404,
    usable_lots_by_product,
)
from treatments.sessions.views.charting_page import context_of_every_session_page, pain_moments_and_scores

#: What else is said of a recalled lot in the syringe: it goes when its dose is marked as injected already.
SAID_OF_THOSE_LOTS = ("alert:recall:in-syringe",)

#: Said where something typed is not in what would be signed.
SAVE_FIRST = "Something typed here is not in the session yet. Look it over, then press “Review & sign”."


@requires_permission(Permission.SIGN_SESSION)
@require_http_methods(["GET", "POST"])
@once(to="sessions:session")
def show_or_sign_session(request, pk):
    """Read the session over with all that the rules say, and sign it."""
    if request.method != "POST":
        detail = _session_for_signing_review_or_404(request, pk)
        if not detail.session.is_draft:
            return redirect("sessions:session", pk)
        if _has_unsaved_typing(request, detail.session, detail.autosave and detail.autosave.fields):
            return _redirect_to_save_first(request, pk)
        return _render_review_page(request, detail)
    try:
        read = session_with_typed_fields(pk, user=request.user)
    except TreatmentSession.DoesNotExist as nothing:
        raise Http404 from nothing
    if _has_unsaved_typing(request, read.session, read.mine):
        return _redirect_to_save_first(request, pk)
    reasons = posted_reason_by_code(request.POST)
    given = {int(pk) for pk in request.POST.getlist("already_given") if pk.isdecimal() and len(pk) < 18}
    password = password_typed_again(request)
    try:
        signed = sign_session(
            session=read.session,
            by=request.user,
            reasons=reasons,
            is_confirmed=password.is_right,
            already_given=given,
            measurements=_measurement_entries_to_sign(read.of_clinician if read.mine is None else read.mine),
        )
    except Refused as refused:
        detail = _session_for_signing_review_or_404(request, pk)
        return _render_review_page(
            request,
            detail,
            refused=password.explain(refused.findings),
            reasons=reasons,
            given=given,
            status=422,
        )
    messages.success(request, message_after_signing(signed))
    return redirect("sessions:session", pk)


def message_after_signing(session):
    """What is said after a signature: that the next session waits for the review, where one is due."""
    if not is_review_due(session.number, session.plan.sessions_planned, session.clinic.review_at_session):
        return "Session signed."
    return "Session signed. The review is due: the next session waits for it."


def _session_for_signing_review_or_404(request, pk):
    try:
        return session_detail_for_signing_review(pk, user=request.user)
    except TreatmentSession.DoesNotExist as nothing:
        raise Http404 from nothing


def _redirect_to_save_first(request, pk):
    messages.error(request, SAVE_FIRST)
    return redirect("sessions:session", pk)


def _has_unsaved_typing(request, session, fields):
    """Whether this person typed something that is not in the stored chart. Nothing is read where they did not."""
    if not session.is_draft or fields is None or "revision" not in fields:
        return False
    detail = session_detail_or_404(request, session.pk)
    session_forms = SessionForms.from_post(
        autosaved_or_stored_fields(detail),
        detail,
        charting_reference(session.clinic_id),
        usable_lots_by_product(detail),
    )
    return not session_forms.is_valid() or session_forms.as_session_chart() != chart_of_session(detail)


def _measurement_entries_to_sign(fields):
    """The figures that wait for the signature: typed by who signs, else by who began."""
    return (
        []
        if fields is None
        else MeasurementForm(autosave_as_posted(Autosave(fields=fields))).measurement_entries
    )


def findings_context(findings, reasons, request, *, refused=()):
    """What parts/_findings.html takes. ``refused`` are those still in the way after a try."""
    missing = {f.code for f in refused if f.needs_reason and not f.is_answered_by(reasons.get(f.code, ""))}
    alerts = [f for f in findings if f.code.startswith(ALERT_CODE) and f.code != CONSENT_ALERT]
    return {
        "findings": ordered(f for f in findings if (f.blocks or f.warns) and f.code != PASSWORD_CODE),
        "password_error": next((f.message for f in refused if f.code == PASSWORD_CODE), ""),
        "passed": ordered(f for f in findings if not (f.blocks or f.warns)),
        "reasons": reasons,
        "missing": missing,
        "may_override": request.user.may(Permission.OVERRIDE),
        "block_count": sum(f.blocks and f.code != PASSWORD_CODE for f in findings),
        "warning_count": sum(f.warns for f in findings),
        "is_alert_open": bool(alerts),
        "is_stopped_by_alert": any(f.blocks and f.fixed for f in alerts),
        # A consent is no alert to clear: it ends by a new one.
        "is_stopped_by_consent": any(f.code == CONSENT_ALERT and f.fixed for f in findings),
    }


def _render_review_page(request, detail, *, refused=(), reasons=None, given=(), status=200):
    items = charting_reference(detail.session.clinic_id).items
    review = signing_review(detail, items, by=request.user, at=timezone.now())
    known = {finding.code for finding in review.findings}
    findings = [*review.findings_still_asked, *(f for f in refused if f.code not in known)]
    facts = signing_facts(detail, items)
    shown = findings_context(findings, reasons or {}, request, refused=refused)
    lots = markable_lot_ids_by_finding_code(detail, findings)
    unticked = [f for f in shown["findings"] if f.where == "checklist"]
    left = {finding.code.removeprefix("checklist:") for finding in unticked}
    labels = [item.label for item in items if item.code in left]
    page = {
        **context_of_every_session_page(detail.session),
        **shown,
        "findings": [f for f in shown["findings"] if f.where != "checklist"],
        "unticked": unticked,
        "unticked_labels": ", ".join(labels[:4]) + ("…" if len(labels) > 4 else ""),
        "unticked_open": any(shown["reasons"].get(f.code) for f in unticked),
        "can_sign": not any(
            finding.fixed
            and finding.code not in lots
            and finding.code != PASSWORD_CODE
            and not (lots and finding.code in SAID_OF_THOSE_LOTS)
            for finding in findings
        ),
        "markable": lots,
        "marked": {lots[code] for code in lots if lots[code] in given},
        "reasons_before": review.reasons_before,
        "standing": review.standing,
        "facts": facts,
        "drawn_ml": drawn_ml(facts.doses),
        "delivered_ml": delivered_ml(facts.zones),
        "waste_ml": waste_ml(facts.doses, facts.zones),
        "pain": pain_moments_and_scores(detail),
        "refused": refused,
    }
    return render(request, "treatments/sessions/session_sign.html", page, status=status)


def markable_lot_ids_by_finding_code(detail, findings):
    """Finding code to the lot it is about, where it may be said that the dose was injected already (law 16)."""
    return {
        finding.code: dose.lot_id
        for dose in detail.doses
        for finding in findings
        if finding.fixed and finding.code.startswith("lot-") and finding.code.endswith(f":{dose.lot.number}")
    }
