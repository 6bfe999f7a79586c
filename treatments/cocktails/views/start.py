"""How a cocktail begins: empty, from a saved formulation or from an earlier cocktail."""

from collections.abc import Iterable, Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Refused
from patients.models import Patient
from treatments.cocktails.actions.formulation import audit_cocktail_view, reopen_or_start_cocktail
from treatments.cocktails.actions.reuse import names_of_products_not_copied
from treatments.cocktails.forms import StartForm
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.formulation import formula_of_version, versions_to_start_from


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.FORMULATE)
def show_or_start_cocktail(request, pk: int) -> HttpResponse:
    """The patient's draft where there is one; else a page that begins one."""
    patient = get_object_or_404(Patient, pk=pk)
    if request.method == "POST":
        return _start_cocktail_from_post(request, patient)
    known = list(versions_to_start_from(patient.pk, request.clinic))
    own = [version for version in known if version.cocktail.patient_id]
    for version in own:
        if not version.is_signed:
            return redirect("cocktails:formulation", version.pk)
    audit_cocktail_view(patient=patient, by=request.user)
    form = StartForm(begin_from=_choices_to_start_from(known))
    return _render_start_page(request, patient, form)


def _start_cocktail_from_post(request, patient: Patient) -> HttpResponse:
    chosen = request.POST.get("from_version", "")
    like = None
    if chosen:
        offered = versions_to_start_from(patient.pk, request.clinic)
        like = next((each for each in offered if str(each.pk) == chosen), None)
        if like is None:
            form = StartForm(request.POST, begin_from=_query_choices_to_start_from(request, patient))
            form.add_error("from_version", "That formulation is not there any more. Choose another.")
            return _render_start_page(request, patient, form, status=422)
    try:
        version = reopen_or_start_cocktail(
            patient=patient,
            by=request.user,
            clinic=request.clinic,
            name=request.POST.get("name", "")[:80],
            paper_name=request.POST.get("paper_name", "")[:80],
            from_version=like,
        )
    except Refused as refused:
        form = StartForm(request.POST, begin_from=_query_choices_to_start_from(request, patient))
        form.add_error(None, str(refused))
        return _render_start_page(request, patient, form, status=422)
    if like is not None and like.cocktail_id != version.cocktail_id:
        add_message_of_products_left_out(request, names_of_products_not_copied(like, version))
    return redirect("cocktails:formulation", version.pk)


def add_message_of_products_left_out(request, products: Sequence[str]) -> None:
    """A copy that lacks something says so."""
    if products:
        messages.warning(
            request,
            f"Left out, for it may no longer be used: {', '.join(products)}. Choose something else, or go on without.",
        )


def _query_choices_to_start_from(request, patient: Patient) -> list[tuple[str, str]]:
    return _choices_to_start_from(versions_to_start_from(patient.pk, request.clinic))


def _choices_to_start_from(known: Iterable[CocktailVersion]) -> list[tuple[str, str]]:
    """Saved formulations in their latest version, and what this patient had; what it holds beside the name."""
    latest = {version.cocktail_id: version for version in reversed(list(known))}
    return [
        (
            str(version.pk),
            f"{version.cocktail.name}{'' if version.cocktail.patient_id is None else ' (given before)'}: "
            f"{formula_of_version(version).lines_text()}",
        )
        for version in latest.values()
    ]


def _render_start_page(request, patient: Patient, form: StartForm, status: int = 200) -> HttpResponse:
    page = {"patient": patient, "step": "cocktail", "title": "Cocktail", "nav_on": "patients", "form": form}
    return render(request, "treatments/cocktails/cocktail_start.html", page, status=status)
