"""TODO-DOC plan_move, plan_accept, plan_stop"""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.pages.plan import plan_page
from treatments.plans import actions
from treatments.plans.models import TreatmentPlan


def plan_move(request, pk, action, done: str):
    found = get_object_or_404(TreatmentPlan, pk=pk)
    try:
        action(found)
    except Refused as refused:
        return plan_page(
            request, pk, status=422, refused=refused.findings, typed_reason=request.POST.get("reason", "")
        )
    messages.success(request, done)
    return redirect("plan", pk=pk)


@require_POST
@allowed(Permission.PLAN)
@once
def plan_accept(request, pk):
    return plan_move(
        request,
        pk,
        lambda found: actions.accept_without_quote(plan=found, by=request.user),
        "Plan accepted without a quote. Book its sessions.",
    )


@require_POST
@allowed(Permission.PLAN)
@once
def plan_stop(request, pk):
    reason = request.POST.get("reason", "")
    return plan_move(
        request,
        pk,
        lambda found: actions.stop_plan(plan=found, reason=reason, by=request.user),
        "Plan stopped. Cancel in the calendar what is still booked.",
    )
