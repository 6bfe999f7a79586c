"""The steps that every change takes: look at what it affects, then save; retire, take back, withdraw."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import add_all_errors
from treatments.catalogue.actions.versions import restore_row, retire_row, withdraw_planned_change
from treatments.catalogue.forms.versions import RetireForm
from treatments.catalogue.models import PlannedChange
from treatments.catalogue.queries.versions import add_names_to_planned_changes


def asks_impact_only(request) -> bool:
    """Whether this POST only asks whom the change affects: the first press of the form does."""
    return "save" not in request.POST


def show_change_saved_message(request, name, planned):
    """What happened, in words: in force now, or from when."""
    if planned is None:
        messages.success(request, f"{name} is changed, from today.")
    else:
        day = formats.date_format(planned.valid_from, "j F Y")
        messages.success(request, f"{name} changes on {day}. Until then it stays.")


def show_or_save_retirement(request, row, name, then):
    """Retire ``row``, or take a retired one back: the page says whom it affects and asks why, then does it."""
    form = RetireForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            deed = restore_row if row.retired_at else retire_row
            try:
                deed(row=row, reason=form.cleaned_data["reason"], by=request.user)
            except Refused as refused:
                add_all_errors(refused, form)
            else:
                said = "is back in use" if row.retired_at else "is retired"
                messages.success(request, f"{name} {said}.")
                return redirect(then)
    return render(
        request,
        "treatments/catalogue/retire.html",
        {
            "title": f"{'Take back' if row.retired_at else 'Retire'}: {name}",
            "nav_on": "catalogue",
            "row": row,
            "changed": row,
            "affects": True,
            "form": form,
            "back_url": then,
        },
        status=status,
    )


@requires_permission(Permission.EDIT_CATALOGUE)
@require_POST
@once
def withdraw_change_and_redirect(request, pk):
    planned = get_object_or_404(PlannedChange, pk=pk)
    try:
        withdraw_planned_change(planned=planned, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Withdrawn: it will not change.")
    return redirect("catalogue:change_list")


@requires_permission(Permission.EDIT_CATALOGUE)
@require_http_methods(["GET", "HEAD"])
def planned_changes_page(request):
    """What is planned, soonest first."""
    waiting = PlannedChange.objects.neither_applied_nor_withdrawn().select_related("by")[:200]
    return render(
        request,
        "treatments/catalogue/change_list.html",
        {"title": "Planned changes", "nav_on": "catalogue", "planned": add_names_to_planned_changes(waiting)},
    )
