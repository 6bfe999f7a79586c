"""The clinic's own settings."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts import actions
from mesoclinic.accounts.forms import ClinicForm
from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core.findings import Refused
from mesoclinic.core.models import Source
from mesoclinic.core.once import once

#: What domain/README.md §2 and §11 cite about how many actives, who mixes and who injects.
_CITED = ("MONITEUR16", "HAS14", "ANGERS", "MAMM11", "MDU", "GMCSUM")


@allowed(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def clinic_settings(request):
    clinic = request.clinic
    # The form writes what was typed into its clinic; the page's frame shows the one in force.
    form = ClinicForm(request.POST or None, instance=Clinic.objects.get(pk=clinic.pk))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                changed = actions.change_settings(
                    clinic=clinic,
                    by=request.user,
                    **{name: form.cleaned_data[name] for name in form.Meta.fields},
                )
            except Refused as refused:
                for finding in refused.findings:
                    where = finding.where if finding.where in form.fields else None
                    form.add_error(where, finding.message)
            else:
                messages.success(request, "Saved." if changed else "Nothing has changed.")
                return redirect("clinic_settings")
    return render(
        request,
        "mesoclinic/clinic_settings.html",
        {
            "title": "Settings",
            "nav_on": "clinic",
            "form": form,
            "sources": {source.key: source for source in Source.objects.filter(key__in=_CITED)},
        },
        status=status,
    )
