"""A new plan with its first quote."""

from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import add_field_errors_and_return_others, posted_reason_by_code
from patients.actions.people import record_viewing
from patients.models import Patient
from treatments.billing.actions.quotes import create_plan_with_quote
from treatments.cocktails.queries.signed import signed_cocktail_versions_of_patient
from treatments.plans.forms import PlanForm
from treatments.plans.queries import latest_assessment_with_area_or_none, protocols_nearest_condition_first
from treatments.plans.rules import REVIEW_SESSION, check_session_count_and_intervals


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.PLAN)
@once
def show_or_save_new_plan(request, pk):
    """Choose the signed cocktail and the protocol; on save its first quote stands ready to issue."""
    assessment = latest_assessment_with_area_or_none(pk)
    patient = assessment.patient if assessment else get_object_or_404(Patient, pk=pk)
    context = {
        "patient": patient,
        "step": "plan",
        "title": "Plan",
        "nav_on": "patients",
        "assessment": assessment,
    }
    if assessment is None:
        return render(request, "treatments/billing/plan_new.html", context)
    cocktails = list(signed_cocktail_versions_of_patient(pk, request.clinic.pk))
    protocols = list(protocols_nearest_condition_first(assessment.condition_id))
    context |= {"cocktails": cocktails, "protocols": protocols}
    if not cocktails or not protocols:
        return render(request, "treatments/billing/plan_new.html", context)
    choices = {"cocktails": cocktails, "protocols": protocols}
    if request.method == "POST" and "fill" not in request.POST:
        return _create_plan_with_quote_and_redirect(request, assessment, context, choices)
    form = _prefilled_plan_form(request, choices)
    context |= {"form": form, "findings": _check_sessions_and_intervals_of_form(form, request.clinic)}
    if request.method == "GET":
        record_viewing(patient=patient, by=request.user, page="plan")
    return render(request, "treatments/billing/plan_new.html", context)


def _prefilled_plan_form(request, choices) -> PlanForm:
    """As the protocol says: the nearest one, or (``fill``) the one just chosen."""
    typed = request.POST if "fill" in request.POST else {}
    chosen = PlanForm(**choices).chosen_protocol_or_none(typed.get("protocol"))
    protocol = chosen or _default_protocol(choices["protocols"], request.clinic.review_at_session)
    sessions = protocol.sessions_default or protocol.sessions_min or REVIEW_SESSION
    return PlanForm(
        initial={
            "cocktail": typed.get("cocktail") or choices["cocktails"][0].pk,
            "protocol": protocol.pk,
            "sessions": sessions,
            "intervals": list(protocol.intervals) or [14],
            "technique": protocol.technique,
            "name": typed.get("name", ""),
        },
        **choices,
    )


def _default_protocol(protocols, review_at) -> Any:
    """A clinic's own cocktail schedule that reaches the review; those for a condition are mostly trials
    of one drug, and the clinician picks them."""
    reaching = [
        protocol
        for protocol in protocols
        if protocol.condition_id is None and (protocol.sessions_default or 0) >= review_at
    ]
    return next(iter([*reaching, *protocols]))


def _check_sessions_and_intervals_of_form(form: PlanForm, clinic) -> list[Any]:
    """What saving would ask about, said before it is asked."""
    given = form.initial
    protocol: Any = form.chosen_protocol_or_none(given["protocol"])
    return check_session_count_and_intervals(
        given["sessions"], given["intervals"], protocol.as_fact(), review_at=clinic.review_at_session
    )


def _create_plan_with_quote_and_redirect(request, assessment, context, choices):
    """Then on to its quote; with what is refused at the fields where it is not saved."""
    form = PlanForm(request.POST, **choices)
    if form.is_valid():
        typed = form.cleaned_data
        reasons = posted_reason_by_code(request.POST)
        try:
            made = create_plan_with_quote(
                patient=assessment.patient,
                assessment=assessment,
                cocktail_version=typed["cocktail"],
                protocol=typed["protocol"],
                name=typed["name"],
                sessions_planned=typed["sessions"],
                intervals=typed["intervals"],
                technique=typed["technique"],
                reasons=reasons,
                by=request.user,
                clinic=request.clinic,
            )
        except Refused as refused:
            rest = add_field_errors_and_return_others(refused, form)
            asked = [finding for finding in rest if finding.needs_reason]
            context |= {
                "findings": asked,
                "reasons": reasons,
                "missing": [finding.code for finding in asked],
                "refused": [finding for finding in rest if not finding.needs_reason],
            }
        else:
            if made.quote:
                messages.success(request, "Plan saved. Its quote is ready to issue.")
                return redirect("billing:quote", pk=made.quote.pk)
            messages.success(request, "Plan saved.")
            messages.warning(request, str(Refused(*made.missing)))
            return redirect("plan", pk=made.plan.pk)
    context["form"] = form
    return render(request, "treatments/billing/plan_new.html", context, status=422)
