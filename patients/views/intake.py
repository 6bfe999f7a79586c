"""The page of the intake, and its history."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core import autosave
from mesoclinic.core.findings import Finding, Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.paging import Place, pager_addresses
from mesoclinic.core.reasons import posted_reason_by_code
from patients import queries
from patients.actions.intake import record_intake
from patients.actions.people import record_viewing
from patients.forms.intake import IntakeForm
from patients.models import Intake, Patient, records_of
from patients.views.people import reasons_no_longer_shown


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.TAKE_INTAKE)
@once
def intake_page(request, pk):
    """Shows the questions as last answered; a POST records the next version."""
    patient = get_object_or_404(queries.patients_with_told_to_confirm(), pk=pk)
    subject = f"patient:{pk}"
    context = {"autosave_kind": "intake", "autosave_subject": subject}
    if request.method == "POST":
        questions = queries.questions_in_use_with_meanings()
        asked = queries.questions_asked_of(patient, [each.question for each in questions])
        form = IntakeForm(request.POST, questions=asked)
        if form.is_valid():
            try:
                record_intake(
                    patient=patient,
                    **form.arguments_for_record_intake(),
                    by=request.user,
                    reasons=posted_reason_by_code(request.POST),
                    questions=questions,
                )
            except Refused as refused:
                context |= missing_answers_context(request, refused, asked)
            else:
                autosave.delete_autosave(owner=request.user, kind="intake", subject=subject)
                messages.success(request, "Intake saved.")
                return redirect("next_step", pk=pk)
    else:
        form = IntakeForm(questions=queries.questions_asked_of(patient, queries.intake_questions_in_use()))
        last = (
            Intake.objects.filter(patient__in=records_of(patient))
            .order_by("-taken_at", "-pk")
            .select_related("taken_by")
            .first()
        )
        if last:
            form.fill_from_last_intake(last)
        draft = autosave.autosave_or_none(owner=request.user, kind="intake", subject=subject)
        if draft:
            form.fill_from_autosave(autosave.autosave_as_posted(draft))
        context |= {"last": last, "draft": draft, "saved_at": draft and draft.saved_at}
        record_viewing(patient=patient, by=request.user, page="intake")
    context |= {
        "kept_reasons": reasons_no_longer_shown(request, context.get("findings", [])),
        "title": "Intake",
        "patient": patient,
        "step": "intake",
        "nav_on": "patients",
        "form": form,
    }
    return render(request, "patients/intake.html", context, status=422 if form.is_bound else 200)


def missing_answers_context(request, refused: Refused, asked) -> dict[str, Any]:
    """The questions still without an answer, in the page's order, each pointing at its place on it."""
    order = {question.code: at for at, question in enumerate(asked)}
    findings = sorted(refused.findings, key=lambda f: order.get(f.where, 0))
    waiting: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.where:
            waiting.setdefault(finding.where, []).append(finding)
    return {
        "findings": [replace(f, where=f.where and f"q-{f.where}") for f in findings],
        "waiting": waiting,
        "reasons": posted_reason_by_code(request.POST),
    }


@require_http_methods(["GET"])
@requires_permission(Permission.SEE_CLINICAL)
def intake_history_page(request, pk):
    """Every version of the intake, newest first, by what changed in it."""
    patient = get_object_or_404(Patient, pk=pk)
    page = queries.page_of_intake_versions(patient, Place.from_query(request.GET))
    record_viewing(patient=patient, by=request.user, page="intake-history")
    context = {
        "title": "Intake history",
        "patient": patient,
        "step": "intake",
        "nav_on": "patients",
        "versions": page.rows,
        "page": pager_addresses(page, request.path),
    }
    return render(request, "patients/intake_history.html", context)
