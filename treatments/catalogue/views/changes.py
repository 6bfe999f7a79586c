"""The steps that every change takes: look at what it affects, then save; retire, take back, withdraw."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import Refused
from mesoclinic.core.once import once
from treatments.catalogue.actions import changes
from treatments.catalogue.models import PlannedChange
from treatments.catalogue.queries.changes import with_names


def say_at_fields(refused, *forms):
    """Each finding at the field it names, in whichever form has it; else above the first form."""
    for finding in refused.findings:
        for form in forms:
            if finding.where in form.fields:
                form.add_error(finding.where, finding.message)
                break
        else:
            forms[0].add_error(None, finding.message)


def asks_first(request) -> bool:
    """Whether this POST only asks whom the change affects: the first press of the form does."""
    return "save" not in request.POST


def say_saved(request, name, planned):
    """What happened, in words: in force now, or from when."""
    if planned is None:
        messages.success(request, f"{name} is changed, from today.")
    else:
        day = formats.date_format(planned.valid_from, "j F Y")
        messages.success(request, f"{name} changes on {day}. Until then it stays.")


def retirement(request, row, name, then):
    """Retire or take back ``row``, as the form on its page asked; back to ``then``."""
    reason = request.POST.get("reason", "")
    try:
        if request.POST.get("deed") == "restore":
            changes.restore_row(row=row, reason=reason, by=request.user)
            said = f"{name} is back in use."
        else:
            changes.retire_row(row=row, reason=reason, by=request.user)
            said = f"{name} is retired. It stays with all it said."
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect(then)


@allowed(Permission.EDIT_CATALOGUE)
@require_POST
@once
def change_withdraw(request, pk):
    planned = get_object_or_404(PlannedChange, pk=pk)
    try:
        changes.withdraw_change(planned=planned, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Withdrawn: it will not change.")
    return redirect("catalogue:change_list")


@allowed(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD"])
def change_list(request):
    """What is planned, soonest first."""
    waiting = PlannedChange.objects.waiting().select_related("by")[:200]
    return render(
        request,
        "treatments/catalogue/change_list.html",
        {
            "title": "Planned changes",
            "nav_on": "catalogue",
            "planned": with_names(waiting),
        },
    )
