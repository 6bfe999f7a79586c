"""The pages that compare two records, merge them, and part them again."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import add_all_errors
from mesoclinic.merging import actions, queries
from mesoclinic.merging.forms import MergeForm, ReasonForm
from patients.actions.people import record_viewing
from patients.models import Patient, PatientMerge
from patients.queries import patients_open_to_person, registration_of
from patients.rules.merges import UNDO_DAYS, MergeStatus, check_merge, undo_ends_at
from patients.rules.people import likeness_text


@requires_permission(Permission.REGISTER_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def compare_page(request: StaffRequest, pk: int, other_pk: int) -> HttpResponse:
    """Two records side by side; a POST merges the second into the first, or asks a clinician to."""
    kept, merged = _pair_or_404(pk, other_pk)
    if not _is_open(request, merged):
        return redirect("patients:break_glass", other_pk)
    waiting = PatientMerge.objects.filter(kept=kept, merged=merged, status=MergeStatus.ASKED).first()
    pairs = queries.field_pairs(kept, merged)
    initial = {"how_known": waiting.how_known} if waiting else {}
    form = MergeForm(request.POST or None, pairs=pairs, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            merge = actions.ask_to_merge(
                kept=kept,
                merged=merged,
                by=request.user,
                how_known=form.cleaned_data["how_known"],
                takes_merged=form.takes_merged,
                seen=form.seen,
            )
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            if merge.status == MergeStatus.DONE:
                messages.success(
                    request, f"{merged} is merged into {kept}. Undo is on the record for {UNDO_DAYS} days."
                )
            else:
                messages.info(request, "Both have clinical data: a clinician confirms the merge.")
            return redirect("patient", kept.pk)
    if request.method == "GET":
        for patient in (kept, merged):
            record_viewing(patient=patient, by=request.user, page="compare")
    chosen = {f.name for f in waiting.fields.all() if f.takes_merged} if waiting else None
    context = {
        "nav_on": "patients",
        "kept": kept,
        "merged": merged,
        "form": form,
        "rows": [
            (
                pair,
                _takes_merged(pair, form, chosen),
                queries.shown_text(kept, pair.name),
                queries.shown_text(merged, pair.name),
            )
            for pair in pairs
            if pair.of_kept or pair.of_merged
        ],
        "moving": [(m.label, count) for m in queries.movable_rows(merged) if (count := m.rows.count())],
        "why": likeness_text(registration_of(kept), registration_of(merged)),
        "refusals": check_merge(queries.merge_facts(kept, merged)),
        "waiting": waiting,
        "needs_clinician": queries.both_have_clinical_data(kept, merged)
        and not request.user.may(Permission.SEE_CLINICAL),
        "until": undo_ends_at(timezone.now()),
    }
    wrong = form.is_bound and bool(form.errors)
    return render(request, "mesoclinic/merging/compare.html", context, status=422 if wrong else 200)


def _takes_merged(pair, form: MergeForm, chosen: set[str] | None) -> bool:
    if form.is_bound:
        return pair.name in form.takes_merged
    return pair.name in chosen if chosen is not None else pair.proposes_merged


def _is_open(request: StaffRequest, second: Patient) -> bool:
    """Whether the second record is open to this person: the address was asked about the first alone."""
    return patients_open_to_person(request.user.pk, Patient.objects.filter(pk=second.pk)).exists()


def _pair_or_404(pk: int, other_pk: int) -> tuple[Patient, Patient]:
    if pk == other_pk:
        raise Http404
    return get_object_or_404(Patient, pk=pk), get_object_or_404(Patient, pk=other_pk)


@requires_permission(Permission.REGISTER_PATIENTS)
@require_POST
@once
def save_posted_difference(request: StaffRequest, pk: int, other_pk: int) -> HttpResponse:
    one, other = _pair_or_404(pk, other_pk)
    if not _is_open(request, other):
        return redirect("patients:break_glass", other_pk)
    actions.say_different_people(one=one, other=other, by=request.user)
    messages.success(request, f"Kept: {one} and {other} are two people.")
    return redirect("patient", pk)


@requires_permission(Permission.REGISTER_PATIENTS)
@require_POST
@once
def withdraw_posted_merge(request: StaffRequest, merge_pk: int) -> HttpResponse:
    merge = get_object_or_404(PatientMerge, pk=merge_pk)
    try:
        actions.withdraw_merge(merge=merge, by=request.user, reason=request.POST.get("reason", ""))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("patient", merge.kept_id)


@requires_permission(Permission.REGISTER_PATIENTS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def undo_page(request: StaffRequest, merge_pk: int) -> HttpResponse:
    """What goes back, and whose is what was added since; a POST parts the records."""
    merge = get_object_or_404(PatientMerge.objects.select_related("kept", "merged", "done_by"), pk=merge_pk)
    if merge.status != MergeStatus.DONE or merge.done_at is None:
        return redirect("patient", merge.kept_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {
            key.removeprefix("to:")
            for key, to in request.POST.items()
            if key.startswith("to:") and to == "merged"
        }
        try:
            actions.undo_merge(
                merge=merge, by=request.user, reason=form.cleaned_data["reason"], to_merged=given
            )
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            messages.success(request, f"{merge.merged} is a record of its own again.")
            return redirect("patient", merge.merged_id)
    if request.method == "GET":
        record_viewing(patient=merge.kept, by=request.user, page="undo a merge")
    context = {
        "nav_on": "patients",
        "merge": merge,
        "form": form,
        "fields": [field for field in merge.fields.all() if field.takes_merged],
        "moved": merge.moved.count(),
        "added": [one for one, _ in queries.rows_added_since(merge, merge.kept)],
        "until": undo_ends_at(merge.done_at),
        "back_url": reverse("patient", args=[merge.kept_id]),
    }
    wrong = form.is_bound and bool(form.errors)
    return render(request, "mesoclinic/merging/undo.html", context, status=422 if wrong else 200)
