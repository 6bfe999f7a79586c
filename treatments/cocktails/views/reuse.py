"""A signed cocktail for somebody else: as a draft of theirs, with every check made again."""

from collections.abc import Sequence

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from mesoclinic.accounts.permissions import Permission, requires_permission
from mesoclinic.core.findings import Finding, Refused
from mesoclinic.core.idempotency import once
from patients.models import Patient
from patients.queries import patients_open_to_person
from treatments.cocktails.actions.reuse import copy_version_and_return_left_out
from treatments.cocktails.models import CocktailVersion
from treatments.cocktails.queries.documents import anonymous_signed_or_saved_versions_of_clinic
from treatments.cocktails.queries.formulation import formula_of_version
from treatments.cocktails.views.start import add_message_of_products_left_out

#: How many patients one search shows.
MOST = 10


@require_http_methods(["GET", "POST"])
@requires_permission(Permission.FORMULATE)
@once
def show_or_reuse_for_other_patient(request, pk: int) -> HttpResponse:
    """Find the other patient, then start for them from this version. By POST, so that no name lands in a URL."""
    version = (
        anonymous_signed_or_saved_versions_of_clinic(request.clinic).filter(pk=pk).first()
        if request.clinic
        else None
    )
    if version is None:
        raise Http404
    chosen = request.POST.get("patient", "")
    if chosen:
        return _copy_cocktail_for_chosen_patient(request, version, chosen)
    return _render_patient_search_page(request, version)


def _copy_cocktail_for_chosen_patient(request, version: CocktailVersion, chosen: str) -> HttpResponse:
    pk = int(chosen) if chosen.isdecimal() and len(chosen) < 19 else 0
    patient = get_object_or_404(patients_open_to_person(request.user.pk), pk=pk)
    try:
        draft, gone = copy_version_and_return_left_out(
            version=version, patient=patient, by=request.user, clinic=request.clinic
        )
    except Refused as refused:
        return _render_patient_search_page(request, version, refused=refused.findings, status=422)
    messages.success(
        request, "Copied as a draft. Every check below was made again for this patient; nothing is signed."
    )
    add_message_of_products_left_out(request, gone)
    return redirect("cocktails:formulation", draft.pk)


def _open_patients_matching_text(text: str, request) -> QuerySet[Patient]:
    """Those found by the text whose record is open to who asks."""
    return patients_open_to_person(request.user.pk, Patient.objects.matching(text)).order_by("sort_key", "pk")


def _render_patient_search_page(
    request, version: CocktailVersion, *, refused: Sequence[Finding] = (), status: int = 200
) -> HttpResponse:
    text = request.POST.get("q", "").strip()
    found = list(_open_patients_matching_text(text, request)[:MOST]) if text else []
    page = {
        "nav_on": "patients",
        "title": "Use for another patient",
        "version": version,
        "formula": formula_of_version(version),
        "q": text,
        "found": found,
        "asked": bool(text),
        "refused": refused,
    }
    return render(request, "treatments/cocktails/cocktail_reuse.html", page, status=status)
