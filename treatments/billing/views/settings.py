"""The page of the clinic's terms of payment."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.idempotency import once
from treatments.billing.actions.settings import save_plan_settings
from treatments.billing.forms.settings import SettingsForm
from treatments.billing.models import PlanSettings


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.MANAGE_CLINIC)
@once
def show_or_save_plan_settings(request):
    """Refunds, instalments, insurance, how amounts are typed, the till and what a session costs us."""
    clinic = request.clinic
    if clinic is None:
        raise Http404
    given = PlanSettings.of_clinic_or_defaults(clinic)
    form, status = SettingsForm(instance=given, clinic=clinic), 200
    if request.method == "POST":
        form, status = SettingsForm(request.POST, instance=given, clinic=clinic), 422
        if form.is_valid():
            save_plan_settings(settings=form.save(commit=False), by=request.user)
            messages.success(request, "Saved. It counts for the next quotes.")
            return redirect("billing:plan_settings")
    context = {
        "title": "Refunds, parts and till",
        "sub": f"{clinic.name}. What quotes say from now on; those issued keep what they said.",
        "nav_on": "prices",
        "form": form,
        "submit": "Save",
        "back_url": "/prices/",
    }
    return render(request, "layouts/form.html", context, status=status)
