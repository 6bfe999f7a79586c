"""TODO-DOC _chart, _same_as_last, _scan, _kept_elsewhere"""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone

from mesoclinic.core.findings import Refused
from treatments.sessions.actions.charting import ChangedMeanwhile, save_draft
from treatments.sessions.forms.charting import Paper
from treatments.sessions.forms.doses import fields_of
from treatments.sessions.queries.reference import reference
from treatments.sessions.queries.scans import lot_scanned
from treatments.sessions.views.autosave import drop, keep, keep_waiting, lots_of, session_or_404
from treatments.sessions.views.charting_page import charting_page, fill_as_last
from treatments.sessions.views.conflict import both_versions, typed_in


def chart(request, sheet):
    """Keep what was posted: “Save draft”, “Review & sign”, “Same as last”, or take a colleague's version."""
    do = request.POST.get("do", "draft")
    if not sheet.is_draft:
        messages.error(request, "This session is signed. Add an addendum below.")
        return redirect("sessions:session", sheet.pk)
    if do == "theirs":
        drop(request, sheet)
    if do in ("theirs", "other"):
        return redirect("sessions:session", sheet.pk)
    ref, lots = reference(), lots_of(sheet)
    if do == "same":
        return _same_as_last(request, sheet, lots)
    if do == "scan":
        return _scan(request, sheet, lots)
    if _kept_elsewhere(request, sheet):
        there = typed_in(sheet.sheet_draft)
        both = both_versions(sheet, ref, lots, there=there, here=request.POST)
        if both:
            fields = request.POST.copy()
            paper = Paper.as_typed(fields, sheet, ref, lots)
            return charting_page(request, paper, ref, lots, both=both, take="other", status=409)
    paper = Paper.posted(request.POST, sheet, ref, lots)
    if not paper.is_valid():
        keep(request, sheet, request.POST)
        return charting_page(request, paper, ref, lots, status=422)
    try:
        save_draft(session=sheet, by=request.user, revision=paper.revision(), chart=paper.chart())
    except ChangedMeanwhile as changed:
        keep(request, sheet, request.POST)
        sheet = session_or_404(request, sheet.pk)
        there = fields_of(sheet)
        both = both_versions(sheet, ref, lots, there=there, here=request.POST)
        fields = request.POST.copy()
        fields["revision"] = str(changed.revision)  # “keep mine” is then an answer
        paper = Paper.as_typed(fields, sheet, ref, lots)
        return charting_page(request, paper, ref, lots, both=both, take="theirs", status=409)
    except Refused as refused:
        keep(request, sheet, request.POST)
        return charting_page(request, paper, ref, lots, refused=refused.findings, status=422)
    keep_waiting(request, sheet)
    if do == "review":
        return redirect("sessions:sign", sheet.pk)
    messages.success(request, "Draft saved.")
    return redirect("sessions:session", sheet.pk)


def _same_as_last(request, sheet, lots):
    """As last time, without a script. Safety, checklist, lots and pain are asked anew."""
    last = sheet.sheet_last
    if last is None:
        messages.error(request, "This plan has no signed session yet.")
        return redirect("sessions:session", sheet.pk)
    fields = request.POST.copy()
    fill_as_last(fields, sheet, lots)
    keep(request, sheet, fields)
    messages.success(
        request, f"Zones, points and ml as in session {last['number']}. Lots are today's first to expire."
    )
    return redirect("sessions:session", sheet.pk)


def _scan(request, sheet, lots):
    """A scanned vial, without a script: its lot is chosen and read."""
    products = [row["product"] for row in sheet.sheet_components]
    found = lot_scanned(
        request.POST.get("scan", ""),
        {product: lots.get(product, []) for product in products},
        clinic=sheet.clinic,
        on=sheet.performed_on,
        at=timezone.now(),
    )
    fields = request.POST.copy()
    fields["scan"] = ""
    if found.lot is None:
        messages.error(request, found.message)
    else:
        prefix = f"dose-{found.lot.product_id}-0"
        fields[f"{prefix}-lot"], fields[f"{prefix}-read"] = str(found.lot.pk), "on"
        messages.success(request, f"Lot {found.lot.number} is chosen and read.")
    keep(request, sheet, fields)
    return redirect("sessions:session", sheet.pk)


def _kept_elsewhere(request, sheet):
    """Whether this person's other window kept something that this one has not seen."""
    if sheet.sheet_draft is None or "draft_seen" not in request.POST:
        return False
    return request.POST["draft_seen"] != str(sheet.sheet_draft["revision"])
