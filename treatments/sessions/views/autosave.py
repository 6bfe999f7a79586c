"""While somebody charts: what is typed is kept, a scanned vial is found, and what has changed is checked."""

import uuid

from django.http import Http404, JsonResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core import autosave
from mesoclinic.core.findings import ordered
from treatments.sessions.forms.charting import MEASURES, SessionForms
from treatments.sessions.forms.doses import stored_session_as_posted_fields
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.amounts import other_doses_that_day_annotated_on_session
from treatments.sessions.queries.proposal import lots_to_choose_by_product
from treatments.sessions.queries.reference import charting_reference
from treatments.sessions.queries.scans import scanned_lot_or_message
from treatments.sessions.queries.sessions import AUTOSAVE_KIND, autosave_subject, session_detail
from treatments.sessions.queries.signing import safety_of_injection
from treatments.sessions.rules.safety_questions import risk_changes_from_answers
from treatments.sessions.rules.states import SessionStatus
from treatments.sessions.views.conflict import differing_parts_as_text


@requires_permission(Permission.RUN_SESSION)
@require_POST
def autosave_posted_session_fields(request, pk):
    """Keep what is typed, for its author alone. Sent every few seconds, so it asks two statements.

    JSON ``saved`` (the clock) and ``seen`` (the revision to send next time); 409 with both versions where
    another window or a colleague changed the session meanwhile, or where it is signed.
    """
    found = TreatmentSession.objects.filter(pk=pk).values_list("status", "revision").first()
    if found is None:
        raise Http404
    status, revision = found
    if status != SessionStatus.DRAFT:
        return JsonResponse(
            {
                "message": "This session is signed meanwhile. Copy what is missing into an addendum.",
                "url": reverse("sessions:session", args=[pk]),
            },
            status=409,
        )
    kept = autosave.save_autosave_if_unchanged(
        owner=request.user,
        kind=AUTOSAVE_KIND,
        subject=f"session:{pk}",
        url=reverse("sessions:session", args=[pk]),
        posted=request.POST,
        seen=_whole_number_or_zero(request.POST.get("autosave_seen")),
        key=_uuid_or_none(request.POST.get("autosave_key")),
    )
    if kept is None or _whole_number_or_zero(request.POST.get("revision")) != revision:
        return _autosave_conflict_response(request, pk, kept)
    now = timezone.localtime()
    return JsonResponse({"saved": f"{now:%H:%M}", "seen": kept})


def _autosave_conflict_response(request, pk, kept):
    """What stands there and what was typed here, to choose from; all is well where they say the same."""
    detail = session_detail_or_404(request, pk)
    ref = charting_reference(detail.session.clinic_id)
    lots = usable_lots_by_product(detail)
    mine = kept is None  # my own other window, not a colleague
    there = autosave.autosave_as_posted(detail.autosave) if mine else stored_session_as_posted_fields(detail)
    both = differing_parts_as_text(detail, ref, lots, there=there, here=request.POST)
    seen = detail.autosave.revision if detail.autosave else 0
    answer = {"revision": detail.session.revision, "seen": seen}
    if not both:
        return JsonResponse({**answer, "saved": f"{timezone.localtime():%H:%M}"})
    html = render_to_string(
        "treatments/sessions/_conflict.html",
        {"both": both, "take": "other" if mine else "theirs", "mine": mine},
        request=request,
    )
    return JsonResponse({**answer, "html": html}, status=409)


def _whole_number_or_zero(text):
    """A whole number that was posted; 0 where it is none, or longer than a revision ever gets."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def _uuid_or_none(text):
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


@requires_permission(Permission.RUN_SESSION)
@require_POST
def lot_of_posted_scan_json(request, pk):
    """The lot that a scanned code, or a typed number, means."""
    detail = draft_detail_or_404(request, pk)
    session = detail.session
    found = scanned_lot_or_message(
        request.POST.get("scan", ""),
        {each.product_id: [] for each in detail.components} | usable_lots_by_product(detail),
        clinic=session.clinic,
        on=session.performed_on,
        at=timezone.now(),
    )
    if found.lot is None:
        return JsonResponse({"message": found.message}, status=422)
    lot = found.lot
    return JsonResponse({"lot": lot.pk, "product": lot.product_id, "number": lot.number})


@requires_permission(Permission.RUN_SESSION)
@require_POST
def posted_safety_findings_fragment(request, pk):
    """What the checks of the cocktail say, now that something has changed: a part of the page."""
    detail = draft_detail_or_404(request, pk)
    session = detail.session
    session_forms = SessionForms.from_post(request.POST, detail, charting_reference(session.clinic_id), {})
    valid = session_forms.main.is_valid() & all(form.is_valid() for form in session_forms.safety)
    findings = []
    if valid:
        given = session_forms.typed_ml_by_product
        asked = safety_of_injection(
            version_id=session.cocktail_version_id,
            patient_id=session.patient_id,
            clinic=session.clinic,
            by=request.user,
            on=session.performed_on,
            given=[
                (each.code, given[each.product_id])
                for each in detail.components
                if given.get(each.product_id)
            ],
            area_cm2=session_forms.treated_area_cm2,
            changes=risk_changes_from_answers(session_forms.safety_answers_by_topic()),
            given_today=other_doses_that_day_annotated_on_session(session),
        )
        findings = ordered(asked.findings)
    return render(
        request, "treatments/sessions/_safety_findings.html", {"safety_findings": findings, "checked": valid}
    )


def draft_detail_or_404(request, pk):
    detail = session_detail_or_404(request, pk)
    if not detail.session.is_draft:
        raise Http404
    return detail


#: The fields of a session that are kept as typed until it is signed.
WAITING = (*MEASURES, "hair_today")


def session_detail_or_404(request, pk):
    try:
        return session_detail(pk, user=request.user)
    except TreatmentSession.DoesNotExist as nothing:
        raise Http404 from nothing


def usable_lots_by_product(detail):
    """The lots that may be used, by product."""
    products = [each.product_id for each in detail.components]
    return lots_to_choose_by_product(detail.session.clinic, products, detail.session.performed_on)


def autosaved_or_stored_fields(detail):
    """The fields as they were left: what was typed and not sent; else the stored session, with the figures that wait."""
    stored = stored_session_as_posted_fields(detail)
    if detail.autosave is None:
        return stored
    kept = autosave.autosave_as_posted(detail.autosave)
    if "revision" in kept:
        return kept
    for name in WAITING:
        if kept.get(name):
            stored[name] = kept[name]
    return stored


def _own_autosave_key(request, detail):
    return {"owner": request.user, "kind": AUTOSAVE_KIND, "subject": autosave_subject(detail.session)}


def save_own_autosave(request, detail, fields):
    autosave.save_autosave(**_own_autosave_key(request, detail), url=request.path, posted=fields)


def delete_own_autosave(request, detail):
    autosave.delete_autosave(**_own_autosave_key(request, detail))


def save_or_delete_autosave_of_measurements(request, detail):
    """The chart is stored; only the measurements still wait for the signature."""
    waiting = QueryDict(mutable=True)
    waiting.update({name: request.POST[name] for name in WAITING if request.POST.get(name)})
    if waiting:
        save_own_autosave(request, detail, waiting)
    elif detail.autosave is not None:
        delete_own_autosave(request, detail)
