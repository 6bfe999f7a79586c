"""The formulation page, and its answer to every change."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core import autosave
from mesoclinic.core.models import Autosave
from treatments.cocktails.actions.formulation import look_at
from treatments.cocktails.forms import fields_of, read_typed
from treatments.cocktails.queries.formulation import AUTOSAVE_KIND, autosave_subject, patient_of, read_with
from treatments.cocktails.views.choices import _why_not
from treatments.cocktails.views.formulation_page import formulation_page, keep, page_context, read
from treatments.cocktails.views.signing import signed_page


@require_GET
@allowed(Permission.FORMULATE)
def cocktail_formulation(request, pk: int) -> HttpResponse:
    """A draft to work on, as it was left; or a signed version to read."""
    version, catalogue = read(request, pk)
    look_at(patient=patient_of(version), by=request.user)
    if version.is_signed:
        return signed_page(request, version, catalogue)
    draft = read_with(version)["draft"]
    fields = (
        autosave.posted_fields_of_autosave(Autosave(fields=draft)) if draft else fields_of(version, catalogue)
    )
    typed = read_typed(fields, catalogue, version)
    return formulation_page(request, version, catalogue, typed)


@require_POST
@allowed(Permission.FORMULATE)
def cocktail_check(request, pk: int) -> HttpResponse:
    """Keep the formulation as it stands and say what the rules say to it. What cannot be stored is kept as typed."""
    version, catalogue = read(request, pk)
    if "take" in request.POST:
        autosave.drop_autosave(owner=request.user, kind=AUTOSAVE_KIND, subject=autosave_subject(version))
        return redirect("cocktails:formulation", pk)
    typed = read_typed(request.POST, catalogue, version)
    typed, standing = keep(request, version, typed)
    why = _why_not(request.POST.get("pick", ""), version, catalogue, typed)
    if request.htmx:
        page = page_context(request, version, catalogue, typed, standing, why)
        return render(request, "treatments/cocktails/_formulation.html", page)
    if standing or typed.unknown or not typed.can_be_kept:
        return formulation_page(request, version, catalogue, typed, standing, why, status=422)
    if "why" in request.POST:
        return formulation_page(request, version, catalogue, typed, standing, why)
    return redirect("cocktails:formulation", pk)
