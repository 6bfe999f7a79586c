"""The clinic's own settings, and at which clinic one is working."""

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from mesoclinic.accounts import actions
from mesoclinic.accounts.forms import ClinicForm
from mesoclinic.accounts.middleware import CLINIC_KEY
from mesoclinic.accounts.models import Clinic
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core import autosave
from mesoclinic.core.findings import Refused
from mesoclinic.core.idempotency import once
from mesoclinic.core.models import Source
from mesoclinic.core.reasons import add_all_errors
from mesoclinic.core.version import version

#: What docs/clinical.md §2 and §11 cite about how many actives, who mixes and who injects.
_CITED = ("MONITEUR16", "HAS14", "ANGERS", "MAMM11", "MDU", "GMCSUM")


@requires_permission(Permission.MANAGE_CLINIC)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def clinic_settings_page(request):
    clinic = request.clinic
    # The form writes what was typed into its clinic; the page's frame shows the one in force.
    form = ClinicForm(request.POST or None, instance=Clinic.objects.get(pk=clinic.pk))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                changed = actions.change_clinic_settings(
                    clinic=clinic,
                    by=request.user,
                    **{name: form.cleaned_data[name] for name in form.Meta.fields},
                )
            except Refused as refused:
                add_all_errors(refused, form)
            else:
                messages.success(request, "Saved." if changed else "Nothing has changed.")
                return redirect("clinic_settings")
    return render(
        request,
        "mesoclinic/accounts/clinic_settings.html",
        {
            "title": "Settings",
            "nav_on": "clinic",
            "form": form,
            "version": version(),
            "sources": {source.key: source for source in Source.objects.filter(key__in=_CITED)},
        },
        status=status,
    )


@requires_permission(Permission.SEE_OWN_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def work_at_page(request):
    """The clinics where one works; a POST goes on at another of them, with the roles held there."""
    memberships = list(request.user.memberships.select_related("clinic").order_by("clinic__name"))
    if request.method == "POST":
        chosen = request.POST.get("clinic", "")
        found = next((each for each in memberships if str(each.clinic_id) == chosen), None)
        if found is None:
            raise Http404
        request.session[CLINIC_KEY] = found.clinic_id
        messages.success(request, f"You are working at {found.clinic.name} now.")
        return redirect("today")
    context = {"title": "Where you work", "nav_on": "", "memberships": memberships}
    return render(request, "mesoclinic/accounts/work_at.html", context)


@requires_permission(Permission.SEE_PATIENT)
@require_POST
def save_posted_autosave(request):
    """Keep what is typed in a long form. Private to its author; the browser sends it as it changes."""
    kind, subject = (request.POST.get("autosave_kind", ""), request.POST.get("autosave_subject", ""))
    if not kind or not subject or len(kind) > 40 or len(subject) > 60:
        return HttpResponse("An autosave says which form it is of.", status=400)
    saved = autosave.save_autosave(
        owner=request.user,
        kind=kind,
        subject=subject,
        url=request.POST.get("autosave_url", ""),
        posted=request.POST,
    )
    return JsonResponse({"saved": f"{timezone.localtime(saved.saved_at):%H:%M}"})
