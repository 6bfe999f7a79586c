"""Accepting a plan without a quote, and stopping one. A refused change shows its own small page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from treatments.plans import actions
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import other_signed_cocktails_of_patient


@require_POST
@requires_permission(Permission.PLAN)
@once
def accept_plan_without_quote_and_redirect(request: StaffRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(TreatmentPlan.objects.select_related("patient"), pk=pk)
    try:
        actions.accept_plan_without_quote(plan=plan, by=request.user)
    except Refused as refused:
        return render_plan_refused_page(request, plan, refused, title="Accept without a quote")
    messages.success(request, "Plan accepted without a quote. Book its sessions.")
    return redirect("plan", pk=pk)


@require_POST
@requires_permission(Permission.PLAN)
@once
def plan_stop(request: StaffRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(TreatmentPlan.objects.select_related("patient"), pk=pk)
    try:
        actions.stop_plan(plan=plan, reason=request.POST.get("reason", ""), by=request.user)
    except Refused as refused:
        return render_plan_refused_page(
            request, plan, refused, title="Stop the course", reason="Why it stops", submit="Stop the course"
        )
    messages.success(request, "Plan stopped. Cancel in the calendar what is still booked.")
    return redirect("plan", pk=pk)


@require_POST
@requires_permission(Permission.SIGN_SESSION)
@once
def plan_go_on(request: StaffRequest, pk: int) -> HttpResponse:
    plan = get_object_or_404(TreatmentPlan.objects.select_related("patient"), pk=pk)
    chosen = request.POST.get("cocktail", "")
    version = (
        other_signed_cocktails_of_patient(plan).filter(pk=chosen).first() if chosen.isdecimal() else None
    )
    try:
        actions.go_on_with_plan(plan=plan, cocktail_version=version, by=request.user)
    except Refused as refused:
        return render_plan_refused_page(request, plan, refused, title="Go on with the course")
    messages.success(request, "The course goes on. Book its next session.")
    return redirect("plan", pk=pk)


def render_plan_refused_page(
    request: StaffRequest,
    plan: TreatmentPlan,
    refused: Refused,
    *,
    title: str,
    reason: str = "",
    submit: str = "",
) -> HttpResponse:
    """Why a change of a plan or of its money does not go ahead, and the way back to the plan.

    ``reason``: the label of the reason field, where the change asks for one; it is sent again to the same address.
    """
    context = {
        "patient": plan.patient,
        "title": title,
        "nav_on": "patients",
        "plan": plan,
        "refused": refused.findings,
        "reason_label": reason,
        "typed_reason": request.POST.get("reason", ""),
        "submit": submit,
    }
    return render(request, "treatments/plans/plan_refused.html", context, status=422)
