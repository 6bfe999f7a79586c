"""Sign a cocktail, change a signed one, and save it as a formulation."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from mesoclinic.accounts.confirming import password_typed_again
from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.addresses import caller_address_or_none
from mesoclinic.core.findings import Finding, Refused, block
from mesoclinic.core.idempotency import once
from mesoclinic.core.reasons import posted_reason_by_code
from treatments.cocktails.actions.formulation import (
    reopen_or_start_next_version,
    save_paper_name,
    save_version_as_formulation,
)
from treatments.cocktails.actions.signing import sign_version
from treatments.cocktails.forms import read_formulation_and_carry_out_buttons, version_as_form_fields
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.catalogue import Catalogue, catalogue_of_clinic
from treatments.cocktails.queries.formulation import (
    anonymous_person_or_none,
    assessment_facts_of_version,
    formula_of_previous_version_or_none,
    formula_of_version,
    formulation_annotated_on_version,
    patient_of_version,
)
from treatments.cocktails.rules.totals import syringe_totals
from treatments.cocktails.views.choices import mix_of_typed_page
from treatments.cocktails.views.figures import figure_rows
from treatments.cocktails.views.formulation_page import (
    NameTyped,
    change_texts_since_previous_version,
    is_posted_page_unchanged,
    render_formulation_page,
    save_or_autosave_typed_formulation,
    syringe_table_rows,
    version_and_catalogue_or_404,
    version_or_404,
)


@require_POST
@requires_permission(Permission.SIGN_COCKTAIL)
@once
def sign_posted_cocktail(request, pk: int) -> HttpResponse:
    """Sign what was checked. A formulation page that differs from what is kept is kept and shown first."""
    version = version_or_404(request, pk)
    if version.is_signed:
        return redirect("cocktails:formulation", pk)
    if is_posted_page_unchanged(request, version):
        password = password_typed_again(request)
        try:
            sign_version(
                version=version,
                by=request.user,
                reasons=posted_reason_by_code(request.POST),
                is_confirmed=password.is_right,
                signed_from=caller_address_or_none(request),
            )
        except Refused as refused:
            catalogue = catalogue_of_clinic(version.cocktail.clinic)
            typed = read_formulation_and_carry_out_buttons(request.POST, catalogue, version)
            return render_formulation_page(
                request, version, catalogue, typed, refused=password.explain(refused.findings), status=422
            )
        messages.success(request, "Cocktail signed.")
        return redirect("next_step", pk=version.cocktail.patient_id)
    catalogue = catalogue_of_clinic(version.cocktail.clinic)
    typed = read_formulation_and_carry_out_buttons(request.POST, catalogue, version)
    typed, standing = save_or_autosave_typed_formulation(request, version, typed)
    if not standing:
        standing = [
            block(
                "not-checked",
                "The syringe was changed after it was checked. Read the checks, then sign.",
                fixed=True,
            )
        ]
    return render_formulation_page(request, version, catalogue, typed, refused=standing, status=422)


@require_POST
@requires_permission(Permission.FORMULATE)
@once
def start_posted_next_version(request, pk: int) -> HttpResponse:
    """A signed cocktail stays as it is; its next version is a draft with the same in it."""
    version = get_object_or_404(
        CocktailVersion.objects.select_related("cocktail"), pk=pk, cocktail__patient__isnull=False
    )
    reason = request.POST.get("reason", "")
    try:
        draft = reopen_or_start_next_version(version=version, by=request.user, reason=reason)
    except Refused as refused:
        version, catalogue = version_and_catalogue_or_404(request, pk)
        return render_signed_cocktail_page(
            request, version, catalogue, refused=refused.findings, reason=reason, status=422
        )
    return redirect("cocktails:formulation", draft.pk)


@require_POST
@requires_permission(Permission.FORMULATE)
@once
def save_posted_as_formulation(request, pk: int) -> HttpResponse:
    """Keep the syringe under a name, without the patient."""
    version = get_object_or_404(
        CocktailVersion.objects.select_related("cocktail"), pk=pk, cocktail__patient__isnull=False
    )
    name = request.POST.get("formulation_name", "")
    try:
        save_version_as_formulation(version=version, name=name, by=request.user)
    except Refused as refused:
        version, catalogue = version_and_catalogue_or_404(request, pk)
        typed_name = NameTyped(name, str(refused))
        if version.is_signed:
            return render_signed_cocktail_page(request, version, catalogue, name=typed_name, status=422)
        typed = read_formulation_and_carry_out_buttons(
            version_as_form_fields(version, catalogue), catalogue, version
        )
        return render_formulation_page(request, version, catalogue, typed, name=typed_name, status=422)
    messages.success(request, f"“{name.strip()}” is kept among the formulations.")
    return redirect("cocktails:formulation", pk)


@require_POST
@requires_permission(Permission.FORMULATE)
@once
def save_posted_paper_name(request, pk: int) -> HttpResponse:
    """What papers and the desk call the cocktail."""
    version = get_object_or_404(
        CocktailVersion.objects.select_related("cocktail"), pk=pk, cocktail__patient__isnull=False
    )
    try:
        save_paper_name(version=version, paper_name=request.POST.get("paper_name", ""), by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Papers and the desk call it so from now on.")
    return redirect("cocktails:formulation", pk)


def render_signed_cocktail_page(
    request,
    version: CocktailVersion,
    catalogue: Catalogue,
    *,
    refused: Sequence[Finding] = (),
    reason: str = "",
    name: NameTyped | None = None,
    status: int = 200,
) -> HttpResponse:
    found = assessment_facts_of_version(version)
    person = anonymous_person_or_none(version, catalogue, timezone.localdate())
    typed = read_formulation_and_carry_out_buttons(
        version_as_form_fields(version, catalogue), catalogue, version
    )
    mix = mix_of_typed_page(catalogue, typed)
    figures = syringe_totals(mix, found.area_cm2, catalogue.rulebook, person)
    page = {
        "version": version,
        "patient": patient_of_version(version),
        "step": "cocktail",
        "title": "Cocktail",
        "nav_on": "patients",
        "typed": typed,
        "rows": syringe_table_rows(typed, mix, catalogue, person, found.area_cm2, []),
        "figures": figures,
        "figure_rows": figure_rows(figures),
        "area_cm2": found.area_cm2,
        "findings": version.findings,
        "overrides": formulation_annotated_on_version(version)["overrides"],
        "before": formula_of_previous_version_or_none(version),
        "changes": change_texts_since_previous_version(version, formula_of_version(version)),
        "course": formula_of_version(version).course_text,
        "next": formulation_annotated_on_version(version)["next"],
        "reason": reason,
        "refused": refused,
        "formulation_name": version.cocktail.name,
        **(name.template_context if name is not None else {}),
    }
    return render(request, "treatments/cocktails/cocktail_signed.html", page, status=status)
