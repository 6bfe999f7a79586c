"""The formulation page, and its answer to every change."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from mesoclinic.accounts.permissions import Permission, allowed
from mesoclinic.core import autosave as drafts
from mesoclinic.core.models import Draft
from treatments.cocktails.actions.formulation import look_at
from treatments.cocktails.forms import fields_of, read_bench
from treatments.cocktails.queries.formulation import DRAFT_KIND, draft_subject
from treatments.cocktails.views.choices import _why_not
from treatments.cocktails.views.formulation_page import bench, bench_page, keep, read
from treatments.cocktails.views.signing import signed_page


@require_GET
@allowed(Permission.FORMULATE)
def cocktail_bench(request, pk: int) -> HttpResponse:
    """A draft to work on, as it was left; or a signed version to read."""
    version, catalogue = read(request, pk)
    look_at(patient=version.cocktail.patient, by=request.user)
    if version.is_signed:
        return signed_page(request, version, catalogue)
    draft = version.bench["draft"]
    fields = drafts.as_posted(Draft(fields=draft)) if draft else fields_of(version, catalogue)
    typed = read_bench(fields, catalogue, version)
    return bench_page(request, version, catalogue, typed)


@require_POST
@allowed(Permission.FORMULATE)
def cocktail_check(request, pk: int) -> HttpResponse:
    """Keep the bench as it stands and say what the rules say to it. What cannot be stored is kept as typed."""
    version, catalogue = read(request, pk)
    if "take" in request.POST:
        drafts.drop_draft(owner=request.user, kind=DRAFT_KIND, subject=draft_subject(version))
        return redirect("cocktails:bench", pk)
    typed = read_bench(request.POST, catalogue, version)
    typed, standing = keep(request, version, typed)
    why = _why_not(request.POST.get("pick", ""), version, catalogue, typed)
    if request.htmx:
        page = bench(request, version, catalogue, typed, standing, why)
        return render(request, "treatments/cocktails/_formulation.html", page)
    if standing or typed.unknown or not typed.can_be_kept:
        return bench_page(request, version, catalogue, typed, standing, why, status=422)
    if "why" in request.POST:
        return bench_page(request, version, catalogue, typed, standing, why)
    return redirect("cocktails:bench", pk)
