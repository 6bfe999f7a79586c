"""While somebody charts: what is typed is kept, a scanned vial is found, and what has changed is checked."""

import uuid

from django.http import Http404, JsonResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core import autosave
from mesoclinic.core.findings import ordered
from mesoclinic.core.models import Draft
from treatments.sessions.forms.charting import MEASURES, Paper
from treatments.sessions.forms.doses import fields_of
from treatments.sessions.models import TreatmentSession
from treatments.sessions.queries.proposal import lots_to_choose
from treatments.sessions.queries.reference import reference
from treatments.sessions.queries.scans import lot_scanned
from treatments.sessions.queries.sessions import DRAFT_KIND, draft_subject, sheets
from treatments.sessions.queries.signing import safety
from treatments.sessions.rules.safety_questions import changes_of
from treatments.sessions.rules.states import SessionStatus
from treatments.sessions.views.conflict import both_versions, stored_fields, typed_in


@allowed(Permission.RUN_SESSION)
@require_POST
def session_keep(request, pk):
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
    kept = autosave.keep(
        owner=request.user,
        kind=DRAFT_KIND,
        subject=f"session:{pk}",
        url=reverse("sessions:session", args=[pk]),
        posted=request.POST,
        seen=_whole(request.POST.get("draft_seen")),
        key=_key(request.POST.get("draft_key")),
    )
    if kept is None or _whole(request.POST.get("revision")) != revision:
        return _both(request, pk, kept)
    now = timezone.localtime()
    return JsonResponse({"saved": f"{now:%H:%M}", "seen": kept})


def _both(request, pk, kept):
    """What stands there and what was typed here, to choose from; all is well where they say the same."""
    sheet = sheets(user=request.user).get(pk=pk)
    ref = reference()
    products = [row["product"] for row in sheet.sheet_components]
    lots = lots_to_choose(sheet.clinic, products, sheet.performed_on)
    mine = kept is None  # my own other window, not a colleague
    there = typed_in(sheet.sheet_draft) if mine else stored_fields(sheet)
    both = both_versions(sheet, ref, lots, there=there, here=request.POST)
    seen = sheet.sheet_draft["revision"] if sheet.sheet_draft else 0
    answer = {"revision": sheet.revision, "seen": seen}
    if not both:
        return JsonResponse({**answer, "saved": f"{timezone.localtime():%H:%M}"})
    html = render_to_string(
        "treatments/sessions/_conflict.html",
        {"both": both, "take": "other" if mine else "theirs", "mine": mine},
        request=request,
    )
    return JsonResponse({**answer, "html": html}, status=409)


def _whole(text):
    return int(text) if (text or "").isdigit() else 0


def _key(text):
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


@allowed(Permission.RUN_SESSION)
@require_POST
def session_scan(request, pk):
    """The lot that a scanned code, or a typed number, means."""
    sheet = _draft(request, pk)
    products = [row["product"] for row in sheet.sheet_components]
    found = lot_scanned(
        request.POST.get("scan", ""),
        {p: [] for p in products} | lots_to_choose(sheet.clinic, products, sheet.performed_on),
        clinic=sheet.clinic,
        on=sheet.performed_on,
        at=timezone.now(),
    )
    if found.lot is None:
        return JsonResponse({"message": found.message}, status=422)
    lot = found.lot
    return JsonResponse({"lot": lot.pk, "product": lot.product_id, "number": lot.number})


@allowed(Permission.RUN_SESSION)
@require_POST
def session_safety(request, pk):
    """What the checks of the cocktail say, now that something has changed: a part of the page."""
    sheet = _draft(request, pk)
    paper = Paper.posted(request.POST, sheet, reference(), {})
    valid = paper.main.is_valid() & all(form.is_valid() for form in paper.safety)
    findings = []
    if valid:
        given = paper.given
        asked = safety(
            version_id=sheet.cocktail_version_id,
            patient_id=sheet.patient_id,
            clinic=sheet.clinic,
            by=request.user,
            on=sheet.performed_on,
            given=[
                (row["code"], given[row["product"]])
                for row in sheet.sheet_components
                if given.get(row["product"])
            ],
            area_cm2=paper.area_cm2,
            changes=changes_of(paper.said_of_safety()),
        )
        findings = [f for f in ordered(asked.findings) if f.code not in asked.answered]
    return render(
        request, "treatments/sessions/_safety_findings.html", {"safety_findings": findings, "checked": valid}
    )


def _draft(request, pk):
    sheet = sheets(user=request.user).filter(pk=pk, status=SessionStatus.DRAFT).first()
    if sheet is None:
        raise Http404
    return sheet


#: The fields of a session that are kept as typed until it is signed.
WAITING = tuple(MEASURES)


def session_or_404(request, pk):
    sheet = sheets(user=request.user).filter(pk=pk).first()
    if sheet is None:
        raise Http404
    return sheet


def lots_of(sheet):
    products = [row["product"] for row in sheet.sheet_components]
    return lots_to_choose(sheet.clinic, products, sheet.performed_on)


def typed(sheet):
    """The fields as they were left: the unsent draft; else the stored session, with the figures that wait."""
    stored = fields_of(sheet)
    if sheet.sheet_draft is None:
        return stored
    kept = autosave.as_posted(Draft(fields=sheet.sheet_draft["fields"]))
    if "revision" in kept:
        return kept
    for name in WAITING:
        if kept.get(name):
            stored[name] = kept[name]
    return stored


def _mine(request, sheet):
    return {"owner": request.user, "kind": DRAFT_KIND, "subject": draft_subject(sheet)}


def keep(request, sheet, fields):
    autosave.save_draft(**_mine(request, sheet), url=request.path, posted=fields)


def drop(request, sheet):
    autosave.drop_draft(**_mine(request, sheet))


def keep_waiting(request, sheet):
    """The chart is stored; only the measurements still wait for the signature."""
    waiting = QueryDict(mutable=True)
    waiting.update({name: request.POST[name] for name in WAITING if request.POST.get(name)})
    if waiting:
        keep(request, sheet, waiting)
    elif sheet.sheet_draft is not None:
        drop(request, sheet)
