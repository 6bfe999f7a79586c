"""Two sides of one scalp: the clinic's switch, and the page of one session."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Finding, Refused
from mesoclinic.core.idempotency import once
from patients.actions.people import record_viewing
from treatments.outcomes.actions.sides import (
    Approval,
    draw_sides,
    record_side_figures,
    save_split_scalp_settings,
    withdraw_sides,
)
from treatments.outcomes.forms import DrawForm, SideFiguresForm, SplitScalpSettingsForm
from treatments.outcomes.models import SideComparison, SplitScalpSettings
from treatments.outcomes.queries.sides import split_scalp_is_on
from treatments.outcomes.rules.split_scalp import SideFigures, Wanted
from treatments.sessions.models import TreatmentSession


@requires_permission(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_save_split_scalp_settings(request: StaffRequest) -> HttpResponse:
    """Off unless somebody switches it on, with the approval's number."""
    settings = SplitScalpSettings.objects.filter(clinic=request.clinic).first() or SplitScalpSettings(
        clinic=request.clinic
    )
    form, status = SplitScalpSettingsForm(instance=settings), 200
    if request.method == "POST":
        form, status = SplitScalpSettingsForm(request.POST, instance=settings), 422
        if form.is_valid():
            typed = form.cleaned_data
            approval = Approval(typed["ethics_number"], typed["not_asked_because"])
            try:
                save_split_scalp_settings(
                    settings=settings, is_on=typed["is_on"], approval=approval, by=request.user
                )
            except Refused as refused:
                for finding in refused.findings:
                    form.add_error(finding.where or None, finding.message)
            else:
                messages.success(request, "Saved.")
                return redirect("outcomes:split_scalp_settings")
    context = {
        "title": "Two sides of one scalp",
        "sub": "Comparing is research in many countries. Only pain relief, the needle and the spacing are drawn by lot,"
        " with a consent of its own; what is injected is the same on both sides.",
        "nav_on": "sides",
        "form": form,
        "submit": "Save",
        "back_url": reverse("clinic_settings"),
    }
    return render(request, "layouts/form.html", context, status=status)


@requires_permission(Permission.RUN_SESSION)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_draw_sides(request: StaffRequest, pk: int) -> HttpResponse:
    """The two sides of one session: drawn, and what each said."""
    session = _session_or_404(request, pk)
    comparison = (
        SideComparison.objects.filter(treatment_session=session).select_related("recorded_by").first()
    )
    form: DrawForm | SideFiguresForm = SideFiguresForm() if comparison else DrawForm()
    refused: list[Finding] = []
    status = 200
    if request.method == "POST":
        form = SideFiguresForm(request.POST) if comparison else DrawForm(request.POST)
        status = 422
        if form.is_valid():
            try:
                _draw_or_record(request, session, comparison, form)
            except Refused as why:
                refused = list(why.findings)
            else:
                return redirect("outcomes:sides", pk=pk)
    record_viewing(patient=session.patient, by=request.user, page="sides of a session")
    return render(
        request,
        "treatments/outcomes/sides.html",
        {
            "title": "Two sides of one scalp",
            "nav_on": "patients",
            "session": session,
            "patient": session.patient,
            "comparison": comparison,
            "is_on": split_scalp_is_on(request.clinic),
            "form": form,
            "refused": refused,
        },
        status=status,
    )


def _draw_or_record(
    request: StaffRequest,
    session: TreatmentSession,
    comparison: SideComparison | None,
    form: DrawForm | SideFiguresForm,
) -> None:
    if comparison is not None:
        record_side_figures(comparison=comparison, figures=SideFigures(**form.cleaned_data), by=request.user)
        messages.success(request, "Both sides are written down.")
    elif isinstance(form, DrawForm):
        wanted = Wanted(
            compared=form.compared,
            first=form.end("first"),
            second=form.end("second"),
            consent_name=form.cleaned_data["consent_name"].strip(),
            has_agreed=form.cleaned_data["has_agreed"],
        )
        draw_sides(session=session, wanted=wanted, by=request.user)
        messages.success(request, "Drawn by lot.")


@requires_permission(Permission.RUN_SESSION)
@require_POST
@once
def sides_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """The patient takes the consent to the comparison back."""
    comparison = get_object_or_404(SideComparison, treatment_session=_session_or_404(request, pk))
    withdraw_sides(comparison=comparison, by=request.user)
    messages.success(request, "Taken back: this pair is compared no more.")
    return redirect("outcomes:sides", pk=pk)


def _session_or_404(request: StaffRequest, pk: int) -> TreatmentSession:
    found: TreatmentSession = get_object_or_404(
        TreatmentSession.objects.select_related("patient", "plan"), pk=pk, clinic=request.clinic
    )
    return found
