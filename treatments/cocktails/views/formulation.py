"""The formulation page, and its answer to every change."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core import autosave
from mesoclinic.core.models import Autosave
from treatments.cocktails.actions.formulation import audit_cocktail_view
from treatments.cocktails.forms import read_formulation_and_carry_out_buttons, version_as_form_fields
from treatments.cocktails.queries.formulation import (
    AUTOSAVE_KIND,
    autosave_subject_of_version,
    formulation_annotated_on_version,
    patient_of_version,
)
from treatments.cocktails.views.choices import why_offered_or_not_texts
from treatments.cocktails.views.formulation_page import (
    formulation_context,
    render_formulation_page,
    save_or_autosave_typed_formulation,
    version_and_catalogue_or_404,
)
from treatments.cocktails.views.product_search import product_search_context
from treatments.cocktails.views.signing import render_signed_cocktail_page


@require_GET
@requires_permission(Permission.FORMULATE)
def draft_or_signed_cocktail_page(request, pk: int) -> HttpResponse:
    """A draft to work on, as it was left; or a signed version to read. Another clinic's draft leads to the patient."""
    version, catalogue = version_and_catalogue_or_404(request, pk)
    patient = patient_of_version(version)
    if patient and not version.is_signed and version.cocktail.clinic_id != request.clinic.pk:
        messages.info(request, "This cocktail is built at another clinic. It is read here once it is signed.")
        return redirect("patient", patient.pk)
    audit_cocktail_view(patient=patient, by=request.user)
    if version.is_signed:
        return render_signed_cocktail_page(request, version, catalogue)
    draft = formulation_annotated_on_version(version)["draft"]
    fields = (
        autosave.autosave_as_posted(Autosave(fields=draft))
        if draft
        else version_as_form_fields(version, catalogue)
    )
    typed = read_formulation_and_carry_out_buttons(fields, catalogue, version)
    return render_formulation_page(request, version, catalogue, typed)


@require_POST
@requires_permission(Permission.FORMULATE)
def save_and_check_posted_formulation(request, pk: int) -> HttpResponse:
    """Keep the formulation as it stands and say what the rules say to it. What cannot be stored is kept as typed."""
    version, catalogue = version_and_catalogue_or_404(request, pk)
    if "take" in request.POST:
        autosave.delete_autosave(
            owner=request.user, kind=AUTOSAVE_KIND, subject=autosave_subject_of_version(version)
        )
        return redirect("cocktails:formulation", pk)
    typed = read_formulation_and_carry_out_buttons(request.POST, catalogue, version)
    typed, standing = save_or_autosave_typed_formulation(request, version, typed)
    why = why_offered_or_not_texts(request.POST.get("pick", ""), version, catalogue, typed)
    # Enter in the search, or a change elsewhere while it holds something: what it found stays.
    is_searching = bool(request.POST.get("find", "").strip()) and "add" not in request.POST
    found = product_search_context(request, version, catalogue, typed) if is_searching else None
    if request.htmx:
        page = formulation_context(request, version, catalogue, typed, standing, why) | (found or {})
        page["out_of_band"] = True
        return render(request, "treatments/cocktails/_formulation.html", page)
    if standing or typed.unknown or not typed.can_be_stored:
        return render_formulation_page(request, version, catalogue, typed, standing, why, status=422)
    if "why" in request.POST or found:
        return render_formulation_page(request, version, catalogue, typed, standing, why, found=found)
    return redirect("cocktails:formulation", pk)
