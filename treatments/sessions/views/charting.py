"""Keep what was posted from the session page."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone

from mesoclinic.core.autosave import autosave_as_posted
from mesoclinic.core.findings import Refused
from treatments.sessions.actions.charting import ChangedMeanwhile, save_chart
from treatments.sessions.actions.safety import save_scalp_look_if_new
from treatments.sessions.forms.charting import SessionForms
from treatments.sessions.forms.doses import stored_session_as_posted_fields
from treatments.sessions.queries.reference import charting_reference
from treatments.sessions.queries.scans import scanned_lot_or_message
from treatments.sessions.views.autosave import (
    delete_own_autosave,
    save_or_delete_autosave_of_measurements,
    save_own_autosave,
    session_detail_or_404,
    usable_lots_by_product,
)
from treatments.sessions.views.charting_page import fill_fields_as_last_session, render_charting_page
from treatments.sessions.views.conflict import differing_parts_as_text
from treatments.sessions.views.questions import save_posted_relief_answers_or_refuse


def answer_posted_chart(request, detail):
    """Keep what was posted: “Save draft”, “Review & sign”, “Same as last”, or take a colleague's version."""
    do = request.POST.get("do", "draft")
    if not detail.session.is_draft:
        messages.error(request, "This session is signed. Add an addendum below.")
        return redirect("sessions:session", detail.session.pk)
    if do == "theirs":
        delete_own_autosave(request, detail)
    if do in ("theirs", "other"):
        return redirect("sessions:session", detail.session.pk)
    ref, lots = charting_reference(detail.session.clinic_id), usable_lots_by_product(detail)
    if do == "same":
        return _autosave_as_last_session_and_redirect(request, detail, lots)
    if do == "scan":
        return _autosave_scanned_lot_and_redirect(request, detail, lots)
    if _was_autosaved_in_other_window(request, detail):
        there = autosave_as_posted(detail.autosave)
        both = differing_parts_as_text(detail, ref, lots, there=there, here=request.POST)
        if both:
            session_forms = SessionForms.from_typed_unvalidated(request.POST.copy(), detail, ref, lots)
            return render_charting_page(
                request, session_forms, ref, lots, both=both, take="other", status=409
            )
    session_forms = SessionForms.from_post(request.POST, detail, ref, lots)
    try:
        save_posted_relief_answers_or_refuse(request, detail.session, session_forms.main.typed_pain_relief)
    except Refused as unread:
        save_own_autosave(request, detail, request.POST)
        return render_charting_page(request, session_forms, ref, lots, refused=unread.findings, status=422)
    if not session_forms.is_valid():
        save_own_autosave(request, detail, request.POST)
        return render_charting_page(request, session_forms, ref, lots, status=422)
    chart, look = session_forms.as_session_chart(), session_forms.main.scalp_look
    save_scalp_look_if_new(detail, look, chart.ticked, request.user)
    try:
        save_chart(
            session=detail.session,
            by=request.user,
            revision=session_forms.posted_revision(),
            chart=chart,
            detail=detail,
            look=look,
        )
    except ChangedMeanwhile as changed:
        save_own_autosave(request, detail, request.POST)
        detail = session_detail_or_404(request, detail.session.pk)
        stands = stored_session_as_posted_fields(detail)
        both = differing_parts_as_text(detail, ref, lots, there=stands, here=request.POST)
        fields = request.POST.copy()
        fields["revision"] = str(changed.revision)  # “keep mine” is then an answer
        session_forms = SessionForms.from_typed_unvalidated(fields, detail, ref, lots)
        return render_charting_page(request, session_forms, ref, lots, both=both, take="theirs", status=409)
    except Refused as refused:
        save_own_autosave(request, detail, request.POST)
        return render_charting_page(request, session_forms, ref, lots, refused=refused.findings, status=422)
    save_or_delete_autosave_of_measurements(request, detail)
    if do == "review":
        return redirect("sessions:sign", detail.session.pk)
    messages.success(request, "Draft saved.")
    return redirect("sessions:session", detail.session.pk)


def _autosave_as_last_session_and_redirect(request, detail, lots):
    """As last time, without a script. Safety, checklist, lots and pain are asked anew."""
    last = detail.previous
    if last is None:
        messages.error(request, "This plan has no signed session yet.")
        return redirect("sessions:session", detail.session.pk)
    if detail.is_reaction_open:
        messages.error(request, "A reaction is not cleared: nothing is given as last time.")
        return redirect("sessions:session", detail.session.pk)
    fields = request.POST.copy()
    fill_fields_as_last_session(fields, detail, lots)
    save_own_autosave(request, detail, fields)
    messages.success(
        request,
        f"Zones, points and ml as in session {last.session.number}. Lots are today's first to expire.",
    )
    return redirect("sessions:session", detail.session.pk)


def _autosave_scanned_lot_and_redirect(request, detail, lots):
    """A scanned vial, without a script: its lot is chosen and read."""
    products = [each.product_id for each in detail.components]
    found = scanned_lot_or_message(
        request.POST.get("scan", ""),
        {product: lots.get(product, []) for product in products},
        clinic=detail.session.clinic,
        on=detail.session.performed_on,
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
    save_own_autosave(request, detail, fields)
    return redirect("sessions:session", detail.session.pk)


def _was_autosaved_in_other_window(request, detail):
    """Whether this person's other window kept something that this one has not seen."""
    if detail.autosave is None or "autosave_seen" not in request.POST:
        return False
    return request.POST["autosave_seen"] != str(detail.autosave.revision)
