"""The page of risk factors: add one, end one."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import add_all_errors
from patients import queries
from patients.actions.people import record_viewing
from patients.actions.risk_factors import end_risk_factor, record_risk_factor, record_risk_factors_from_words
from patients.forms.risk_factors import RiskFactorForm
from patients.models import Patient, RiskFactor, records_of


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.TAKE_INTAKE)
@once
def risk_factors_page(request, pk):
    """Shows what stands and what is over; a POST records another."""
    patient = get_object_or_404(Patient, pk=pk)
    form = RiskFactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            recorded = _record_risk_factor_from_form(request, patient, form.cleaned_data)
        except Refused as refused:
            add_all_errors(refused, form)
        else:
            said = "Recorded." if recorded else "These words say that there is no allergy: nothing to record."
            messages.success(request, said)
            return redirect("patients:risk_factor_add", pk=pk)
    if request.method == "GET":
        record_viewing(patient=patient, by=request.user, page="risk-factors")
    return _render_risk_factors_page(request, patient, form)


def _render_risk_factors_page(request, patient, form, *, refused=None, ending=None):
    """``ending``: the words typed beside what was not ended, by its id."""
    standing, ended = queries.standing_and_ended_risk_factors(patient, on=timezone.localdate())
    written = queries.ending_facts_of_risk_factors(standing, by=request.user)
    context = {
        "title": "Risk factors",
        "patient": patient,
        "step": "",
        "nav_on": "patients",
        "form": form,
        "standing": standing,
        "ended": ended,
        "written": {pk for pk, facts in written.items() if facts.is_written},
        "refused": [] if refused is None else refused.findings,
        "ending": ending or {},
    }
    status = 422 if form.is_bound or refused is not None else 200
    return render(request, "patients/risk_factor_add.html", context, status=status)


def _record_risk_factor_from_form(request, patient: Patient, said: Mapping[str, Any]) -> bool:
    """From the list where something was chosen, else by looking up the words. Whether anything was recorded."""
    if said["factor"]:
        record_risk_factor(patient=patient, by=request.user, **said)
        return True
    words = {name: value for name, value in said.items() if name != "factor"}
    return bool(record_risk_factors_from_words(patient=patient, by=request.user, **words))


@require_POST
@requires_permission(Permission.TAKE_INTAKE)
@once
def end_posted_risk_factor(request, pk, factor_pk):
    """Ends it today in the words that were written, and goes back to the list; refused, the words come back."""
    row = get_object_or_404(RiskFactor, pk=factor_pk, patient__in=records_of(pk))
    try:
        end_risk_factor(risk_factor=row, by=request.user, words=request.POST.get("reason", ""))
    except Refused as refused:
        return _render_risk_factors_page(
            request,
            row.patient if row.patient_id == pk else get_object_or_404(Patient, pk=pk),
            RiskFactorForm(),
            refused=refused,
            ending={row.pk: request.POST.get("reason", "")},
        )
    else:
        messages.success(request, "Ended today.")
    return redirect("patients:risk_factor_add", pk=pk)
