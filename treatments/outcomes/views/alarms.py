"""A lot with more reactions than expected: the drafted quarantine, and what a person decides about it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.accounts.requests import StaffRequest
from mesoclinic.core.findings import Finding, Refused
from mesoclinic.core.idempotency import once
from treatments.outcomes.actions.sentinel import decide_alarm
from treatments.outcomes.models import LotAlarm, LotSignal
from treatments.outcomes.rules.decisions import AlarmDecision
from treatments.outcomes.rules.drawings import plot_signal


@requires_permission(Permission.RUN_RECALLS)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def show_or_decide_alarm(request: StaffRequest, pk: int) -> HttpResponse:
    """The draft; sent, it is put aside or left in use."""
    alarm = get_object_or_404(
        LotAlarm.objects.select_related("lot__product", "vial", "clinic", "decided_by"),
        pk=pk,
        clinic=request.clinic,
    )
    refused: list[Finding] = []
    if request.method == "POST":
        try:
            decided = decide_alarm(
                alarm=alarm,
                decision=request.POST.get("decision", ""),
                reason=request.POST.get("reason", ""),
                by=request.user,
            )
        except Refused as why:
            refused = list(why.findings)
        else:
            if decided.case_id is not None:
                messages.success(request, "The lot is put aside. Tell those who received it.")
                return redirect("recalls:case", pk=decided.case_id)
            messages.success(request, "The lot stays in use. It is watched anew from today.")
            return redirect("outcomes:alarm", pk=pk)
    signal = LotSignal.objects.filter(lot=alarm.lot_id, vial=alarm.vial_id).first()
    return render(
        request,
        "treatments/outcomes/alarm.html",
        {
            "nav_on": "outcomes",
            "title": f"Lot {alarm.lot.number}: more reactions than expected",
            "alarm": alarm,
            "signal": signal,
            "plot": plot_signal(signal.path_days, signal.path_sums, signal.line, signal.crossed_on)
            if signal
            else None,
            "refused": refused,
            "decisions": [(each.value, each.label) for each in AlarmDecision],
            "chosen": request.POST.get("decision", ""),
            "reason": request.POST.get("reason", ""),
        },
        status=422 if refused else 200,
    )
